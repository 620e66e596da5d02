//! The fields of one table, taken one by one; what is missing, wrong or left over becomes a fault with its place.

use std::cell::RefCell;

use crate::error::Fault;
use crate::model::{Provenance, Quantity};
use crate::tree::{Node, Value};

const MOST_FAULTS: usize = 100;

/// The faults found so far.
#[derive(Default)]
pub struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub fn add(&self, fault: Fault) {
        let mut all = self.0.borrow_mut();
        if all.len() < MOST_FAULTS {
            all.push(fault);
        }
    }

    pub fn into_vec(self) -> Vec<Fault> {
        self.0.into_inner()
    }
}

/// What a number may be.
#[derive(Clone, Copy)]
pub enum Range {
    /// At least 0.
    NotNegative,
    /// More than 0.
    Positive,
    /// 0 to 1.
    Probability,
    /// More than 0, at most 1.
    Share,
    /// An integer of at least 0.
    Count,
    /// 0 to a million a year: more would only waste the machine.
    Rate,
    /// Between the two.
    Between(f64, f64),
}

impl Range {
    fn refuse(self, value: f64) -> Option<String> {
        if value.is_nan() {
            return Some("is not a number (NaN)".into());
        }
        let (good, wanted) = match self {
            Self::NotNegative => {
                ((0.0..=1e18).contains(&value), "must be 0 or more (and at most 1e18)".to_owned())
            }
            Self::Positive => {
                (value > 0.0 && value <= 1e18, "must be more than 0 (and at most 1e18)".to_owned())
            }
            Self::Probability => ((0.0..=1.0).contains(&value), "must be between 0 and 1".to_owned()),
            Self::Share => (value > 0.0 && value <= 1.0, "must be more than 0 and at most 1".to_owned()),
            Self::Count => {
                let whole = value.fract() == 0.0 && (0.0..=1e6).contains(&value);
                (whole, "must be a whole number from 0 to 1,000,000".to_owned())
            }
            Self::Rate => ((0.0..=1e6).contains(&value), "must be between 0 and 1,000,000 a year".to_owned()),
            Self::Between(low, high) => {
                ((low..=high).contains(&value), format!("must be between {low} and {high}"))
            }
        };
        (!good).then(|| format!("is {value}, {wanted}"))
    }
}

/// A table being read.
pub struct Fields<'a> {
    path: String,
    line: usize,
    entries: Vec<(&'a str, &'a Node)>,
    known: Vec<&'static str>,
    faults: &'a Faults,
}

impl<'a> Fields<'a> {
    /// Adds a fault when the node is no table.
    pub fn of(node: &'a Node, path: String, faults: &'a Faults) -> Self {
        let entries = match &node.value {
            Value::Table(entries) => entries.iter().map(|(key, item)| (key.as_str(), item)).collect(),
            other => {
                let reason = format!("must be a table, not {}", other.name());
                faults.add(Fault { line: node.line, field: path.clone(), reason });
                Vec::new()
            }
        };
        Self { path, line: node.line, entries, known: Vec::new(), faults }
    }

    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub fn fault(&self, line: usize, name: &str, reason: impl Into<String>) {
        let field = if name.is_empty() { self.path.clone() } else { self.path_of(name) };
        self.faults.add(Fault { line, field, reason: reason.into() });
    }

    pub fn line(&self) -> usize {
        self.line
    }

