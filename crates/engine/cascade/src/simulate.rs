//! Failure and recovery of one scenario, or of many random ones, in one event queue.

mod crew;
mod deadlock;
pub(crate) mod draw;
mod path;
mod performance;
pub(crate) mod queue;
mod state;

use schemars::JsonSchema;
use serde::Serialize;

pub use deadlock::{BreakGlass, GlassEdge};
pub use path::Step;
pub(crate) use path::{MAXIMUM_STEPS, chain};
pub(crate) use state::NEVER;

use crate::error::Result;
use crate::graph::{FaultRow, Graph, Phase};
use crate::model::Duration;
use draw::Draw;
use queue::EventQueue;

/// One stay of a node out of service. Times in milliseconds; `up` is [`NEVER`] when it does not return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub node: u32,
    pub down: u64,
    pub up: u64,
    pub record_down: u32,
    pub record_up: u32,
}

/// What happened, for explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Fault,
    Down,
    Repaired,
    Switched,
    Up,
}

/// An event with the event that made it possible.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub what: What,
    pub node: u32,
    pub at: u64,
    pub began: u64,
    pub previous: u32,
}

/// How a scenario is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Stop here; without it the run goes on until nothing more can happen.
    pub horizon: Option<Duration>,
}

/// The result of one scenario with every duration at its median.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Run {
    /// Every node that went down, in the order of the model.
    pub nodes: Vec<NodeRun>,
    /// Groups of nodes that wait for each other and never start again, each in the order of the model.
    pub deadlocks: Vec<Vec<String>>,
    /// For each deadlock the edges that would open it if they were bridged by hand.
    pub break_glass: Vec<BreakGlass>,
    /// Nodes with a fault that nobody repairs.
    pub unrepaired: Vec<String>,
    /// Nodes that ran below full performance at some time, with their level from each hour on.
    pub performance: Vec<Performance>,
    /// Nodes that wait for a crew which never comes.
    pub waiting_for_crew: Vec<String>,
    /// Service-hours lost: the sum over nodes of weight times hours down; `null` when something never returns.
    pub service_hours_lost: Option<f64>,
    /// Events that the queue worked through.
    pub events: u64,
}

/// Performance of one node over time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Performance {
    pub node: String,
    /// [hour, performance 0..1 from then on].
    pub levels: Vec<(f64, f64)>,
    /// Least performance.
    pub least: f64,
    /// Whether it stayed at or above its minimum business continuity objective; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_kept: Option<bool>,
}

/// What one node went through. Hours count from the start of the run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NodeRun {
    pub node: String,
    /// When it first went down.
    pub down_at_h: f64,
    /// When it came back for good; `null` for never.
    pub up_at_h: Option<f64>,
    /// Hours out of service in total; `null` for without end.
    pub down_h: Option<f64>,
    /// Each outage as [down, up].
    pub outages: Vec<(f64, Option<f64>)>,
    /// The supplier whose loss took it down first, then the one behind that, back to the fault (the nearest 20); empty
    /// for a fault of its own.
    pub because: Vec<String>,
    /// What its return had to wait for, last step first (the last 20).
    pub critical_path: Vec<Step>,
    /// Whether the return meets its RTO and MTPD; absent without a promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise_kept: Option<bool>,
}

pub(crate) fn hours(milliseconds: u64) -> f64 {
    milliseconds as f64 / 3_600_000.0
}

fn hours_or_never(milliseconds: u64) -> Option<f64> {
    (milliseconds != NEVER).then(|| hours(milliseconds))
}

/// Runs the faults of the model with every duration at its median.
///
/// # Errors
/// `Oscillation` for a loop that never settles, `TooLarge` for more work than any plan explains.
pub fn run(graph: &Graph, options: &Options) -> Result<Run> {
    run_faults(graph, &graph.faults, options)
}

/// Runs a scenario in which the given nodes fail at time 0, beside the faults of the model. A node without a repair
/// time is repaired after `repair`, or never.
///
/// # Errors
/// As [`run`].
pub fn run_with(graph: &Graph, failed: &[u32], repair: Option<Duration>, options: &Options) -> Result<Run> {
    let mut graph = graph.clone();
    graph.fail_at_start(failed, repair);
    run_faults(&graph, &graph.faults, options)
}

