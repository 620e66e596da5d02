//! How a node can fail: its minimal cut sets, its exact probability, and what would have spared it.

mod cut_sets;
mod probability;
mod spared;

pub use cut_sets::minimal_cut_sets;
pub use probability::failure_probability;
pub use spared::{Because, because_of};

use crate::graph::{Graph, Phase, strongly_connected};

/// The nodes on whose running `target` can depend, itself included, suppliers before dependents (cycles together).
fn upstream(graph: &Graph, target: u32) -> Vec<u32> {
    let mut seen = vec![false; graph.len()];
    let mut open = vec![target];
    seen[target as usize] = true;
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        found.push(node);
        for supplier in graph.suppliers(node, Phase::Run) {
            if !std::mem::replace(&mut seen[supplier as usize], true) {
                open.push(supplier);
            }
        }
    }
    found.sort_unstable();
    let place = |node: u32| found.binary_search(&node).map_or(u32::MAX, |at| at as u32);
    let suppliers: Vec<Vec<u32>> = found
        .iter()
        .map(|node| graph.suppliers(*node, Phase::Run).into_iter().map(place).collect())
        .collect();
    // Edges lead to suppliers, so the reverse topological order of the components is suppliers first.
    let components = strongly_connected(found.len(), |node, at| suppliers[node as usize].get(at).copied());
    components.into_iter().flatten().map(|at| found[at as usize]).collect()
}
