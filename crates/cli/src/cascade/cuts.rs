//! `cascade cuts`: minimal cut sets of a node.

use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_cascade::reliability::{failure_probability, minimal_cut_sets};

use super::input::{Input, print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// The node whose failure is to be explained
    node: String,
    /// Largest number of members of a set
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    order: u8,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What `cascade cuts --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    node: String,
    /// Sets up to this size are listed.
    order: u8,
    /// Every minimal set whose failure takes the node down, smallest first.
    cut_sets: Vec<Vec<String>>,
    /// Exact probability that the node is down, from the failure probabilities of the nodes; `null` when the decision
    /// diagram outgrew its bounds.
    probability: Option<f64>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (_, graph) = arguments.input.graph()?;
    let target = graph.node(&arguments.node)?;
    let name = |set: Vec<u32>| set.into_iter().map(|node| graph.id(node).to_owned()).collect();
    let cut_sets = minimal_cut_sets(&graph, target, arguments.order.into())?.into_iter().map(name).collect();
    let probability = failure_probability(&graph, target).ok();
    let report = Report { node: arguments.node.clone(), order: arguments.order, cut_sets, probability };
    if arguments.json {
        print_json(&report)?;
    } else {
        print_lines(report.cut_sets.iter().map(|set| set.join(" + ")))?;
        if let Some(probability) = report.probability.filter(|probability| *probability > 0.0) {
            print_lines([format!("probability {probability:.6e}")])?;
        }
    }
    Ok(Outcome::Done)
}
