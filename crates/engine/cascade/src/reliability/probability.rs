//! Exact probability that a node is down, by binary decision diagrams (Bryant 1986).

use std::collections::HashMap;

use biodivine_lib_bdd::{Bdd, BddVariable, BddVariableSet, op_function};

use super::upstream;
use crate::error::{Error, Result};
use crate::graph::{GATE, Graph, NONE, Phase};

/// Most nodes of a decision diagram.
const MAXIMUM_SIZE: usize = 1_000_000;
/// Most nodes with a probability above 0 that the target depends on.
const MAXIMUM_VARIABLES: usize = 10_000;

/// The probability that `target` is down when nodes fail independently with their `failure_probability`.
///
/// # Errors
/// `TooLarge` when the diagram outgrows its bounds: use a Monte Carlo.
pub fn failure_probability(graph: &Graph, target: u32) -> Result<f64> {
    let nodes = upstream(graph, target);
    let failing: Vec<u32> =
        nodes.iter().copied().filter(|node| graph.failure_probability[*node as usize] > 0.0).collect();
    if failing.len() > MAXIMUM_VARIABLES {
        return Err(too_large());
    }
    let set = BddVariableSet::new_anonymous(failing.len() as u16);
    let own: HashMap<u32, BddVariable> = failing.iter().copied().zip(set.variables()).collect();
    let mut diagrams =
        Diagrams { graph, set: &set, down: nodes.iter().map(|node| (*node, set.mk_false())).collect() };
    loop {
        let mut changed = false;
        for node in &nodes {
            let mut down = own.get(node).map_or_else(|| set.mk_false(), |variable| set.mk_var(*variable));
            let root = graph.roots[*node as usize][Phase::Run as usize];
            if root != NONE {
                down = either(&down, &diagrams.failed(root)?)?;
            }
            if diagrams.down[node] != down {
                diagrams.down.insert(*node, down);
                changed = true;
            }
        }
        if !changed {
            let probability: Vec<f64> =
                failing.iter().map(|node| graph.failure_probability[*node as usize]).collect();
            return Ok(probability_of(&diagrams.down[&target], &probability));
        }
    }
}

fn too_large() -> Error {
    Error::TooLarge {
        what: "nodes of the decision diagram".into(),
        limit: MAXIMUM_SIZE as u64,
        advice: "use a Monte Carlo".into(),
    }
}

fn either(a: &Bdd, b: &Bdd) -> Result<Bdd> {
    Bdd::binary_op_with_limit(MAXIMUM_SIZE, a, b, op_function::or).ok_or_else(too_large)
}

fn both(a: &Bdd, b: &Bdd) -> Result<Bdd> {
    Bdd::binary_op_with_limit(MAXIMUM_SIZE, a, b, op_function::and).ok_or_else(too_large)
}

struct Diagrams<'g> {
    graph: &'g Graph,
    set: &'g BddVariableSet,
    down: HashMap<u32, Bdd>,
}

impl Diagrams<'_> {
    fn failed(&self, gate: u32) -> Result<Bdd> {
        let row = self.graph.gates[gate as usize];
        let mut members = Vec::new();
        for member in self.graph.members(gate) {
            let down = if member.what & GATE == 0 {
                self.down[&member.what].clone()
            } else {
                self.failed(member.what & !GATE)?
            };
            members.push((u64::from(member.weight), down));
        }
        let to_lose = u64::from(row.total) - u64::from(row.threshold) + 1;
        self.loses(&members, to_lose, &mut HashMap::new())
    }

    /// The members together lose at least `to_lose`.
    fn loses(
        &self,
        members: &[(u64, Bdd)],
        to_lose: u64,
        known: &mut HashMap<(usize, u64), Bdd>,
    ) -> Result<Bdd> {
        let left: u64 = members.iter().map(|(weight, _)| weight).sum();
        let Some(((weight, down), rest)) = members.split_first().filter(|_| to_lose > 0 && left >= to_lose)
        else {
            return Ok(if to_lose == 0 { self.set.mk_true() } else { self.set.mk_false() });
        };
        if let Some(known) = known.get(&(members.len(), to_lose)) {
            return Ok(known.clone());
        }
        let with = both(down, &self.loses(rest, to_lose.saturating_sub(*weight), known)?)?;
        let result = either(&with, &self.loses(rest, to_lose, known)?)?;
        known.insert((members.len(), to_lose), result.clone());
        Ok(result)
    }
}

/// Sum over the paths to `true`. Nodes of a diagram stand after the nodes they lead to.
fn probability_of(diagram: &Bdd, probability: &[f64]) -> f64 {
    let mut of = vec![0.0; diagram.size()];
    let mut last = 0.0;
    for pointer in diagram.pointers() {
        let value = match pointer.as_bool() {
            Some(end) => f64::from(u8::from(end)),
            None => {
                let p = probability[diagram.var_of(pointer).to_index()];
                let (low, high) = (diagram.low_link_of(pointer), diagram.high_link_of(pointer));
                (1.0 - p) * of[low.to_index()] + p * of[high.to_index()]
            }
        };
        of[pointer.to_index()] = value;
        last = value;
    }
    last
}
