//! Explanations: why a node went down and what its return had to wait for.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Outage, Record, What, hours};
use crate::graph::Graph;

/// One step of a critical path.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Step {
    pub node: String,
    /// `fault`, `repair`, `switch` or `restart`.
    pub what: &'static str,
    /// Hours from the start of the run.
    pub from_h: f64,
    pub to_h: f64,
}

/// Longest explanation: in a chain of a million nodes each would otherwise name all before it.
pub(crate) const MAXIMUM_STEPS: usize = 20;

/// The chain of events behind the record `from`, last first.
pub(crate) fn chain(records: &[Record], from: u32) -> impl Iterator<Item = &Record> {
    let mut next = from;
    std::iter::from_fn(move || {
        let record = records.get(next as usize)?;
        next = record.previous;
        Some(record)
    })
}

/// The critical path behind a return, last step first, at most [`MAXIMUM_STEPS`]. Steps that took no time are left out.
pub(super) fn trace(graph: &Graph, records: &[Record], from: u32) -> Vec<Step> {
    let step = |record: &Record| Step {
        node: graph.id(record.node).to_owned(),
        what: match record.what {
            What::Fault | What::Down => "fault",
            What::Repaired => "repair",
            What::Switched => "switch",
            What::Up => "restart",
        },
        from_h: hours(record.began),
        to_h: hours(record.at),
    };
    let lasting = |record: &&Record| record.what == What::Fault || record.began < record.at;
    chain(records, from).take(20 * MAXIMUM_STEPS).filter(lasting).take(MAXIMUM_STEPS).map(step).collect()
}

/// The suppliers lost before an outage, nearest first, at most [`MAXIMUM_STEPS`].
pub(super) fn because(graph: &Graph, records: &[Record], outage: &Outage) -> Vec<String> {
    let mut nodes: Vec<u32> = chain(records, outage.record_down)
        .filter(|record| matches!(record.what, What::Down | What::Fault))
        .map(|record| record.node)
        .take(2 * MAXIMUM_STEPS)
        .collect();
    nodes.dedup();
    nodes.truncate(MAXIMUM_STEPS + 1);
    nodes.into_iter().skip(1).map(|node| graph.id(node).to_owned()).collect()
}
