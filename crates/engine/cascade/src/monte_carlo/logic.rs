//! Monte Carlo of the logic alone: which nodes are down, not for how long. Bit-sliced, 512 trials a sweep.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use crate::blast::{LANES, Lanes, NO_LANE, Sliced};
use crate::graph::Graph;
use crate::simulate::draw::mix;

/// Result of a logic-only Monte Carlo.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Logic {
    /// Trials run: the number asked for, rounded up to full sweeps of 512.
    pub trials: u64,
    /// Mean number of nodes that fail by themselves.
    pub mean_failed: f64,
    /// Mean number of nodes that are down.
    pub mean_down: f64,
    /// Probability of each node to be down, in the order of the model.
    pub nodes: Vec<NodeProbability>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NodeProbability {
    pub node: String,
    pub down: f64,
}

/// Runs at least `trials` trials. Nodes fail independently with their `failure_probability`, or `otherwise` where they
/// name none; shared causes strike with theirs. The result depends on seed and model only.
pub fn logic(graph: &Graph, trials: u64, seed: u64, otherwise: f64) -> Logic {
    let sweeps = trials.div_ceil(LANES as u64).max(1);
    let sliced = Sliced::new(graph);
    let groups = groups(graph, otherwise);
    let empty = || (vec![0u64; graph.len()], 0u64);
    let add = |mut a: (Vec<u64>, u64), b: (Vec<u64>, u64)| {
        a.0.iter_mut().zip(&b.0).for_each(|(a, b)| *a += b);
        (a.0, a.1 + b.1)
    };
    let work = |(mut counts, mut failed, mut down): (Vec<u64>, u64, Vec<Lanes>), sweep: u64| {
        down.clear();
        down.resize(graph.len(), NO_LANE);
        failed += strike(&groups, graph, mix(mix(seed) ^ sweep), &mut down);
        sliced.spread(&mut down);
        for (count, lanes) in counts.iter_mut().zip(&down) {
            *count += lanes.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        }
        (counts, failed, down)
    };
    let (counts, failed) = (0..sweeps)
        .into_par_iter()
        .fold(|| (vec![0; graph.len()], 0, Vec::new()), work)
        .map(|(counts, failed, _)| (counts, failed))
        .reduce(empty, add);
    let trials = sweeps * LANES as u64;
    let down: u64 = counts.iter().sum();
    let share = |count: u64| count as f64 / trials as f64;
    let node = |(at, count): (usize, u64)| NodeProbability {
        node: graph.id(at as u32).to_owned(),
        down: share(count),
    };
    Logic {
        trials,
        mean_failed: share(failed),
        mean_down: share(down),
        nodes: counts.into_iter().enumerate().map(node).collect(),
    }
}

/// Things that fail with the same probability. A member is a node, or a cause above the nodes.
struct Group {
    probability: f64,
    members: Vec<u32>,
}

fn groups(graph: &Graph, otherwise: f64) -> Vec<Group> {
    let nodes = graph.failure_probability.iter().map(|own| if *own > 0.0 { *own } else { otherwise });
    let causes = graph.causes.iter().map(|cause| cause.failure_probability);
    let mut all: Vec<(f64, u32)> =
        nodes.chain(causes).zip(0..).filter(|(probability, _)| *probability > 0.0).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let same = |a: &(f64, u32), b: &(f64, u32)| a.0 == b.0;
    all.chunk_by(same)
        .map(|chunk| Group {
            probability: chunk[0].0,
            members: chunk.iter().map(|(_, member)| *member).collect(),
        })
        .collect()
}

/// Sets the bits of what fails, leaping from one failure to the next by geometric gaps over (member, lane).
fn strike(groups: &[Group], graph: &Graph, stream: u64, down: &mut [Lanes]) -> u64 {
    let mut count = 0;
    for (number, group) in groups.iter().enumerate() {
        let cells = group.members.len() as u64 * LANES as u64;
        let mut state = mix(stream ^ number as u64);
        let per_log = 1.0 / (-group.probability).ln_1p();
        let mut cell = 0u64;
        loop {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let u = ((mix(state) >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
            // With probability 1 the factor is minus zero and every gap is 0.
            let gap = u.ln() * per_log;
            cell = cell.saturating_add(if gap >= cells as f64 { cells } else { gap as u64 });
            if cell >= cells {
                break;
            }
            let lane = (cell % LANES as u64) as usize;
            let member = group.members[(cell / LANES as u64) as usize] as usize;
            let struck = member.checked_sub(graph.len()).map(|cause| graph.causes[cause].nodes.as_slice());
            for node in struck.unwrap_or(&[member as u32]) {
                down[*node as usize][lane / 64] |= 1 << (lane % 64);
            }
            count += 1;
            cell += 1;
        }
    }
    count
}
