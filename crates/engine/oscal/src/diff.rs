//! What changed between two catalogues: controls and groups added, removed, moved or changed, and in which member.

use std::collections::HashMap;

use serde::Serialize;

use crate::document::{Document, Kind};
use crate::error::{Error, Result};
use crate::tree::{Node, Object, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Removed,
    /// It stands in another group or control than before.
    Moved,
    Changed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Difference {
    pub change: Change,
    /// `control` or `group`.
    pub item: &'static str,
    pub id: String,
    /// What changed, as a path inside the control or group (`title`, `parts/ac-1_smt/prose`), or the old and new owner.
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

struct Entry<'a> {
    item: &'static str,
    owner: String,
    body: &'a Object,
}

/// Compares by identifier, in the order of the new catalogue, removals last.
///
/// # Errors
/// [`Error::Document`] when one of the two is no catalogue.
pub fn diff(old: &Document, new: &Document) -> Result<Vec<Difference>> {
    for document in [old, new] {
        if document.kind != Kind::Catalog {
            return Err(Error::document(
                "/",
                "catalog",
                format!("a catalog was expected, this is a {}", document.kind.name()),
            ));
        }
    }
    let (before, old_order) = entries(old.body());
    let (after, new_order) = entries(new.body());
    let mut out = Vec::new();
    for key in &new_order {
        let entry = &after[key];
        match before.get(key) {
            None => out.push(whole(Change::Added, entry, &key.1)),
            Some(known) => compare(known, entry, &key.1, &mut out),
        }
    }
    out.extend(
        old_order
            .iter()
            .filter(|key| !after.contains_key(*key))
            .map(|key| whole(Change::Removed, &before[key], &key.1)),
    );
    Ok(out)
}

type Key = (&'static str, String);

fn entries(body: &Object) -> (HashMap<Key, Entry<'_>>, Vec<Key>) {
    let (mut known, mut order) = (HashMap::new(), Vec::new());
    collect(body, "", &mut known, &mut order);
    (known, order)
}

fn collect<'a>(body: &'a Object, owner: &str, known: &mut HashMap<Key, Entry<'a>>, order: &mut Vec<Key>) {
    for (array, item) in [("groups", "group"), ("controls", "control")] {
        for node in body.items(array).iter().filter_map(Node::as_object) {
            // A group may lack an identifier; its title then stands for it.
            let id = node.text("id").or_else(|| node.text("title")).unwrap_or_default().to_owned();
            let key = (item, id.clone());
            if !known.contains_key(&key) {
                known.insert(key.clone(), Entry { item, owner: owner.to_owned(), body: node });
                order.push(key);
            }
            collect(node, &id, known, order);
        }
    }
}

fn whole(change: Change, entry: &Entry<'_>, id: &str) -> Difference {
    let title = entry.body.text("title").map(str::to_owned);
    let (before, after) = match change {
        Change::Removed => (title, None),
        _ => (None, title),
    };
    Difference { change, item: entry.item, id: id.to_owned(), path: String::new(), before, after }
}

fn compare(old: &Entry<'_>, new: &Entry<'_>, id: &str, out: &mut Vec<Difference>) {
    if old.owner != new.owner {
        let (before, after) = (Some(old.owner.clone()), Some(new.owner.clone()));
        out.push(Difference {
            change: Change::Moved,
            item: new.item,
            id: id.to_owned(),
            path: String::new(),
            before,
            after,
        });
    }
    let mut found = Vec::new();
    objects(old.body, new.body, "", &mut found);
    out.extend(found.into_iter().map(|(path, before, after)| Difference {
        change: Change::Changed,
        item: new.item,
        id: id.to_owned(),
        path,
        before,
        after,
    }));
}

type Found = (String, Option<String>, Option<String>);

fn objects(old: &Object, new: &Object, path: &str, out: &mut Vec<Found>) {
    let inner = |name: &str| matches!(name, "groups" | "controls");
    for (name, node) in new.iter().filter(|(name, _)| !inner(name)) {
        nodes(old.get(name), Some(node), &join(path, name), out);
    }
    for (name, node) in old.iter().filter(|(name, _)| !inner(name) && new.get(name).is_none()) {
        nodes(Some(node), None, &join(path, name), out);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

fn nodes(old: Option<&Node>, new: Option<&Node>, path: &str, out: &mut Vec<Found>) {
    if old == new {
        return;
    }
    match (old.map(|node| &node.value), new.map(|node| &node.value)) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => objects(old, new, path, out),
        (Some(Value::Array(_)) | None, Some(Value::Array(_)) | None) => {
            arrays(old.map_or(&[], Node::items), new.map_or(&[], Node::items), path, out);
        }
        _ => out.push((path.to_owned(), old.map(shown), new.map(shown))),
    }
}

/// Items with an identifier are compared with their like; others are there or not.
fn arrays(old: &[Node], new: &[Node], path: &str, out: &mut Vec<Found>) {
    let mut unmatched: Vec<&Node> = old.iter().collect();
    for (index, node) in new.iter().enumerate() {
        let name = identifier(node);
        let like = unmatched.iter().position(|known| match &name {
            Some(name) => identifier(known).as_ref() == Some(name),
            None => *known == node,
        });
        let place = join(path, name.as_deref().unwrap_or(&index.to_string()));
        match like {
            Some(at) => {
                let known = unmatched.remove(at);
                nodes(Some(known), Some(node), &place, out);
            }
            None => out.push((place, None, Some(shown(node)))),
        }
    }
    for node in unmatched {
        let name = identifier(node).unwrap_or_else(|| "-".to_owned());
        out.push((join(path, &name), Some(shown(node)), None));
    }
}

fn identifier(node: &Node) -> Option<String> {
    ["id", "uuid"].iter().find_map(|key| node.get(key)?.as_text().map(str::to_owned))
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Text(text) | Value::Number(text) => text.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Null => "null".to_owned(),
        Value::Array(_) | Value::Object(_) => {
            crate::json::write(node).split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}