fn run_faults(graph: &Graph, faults: &[FaultRow], options: &Options) -> Result<Run> {
    let mut queue = EventQueue::new(graph);
    let horizon = options.horizon.map_or(NEVER, Duration::milliseconds);
    queue.run(faults, &Draw::median(graph), horizon)?;
    Ok(report(graph, &mut queue))
}

fn report(graph: &Graph, queue: &mut EventQueue<'_>) -> Run {
    let mut by_node: Vec<Vec<Outage>> = vec![Vec::new(); graph.len()];
    for outage in &queue.outages {
        by_node[outage.node as usize].push(*outage);
    }
    let nodes: Vec<NodeRun> =
        by_node.iter().filter_map(|outages| node_run(graph, &queue.records, outages)).collect();
    let mut lost = Some(0.0);
    for (node, outages) in by_node.iter().enumerate() {
        for outage in outages {
            let length = hours_or_never(outage.up).map(|up| graph.weight[node] * (up - hours(outage.down)));
            lost = lost.zip(length).map(|(sum, length)| sum + length);
        }
    }
    let performance = performance::timelines(graph, &queue.outages)
        .into_iter()
        .map(|(node, levels)| {
            let least = levels.iter().map(|(_, level)| *level).fold(1.0, f64::min);
            let minimum = graph.minimum_performance[node as usize];
            let minimum_kept = (minimum > 0.0).then_some(least >= minimum);
            Performance { node: graph.id(node).to_owned(), levels, least, minimum_kept }
        })
        .collect();
    let found = deadlock::find(graph, queue);
    let name = |nodes: Vec<u32>| nodes.into_iter().map(|node| graph.id(node).to_owned()).collect();
    Run {
        nodes,
        deadlocks: found.iter().map(|deadlock| deadlock.nodes.clone()).collect(),
        break_glass: found.into_iter().map(|deadlock| deadlock.break_glass).collect(),
        performance,
        unrepaired: name(unrepaired(queue)),
        waiting_for_crew: name(waiting(queue)),
        service_hours_lost: lost,
        events: queue.events,
    }
}

fn node_run(graph: &Graph, records: &[Record], outages: &[Outage]) -> Option<NodeRun> {
    let (first, last) = (outages.first()?, outages.last()?);
    let node = first.node;
    let down: Option<u64> = outages
        .iter()
        .try_fold(0u64, |sum, outage| (outage.up != NEVER).then(|| sum + outage.up - outage.down));
    let longest = outages.iter().map(|outage| outage.up.saturating_sub(outage.down)).max().unwrap_or(0);
    let promised = graph.promise[node as usize];
    Some(NodeRun {
        node: graph.id(node).to_owned(),
        down_at_h: hours(first.down),
        up_at_h: hours_or_never(last.up),
        down_h: down.map(hours),
        outages: outages.iter().map(|outage| (hours(outage.down), hours_or_never(outage.up))).collect(),
        because: path::because(graph, records, first),
        critical_path: path::trace(graph, records, last.record_up),
        promise_kept: (promised != NEVER).then_some(last.up != NEVER && longest <= promised),
    })
}

/// Nodes with a fault that has no repair time.
fn unrepaired(queue: &EventQueue<'_>) -> Vec<u32> {
    let mut nodes: Vec<u32> = queue.jobs.iter().filter(|job| job.left == NEVER).map(|job| job.node).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn waiting(queue: &EventQueue<'_>) -> Vec<u32> {
    let left = queue.queues.iter().flat_map(|crew| crew.left());
    let mut nodes: Vec<u32> = left.map(|job| queue.jobs[job as usize].node).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

/// The phases of a node that do not hold, with the reason to be named in a message.
pub(crate) fn failing_phases(graph: &Graph, queue: &mut EventQueue<'_>, node: u32) -> Vec<Phase> {
    let roots = graph.roots[node as usize];
    Phase::ALL.into_iter().filter(|phase| !queue.state.holds(roots[*phase as usize])).collect()
}
