//! Performance 0..1 over time: what is left of a service while some of its suppliers are gone.
//!
//! A node that is down has performance 0. A node that is up has the product of its degrading clauses (each between
//! `degraded_to`, with none of its suppliers, and 1, with one at full performance) and of its run gate: `all` is the
//! least member, `any` the sum of capacity share times performance cut at 1, a threshold the weighted mean cut at 1.
//! A supplier bridged by a buffer counts as it was. Cycles are solved from above, so the greatest consistent
//! performance is reported.

use super::state::NEVER;
use super::{Outage, hours};
use crate::graph::{GATE, Graph, NONE, Phase};

/// Rounds on a cycle until the result is taken as it is.
const MAXIMUM_ROUNDS: usize = 100;
/// A change of performance that counts.
const STEP: f64 = 1e-6;

/// Performance of every node that is ever below 1, as (hours, performance from then on).
pub(super) fn timelines(graph: &Graph, outages: &[Outage]) -> Vec<(u32, Vec<(f64, f64)>)> {
    let mut by_supplier: Vec<Vec<u32>> = vec![Vec::new(); graph.len()];
    for (at, clause) in (0..).zip(&graph.degrading) {
        clause.suppliers.iter().for_each(|supplier| by_supplier[*supplier as usize].push(at));
    }
    let mut clauses: Vec<Vec<u32>> = vec![Vec::new(); graph.len()];
    for (at, clause) in (0..).zip(&graph.degrading) {
        clauses[clause.node as usize].push(at);
    }
    let mut changes: Vec<(u64, u32, bool)> = Vec::new();
    for outage in outages {
        changes.push((outage.down, outage.node, false));
        if outage.up != NEVER {
            changes.push((outage.up, outage.node, true));
        }
    }
    changes.sort_unstable();
    let mut levels =
        Levels { graph, by_supplier, clauses, up: vec![true; graph.len()], level: vec![1.0; graph.len()] };
    let mut found: Vec<Vec<(f64, f64)>> = vec![Vec::new(); graph.len()];
    for instant in changes.chunk_by(|a, b| a.0 == b.0) {
        let now = hours(instant[0].0);
        for node in levels.settle(instant) {
            let line = &mut found[node as usize];
            let level = levels.level[node as usize];
            match line.last_mut() {
                Some(last) if last.0 == now => last.1 = level,
                _ => line.push((now, level)),
            }
        }
    }
    (0..).zip(found).filter(|(_, line)| !line.is_empty()).collect()
}

struct Levels<'g> {
    graph: &'g Graph,
    /// Degrading clauses that name a supplier.
    by_supplier: Vec<Vec<u32>>,
    /// Degrading clauses of a node.
    clauses: Vec<Vec<u32>>,
    up: Vec<bool>,
    level: Vec<f64>,
}

impl Levels<'_> {
    /// Applies the changes of one instant; the nodes whose level changed.
    fn settle(&mut self, instant: &[(u64, u32, bool)]) -> Vec<u32> {
        let mut open: Vec<u32> = Vec::new();
        for (_, node, up) in instant {
            self.up[*node as usize] = *up;
            open.push(*node);
        }
        // From above: whatever could rise starts at its best again.
        let mut raised = open.clone();
        let mut before: std::collections::BTreeMap<u32, f64> = std::collections::BTreeMap::new();
        while let Some(node) = raised.pop() {
            if before.contains_key(&node) {
                continue;
            }
            before.insert(node, self.level[node as usize]);
            self.level[node as usize] = f64::from(u8::from(self.up[node as usize]));
            raised.extend(self.dependents(node));
        }
        let mut round: Vec<u32> = before.keys().copied().collect();
        for _ in 0..MAXIMUM_ROUNDS {
            let mut next = Vec::new();
            for node in round {
                let level = self.evaluate(node);
                if (level - self.level[node as usize]).abs() > STEP {
                    self.level[node as usize] = level;
                    next.extend(self.dependents(node));
                }
            }
            next.sort_unstable();
            next.dedup();
            if next.is_empty() {
                break;
            }
            round = next;
        }
        before
            .into_iter()
            .filter(|(node, old)| (self.level[*node as usize] - old).abs() > STEP)
            .map(|(node, _)| node)
            .collect()
    }

    fn dependents(&self, node: u32) -> Vec<u32> {
        let hard = self.graph.run_out(node).iter().map(|edge| self.graph.gates[edge.gate as usize].node);
        let soft =
            self.by_supplier[node as usize].iter().map(|clause| self.graph.degrading[*clause as usize].node);
        hard.chain(soft).collect()
    }

    fn evaluate(&self, node: u32) -> f64 {
        if !self.up[node as usize] {
            return 0.0;
        }
        let root = self.graph.roots[node as usize][Phase::Run as usize];
        let mut level = if root == NONE { 1.0 } else { self.gate(root) };
        for clause in &self.clauses[node as usize] {
            let clause = &self.graph.degrading[*clause as usize];
            let best =
                clause.suppliers.iter().map(|supplier| self.level[*supplier as usize]).fold(0.0, f64::max);
            level *= clause.degraded_to + (1.0 - clause.degraded_to) * best;
        }
        level
    }

    /// A node that is up although a supplier is down runs on a buffer: that supplier counts in full.
    fn supplier(&self, supplier: u32) -> f64 {
        if self.up[supplier as usize] { self.level[supplier as usize] } else { 0.0 }
    }

    fn gate(&self, gate: u32) -> f64 {
        let row = self.graph.gates[gate as usize];
        let members = self.graph.members(gate).iter().map(|member| {
            let level = if member.what & GATE == 0 {
                self.supplier(member.what)
            } else {
                self.gate(member.what & !GATE)
            };
            (f64::from(member.weight), level, self.capacity(gate, member.what))
        });
        if row.threshold == row.total {
            // Up with a supplier down: bridged, so only the suppliers that deliver can slow it.
            return members.map(|(_, level, _)| level).filter(|level| *level > 0.0).fold(1.0, f64::min);
        }
        let sum: f64 = if row.threshold == 1 {
            members.map(|(_, level, capacity)| level * capacity).sum()
        } else {
            members.map(|(weight, level, _)| level * weight).sum::<f64>() / f64::from(row.threshold)
        };
        if sum == 0.0 { 1.0 } else { sum.min(1.0) }
    }

    fn capacity(&self, gate: u32, supplier: u32) -> f64 {
        if supplier & GATE != 0 || self.graph.capacity.is_empty() {
            return 1.0;
        }
        let edge = self.graph.out(supplier).find(|edge| self.graph.edges[*edge].gate == gate);
        edge.and_then(|edge| self.graph.capacity.get(&(edge as u32))).copied().unwrap_or(1.0)
    }
}
