//! YAML in and out: the JSON form of OSCAL in YAML 1.2 (core schema), over the events of `saphyr-parser`.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::error::{Error, Place, Result};
use crate::json::{Names, write_string};
use crate::limits::{Limits, Meter};
use crate::model::{Definition, Model, Type};
use crate::tree::{Node, Object, Value};

/// Reads one YAML document. Aliases are followed and every use of one counts against the bounds, so that documents
/// which grow by repeating themselves are refused.
///
/// # Errors
/// [`Error::Syntax`] with line and column.
pub fn read(text: &str, limits: &Limits) -> Result<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_nesting(text, limits)?;
    let mut builder =
        Builder { meter: Meter::new(limits), open: Vec::new(), anchors: HashMap::new(), done: None };
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Error::syntax(place(error.marker()), "yaml", error.info()))?;
        builder.take(event, span)?;
    }
    builder.done.ok_or_else(|| Error::syntax(Place { line: 1, column: 1 }, "yaml", "an empty document"))
}

/// Brackets that open one another far beyond the bound are refused before the scanner, which keeps them all, sees them.
fn check_nesting(text: &str, limits: &Limits) -> Result<()> {
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' | b'-' | b'?' | b':' => run += 1,
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => run = 0,
        }
        if run > limits.depth * 8 && matches!(byte, b'[' | b'{') {
            let reason = format!("nested deeper than {} levels", limits.depth);
            return Err(Error::syntax(crate::limits::place_of(text.as_bytes(), at), "depth", reason));
        }
    }
    Ok(())
}

fn place(marker: &saphyr_parser::Marker) -> Place {
    Place { line: marker.line() as u32, column: marker.col() as u32 + 1 }
}

enum Open {
    Array { line: u32, anchor: usize, items: Vec<Node> },
    Object { line: u32, anchor: usize, object: Object, names: Names, key: Option<Box<str>> },
}

struct Builder<'a> {
    meter: Meter<'a>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    done: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<()> {
        let here = place(&span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.meter.count(self.open.len(), || here)?;
                let tagged = tag.map(|tag| tag.suffix.clone());
                let value = scalar(&text, style, tagged.as_deref())
                    .map_err(|reason| Error::syntax(here, "yaml", reason))?;
                self.finish(Node::new(here.line, value), anchor, here)
            }
            Event::SequenceStart(anchor, _) => {
                self.meter.count(self.open.len(), || here)?;
                self.open.push(Open::Array { line: here.line, anchor, items: Vec::new() });
                Ok(())
            }
            Event::MappingStart(anchor, _) => {
                self.meter.count(self.open.len(), || here)?;
                let (object, names) = (Object::new(), Names::default());
                self.open.push(Open::Object { line: here.line, anchor, object, names, key: None });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(here),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node =
                    node.ok_or_else(|| Error::syntax(here, "yaml", "an alias inside its own anchor"))?;
                let depth = self.open.len();
                count_all(&node, depth, &mut self.meter, here)?;
                self.finish(node, 0, here)
            }
            Event::DocumentStart(_) if self.done.is_some() => {
                Err(Error::syntax(here, "yaml", "a second document in the file"))
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self, here: Place) -> Result<()> {
        match self.open.pop() {
            Some(Open::Array { line, anchor, items }) => {
                self.finish(Node::new(line, Value::Array(items)), anchor, here)
            }
            Some(Open::Object { line, anchor, object, .. }) => {
                self.finish(Node::new(line, Value::Object(object)), anchor, here)
            }
            None => Ok(()),
        }
    }

    fn finish(&mut self, node: Node, anchor: usize, here: Place) -> Result<()> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.done = Some(node),
            Some(Open::Array { items, .. }) => items.push(node),
            Some(Open::Object { object, names, key, .. }) => match key.take() {
                Some(name) => object.push(name, node),
                None => {
                    let name: Box<str> = match node.value {
                        Value::Text(text) | Value::Number(text) => text,
                        Value::Boolean(truth) => truth.to_string().into(),
                        _ => return Err(Error::syntax(here, "yaml", "a property name must be a string")),
                    };
                    if !names.insert(object, &name) {
                        let reason = format!("property {name:?} comes twice");
                        return Err(Error::syntax(here, "unique-property", reason));
                    }
                    *key = Some(name);
                }
            },
        }
        Ok(())
    }
}

