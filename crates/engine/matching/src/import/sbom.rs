//! Bills of materials as components: every name that the bill states, and the products that a component is a part of.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use shinayaka_sbom::{Fault, Item, Limits, RelationKind, Summary, read};

use crate::identity::Identity;
use crate::identity::cpe::Cpe;
use crate::identity::purl::Purl;
use crate::index::Component;
use crate::index::inventory::Details;

/// A bill read: its components, and what its reader found wrong.
#[derive(Debug)]
pub struct Bill {
    pub components: Vec<Component>,
    pub summary: Summary,
}

/// `source` names the bill in findings.
///
/// # Errors
/// What is not a bill of materials, with line and path.
pub fn components(file: impl BufRead, source: &str, exposed: Option<bool>) -> Result<Bill, Fault> {
    let mut found: Vec<shinayaka_sbom::Component> = Vec::new();
    let mut parents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut subjects: BTreeSet<String> = BTreeSet::new();
    let summary = read(file, Limits::default(), &mut |item| match item {
        Item::Component(component) => found.push(component),
        Item::Relation(relation) => match relation.kind {
            RelationKind::Contains => parents.entry(relation.to).or_default().push(relation.from),
            RelationKind::Describes => {
                subjects.insert(relation.to);
            }
            _ => {}
        },
    })?;
    let own: BTreeMap<&str, Vec<Identity>> = found
        .iter()
        .filter_map(|component| Some((component.reference.as_deref()?, identities(component))))
        .collect();
    let mut about: BTreeSet<Identity> = BTreeSet::new();
    for component in &found {
        let described = component.reference.as_ref().is_some_and(|reference| subjects.contains(reference));
        if component.is_subject || described {
            about.extend(identities(component));
        }
    }
    let components = found
        .iter()
        .map(|component| {
            let mut context = about.clone();
            let mut open: Vec<&str> = component.reference.as_deref().into_iter().collect();
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            while let Some(reference) = open.pop() {
                for parent in parents.get(reference).into_iter().flatten() {
                    if seen.insert(parent) {
                        context.extend(own.get(parent.as_str()).into_iter().flatten().cloned());
                        open.push(parent);
                    }
                }
            }
            one(component, context, source, exposed)
        })
        .collect();
    drop(own);
    Ok(Bill { components, summary })
}

/// The names under which a component can be the surrounding product of a statement; CPE names in full.
fn identities(component: &shinayaka_sbom::Component) -> Vec<Identity> {
    let mut out: Vec<Identity> = component
        .purls
        .iter()
        .filter_map(|text| Purl::read(text).ok())
        .map(|purl| Identity::of_purl(&purl))
        .collect();
    for cpe in component.cpes.iter().filter_map(|text| Cpe::parse(text).ok()) {
        out.push(Identity::from_key(&cpe.to_string()));
        out.extend(Identity::of_cpe(&cpe));
    }
    let vendor = component.supplier.as_deref().or(component.group.as_deref()).unwrap_or("");
    out.extend(Identity::of_product(vendor, &component.name));
    out
}

fn one(
    component: &shinayaka_sbom::Component,
    context: BTreeSet<Identity>,
    source: &str,
    exposed: Option<bool>,
) -> Component {
    let label = match (&component.group, &component.version) {
        (Some(group), Some(version)) => format!("{group}/{}@{version}", component.name),
        (None, Some(version)) => format!("{}@{version}", component.name),
        (Some(group), None) => format!("{group}/{}", component.name),
        (None, None) => component.name.clone(),
    };
    let mut names = Vec::new();
    for text in component.purls.iter().skip(1) {
        if let Ok(purl) = Purl::read(text) {
            names.push((Identity::of_purl(&purl), crate::index::inventory::version_of(&purl)));
        }
    }
    for hash in &component.hashes {
        names.extend(
            Identity::of_hash(&hash.algorithm, &hash.value).map(|name| (name, component.version.clone())),
        );
    }
    let vendor = component.supplier.as_deref().or(component.group.as_deref()).unwrap_or("");
    if let Some(name) = Identity::of_product(vendor, &component.name) {
        names.push((name, component.version.clone()));
    }
    // A package URL without a version is completed from the component's own field.
    let text = match component.purls.first() {
        Some(text) => match (Purl::read(text), &component.version) {
            (Ok(mut purl), Some(version)) if purl.version.is_none() => {
                purl.version = Some(version.clone());
                purl.to_string()
            }
            _ => text.clone(),
        },
        None => label,
    };
    let details = Details {
        cpes: component.cpes.clone(),
        context: context.into_iter().collect(),
        source: source.to_owned(),
        exposed,
    };
    Component { text, names, details }
}
