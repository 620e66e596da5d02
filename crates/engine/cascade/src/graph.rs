//! The model turned into arrays: nodes, threshold gates and edges by number.
//!
//! Every gate is a threshold over integer weights (`all` = every member, `any` = one), so each engine needs one rule:
//! a gate holds while the weight of the members that hold is at least its threshold.

mod build;
mod components;

use std::collections::HashMap;

pub use build::build;
pub(crate) use components::strongly_connected;

use crate::error::{Error, Result};
use crate::model::{CrewOrder, Duration, Law};

/// "No such index".
pub(crate) const NONE: u32 = u32::MAX;
/// Marks a member of a gate that is itself a gate.
pub(crate) const GATE: u32 = 1 << 31;

/// When a gate is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    Run,
    Start,
    Repair,
}

impl Phase {
    /// All three, in the order of a node's life.
    pub const ALL: [Self; 3] = [Self::Run, Self::Start, Self::Repair];

    /// The key of the phase in a model file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Start => "start",
            Self::Repair => "repair",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct GateRow {
    /// The gate holds while the weight of its holding members is at least this.
    pub threshold: u32,
    /// Weight of all members.
    pub total: u32,
    /// The gate above, or [`NONE`] for the root of a phase.
    pub parent: u32,
    /// Weight in the gate above.
    pub weight: u32,
    pub node: u32,
    pub phase: Phase,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct EdgeRow {
    pub supplier: u32,
    pub gate: u32,
    pub weight: u32,
    /// Index of a timing, or [`NONE`].
    pub buffer: u32,
    pub switch: u32,
}

/// A member of a gate: a supplier's number, or a gate's number with the bit [`GATE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub what: u32,
    pub weight: u32,
}

/// A duration of the model with a name that does not change when other parts of the model do.
#[derive(Clone, Debug)]
pub(crate) struct TimingRow {
    pub law: Law,
    pub name: String,
}

/// A degrading clause: `node` runs at `degraded_to` when it has none of `suppliers`.
#[derive(Clone, Debug)]
pub(crate) struct Degrading {
    pub node: u32,
    pub suppliers: Box<[u32]>,
    pub degraded_to: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct CrewRow {
    pub size: u32,
    pub order: CrewOrder,
}

/// What a shared cause takes with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CauseRow {
    pub id: String,
    pub nodes: Vec<u32>,
    pub edges: Vec<u32>,
    pub failure_probability: f64,
    pub repair_time: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultRow {
    /// The node that breaks; for a cut edge its supplier.
    pub node: u32,
    /// The edge that is cut, or [`NONE`] when a node breaks.
    pub edge: u32,
    pub at: u64,
    /// Index of a timing; [`NONE`] means never repaired.
    pub repair: u32,
}

/// The compiled model. Immutable; engines keep their state beside it.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(crate) ids: Vec<String>,
    pub(crate) by_id: HashMap<String, u32>,
    pub(crate) gates: Vec<GateRow>,
    /// Root gate of each node and phase, or [`NONE`].
    pub(crate) roots: Vec<[u32; 3]>,
    /// Sorted by supplier, run edges first.
    pub(crate) edges: Vec<EdgeRow>,
    /// `edges[out_start[s]..out_start[s + 1]]` leave supplier `s`; those up to `run_end[s]` are run edges.
    pub(crate) out_start: Vec<u32>,
    pub(crate) run_end: Vec<u32>,
    /// `members[member_start[g]..member_start[g + 1]]` are the members of gate `g`.
    pub(crate) members: Vec<Member>,
    pub(crate) member_start: Vec<u32>,
    /// Edges with a switch time of each gate that has some, sorted by gate.
    pub(crate) switches: Vec<(u32, u32)>,
    pub(crate) timings: Vec<TimingRow>,
    pub(crate) restart: Vec<u32>,
    pub(crate) repair_time: Vec<u32>,
    pub(crate) crew: Vec<u32>,
    pub(crate) priority: Vec<i32>,
    /// Place of each node when ids are sorted: ties are broken by id, not by the order of the file.
    pub(crate) rank: Vec<u32>,
    pub(crate) failure_probability: Vec<f64>,
    pub(crate) weight: Vec<f64>,
    /// The stricter of RTO and MTPD in milliseconds; the largest number without a promise.
    pub(crate) promise: Vec<u64>,
    /// Minimum business continuity objective, 0 without one.
    pub(crate) minimum_performance: Vec<f64>,
    pub(crate) degrading: Vec<Degrading>,
    /// Capacity share of an edge (by supplier and node), where it is not 1.
    pub(crate) capacity: HashMap<u32, f64>,
    pub(crate) crews: Vec<CrewRow>,
    pub(crate) causes: Vec<CauseRow>,
    pub(crate) faults: Vec<FaultRow>,
    /// Conjuncts of all run gates.
    pub(crate) clauses: usize,
}

impl Graph {
    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Number of conjuncts of all run gates: a hard supplier counts one, an `any` over three suppliers counts one.
    pub fn clauses(&self) -> usize {
        self.clauses
    }

