//! What the constraints say beyond the schemas: identifiers are unique, references lead somewhere.

use std::collections::{HashMap, HashSet};

use super::{Faults, Level, Step, pointer};
use crate::document::{Document, Kind};
use crate::markup::inserted_parameters;
use crate::tree::{Node, Object, Value};

pub(super) fn check(document: &Document, faults: &mut Faults) {
    let mut index = Index::new(document);
    index.collect(&document.tree, None, faults);
    let mut follow = Follow { index: &index, path: Vec::new(), faults };
    follow.node(&document.tree, None);
}

/// The identifiers of a document.
struct Index<'a> {
    document: &'a Document,
    path: Vec<Step<'a>>,
    /// Identifiers of groups, controls, parts and parameters, with where they stand.
    ids: HashMap<&'a str, String>,
    params: HashSet<&'a str>,
    uuids: HashMap<&'a str, String>,
    /// Identifiers by the array that holds the objects.
    by_array: HashMap<(&'a str, &'a str), ()>,
}

impl<'a> Index<'a> {
    fn new(document: &'a Document) -> Index<'a> {
        let (ids, params, uuids, by_array) = (HashMap::new(), HashSet::new(), HashMap::new(), HashMap::new());
        Index { document, path: Vec::new(), ids, params, uuids, by_array }
    }

    fn collect(&mut self, node: &'a Node, array: Option<&'a str>, faults: &mut Faults) {
        match &node.value {
            Value::Object(object) => {
                if let Some(array) = array {
                    self.identify(object, array, node.line, faults);
                }
                for (name, child) in object.iter() {
                    self.path.push(Step::Name(name));
                    self.collect(child, Some(name), faults);
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(at));
                    self.collect(item, array, faults);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn identify(&mut self, object: &'a Object, array: &'a str, line: u32, faults: &mut Faults) {
        if let Some(id) = object.text("id") {
            self.by_array.insert((array, id), ());
            if array == "params" {
                self.params.insert(id);
            }
            let catalog = self.document.kind == Kind::Catalog;
            if catalog && matches!(array, "groups" | "controls" | "params" | "parts") {
                // Parts repeat in catalogues that NIST itself uses, and nothing selects by them.
                let level = if array == "parts" { Level::Warning } else { Level::Error };
                match self.ids.get(id) {
                    Some(first) => faults.add(level, "unique-id", &self.path, line, || {
                        format!("the identifier {id} stands at {first} already")
                    }),
                    None => {
                        self.ids.insert(id, pointer(&self.path));
                    }
                }
            }
        }
        let uuid = object.text("uuid");
        if let Some(uuid) = uuid {
            self.by_array.insert((array, uuid), ());
            match self.uuids.get(uuid) {
                Some(first) => faults.add(Level::Error, "unique-uuid", &self.path, line, || {
                    format!("the UUID {uuid} stands at {first} already")
                }),
                None => {
                    self.uuids.insert(uuid, pointer(&self.path));
                }
            }
        }
    }

    fn has(&self, array: &str, id: &str) -> bool {
        self.by_array.contains_key(&(array, id))
    }
}

struct Follow<'a, 'i, 'f> {
    index: &'i Index<'a>,
    path: Vec<Step<'a>>,
    faults: &'f mut Faults,
}

impl<'a> Follow<'a, '_, '_> {
    fn node(&mut self, node: &'a Node, name: Option<&'a str>) {
        match &node.value {
            Value::Object(object) => {
                for (name, child) in object.iter() {
                    self.path.push(Step::Name(name));
                    self.node(child, Some(name));
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(at));
                    self.node(item, name);
                    self.path.pop();
                }
            }
            Value::Text(text) => self.text(text, name.unwrap_or_default(), node.line),
            Value::Null | Value::Boolean(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &'a str, name: &str, line: u32) {
        let kind = self.index.document.kind;
        match name {
            "role-id" if self.in_metadata() => self.expect(Level::Error, "role-id", &["roles"], text, line),
            "role-id" | "role-ids" => self.expect(Level::Warning, "role-id", &["roles"], text, line),
            "party-uuids" | "party-uuid" if self.in_metadata() => {
                self.expect(Level::Error, "party-uuid", &["parties"], text, line);
            }
            "party-uuids" | "party-uuid" => {
                self.expect(Level::Warning, "party-uuid", &["parties"], text, line)
            }
            "location-uuids" => self.expect(Level::Error, "location-uuid", &["locations"], text, line),
            "member-of-organizations" => self.expect(Level::Error, "party-uuid", &["parties"], text, line),
            "component-uuid" if kind == Kind::SystemSecurityPlan => {
                self.expect(Level::Error, "component-uuid", &["components"], text, line);
            }
            "component-uuid" => self.expect(Level::Warning, "component-uuid", &["components"], text, line),
            "observation-uuid" => {
                self.expect(Level::Error, "observation-uuid", &["observations"], text, line)
            }
            "risk-uuid" => self.expect(Level::Error, "risk-uuid", &["risks"], text, line),
            "finding-uuid" => self.expect(Level::Error, "finding-uuid", &["findings"], text, line),
            "href" => self.href(text, line),
            _ if kind == Kind::Catalog && text.contains("{{") => self.insertions(text, line),
            _ => {}
        }
    }

    fn in_metadata(&self) -> bool {
        matches!(self.path.get(1), Some(Step::Name("metadata")))
    }

    fn expect(&mut self, level: Level, rule: &'static str, arrays: &[&str], id: &str, line: u32) {
        if !arrays.iter().any(|array| self.index.has(array, id)) {
            self.faults.add(level, rule, &self.path, line, || {
                format!("{} of this document has no {id}", arrays.join(" or "))
            });
        }
    }

    /// A reference into the document itself. One of an import must lead to a resource; others may mean a part of what is
    /// imported.
    fn href(&mut self, href: &str, line: u32) {
        let Some(fragment) = href.strip_prefix('#') else { return };
        let imports = self.path.iter().any(
            |step| matches!(step, Step::Name(name) if *name == "imports" || name.starts_with("import-")),
        );
        if self.index.has("resources", fragment) {
            return;
        }
        match imports {
            true => self.faults.add(Level::Error, "import-resource", &self.path, line, || {
                format!("no resource has the UUID {fragment}")
            }),
            false if !self.index.ids.contains_key(fragment) && !self.index.uuids.contains_key(fragment) => {
                self.faults.add(Level::Warning, "reference", &self.path, line, || {
                    format!("nothing here has the identifier {fragment}")
                });
            }
            false => {}
        }
    }

    fn insertions(&mut self, text: &'a str, line: u32) {
        let mut missing = Vec::new();
        inserted_parameters(text, &mut |id| {
            if !self.index.params.contains(id) {
                missing.push(id);
            }
        });
        for id in missing {
            self.faults.add(Level::Warning, "parameter", &self.path, line, || {
                format!("inserts the parameter {id}, which is not here")
            });
        }
    }
}
