//! `cascade run`: failure and recovery of one scenario.

use shinayaka_cascade::model::Duration;
use shinayaka_cascade::simulate::{NodeRun, Options, Run, run_with};

use super::input::{Input, print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// A node that fails at time 0, beside the faults of the model; may be repeated
    #[arg(long, value_name = "NODE")]
    fail: Vec<String>,
    /// How long the repair of a `--fail` node takes; without it the node's own repair time, or for ever
    #[arg(long, value_name = "DURATION", value_parser = Duration::parse)]
    repair: Option<Duration>,
    /// Stop after this time
    #[arg(long, value_name = "DURATION", value_parser = Duration::parse)]
    horizon: Option<Duration>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (_, graph) = arguments.input.graph()?;
    let failed = arguments.fail.iter().map(|id| graph.node(id)).collect::<Result<Vec<u32>, _>>()?;
    let report = run_with(&graph, &failed, arguments.repair, &Options { horizon: arguments.horizon })?;
    if arguments.json {
        print_json(&report)?
    } else {
        print_lines(lines(&report))?
    }
    let broken = report.nodes.iter().any(|node| node.promise_kept == Some(false));
    Ok(if broken || !report.deadlocks.is_empty() { Outcome::Finding } else { Outcome::Done })
}

fn lines(run: &Run) -> Vec<String> {
    let line = |node: &NodeRun| {
        let up = node.up_at_h.map_or("never".to_owned(), |up| format!("{up:.2} h"));
        let because = if node.because.is_empty() {
            String::new()
        } else {
            format!("  because of {}", node.because.join(" < "))
        };
        let promise = if node.promise_kept == Some(false) { "  PROMISE BROKEN" } else { "" };
        format!("{:>10.2} h  {up:>12}  {}{because}{promise}", node.down_at_h, node.node)
    };
    let mut lines = vec![format!("{:>12}  {:>12}  node", "down at", "up at")];
    lines.extend(run.nodes.iter().map(line));
    for (deadlock, glass) in run.deadlocks.iter().zip(&run.break_glass) {
        lines.push(format!("deadlock: {} wait for each other", deadlock.join(", ")));
        let edge = |edge: &shinayaka_cascade::simulate::GlassEdge| {
            format!("let {} {} without {}", edge.node, edge.phase, edge.supplier)
        };
        let any: Vec<String> = glass.any_one_of.iter().map(edge).collect();
        let all: Vec<String> = glass.all_of.iter().map(edge).collect();
        if !any.is_empty() {
            lines.push(format!("  opens with any one of: {}", any.join("; ")));
        } else if !all.is_empty() {
            lines.push(format!("  opens with all of: {}", all.join("; ")));
        }
    }
    if !run.unrepaired.is_empty() {
        lines.push(format!("never repaired: {}", run.unrepaired.join(", ")));
    }
    if !run.waiting_for_crew.is_empty() {
        lines.push(format!("waiting for a crew that never comes: {}", run.waiting_for_crew.join(", ")));
    }
    lines
}
