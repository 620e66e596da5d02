//! CycloneDX 1.2 to 1.7: components, services and their dependencies, JSON and XML.
//!
//! `dependsOn` becomes a hard run edge. `provides` (a component implements another, 1.6) makes the implemented one run
//! on any of its providers.

use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;

use super::Imported;
use super::links::{Link, Links, note};
use super::xml::{Reader, attribute};
use crate::error::{Error, Result};
use crate::graph::Phase;
use crate::model::{Kind, Terms};

/// Deepest nesting of components and services.
const MAXIMUM_DEPTH: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    bom_format: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    components: Vec<Part>,
    #[serde(default)]
    services: Vec<Part>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    component: Option<Part>,
}

#[derive(Deserialize, Default)]
struct Part {
    #[serde(rename = "bom-ref", default)]
    reference: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    purl: Option<String>,
    #[serde(default)]
    components: Vec<Part>,
    #[serde(default)]
    services: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    provides: Vec<String>,
}

/// Reads a bill of materials. A reference that names no component becomes a node of its own.
///
/// # Errors
/// `Parse` with line and column, `Invalid` when the document is not CycloneDX, `TooLarge` for too deep nesting.
pub fn read_cyclonedx(text: &str) -> Result<Imported> {
    let mut bill = Bill::default();
    if text.trim_start().starts_with('<') {
        bill.xml(text)?;
    } else {
        bill.json(text)?;
    }
    Ok(bill.finish())
}

#[derive(Default)]
struct Bill {
    links: Links,
    nameless: usize,
    unknown: usize,
}

impl Bill {
    fn json(&mut self, text: &str) -> Result<()> {
        let document: Document = serde_json::from_str(text).map_err(|error| Error::Parse {
            format: "CycloneDX",
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        })?;
        if document.bom_format.as_deref() != Some("CycloneDX") {
            return Err(Error::invalid("bomFormat", "not `CycloneDX`"));
        }
        if let Some(part) = document.metadata.and_then(|metadata| metadata.component) {
            self.part(part, Kind::Component, 0)?;
        }
        for part in document.components {
            self.part(part, Kind::Component, 0)?;
        }
        for part in document.services {
            self.part(part, Kind::Service, 0)?;
        }
        for dependency in document.dependencies {
            let dependent = self.reference(&dependency.reference)?;
            for supplier in &dependency.depends_on {
                let supplier = self.reference(supplier)?;
                self.links.plain(dependent, supplier)?;
            }
            for provided in &dependency.provides {
                self.provides(dependent, provided)?;
            }
        }
        Ok(())
    }

    fn part(&mut self, part: Part, kind: Kind, depth: usize) -> Result<()> {
        if depth > MAXIMUM_DEPTH {
            return Err(Error::TooLarge {
                what: "levels of nested components".into(),
                limit: MAXIMUM_DEPTH as u64,
                advice: "flatten the bill".into(),
            });
        }
        match part.reference.filter(|reference| !reference.is_empty()) {
            Some(reference) => self.declare(&reference, kind, part.name, part.purl)?,
            None => self.nameless += 1,
        }
        for inner in part.components {
            self.part(inner, Kind::Component, depth + 1)?;
        }
        for inner in part.services {
            self.part(inner, Kind::Service, depth + 1)?;
        }
        Ok(())
    }

    fn declare(
        &mut self,
        reference: &str,
        kind: Kind,
        name: Option<String>,
        product: Option<String>,
    ) -> Result<()> {
        let number = self.links.node(reference)?;
        let node = &mut self.links.nodes[number];
        (node.kind, node.name) = (Some(kind), name.or(node.name.take()));
        // The same product in several places is a shared cause of failure.
        node.product = product.or(node.product.take());
        Ok(())
    }

    fn reference(&mut self, reference: &str) -> Result<usize> {
        if reference.is_empty() {
            return Err(Error::invalid("dependencies", "an empty reference"));
        }
        self.unknown += usize::from(self.links.find(reference).is_none());
        self.links.node(reference)
    }

