//! Repairs and those who do them.

use std::collections::{BTreeSet, VecDeque};

use super::state::NEVER;
use crate::graph::{Graph, NONE};
use crate::model::CrewOrder;

/// One repair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub node: u32,
    /// Work left in milliseconds; [`NEVER`] when nobody will ever repair it.
    pub left: u64,
    /// When the work under way ends, or [`NEVER`].
    pub finish: u64,
    /// When the work began that is under way.
    pub began: u64,
    pub taken: bool,
    /// The next job of the same node, or [`NONE`].
    pub next: u32,
    /// The record that let the work begin.
    pub record: u32,
}

impl Job {
    pub fn new(node: u32, work: u64, next: u32, record: u32) -> Self {
        Self { node, left: work, finish: NEVER, began: 0, taken: false, next, record }
    }
}

/// The queue before one crew.
#[derive(Clone, Default)]
pub(super) struct Queue {
    pub free: u32,
    order: CrewOrder,
    /// Strict: in order of arrival, which is the order of time, priority and id.
    line: VecDeque<u32>,
    /// Greedy: by priority, then arrival.
    waiting: BTreeSet<(i32, u32)>,
    /// The record of the last job done, which explains why the next one could begin.
    pub last: u32,
}

impl Queue {
    pub fn all(graph: &Graph) -> Vec<Self> {
        let queue = |crew: &crate::graph::CrewRow| Self {
            free: crew.size,
            order: crew.order,
            last: NONE,
            ..Self::default()
        };
        graph.crews.iter().map(queue).collect()
    }

    pub fn add(&mut self, job: u32, priority: i32) {
        match self.order {
            CrewOrder::Strict => self.line.push_back(job),
            CrewOrder::Greedy => {
                self.waiting.insert((priority, job));
            }
        }
    }

    /// The next job for a free hand, if there is one that can be worked on.
    pub fn take(&mut self, mut ready: impl FnMut(u32) -> bool) -> Option<u32> {
        if self.free == 0 {
            return None;
        }
        let job = match self.order {
            CrewOrder::Strict => {
                let front = *self.line.front()?;
                if !ready(front) {
                    return None;
                }
                self.line.pop_front();
                front
            }
            CrewOrder::Greedy => {
                let found = *self.waiting.iter().find(|(_, job)| ready(*job))?;
                self.waiting.remove(&found);
                found.1
            }
        };
        self.free -= 1;
        Some(job)
    }

    /// Whether nobody overtakes.
    pub fn is_strict(&self) -> bool {
        matches!(self.order, CrewOrder::Strict)
    }

    /// Jobs that nobody has taken.
    pub fn left(&self) -> impl Iterator<Item = u32> {
        self.line.iter().copied().chain(self.waiting.iter().map(|(_, job)| *job))
    }
}
