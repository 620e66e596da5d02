//! The event queue: failure and recovery in one order of time.
//!
//! At one instant everything that comes up comes up first, then everything that goes down goes down. So a buffer that
//! lasts exactly as long as an outage bridges it, and (with restart counted from the moment when all needs hold) every
//! signal is a monotone function of the supply: no more supply ever means less service. The two exceptions are
//! alternatives with a switch time and crews that work in greedy order; the method page says why no model of those can
//! be monotone.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::crew::{Job, Queue};
use super::draw::Draw;
use super::state::{NEVER, State};
use super::{Outage, Record, What};
use crate::error::{Error, Result};
use crate::graph::{FaultRow, Graph, NONE, Phase};

/// A node that goes down more often than this (beyond its faults) is in a loop that never settles.
const MAXIMUM_OUTAGES: u32 = 1_000;
/// Work bound of one trial beyond what the size of the graph explains.
const MAXIMUM_EVENTS: u64 = 20_000_000;

/// What is due, in the order in which things of the same time are done: ups before downs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Due {
    Repaired,
    Mended,
    Restarted,
    Engaged,
    Expired,
}

/// Runs trials on one graph, reusing its memory.
pub(crate) struct EventQueue<'g> {
    graph: &'g Graph,
    pub(super) state: State,
    heap: BinaryHeap<Reverse<(u64, Due, u32)>>,
    pub(crate) jobs: Vec<Job>,
    pub(super) queues: Vec<Queue>,
    idle: Vec<Queue>,
    rising: Vec<u32>,
    falling: Vec<u32>,
    /// Repairs of the faults of this instant.
    arrivals: Vec<u32>,
    pub(crate) records: Vec<Record>,
    pub(crate) outages: Vec<Outage>,
    pub(crate) events: u64,
    now: u64,
}

