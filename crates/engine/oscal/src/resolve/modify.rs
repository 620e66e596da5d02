//! The modify phase: parameters are set, controls are altered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Item, Parts, Run};
use crate::model::{Definition, Model};
use crate::tree::{Node, Object};

/// The namespace of what has none.
const OSCAL: &str = "http://csrc.nist.gov/ns/oscal";

impl Run<'_> {
    pub(super) fn modify(&mut self, parts: &mut Parts, modify: &Object) {
        let mut settings: HashMap<&str, Vec<&Object>> = HashMap::new();
        for set in modify.items("set-parameters").iter().filter_map(Node::as_object) {
            settings.entry(set.text("param-id").unwrap_or_default()).or_default().push(set);
        }
        let mut alters: HashMap<&str, Vec<&Object>> = HashMap::new();
        for alter in modify.items("alters").iter().filter_map(Node::as_object) {
            alters.entry(alter.text("control-id").unwrap_or_default()).or_default().push(alter);
        }
        let mut editor = Editor {
            settings: &settings,
            alters: &alters,
            set: HashSet::new(),
            altered: HashSet::new(),
            lost: Vec::new(),
        };
        for loose in &mut parts.loose {
            editor.parameter(&mut loose.body);
        }
        parts.controls.iter_mut().for_each(|control| editor.control(control));
        parts.groups.iter_mut().for_each(|group| editor.group(group));
        let Editor { set, altered, lost, .. } = editor;
        let mut missing: Vec<&str> = settings.keys().filter(|id| !set.contains(**id)).copied().collect();
        missing.sort_unstable();
        missing
            .iter()
            .for_each(|id| self.warn(format!("set-parameter {id}: no such parameter in the result")));
        let mut missing: Vec<&str> = alters.keys().filter(|id| !altered.contains(**id)).copied().collect();
        missing.sort_unstable();
        missing.iter().for_each(|id| self.warn(format!("alter {id}: no such control in the result")));
        lost.into_iter().for_each(|warning| self.warn(warning));
    }
}

struct Editor<'a> {
    settings: &'a HashMap<&'a str, Vec<&'a Object>>,
    alters: &'a HashMap<&'a str, Vec<&'a Object>>,
    set: HashSet<&'a str>,
    altered: HashSet<&'a str>,
    lost: Vec<String>,
}

impl<'a> Editor<'a> {
    fn group(&mut self, group: &mut Item) {
        self.parameters(group);
        group.controls.iter_mut().for_each(|control| self.control(control));
        group.groups.iter_mut().for_each(|inner| self.group(inner));
    }

    fn parameters(&mut self, item: &mut Item) {
        let known = |node: &Node| {
            node.get("id").and_then(Node::as_text).is_some_and(|id| self.settings.contains_key(id))
        };
        if item.body.items("params").iter().any(known) {
            let body = Arc::make_mut(&mut item.body);
            body.array_mut("params").iter_mut().for_each(|param| self.parameter(param));
        }
    }

    fn parameter(&mut self, param: &mut Node) {
        let Some(id) = param.get("id").and_then(Node::as_text) else { return };
        let Some((&id, sets)) = self.settings.get_key_value(id) else { return };
        self.set.insert(id);
        if let Some(body) = param.as_object_mut() {
            sets.iter().for_each(|set| set_parameter(body, set));
        }
    }

    fn control(&mut self, control: &mut Item) {
        let alters =
            control.id().and_then(|id| self.alters.get_key_value(id)).map(|(id, alters)| (*id, alters));
        if let Some((id, alters)) = alters {
            self.altered.insert(id);
            let removes = alters.iter().flat_map(|alter| alter.items("removes")).filter_map(Node::as_object);
            removes.filter_map(Criteria::of).for_each(|criteria| criteria.remove_from(control));
            for add in alters.iter().flat_map(|alter| alter.items("adds")).filter_map(Node::as_object) {
                if !add_to_control(control, add) {
                    let target = add.text("by-id").unwrap_or_default();
                    self.lost.push(format!(
                        "alter {id}: nothing in it has the identifier {target}; the addition is ignored"
                    ));
                }
            }
        }
        // Set after altering, so that an added parameter can be set by the same profile.
        self.parameters(control);
        control.controls.iter_mut().for_each(|child| self.control(child));
    }
}

fn set_parameter(param: &mut Object, set: &Object) {
    for (name, node) in set.iter() {
        match name {
            "param-id" => {}
            "props" => {
                let uuids: HashSet<_> =
                    node.items().iter().filter_map(|prop| prop.get("uuid")?.as_text()).collect();
                let props = param.array_mut("props");
                props.retain(|prop| {
                    prop.get("uuid").and_then(Node::as_text).is_none_or(|uuid| !uuids.contains(uuid))
                });
                props.extend(node.items().iter().cloned());
            }
            "links" | "constraints" | "guidelines" => {
                param.array_mut(name).extend(node.items().iter().cloned())
            }
            "values" | "select" => {
                param.remove("values");
                param.remove("select");
                param.set(name, node.clone());
            }
            _ => param.set(name, node.clone()),
        }
    }
    sort(param, "control-common-parameter");
}

fn sort(body: &mut Object, definition: &str) {
    let definition = Model::get().named(definition);
    body.sort_by_rank(|name| definition.rank(name));
}