    /// Takes a field out, under the first of its names that is there.
    pub fn take(&mut self, names: &[&'static str]) -> Option<(&'a str, &'a Node)> {
        self.known.extend(names.first());
        let at = self.entries.iter().position(|(key, _)| names.contains(key))?;
        let (key, node) = self.entries.remove(at);
        (!matches!(node.value, Value::Null)).then_some((key, node))
    }

    pub fn peek(&self, name: &str) -> Option<(&'a str, &'a Node)> {
        self.entries.iter().find(|(key, _)| *key == name).copied()
    }

    /// Lets the remaining fields pass unread.
    pub fn abandon(&mut self) {
        self.entries.clear();
    }

    pub fn text(&mut self, name: &'static str) -> Option<(String, usize)> {
        let (_, node) = self.take(&[name])?;
        match &node.value {
            Value::Text(text) => Some((text.clone(), node.line)),
            Value::Number(number) => Some((number.to_string(), node.line)),
            other => {
                self.fault(node.line, name, format!("must be a text, not {}", other.name()));
                Some((String::new(), node.line))
            }
        }
    }

    pub fn needed_text(&mut self, name: &'static str) -> String {
        match self.text(name) {
            Some((text, line)) => {
                if text.trim().is_empty() || text.len() > 200 {
                    self.fault(line, name, "must have 1 to 200 bytes");
                }
                text
            }
            None => {
                self.missing(name);
                String::new()
            }
        }
    }

    pub fn missing(&self, name: &str) {
        self.fault(self.line, name, "is missing");
    }

    /// An optional number under any of its names; the first name is the published one.
    pub fn optional(&mut self, names: &[&'static str], range: Range) -> Option<Quantity> {
        let (key, node) = self.take(names)?;
        Some(self.quantity(key, node, range))
    }

    pub fn number(&mut self, names: &[&'static str], range: Range) -> Quantity {
        self.optional(names, range).unwrap_or_else(|| {
            self.missing(names[0]);
            Quantity::from(1.0)
        })
    }

    fn quantity(&self, key: &str, node: &'a Node, range: Range) -> Quantity {
        match &node.value {
            Value::Number(value) => {
                self.check(key, node.line, *value, range);
                (*value).into()
            }
            Value::Table(_) => self.sourced(key, node, range),
            other => {
                let reason =
                    format!("must be a number or {{ value, low, high, source }}, not {}", other.name());
                self.fault(node.line, key, reason);
                1.0.into()
            }
        }
    }

    fn sourced(&self, key: &str, node: &'a Node, range: Range) -> Quantity {
        let mut inner = Fields::of(node, self.path_of(key), self.faults);
        let value = inner.plain("value", range).unwrap_or_else(|| {
            inner.missing("value");
            1.0
        });
        let low = inner.plain("low", range);
        let high = inner.plain("high", range);
        match (low, high) {
            (Some(low), Some(high)) if !(low <= value && value <= high) => {
                inner.fault(node.line, "low", format!("{low} <= {value} <= {high} does not hold"));
            }
            (Some(_), None) => inner.missing("high"),
            (None, Some(_)) => inner.missing("low"),
            _ => {}
        }
        let source = inner.text("source").map(|found| found.0);
        let date = inner.text("date").map(|found| found.0);
        let note = inner.text("note").map(|found| found.0);
        inner.finish();
        let provenance = source.map(|source| Provenance { source, date, note });
        Quantity { value, interval: low.zip(high), provenance }
    }

    fn plain(&mut self, name: &'static str, range: Range) -> Option<f64> {
        let (_, node) = self.take(&[name])?;
        match node.value {
            Value::Number(value) => {
                self.check(name, node.line, value, range);
                Some(value)
            }
            ref other => {
                self.fault(node.line, name, format!("must be a number, not {}", other.name()));
                Some(1.0)
            }
        }
    }

    fn check(&self, name: &str, line: usize, value: f64, range: Range) {
        if let Some(reason) = range.refuse(value) {
            self.fault(line, name, reason);
        }
    }

    /// A list of plain numbers.
    pub fn numbers(&mut self, name: &'static str, range: Range) -> Option<Vec<f64>> {
        let (_, node) = self.take(&[name])?;
        let Value::List(items) = &node.value else {
            self.fault(node.line, name, format!("must be a list of numbers, not {}", node.value.name()));
            return Some(Vec::new());
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.value {
                Value::Number(value) => {
                    self.check(&format!("{name}[{index}]"), item.line, value, range);
                    values.push(value);
                }
                ref other => {
                    let reason = format!("must be a number, not {}", other.name());
                    self.fault(item.line, &format!("{name}[{index}]"), reason);
                }
            }
        }
        Some(values)
    }

    /// A list of texts; one text alone is a list of one.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let (_, node) = self.take(&[name])?;
        let items = match &node.value {
            Value::Text(text) => return Some(vec![text.clone()]),
            Value::List(items) => items,
            other => {
                self.fault(node.line, name, format!("must be a list of texts, not {}", other.name()));
                return Some(Vec::new());
            }
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match &item.value {
                Value::Text(text) => texts.push(text.clone()),
                other => {
                    let reason = format!("must be a text, not {}", other.name());
                    self.fault(item.line, &format!("{name}[{index}]"), reason);
                }
            }
        }
        Some(texts)
    }

    /// Reads one inner table.
    pub fn table<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'a>) -> T) -> Option<T> {
        let (_, node) = self.take(&[name])?;
        let mut inner = Fields::of(node, self.path_of(name), self.faults);
        let value = read(&mut inner);
        inner.finish();
        Some(value)
    }

    /// Reads a list of tables.
    pub fn tables<T>(&mut self, name: &'static str, read: impl Fn(&mut Fields<'a>) -> T) -> Vec<T> {
        let Some((_, node)) = self.take(&[name]) else { return Vec::new() };
        let Value::List(items) = &node.value else {
            self.fault(node.line, name, format!("must be a list of tables, not {}", node.value.name()));
            return Vec::new();
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let mut inner = Fields::of(item, format!("{}[{index}]", self.path_of(name)), self.faults);
            values.push(read(&mut inner));
            inner.finish();
        }
        values
    }

    /// What nobody took is unknown.
    pub fn finish(&mut self) {
        for (key, node) in std::mem::take(&mut self.entries) {
            let known = self.known.join(", ");
            self.fault(node.line, key, format!("unknown field; known here: {known}"));
        }
    }
}