impl<'g> EventQueue<'g> {
    pub fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            state: State::new(graph),
            heap: BinaryHeap::new(),
            jobs: Vec::new(),
            queues: Vec::new(),
            idle: Queue::all(graph),
            rising: Vec::new(),
            falling: Vec::new(),
            arrivals: Vec::new(),
            records: Vec::new(),
            outages: Vec::new(),
            events: 0,
            now: 0,
        }
    }

    /// Runs one trial to its end or to `horizon`. `faults` are sorted by time, priority and id.
    ///
    /// # Errors
    /// `Oscillation`, `TooLarge`.
    pub fn run(&mut self, faults: &[FaultRow], draw: &Draw<'_>, horizon: u64) -> Result<()> {
        self.state.restart();
        self.heap.clear();
        self.jobs.clear();
        self.records.clear();
        self.outages.clear();
        self.queues.clone_from(&self.idle);
        self.arrivals.clear();
        (self.events, self.now) = (0, 0);
        let limit = MAXIMUM_EVENTS + 64 * (self.graph.len() + faults.len()) as u64;
        let mut next = 0;
        loop {
            let due = self.heap.peek().map_or((NEVER, Due::Expired), |Reverse((time, due, _))| (*time, *due));
            let fault = faults.get(next).map_or((NEVER, Due::Expired), |fault| (fault.at, Due::Expired));
            if due.0.min(fault.0) > self.now && !self.arrivals.is_empty() {
                self.begin_repairs();
                continue;
            }
            if due.0.min(fault.0) > horizon || due.0.min(fault.0) == NEVER {
                return Ok(());
            }
            self.events += 1;
            if self.events > limit {
                return Err(self.oscillation(2));
            }
            if fault < due {
                self.now = fault.0;
                match faults[next].edge {
                    NONE => self.fault(&faults[next], draw),
                    _ => self.cut(&faults[next], draw),
                }
                next += 1;
            } else if let Some(Reverse((time, due, index))) = self.heap.pop() {
                self.now = time;
                self.happen(due, index, draw);
            }
            self.settle(draw)?;
        }
    }

    fn happen(&mut self, due: Due, index: u32, draw: &Draw<'_>) {
        match due {
            Due::Repaired => self.repaired(index),
            Due::Mended => self.mended(index, draw),
            Due::Restarted => {
                if self.state.node(index).restart_at == self.now {
                    self.rising.push(index);
                }
            }
            Due::Engaged => self.engaged(index, draw),
            Due::Expired => self.expired(index, draw),
        }
    }

    /// Follows everything that an event sets off at the same instant.
    fn settle(&mut self, draw: &Draw<'_>) -> Result<()> {
        loop {
            if let Some(node) = self.rising.pop() {
                self.rise(node, draw);
            } else if let Some(node) = self.falling.pop() {
                self.fall(node, draw)?;
            } else {
                return Ok(());
            }
        }
    }

    fn record(&mut self, what: What, node: u32, began: u64, previous: u32) -> u32 {
        self.records.push(Record { what, node, at: self.now, began, previous });
        (self.records.len() - 1) as u32
    }

    fn fault(&mut self, fault: &FaultRow, draw: &Draw<'_>) {
        // A repair takes at least a millisecond: nothing goes down and comes back in no time.
        let work = if fault.repair == NONE { NEVER } else { draw.duration(fault.repair).max(1) };
        let record = self.record(What::Fault, fault.node, self.now, NONE);
        let row = self.state.node(fault.node);
        row.faults += 1;
        row.restart_at = NEVER;
        let job = Job::new(fault.node, work, row.jobs, record);
        row.jobs = self.jobs.len() as u32;
        if row.outage == NONE {
            row.record = record;
            self.falling.push(fault.node);
        }
        let number = self.jobs.len() as u32;
        self.jobs.push(job);
        if work != NEVER {
            self.arrivals.push(number);
        }
    }

    /// Begins the repairs of the faults of this instant, when everything that falls with them has fallen.
    fn begin_repairs(&mut self) {
        for at in 0..self.arrivals.len() {
            let number = self.arrivals[at];
            let node = self.jobs[number as usize].node as usize;
            match self.graph.crew[node] {
                NONE => {
                    self.jobs[number as usize].taken = true;
                    self.work(number);
                }
                crew => {
                    self.queues[crew as usize].add(number, self.graph.priority[node]);
                    self.dispatch(crew);
                }
            }
        }
        self.arrivals.clear();
    }

    /// Begins or goes on with a job that somebody has taken, if the repair gate holds.
    fn work(&mut self, number: u32) {
        let node = self.jobs[number as usize].node;
        if !self.state.holds(self.graph.roots[node as usize][Phase::Repair as usize]) {
            return;
        }
        let job = &mut self.jobs[number as usize];
        if job.taken && job.finish == NEVER && job.left != NEVER && job.left > 0 {
            job.began = self.now;
            job.finish = self.now.saturating_add(job.left);
            self.heap.push(Reverse((job.finish, Due::Repaired, number)));
        }
    }

    fn dispatch(&mut self, crew: u32) {
        loop {
            let (state, jobs, graph) = (&mut self.state, &self.jobs, self.graph);
            let ready =
                |job: u32| state.holds(graph.roots[jobs[job as usize].node as usize][Phase::Repair as usize]);
            let Some(number) = self.queues[crew as usize].take(ready) else { return };
            let last = self.queues[crew as usize].last;
            let job = &mut self.jobs[number as usize];
            job.taken = true;
            // What it waited for: the crew, if the crew was busy when the fault came.
            let waited_for_crew = last != NONE && self.records[last as usize].at == self.now;
            if waited_for_crew && self.records[job.record as usize].at < self.now {
                job.record = last;
            }
            self.work(number);
        }
    }

    /// A shared cause cuts an edge.
    fn cut(&mut self, fault: &FaultRow, draw: &Draw<'_>) {
        let record = self.record(What::Fault, fault.node, self.now, NONE);
        let row = self.graph.edges[fault.edge as usize];
        self.state.edge(fault.edge, &row).cut += 1;
        self.edge_lost(fault.edge, record, draw);
        if fault.repair != NONE {
            let mended = self.now.saturating_add(draw.duration(fault.repair).max(1));
            self.heap.push(Reverse((mended, Due::Mended, fault.edge)));
        }
    }

    fn mended(&mut self, edge: u32, draw: &Draw<'_>) {
        let row = self.graph.edges[edge as usize];
        self.state.edge(edge, &row).cut -= 1;
        let record = self.record(What::Repaired, row.supplier, self.now, NONE);
        if self.state.node(row.supplier).outage == NONE {
            self.edge_on(edge, record, draw);
        }
    }

    fn repaired(&mut self, number: u32) {
        let job = self.jobs[number as usize];
        if job.finish != self.now {
            return;
        }
        let record = self.record(What::Repaired, job.node, job.began, job.record);
        let done = &mut self.jobs[number as usize];
        (done.finish, done.left) = (NEVER, 0);
        let row = self.state.node(job.node);
        row.faults -= 1;
        if row.faults == 0 {
            self.try_restart(job.node, record);
        }
        let crew = self.graph.crew[job.node as usize];
        if crew != NONE {
            self.queues[crew as usize].free += 1;
            self.queues[crew as usize].last = record;
            self.dispatch(crew);
        }
    }

    /// Begins the restart of a node that is down, if everything it needs is there.
    fn try_restart(&mut self, node: u32, record: u32) {
        let roots = self.graph.roots[node as usize];
        let ready =
            self.state.holds(roots[Phase::Run as usize]) && self.state.holds(roots[Phase::Start as usize]);
        let row = self.state.node(node);
        if ready && row.outage != NONE && row.faults == 0 && row.restart_at == NEVER {
            row.pending = record;
            // `settle` asks for the restart time; the mark says that one is due.
            row.restart_at = self.now;
            self.rising.push(node);
        }
    }

    /// A restart begins (and ends, when it takes no time) or ends.
    fn rise(&mut self, node: u32, draw: &Draw<'_>) {
        let now = self.now;
        let row = self.state.node(node);
        if row.restart_at != now || row.outage == NONE {
            return;
        }
        let pending = row.pending;
        let began = if pending == NONE { now } else { self.records[pending as usize].at };
        // Drawn where the restart begins; where it ends the time is known.
        let restart = if began == now { draw.duration(self.graph.restart[node as usize]) } else { 0 };
        if restart > 0 {
            row.restart_at = now.saturating_add(restart);
            self.heap.push(Reverse((row.restart_at, Due::Restarted, node)));
            return;
        }
        let outage = std::mem::replace(&mut row.outage, NONE);
        row.restart_at = NEVER;
        self.outages[outage as usize].up = now;
        let record = self.record(What::Up, node, began, pending);
        self.outages[outage as usize].record_up = record;
        self.state.node(node).record = record;
        for edge in self.graph.out(node) {
            self.edge_on(edge as u32, record, draw);
        }
    }

    fn fall(&mut self, node: u32, draw: &Draw<'_>) -> Result<()> {
        let number = self.outages.len() as u32;
        let row = self.state.node(node);
        if row.outage != NONE {
            return Ok(());
        }
        row.outage = number;
        row.down_since = self.now;
        row.restart_at = NEVER;
        row.outages += 1;
        if row.outages > MAXIMUM_OUTAGES && row.outages > 2 * self.jobs.len() as u32 {
            return Err(self.oscillation(MAXIMUM_OUTAGES / 2));
        }
        let previous = row.record;
        let record = self.record(What::Down, node, self.now, previous);
        self.state.node(node).record = record;
        self.outages.push(Outage { node, down: self.now, up: NEVER, record_down: record, record_up: NONE });
        for edge in self.graph.out(node) {
            self.edge_lost(edge as u32, record, draw);
        }
        Ok(())
    }

    /// The supplier of an edge went down or the edge was cut: its buffer begins to run out.
    fn edge_lost(&mut self, edge: u32, record: u32, draw: &Draw<'_>) {
        let row = self.graph.edges[edge as usize];
        let state = self.state.edge(edge, &row);
        if state.lost_since != NEVER {
            return;
        }
        state.lost_since = self.now;
        match draw.duration(row.buffer) {
            0 => self.edge_off(edge, record, draw),
            lasts => {
                state.record = record;
                self.heap.push(Reverse((self.now.saturating_add(lasts), Due::Expired, edge)));
            }
        }
    }

    fn expired(&mut self, edge: u32, draw: &Draw<'_>) {
        let row = self.graph.edges[edge as usize];
        let state = *self.state.edge(edge, &row);
        if state.lost_since != NEVER && state.lost_since.saturating_add(draw.duration(row.buffer)) == self.now
        {
            self.edge_off(edge, state.record, draw);
        }
    }

    fn edge_on(&mut self, edge: u32, record: u32, draw: &Draw<'_>) {
        let row = self.graph.edges[edge as usize];
        let state = self.state.edge(edge, &row);
        if state.cut > 0 {
            return;
        }
        state.lost_since = NEVER;
        if std::mem::replace(&mut state.on, true) {
            return;
        }
        if row.switch == NONE {
            self.gain(row.gate, row.weight, true, record);
        } else if self.state.gate(row.gate).base < 0 {
            self.begin_switch(edge, record, draw);
        }
    }

    fn edge_off(&mut self, edge: u32, record: u32, draw: &Draw<'_>) {
        let row = self.graph.edges[edge as usize];
        let state = self.state.edge(edge, &row);
        if !std::mem::replace(&mut state.on, false) {
            return;
        }
        state.engage_at = NEVER;
        let carried = std::mem::replace(&mut state.engaged, false);
        if row.switch == NONE {
            self.lose(row.gate, row.weight, true, record, draw);
        } else if carried {
            self.lose(row.gate, row.weight, false, record, draw);
        }
    }

    fn begin_switch(&mut self, edge: u32, record: u32, draw: &Draw<'_>) {
        let row = self.graph.edges[edge as usize];
        let at = self.now.saturating_add(draw.duration(row.switch).max(1));
        let state = self.state.edge(edge, &row);
        (state.engage_at, state.record) = (at, record);
        self.heap.push(Reverse((at, Due::Engaged, edge)));
    }

    fn engaged(&mut self, edge: u32, draw: &Draw<'_>) {
        let row = self.graph.edges[edge as usize];
        let now = self.now;
        let state = self.state.edge(edge, &row);
        if state.engage_at != now {
            return;
        }
        state.engage_at = NEVER;
        state.engaged = true;
        let previous = state.record;
        let began = now - draw.duration(row.switch).max(1);
        let record = self.record(What::Switched, row.supplier, began, previous);
        self.gain(row.gate, row.weight, false, record);
    }

    /// A member of the gate holds again. `lasting` tells plain members from alternatives that were switched to.
    fn gain(&mut self, mut gate: u32, mut weight: u32, mut lasting: bool, record: u32) {
        loop {
            let row = self.graph.gates[gate as usize];
            let state = self.state.gate(gate);
            let (held, needed) = (state.slack >= 0, state.base < 0);
            state.slack += weight as i32;
            if lasting {
                state.base += weight as i32;
            }
            if needed && state.base >= 0 {
                self.stand_down(gate);
            }
            if held || self.state.gate(gate).slack < 0 {
                return;
            }
            if row.parent == NONE {
                return self.phase_holds(row.node, row.phase, record);
            }
            (gate, weight, lasting) = (row.parent, row.weight, true);
        }
    }

    fn lose(&mut self, mut gate: u32, mut weight: u32, mut lasting: bool, record: u32, draw: &Draw<'_>) {
        loop {
            let row = self.graph.gates[gate as usize];
            let state = self.state.gate(gate);
            let (held, covered) = (state.slack >= 0, state.base >= 0);
            state.slack -= weight as i32;
            if lasting {
                state.base -= weight as i32;
            }
            let (holds, wanted) = (state.slack >= 0, covered && state.base < 0);
            if wanted {
                for (_, edge) in self.graph.switches(gate) {
                    if self.state.edge(*edge, &self.graph.edges[*edge as usize]).on {
                        self.begin_switch(*edge, record, draw);
                    }
                }
            }
            if !held || holds {
                return;
            }
            if row.parent == NONE {
                return self.phase_fails(row.node, row.phase, record);
            }
            (gate, weight, lasting) = (row.parent, row.weight, true);
        }
    }

    /// The plain members suffice again: alternatives go back to standing by.
    fn stand_down(&mut self, gate: u32) {
        for (_, edge) in self.graph.switches(gate) {
            let state = self.state.edge(*edge, &self.graph.edges[*edge as usize]);
            state.engage_at = NEVER;
            if std::mem::replace(&mut state.engaged, false) {
                self.state.gate(gate).slack -= self.graph.edges[*edge as usize].weight as i32;
            }
        }
    }

    fn phase_holds(&mut self, node: u32, phase: Phase, record: u32) {
        if phase != Phase::Repair {
            return self.try_restart(node, record);
        }
        let mut job = self.state.node(node).jobs;
        while job != NONE {
            let waiting = self.jobs[job as usize];
            let paused =
                waiting.taken && waiting.left > 0 && waiting.left != NEVER && waiting.finish == NEVER;
            let not_begun = !waiting.taken && self.records[waiting.record as usize].what == What::Fault;
            if paused || not_begun {
                self.jobs[job as usize].record = record;
            }
            self.work(job);
            job = waiting.next;
        }
        let crew = self.graph.crew[node as usize];
        if crew != NONE {
            self.dispatch(crew);
        }
    }

    fn phase_fails(&mut self, node: u32, phase: Phase, record: u32) {
        let now = self.now;
        let row = self.state.node(node);
        match phase {
            Phase::Run if row.outage == NONE => {
                row.record = record;
                self.falling.push(node);
            }
            Phase::Run | Phase::Start => row.restart_at = NEVER,
            Phase::Repair => {
                let mut number = row.jobs;
                while number != NONE {
                    let job = &mut self.jobs[number as usize];
                    if job.finish != NEVER {
                        job.left = job.finish - now;
                        job.finish = NEVER;
                    }
                    number = job.next;
                }
            }
        }
    }

    /// The nodes that went down at least `often` times.
    fn oscillation(&mut self, often: u32) -> Error {
        let nodes =
            (0..self.graph.len() as u32).filter(|node| self.state.node(*node).outages >= often).take(20);
        let nodes = nodes.map(|node| self.graph.id(node).to_owned()).collect();
        Error::Oscillation { nodes, hours: self.now as f64 / 3_600_000.0 }
    }
}
