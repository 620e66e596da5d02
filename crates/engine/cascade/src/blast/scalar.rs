//! The scalar engine: a work list that lowers the weight of gates and undoes itself afterwards.

use rayon::prelude::*;

use crate::graph::{Graph, NONE};

/// Reusable state: one question after another on the same graph.
pub struct Scalar<'g> {
    graph: &'g Graph,
    /// Weight that a gate can still lose; below zero the gate does not hold.
    slack: Vec<i64>,
    down: Vec<bool>,
    order: Vec<u32>,
    touched: Vec<u32>,
}

impl<'g> Scalar<'g> {
    /// Everything up.
    pub fn new(graph: &'g Graph) -> Self {
        let slack =
            graph.gates.iter().map(|gate| i64::from(gate.total) - i64::from(gate.threshold)).collect();
        Self { graph, slack, down: vec![false; graph.len()], order: Vec::new(), touched: Vec::new() }
    }

    /// The nodes that are down when the nodes of `failed` fail and the edges of `cut` deliver no more, in the order in
    /// which they fall. Each call starts again from everything up.
    pub fn fail(&mut self, failed: &[u32], cut: &[u32]) -> &[u32] {
        self.fail_except(failed, cut, NONE)
    }

    /// The same with one node held up whatever happens.
    pub fn fail_except(&mut self, failed: &[u32], cut: &[u32], held: u32) -> &[u32] {
        self.reset();
        for node in failed.iter().copied().filter(|node| *node != held) {
            self.fall(node);
        }
        for edge in cut {
            let row = self.graph.edges[*edge as usize];
            self.lose(row.gate, row.weight, held);
        }
        let graph = self.graph;
        let mut next = 0;
        while next < self.order.len() {
            let node = self.order[next];
            next += 1;
            for row in graph.run_out(node) {
                self.lose(row.gate, row.weight, held);
            }
        }
        &self.order
    }

    /// Whether `node` is down after the last question.
    pub fn is_down(&self, node: u32) -> bool {
        self.down[node as usize]
    }

    fn fall(&mut self, node: u32) {
        if !std::mem::replace(&mut self.down[node as usize], true) {
            self.order.push(node);
        }
    }

    fn lose(&mut self, mut gate: u32, mut weight: u32, held: u32) {
        loop {
            let row = &self.graph.gates[gate as usize];
            let slack = &mut self.slack[gate as usize];
            let held_before = *slack >= 0;
            *slack -= i64::from(weight);
            self.touched.push(gate);
            if !held_before || *slack >= 0 {
                return;
            }
            if row.parent == NONE {
                // A start gate that is cut takes nobody down.
                if row.phase == crate::graph::Phase::Run && row.node != held {
                    self.fall(row.node);
                }
                return;
            }
            (gate, weight) = (row.parent, row.weight);
        }
    }

    fn reset(&mut self) {
        for gate in self.touched.drain(..) {
            let row = &self.graph.gates[gate as usize];
            self.slack[gate as usize] = i64::from(row.total) - i64::from(row.threshold);
        }
        for node in self.order.drain(..) {
            self.down[node as usize] = false;
        }
    }
}

pub(super) fn single_failures(graph: &Graph) -> Vec<usize> {
    // A few long shifts a thread: the memory of an engine is dear to set up.
    let shift = graph.len().div_ceil(4 * rayon::current_num_threads()).max(1);
    let nodes: Vec<u32> = (0..graph.len() as u32).collect();
    let count = |shift: &[u32]| {
        let mut scalar = Scalar::new(graph);
        shift.iter().map(|node| scalar.fail(&[*node], &[]).len()).collect::<Vec<usize>>()
    };
    nodes.par_chunks(shift).map(count).collect::<Vec<_>>().concat()
}
