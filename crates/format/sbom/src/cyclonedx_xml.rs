//! CycloneDX as XML, tag by tag. Entities are never expanded: a document with a document type declaration is refused.

use std::io::BufRead;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::{
    graph::short,
    guard::Allowance,
    model::{Component, Fault, Format, Hash, Limits, Relation, RelationKind},
    reader::{Gather, fault},
};

const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

pub fn read<R: BufRead>(
    source: R,
    first_line: u64,
    limits: Limits,
    gather: &mut Gather<'_>,
) -> Result<(), Fault> {
    let mut allowance = Allowance::new(source, limits.text_bytes);
    allowance.line = first_line;
    let mut reader = Reader::from_reader(allowance);
    let mut walk = Walk { limits, path: Vec::new(), open: Vec::new(), text: String::new(), from: Vec::new() };
    gather.document.format = Format::CycloneDxXml;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().renew();
        let event = reader.read_event_into(&mut buffer);
        let event = match event {
            Ok(event) => event.into_owned(),
            Err(error) => {
                let line = reader.get_ref().line;
                let reason = if reader.get_ref().exceeded {
                    format!("a tag or text is longer than {} bytes", limits.text_bytes)
                } else {
                    short(&error.to_string()).to_owned()
                };
                return Err(fault(line, walk.place(), reason));
            }
        };
        let line = reader.get_ref().line;
        if !walk.event(event, line, gather)? {
            return Ok(());
        }
    }
}

struct Walk {
    limits: Limits,
    /// Local names of the open tags.
    path: Vec<String>,
    /// Open components, with the depth of the path at which they began and the bytes they hold.
    open: Vec<(usize, Component, u64)>,
    /// Text of the innermost tag so far.
    text: String,
    /// Open dependencies.
    from: Vec<String>,
}

impl Walk {
    fn place(&self) -> String {
        if self.path.is_empty() { "document".into() } else { self.path.join("/") }
    }

    fn fault(&self, line: u64, reason: impl Into<String>) -> Fault {
        fault(line, self.place(), reason)
    }

