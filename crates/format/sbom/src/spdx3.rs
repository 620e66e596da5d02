//! SPDX 3.0: elements of a JSON-LD graph in the compact form that the specification demands (its own context).

use serde::{Deserialize, de::MapAccess};

use crate::{
    element::Spdx3Element,
    json::Context,
    model::{Component, Hash, Relation, RelationKind},
};

/// A document may be one element without a graph: its members stand in the root.
#[derive(Default)]
pub struct Single {
    members: serde_json::Map<String, serde_json::Value>,
}

const MEMBERS: [&str; 12] = [
    "type",
    "@type",
    "spdxId",
    "@id",
    "software_packageVersion",
    "software_packageUrl",
    "software_primaryPurpose",
    "externalIdentifier",
    "verifiedUsing",
    "from",
    "to",
    "relationshipType",
];

impl Single {
    /// Keeps the member if an element has it.
    pub fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        if !MEMBERS.contains(&name) {
            return Ok(false);
        }
        self.members.insert(name.to_owned(), map.next_value()?);
        Ok(true)
    }

    pub fn element(self, context: &mut Context<'_, '_>) {
        if self.members.contains_key("type") || self.members.contains_key("@type") {
            let name = context.gather.document.name.clone();
            // Members of other shapes than the format has make it no element that counts.
            let members = serde_json::Value::Object(self.members);
            if let Ok(element) = Spdx3Element::deserialize(members) {
                take(Spdx3Element { name, ..element }, context);
            }
        }
    }
}

pub fn take(element: Spdx3Element, context: &mut Context<'_, '_>) {
    let line = context.line();
    let kind = element.r#type.as_deref().unwrap_or("");
    let kind = kind.rsplit(['/', '#', ':']).next().unwrap_or(kind);
    match kind.trim_start_matches("software_") {
        "CreationInfo" => {
            let document = &mut context.gather.document;
            if let Some(version) = element.spec_version {
                document.version = version;
            }
            document.created = element.created;
        }
        "SpdxDocument" => {
            context.gather.document.name = element.name;
            describe(element.spdx_id.as_deref(), element.root_element, line, context);
            context.gather.document.id = element.spdx_id;
        }
        "Sbom" | "Bom" | "Bundle" => {
            describe(element.spdx_id.as_deref(), element.root_element, line, context);
        }
        "Relationship" | "LifecycleScopedRelationship" => relations(element, line, context),
        "Package" | "ai_AIPackage" | "AIPackage" | "dataset_DatasetPackage" | "DatasetPackage" => {
            package(element, line, context);
        }
        _ => {}
    }
}

fn describe(from: Option<&str>, to: Vec<String>, line: u64, context: &mut Context<'_, '_>) {
    for to in to {
        let from = from.unwrap_or("").to_owned();
        context.gather.relation(Relation { line, from, kind: RelationKind::Describes, to });
    }
}

fn relations(element: Spdx3Element, line: u64, context: &mut Context<'_, '_>) {
    let kind = match element.relationship_type.as_deref() {
        Some("dependsOn" | "hasPrerequisite" | "hasDynamicLink" | "hasStaticLink") => RelationKind::DependsOn,
        Some("hasOptionalDependency" | "hasProvidedDependency") => RelationKind::DependsOn,
        Some("contains") => RelationKind::Contains,
        Some("describes") => RelationKind::Describes,
        _ => RelationKind::Other,
    };
    for to in element.to {
        let from = element.from.clone().unwrap_or_default();
        context.gather.relation(Relation { line, from, kind, to });
    }
}

fn package(element: Spdx3Element, line: u64, context: &mut Context<'_, '_>) {
    let mut component = Component {
        line,
        reference: element.spdx_id,
        kind: element.primary_purpose,
        name: element.name.unwrap_or_default(),
        version: element.package_version.filter(|version| !version.is_empty()),
        ..Component::default()
    };
    component.purls.extend(element.package_url);
    for identifier in element.external_identifier {
        match identifier.external_identifier_type.as_str() {
            "packageUrl" if !component.purls.contains(&identifier.identifier) => {
                component.purls.push(identifier.identifier);
            }
            "cpe22" | "cpe23" => component.cpes.push(identifier.identifier),
            "swid" => component.swid = Some(identifier.identifier),
            _ => {}
        }
    }
    component.hashes = element
        .verified_using
        .into_iter()
        .filter(|hash| !hash.hash_value.is_empty())
        .map(|hash| Hash { algorithm: hash.algorithm, value: hash.hash_value.to_ascii_lowercase() })
        .collect();
    context.gather.component(component);
}
