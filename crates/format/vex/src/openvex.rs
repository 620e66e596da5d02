//! OpenVEX as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Document, Fault, Format, Product, Statement, Status, from_serde, named};

const CONTEXT: &str = "https://openvex.dev/ns/v0.2.0";

#[derive(Deserialize, Serialize, Default)]
struct Json {
    #[serde(rename = "@context")]
    context: String,
    #[serde(rename = "@id", default)]
    id: String,
    #[serde(default)]
    author: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(default)]
    timestamp: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
    #[serde(default)]
    version: Version,
    #[serde(default)]
    statements: Vec<JsonStatement>,
}

/// The old format had a text here.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Version {
    Number(u64),
    Text(String),
}

impl Default for Version {
    fn default() -> Self {
        Self::Number(1)
    }
}

#[derive(Deserialize, Serialize)]
struct JsonStatement {
    #[serde(rename = "@id", default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    vulnerability: Vulnerability,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
    #[serde(default)]
    products: Vec<Component>,
    /// Of the old format: for all products of the statement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    subcomponents: Vec<Component>,
    status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_notes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    impact_statement: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action_statement: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Vulnerability {
    /// Of the old format.
    Name(String),
    Full {
        #[serde(default)]
        name: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        aliases: Vec<String>,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Component {
    /// Of the old format.
    Name(String),
    Full {
        #[serde(rename = "@id", default)]
        id: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        identifiers: BTreeMap<String, String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        hashes: BTreeMap<String, String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subcomponents: Vec<Component>,
    },
}

pub fn read(value: Value) -> Result<Document, Fault> {
    let json: Json = serde_path_to_error::deserialize(value).map_err(from_serde)?;
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    let timestamp = filled(json.timestamp);
    let statements = json
        .statements
        .into_iter()
        .enumerate()
        .map(|(index, one)| statement(one, timestamp.as_ref(), index))
        .collect::<Result<_, _>>()?;
    Ok(Document {
        format: Format::OpenVex,
        id: filled(json.id),
        author: filled(json.author),
        role: json.role,
        timestamp,
        last_updated: json.last_updated,
        version: match json.version {
            Version::Number(number) => Some(number),
            Version::Text(text) => text.parse().ok(),
        },
        statements,
    })
}

fn statement(json: JsonStatement, timestamp: Option<&String>, index: usize) -> Result<Statement, Fault> {
    let (vulnerability, aliases) = match json.vulnerability {
        Vulnerability::Name(name) => (name, Vec::new()),
        Vulnerability::Full { name, aliases } => (name, aliases),
    };
    if vulnerability.is_empty() {
        let path = format!("statements[{index}].vulnerability");
        return Err(Fault { line: 0, path, reason: "has no name".into() });
    }
    let common: Vec<Product> = json.subcomponents.into_iter().map(product).collect();
    let products = json.products.into_iter().map(|component| {
        let mut product = product(component);
        product.subcomponents.extend(common.iter().cloned());
        product
    });
    Ok(Statement {
        id: json.id,
        vulnerability,
        aliases,
        products: products.collect(),
        status: json.status,
        justification: json.justification,
        impact: json.impact_statement,
        action: json.action_statement,
        notes: json.status_notes,
        timestamp: json.timestamp.or_else(|| timestamp.cloned()),
        last_updated: json.last_updated,
    })
}

fn product(component: Component) -> Product {
    let (id, identifiers, hashes, subcomponents) = match component {
        Component::Name(id) => return named(id),
        Component::Full { id, identifiers, hashes, subcomponents } => {
            (id, identifiers, hashes, subcomponents)
        }
    };
    let mut made = named(id);
    for (kind, identifier) in identifiers {
        let list = match kind.as_str() {
            "purl" => &mut made.purls,
            "cpe22" | "cpe23" => &mut made.cpes,
            _ => continue,
        };
        if !list.contains(&identifier) {
            list.push(identifier);
        }
    }
    made.hashes = hashes.into_iter().collect();
    made.subcomponents = subcomponents.into_iter().map(product).collect();
    made
}

pub fn write(document: &Document) -> String {
    let json = Json {
        context: CONTEXT.into(),
        id: document.id.clone().unwrap_or_default(),
        author: document.author.clone().unwrap_or_default(),
        role: document.role.clone(),
        timestamp: document.timestamp.clone().unwrap_or_default(),
        last_updated: document.last_updated.clone(),
        version: Version::Number(document.version.unwrap_or(1)),
        statements: document
            .statements
            .iter()
            .map(|statement| JsonStatement {
                id: statement.id.clone(),
                vulnerability: Vulnerability::Full {
                    name: statement.vulnerability.clone(),
                    aliases: statement.aliases.clone(),
                },
                timestamp: statement.timestamp.clone(),
                last_updated: statement.last_updated.clone(),
                products: statement.products.iter().map(component).collect(),
                subcomponents: Vec::new(),
                status: statement.status,
                status_notes: statement.notes.clone(),
                justification: statement.justification.clone(),
                impact_statement: statement.impact.clone(),
                action_statement: statement.action.clone(),
            })
            .collect(),
    };
    serde_json::to_string_pretty(&json).expect("plain structs of texts")
}

fn component(product: &Product) -> Component {
    let mut identifiers = BTreeMap::new();
    if let Some(purl) = product.purls.first() {
        identifiers.insert("purl".to_owned(), purl.clone());
    }
    for cpe in &product.cpes {
        let kind = if cpe.starts_with("cpe:2.3:") { "cpe23" } else { "cpe22" };
        identifiers.entry(kind.to_owned()).or_insert_with(|| cpe.clone());
    }
    Component::Full {
        id: product.id.clone(),
        identifiers,
        hashes: product.hashes.iter().cloned().collect(),
        subcomponents: product.subcomponents.iter().map(component).collect(),
    }
}
