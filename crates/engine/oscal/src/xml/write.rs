//! From the tree in JSON's shape to XML in canonical order.

use super::element::escape;
use crate::markup;
use crate::model::{Datatype, Definition, Member, Model, Type};
use crate::tree::{Node, Object, Value};

/// Writes a document with three blanks of indentation; members stand in the order of the model, unknown ones last.
/// A tree that is no OSCAL document gives nothing.
#[must_use]
pub fn write(document: &Node) -> Option<String> {
    let (name, node) = document.as_object()?.iter().find(|(name, _)| Model::get().root(name).is_some())?;
    let definition = Model::get().root(name)?;
    let mut writer = Writer { out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), depth: 0 };
    writer.object(name, definition, node.as_object()?, Some(super::NAMESPACE));
    Some(writer.out)
}

struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("   ", self.depth));
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.extend([" ", name, "=\""]);
        escape(value, true, &mut self.out);
        self.out.push('"');
    }

    fn object(&mut self, name: &str, definition: &Definition, object: &Object, namespace: Option<&str>) {
        self.indent();
        self.out.extend(["<", name]);
        if let Some(namespace) = namespace {
            self.attribute("xmlns", namespace);
        }
        for member in definition.members.iter().filter(|member| member.flag) {
            if let Some(value) = object.get(member.json).and_then(plain) {
                self.attribute(member.xml, value);
            }
        }
        let unknown = |name: &str| {
            is_name(name)
                && definition.by_json(name).is_none()
                && definition.value.is_none_or(|(value, _)| value != name)
        };
        for (name, node) in object.iter().filter(|(name, _)| unknown(name)) {
            if let Value::Text(value) = &node.value {
                self.attribute(name, value);
            }
        }
        if let Some((value_name, _)) = definition.value {
            self.out.push('>');
            if let Some(text) = object.get(value_name).and_then(plain) {
                escape(text, false, &mut self.out);
            }
            self.out.extend(["</", name, ">\n"]);
            return;
        }
        self.content(name, definition, object, unknown);
    }

    fn content(
        &mut self,
        name: &str,
        definition: &Definition,
        object: &Object,
        unknown: impl Fn(&str) -> bool,
    ) {
        let before = self.out.len();
        self.out.push_str(">\n");
        let empty = self.out.len();
        self.depth += 1;
        for member in definition.members.iter().filter(|member| !member.flag) {
            if let Some(node) = object.get(member.json) {
                self.member(member, node);
            }
        }
        for (name, node) in object.iter().filter(|(name, _)| unknown(name)) {
            self.unknown(name, node);
        }
        self.depth -= 1;
        if self.out.len() == empty {
            self.out.truncate(before);
            return self.out.push_str("/>\n");
        }
        self.indent();
        self.out.extend(["</", name, ">\n"]);
    }

    fn member(&mut self, member: &Member, node: &Node) {
        if let Some(wrapper) = member.wrapper {
            self.indent();
            self.out.extend(["<", wrapper, ">\n"]);
            self.depth += 1;
        }
        match &node.value {
            Value::Array(items) => items.iter().for_each(|item| self.value(member, item)),
            _ => self.value(member, node),
        }
        if let Some(wrapper) = member.wrapper {
            self.depth -= 1;
            self.indent();
            self.out.extend(["</", wrapper, ">\n"]);
        }
    }

    fn value(&mut self, member: &Member, node: &Node) {
        match (member.shape, &node.value) {
            (Type::Object(index), Value::Object(object)) => {
                self.object(member.xml, Model::get().definition(index), object, None);
            }
            (Type::Leaf(datatype), _) => self.leaf(member, datatype, node),
            _ => {}
        }
    }

    fn leaf(&mut self, member: &Member, datatype: Datatype, node: &Node) {
        let Some(text) = plain(node) else { return };
        match datatype {
            Datatype::MarkupMultiline if member.bare => markup::write_blocks(text, self.depth, &mut self.out),
            Datatype::MarkupMultiline => {
                self.indent();
                self.out.extend(["<", member.xml, ">\n"]);
                markup::write_blocks(text, self.depth + 1, &mut self.out);
                self.indent();
                self.out.extend(["</", member.xml, ">\n"]);
            }
            _ => {
                self.indent();
                self.out.extend(["<", member.xml, ">"]);
                match datatype {
                    Datatype::MarkupLine => markup::write_line(text, &mut self.out),
                    _ => escape(text, false, &mut self.out),
                }
                self.out.extend(["</", member.xml, ">\n"]);
            }
        }
    }

    /// An element the model does not know, as the reader kept it.
    fn unknown(&mut self, name: &str, node: &Node) {
        for item in node.items() {
            let Some(object) = item.as_object() else { continue };
            let Some(inner) = object.text("#xml") else { continue };
            self.indent();
            self.out.extend(["<", name]);
            for (name, value) in object.iter() {
                if let (false, Value::Text(value)) = (name == "#xml", &value.value) {
                    self.attribute(name, value);
                }
            }
            self.out.extend([">", inner, "</", name, ">\n"]);
        }
    }
}

/// Whether a member can be an attribute or element of that name at all.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
        && !name.starts_with("xmlns")
}

fn plain(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text),
        Value::Boolean(true) => Some("true"),
        Value::Boolean(false) => Some("false"),
        _ => None,
    }
}
