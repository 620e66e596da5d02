//! From a file to records, one at a time, with the place of everything that is wrong.

use std::{io::BufRead, marker::PhantomData};

use memchr::memchr2;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::record::Record;

/// How much is read at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one record; the longest records known are near 2 MB.
    pub record_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record_bytes: 32 << 20 }
    }
}

/// A record of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry<T = Record> {
    /// The line on which it begins, from 1.
    pub line: u64,
    pub record: T,
}

/// A record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    pub line: u64,
    /// Where in the record: `containers.cna.affected[0].versions`.
    pub path: String,
    pub reason: String,
}

/// The records of a file in order: one, an array of them, or one after another, on lines or not.
pub fn read<R: BufRead>(source: R, limits: Limits) -> Records<R> {
    Records {
        source,
        limits,
        buffer: Vec::new(),
        line: 1,
        layout: Layout::Unknown,
        done: false,
        kind: PhantomData,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Layout {
    Unknown,
    /// One record a line: a broken line spoils only itself.
    Lines,
    /// Values one after another.
    Values,
    Array {
        first: bool,
    },
}

/// The iterator of [`read`].
pub struct Records<R, T = Record> {
    source: R,
    limits: Limits,
    buffer: Vec<u8>,
    line: u64,
    layout: Layout,
    done: bool,
    kind: PhantomData<T>,
}

impl<R: BufRead, T: DeserializeOwned> Iterator for Records<R, T> {
    type Item = Result<Entry<T>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.advance() {
            Ok(true) => {
                let line = self.line;
                self.line += self.buffer.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
                Some(parse(&self.buffer, line))
            }
            Ok(false) => {
                self.done = true;
                None
            }
            Err(fault) => {
                self.done = true;
                Some(Err(fault))
            }
        }
    }
}

impl<R: BufRead, T> Records<R, T> {
    /// Puts the next value into the buffer; false at the end of the file.
    fn advance(&mut self) -> Result<bool, Fault> {
        self.buffer.clear();
        if self.layout == Layout::Unknown {
            return self.begin();
        }
        let Some(byte) = self.skip_space()? else {
            return match self.layout {
                Layout::Array { .. } => Err(self.fault("the array breaks off")),
                _ => Ok(false),
            };
        };
        match self.layout {
            Layout::Array { first } => return self.element(byte, first),
            Layout::Lines => self.read_line()?,
            _ => self.read_value()?,
        }
        Ok(true)
    }

    /// Finds out how the file is laid out, and reads the first value.
    fn begin(&mut self) -> Result<bool, Fault> {
        self.skip_mark()?;
        let Some(byte) = self.skip_space()? else {
            return Err(self.fault("the file holds no record"));
        };
        if byte == b'[' {
            self.source.consume(1);
            self.layout = Layout::Array { first: true };
            return self.advance();
        }
        self.read_value()?;
        let one_line = !self.buffer.contains(&b'\n');
        // What stands behind the value on its own line belongs to no record on lines.
        self.layout = if one_line && self.at_line_end()? { Layout::Lines } else { Layout::Values };
        Ok(true)
    }

    fn element(&mut self, mut byte: u8, first: bool) -> Result<bool, Fault> {
        if !first && byte == b',' {
            self.source.consume(1);
            byte = self.skip_space()?.ok_or_else(|| self.fault("the array breaks off"))?;
        } else if byte == b']' {
            self.source.consume(1);
            return match self.skip_space()? {
                None => Ok(false),
                Some(_) => Err(self.fault("something follows the array")),
            };
        } else if !first {
            return Err(self.fault("a comma or the end of the array should stand here"));
        }
        if matches!(byte, b',' | b']') {
            return Err(self.fault("a record should stand here"));
        }
        self.layout = Layout::Array { first: false };
        self.read_value()?;
        Ok(true)
    }

    /// Passes over the byte order mark of UTF-8; names the other encodings.
    fn skip_mark(&mut self) -> Result<(), Fault> {
        match self.chunk()?.first() {
            Some(0xEF) => {
                for byte in [0xEF, 0xBB, 0xBF] {
                    if self.chunk()?.first() != Some(&byte) {
                        return Err(self.fault("is not UTF-8"));
                    }
                    self.source.consume(1);
                }
                Ok(())
            }
            Some(0xFF | 0xFE | 0x00) => {
                Err(self.fault("is UTF-16 or UTF-32; JSON is exchanged in UTF-8 (RFC 8259, 8.1)"))
            }
            Some(0x1F | 0x28) => Err(self.fault("is no text; a compressed file is unpacked first")),
            _ => Ok(()),
        }
    }

    fn chunk(&mut self) -> Result<&[u8], Fault> {
        let line = self.line;
        self.source.fill_buf().map_err(|error| Fault {
            line,
            path: "file".into(),
            reason: format!("cannot be read: {error}"),
        })
    }

    /// The first byte that is no white space, not taken.
    fn skip_space(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let space = chunk.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            let lines = chunk[..space].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            let found = chunk.get(space).copied();
            self.source.consume(space);
            self.line += lines;
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Whether nothing but space follows on the line, whatever the chunks.
    fn at_line_end(&mut self) -> Result<bool, Fault> {
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(true);
            }
            let space = chunk.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
            let next = chunk.get(space).copied();
            self.source.consume(space);
            if let Some(byte) = next {
                return Ok(byte == b'\n');
            }
        }
    }

    fn read_line(&mut self) -> Result<(), Fault> {
        loop {
            let chunk = self.chunk()?;
            let (taken, over) = match memchr::memchr(b'\n', chunk) {
                Some(end) => (end, true),
                None => (chunk.len(), chunk.is_empty()),
            };
            let room = self.limits.record_bytes.saturating_sub(self.buffer.len());
            if taken > room {
                return Err(self.too_long());
            }
            let chunk = self.source.fill_buf().unwrap_or_default();
            self.buffer.extend_from_slice(&chunk[..taken]);
            self.source.consume(taken);
            if over {
                return Ok(());
            }
        }
    }

    fn read_value(&mut self) -> Result<(), Fault> {
        let mut scan = Scan::default();
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                // A number at the end of the file ends there; what breaks off is told by the parser, with its place.
                return Ok(());
            }
            let end = scan.end(chunk);
            let taken = end.unwrap_or(chunk.len());
            if taken > self.limits.record_bytes.saturating_sub(self.buffer.len()) {
                return Err(self.too_long());
            }
            let chunk = self.source.fill_buf().unwrap_or_default();
            self.buffer.extend_from_slice(&chunk[..taken]);
            self.source.consume(taken);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn too_long(&self) -> Fault {
        self.fault(&format!("is longer than {} bytes", self.limits.record_bytes))
    }

    fn fault(&self, reason: &str) -> Fault {
        Fault { line: self.line, path: "record".into(), reason: reason.into() }
    }
}

