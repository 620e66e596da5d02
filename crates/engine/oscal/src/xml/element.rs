//! A plain tree of elements with the lines on which they begin. Document type declarations are refused, so there are
//! no entities but the five predefined ones and character references.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::error::{Error, Result};
use crate::limits::{Limits, Meter, place_of};

#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// The name without its prefix when it is in OSCAL's namespace, else as it was written.
    pub name: Box<str>,
    pub foreign: bool,
    pub line: u32,
    pub attributes: Vec<(Box<str>, Box<str>)>,
    pub children: Vec<Child>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Child {
    Element(Element),
    Text(String),
}

impl Element {
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| &**known == name).map(|(_, value)| &**value)
    }

    /// All text inside, markup left out.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.append_text(&mut out);
        out
    }

    fn append_text(&self, out: &mut String) {
        for child in &self.children {
            match child {
                Child::Text(text) => out.push_str(text),
                Child::Element(element) => element.append_text(out),
            }
        }
    }

    /// The content as it would be written, for elements the model does not know.
    pub fn inner_xml(&self, out: &mut String) {
        for child in &self.children {
            match child {
                Child::Text(text) => escape(text, false, out),
                Child::Element(element) => element.outer_xml(out),
            }
        }
    }

    fn outer_xml(&self, out: &mut String) {
        out.extend(["<", &self.name]);
        for (name, value) in &self.attributes {
            out.extend([" ", name, "=\""]);
            escape(value, true, out);
            out.push('"');
        }
        if self.children.is_empty() {
            return out.push_str("/>");
        }
        out.push('>');
        self.inner_xml(out);
        out.extend(["</", &self.name, ">"]);
    }
}

/// Writes a text with what XML cannot hold replaced: the five signs, and characters that XML 1.0 forbids.
pub fn escape(text: &str, attribute: bool, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
}

/// Reads the outermost element of a document.
pub fn parse(text: &str, limits: &Limits) -> Result<Element> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Parser { text, reader: Reader::from_str(text), meter: Meter::new(limits), line: 1, counted: 0 }.document()
}

struct Parser<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    meter: Meter<'a>,
    line: u32,
    counted: usize,
}

impl<'a> Parser<'a> {
    fn fault(&self, at: usize, rule: &'static str, reason: impl Into<String>) -> Error {
        Error::syntax(place_of(self.text.as_bytes(), at), rule, reason)
    }

    fn document(mut self) -> Result<Element> {
        let mut open: Vec<Element> = Vec::new();
        let mut scopes: Vec<Vec<(Box<str>, Box<str>)>> = Vec::new();
        let mut root = None;
        loop {
            let at = self.reader.buffer_position() as usize;
            let event = self.reader.read_event();
            let event = event.map_err(|error| {
                Error::syntax(
                    place_of(self.text.as_bytes(), self.reader.error_position() as usize),
                    "xml",
                    error.to_string(),
                )
            })?;
            match event {
                Event::Start(start) => {
                    let element = self.open(&start, at, open.len(), &mut scopes, root.is_some())?;
                    open.push(element);
                }
                Event::Empty(start) => {
                    let element = self.open(&start, at, open.len(), &mut scopes, root.is_some())?;
                    scopes.pop();
                    close(element, &mut open, &mut root);
                }
                Event::End(_) => {
                    scopes.pop();
                    if let Some(element) = open.pop() {
                        close(element, &mut open, &mut root);
                    }
                }
                Event::Text(content) => self.text(&content.xml10_content(), at, &mut open)?,
                Event::CData(content) => self.text(&content.xml10_content(), at, &mut open)?,
                Event::GeneralRef(name) => {
                    let reference = format!("&{};", &*name);
                    let text = quick_xml::escape::unescape(&reference);
                    let text =
                        text.map_err(|_| self.fault(at, "entity", format!("{reference} is not defined")))?;
                    self.text(&text, at, &mut open)?;
                }
                Event::DocType(_) => {
                    return Err(self.fault(
                        at,
                        "doctype",
                        "document type declarations and their entities are refused",
                    ));
                }
                Event::Eof => break,
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            }
        }
        if let Some(element) = open.last() {
            return Err(self.fault(
                self.text.len(),
                "xml",
                format!("the element {} is not closed", element.name),
            ));
        }
        root.ok_or_else(|| self.fault(self.text.len(), "xml", "no element"))
    }

    fn open(
        &mut self,
        start: &BytesStart<'_>,
        at: usize,
        depth: usize,
        scopes: &mut Vec<Vec<(Box<str>, Box<str>)>>,
        second: bool,
    ) -> Result<Element> {
        if second && depth == 0 {
            return Err(self.fault(at, "xml", "a second outermost element"));
        }
        let text = self.text.as_bytes();
        self.meter.count(depth, || place_of(text, at))?;
        self.line += text[self.counted..at].iter().filter(|&&byte| byte == b'\n').count() as u32;
        self.counted = at;
        let (mut attributes, mut scope) = (Vec::new(), Vec::new());
        for attribute in start.attributes() {
            self.meter.count(depth, || place_of(text, at))?;
            let attribute = attribute.map_err(|error| self.fault(at, "xml", error.to_string()))?;
            let value = quick_xml::escape::unescape(&attribute.value);
            let value = value.map_err(|error| self.fault(at, "entity", error.to_string()))?;
            let key: &str = attribute.key.as_ref();
            match key.strip_prefix("xmlns") {
                Some("") => scope.push(("".into(), value.as_ref().into())),
                Some(prefix) if prefix.starts_with(':') => {
                    scope.push((prefix[1..].into(), value.as_ref().into()))
                }
                _ => attributes.push((key.into(), value.as_ref().into())),
            }
        }
        scopes.push(scope);
        let whole: &str = start.name().0;
        let (prefix, local) = whole.split_once(':').unwrap_or(("", whole));
        let namespace =
            scopes.iter().rev().flatten().find(|(known, _)| &**known == prefix).map(|(_, uri)| &**uri);
        let foreign = namespace != Some(super::NAMESPACE);
        let name = if foreign { whole } else { local };
        Ok(Element { name: name.into(), foreign, line: self.line, attributes, children: Vec::new() })
    }

    fn text(&self, text: &str, at: usize, open: &mut [Element]) -> Result<()> {
        match open.last_mut() {
            Some(element) => match element.children.last_mut() {
                Some(Child::Text(before)) => before.push_str(text),
                _ => element.children.push(Child::Text(text.to_owned())),
            },
            None if text.trim().is_empty() => {}
            None => return Err(self.fault(at, "xml", "text outside the outermost element")),
        }
        Ok(())
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(Child::Element(element)),
        None => *root = Some(element),
    }
}
