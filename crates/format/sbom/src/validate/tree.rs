//! An XML document as a tree, with lines, names resolved to their namespaces, and the limits of the reader.

use quick_xml::{
    events::{BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

use crate::{
    graph::short,
    guard::Allowance,
    model::{Fault, Limits},
    reader::fault,
};

#[derive(Debug)]
pub struct Element {
    pub line: u64,
    pub namespace: String,
    pub name: String,
    /// Without namespace only; others are anybody's.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All text that stands directly inside.
    pub text: String,
}

/// Elements of one document.
const ELEMENTS: usize = 20_000_000;

pub fn parse(document: &[u8], limits: Limits) -> Result<Element, Fault> {
    let mut reader = NsReader::from_reader(Allowance::new(document, limits.text_bytes));
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut buffer = Vec::new();
    let mut count = 0usize;
    loop {
        buffer.clear();
        reader.get_mut().renew();
        let (namespace, event) = match reader.read_resolved_event_into(&mut buffer) {
            Ok((ResolveResult::Bound(namespace), event)) => {
                (namespace.as_ref().to_owned(), event.into_owned())
            }
            Ok((_, event)) => (String::new(), event.into_owned()),
            Err(error) => {
                let reason = if reader.get_ref().exceeded {
                    format!("a tag or text is longer than {} bytes", limits.text_bytes)
                } else {
                    short(&error.to_string()).to_owned()
                };
                return Err(fault(reader.get_ref().line, path(&open), reason));
            }
        };
        let line = reader.get_ref().line;
        let wrong = |reason: &str| fault(line, path(&open), reason);
        match event {
            Event::Start(tag) | Event::Empty(tag) if root.is_some() => {
                return Err(wrong(&format!("`{}` stands behind the document", short(&tag))));
            }
            Event::Start(tag) => {
                let element = element(&tag, namespace, line).map_err(|reason| wrong(&reason))?;
                count += 1;
                if open.len() >= limits.depth as usize || count > ELEMENTS {
                    return Err(wrong("the document is nested too deep or has too many tags"));
                }
                open.push(element);
            }
            Event::Empty(tag) => {
                let element = element(&tag, namespace, line).map_err(|reason| wrong(&reason))?;
                close(element, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    close(element, &mut open, &mut root);
                }
            }
            Event::Text(text) => add(&mut open, &text),
            Event::CData(text) => add(&mut open, &text),
            Event::GeneralRef(reference) => match character(&reference) {
                Some(character) => add(&mut open, character.encode_utf8(&mut [0; 4])),
                None => return Err(wrong(&format!("the entity `{}` is not expanded", short(&reference)))),
            },
            Event::DocType(_) => {
                return Err(wrong("a document type declaration: its entities are not expanded"));
            }
            Event::Eof if !open.is_empty() => return Err(wrong("the document breaks off")),
            Event::Eof => return root.ok_or_else(|| fault(line, "document", "holds no tag")),
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding()
                    && !encoding.eq_ignore_ascii_case("utf-8")
                {
                    let reason = format!("is declared as {}; only UTF-8 is read", short(&encoding));
                    return Err(wrong(&reason));
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
        }
    }
}

fn character(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

fn path(open: &[Element]) -> String {
    match open {
        [] => "document".into(),
        open => open.iter().map(|element| element.name.as_str()).collect::<Vec<_>>().join("/"),
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn element(tag: &BytesStart<'_>, namespace: String, line: u64) -> Result<Element, String> {
    let name = tag.local_name();
    let name: &str = name.as_ref();
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| short(&error.to_string()).to_owned())?;
        let key: &str = attribute.key.as_ref();
        if key.contains(':') || key == "xmlns" {
            continue;
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|error| short(&error.to_string()).to_owned())?;
        attributes.push((key.to_owned(), value.into_owned()));
    }
    let name = name.to_owned();
    Ok(Element { line, namespace, name, attributes, children: Vec::new(), text: String::new() })
}
