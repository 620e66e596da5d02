//! The `vulnerabilities` of CycloneDX as JSON. What a statement affects is named by `bom-ref`; the components of the same
//! document give its purl, CPE and hashes.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Document, Fault, Format, Product, Statement, Status, VersionStatus, from_serde, named};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    serial_number: Option<String>,
    version: Option<u64>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    components: Vec<Component>,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    timestamp: Option<String>,
    component: Option<Component>,
    supplier: Option<Supplier>,
}

#[derive(Deserialize)]
struct Supplier {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    reference: Option<String>,
    purl: Option<String>,
    cpe: Option<String>,
    #[serde(default)]
    hashes: Vec<Hash>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(rename = "bom-ref")]
    reference: Option<String>,
    id: Option<String>,
    #[serde(default)]
    references: Vec<Reference>,
    recommendation: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    #[serde(default)]
    analysis: Analysis,
    #[serde(default)]
    affects: Vec<Affect>,
}

#[derive(Deserialize)]
struct Reference {
    id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    state: Option<String>,
    justification: Option<String>,
    #[serde(default)]
    response: Vec<String>,
    detail: Option<String>,
    first_issued: Option<String>,
    last_updated: Option<String>,
}

#[derive(Deserialize)]
struct Affect {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: Option<String>,
    range: Option<String>,
    status: Option<String>,
}

pub fn read(value: Value) -> Result<Document, Fault> {
    let json: Json = serde_path_to_error::deserialize(value).map_err(from_serde)?;
    let mut by_reference = HashMap::new();
    let subject = json.metadata.component.iter();
    subject.chain(&json.components).for_each(|component| gather(component, &mut by_reference));
    let mut statements = Vec::new();
    for (index, one) in json.vulnerabilities.iter().enumerate() {
        let fault = |reason: String| Fault { line: 0, path: format!("vulnerabilities[{index}]"), reason };
        let vulnerability = one.id.clone().filter(|id| !id.is_empty());
        let vulnerability = vulnerability.ok_or_else(|| fault("has no id".into()))?;
        let status = match one.analysis.state.as_deref() {
            // Named only: a vulnerability that was found, and nobody has judged it yet.
            None | Some("in_triage") => Status::UnderInvestigation,
            Some("exploitable") => Status::Affected,
            Some("resolved" | "resolved_with_pedigree") => Status::Fixed,
            Some("not_affected" | "false_positive") => Status::NotAffected,
            Some(other) => {
                let other: String = other.chars().take(40).collect();
                return Err(fault(format!("`{other}` is no state of an analysis")));
            }
        };
        let not_affected = status == Status::NotAffected;
        let detail = one.analysis.detail.clone();
        statements.push(Statement {
            id: one.reference.clone(),
            vulnerability,
            aliases: one.references.iter().filter_map(|reference| reference.id.clone()).collect(),
            products: one.affects.iter().map(|affect| product(affect, &by_reference)).collect(),
            status,
            justification: one.analysis.justification.clone(),
            impact: detail.clone().filter(|_| not_affected),
            action: one.recommendation.clone().or_else(|| {
                let responses = one.analysis.response.join(", ");
                Some(responses).filter(|text| !text.is_empty())
            }),
            notes: detail.filter(|_| !not_affected),
            timestamp: one.analysis.first_issued.clone().or_else(|| one.published.clone()),
            last_updated: one.analysis.last_updated.clone().or_else(|| one.updated.clone()),
        });
    }
    Ok(Document {
        format: Format::CycloneDx,
        id: json.serial_number,
        author: json.metadata.supplier.and_then(|supplier| supplier.name),
        role: None,
        timestamp: json.metadata.timestamp,
        last_updated: None,
        version: json.version,
        statements,
    })
}

fn gather<'a>(component: &'a Component, found: &mut HashMap<&'a str, &'a Component>) {
    if let Some(reference) = &component.reference {
        found.entry(reference).or_insert(component);
    }
    component.components.iter().for_each(|inner| gather(inner, found));
}

fn product(affect: &Affect, by_reference: &HashMap<&str, &Component>) -> Product {
    let mut made = named(affect.reference.clone());
    // A BOM-Link into this document ends in the same reference.
    let local = affect.reference.rsplit_once('#').map(|(_, reference)| reference);
    let component = by_reference
        .get(affect.reference.as_str())
        .or_else(|| local.and_then(|reference| by_reference.get(reference)));
    if let Some(component) = component {
        for (list, name) in [(&mut made.purls, &component.purl), (&mut made.cpes, &component.cpe)] {
            list.extend(name.iter().filter(|name| !list.contains(name)).cloned().collect::<Vec<_>>());
        }
        made.hashes = component.hashes.iter().map(|hash| (hash.alg.clone(), hash.content.clone())).collect();
    }
    made.versions = affect
        .versions
        .iter()
        .map(|version| VersionStatus {
            version: version.version.clone(),
            range: version.range.clone(),
            status: version.status.clone(),
        })
        .collect();
    made
}

