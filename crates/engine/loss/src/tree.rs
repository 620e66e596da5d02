//! A text in TOML or YAML as one tree in which every value knows its line, so that a wrong field can be named.

use std::io::Read;

use saphyr_parser::{Event, Parser, ScalarStyle};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Fault, LossError};

/// Largest model text that is read, in bytes.
pub const LARGEST_TEXT: u64 = 16 << 20;
const DEEPEST: usize = 32;

/// The two text forms of a model. JSON is read as YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// <https://toml.io>
    Toml,
    /// <https://yaml.org>, without anchors and aliases.
    Yaml,
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Value {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a truth value",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// Reads at most [`LARGEST_TEXT`] bytes of UTF-8.
pub(crate) fn read_text(reader: impl Read, what: &'static str) -> Result<String, LossError> {
    let mut bytes = Vec::new();
    reader.take(LARGEST_TEXT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_TEXT {
        return Err(LossError::TooLarge { what, limit: LARGEST_TEXT });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count();
        LossError::at(line, "", format!("the {what} is not UTF-8 text"))
    })
}

pub(crate) fn parse(text: &str, format: Format) -> Result<Node, LossError> {
    if text.trim().is_empty() {
        return Err(LossError::at(1, "", "the file is empty"));
    }
    match format {
        Format::Toml => parse_toml(text),
        Format::Yaml => parse_yaml(text),
    }
}

/// A tree without lines, for a model that a program made.
pub(crate) fn from_json(value: &serde_json::Value) -> Node {
    use serde_json::Value as Json;
    let value = match value {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(map) => {
            Value::Table(map.iter().map(|(key, item)| (key.clone(), from_json(item))).collect())
        }
    };
    Node { line: 0, value }
}

/// Start offsets of the lines, to turn an offset into a line by binary search.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset).max(1)
    }
}

fn parse_toml(text: &str) -> Result<Node, LossError> {
    let lines = Lines::of(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let faults = errors.iter().take(20).map(|error| Fault {
            line: error.span().map_or(0, |span| lines.at(span.start)),
            field: String::new(),
            reason: error.message().to_owned(),
        });
        return Err(LossError::Invalid(faults.collect()));
    }
    let value = toml_table(root.get_ref(), &lines, 0)?;
    Ok(Node { line: 1, value })
}

fn toml_table(table: &DeTable<'_>, lines: &Lines, depth: usize) -> Result<Value, LossError> {
    let mut entries: Vec<(usize, String, Node)> = Vec::with_capacity(table.len());
    for (key, item) in table {
        let at = key.span().start;
        entries.push((at, key.get_ref().to_string(), toml_node(item, lines, lines.at(at), depth + 1)?));
    }
    entries.sort_by_key(|entry| entry.0);
    Ok(Value::Table(entries.into_iter().map(|(_, key, node)| (key, node)).collect()))
}

/// `line` is that of the key; an item of a list has a line of its own.
fn toml_node(
    item: &Spanned<DeValue<'_>>,
    lines: &Lines,
    line: usize,
    depth: usize,
) -> Result<Node, LossError> {
    if depth > DEEPEST {
        return Err(LossError::at(line, "", format!("nested deeper than {DEEPEST} levels")));
    }
    let value = match item.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => Value::Number(toml_integer(integer.as_str(), integer.radix())),
        DeValue::Float(float) => Value::Number(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| toml_node(item, lines, lines.at(item.span().start), depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => toml_table(table, lines, depth)?,
    };
    Ok(Node { line, value })
}

fn toml_integer(text: &str, radix: u32) -> f64 {
    if radix == 10 {
        return text.parse().unwrap_or(f64::NAN);
    }
    u64::from_str_radix(text, radix).map_or(f64::NAN, |number| number as f64)
}

fn parse_yaml(text: &str) -> Result<Node, LossError> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    while let Some(step) = parser.next_event() {
        let (event, span) =
            step.map_err(|error| LossError::at(error.marker().line(), "", error.info().to_owned()))?;
        let line = span.start.line();
        let finished = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(LossError::at(line, "", "more than one document in the file"));
                }
                None
            }
            Event::Alias(_) => return Err(LossError::at(line, "", "aliases (*name) are not accepted")),
            Event::Scalar(text, style, ..) => Some(Node { line, value: yaml_scalar(&text, style) }),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= DEEPEST {
                    return Err(LossError::at(line, "", format!("nested deeper than {DEEPEST} levels")));
                }
                let table = matches!(event, Event::MappingStart(..));
                open.push(Open { line, table, items: Vec::new(), entries: Vec::new(), key: None });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            _ => None,
        };
        let Some(node) = finished else { continue };
        match open.last_mut() {
            Some(parent) => parent.add(node)?,
            None => root = Some(node),
        }
    }
    root.ok_or_else(|| LossError::at(1, "", "the file is empty"))
}

/// A list or table whose end has not been seen yet.
struct Open {
    line: usize,
    table: bool,
    items: Vec<Node>,
    entries: Vec<(String, Node)>,
    key: Option<(String, usize)>,
}

impl Open {
    fn add(&mut self, mut node: Node) -> Result<(), LossError> {
        if !self.table {
            self.items.push(node);
            return Ok(());
        }
        if let Some((key, line)) = self.key.take() {
            node.line = line;
            self.entries.push((key, node));
            return Ok(());
        }
        let key = match node.value {
            Value::Text(text) => text,
            Value::Number(number) => number.to_string(),
            other => {
                return Err(LossError::at(node.line, "", format!("{} cannot be a field name", other.name())));
            }
        };
        if self.entries.iter().any(|(other, _)| *other == key) {
            return Err(LossError::at(node.line, key, "given twice"));
        }
        self.key = Some((key, node.line));
        Ok(())
    }

    fn close(self) -> Node {
        let value = if self.table { Value::Table(self.entries) } else { Value::List(self.items) };
        Node { line: self.line, value }
    }
}

/// The core schema of YAML 1.2 for plain scalars.
fn yaml_scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Number(f64::NAN),
        ".inf" | "+.inf" | ".Inf" => return Value::Number(f64::INFINITY),
        "-.inf" | "-.Inf" => return Value::Number(f64::NEG_INFINITY),
        _ => {}
    }
    let digits = text.trim_start_matches(['+', '-', '.']).starts_with(|letter: char| letter.is_ascii_digit());
    match text.replace('_', "").parse() {
        Ok(number) if digits => Value::Number(number),
        _ => Value::Text(text.to_owned()),
    }
}
