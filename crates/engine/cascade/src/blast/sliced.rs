//! The bit-sliced engine: one bit a case, 512 cases a sweep, gates as AND and OR of words.
//!
//! Nodes are visited suppliers first (components of the run graph in topological order), so a graph without cycles
//! needs one sweep; a cycle is swept until nothing changes.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::graph::{FaultRow, GATE, GateRow, Graph, Member, NONE, Phase, strongly_connected};

pub(crate) const WORDS: usize = 8;
/// Cases answered in one sweep.
pub const LANES: usize = 64 * WORDS;

/// One bit for each case.
pub(crate) type Lanes = [u64; WORDS];
pub(crate) const NO_LANE: Lanes = [0; WORDS];

/// The order of evaluation of one graph; shared by all sweeps.
pub struct Sliced<'g> {
    graph: &'g Graph,
    /// Nodes, suppliers first; `components[i]..components[i + 1]` are on a common cycle.
    order: Vec<u32>,
    components: Vec<u32>,
    /// Members of gates; an edge that a shared cause can cut has a place of its own.
    members: Vec<Member>,
    /// By node: such an edge's place, its supplier, and a cause.
    cuttable: Vec<Cuttable>,
    place_of_edge: HashMap<u32, u32>,
}

/// An edge that a shared cause cuts. Places count on from the nodes: first the causes, then these edges.
struct Cuttable {
    node: u32,
    place: u32,
    supplier: u32,
    cause: u32,
}

impl<'g> Sliced<'g> {
    /// Finds the order of evaluation.
    pub fn new(graph: &'g Graph) -> Self {
        let successor = |node: u32, at: usize| {
            graph.run_out(node).get(at).map(|edge| graph.gates[edge.gate as usize].node)
        };
        // Edges lead from supplier to dependent, so the reverse topological order has dependents first.
        let mut found = strongly_connected(graph.len(), successor);
        found.reverse();
        let mut components = vec![0];
        let mut order = Vec::with_capacity(graph.len());
        for component in found {
            order.extend(component);
            components.push(order.len() as u32);
        }
        let (members, cuttable, place_of_edge) = cuttable(graph);
        Self { graph, order, components, members, cuttable, place_of_edge }
    }

    /// Word groups that [`Self::spread`] works on: nodes, causes, edges that a cause can cut.
    pub(crate) fn places(&self) -> usize {
        self.graph.len() + self.graph.causes.len() + self.place_of_edge.len()
    }

    /// Where the lanes of what a fault takes are.
    pub(crate) fn place(&self, fault: &FaultRow) -> Option<usize> {
        let place =
            if fault.edge == NONE { Some(fault.node) } else { self.place_of_edge.get(&fault.edge).copied() };
        place.map(|place| place as usize)
    }

    fn members(&self, gate: u32) -> &[Member] {
        let bounds = &self.graph.member_start[gate as usize..gate as usize + 2];
        &self.members[bounds[0] as usize..bounds[1] as usize]
    }

    /// An edge delivers nothing when its supplier is down or a cause cuts it.
    fn cut(&self, node: u32, down: &mut [Lanes]) {
        let from = self.cuttable.partition_point(|edge| edge.node < node);
        for edge in self.cuttable[from..].iter().take_while(|edge| edge.node == node) {
            let (supplier, cause) = (down[edge.supplier as usize], down[edge.cause as usize]);
            let lanes = supplier.iter().zip(cause).map(|(supplier, cause)| supplier | cause);
            for (lane, lost) in down[edge.place as usize].iter_mut().zip(lanes) {
                *lane |= lost;
            }
        }
    }

    /// Completes `down`, one word group a node: on entry the nodes that fail, on return all that are down.
    pub(crate) fn spread(&self, down: &mut [Lanes]) {
        let mut scratch = Vec::new();
        for bounds in self.components.windows(2) {
            let component = &self.order[bounds[0] as usize..bounds[1] as usize];
            loop {
                let mut changed = false;
                for node in component {
                    changed |= self.visit(*node, down, &mut scratch);
                }
                if !changed || component.len() == 1 {
                    break;
                }
            }
        }
    }

    /// Adds the cases in which the node's run gate fails; whether that changed anything.
    fn visit(&self, node: u32, down: &mut [Lanes], scratch: &mut Vec<Lanes>) -> bool {
        let root = self.graph.roots[node as usize][Phase::Run as usize];
        if root == NONE {
            return false;
        }
        if !self.cuttable.is_empty() {
            self.cut(node, down);
        }
        let failed = self.failed(root, down, scratch);
        let own = &mut down[node as usize];
        let mut changed = 0;
        for word in 0..WORDS {
            changed |= failed[word] & !own[word];
            own[word] |= failed[word];
        }
        changed != 0
    }

    /// The cases in which a gate does not hold. Inner gates follow their root and are evaluated from the last.
    fn failed(&self, root: u32, down: &[Lanes], scratch: &mut Vec<Lanes>) -> Lanes {
        let gates = &self.graph.gates;
        let node = gates[root as usize].node;
        let mut end = root as usize + 1;
        while end < gates.len() && gates[end].node == node && gates[end].phase == Phase::Run {
            end += 1;
        }
        if end == root as usize + 1 {
            return gate_failed(&gates[root as usize], self.members(root), |what| &down[what as usize]);
        }
        scratch.clear();
        scratch.resize(end - root as usize, NO_LANE);
        for gate in (root..end as u32).rev() {
            let failed = gate_failed(&gates[gate as usize], self.members(gate), |what| {
                if what & GATE == 0 {
                    &down[what as usize]
                } else {
                    &scratch[((what & !GATE) - root) as usize]
                }
            });
            scratch[(gate - root) as usize] = failed;
        }
        scratch[0]
    }
}

