//! A thin layer over the XML reader: events with positions, no entities beyond the predefined ones.

use quick_xml::events::{BytesStart, Event};

use crate::error::{Error, Result};

pub(super) struct Reader<'t> {
    text: &'t str,
    format: &'static str,
    inner: quick_xml::Reader<&'t [u8]>,
    root: Option<String>,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str, format: &'static str) -> Self {
        let inner = quick_xml::Reader::from_str(text);
        Self { text, format, inner, root: None }
    }

    /// The next event; `None` at the end of the document.
    pub fn next(&mut self) -> Result<Option<Event<'t>>> {
        match self.inner.read_event() {
            Ok(Event::Eof) => Ok(None),
            Ok(event) => {
                if let (None, Event::Start(start) | Event::Empty(start)) = (&self.root, &event) {
                    self.root = Some(start.local_name().as_ref().to_owned());
                }
                Ok(Some(event))
            }
            Err(error) => Err(self.error(error.to_string())),
        }
    }

    /// Local name of the outermost element, once seen.
    pub fn root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    /// An error at the present position.
    pub fn error(&self, message: impl Into<String>) -> Error {
        let at = (self.inner.buffer_position() as usize).min(self.text.len());
        let before = &self.text.as_bytes()[..at];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Error::Parse { format: self.format, line, column, message: message.into() }
    }

    /// What `&amp;` and its kin stand for.
    pub fn entity(&self, name: &str) -> Result<String> {
        let text = quick_xml::escape::unescape(&format!("&{name};")).map(|text| text.into_owned());
        text.map_err(|error| self.error(error.to_string()))
    }
}

/// The value of an attribute, unescaped.
pub(super) fn attribute(reader: &Reader<'_>, start: &BytesStart<'_>, name: &str) -> Result<Option<String>> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| reader.error(error.to_string()))?;
        if attribute.key.local_name().as_ref() == name {
            let value = quick_xml::escape::unescape(&attribute.value)
                .map_err(|error| reader.error(error.to_string()))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}