    /// False at the end of the document.
    fn event(&mut self, event: Event<'_>, line: u64, gather: &mut Gather<'_>) -> Result<bool, Fault> {
        match event {
            Event::Start(tag) => self.start(&tag, line, gather)?,
            Event::Empty(tag) => {
                self.start(&tag, line, gather)?;
                self.end(line, gather)?;
            }
            Event::End(_) => self.end(line, gather)?,
            Event::Text(text) => self.add(&text, line)?,
            Event::CData(text) => self.add(&text, line)?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let character = character.or(match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => None,
                });
                let Some(character) = character else {
                    let reason = format!("the entity `{}` is not expanded", short(&reference));
                    return Err(self.fault(line, reason));
                };
                self.add(character.encode_utf8(&mut [0; 4]), line)?;
            }
            Event::DocType(_) => {
                let reason = "a document type declaration: its entities are not expanded";
                return Err(self.fault(line, reason));
            }
            Event::Decl(declaration) => {
                if let Some(Ok(encoding)) = declaration.encoding()
                    && !encoding.eq_ignore_ascii_case("utf-8")
                {
                    let reason = format!("is declared as {}; only UTF-8 is read", short(&encoding));
                    return Err(self.fault(line, reason));
                }
            }
            Event::Eof if !self.path.is_empty() => return Err(self.fault(line, "the document breaks off")),
            Event::Eof if gather.document.version.is_empty() => {
                return Err(self.fault(line, "the document holds no `bom`"));
            }
            Event::Eof => return Ok(false),
            Event::Comment(_) | Event::PI(_) => {}
        }
        Ok(true)
    }

    fn add(&mut self, text: &str, line: u64) -> Result<(), Fault> {
        if self.path.is_empty() && !text.trim().is_empty() {
            return Err(self.fault(line, "text stands outside the document"));
        }
        if (self.text.len() + text.len()) as u64 > self.limits.text_bytes {
            return Err(self.fault(line, format!("a text is longer than {} bytes", self.limits.text_bytes)));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: u64, gather: &mut Gather<'_>) -> Result<(), Fault> {
        self.text.clear();
        let name = tag.local_name();
        let name: &str = name.as_ref();
        if self.path.is_empty() {
            self.root(tag, name, line, gather)?;
        }
        self.path.push(name.to_owned());
        if self.path.len() > self.limits.depth as usize {
            return Err(self.fault(line, format!("is nested deeper than {} levels", self.limits.depth)));
        }
        if name == "component" && self.is_place_of_component() {
            let is_subject = self.path.len() == 3 && self.path[1] == "metadata";
            let depth = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
            let component = Component {
                line,
                reference: self.attribute(tag, "bom-ref", line)?,
                kind: self.attribute(tag, "type", line)?,
                is_subject,
                depth,
                ..Component::default()
            };
            self.open.push((self.path.len(), component, 0));
        } else if name == "swid" && self.is_inside_component(1) {
            let tag_id = self.attribute(tag, "tagId", line)?;
            if let Some((_, component, _)) = self.open.last_mut() {
                component.swid = tag_id;
            }
        } else if name == "hash" && self.is_inside_component(2) {
            let algorithm = self.attribute(tag, "alg", line)?.unwrap_or_default();
            if let Some((_, component, _)) = self.open.last_mut() {
                component.hashes.push(Hash { algorithm, value: String::new() });
            }
        } else if self.path.len() >= 3 && self.path[1] == "dependencies" {
            self.dependency(tag, name, line, gather)?;
        }
        Ok(())
    }

    fn root(
        &mut self,
        tag: &BytesStart<'_>,
        name: &str,
        line: u64,
        gather: &mut Gather<'_>,
    ) -> Result<(), Fault> {
        if !gather.document.version.is_empty() {
            return Err(self.fault(line, "a second document begins"));
        }
        let prefix = tag.name();
        let prefix: &str = prefix.as_ref();
        let declaration = match prefix.split_once(':') {
            Some((prefix, _)) => format!("xmlns:{prefix}"),
            None => "xmlns".to_owned(),
        };
        let namespace = self.attribute(tag, &declaration, line)?.unwrap_or_default();
        let Some(version) = namespace.strip_prefix(NAMESPACE).filter(|_| name == "bom") else {
            let reason = format!("`{}` of `{}` is no CycloneDX", short(name), short(&namespace));
            return Err(self.fault(line, reason));
        };
        if !["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"].contains(&version) {
            return Err(self.fault(line, format!("`{}` is no version from 1.2 to 1.7", short(version))));
        }
        gather.document.version = version.to_owned();
        gather.document.id = self.attribute(tag, "serialNumber", line)?;
        if let Some(revision) = self.attribute(tag, "version", line)? {
            let revision = revision.trim().parse();
            gather.document.revision =
                Some(revision.map_err(|_| self.fault(line, "the version must be a whole number"))?);
        }
        Ok(())
    }

    /// `bom/components/component`, `bom/metadata/component`, or the same inside an open component.
    fn is_place_of_component(&self) -> bool {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match (path.as_slice(), self.open.last()) {
            (["bom", "components" | "metadata", "component"], _) => true,
            ([.., "components", "component"], Some((depth, ..))) => path.len() == depth + 2,
            _ => false,
        }
    }

    /// The innermost tag stands this many levels inside the innermost open component.
    fn is_inside_component(&self, levels: usize) -> bool {
        self.open.last().is_some_and(|(depth, ..)| self.path.len() == depth + levels)
    }

    fn dependency(
        &mut self,
        tag: &BytesStart<'_>,
        name: &str,
        line: u64,
        gather: &mut Gather<'_>,
    ) -> Result<(), Fault> {
        let Some(reference) = self.attribute(tag, "ref", line)? else {
            return Err(self.fault(line, "a dependency must have a `ref`"));
        };
        let kind = if name == "provides" { RelationKind::Provides } else { RelationKind::DependsOn };
        if let Some(from) = self.from.last() {
            gather.relation(Relation { line, from: from.clone(), kind, to: reference.clone() });
        }
        self.from.push(reference);
        Ok(())
    }

    fn end(&mut self, line: u64, gather: &mut Gather<'_>) -> Result<(), Fault> {
        let text = std::mem::take(&mut self.text);
        if let Some((_, _, bytes)) = self.open.last_mut() {
            // What one value costs at least is counted too.
            *bytes += text.len() as u64 + 64;
            if *bytes > self.limits.element_bytes {
                let reason = format!("a component is longer than {} bytes", self.limits.element_bytes);
                return Err(self.fault(line, reason));
            }
        }
        if self.path.len() >= 3 && self.path[1] == "dependencies" {
            self.from.pop();
        }
        if self.open.last().is_some_and(|(depth, ..)| *depth == self.path.len()) {
            if let Some((_, mut component, _)) = self.open.pop() {
                component.line = line;
                gather.component(component);
            }
        } else if self.is_inside_component(1) {
            self.member(text.trim());
        } else if self.is_inside_component(2) {
            self.member_of_member(text.trim());
        } else if let ["bom", "metadata", "timestamp"] =
            self.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
        {
            gather.document.created = Some(text.trim().to_owned());
        }
        self.path.pop();
        Ok(())
    }

    fn member(&mut self, text: &str) {
        let (Some(name), Some((_, component, _))) = (self.path.last(), self.open.last_mut()) else { return };
        let filled = || Some(text.to_owned()).filter(|text| !text.is_empty());
        match name.as_str() {
            "name" => text.clone_into(&mut component.name),
            "group" => component.group = filled(),
            "version" => component.version = filled(),
            "versionRange" => component.version_range = filled(),
            "scope" => component.scope = filled(),
            "purl" => component.purls.extend(filled()),
            "cpe" => component.cpes.extend(filled()),
            _ => {}
        }
    }

    fn member_of_member(&mut self, text: &str) {
        let [.., parent, name] = self.path.as_slice() else { return };
        let Some((_, component, _)) = self.open.last_mut() else { return };
        match (parent.as_str(), name.as_str()) {
            ("supplier", "name") => component.supplier = Some(text.to_owned()),
            ("hashes", "hash") => {
                if let Some(hash) = component.hashes.last_mut() {
                    hash.value = text.to_ascii_lowercase();
                }
            }
            _ => {}
        }
    }

    fn attribute(&self, tag: &BytesStart<'_>, name: &str, line: u64) -> Result<Option<String>, Fault> {
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.fault(line, short(&error.to_string())))?;
            let key: &str = attribute.key.as_ref();
            if key == name {
                let value = attribute
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .map_err(|error| self.fault(line, short(&error.to_string())))?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }
}
