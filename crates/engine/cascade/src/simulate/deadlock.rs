//! Deadlocks: nodes that wait for each other, and the edges that would open them by hand.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::queue::EventQueue;
use super::state::NEVER;
use crate::graph::{GATE, Graph, NONE, Phase, strongly_connected};

/// Work spent on trying edges of one deadlock, in visits of its nodes.
const MAXIMUM_VISITS: usize = 2_000_000;
/// Largest number of edges in a combination, found greedily, when no single edge opens a deadlock.
const MAXIMUM_COMBINATION: usize = 16;

/// A group that cannot start again, and how to open it.
pub struct Deadlock {
    pub nodes: Vec<String>,
    pub break_glass: BreakGlass,
}

/// The edges that open a deadlock when somebody bridges them by hand.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BreakGlass {
    /// The deadlock, as in `deadlocks`.
    pub deadlock: Vec<String>,
    /// Each of these edges alone opens it.
    pub any_one_of: Vec<GlassEdge>,
    /// When no single edge does: these together.
    pub all_of: Vec<GlassEdge>,
    /// Whether it opens, with the edges of `all_of` where there are some, when crews take the repairs that can be done
    /// before those that wait (`order: greedy`, or a decision by hand).
    pub overtaking: bool,
}

/// An edge to bridge: let `node` go through `phase` without `supplier`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GlassEdge {
    pub node: String,
    pub phase: &'static str,
    pub supplier: String,
}

type Bridge = (u32, Phase, u32);
/// By node, the nodes that keep its crew.
type Blocked = HashMap<u32, Vec<u32>>;

/// Every deadlock among the nodes that are down when the queue has run empty.
pub(super) fn find(graph: &Graph, queue: &mut EventQueue<'_>) -> Vec<Deadlock> {
    let down: Vec<bool> = (0..graph.len() as u32).map(|node| queue.state.node(node).outage != NONE).collect();
    let blocked = blocked_by_crews(graph, queue);
    let waits: Vec<Vec<u32>> = (0..graph.len() as u32)
        .map(|node| {
            let mut waits =
                if down[node as usize] { waits_for(graph, queue, node, &down) } else { Vec::new() };
            waits.extend(blocked.get(&node).into_iter().flatten());
            waits
        })
        .collect();
    let successor = |node: u32, at: usize| waits[node as usize].get(at).copied();
    let mut groups: Vec<Vec<u32>> = strongly_connected(graph.len(), successor)
        .into_iter()
        .filter(|group| group.len() > 1 || waits[group[0] as usize].contains(&group[0]))
        .map(|group| stuck(graph, queue, &group, &[], &blocked))
        .filter(|group| !group.is_empty())
        .collect();
    groups.sort_unstable();
    groups.into_iter().map(|group| explain(graph, queue, &group, &blocked)).collect()
}

/// For each node that waits for a crew in strict order: the nodes whose repairs hold the crew up, the first in its line
/// and those that hold a hand but cannot go on.
fn blocked_by_crews(graph: &Graph, queue: &EventQueue<'_>) -> Blocked {
    let mut holders: HashMap<u32, Vec<u32>> = HashMap::new();
    for job in &queue.jobs {
        if job.taken && job.left > 0 && job.left != NEVER && job.finish == NEVER {
            holders.entry(graph.crew[job.node as usize]).or_default().push(job.node);
        }
    }
    let mut blocked: Blocked = HashMap::new();
    for (crew, line) in (0u32..).zip(&queue.queues) {
        let mut first = None;
        for job in line.left() {
            let node = queue.jobs[job as usize].node;
            let mut by: Vec<u32> = first.into_iter().collect();
            if line.free == 0 {
                by.extend(holders.get(&crew).into_iter().flatten());
            }
            by.retain(|other| *other != node);
            if line.is_strict() {
                first.get_or_insert(node);
            }
            blocked.entry(node).or_default().extend(by);
        }
    }
    blocked
}

