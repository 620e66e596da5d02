//! Mapping collections as claims: this set of controls of one standard relates so to that set of another.

use crate::document::{Document, Kind};
use crate::error::{Error, Result};
use crate::mapping::relation::Relation;
use crate::tree::{Node, Object};

/// The standard a mapping speaks of, with every name under which it may be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub names: Vec<String>,
}

/// One entry: the union of `sources` relates to the union of `targets`.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub sources: Vec<String>,
    pub targets: Vec<String>,
    pub relation: Relation,
    /// The name of the relation as it was written.
    pub wording: String,
    /// Where it stands: file and line.
    pub place: String,
}

/// The entries between two standards.
#[derive(Clone, Debug)]
pub struct Collection {
    pub source: Resource,
    pub target: Resource,
    pub claims: Vec<Claim>,
}

/// Reads the mappings of a collection. `name` is the file's name, for the places.
///
/// # Errors
/// [`Error::Document`] with the path: no mapping collection, or a relation that has no meaning.
pub fn read(document: &Document, name: &str) -> Result<Vec<Collection>> {
    if document.kind != Kind::MappingCollection {
        let reason = format!("a mapping-collection was expected, this is a {}", document.kind.name());
        return Err(Error::document(name, "mapping-collection", reason));
    }
    let body = document.body();
    let mappings = match body.get("mappings") {
        Some(node) if node.as_object().is_some() => std::slice::from_ref(node),
        Some(node) => node.items(),
        None => &[],
    };
    let read = |(index, node): (usize, &Node)| {
        let path = format!("{name}#/mapping-collection/mappings/{index}");
        let mapping =
            node.as_object().ok_or_else(|| Error::document(&path, "type", "an object was expected"))?;
        collection(body, mapping, name, &path)
    };
    mappings.iter().enumerate().map(read).collect()
}

fn collection(body: &Object, mapping: &Object, name: &str, path: &str) -> Result<Collection> {
    let mut claims = Vec::new();
    for (index, node) in mapping.items("maps").iter().enumerate() {
        let path = format!("{path}/maps/{index}");
        let Some(map) = node.as_object() else { continue };
        // Before 1.2 the relation was an object with a type.
        let wording =
            map.get("relationship").and_then(|node| node.as_text().or_else(|| node.get("type")?.as_text()));
        let wording = wording.ok_or_else(|| {
            Error::document(format!("{path}/relationship"), "required", "relationship is missing")
        })?;
        let relation = Relation::named(wording);
        let relation = relation.ok_or_else(|| {
            Error::document(
                format!("{path}/relationship"),
                "allowed-values",
                format!("{wording:?} is no relation of sets"),
            )
        })?;
        let (sources, targets) = (ids(map, "sources"), ids(map, "targets"));
        if sources.is_empty() || targets.is_empty() {
            return Err(Error::document(path, "min-items", "an entry needs a source and a target"));
        }
        let place = format!("{name}, line {}", node.line);
        claims.push(Claim { sources, targets, relation, wording: wording.to_owned(), place });
    }
    let side = |key: &str| resource(body, mapping.get(key));
    Ok(Collection { source: side("source-resource"), target: side("target-resource"), claims })
}

fn ids(map: &Object, name: &str) -> Vec<String> {
    let mut ids: Vec<_> =
        map.items(name).iter().filter_map(|item| item.get("id-ref")?.as_text()).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    ids
}

fn resource(body: &Object, reference: Option<&Node>) -> Resource {
    let href = reference.and_then(|node| node.get("href")).and_then(Node::as_text).unwrap_or_default();
    let mut names = vec![stem(href)];
    if let Some(uuid) = href.strip_prefix('#') {
        let back_matter = body.get("back-matter").and_then(Node::as_object);
        let resources = back_matter.map_or(&[][..], |back| back.items("resources"));
        let found =
            resources.iter().filter_map(Node::as_object).find(|resource| resource.text("uuid") == Some(uuid));
        if let Some(resource) = found {
            names.extend(resource.text("title").map(str::to_lowercase));
            let links = resource.items("rlinks").iter().filter_map(|link| link.get("href")?.as_text());
            names.extend(links.map(stem));
        }
    }
    names.retain(|name| !name.is_empty());
    Resource { names }
}

/// The last part of a location without its ending, in lower case: how documents are recognised across collections.
#[must_use]
pub(super) fn stem(location: &str) -> String {
    let last = location.trim_start_matches('#').rsplit(['/', '\\']).next().unwrap_or(location);
    let last = last.split(['?', '#']).next().unwrap_or(last);
    let base = [".json", ".xml", ".yaml", ".yml"]
        .iter()
        .find_map(|ending| last.strip_suffix(ending))
        .unwrap_or(last);
    base.to_lowercase()
}
