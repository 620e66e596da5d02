//! The final operations: what nothing refers to goes, members come into canonical order, the catalogue gets its metadata.

use std::collections::HashSet;
use std::sync::Arc;

use super::import::is_kept;
use super::{Item, Parts, Settings};
use crate::document::{Document, Kind};
use crate::markup::inserted_parameters;
use crate::model::{Model, NEWEST, Version};
use crate::tree::{Node, Object};

/// Removes loose parameters that nothing inserts and resources that nothing refers to.
pub(super) fn prune(parts: &mut Parts, profile: &Object) {
    prune_parameters(parts, profile);
    prune_resources(parts, profile);
}

fn each_body<'a>(items: &'a [Item], visit: &mut impl FnMut(&'a Object)) {
    for item in items {
        visit(&item.body);
        each_body(&item.controls, visit);
        each_body(&item.groups, visit);
    }
}

fn prune_parameters(parts: &mut Parts, profile: &Object) {
    if parts.loose.is_empty() {
        return;
    }
    let (mut inserted, mut anchored) = (HashSet::new(), HashSet::new());
    let mut look = |body: &Object| {
        body.iter().for_each(|(_, node)| {
            node.texts(&mut |text| {
                inserted_parameters(text, &mut |id| {
                    inserted.insert(id.to_owned());
                })
            })
        });
        anchored.extend(
            body.items("params").iter().filter_map(|param| param.get("id")?.as_text()).map(str::to_owned),
        );
    };
    each_body(&parts.controls, &mut look);
    each_body(&parts.groups, &mut look);
    let modify = profile.get("modify").and_then(Node::as_object);
    let sets = modify.map_or(&[][..], |modify| modify.items("set-parameters"));
    inserted.extend(sets.iter().filter_map(|set| set.get("param-id")?.as_text()).map(str::to_owned));
    let mut waiting: Vec<_> = std::mem::take(&mut parts.loose).into_iter().map(Some).collect();
    let mut chosen = vec![false; waiting.len()];
    // A parameter may insert another, so that keeping one can make a second one wanted.
    loop {
        let mut changed = false;
        for (at, loose) in waiting.iter().enumerate() {
            let Some(loose) = loose else { continue };
            let id = loose.body.get("id").and_then(Node::as_text).unwrap_or_default();
            if !chosen[at] && !anchored.contains(id) && (inserted.contains(id) || is_kept(&loose.body)) {
                (chosen[at], changed) = (true, true);
                let mut more = Vec::new();
                loose.body.texts(&mut |text| inserted_parameters(text, &mut |id| more.push(id.to_owned())));
                inserted.extend(more);
            }
        }
        if !changed {
            break;
        }
    }
    let mut seen = HashSet::new();
    for (at, loose) in waiting.iter_mut().enumerate() {
        let Some(loose) = loose.take() else { continue };
        let id = loose.body.get("id").and_then(Node::as_text).unwrap_or_default().to_owned();
        if chosen[at] && seen.insert(id) {
            parts.loose.push(loose);
        }
    }
}

fn prune_resources(parts: &mut Parts, profile: &Object) {
    if parts.resources.is_empty() {
        return;
    }
    let mut referred = HashSet::new();
    let mut look = |body: &Object| body.iter().for_each(|(_, node)| references(node, &mut referred));
    each_body(&parts.controls, &mut look);
    each_body(&parts.groups, &mut look);
    if let Some(metadata) = profile.get("metadata").and_then(Node::as_object) {
        look(metadata);
    }
    parts.loose.iter().for_each(|loose| references(&loose.body, &mut referred));
    let wanted = |resource: &Node, referred: &HashSet<String>| {
        let uuid = resource.get("uuid").and_then(Node::as_text).unwrap_or_default();
        is_kept(resource) || referred.contains(&uuid.to_ascii_lowercase())
    };
    loop {
        let before = referred.len();
        let mut more = HashSet::new();
        parts
            .resources
            .iter()
            .filter(|resource| wanted(resource, &referred))
            .for_each(|resource| references(resource, &mut more));
        referred.extend(more);
        if referred.len() == before {
            break;
        }
    }
    parts.resources.retain(|resource| wanted(resource, &referred));
}

/// What stands after a `#` in any text, as far as it could be a UUID.
fn references(node: &Node, out: &mut HashSet<String>) {
    node.texts(&mut |text| {
        for part in text.split('#').skip(1) {
            let end = part.find(|c: char| !c.is_ascii_hexdigit() && c != '-').unwrap_or(part.len());
            if end == 36 {
                out.insert(part[..end].to_ascii_lowercase());
            }
        }
    });
}

/// Puts the catalogue together.
pub(super) fn catalog(parts: Parts, profile: &Document, location: &str, settings: &Settings) -> Document {
    let mut body = Object::new();
    body.set("uuid", settings.uuid.as_str());
    body.set("metadata", metadata(&parts, profile, location, settings));
    body.set("params", parts.loose.into_iter().map(|loose| loose.body).collect::<Vec<_>>());
    body.set("controls", parts.controls.into_iter().map(|item| node(item, false)).collect::<Vec<_>>());
    body.set("groups", parts.groups.into_iter().map(|item| node(item, true)).collect::<Vec<_>>());
    body.drop_empty_arrays();
    if !parts.resources.is_empty() {
        let mut back_matter = Object::new();
        back_matter.set("resources", parts.resources);
        body.set("back-matter", back_matter);
    }
    let mut document = Document::new(Kind::Catalog, body);
    document.syntax = profile.syntax;
    document
}

fn node(item: Item, group: bool) -> Node {
    let mut body = Arc::unwrap_or_clone(item.body);
    body.set("controls", item.controls.into_iter().map(|child| node(child, false)).collect::<Vec<_>>());
    if group {
        body.set("groups", item.groups.into_iter().map(|inner| node(inner, true)).collect::<Vec<_>>());
    }
    body.drop_empty_arrays();
    let definition = Model::get().named(if group { "catalog-group" } else { "catalog-control" });
    body.sort_by_rank(|name| definition.rank(name));
    body.into()
}

fn metadata(parts: &Parts, profile: &Document, location: &str, settings: &Settings) -> Object {
    let mut metadata = profile.metadata().cloned().unwrap_or_default();
    metadata.set("last-modified", settings.at.as_str());
    if let Some(version) =
        parts.version.clone().zip(Version::parse(NEWEST)).map(|(used, newest)| used.min(newest))
    {
        metadata.set("oscal-version", version.to_string().as_str());
    }
    let object = |members: [(&str, &str); 2]| {
        let mut object = Object::new();
        members.iter().for_each(|(name, value)| object.set(name, *value));
        Node::from(object)
    };
    metadata.array_mut("props").insert(0, object([("name", "resolution-tool"), ("value", &settings.tool)]));
    metadata.array_mut("links").insert(0, object([("href", location), ("rel", "source-profile")]));
    for (name, node) in &parts.kept {
        let key = if *name == "roles" { "id" } else { "uuid" };
        let same = |known: &Node| known.get(key) == node.get(key);
        let known = metadata.array_mut(name);
        if !known.iter().any(same) {
            known.push(node.clone());
        }
    }
    let definition = Model::get().named("metadata-metadata");
    metadata.sort_by_rank(|name| definition.rank(name));
    metadata
}