/// Gives each edge that a cause can cut a place of its own.
fn cuttable(graph: &Graph) -> (Vec<Member>, Vec<Cuttable>, HashMap<u32, u32>) {
    let mut members = graph.members.clone();
    let mut places = HashMap::new();
    let mut found = Vec::new();
    for (cause, row) in (graph.len() as u32..).zip(&graph.causes) {
        for edge in &row.edges {
            let of = graph.edges[*edge as usize];
            let next = (graph.len() + graph.causes.len() + places.len()) as u32;
            let place = *places.entry(*edge).or_insert(next);
            if place == next {
                let start = graph.member_start[of.gate as usize] as usize;
                let end = graph.member_start[of.gate as usize + 1] as usize;
                let own = members[start..end].iter_mut().find(|member| member.what == of.supplier);
                if let Some(member) = own {
                    member.what = place;
                }
            }
            let node = graph.gates[of.gate as usize].node;
            found.push(Cuttable { node, place, supplier: of.supplier, cause });
        }
    }
    found.sort_by_key(|edge| (edge.node, edge.place, edge.cause));
    (members, found, places)
}

fn gate_failed<'a>(row: &GateRow, members: &[Member], state: impl Fn(u32) -> &'a Lanes) -> Lanes {
    let mut result = NO_LANE;
    if row.threshold == row.total {
        for member in members {
            let failed = state(member.what);
            for word in 0..WORDS {
                result[word] |= failed[word];
            }
        }
    } else if row.threshold == 1 && row.total as usize == members.len() {
        result = [u64::MAX; WORDS];
        for member in members {
            let failed = state(member.what);
            for word in 0..WORDS {
                result[word] &= failed[word];
            }
        }
    } else if row.threshold > 0 {
        result = counted(row, members, state);
    }
    result
}

/// Thresholds in between: adds the weights of the failed members in bit planes and compares with what may be lost.
fn counted<'a>(row: &GateRow, members: &[Member], state: impl Fn(u32) -> &'a Lanes) -> Lanes {
    let may_lose = row.total - row.threshold;
    let planes = (u32::BITS - row.total.leading_zeros()) as usize;
    let mut lost = [NO_LANE; 32];
    for member in members {
        let failed = state(member.what);
        let mut carry = NO_LANE;
        for (plane, sum) in lost.iter_mut().enumerate().take(planes) {
            let adds = member.weight >> plane & 1 == 1;
            for word in 0..WORDS {
                let a = if adds { failed[word] } else { 0 };
                let (b, c) = (sum[word], carry[word]);
                sum[word] = a ^ b ^ c;
                carry[word] = (a & b) | (c & (a ^ b));
            }
        }
    }
    // lost > may_lose, from the lowest plane up: a higher plane that differs decides.
    let mut greater = NO_LANE;
    for (plane, sum) in lost.iter().enumerate().take(planes) {
        let bit = may_lose >> plane & 1 == 1;
        for word in 0..WORDS {
            greater[word] = if bit { greater[word] & sum[word] } else { greater[word] | sum[word] };
        }
    }
    greater
}

pub(super) fn single_failures(graph: &Graph) -> Vec<usize> {
    let sliced = Sliced::new(graph);
    // Neighbours in the order of evaluation share most of what they take down.
    let blocks: Vec<&[u32]> = sliced.order.chunks(LANES).collect();
    let counts: Vec<Vec<u32>> = blocks
        .par_iter()
        .map_init(
            || vec![NO_LANE; sliced.places()],
            |down, block| {
                down.fill(NO_LANE);
                for (lane, node) in block.iter().enumerate() {
                    down[*node as usize][lane / 64] |= 1 << (lane % 64);
                }
                sliced.spread(down);
                count_lanes(&down[..graph.len()])
            },
        )
        .collect();
    let mut result = vec![0; graph.len()];
    for (block, counts) in blocks.iter().zip(&counts) {
        for (node, count) in block.iter().zip(counts) {
            result[*node as usize] = *count as usize;
        }
    }
    result
}

/// For each case the number of nodes that are down: vertical counters of 16 planes, flushed before they overflow.
fn count_lanes(down: &[Lanes]) -> Vec<u32> {
    const PLANES: usize = 16;
    let mut counts = vec![0u32; LANES];
    for part in down.chunks((1 << PLANES) - 1) {
        let mut planes = [NO_LANE; PLANES];
        for lanes in part.iter().filter(|lanes| **lanes != NO_LANE) {
            let mut carry = *lanes;
            for plane in &mut planes {
                let mut rest = 0;
                for word in 0..WORDS {
                    let both = plane[word] & carry[word];
                    plane[word] ^= carry[word];
                    carry[word] = both;
                    rest |= both;
                }
                if rest == 0 {
                    break;
                }
            }
        }
        for (lane, count) in counts.iter_mut().enumerate() {
            for (plane, bits) in planes.iter().enumerate() {
                *count += ((bits[lane / 64] >> (lane % 64) & 1) as u32) << plane;
            }
        }
    }
    counts
}
