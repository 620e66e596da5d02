//! Blast radius: what goes down with what, exactly, gates honoured and time left out.
//!
//! The rule is the least set of failures: everything is up, the given nodes go down, and a node follows when its
//! `run` gate no longer holds. Nodes that hold each other up stay up. Buffers are taken as used up.

mod scalar;
mod sliced;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

pub use scalar::Scalar;
pub use sliced::{LANES, Sliced};
pub(crate) use sliced::{Lanes, NO_LANE, WORDS};

use crate::error::{Error, Result};
use crate::graph::Graph;

/// Which engine answers; all give the same result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Whichever of the two is less work, judged by a few failures.
    #[default]
    Auto,
    /// Follows each failure along the edges: best where little fails.
    Scalar,
    /// Sweeps the graph for 512 failures at a time: best where much fails.
    Sliced,
    /// Both, and an error when they differ.
    Both,
}

/// How many nodes are down when one fails.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Blast {
    /// The node that fails.
    pub node: String,
    /// Nodes that are down then, itself included.
    pub down: usize,
    /// Nodes that plain reachability would count, itself included; only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<usize>,
}

/// What one shared cause takes down.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CauseBlast {
    pub cause: String,
    /// Nodes that carry the cause.
    pub struck: usize,
    /// Edges that carry the cause.
    pub cut: usize,
    /// Nodes that are down then.
    pub down: usize,
}

/// Failures followed to judge which engine is less work.
const PROBES: usize = 32;

/// A failure costs the scalar engine what it takes down; the sliced engine visits the whole graph for 512 at a time.
fn cheaper(graph: &Graph) -> Engine {
    let mut scalar = Scalar::new(graph);
    let step = graph.len().div_ceil(PROBES).max(1);
    let probes: Vec<usize> =
        (0..graph.len() as u32).step_by(step).map(|node| scalar.fail(&[node], &[]).len()).collect();
    let mean = probes.iter().sum::<usize>() / probes.len().max(1);
    if mean * LANES > 2 * (graph.len() + graph.edge_count()) { Engine::Sliced } else { Engine::Scalar }
}

/// Number of nodes down for every single failure, in the order of the nodes.
///
/// # Errors
/// `Invalid` when [`Engine::Both`] finds a difference: a defect of this crate, named by its node.
pub fn single_failures(graph: &Graph, engine: Engine) -> Result<Vec<usize>> {
    match engine {
        Engine::Auto => single_failures(graph, cheaper(graph)),
        Engine::Scalar => Ok(scalar::single_failures(graph)),
        Engine::Sliced => Ok(sliced::single_failures(graph)),
        Engine::Both => {
            let (scalar, sliced) = (scalar::single_failures(graph), sliced::single_failures(graph));
            match (0..graph.len()).find(|node| scalar[*node] != sliced[*node]) {
                None => Ok(scalar),
                Some(node) => {
                    let message = format!("the engines differ: {} and {}", scalar[node], sliced[node]);
                    Err(Error::invalid(format!("node `{}`", graph.id(node as u32)), message))
                }
            }
        }
    }
}

/// The nodes that are down when all of `failed` fail together, in the order of the model.
pub fn joint_failure(graph: &Graph, failed: &[u32]) -> Vec<u32> {
    let mut down = Scalar::new(graph).fail(failed, &[]).to_vec();
    down.sort_unstable();
    down
}

/// The nodes that are down when the shared cause `cause` strikes.
///
/// # Errors
/// `NotFound`.
pub fn cause_failure(graph: &Graph, cause: &str) -> Result<Vec<u32>> {
    let row = &graph.causes[graph.cause(cause)? as usize];
    let mut down = Scalar::new(graph).fail(&row.nodes, &row.edges).to_vec();
    down.sort_unstable();
    Ok(down)
}

/// The blast of every shared cause, sorted by tag.
pub fn every_cause(graph: &Graph) -> Vec<CauseBlast> {
    let mut scalar = Scalar::new(graph);
    let blast = |cause: &crate::graph::CauseRow| CauseBlast {
        cause: cause.id.clone(),
        struck: cause.nodes.len(),
        cut: cause.edges.len(),
        down: scalar.fail(&cause.nodes, &cause.edges).len(),
    };
    graph.causes.iter().map(blast).collect()
}

/// Number of nodes reachable from each node against the edges of `run`, itself included: what tools without gates
/// report. An upper bound of the blast.
pub fn reachability(graph: &Graph) -> Vec<usize> {
    let work = |(seen, stack): &mut (Vec<u32>, Vec<u32>), node: u32| {
        let mark = node + 1;
        seen[node as usize] = mark;
        stack.push(node);
        let mut count = 0;
        while let Some(here) = stack.pop() {
            count += 1;
            for edge in graph.run_out(here) {
                let dependent = graph.gates[edge.gate as usize].node;
                if std::mem::replace(&mut seen[dependent as usize], mark) != mark {
                    stack.push(dependent);
                }
            }
        }
        count
    };
    (0..graph.len() as u32).into_par_iter().map_init(|| (vec![0; graph.len()], Vec::new()), work).collect()
}
