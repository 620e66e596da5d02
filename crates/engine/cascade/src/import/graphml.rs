//! GraphML: an edge leads from the dependent to its supplier.
//!
//! Data keys are read by their `attr.name`: on nodes `name` or `label`, `restart`, `layer`; on edges `phase`, `group`,
//! `k`, `buffer`, `switch`, `weight`, with the meaning of the CSV columns of the same names. Other keys are ignored.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};

use super::Imported;
use super::links::{Link, Links, note};
use super::xml::{Reader, attribute};
use crate::error::{Error, Result};
use crate::graph::Phase;
use crate::model::{Duration, Terms, Timing};

/// Reads a directed graph.
///
/// # Errors
/// `Parse` with line and column for broken XML, an edge without ends or a value that is not what its key holds;
/// `Invalid` when the document is not GraphML.
pub fn read_graphml(text: &str) -> Result<Imported> {
    let mut reader = Reader::new(text, "GraphML");
    let mut document = GraphMl::default();
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(start) => document.open(&reader, &start)?,
            Event::Empty(start) => {
                document.open(&reader, &start)?;
                document.close(&reader, start.local_name().as_ref())?;
            }
            Event::End(end) => document.close(&reader, end.local_name().as_ref())?,
            Event::Text(value) => document.value.push_str(&value),
            Event::GeneralRef(reference) => document.value.push_str(&reader.entity(&reference)?),
            _ => {}
        }
    }
    if reader.root() != Some("graphml") {
        return Err(Error::invalid("root element", "not `graphml`"));
    }
    let notes =
        note(document.undirected, "edges are undirected; read as dependence of the source on the target");
    Ok(Imported { model: document.links.model(None), notes: notes.into_iter().collect() })
}

#[derive(Default)]
struct GraphMl {
    links: Links,
    keys: HashMap<String, String>,
    undirected_by_default: bool,
    undirected: usize,
    node: Option<usize>,
    edge: Option<Link>,
    key: Option<String>,
    value: String,
}

impl GraphMl {
    fn open(&mut self, reader: &Reader<'_>, start: &BytesStart<'_>) -> Result<()> {
        let read = |name: &str| attribute(reader, start, name);
        let need = |name: &str| {
            read(name)?
                .filter(|value| !value.is_empty())
                .ok_or_else(|| reader.error(format!("an element without `{name}`")))
        };
        match start.local_name().as_ref() {
            "key" => {
                let id = need("id")?;
                let name = read("attr.name")?.unwrap_or_else(|| id.clone());
                self.keys.insert(id, name);
            }
            "graph" => self.undirected_by_default = read("edgedefault")?.as_deref() == Some("undirected"),
            "node" => self.node = Some(self.links.node(&need("id")?)?),
            "edge" => {
                let dependent = self.links.node(&need("source")?)?;
                let supplier = self.links.node(&need("target")?)?;
                let directed = read("directed")?.map_or(!self.undirected_by_default, |value| value == "true");
                self.undirected += usize::from(!directed);
                let (terms, group) = (Terms::default(), None);
                self.edge = Some(Link { dependent, supplier, phase: Phase::Run, terms, group, at_least: 1 });
            }
            "data" => {
                let id = need("key")?;
                self.key = Some(self.keys.get(&id).cloned().unwrap_or(id));
                self.value.clear();
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, reader: &Reader<'_>, tag: &str) -> Result<()> {
        match tag {
            "data" => {
                let value = std::mem::take(&mut self.value).trim().to_owned();
                if let Some(key) = self.key.take().filter(|_| !value.is_empty()) {
                    self.data(&key, value).map_err(|message| reader.error(message))?;
                }
            }
            "node" => self.node = None,
            "edge" => {
                if let Some(edge) = self.edge.take() {
                    self.links.add(edge)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn data(&mut self, key: &str, value: String) -> std::result::Result<(), String> {
        let duration = || Duration::parse(&value).map(Timing::from);
        if let Some(edge) = &mut self.edge {
            match key {
                "phase" => {
                    let phase = Phase::ALL.into_iter().find(|phase| phase.name() == value);
                    edge.phase = phase.ok_or_else(|| format!("`{value}` is not run, start or repair"))?;
                }
                "group" => edge.group = Some(value),
                "k" => {
                    edge.at_least = value.parse().map_err(|_| format!("`{value}` is not a whole number"))?
                }
                "buffer" => edge.terms.buffer = Some(duration()?),
                "switch" => edge.terms.switch = Some(duration()?),
                "weight" => {
                    edge.terms.weight = Some(value.parse().map_err(|_| format!("`{value}` is not a number"))?)
                }
                _ => {}
            }
        } else if let Some(node) = self.node {
            let node = &mut self.links.nodes[node];
            match key {
                "name" | "label" => node.name = Some(value),
                "layer" => node.layer = Some(value),
                "restart" => node.restart = Some(duration()?),
                _ => {}
            }
        }
        Ok(())
    }
}