/// The document as CycloneDX 1.7, with one component for each product that has a name to recognise it by.
pub fn write(document: &Document) -> String {
    let mut components: Vec<Value> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for product in document.statements.iter().flat_map(|statement| &statement.products) {
        let link = product.id.starts_with("urn:cdx:");
        if link || seen.contains(&product.id.as_str()) {
            continue;
        }
        seen.push(&product.id);
        let name = product.purls.first().map_or(product.id.as_str(), |purl| name_of(purl));
        let mut made = Map::new();
        made.insert("type".into(), json!("library"));
        made.insert("bom-ref".into(), json!(product.id));
        made.insert("name".into(), json!(name));
        for (member, value) in [("cpe", product.cpes.first()), ("purl", product.purls.first())] {
            if let Some(value) = value {
                made.insert(member.into(), json!(value));
            }
        }
        components.push(Value::Object(made));
    }
    let mut made = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": document.version.unwrap_or(1).max(1),
        "components": components,
        "vulnerabilities": document.statements.iter().map(vulnerability).collect::<Vec<_>>(),
    });
    if let Some(id) = document.id.as_ref().filter(|id| id.starts_with("urn:uuid:")) {
        made["serialNumber"] = json!(id);
    }
    if let Some(timestamp) = &document.timestamp {
        made["metadata"] = json!({ "timestamp": timestamp });
    }
    if let Some(author) = &document.author {
        made["metadata"]["supplier"] = json!({ "name": author });
    }
    serde_json::to_string_pretty(&made).expect("a JSON value")
}

fn name_of(purl: &str) -> &str {
    let end = purl.find(['?', '#']).unwrap_or(purl.len());
    let name = purl[..end].rsplit('/').next().unwrap_or(purl);
    name.split('@').next().unwrap_or(name)
}

fn vulnerability(statement: &Statement) -> Value {
    let state = match statement.status {
        Status::NotAffected => "not_affected",
        Status::Affected => "exploitable",
        Status::Fixed => "resolved",
        Status::UnderInvestigation => "in_triage",
    };
    let mut analysis = Map::new();
    analysis.insert("state".into(), json!(state));
    let members = [
        ("justification", statement.justification.as_deref().and_then(justification).map(str::to_owned)),
        ("detail", statement.impact.clone().or_else(|| statement.notes.clone())),
        ("firstIssued", statement.timestamp.clone()),
        ("lastUpdated", statement.last_updated.clone()),
    ];
    for (member, value) in members {
        if let Some(value) = value {
            analysis.insert(member.into(), json!(value));
        }
    }
    let affects: Vec<Value> = statement
        .products
        .iter()
        .map(|product| {
            let versions: Vec<Value> = product.versions.iter().map(version).collect();
            let mut made = json!({ "ref": product.id });
            if !versions.is_empty() {
                made["versions"] = Value::Array(versions);
            }
            made
        })
        .collect();
    let mut made = json!({ "id": statement.vulnerability, "analysis": analysis, "affects": affects });
    if let Some(id) = &statement.id {
        made["bom-ref"] = json!(id);
    }
    if let Some(action) = &statement.action {
        made["recommendation"] = json!(action);
    }
    if !statement.aliases.is_empty() {
        let aliases = statement.aliases.iter();
        made["references"] = aliases.map(|id| json!({ "id": id, "source": {} })).collect();
    }
    made
}

fn version(version: &VersionStatus) -> Value {
    let mut made = Map::new();
    for (member, value) in
        [("version", &version.version), ("range", &version.range), ("status", &version.status)]
    {
        if let Some(value) = value {
            made.insert(member.into(), json!(value));
        }
    }
    Value::Object(made)
}

/// The word of CycloneDX for a word of either format; nothing for a word of neither.
fn justification(word: &str) -> Option<&'static str> {
    const OWN: [&str; 9] = [
        "code_not_present",
        "code_not_reachable",
        "requires_configuration",
        "requires_dependency",
        "requires_environment",
        "protected_by_compiler",
        "protected_at_runtime",
        "protected_at_perimeter",
        "protected_by_mitigating_control",
    ];
    match word {
        "component_not_present" | "vulnerable_code_not_present" => Some("code_not_present"),
        "vulnerable_code_not_in_execute_path" | "vulnerable_code_cannot_be_controlled_by_adversary" => {
            Some("code_not_reachable")
        }
        "inline_mitigations_already_exist" => Some("protected_by_mitigating_control"),
        _ => OWN.into_iter().find(|own| *own == word),
    }
}