    /// Number of edges of all phases, degrading ones left out.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Id of node number `node`.
    pub fn id(&self, node: u32) -> &str {
        &self.ids[node as usize]
    }

    /// Number of the node called `id`.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn node(&self, id: &str) -> Result<u32> {
        self.by_id.get(id).copied().ok_or_else(|| Error::not_found("node", id))
    }

    /// Tags of all shared causes, sorted.
    pub fn cause_ids(&self) -> impl Iterator<Item = &str> {
        self.causes.iter().map(|cause| cause.id.as_str())
    }

    /// Adds faults at time 0, each repaired after `repair`, or the node's own repair time, or never.
    pub fn fail_at_start(&mut self, failed: &[u32], repair: Option<Duration>) {
        let timing = repair.map_or(NONE, |repair| self.add_timing(repair));
        for node in failed {
            let repair = if timing == NONE { self.repair_time[*node as usize] } else { timing };
            self.faults.push(FaultRow { node: *node, edge: NONE, at: 0, repair });
        }
        self.sort_faults();
    }

    pub(crate) fn add_timing(&mut self, duration: Duration) -> u32 {
        self.timings.push(TimingRow { law: Law::Fixed(duration), name: String::new() });
        (self.timings.len() - 1) as u32
    }

    /// Time, then priority, then id: an order that does not depend on the order of the file.
    pub(crate) fn sort_faults(&mut self) {
        let (rank, priority) = (&self.rank, &self.priority);
        let key = |fault: &FaultRow| {
            (fault.at, priority[fault.node as usize], rank[fault.node as usize], fault.edge)
        };
        self.faults.sort_by_key(key);
    }

    pub(crate) fn cause(&self, id: &str) -> Result<u32> {
        let found = self.causes.binary_search_by(|cause| cause.id.as_str().cmp(id));
        found.map(|at| at as u32).map_err(|_| Error::not_found("cause", id))
    }

    pub(crate) fn out(&self, supplier: u32) -> std::ops::Range<usize> {
        self.out_start[supplier as usize] as usize..self.out_start[supplier as usize + 1] as usize
    }

    pub(crate) fn run_out(&self, supplier: u32) -> &[EdgeRow] {
        &self.edges[self.out_start[supplier as usize] as usize..self.run_end[supplier as usize] as usize]
    }

    pub(crate) fn members(&self, gate: u32) -> &[Member] {
        &self.members
            [self.member_start[gate as usize] as usize..self.member_start[gate as usize + 1] as usize]
    }

    pub(crate) fn switches(&self, gate: u32) -> &[(u32, u32)] {
        let from = self.switches.partition_point(|(other, _)| *other < gate);
        let to = self.switches[from..].partition_point(|(other, _)| *other == gate);
        &self.switches[from..from + to]
    }

    /// The suppliers named anywhere in one phase of a node.
    pub(crate) fn suppliers(&self, node: u32, phase: Phase) -> Vec<u32> {
        let mut found = Vec::new();
        let mut open = vec![self.roots[node as usize][phase as usize]];
        while let Some(gate) = open.pop() {
            if gate == NONE {
                continue;
            }
            for member in self.members(gate) {
                if member.what & GATE == 0 {
                    found.push(member.what);
                } else {
                    open.push(member.what & !GATE);
                }
            }
        }
        found
    }
}
