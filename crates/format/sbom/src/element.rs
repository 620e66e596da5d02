//! Shapes of the JSON formats that are kept for a moment: one package, one relation, one reference.

use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::model::{Component, Hash};

/// Nothing and `null` are the same.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Nothing(()),
    One(String),
    Many(Vec<String>),
    /// An object of its own, which this reader does not look into.
    Other(IgnoredAny),
}

/// One text or a list of them.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Nothing(()) | OneOrMany::Other(_) => Vec::new(),
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    })
}

#[derive(Deserialize)]
pub struct CycloneDxHash {
    pub alg: String,
    #[serde(default)]
    pub content: String,
}

#[derive(Deserialize)]
pub struct CycloneDxSupplier {
    pub name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CycloneDxSwid {
    pub tag_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CycloneDxDependency {
    #[serde(rename = "ref")]
    pub reference: String,
    #[serde(default, deserialize_with = "list")]
    pub depends_on: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub provides: Vec<String>,
}

#[derive(Deserialize)]
pub struct SpdxCreation {
    pub created: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpdxPackage {
    #[serde(rename = "SPDXID")]
    id: Option<String>,
    name: Option<String>,
    version_info: Option<String>,
    supplier: Option<String>,
    primary_package_purpose: Option<String>,
    #[serde(default, deserialize_with = "list")]
    external_refs: Vec<SpdxReference>,
    #[serde(default, deserialize_with = "list")]
    checksums: Vec<SpdxChecksum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpdxReference {
    #[serde(default)]
    reference_type: String,
    #[serde(default)]
    reference_locator: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpdxChecksum {
    #[serde(default)]
    algorithm: String,
    #[serde(default)]
    checksum_value: String,
}

impl SpdxPackage {
    pub fn component(self, line: u64) -> Component {
        let mut component = Component {
            line,
            reference: self.id,
            kind: self.primary_package_purpose,
            name: self.name.unwrap_or_default(),
            version: self.version_info.filter(|version| !version.is_empty()),
            supplier: self.supplier.and_then(|text| spdx_agent(&text)),
            ..Component::default()
        };
        for reference in self.external_refs {
            spdx_reference(&mut component, &reference.reference_type, reference.reference_locator);
        }
        for sum in self.checksums {
            let value = sum.checksum_value.to_ascii_lowercase();
            component.hashes.push(Hash { algorithm: sum.algorithm, value });
        }
        component
    }
}

/// `Organization: Example (security@example.org)` without the word in front; nothing for `NOASSERTION`.
pub fn spdx_agent(text: &str) -> Option<String> {
    let name = text.split_once(':').map_or(text, |(_, name)| name).trim();
    (!name.is_empty() && name != "NOASSERTION" && name != "NONE").then(|| name.to_owned())
}

/// An external reference of a package; the type may be written as an address that ends in it.
pub fn spdx_reference(component: &mut Component, kind: &str, locator: String) {
    match kind.rsplit('/').next().unwrap_or(kind) {
        "purl" => component.purls.push(locator),
        "cpe22Type" | "cpe23Type" => component.cpes.push(locator),
        "swid" => component.swid = Some(locator),
        _ => {}
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpdxRelationship {
    #[serde(default)]
    pub spdx_element_id: String,
    #[serde(default)]
    pub relationship_type: String,
    #[serde(default)]
    pub related_spdx_element: String,
}

/// One element of an SPDX 3 graph, with what this reader looks at.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Spdx3Element {
    #[serde(alias = "@type")]
    pub r#type: Option<String>,
    #[serde(alias = "@id")]
    pub spdx_id: Option<String>,
    pub name: Option<String>,
    #[serde(rename = "software_packageVersion")]
    pub package_version: Option<String>,
    #[serde(rename = "software_packageUrl")]
    pub package_url: Option<String>,
    #[serde(rename = "software_primaryPurpose")]
    pub primary_purpose: Option<String>,
    #[serde(deserialize_with = "list")]
    pub external_identifier: Vec<Spdx3Identifier>,
    #[serde(deserialize_with = "list")]
    pub verified_using: Vec<Spdx3Hash>,
    pub from: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub to: Vec<String>,
    pub relationship_type: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub root_element: Vec<String>,
    pub spec_version: Option<String>,
    pub created: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Spdx3Identifier {
    pub external_identifier_type: String,
    pub identifier: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Spdx3Hash {
    pub algorithm: String,
    pub hash_value: String,
}
