//! A CycloneDX 1.7 document as JSON.

use serde_json::{Map, Value, json};

use crate::model::{Component, Relation, RelationKind};

/// A bill of materials to be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bill {
    /// `urn:uuid:…`, by the caller, who has the randomness.
    pub serial_number: Option<String>,
    /// Revision of the same document, from 1.
    pub revision: u64,
    /// RFC 3339.
    pub created: Option<String>,
    /// The first component with `is_subject` is what the document is about.
    pub components: Vec<Component>,
    /// Dependencies and what provides what; other relations have no place in the format.
    pub relations: Vec<Relation>,
}

/// The document. Components stand side by side whatever their depth; an algorithm of a hash that the format does not
/// have is left out, as is the second and every further purl and CPE.
pub fn write(bill: &Bill) -> String {
    let mut document = Map::new();
    document.insert("$schema".into(), json!("http://cyclonedx.org/schema/bom-1.7.schema.json"));
    document.insert("bomFormat".into(), json!("CycloneDX"));
    document.insert("specVersion".into(), json!("1.7"));
    put(&mut document, "serialNumber", bill.serial_number.as_ref());
    document.insert("version".into(), json!(bill.revision.max(1)));
    let subject = bill.components.iter().position(|component| component.is_subject);
    let mut metadata = Map::new();
    put(&mut metadata, "timestamp", bill.created.as_ref());
    if let Some(subject) = subject {
        metadata.insert("component".into(), component(&bill.components[subject]));
    }
    if !metadata.is_empty() {
        document.insert("metadata".into(), Value::Object(metadata));
    }
    let others = bill.components.iter().enumerate().filter(|(index, _)| Some(*index) != subject);
    document.insert("components".into(), others.map(|(_, one)| component(one)).collect());
    document.insert("dependencies".into(), dependencies(&bill.relations));
    serde_json::to_string_pretty(&document).expect("a map of texts")
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        map.insert(name.into(), json!(value));
    }
}

const KINDS: [&str; 13] = [
    "application",
    "framework",
    "library",
    "container",
    "platform",
    "operating-system",
    "device",
    "device-driver",
    "firmware",
    "file",
    "machine-learning-model",
    "data",
    "cryptographic-asset",
];

fn component(component: &Component) -> Value {
    let mut made = Map::new();
    let kind = component.kind.as_deref().map(str::to_ascii_lowercase);
    let kind = kind.filter(|kind| KINDS.contains(&kind.as_str())).unwrap_or_else(|| "library".into());
    made.insert("type".into(), json!(kind));
    put(&mut made, "bom-ref", component.reference.as_ref());
    if let Some(supplier) = &component.supplier {
        made.insert("supplier".into(), json!({ "name": supplier }));
    }
    put(&mut made, "group", component.group.as_ref());
    made.insert("name".into(), json!(component.name));
    put(&mut made, "version", component.version.as_ref());
    if component.version.is_none()
        && let Some(range) = &component.version_range
    {
        made.insert("versionRange".into(), json!(range));
        made.insert("isExternal".into(), json!(true));
    }
    put(&mut made, "scope", component.scope.as_ref());
    let hashes: Vec<Value> = component
        .hashes
        .iter()
        .filter_map(|hash| Some(json!({ "alg": algorithm(&hash.algorithm)?, "content": hash.value })))
        .collect();
    if !hashes.is_empty() {
        made.insert("hashes".into(), Value::Array(hashes));
    }
    put(&mut made, "cpe", component.cpes.first());
    put(&mut made, "purl", component.purls.first());
    Value::Object(made)
}

/// The name that CycloneDX has for an algorithm: `SHA256` and `sha-256` are `SHA-256`.
fn algorithm(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 14] = [
        "MD5",
        "SHA-1",
        "SHA-256",
        "SHA-384",
        "SHA-512",
        "SHA3-256",
        "SHA3-384",
        "SHA3-512",
        "BLAKE2b-256",
        "BLAKE2b-384",
        "BLAKE2b-512",
        "BLAKE3",
        "Streebog-256",
        "Streebog-512",
    ];
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    NAMES.into_iter().find(|known| plain(known) == plain(name))
}

fn dependencies(relations: &[Relation]) -> Value {
    let mut made: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    let mut sorted: Vec<&Relation> = relations
        .iter()
        .filter(|relation| matches!(relation.kind, RelationKind::DependsOn | RelationKind::Provides))
        .collect();
    sorted.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    sorted.dedup_by(|a, b| (&a.from, a.kind, &a.to) == (&b.from, b.kind, &b.to));
    for relation in sorted {
        if made.last().is_none_or(|(from, ..)| *from != relation.from) {
            made.push((&relation.from, Vec::new(), Vec::new()));
        }
        if let Some((_, depends_on, provides)) = made.last_mut() {
            match relation.kind {
                RelationKind::Provides => provides.push(&relation.to),
                _ => depends_on.push(&relation.to),
            }
        }
    }
    let entry = |(from, depends_on, provides): (&str, Vec<&str>, Vec<&str>)| {
        let mut entry = Map::new();
        entry.insert("ref".into(), json!(from));
        for (name, list) in [("dependsOn", depends_on), ("provides", provides)] {
            if !list.is_empty() {
                entry.insert(name.into(), json!(list));
            }
        }
        Value::Object(entry)
    };
    made.into_iter().map(entry).collect()
}