/// Adds to a control; false when the target is not in it.
fn add_to_control(control: &mut Item, add: &Object) -> bool {
    let target = add.text("by-id").filter(|id| control.id() != Some(id));
    let at_start = matches!(add.text("position"), Some("starting" | "before"));
    match target {
        None => {
            add_inside(Arc::make_mut(&mut control.body), add, at_start, "catalog-control");
            true
        }
        Some(id) => add_explicitly(control, add, id, at_start),
    }
}

fn add_explicitly(control: &mut Item, add: &Object, id: &str, at_start: bool) -> bool {
    if add_beside(Arc::make_mut(&mut control.body), add, id, "catalog-control") {
        return true;
    }
    if let Some(child) = control.controls.iter_mut().find(|child| child.id() == Some(id)) {
        match add.text("position") {
            Some("before" | "after") => {
                add_inside(Arc::make_mut(&mut control.body), add, at_start, "catalog-control")
            }
            _ => add_inside(Arc::make_mut(&mut child.body), add, at_start, "catalog-control"),
        }
        return true;
    }
    control.controls.iter_mut().any(|child| add_explicitly(child, add, id, at_start))
}

/// Puts what is added at the start or the end of what `body` has of each kind.
fn add_inside(body: &mut Object, add: &Object, at_start: bool, definition: &str) {
    for (name, node) in add.iter() {
        match name {
            "position" | "by-id" => {}
            "title" => body.set("title", node.clone()),
            _ => {
                let mine = body.array_mut(name);
                let at = if at_start { 0 } else { mine.len() };
                mine.splice(at..at, node.items().iter().cloned());
            }
        }
    }
    body.drop_empty_arrays();
    sort(body, definition);
}

/// Looks for the target among parameters and parts, at any depth, and adds inside it or beside it.
fn add_beside(body: &mut Object, add: &Object, id: &str, owner: &str) -> bool {
    for (name, definition) in [("params", "control-common-parameter"), ("parts", "control-common-part")] {
        if body.get(name).is_none() {
            continue;
        }
        let has = |node: &Node| node.get("id").and_then(Node::as_text) == Some(id);
        let items = body.array_mut(name);
        let Some(at) = items.iter().position(has) else {
            if name == "parts"
                && items
                    .iter_mut()
                    .filter_map(Node::as_object_mut)
                    .any(|part| add_beside(part, add, id, definition))
            {
                return true;
            }
            continue;
        };
        let at_start = match add.text("position") {
            Some("before") => true,
            Some("after") => false,
            position => {
                if let Some(target) = items[at].as_object_mut() {
                    add_inside(target, add, position == Some("starting"), definition);
                }
                return true;
            }
        };
        let place = if at_start { at } else { at + 1 };
        items.splice(place..place, add.items(name).iter().cloned());
        let mut others = add.clone();
        others.remove(name);
        add_inside(body, &others, at_start, owner);
        return true;
    }
    false
}

/// What a `remove` asks of an object: all that is given must hold.
struct Criteria<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    class: Option<&'a str>,
    namespace: Option<&'a str>,
    item: Option<&'a str>,
}

impl<'a> Criteria<'a> {
    /// None when nothing is asked, which removes nothing.
    fn of(remove: &'a Object) -> Option<Criteria<'a>> {
        let criteria = Criteria {
            id: remove.text("by-id"),
            name: remove.text("by-name"),
            class: remove.text("by-class"),
            namespace: remove.text("by-ns"),
            item: remove.text("by-item-name"),
        };
        let parts = [criteria.id, criteria.name, criteria.class, criteria.namespace, criteria.item];
        parts.iter().any(Option::is_some).then_some(criteria)
    }

    fn holds(&self, node: &Object, item: &str) -> bool {
        let is =
            |wanted: Option<&str>, flag: &str| wanted.is_none_or(|wanted| node.text(flag) == Some(wanted));
        let namespace = self.namespace.is_none_or(|wanted| match node.text("ns") {
            Some(namespace) => namespace == wanted,
            None => wanted == OSCAL && node.get("name").is_some(),
        });
        is(self.id, "id")
            && is(self.name, "name")
            && is(self.class, "class")
            && namespace
            && self.item.is_none_or(|wanted| wanted == item)
    }

    fn remove_from(&self, control: &mut Item) {
        control.controls.retain(|child| !self.holds(&child.body, "control"));
        self.remove_inside(Arc::make_mut(&mut control.body), Model::get().named("catalog-control"));
    }

    fn remove_inside(&self, body: &mut Object, definition: &Definition) {
        let part = Model::get().named("control-common-part");
        let param = Model::get().named("control-common-parameter");
        for member in definition.members.iter().filter(|member| !member.flag && member.occurs.many()) {
            if body.get(member.json).is_none() {
                continue;
            }
            let items = body.array_mut(member.json);
            items.retain(|node| node.as_object().is_none_or(|node| !self.holds(node, member.xml)));
            for item in items.iter_mut().filter_map(Node::as_object_mut) {
                match member.json {
                    "parts" => self.remove_inside(item, part),
                    "params" => self.remove_inside(item, param),
                    _ => {}
                }
            }
        }
        body.drop_empty_arrays();
    }
}