/// The down suppliers in the gates that keep a down node from returning.
fn waits_for(graph: &Graph, queue: &mut EventQueue<'_>, node: u32, down: &[bool]) -> Vec<u32> {
    let mut found = Vec::new();
    for phase in super::failing_phases(graph, queue, node) {
        // A repair gate matters only while something is to be repaired.
        if phase == Phase::Repair && queue.state.node(node).faults == 0 {
            continue;
        }
        found.extend(graph.suppliers(node, phase).into_iter().filter(|supplier| down[*supplier as usize]));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The members of `group` that stay down though everything outside it is up, every fault has a repair, the edges of
/// `bridged` are bridged, and crews are kept only by what `blocked` names.
fn stuck(
    graph: &Graph,
    queue: &mut EventQueue<'_>,
    group: &[u32],
    bridged: &[Bridge],
    blocked: &Blocked,
) -> Vec<u32> {
    let mut behind: HashMap<u32, Vec<u32>> = HashMap::new();
    for node in group {
        for by in blocked.get(node).into_iter().flatten() {
            behind.entry(*by).or_default().push(*node);
        }
    }
    let mut down: HashSet<u32> = group.iter().copied().collect();
    let mut open = group.to_vec();
    while let Some(node) = open.pop() {
        if !down.contains(&node) {
            continue;
        }
        let faulty = queue.state.node(node).faults > 0;
        let kept = faulty && blocked.get(&node).is_some_and(|by| by.iter().any(|other| down.contains(other)));
        let rises = !kept
            && Phase::ALL.into_iter().filter(|phase| *phase != Phase::Repair || faulty).all(|phase| {
                holds(graph, graph.roots[node as usize][phase as usize], node, phase, &down, bridged)
            });
        if rises {
            down.remove(&node);
            let dependents = graph.out(node).map(|edge| graph.gates[graph.edges[edge].gate as usize].node);
            open.extend(dependents.filter(|dependent| down.contains(dependent)));
            open.extend(behind.get(&node).into_iter().flatten());
        }
    }
    let mut left: Vec<u32> = down.into_iter().collect();
    left.sort_unstable();
    left
}

fn holds(graph: &Graph, gate: u32, node: u32, phase: Phase, down: &HashSet<u32>, bridged: &[Bridge]) -> bool {
    if gate == NONE {
        return true;
    }
    let weight: u64 = graph
        .members(gate)
        .iter()
        .filter(|member| {
            if member.what & GATE != 0 {
                holds(graph, member.what & !GATE, node, phase, down, bridged)
            } else {
                !down.contains(&member.what) || bridged.contains(&(node, phase, member.what))
            }
        })
        .map(|member| u64::from(member.weight))
        .sum();
    weight >= u64::from(graph.gates[gate as usize].threshold)
}

fn explain(graph: &Graph, queue: &mut EventQueue<'_>, group: &[u32], blocked: &Blocked) -> Deadlock {
    let name = |node: u32| graph.id(node).to_owned();
    let glass = |(node, phase, supplier): &Bridge| GlassEdge {
        node: name(*node),
        phase: phase.name(),
        supplier: name(*supplier),
    };
    let mut candidates = candidates(graph, group);
    candidates.truncate(MAXIMUM_VISITS / group.len() + 1);
    let single: Vec<GlassEdge> = candidates
        .iter()
        .filter(|bridge| stuck(graph, queue, group, std::slice::from_ref(*bridge), blocked).is_empty())
        .map(glass)
        .collect();
    let free = Blocked::new();
    let mut overtaking = stuck(graph, queue, group, &[], &free).is_empty();
    let mut together = Vec::new();
    if single.is_empty() {
        together = combination(graph, queue, group, &candidates, blocked);
        if together.is_empty() && !overtaking {
            // The bridges alone are not enough: the crews must overtake as well.
            together = combination(graph, queue, group, &candidates, &free);
            overtaking = !together.is_empty();
        }
    }
    let together: Vec<GlassEdge> = together.iter().map(glass).collect();
    let nodes: Vec<String> = group.iter().copied().map(name).collect();
    Deadlock {
        break_glass: BreakGlass { deadlock: nodes.clone(), any_one_of: single, all_of: together, overtaking },
        nodes,
    }
}

/// Edges inside the group: start edges first, for they are what an operator can skip.
fn candidates(graph: &Graph, group: &[u32]) -> Vec<Bridge> {
    let inside: HashSet<u32> = group.iter().copied().collect();
    let mut found = Vec::new();
    for phase in [Phase::Start, Phase::Repair, Phase::Run] {
        for node in group {
            let mut suppliers = graph.suppliers(*node, phase);
            suppliers.sort_unstable();
            suppliers.dedup();
            found.extend(
                suppliers
                    .into_iter()
                    .filter(|supplier| inside.contains(supplier))
                    .map(|supplier| (*node, phase, supplier)),
            );
        }
    }
    found
}

/// Adds, one after another, the edge that frees most, until the group is open or nothing helps.
fn combination(
    graph: &Graph,
    queue: &mut EventQueue<'_>,
    group: &[u32],
    candidates: &[Bridge],
    blocked: &Blocked,
) -> Vec<Bridge> {
    let mut chosen: Vec<Bridge> = Vec::new();
    while chosen.len() < MAXIMUM_COMBINATION {
        let left = stuck(graph, queue, group, &chosen, blocked);
        if left.is_empty() {
            return chosen;
        }
        let mut trial = chosen.clone();
        // Each round tries them all: the bound on work is shared between the rounds.
        let best = candidates
            .iter()
            .take(candidates.len() / MAXIMUM_COMBINATION + 1_000)
            .filter(|bridge| left.contains(&bridge.0) && !chosen.contains(bridge))
            .min_by_key(|bridge| {
                trial.truncate(chosen.len());
                trial.push(**bridge);
                stuck(graph, queue, group, &trial, blocked).len()
            });
        match best {
            Some(bridge) => chosen.push(*bridge),
            None => return Vec::new(),
        }
    }
    Vec::new()
}
