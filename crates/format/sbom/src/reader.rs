//! Finds out the format, and gathers what the readers of the formats come across.

use std::{io::BufRead, rc::Rc};

use crate::{
    cyclonedx_xml,
    graph::Graph,
    guard::Place,
    json,
    model::{Component, Document, Fault, Item, Limits, Relation, Summary},
    spdx_tag,
};

/// Where the readers of the formats put what they find.
pub struct Gather<'a> {
    sink: &'a mut dyn FnMut(Item),
    pub graph: Graph,
    pub document: Document,
    components: u64,
    relations: u64,
}

impl Gather<'_> {
    pub fn component(&mut self, component: Component) {
        self.components += 1;
        if let Some(reference) = &component.reference {
            self.graph.define(reference, component.line);
        }
        (self.sink)(Item::Component(component));
    }

    pub fn relation(&mut self, relation: Relation) {
        self.relations += 1;
        self.graph.relate(&relation.from, relation.kind, &relation.to, relation.line);
        (self.sink)(Item::Relation(relation));
    }

    fn summary(self) -> Summary {
        let (problems, more_problems, unchecked) = self.graph.finish();
        Summary {
            document: self.document,
            components: self.components,
            relations: self.relations,
            problems,
            more_problems,
            unchecked,
        }
    }
}

/// Reads a bill of materials of any of the formats; `sink` gets components and relations in the order of the file.
///
/// # Errors
/// [`Fault`] with the place of what cannot be read. What the sink got before is then worth nothing.
pub fn read<R: BufRead>(mut source: R, limits: Limits, sink: &mut dyn FnMut(Item)) -> Result<Summary, Fault> {
    let mut line = 1;
    let first = first_byte(&mut source, &mut line)?;
    let mut gather = Gather {
        sink,
        graph: Graph::new(limits),
        document: Document::default(),
        components: 0,
        relations: 0,
    };
    match first {
        b'{' | b'[' => {
            let place = Place::new();
            place.line.set(line);
            json::read(source, &Rc::clone(&place), limits, &mut gather)?;
        }
        b'<' => cyclonedx_xml::read(source, line, limits, &mut gather)?,
        _ => spdx_tag::read(source, line, limits, &mut gather)?,
    }
    Ok(gather.summary())
}

pub fn fault(line: u64, path: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault { line, path: path.into(), reason: reason.into() }
}

/// The first byte that is no white space, not taken; a byte order mark of UTF-8 is passed over.
fn first_byte<R: BufRead>(source: &mut R, line: &mut u64) -> Result<u8, Fault> {
    let mut begin = true;
    loop {
        let chunk = source
            .fill_buf()
            .map_err(|error| fault(*line, "document", format!("cannot be read: {error}")))?;
        let Some(byte) = chunk.first().copied() else {
            return Err(fault(*line, "document", "is empty"));
        };
        match byte {
            0xFF | 0xFE | 0x00 if begin => {
                return Err(fault(*line, "document", "is UTF-16 or UTF-32; only UTF-8 is read"));
            }
            0xEF if begin => {
                for expected in [0xEF, 0xBB, 0xBF] {
                    let next = source.fill_buf().ok().and_then(|chunk| chunk.first().copied());
                    if next != Some(expected) {
                        return Err(fault(*line, "document", "is not UTF-8"));
                    }
                    source.consume(1);
                }
            }
            b' ' | b'\t' | b'\r' => source.consume(1),
            b'\n' => {
                *line += 1;
                source.consume(1);
            }
            0x1F | 0x28 | 0x50 if begin && is_packed(chunk) => {
                return Err(fault(*line, "document", "is compressed; unpack it first"));
            }
            byte => return Ok(byte),
        }
        begin = false;
    }
}

/// Gzip, Zstandard or Zip.
fn is_packed(chunk: &[u8]) -> bool {
    chunk.starts_with(&[0x1F, 0x8B])
        || chunk.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
        || chunk.starts_with(b"PK\x03\x04")
}
