//! Monte Carlo of the logic alone: which nodes are down, not for how long. Bit-sliced, 512 trials a sweep.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use crate::blast::{LANES, Lanes, NO_LANE, Sliced, WORDS};
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
/// name none; shared causes strike with theirs, nodes with a fault in the model are down in every trial. The result depends on seed and model only.
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
        down.resize(sliced.places(), NO_LANE);
        for place in graph.faults.iter().filter_map(|fault| sliced.place(fault)) {
            down[place] = [u64::MAX; WORDS];
        }
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

/// From this probability on, comparing random bits with those of the probability beats leaping: about eight words decide
/// 64 lanes, whatever the probability.
const DENSE: f64 = 0.01;

/// Random words of one group.
struct Stream(u64);

impl Stream {
    #[inline]
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// 64 lanes, each set with `probability` in units of 2^-64: a random number is compared bit by bit, highest first,
    /// until every lane has met a bit that differs.
    #[inline]
    fn lanes(&mut self, probability: u64) -> u64 {
        let (mut below, mut open) = (0, u64::MAX);
        for bit in (0..64).rev() {
            let random = self.next();
            if probability >> bit & 1 == 1 {
                below |= open & !random;
                open &= random;
            } else {
                open &= !random;
            }
            if open == 0 {
                break;
            }
        }
        below
    }
}

/// Sets the bits of what fails in one sweep.
fn strike(groups: &[Group], graph: &Graph, stream: u64, down: &mut [Lanes]) -> u64 {
    let mut count = 0;
    for (number, group) in groups.iter().enumerate() {
        let mut stream = Stream(mix(stream ^ number as u64));
        if group.probability >= DENSE {
            count += compare(group, graph, &mut stream, down);
        } else {
            count += leap(group, graph, &mut stream, down);
        }
    }
    count
}

fn compare(group: &Group, graph: &Graph, stream: &mut Stream, down: &mut [Lanes]) -> u64 {
    let probability = (group.probability * 2f64.powi(64)) as u64;
    let mut count = 0;
    for member in &group.members {
        let mut failed = NO_LANE;
        for word in &mut failed {
            // 1 is one more than fits.
            *word = if group.probability >= 1.0 { u64::MAX } else { stream.lanes(probability) };
            count += u64::from(word.count_ones());
        }
        match (*member as usize).checked_sub(graph.len()) {
            None => join(&mut down[*member as usize], &failed),
            Some(cause) => {
                for node in struck(graph, cause) {
                    join(&mut down[node], &failed);
                }
            }
        }
    }
    count
}

fn join(slot: &mut Lanes, failed: &Lanes) {
    slot.iter_mut().zip(failed).for_each(|(slot, failed)| *slot |= failed);
}

/// Places in the lanes that a cause takes: its nodes, and itself for the edges that it cuts.
fn struck(graph: &Graph, cause: usize) -> impl Iterator<Item = usize> {
    let nodes = graph.causes[cause].nodes.iter().map(|node| *node as usize);
    nodes.chain(std::iter::once(graph.len() + cause))
}

/// Leaps from one failure to the next by geometric gaps over (member, lane).
fn leap(group: &Group, graph: &Graph, stream: &mut Stream, down: &mut [Lanes]) -> u64 {
    let mut count = 0;
    let cells = group.members.len() as u64 * LANES as u64;
    let per_log = 1.0 / (-group.probability).ln_1p();
    let mut cell = 0u64;
    loop {
        let u = ((stream.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        let gap = u.ln() * per_log;
        cell = cell.saturating_add(if gap >= cells as f64 { cells } else { gap as u64 });
        if cell >= cells {
            return count;
        }
        let lane = (cell % LANES as u64) as usize;
        let member = group.members[(cell / LANES as u64) as usize] as usize;
        let mut set = |place: usize| down[place][lane / 64] |= 1 << (lane % 64);
        match member.checked_sub(graph.len()) {
            None => set(member),
            Some(cause) => struck(graph, cause).for_each(set),
        }
        count += 1;
        cell += 1;
    }
}