/// Looks for the end of one JSON value by its brackets and quotes only.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Scan {
    /// Where in the chunk the value ends (behind its last byte), if it does.
    fn end(&mut self, chunk: &[u8]) -> Option<usize> {
        let mut place = 0;
        while place < chunk.len() {
            if self.escaped {
                self.escaped = false;
                place += 1;
                continue;
            }
            if self.in_string {
                let found = place + memchr2(b'"', b'\\', &chunk[place..])?;
                place = found + 1;
                if chunk[found] == b'\\' {
                    self.escaped = true;
                    continue;
                }
                self.in_string = false;
                if self.depth == 0 {
                    return Some(place);
                }
                continue;
            }
            match chunk[place] {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth <= 1 => {
                    return Some(place + usize::from(self.depth == 1 || !self.begun));
                }
                b'}' | b']' => self.depth -= 1,
                b',' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 && self.begun => return Some(place),
                _ => {}
            }
            self.begun = true;
            place += 1;
        }
        None
    }
}

fn parse<T: DeserializeOwned>(text: &[u8], line: u64) -> Result<Entry<T>, Fault> {
    // Structs could also be read from arrays of their members in order, which nobody writes.
    if text.first() != Some(&b'{') {
        return Err(Fault { line, path: "record".into(), reason: "is not a JSON object".into() });
    }
    match serde_json::from_slice(text) {
        Ok(record) => Ok(Entry { line, record }),
        Err(_) => Err(place::<T>(text, line)),
    }
}

/// Reads a second time, slowly, to learn where the error is.
fn place<T: DeserializeOwned>(text: &[u8], line: u64) -> Fault {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let (path, error) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => (error.path().to_string(), error.into_inner()),
        Ok(_) => match deserializer.end() {
            Err(error) => (String::new(), error),
            Ok(()) => return Fault { line, path: "record".into(), reason: "cannot be read".into() },
        },
    };
    // A text that breaks off ends the path with a question mark.
    let path = match path.trim_end_matches('?').trim_end_matches('.') {
        "" => "record".to_owned(),
        path => path.chars().take(300).collect(),
    };
    let reason = error.to_string();
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
    Fault { line: line + (error.line() as u64).max(1) - 1, path, reason: reason.chars().take(300).collect() }
}

#[cfg(test)]
mod tests;