    fn provides(&mut self, provider: usize, provided: &str) -> Result<()> {
        let dependent = self.reference(provided)?;
        let (terms, group) = (Terms::default(), Some("provides".into()));
        self.links.add(Link { dependent, supplier: provider, phase: Phase::Run, terms, group, at_least: 1 })
    }

    fn xml(&mut self, text: &str) -> Result<()> {
        let mut reader = Reader::new(text, "CycloneDX");
        let mut path: Vec<String> = Vec::new();
        let mut dependent: Option<(usize, usize)> = None;
        let mut part: Option<(String, usize)> = None;
        let mut value = String::new();
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(start) => {
                    value.clear();
                    path.push(local_name(&start));
                    if path.len() > 4 * MAXIMUM_DEPTH {
                        return Err(reader.error("nested too deeply"));
                    }
                    self.open(&reader, &start, path.len(), &mut dependent, &mut part)?;
                }
                Event::Empty(start) => {
                    path.push(local_name(&start));
                    self.open(&reader, &start, path.len(), &mut dependent, &mut part)?;
                    close(path.len(), &mut dependent);
                    path.pop();
                }
                Event::End(_) => {
                    if let (Some((reference, depth)), Some(tag)) = (&part, path.last())
                        && path.len() == depth + 1
                    {
                        self.describe(reference, tag, value.trim());
                    }
                    close(path.len(), &mut dependent);
                    path.pop();
                }
                Event::Text(text) => value.push_str(&text),
                Event::GeneralRef(name) => value.push_str(&reader.entity(&name)?),
                _ => {}
            }
            if path.is_empty() && dependent.is_some() {
                return Err(reader.error("unbalanced tags"));
            }
        }
        if reader.root() != Some("bom") { Err(Error::invalid("root element", "not `bom`")) } else { Ok(()) }
    }

    fn describe(&mut self, reference: &str, tag: &str, value: &str) {
        let Some(number) = self.links.find(reference) else { return };
        let node = &mut self.links.nodes[number];
        match tag {
            "name" => node.name = Some(value.to_owned()),
            "purl" => node.product = Some(value.to_owned()),
            _ => {}
        }
    }

    fn open(
        &mut self,
        reader: &Reader<'_>,
        start: &BytesStart<'_>,
        depth: usize,
        dependent: &mut Option<(usize, usize)>,
        part: &mut Option<(String, usize)>,
    ) -> Result<()> {
        let name = local_name(start);
        match name.as_str() {
            "component" | "service" => match attribute(reader, start, "bom-ref")?.filter(|id| !id.is_empty())
            {
                Some(reference) => {
                    let kind = if name == "service" { Kind::Service } else { Kind::Component };
                    self.declare(&reference, kind, None, None)?;
                    *part = Some((reference, depth));
                }
                None => {
                    self.nameless += 1;
                    *part = None;
                }
            },
            "dependency" | "provides" => {
                let Some(reference) = attribute(reader, start, "ref")? else { return Ok(()) };
                match dependent {
                    None => *dependent = Some((self.reference(&reference)?, depth)),
                    Some((provider, _)) if name == "provides" => self.provides(*provider, &reference)?,
                    Some((dependent, _)) => {
                        let supplier = self.reference(&reference)?;
                        self.links.plain(*dependent, supplier)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Imported {
        let notes = [
            note(self.nameless, "components or services without a bom-ref cannot be referred to; left out"),
            note(self.unknown, "references name no component of the document; added as nodes"),
        ];
        Imported { model: self.links.model(None), notes: notes.into_iter().flatten().collect() }
    }
}

fn close(depth: usize, dependent: &mut Option<(usize, usize)>) {
    if dependent.is_some_and(|(_, opened)| opened == depth) {
        *dependent = None;
    }
}

fn local_name(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}
