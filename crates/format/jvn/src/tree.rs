//! The entries of a file as small trees, one at a time.

use std::io::{self, BufRead, Read};

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use crate::{Fault, Limits};

/// A tag with all that stands inside. Prefixes of namespaces are left out: the two formats have no names twice.
#[derive(Debug, Default, Clone)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn each<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first such child; nothing when it is empty.
    pub fn text_of(&self, name: &str) -> Option<String> {
        let text = self.child(name)?.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// Hands on the file, and stops when more came than was allowed since the last event.
struct Allowance<R> {
    source: R,
    limit: u64,
    left: u64,
    line: u64,
    exceeded: bool,
}

impl<R: BufRead> Read for Allowance<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let count = chunk.len().min(buffer.len());
        buffer[..count].copy_from_slice(&chunk[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Allowance<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            self.exceeded = true;
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let chunk = self.source.fill_buf()?;
        let count = chunk.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        Ok(&chunk[..count])
    }

    fn consume(&mut self, count: usize) {
        if let Ok(chunk) = self.source.fill_buf() {
            let lines = chunk[..count.min(chunk.len())].iter().filter(|byte| **byte == b'\n').count();
            self.line += lines as u64;
        }
        self.source.consume(count);
        self.left = self.left.saturating_sub(count as u64);
    }
}

struct Walk<'s> {
    limits: Limits,
    sink: &'s mut dyn FnMut(&Element),
    /// Names of the open tags.
    path: Vec<String>,
    /// Open tags of the entry that is being read.
    open: Vec<Element>,
    entry_bytes: u64,
    /// The name of an entry, once the root is known.
    entry: Option<&'static str>,
}

pub fn each<R: BufRead>(source: R, limits: Limits, sink: &mut dyn FnMut(&Element)) -> Result<(), Fault> {
    let allowance =
        Allowance { source, limit: limits.text_bytes, left: limits.text_bytes, line: 1, exceeded: false };
    let mut reader = Reader::from_reader(allowance);
    let mut walk = Walk { limits, sink, path: Vec::new(), open: Vec::new(), entry_bytes: 0, entry: None };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let allowance = reader.get_mut();
        allowance.left = allowance.limit;
        let event = reader.read_event_into(&mut buffer).map(Event::into_owned);
        let line = reader.get_ref().line;
        let event = event.map_err(|error| {
            let reason = if reader.get_ref().exceeded {
                format!("a tag or text is longer than {} bytes", limits.text_bytes)
            } else {
                error.to_string().chars().take(200).collect()
            };
            walk.fault(line, reason)
        })?;
        if !walk.event(event, line)? {
            return Ok(());
        }
    }
}

impl Walk<'_> {
    fn fault(&self, line: u64, reason: impl Into<String>) -> Fault {
        let path = if self.path.is_empty() { "document".into() } else { self.path.join("/") };
        Fault { line, path, reason: reason.into() }
    }

    /// False at the end of the file.
    fn event(&mut self, event: Event<'_>, line: u64) -> Result<bool, Fault> {
        match event {
            Event::Start(tag) => self.start(&tag, line)?,
            Event::Empty(tag) => {
                self.start(&tag, line)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.add(&text, line)?,
            Event::CData(text) => self.add(&text, line)?,
            Event::GeneralRef(reference) => match character(&reference) {
                Some(character) => self.add(character.encode_utf8(&mut [0; 4]), line)?,
                None => return Err(self.fault(line, "holds an entity, which is not expanded")),
            },
            Event::DocType(_) => {
                return Err(self.fault(line, "a document type declaration: its entities are not expanded"));
            }
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding()
                    && !encoding.eq_ignore_ascii_case("utf-8")
                {
                    let encoding: String = encoding.chars().take(40).collect();
                    return Err(self.fault(line, format!("is declared as {encoding}; only UTF-8 is read")));
                }
            }
            Event::Eof if !self.path.is_empty() => return Err(self.fault(line, "breaks off")),
            Event::Eof if self.entry.is_none() => return Err(self.fault(line, "holds no tag")),
            Event::Eof => return Ok(false),
            Event::Comment(_) | Event::PI(_) => {}
        }
        Ok(true)
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: u64) -> Result<(), Fault> {
        let name = tag.local_name();
        let name: &str = name.as_ref();
        if self.path.is_empty() {
            self.entry = Some(match name {
                "RDF" => "item",
                "VULDEF-Document" => "Vulinfo",
                _ => return Err(self.fault(line, "is neither JVNRSS (RDF) nor VULDEF (VULDEF-Document)")),
            });
        }
        self.path.push(name.to_owned());
        if self.path.len() > self.limits.depth as usize {
            return Err(self.fault(line, format!("is nested deeper than {} levels", self.limits.depth)));
        }
        let begins = self.path.len() == 2 && Some(name) == self.entry;
        if begins {
            self.entry_bytes = 0;
        }
        if begins || !self.open.is_empty() {
            self.count(tag.len(), line)?;
            let mut attributes = Vec::new();
            for attribute in tag.attributes() {
                let wrong = |reason: String| self.fault(line, reason.chars().take(200).collect::<String>());
                let attribute = attribute.map_err(|error| wrong(error.to_string()))?;
                let key: &str = attribute.key.as_ref();
                let key = key.rsplit(':').next().unwrap_or(key).to_owned();
                let value = attribute
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .map_err(|error| wrong(error.to_string()))?;
                attributes.push((key, value.into_owned()));
            }
            self.open.push(Element { name: name.to_owned(), attributes, ..Element::default() });
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize, line: u64) -> Result<(), Fault> {
        // A tag costs more memory than it has bytes.
        self.entry_bytes += bytes as u64 + 100;
        if self.entry_bytes > self.limits.entry_bytes {
            return Err(
                self.fault(line, format!("an entry is longer than {} bytes", self.limits.entry_bytes))
            );
        }
        Ok(())
    }

    fn add(&mut self, text: &str, line: u64) -> Result<(), Fault> {
        if self.open.is_empty() {
            return Ok(());
        }
        self.count(text.len(), line)?;
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
        Ok(())
    }

    fn end(&mut self) {
        self.path.pop();
        if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => (self.sink)(&element),
            }
        }
    }
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}
