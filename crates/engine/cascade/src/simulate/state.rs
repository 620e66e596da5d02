//! The state of one trial. Rows carry the number of the trial that last touched them, so that a new trial costs
//! nothing for the parts it does not reach.

use crate::graph::{EdgeRow, Graph, NONE};

/// "Not scheduled" and "never".
pub(crate) const NEVER: u64 = u64::MAX;

#[derive(Clone, Copy, Default)]
pub(super) struct NodeState {
    trial: u32,
    /// Repairs still to be done.
    pub faults: u32,
    /// Its outage, [`NONE`] while it is up.
    pub outage: u32,
    pub outages: u32,
    /// Jobs of this node, a list through [`super::crew::Job::next`].
    pub jobs: u32,
    /// The record that explains its present state.
    pub record: u32,
    /// The record that let the restart begin.
    pub pending: u32,
    pub down_since: u64,
    /// When the restart under way ends, or [`NEVER`].
    pub restart_at: u64,
}

#[derive(Clone, Copy, Default)]
pub(super) struct GateState {
    trial: u32,
    /// Weight that may still be lost; the gate holds at 0 and above.
    pub slack: i32,
    /// The same without the alternatives that were switched to.
    pub base: i32,
    /// Both while everything is up; beside them, so that a fresh row costs one look at memory.
    rest: (i32, i32),
}

#[derive(Clone, Copy, Default)]
pub(super) struct EdgeState {
    trial: u32,
    /// Delivers: the supplier is up or its buffer lasts.
    pub on: bool,
    /// For an edge with a switch time: carries the load.
    pub engaged: bool,
    /// How many faults cut the edge itself.
    pub cut: u16,
    pub record: u32,
    pub engage_at: u64,
    /// Since when the supplier is down or the edge cut, or [`NEVER`]; the buffer lasts from here.
    pub lost_since: u64,
}

pub(super) struct State {
    trial: u32,
    nodes: Vec<NodeState>,
    gates: Vec<GateState>,
    edges: Vec<EdgeState>,
}

impl State {
    pub fn new(graph: &Graph) -> Self {
        let mut base: Vec<i32> = graph
            .gates
            .iter()
            .map(|gate| (i64::from(gate.total) - i64::from(gate.threshold)) as i32)
            .collect();
        for (gate, edge) in &graph.switches {
            base[*gate as usize] -= graph.edges[*edge as usize].weight as i32;
        }
        let mut rest: Vec<(i32, i32)> = base.iter().map(|base| (*base, *base)).collect();
        for (gate, edge) in &graph.switches {
            // A gate that needs its alternatives even at rest has them switched on.
            if base[*gate as usize] < 0 {
                rest[*gate as usize].0 += graph.edges[*edge as usize].weight as i32;
            }
        }
        Self {
            trial: 0,
            nodes: vec![NodeState::default(); graph.len()],
            gates: rest.into_iter().map(|rest| GateState { rest, ..GateState::default() }).collect(),
            edges: vec![EdgeState::default(); graph.edges.len()],
        }
    }

    /// Everything up.
    pub fn restart(&mut self) {
        self.trial += 1;
    }

    #[inline]
    pub fn node(&mut self, node: u32) -> &mut NodeState {
        let row = &mut self.nodes[node as usize];
        if row.trial != self.trial {
            *row = NodeState {
                trial: self.trial,
                outage: NONE,
                jobs: NONE,
                record: NONE,
                pending: NONE,
                restart_at: NEVER,
                ..NodeState::default()
            };
        }
        row
    }

    #[inline]
    pub fn gate(&mut self, gate: u32) -> &mut GateState {
        let row = &mut self.gates[gate as usize];
        if row.trial != self.trial {
            (row.trial, row.slack, row.base) = (self.trial, row.rest.0, row.rest.1);
        }
        row
    }

    #[inline]
    pub fn edge(&mut self, edge: u32, of: &EdgeRow) -> &mut EdgeState {
        let row = &mut self.edges[edge as usize];
        if row.trial != self.trial {
            let engaged = of.switch != NONE && self.gates[of.gate as usize].rest.1 < 0;
            *row = EdgeState {
                trial: self.trial,
                on: true,
                engaged,
                cut: 0,
                record: NONE,
                engage_at: NEVER,
                lost_since: NEVER,
            };
        }
        row
    }

    /// Whether the gate with this root holds; a phase without a gate always does.
    #[inline]
    pub fn holds(&mut self, root: u32) -> bool {
        root == NONE || self.gate(root).slack >= 0
    }
}
