//! Which identifiers are one vulnerability. Only `same` edges join, and never two CVE identifiers into one: a chain of
//! aliases that would do so is cut and reported.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::assertion::{Alias, Relation};

/// An edge that would have joined two CVE identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub from: String,
    pub to: String,
    /// The CVE identifiers on both sides.
    pub left: String,
    pub right: String,
}

#[derive(Debug, Default)]
pub struct AliasGraph {
    number: HashMap<String, u32>,
    names: Vec<String>,
    root: Vec<u32>,
    /// By root, for groups of more than one: the identifier shown, then the others, sorted.
    groups: BTreeMap<u32, Vec<String>>,
    other: BTreeMap<String, BTreeSet<(Relation, String)>>,
    pub refused: Vec<Refused>,
}

fn is_cve(name: &str) -> bool {
    name.starts_with("CVE-")
}

impl AliasGraph {
    pub fn new(aliases: impl IntoIterator<Item = Alias>) -> Self {
        let edges: BTreeSet<Alias> = aliases.into_iter().collect();
        let mut graph = Self::default();
        let mut cve: Vec<Option<u32>> = Vec::new();
        for edge in edges {
            if edge.relation != Relation::Same {
                graph.other.entry(edge.from).or_default().insert((edge.relation, edge.to));
                continue;
            }
            let (from, to) = (graph.of(&edge.from, &mut cve), graph.of(&edge.to, &mut cve));
            let (left, right) = (graph.find(from), graph.find(to));
            if left == right {
                continue;
            }
            match (cve[left as usize], cve[right as usize]) {
                (Some(a), Some(b)) => graph.refused.push(Refused {
                    from: edge.from,
                    to: edge.to,
                    left: graph.names[a as usize].clone(),
                    right: graph.names[b as usize].clone(),
                }),
                (a, b) => {
                    graph.root[right as usize] = left;
                    cve[left as usize] = a.or(b);
                }
            }
        }
        graph.group();
        graph
    }

    fn of(&mut self, name: &str, cve: &mut Vec<Option<u32>>) -> u32 {
        if let Some(&at) = self.number.get(name) {
            return at;
        }
        let at = self.names.len() as u32;
        self.number.insert(name.to_owned(), at);
        self.names.push(name.to_owned());
        self.root.push(at);
        cve.push(is_cve(name).then_some(at));
        at
    }

    fn find(&mut self, mut at: u32) -> u32 {
        while self.root[at as usize] != at {
            self.root[at as usize] = self.root[self.root[at as usize] as usize];
            at = self.root[at as usize];
        }
        at
    }

    fn group(&mut self) {
        for at in 0..self.names.len() as u32 {
            let root = self.find(at);
            self.root[at as usize] = root;
            self.groups.entry(root).or_default().push(self.names[at as usize].clone());
        }
        for group in self.groups.values_mut() {
            group.sort_by(|a, b| is_cve(b).cmp(&is_cve(a)).then_with(|| a.cmp(b)));
        }
    }

    /// The identifier under which a vulnerability is shown: its CVE identifier, or the first of its names.
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        self.names_of(name).first().map_or(name, String::as_str)
    }

    /// All names of the vulnerability, the shown one first; empty when it has no other.
    pub fn names_of(&self, name: &str) -> &[String] {
        self.number
            .get(name)
            .and_then(|&at| self.groups.get(&self.root[at as usize]))
            .map_or(&[], Vec::as_slice)
    }

    /// Derived and related identifiers, which are not the same vulnerability.
    pub fn others(&self, name: &str) -> impl Iterator<Item = &(Relation, String)> {
        self.other.get(name).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, relation: Relation, to: &str) -> Alias {
        Alias { from: from.to_owned(), relation, to: to.to_owned() }
    }

    #[test]
    fn a_chain_never_joins_two_cve_identifiers() {
        let edges = [
            edge("GHSA-1", Relation::Same, "CVE-2030-1"),
            edge("GHSA-1", Relation::Same, "PYSEC-1"),
            edge("PYSEC-1", Relation::Same, "CVE-2030-2"),
            edge("DSA-1", Relation::Derived, "CVE-2030-1"),
        ];
        let graph = AliasGraph::new(edges.clone());
        assert_eq!(graph.canonical("PYSEC-1"), "CVE-2030-1");
        assert_eq!(graph.names_of("GHSA-1"), ["CVE-2030-1", "GHSA-1", "PYSEC-1"]);
        assert_eq!(graph.canonical("CVE-2030-2"), "CVE-2030-2");
        assert_eq!(graph.canonical("DSA-1"), "DSA-1");
        assert_eq!(graph.refused.len(), 1);
        let turned = AliasGraph::new(edges.into_iter().rev());
        assert_eq!(turned.names_of("GHSA-1"), graph.names_of("GHSA-1"));
    }
}