fn count_all(node: &Node, depth: usize, meter: &mut Meter<'_>, here: Place) -> Result<()> {
    meter.count(depth, || here)?;
    match &node.value {
        Value::Array(items) => items.iter().try_for_each(|item| count_all(item, depth + 1, meter, here)),
        Value::Object(object) => {
            object.iter().try_for_each(|(_, item)| count_all(item, depth + 1, meter, here))
        }
        _ => Ok(()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>) -> std::result::Result<Value, String> {
    let plain = style == ScalarStyle::Plain;
    match tag {
        Some("str") => Ok(Value::Text(text.into())),
        None | Some("bool" | "int" | "float" | "null") if plain => Ok(resolve_plain(text)),
        None => Ok(Value::Text(text.into())),
        Some(other) => Err(format!("the tag {other:?} has no meaning here")),
    }
}

/// The core schema of YAML 1.2 (section 10.3.2), as far as JSON has the value: other numbers stay strings.
fn resolve_plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        _ if is_number(text) => Value::Number(text.into()),
        _ => Value::Text(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    digits(whole) && digits(fraction) && digits(exponent) && (whole.len() == 1 || !whole.starts_with('0'))
}

/// Gives plain scalars the type that the model wants: `version: 1.0` is the string `1.0` where a string must stand, and
/// `include-all:` without a value is an empty object.
pub fn settle(document: &mut Node) {
    let Some(tree) = document.as_object_mut() else { return };
    for (name, node) in tree.iter_mut() {
        if let Some(definition) = Model::get().root(name) {
            settle_object(definition, node);
        }
    }
}

fn settle_object(definition: &Definition, node: &mut Node) {
    if matches!(node.value, Value::Null) {
        node.value = Value::Object(Object::new());
    }
    let Some(object) = node.as_object_mut() else { return };
    for (name, child) in object.iter_mut() {
        let shape = match (definition.by_json(name), definition.value) {
            (Some(member), _) => member.shape,
            (None, Some((value, datatype))) if value == name => Type::Leaf(datatype),
            _ => continue,
        };
        match &mut child.value {
            Value::Array(items) => items.iter_mut().for_each(|item| settle_one(shape, item)),
            _ => settle_one(shape, child),
        }
    }
}

fn settle_one(shape: Type, node: &mut Node) {
    let datatype = match shape {
        Type::Object(index) => return settle_object(Model::get().definition(index), node),
        Type::Leaf(datatype) => datatype,
    };
    let text: Box<str> = match &node.value {
        Value::Number(digits) => digits.clone(),
        Value::Boolean(truth) => truth.to_string().into(),
        _ => return,
    };
    let as_text = Value::Text(text);
    if !datatype.accepts(&node.value) && datatype.accepts(&as_text) {
        node.value = as_text;
    }
}

/// Writes block style: plain scalars where no reader could take them for something else, double quotes otherwise.
#[must_use]
pub fn write(node: &Node) -> String {
    let mut out = String::from("---\n");
    write_block(node, 0, false, &mut out);
    out
}

fn write_block(node: &Node, depth: usize, after_dash: bool, out: &mut String) {
    match &node.value {
        Value::Object(object) if !object.is_empty() => {
            for (index, (name, item)) in object.iter().enumerate() {
                if index > 0 || !after_dash {
                    pad(depth, out);
                }
                write_key(name, depth, out);
                out.push(':');
                write_below(item, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 || !after_dash {
                    pad(depth, out);
                }
                out.push('-');
                match is_collection(item) {
                    true => {
                        out.push(' ');
                        write_block(item, depth + 1, true, out);
                    }
                    false => write_below(item, depth + 1, out),
                }
            }
        }
        _ => write_below(node, depth, out),
    }
}

/// A key of more than 1024 characters must be marked as one (YAML 1.2, section 8.2.2).
fn write_key(name: &str, depth: usize, out: &mut String) {
    let mut key = String::new();
    write_scalar(name, &mut key);
    match key.len() < 1000 {
        true => out.push_str(&key),
        false => {
            out.extend(["? ", &key, "\n"]);
            pad(depth, out);
        }
    }
}

fn is_collection(node: &Node) -> bool {
    match &node.value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn write_below(node: &Node, depth: usize, out: &mut String) {
    if is_collection(node) {
        out.push('\n');
        return write_block(node, depth, false, out);
    }
    out.push(' ');
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(digits) => out.push_str(digits),
        Value::Text(text) => write_scalar(text, out),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
    out.push('\n');
}

fn pad(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn write_scalar(text: &str, out: &mut String) {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | ',' | ';' | '(' | ')' | '\''))
        && !text.ends_with(' ')
        && matches!(resolve_plain(text), Value::Text(_))
        // Words that readers of YAML 1.1 take for truth values.
        && !["yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    match plain {
        true => out.push_str(text),
        false => write_escaped(text, out),
    }
}

fn write_escaped(text: &str, out: &mut String) {
    let special = |c: char| {
        matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !text.contains(special) {
        return write_string(text, out);
    }
    let mut quoted = String::new();
    write_string(text, &mut quoted);
    for letter in quoted.chars() {
        match special(letter) {
            true => out.push_str(&format!("\\u{:04x}", letter as u32)),
            false => out.push(letter),
        }
    }
}
