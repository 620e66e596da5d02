//! What every importer collects before it becomes a model: nodes in order of appearance, and links between them.

use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, Result};
use crate::graph::Phase;
use crate::model::{Gate, Model, Node, SCHEMA, Supplier, Terms};

/// Most nodes or links that an importer takes.
pub(super) const MAXIMUM_ROWS: usize = 20_000_000;

/// One link: `dependent` needs `supplier`; links of one group stand in for each other.
pub(super) struct Link {
    pub dependent: usize,
    pub supplier: usize,
    pub phase: Phase,
    pub terms: Terms,
    pub group: Option<String>,
    /// How many of the group are needed.
    pub at_least: u32,
}

#[derive(Default)]
pub(super) struct Links {
    pub nodes: Vec<Node>,
    numbers: HashMap<String, usize>,
    links: Vec<Link>,
}

impl Links {
    /// The number of a node, new or known.
    pub fn node(&mut self, id: &str) -> Result<usize> {
        if let Some(number) = self.numbers.get(id) {
            return Ok(*number);
        }
        if self.nodes.len() >= MAXIMUM_ROWS {
            return Err(too_large("nodes"));
        }
        self.nodes.push(Node { id: id.to_owned(), ..Node::default() });
        self.numbers.insert(id.to_owned(), self.nodes.len() - 1);
        Ok(self.nodes.len() - 1)
    }

    pub fn find(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    pub fn plain(&mut self, dependent: usize, supplier: usize) -> Result<()> {
        let (terms, group) = (Terms::default(), None);
        self.add(Link { dependent, supplier, phase: Phase::Run, terms, group, at_least: 1 })
    }

    pub fn add(&mut self, link: Link) -> Result<()> {
        if self.links.len() >= MAXIMUM_ROWS {
            return Err(too_large("links"));
        }
        self.links.push(link);
        Ok(())
    }

    /// The model: for every node and phase an `all` over single links and groups.
    pub fn model(mut self, title: Option<String>) -> Model {
        type Groups = BTreeMap<(usize, Phase), Vec<(Option<String>, u32, Vec<Gate>)>>;
        let mut gates: Groups = BTreeMap::new();
        for link in self.links {
            let node = self.nodes[link.supplier].id.clone();
            let terms = (link.terms != Terms::default()).then(|| Box::new(link.terms));
            let edge = Gate::Supplier(Supplier { node, terms });
            let members = gates.entry((link.dependent, link.phase)).or_default();
            match members.iter_mut().find(|(group, ..)| group.is_some() && *group == link.group) {
                Some((_, at_least, of)) => {
                    *at_least = link.at_least.max(*at_least);
                    of.push(edge);
                }
                None => members.push((link.group, link.at_least, vec![edge])),
            }
        }
        for ((node, phase), members) in gates {
            let gate = |(group, at_least, mut of): (Option<String>, u32, Vec<Gate>)| match (
                group,
                at_least,
                of.pop(),
            ) {
                (None, _, Some(only)) => only,
                (_, at_least, last) => {
                    of.extend(last);
                    if at_least == 1 { Gate::Any(of) } else { Gate::KOfN { k: at_least, of } }
                }
            };
            let node = &mut self.nodes[node];
            let place = match phase {
                Phase::Run => &mut node.run,
                Phase::Start => &mut node.start,
                Phase::Repair => &mut node.repair,
            };
            *place = Some(Gate::All(members.into_iter().map(gate).collect()));
        }
        Model { schema: Some(SCHEMA.into()), title, nodes: self.nodes, ..Model::default() }
    }
}

pub(super) fn too_large(what: &str) -> Error {
    Error::TooLarge { what: what.into(), limit: MAXIMUM_ROWS as u64, advice: "split the file".into() }
}

/// "3 things were left out" for a count above 0.
pub(super) fn note(count: usize, what: &str) -> Option<String> {
    (count > 0).then(|| format!("{count} {what}"))
}
