//! A reader and writer of SSVC selections: the values that an analyst chose at the decision points of Stakeholder-Specific
//! Vulnerability Categorization, in the form of SSVC 2 (SelectionList 2.0) and in the older one that CISA puts into CVE records.
//!
//! ```
//! let old = r#"{"id":"CVE-2030-0001","role":"CISA Coordinator","version":"2.0.3","timestamp":"2030-01-02T00:00:00Z",
//!  "options":[{"Exploitation":"Active"},{"Automatable":"no"},{"Technical Impact":"total"}]}"#;
//! let list = shinayaka_ssvc::read(old.as_bytes())?;
//! assert_eq!(list.target_ids, ["CVE-2030-0001"]);
//! // Values are compared without regard to case: real files have both `Active` and `active`.
//! assert_eq!(list.value("exploitation"), Some("active"));
//! assert_eq!(list.value("technical impact"), Some("total"));
//! # Ok::<(), shinayaka_ssvc::Fault>(())
//! ```
//!
//! Tables that turn selections into a decision are not read here. Source: CERT/CC, SSVC SelectionList schema 2.0.0.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What was chosen for one or more vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectionList {
    /// `2.0.0`.
    #[serde(default)]
    pub schema_version: String,
    #[serde(default)]
    pub timestamp: String,
    /// Vulnerabilities that the selections are about.
    #[serde(rename = "target_ids", default, skip_serializing_if = "Vec::is_empty")]
    pub target_ids: Vec<String>,
    pub selections: Vec<Selection>,
}

/// The values chosen at one decision point; several when the analyst left some open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// `ssvc`, `cisa`, `cvss` …
    pub namespace: String,
    /// `E`, `A`, `TI` …
    pub key: String,
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub values: Vec<Chosen>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    pub line: u64,
    pub path: String,
    pub reason: String,
}

/// An older decision point: name, namespace, key, and the keys of the values.
type OldPoint = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const OLD_POINTS: [OldPoint; 6] = [
    ("exploitation", "ssvc", "E", &[("none", "N"), ("poc", "P"), ("public poc", "P"), ("active", "A")]),
    ("automatable", "ssvc", "A", &[("no", "N"), ("yes", "Y")]),
    ("technical impact", "ssvc", "TI", &[("partial", "P"), ("total", "T")]),
    ("mission prevalence", "cisa", "MP", &[("minimal", "M"), ("support", "S"), ("essential", "E")]),
    (
        "public well-being impact",
        "ssvc",
        "PWI",
        &[("minimal", "M"), ("material", "MA"), ("irreversible", "I")],
    ),
    ("mission & well-being", "ssvc", "MWI", &[("low", "L"), ("medium", "M"), ("high", "H")]),
];

impl SelectionList {
    /// The one value chosen at a decision point, in lower case, by the point's name or key; nothing when the point is
    /// absent or several values are open.
    pub fn value(&self, point: &str) -> Option<&str> {
        let same = |selection: &&Selection| {
            selection.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(point))
                || selection.key.eq_ignore_ascii_case(point)
                || old_name(&selection.key).is_some_and(|name| name.eq_ignore_ascii_case(point))
        };
        match self.selections.iter().find(same)?.values.as_slice() {
            [one] => one.name.as_deref().or(Some(&one.key)),
            _ => None,
        }
    }
}

fn old_name(key: &str) -> Option<&'static str> {
    OLD_POINTS.iter().find(|(_, _, known, _)| *known == key).map(|(name, ..)| *name)
}

/// Selections of either form.
///
/// # Errors
/// [`Fault`] with the place of what is none.
pub fn read(bytes: &[u8]) -> Result<SelectionList, Fault> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: Value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| from_serde(&error))?;
    deserializer.end().map_err(|error| Fault {
        line: error.line() as u64,
        path: "list".into(),
        reason: "something follows it".into(),
    })?;
    from_value(value)
}

