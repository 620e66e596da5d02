//! What the schemas say: which members, how many, of which type.

use super::{Faults, Level, Step};
use crate::document::Document;
use crate::model::{Definition, Member, Model, Type, Version};
use crate::tree::{Node, Object, Value};

pub(super) fn check(document: &Document, faults: &mut Faults) {
    let mut walk = Walk { version: document.oscal_version(), path: Vec::new(), faults };
    let Some(tree) = document.tree.as_object() else { return };
    for (name, node) in tree.iter() {
        walk.path.push(Step::Name(name));
        if name == document.kind.name() {
            let definition = Model::get().root(name).expect("every kind is a root of the model");
            if let Some(since) = &definition.since {
                walk.since(since, name, node.line);
            }
            walk.object(definition, node);
        } else if name != "$schema" {
            walk.fault("unknown-property", node.line, || {
                format!("{name} has no place beside a {}", document.kind.name())
            });
        }
        walk.path.pop();
    }
    walk.version(document);
}

struct Walk<'a, 'f> {
    version: Option<Version>,
    path: Vec<Step<'a>>,
    faults: &'f mut Faults,
}

impl<'a> Walk<'a, '_> {
    fn fault(&mut self, rule: &'static str, line: u32, message: impl FnOnce() -> String) {
        self.faults.add(Level::Error, rule, &self.path, line, message);
    }

    fn version(&mut self, document: &'a Document) {
        let Some(node) = document.metadata().and_then(|metadata| metadata.get("oscal-version")) else {
            return;
        };
        let Some(text) = node.as_text() else { return };
        let path = [Step::Name(document.kind.name()), Step::Name("metadata"), Step::Name("oscal-version")];
        match Version::parse(text) {
            None => self
                .faults
                .add(Level::Error, "oscal-version", &path, node.line, || format!("{text:?} is no version")),
            Some(version) if !version.is_known() => {
                self.faults.add(Level::Warning, "oscal-version", &path, node.line, || {
                    format!(
                        "{version} is no released version known here; checked against {}",
                        crate::model::NEWEST
                    )
                })
            }
            Some(_) => {}
        }
    }

    fn since(&mut self, since: &Version, name: &str, line: u32) {
        if self.version.as_ref().is_some_and(|version| version < since) {
            let version = self.version.as_ref().map(ToString::to_string).unwrap_or_default();
            self.fault("since", line, || {
                format!("{name} came with OSCAL {since}; the document declares {version}")
            });
        }
    }

    fn object(&mut self, definition: &'static Definition, node: &'a Node) {
        let Value::Object(object) = &node.value else {
            let kind = node.kind();
            return self.fault("type", node.line, || format!("an object was expected, this is {kind}"));
        };
        for (name, child) in object.iter() {
            self.path.push(Step::Name(name));
            match (definition.by_json(name), definition.value) {
                (Some(member), _) => self.member(member, child),
                (None, Some((value, datatype))) if value == name => self.leaf(datatype, &[], child),
                _ => self.fault("unknown-property", child.line, || unknown(name, definition)),
            }
            self.path.pop();
        }
        self.required(definition, object, node.line);
        self.property_names(definition, object);
        self.choices(definition, object, node.line);
    }

    /// Names in OSCAL's own namespace are a closed list. A warning, since the lists grew with the versions.
    fn property_names(&mut self, definition: &'static Definition, object: &'a Object) {
        if definition.properties.is_empty() {
            return;
        }
        for (index, prop) in object.items("props").iter().enumerate() {
            let text = |name: &str| prop.get(name).and_then(Node::as_text);
            let own = text("ns").is_none_or(|namespace| namespace == "http://csrc.nist.gov/ns/oscal");
            if let (true, Some(name)) = (own, text("name"))
                && !definition.properties.contains(&name)
            {
                self.path.extend([Step::Name("props"), Step::Index(index), Step::Name("name")]);
                self.faults.add(Level::Warning, "property-name", &self.path, prop.line, || {
                    format!(
                        "{name:?} is none of OSCAL's own names here ({}); another needs an ns",
                        definition.properties.join(", ")
                    )
                });
                self.path.truncate(self.path.len() - 3);
            }
        }
    }

    fn required(&mut self, definition: &'static Definition, object: &Object, line: u32) {
        for member in &definition.members {
            if member.occurs.required() && member.choice.is_none() && object.get(member.json).is_none() {
                self.fault("required", line, || format!("{} is missing", member.json));
            }
        }
        if let Some((value, _)) = definition.value
            && object.get(value).is_none()
        {
            self.fault("required", line, || format!("{value} is missing"));
        }
    }

    /// Members of different branches of a choice exclude one another.
    fn choices(&mut self, definition: &'static Definition, object: &Object, line: u32) {
        let mut taken: Option<(&str, &Member)> = None;
        for member in &definition.members {
            let Some((choice, branch)) = member.choice else { continue };
            if object.get(member.json).is_none() {
                continue;
            }
            match taken {
                Some((known, first))
                    if known == choice && first.choice.is_some_and(|(_, other)| other != branch) =>
                {
                    let first = first.json;
                    self.fault("choice", line, || format!("{first} and {} exclude one another", member.json));
                }
                _ => taken = Some((choice, member)),
            }
        }
    }

    fn member(&mut self, member: &'static Member, node: &'a Node) {
        if let Some(since) = &member.since {
            self.since(since, member.json, node.line);
        }
        match (&node.value, member.occurs.many()) {
            (Value::Array(items), true) => {
                if items.is_empty() {
                    self.fault("min-items", node.line, || {
                        format!("{} must not be empty; leave it out", member.json)
                    });
                }
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    self.one(member, item);
                    self.path.pop();
                }
            }
            (_, true) if member.single => self.one(member, node),
            (_, true) => {
                self.fault("type", node.line, || format!("an array was expected, this is {}", node.kind()))
            }
            (Value::Array(_), false) => {
                self.fault("max-occurs", node.line, || {
                    format!("{} may come once, this is an array", member.json)
                });
            }
            (_, false) => self.one(member, node),
        }
    }

    fn one(&mut self, member: &'static Member, node: &'a Node) {
        match member.shape {
            Type::Object(index) => self.object(Model::get().definition(index), node),
            Type::Leaf(datatype) => self.leaf(datatype, &member.allowed, node),
        }
    }

    fn leaf(&mut self, datatype: crate::model::Datatype, allowed: &'static [&'static str], node: &Node) {
        if !datatype.accepts(&node.value) {
            return self
                .fault("datatype", node.line, || format!("{} is no {}", shown(node), datatype.name()));
        }
        if let Value::Text(text) = &node.value
            && !allowed.is_empty()
            && !allowed.contains(&&**text)
        {
            self.fault("allowed-values", node.line, || format!("{text:?} is none of {}", allowed.join(", ")));
        }
    }
}

fn unknown(name: &str, definition: &Definition) -> String {
    let object = definition.name.rsplit(['.']).next().unwrap_or(definition.name);
    match name {
        "#text" => format!("text where {object} has none"),
        _ => format!("{object} has no property {name}"),
    }
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Text(text) if text.chars().count() > 60 => {
            format!("{:?}…", text.chars().take(60).collect::<String>())
        }
        Value::Text(text) => format!("{text:?}"),
        Value::Number(digits) => digits.to_string(),
        _ => node.kind().to_owned(),
    }
}
