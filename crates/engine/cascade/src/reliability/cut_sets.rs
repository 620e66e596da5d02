//! Minimal cut sets: the smallest sets of nodes whose own failure takes the target down.
//!
//! Bottom up: the cut sets of a node are itself and the failing combinations of its suppliers' cut sets, cut at an
//! order and reduced by absorption at every step; on cycles repeated until nothing changes (the least solution, so a
//! node never fails because of itself).

use std::collections::HashMap;

use super::upstream;
use crate::error::{Error, Result};
use crate::graph::{GATE, Graph, NONE, Phase};

/// Most sets of one node before the search gives up.
const MAXIMUM_SETS: usize = 100_000;
/// Most pairs of sets joined in one search.
const MAXIMUM_PAIRS: u64 = 200_000_000;

type Set = Vec<u32>;

/// Every minimal cut set of `target` with at most `order` members, its own failure left out, smallest first, members in the order of the model.
///
/// # Errors
/// `TooLarge` when there are too many: ask for a lower order.
pub fn minimal_cut_sets(graph: &Graph, target: u32, order: usize) -> Result<Vec<Vec<u32>>> {
    let nodes = upstream(graph, target);
    let mut search =
        Search { graph, order, pairs: 0, cuts: nodes.iter().map(|node| (*node, Vec::new())).collect() };
    loop {
        let mut changed = false;
        for node in &nodes {
            let found = search.node(*node)?;
            if search.cuts[node] != found {
                search.cuts.insert(*node, found);
                changed = true;
            }
        }
        if !changed {
            let mut found = search.cuts.remove(&target).unwrap_or_default();
            // That a node fails by itself explains nothing.
            found.retain(|set| *set != [target]);
            return Ok(found);
        }
    }
}

struct Search<'g> {
    graph: &'g Graph,
    order: usize,
    pairs: u64,
    cuts: HashMap<u32, Vec<Set>>,
}

impl Search<'_> {
    fn node(&mut self, node: u32) -> Result<Vec<Set>> {
        let mut sets = vec![vec![node]];
        let root = self.graph.roots[node as usize][Phase::Run as usize];
        if root != NONE {
            sets.extend(self.gate(root)?);
        }
        self.minimal(sets)
    }

    /// The sets that make the gate fail: combinations of members that lose more weight than the gate can spare.
    fn gate(&mut self, gate: u32) -> Result<Vec<Set>> {
        let graph = self.graph;
        let row = graph.gates[gate as usize];
        let mut members = Vec::new();
        for member in graph.members(gate) {
            let sets = if member.what & GATE == 0 {
                self.cuts[&member.what].clone()
            } else {
                let inner = self.gate(member.what & !GATE)?;
                self.minimal(inner)?
            };
            members.push((u64::from(member.weight), sets));
        }
        let to_lose = u64::from(row.total) - u64::from(row.threshold) + 1;
        // By weight still to be lost: the sets that lose the rest. A member that is not needed is left out by
        // absorption.
        let mut partial: HashMap<u64, Vec<Set>> = HashMap::from([(to_lose, vec![Vec::new()])]);
        let mut failed = Vec::new();
        for (weight, sets) in members {
            let mut next = partial.clone();
            for (left, begun) in &partial {
                let joined = self.join(begun, &sets)?;
                if *left <= weight {
                    failed.extend(joined);
                } else {
                    next.entry(left - weight).or_default().extend(joined);
                }
            }
            for sets in next.values_mut() {
                *sets = self.minimal(std::mem::take(sets))?;
            }
            partial = next;
            failed = self.minimal(failed)?;
        }
        Ok(failed)
    }

    fn join(&mut self, left: &[Set], right: &[Set]) -> Result<Vec<Set>> {
        self.pairs += left.len() as u64 * right.len() as u64;
        if self.pairs > MAXIMUM_PAIRS {
            return Err(too_many());
        }
        let mut joined = Vec::new();
        for a in left {
            for b in right {
                let mut both = a.clone();
                both.extend(b);
                both.sort_unstable();
                both.dedup();
                if both.len() <= self.order {
                    joined.push(both);
                }
            }
        }
        Ok(joined)
    }

    /// Sorted by size, without sets that contain another.
    fn minimal(&mut self, mut sets: Vec<Set>) -> Result<Vec<Set>> {
        sets.sort_unstable_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        sets.dedup();
        let mut kept: Vec<Set> = Vec::new();
        // Which kept sets begin with a node: a subset's first member is a member of the set.
        let mut by_first: HashMap<u32, Vec<usize>> = HashMap::new();
        for set in sets {
            let candidates = set.iter().filter_map(|node| by_first.get(node)).flatten();
            self.pairs += 1;
            if candidates.copied().any(|at| kept[at].iter().all(|node| set.binary_search(node).is_ok())) {
                continue;
            }
            match set.first() {
                // The empty set absorbs everything.
                None => return Ok(vec![set]),
                Some(first) => by_first.entry(*first).or_default().push(kept.len()),
            }
            kept.push(set);
            if kept.len() > MAXIMUM_SETS {
                return Err(too_many());
            }
        }
        Ok(kept)
    }
}

fn too_many() -> Error {
    Error::TooLarge {
        what: "minimal cut sets".into(),
        limit: MAXIMUM_SETS as u64,
        advice: "ask for a lower order".into(),
    }
}
