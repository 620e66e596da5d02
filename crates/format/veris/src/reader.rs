//! From bytes to records, with the place of everything that is wrong.

use std::fmt;

use serde::{
    Deserializer, Serialize,
    de::{Error as _, SeqAccess, Visitor},
};
use serde_ignored::Path;
use serde_json::value::RawValue;

use crate::record::Incident;

/// Names of unread members kept for one record, and bytes of one name.
const MAXIMUM_UNREAD: usize = 64;
const MAXIMUM_NAME_BYTES: usize = 120;

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub records: usize,
    pub record_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { records: 50_000, record_bytes: 1 << 20 }
    }
}

/// A record of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The line on which it begins, from 1.
    pub line: u64,
    pub incident: Incident,
    /// Members that the vocabulary read here does not have, as paths; `[]` stands for every place of a list.
    pub unread: Vec<String>,
}

/// A record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    pub line: u64,
    /// Where in the record: `timeline.incident.year`.
    pub path: String,
    pub reason: String,
}

/// There is more in the file than the limits allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds more than {limit} records")]
pub struct TooMuch {
    pub limit: usize,
}

/// Every record of a file in order, readable or not.
///
/// # Errors
/// [`TooMuch`].
pub fn read(bytes: &[u8], limits: Limits) -> Result<Vec<Result<Entry, Fault>>, TooMuch> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let line = 1 + count_lines(&bytes[..error.valid_up_to()]);
            return Ok(vec![Err(fault(line, "is not UTF-8"))]);
        }
    };
    let mut lines = Lines::new(text);
    let begin = text.trim_start();
    if begin.starts_with('[') {
        return read_array(begin, limits, &mut lines);
    }
    let first = begin.lines().next().unwrap_or("").trim();
    let several = begin.len() > first.len() && serde_json::from_str::<&RawValue>(first).is_ok();
    if !several {
        return Ok(vec![read_one(begin.trim_end(), limits, lines.at(begin))]);
    }
    let mut entries = Vec::new();
    for line in begin.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if entries.len() == limits.records {
            return Err(TooMuch { limit: limits.records });
        }
        entries.push(read_one(line, limits, lines.at(line)));
    }
    Ok(entries)
}

fn read_array(
    text: &str,
    limits: Limits,
    lines: &mut Lines<'_>,
) -> Result<Vec<Result<Entry, Fault>>, TooMuch> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let visitor = Elements { limit: limits.records };
    let start = lines.at(text);
    let whole = deserializer.deserialize_seq(visitor).and_then(|raw| deserializer.end().map(|()| raw));
    match whole {
        Ok(Some(elements)) => {
            Ok(elements.into_iter().map(|raw| read_one(raw.get(), limits, lines.at(raw.get()))).collect())
        }
        Ok(None) => Err(TooMuch { limit: limits.records }),
        Err(error) => Ok(vec![Err(fault(start + line_of(&error) - 1, &reason_of(&error)))]),
    }
}

fn read_one(text: &str, limits: Limits, line: u64) -> Result<Entry, Fault> {
    if text.len() > limits.record_bytes {
        let reason = format!("is {} bytes long; the limit is {}", text.len(), limits.record_bytes);
        return Err(fault(line, &reason));
    }
    // Structs could also be read from arrays of their members in order, which nobody writes.
    if !text.starts_with('{') {
        return Err(fault(line, "is not a JSON object"));
    }
    let mut unread = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut notice = |path: Path<'_>| {
        let mut name = String::new();
        write_path(&path, &mut name);
        if unread.len() < MAXIMUM_UNREAD && !unread.contains(&name) {
            unread.push(name);
        }
    };
    let watched = serde_ignored::Deserializer::new(&mut deserializer, &mut notice);
    let incident: Incident = serde_path_to_error::deserialize(watched).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        // A text that breaks off ends the path with a question mark.
        let path = match path.trim_end_matches('?').trim_end_matches('.') {
            "" => "record".to_owned(),
            path => path.to_owned(),
        };
        Fault { line: line + line_of(&inner).max(1) - 1, path, reason: reason_of(&inner) }
    })?;
    deserializer.end().map_err(|error| fault(line + line_of(&error).max(1) - 1, &reason_of(&error)))?;
    unread.sort();
    Ok(Entry { line, incident, unread })
}

fn fault(line: u64, reason: &str) -> Fault {
    Fault { line, path: "record".into(), reason: reason.into() }
}

fn line_of(error: &serde_json::Error) -> u64 {
    u64::try_from(error.line()).unwrap_or(u64::MAX / 2)
}

/// The reason without the place, which the fault tells by itself.
fn reason_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    shortened(reason, 300).to_owned()
}

fn shortened(text: &str, maximum: usize) -> &str {
    let mut end = text.len().min(maximum);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn write_path(path: &Path<'_>, out: &mut String) {
    match path {
        Path::Root => {}
        Path::Seq { parent, .. } => {
            write_path(parent, out);
            out.push_str("[]");
        }
        Path::Map { parent, key } => {
            write_path(parent, out);
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(shortened(key, MAXIMUM_NAME_BYTES));
        }
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            write_path(parent, out)
        }
    }
}

/// The texts of an array's elements; `None` when there are more than the limit.
struct Elements {
    limit: usize,
}

impl<'de> Visitor<'de> for Elements {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        let mut over = false;
        while let Some(element) = seq.next_element::<&RawValue>()? {
            if elements.len() < self.limit {
                elements.push(element);
            } else {
                over = true;
            }
        }
        if elements.is_empty() && !over {
            return Err(A::Error::custom("the array holds no record"));
        }
        Ok(Some(elements).filter(|_| !over))
    }
}

/// Line numbers of growing places of one text.
struct Lines<'a> {
    text: &'a str,
    seen: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, seen: 0, line: 1 }
    }

    /// The line on which `part`, a slice of the text, begins.
    fn at(&mut self, part: &str) -> u64 {
        let place = (part.as_ptr().addr()).saturating_sub(self.text.as_ptr().addr()).min(self.text.len());
        if place > self.seen {
            self.line += count_lines(&self.text.as_bytes()[self.seen..place]);
            self.seen = place;
        }
        self.line
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests;
