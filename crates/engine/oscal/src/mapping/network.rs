//! All standards and all claims in one graph.

use std::collections::HashMap;

use super::collection::{Claim, Collection, Resource, stem};
use crate::document::Document;
use crate::tree::{Node, Object};

/// A standard that somebody must follow: its controls, and the names under which mappings may know it.
#[derive(Clone, Debug)]
pub struct Standard {
    pub title: String,
    pub names: Vec<String>,
    /// Identifier and title of each control, in order.
    pub controls: Vec<(String, String)>,
}

/// A control of a standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    pub standard: usize,
    pub control: usize,
}

impl Standard {
    /// From a catalogue (or a resolved profile); `location` is where it came from, `others` further names of it, such as
    /// those of the catalogues that a profile imports.
    #[must_use]
    pub fn new(catalog: &Document, location: &str, others: &[String]) -> Standard {
        let mut controls = Vec::new();
        collect(catalog.body(), &mut controls);
        let mut names = vec![stem(location), catalog.uuid().to_lowercase(), catalog.title().to_lowercase()];
        names.extend(others.iter().flat_map(|name| [stem(name), name.to_lowercase()]));
        names.retain(|name| !name.is_empty());
        names.dedup();
        Standard { title: catalog.title().to_owned(), names, controls }
    }
}

fn collect(body: &Object, out: &mut Vec<(String, String)>) {
    for control in body.items("controls").iter().filter_map(Node::as_object) {
        out.push((
            control.text("id").unwrap_or_default().to_owned(),
            control.text("title").unwrap_or_default().to_owned(),
        ));
        collect(control, out);
    }
    body.items("groups").iter().filter_map(Node::as_object).for_each(|group| collect(group, out));
}

/// Standards and claims with their names resolved to numbers.
pub struct Network {
    pub standards: Vec<Standard>,
    pub nodes: Vec<Requirement>,
    index: HashMap<(usize, String), usize>,
    /// Sources and targets as node numbers.
    pub claims: Vec<(Vec<usize>, Vec<usize>, Claim)>,
    /// How many of the standards were given; those after them are known from mappings alone.
    pub given: usize,
}

impl Network {
    /// Joins standards and mappings. A mapping's resource is a given standard when they share a name, or else when at
    /// least half of the identifiers which the mapping uses are controls of exactly one of them; otherwise it is a
    /// standard of its own, known by its identifiers alone, over which chains may run.
    #[must_use]
    pub fn new(standards: Vec<Standard>, collections: &[Collection]) -> Network {
        let given = standards.len();
        let mut network =
            Network { standards, nodes: Vec::new(), index: HashMap::new(), claims: Vec::new(), given };
        for standard in 0..given {
            for control in 0..network.standards[standard].controls.len() {
                let id = network.standards[standard].controls[control].0.clone();
                network.node(standard, &id, Some(control));
            }
        }
        for collection in collections {
            let used = |side: fn(&Claim) -> &Vec<String>| {
                collection.claims.iter().flat_map(side).map(String::as_str).collect::<Vec<_>>()
            };
            let source = network.standard(&collection.source, &used(|claim| &claim.sources));
            let target = network.standard(&collection.target, &used(|claim| &claim.targets));
            for claim in &collection.claims {
                let sources = claim.sources.iter().map(|id| network.node(source, id, None)).collect();
                let targets = claim.targets.iter().map(|id| network.node(target, id, None)).collect();
                network.claims.push((sources, targets, claim.clone()));
            }
        }
        network
    }

    fn standard(&mut self, resource: &Resource, ids: &[&str]) -> usize {
        let named = self
            .standards
            .iter()
            .position(|standard| resource.names.iter().any(|name| standard.names.contains(name)));
        if let Some(found) = named {
            return found;
        }
        let share = |standard: &usize| {
            ids.iter().filter(|id| self.index.contains_key(&(*standard, (**id).to_owned()))).count() * 2
                >= ids.len()
        };
        let fitting: Vec<usize> = (0..self.given).filter(share).collect();
        if let ([only], false) = (&fitting[..], ids.is_empty()) {
            let only = *only;
            self.standards[only].names.extend(resource.names.iter().cloned());
            return only;
        }
        let title = resource.names.last().cloned().unwrap_or_default();
        self.standards.push(Standard { title, names: resource.names.clone(), controls: Vec::new() });
        self.standards.len() - 1
    }

    fn node(&mut self, standard: usize, id: &str, control: Option<usize>) -> usize {
        let key = (standard, id.to_owned());
        if let Some(&known) = self.index.get(&key) {
            return known;
        }
        let control = control.unwrap_or_else(|| {
            self.standards[standard].controls.push((id.to_owned(), String::new()));
            self.standards[standard].controls.len() - 1
        });
        self.nodes.push(Requirement { standard, control });
        self.index.insert(key, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    /// The identifier of a node.
    #[must_use]
    pub fn id(&self, node: usize) -> &str {
        let Requirement { standard, control } = self.nodes[node];
        &self.standards[standard].controls[control].0
    }

    #[must_use]
    pub fn title(&self, node: usize) -> &str {
        let Requirement { standard, control } = self.nodes[node];
        &self.standards[standard].controls[control].1
    }

    /// `standard: identifier`, for people.
    #[must_use]
    pub fn label(&self, node: usize) -> String {
        format!("{}: {}", self.standards[self.nodes[node].standard].title, self.id(node))
    }
}
