//! "Because of": the nodes that, held up, would have spared the target.
//!
//! In a graph without alternatives these are its dominators seen from the failure (every path of the cascade leads
//! through them); with gates the definition stays and the dominator tree would be wrong.

use schemars::JsonSchema;
use serde::Serialize;

use super::upstream;
use crate::blast::Scalar;
use crate::graph::Graph;

/// Why one node is down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Because {
    pub node: String,
    /// Whether it is down at all.
    pub down: bool,
    /// Nodes that would have spared it if only they had stayed up, in the order in which they fall: the first is the
    /// farthest, the last the nearest. Empty when no single node would.
    pub because_of: Vec<String>,
}

/// Explains why `target` is down when the nodes of `failed` fail.
pub fn because_of(graph: &Graph, failed: &[u32], target: u32) -> Because {
    let mut scalar = Scalar::new(graph);
    let order = scalar.fail(failed, &[]).to_vec();
    let down = scalar.is_down(target);
    let mut candidates = vec![false; graph.len()];
    for node in upstream(graph, target) {
        candidates[node as usize] = true;
    }
    let mut because = Vec::new();
    for node in order.into_iter().filter(|node| down && candidates[*node as usize] && *node != target) {
        scalar.fail_except(failed, &[], node);
        if !scalar.is_down(target) {
            because.push(graph.id(node).to_owned());
        }
    }
    Because { node: graph.id(target).to_owned(), down, because_of: because }
}
