//! CycloneDX as JSON.

use std::{error::Error, io::Read, rc::Rc, sync::OnceLock};

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::Value;

use super::{FINDINGS, Finding};
use crate::{
    graph::short,
    guard::{Guard, Place},
    model::{Fault, Limits},
    reader::fault,
};

const SCHEMAS: [(&str, &str); 4] = [
    ("1.4", include_str!("../../rules/cyclonedx-1.4.schema.json")),
    ("1.5", include_str!("../../rules/cyclonedx-1.5.schema.json")),
    ("1.6", include_str!("../../rules/cyclonedx-1.6.schema.json")),
    ("1.7", include_str!("../../rules/cyclonedx-1.7.schema.json")),
];

/// Schemas that those of CycloneDX refer to, by the end of their address.
const REFERRED: [(&str, &str); 3] = [
    ("spdx.schema.json", include_str!("../../rules/spdx.schema.json")),
    ("jsf-0.82.schema.json", include_str!("../../rules/jsf-0.82.schema.json")),
    ("cryptography-defs.schema.json", include_str!("../../rules/cryptography-defs.schema.json")),
];

/// Nothing is ever fetched.
struct OwnRules;

impl Retrieve for OwnRules {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let address = uri.as_str();
        let found = REFERRED.iter().find(|(name, _)| address.ends_with(name));
        let (_, text) = found.ok_or_else(|| format!("`{address}` is no rule of CycloneDX"))?;
        Ok(serde_json::from_str(text)?)
    }
}

pub(super) fn spdx_licences() -> &'static [String] {
    static LICENCES: OnceLock<Vec<String>> = OnceLock::new();
    LICENCES.get_or_init(|| {
        let schema: Value = serde_json::from_str(REFERRED[0].1).expect("a committed rule file is JSON");
        let names = schema["enum"].as_array().into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    })
}

fn validator(version: &str) -> Option<&'static Validator> {
    static VALIDATORS: [OnceLock<Validator>; 4] = [const { OnceLock::new() }; 4];
    let index = SCHEMAS.iter().position(|(known, _)| *known == version)?;
    Some(VALIDATORS[index].get_or_init(|| {
        let schema: Value = serde_json::from_str(SCHEMAS[index].1).expect("a committed rule file is JSON");
        jsonschema::options()
            .with_retriever(OwnRules)
            .should_validate_formats(true)
            .build(&schema)
            .expect("a committed rule file is a JSON Schema")
    }))
}

pub fn validate(document: &[u8], limits: Limits) -> Result<Vec<Finding>, Fault> {
    let place = Place::new();
    let mut guard = Guard::new(document, Rc::clone(&place), limits);
    // The guard looks for what the parser does not mind: long texts, deep nesting, other encodings.
    if guard.read_to_end(&mut Vec::new()).is_err() {
        let reason = place.refused.borrow_mut().take().unwrap_or_else(|| "cannot be read".into());
        return Err(fault(place.line.get(), "document", reason));
    }
    let value: Value = serde_json::from_slice(document).map_err(|error| {
        let text = error.to_string();
        let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
        fault((error.line() as u64).max(1), "document", short(reason))
    })?;
    let version = value.get("specVersion").and_then(Value::as_str).unwrap_or("");
    let Some(validator) = validator(version) else {
        let reason = format!("`{}` is no version of CycloneDX from 1.4 to 1.7", short(version));
        return Err(fault(1, "specVersion", reason));
    };
    let findings = validator.iter_errors(&value).take(FINDINGS);
    Ok(findings
        .map(|error| Finding {
            line: None,
            path: error.instance_path().to_string(),
            rule: short(&error.to_string()).to_owned(),
        })
        .collect())
}