/// Selections that stand in another document (`content` of a metric in a CVE record, `ssvc_v2` of CSAF).
///
/// # Errors
/// [`Fault`] with the path of what is none.
pub fn from_value(value: Value) -> Result<SelectionList, Fault> {
    if value.get("options").is_some() {
        return from_options(&value);
    }
    let mut list: SelectionList =
        serde_path_to_error::deserialize(value).map_err(|error| from_serde(&error))?;
    for (index, selection) in list.selections.iter_mut().enumerate() {
        if selection.values.is_empty() || selection.key.is_empty() {
            let path = format!("selections[{index}]");
            return Err(Fault { line: 0, path, reason: "must have a key and a value".into() });
        }
        for chosen in &mut selection.values {
            let lower = chosen.name.as_deref().map(str::to_lowercase);
            let known = OLD_POINTS
                .iter()
                .find(|(_, namespace, key, _)| *namespace == selection.namespace && *key == selection.key);
            let by_key = known.and_then(|(.., values)| values.iter().find(|(_, key)| *key == chosen.key));
            chosen.name = by_key.map(|(name, _)| (*name).to_owned()).or(lower);
        }
    }
    Ok(list)
}

fn from_serde(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let inner = error.inner();
    let reason = inner.to_string();
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
    Fault {
        line: inner.line() as u64,
        path: error.path().to_string(),
        reason: reason.chars().take(200).collect(),
    }
}

fn from_options(value: &Value) -> Result<SelectionList, Fault> {
    let wrong = |path: String, reason: &str| Fault { line: 0, path, reason: reason.into() };
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let options = value.get("options").and_then(Value::as_array);
    let options = options.ok_or_else(|| wrong("options".into(), "must be a list"))?;
    let mut selections = Vec::new();
    for (index, option) in options.iter().enumerate() {
        let path = || format!("options[{index}]");
        let entries: Option<&Map<String, Value>> = option.as_object();
        for (name, value) in entries.ok_or_else(|| wrong(path(), "must be an object"))? {
            let value = value.as_str().ok_or_else(|| wrong(path(), "must have a text as value"))?;
            selections.push(selection(name, value));
        }
    }
    let id = text("id");
    Ok(SelectionList {
        schema_version: text("version"),
        timestamp: text("timestamp"),
        target_ids: if id.is_empty() { Vec::new() } else { vec![id] },
        selections,
    })
}

fn selection(name: &str, value: &str) -> Selection {
    let lower = value.to_lowercase();
    let point = OLD_POINTS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    let (namespace, key, values) =
        point.map_or(("x_unknown", name, &[][..]), |(_, namespace, key, values)| (*namespace, *key, *values));
    let value_key = values.iter().find(|(known, _)| *known == lower).map_or(value, |(_, key)| *key);
    Selection {
        namespace: namespace.into(),
        key: key.into(),
        version: "1.0.0".into(),
        name: Some(name.into()),
        values: vec![Chosen { key: value_key.into(), name: Some(lower) }],
    }
}

/// The selections as SelectionList 2.0.0.
pub fn write(list: &SelectionList) -> String {
    let list = SelectionList { schema_version: "2.0.0".into(), ..list.clone() };
    serde_json::to_string_pretty(&list).expect("plain structs of texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let new = r#"{"schemaVersion":"2.0.0","timestamp":"2030-01-02T00:00:00Z","target_ids":["CVE-2030-0001"],
            "selections":[{"namespace":"ssvc","key":"E","version":"1.1.0","values":[{"key":"A"}]},
            {"namespace":"ssvc","key":"TI","version":"1.0.0","name":"Technical Impact","values":[{"key":"P"},{"key":"T"}]}]}"#;
        let list = read(new.as_bytes()).unwrap();
        assert_eq!(list.value("Exploitation"), Some("active"));
        assert_eq!(list.value("E"), Some("active"));
        assert_eq!(list.value("Technical Impact"), None);
        let old = r#"{"id":"CVE-2030-0001","options":[{"Exploitation":"ACTIVE"},{"Weather":"Fair"}]}"#;
        let old = read(old.as_bytes()).unwrap();
        assert_eq!((old.value("exploitation"), old.value("weather")), (Some("active"), Some("fair")));
        let back = read(write(&old).as_bytes()).unwrap();
        assert_eq!(back.selections, old.selections);
    }

    #[test]
    fn what_is_none_is_told_its_place() {
        let cases = [
            ("{}", "line 0, .: missing field `selections`"),
            (r#"{"options":3}"#, "line 0, options: must be a list"),
            (r#"{"options":[{"Exploitation":1}]}"#, "line 0, options[0]: must have a text as value"),
            (
                r#"{"selections":[{"namespace":"ssvc","key":"E","version":"1","values":[]}]}"#,
                "line 0, selections[0]: must have a key and a value",
            ),
        ];
        for (file, expected) in cases {
            assert_eq!(read(file.as_bytes()).unwrap_err().to_string(), expected);
        }
        assert_eq!(read(b"{\n\"a\":").unwrap_err().line, 2);
    }
}
