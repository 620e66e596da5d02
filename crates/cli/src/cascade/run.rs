//! `cascade run`: failure and recovery of one scenario, or of many.

use std::path::{Path, PathBuf};

use anyhow::Context;
use shinayaka_cascade::export::{dot, graphml, timeline};
use shinayaka_cascade::graph::{Graph, build};
use shinayaka_cascade::model::{Duration, Model, apply_patch};
use shinayaka_cascade::monte_carlo;
use shinayaka_cascade::simulate::{GlassEdge, NodeRun, Options, Run, run_with};

use super::input::{Input, print_json, print_lines, read_text};
use super::monte_carlo::{Questions, logic_only, simulate};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// A node that fails at time 0, beside the faults of the model; may be repeated
    #[arg(long, value_name = "NODE")]
    fail: Vec<String>,
    /// How long the repair of a `--fail` or random fault takes; without it the node's own repair time, or for ever
    #[arg(long, value_name = "DURATION", value_parser = Duration::parse)]
    repair: Option<Duration>,
    /// Stop after this time (with --trials 30d by default)
    #[arg(long, value_name = "DURATION", value_parser = Duration::parse)]
    horizon: Option<Duration>,
    /// Monte Carlo with this many trials, durations drawn from their distributions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    trials: Option<u64>,
    /// Seed of the Monte Carlo
    #[arg(long, default_value_t = 1, requires = "trials")]
    seed: u64,
    /// Threads; the result does not depend on it
    #[arg(long, value_name = "T")]
    threads: Option<usize>,
    /// A node whose downtime is reported trial by trial; may be repeated
    #[arg(long, value_name = "NODE", requires = "trials")]
    target: Vec<String>,
    /// Probability of a random fault of nodes that state none
    #[arg(long, value_name = "P", default_value_t = 0.0, requires = "trials")]
    probability: f64,
    /// Only which nodes are down, not for how long
    #[arg(long, requires = "trials")]
    logic: bool,
    /// Tornado and value of information for the first target
    #[arg(long, requires = "trials")]
    sensitivity: bool,
    /// Compare with the model after this patch, on the same random numbers
    #[arg(long, value_name = "FILE", requires = "trials")]
    what_if: Option<PathBuf>,
    /// Write the graph with its outages for Graphviz
    #[arg(long, value_name = "FILE")]
    dot: Option<PathBuf>,
    /// Write the graph with its outages as GraphML
    #[arg(long, value_name = "FILE")]
    graphml: Option<PathBuf>,
    /// Draw the outages over time as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    if let Some(threads) = arguments.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("--threads")?;
    }
    let (model, graph) = arguments.input.graph()?;
    match arguments.trials {
        Some(trials) => many(arguments, &model, &graph, trials),
        None => one(arguments, &model, &graph),
    }
}

fn one(arguments: &Arguments, model: &Model, graph: &Graph) -> anyhow::Result<Outcome> {
    let failed = nodes(graph, &arguments.fail)?;
    let report = run_with(graph, &failed, arguments.repair, &Options { horizon: arguments.horizon })?;
    if let Some(path) = &arguments.dot {
        write(path, &dot(model, Some(&report)))?;
    }
    if let Some(path) = &arguments.graphml {
        write(path, &graphml(model, Some(&report)))?;
    }
    if let Some(path) = &arguments.plot {
        write(path, &timeline(&report))?;
    }
    if arguments.json {
        print_json(&report)?
    } else {
        print_lines(lines(&report))?
    }
    let broken = report.nodes.iter().any(|node| node.promise_kept == Some(false))
        || report.performance.iter().any(|node| node.minimum_kept == Some(false));
    Ok(if broken || !report.deadlocks.is_empty() { Outcome::Finding } else { Outcome::Done })
}

fn many(arguments: &Arguments, model: &Model, graph: &Graph, trials: u64) -> anyhow::Result<Outcome> {
    anyhow::ensure!((0.0..=1.0).contains(&arguments.probability), "--probability is not from 0 to 1");
    let mut options = monte_carlo::Options {
        trials,
        seed: arguments.seed,
        targets: nodes(graph, &arguments.target)?,
        failure_probability: arguments.probability,
        repair: arguments.repair,
        ..monte_carlo::Options::default()
    };
    if let Some(horizon) = arguments.horizon {
        options.horizon = horizon;
    }
    let mut graph = graph.clone();
    graph.fail_at_start(&nodes(&graph, &arguments.fail)?, arguments.repair);
    if arguments.logic {
        logic_only(&graph, &options, arguments.json)?;
        return Ok(Outcome::Done);
    }
    let variant = arguments.what_if.as_deref().map(|path| variant(arguments, model, path)).transpose()?;
    let questions =
        Questions { what_if: variant.as_ref(), sensitivity: arguments.sensitivity, json: arguments.json };
    let broken = simulate(&graph, &options, &questions)?;
    Ok(if broken { Outcome::Finding } else { Outcome::Done })
}

/// The patched model with the same failures laid over it.
fn variant(arguments: &Arguments, model: &Model, path: &Path) -> anyhow::Result<Graph> {
    let place = || path.display().to_string();
    let patched = apply_patch(model, &read_text(path)?).with_context(place)?;
    let mut graph = build(&patched).with_context(place)?;
    graph.fail_at_start(&nodes(&graph, &arguments.fail)?, arguments.repair);
    Ok(graph)
}

fn nodes(graph: &Graph, ids: &[String]) -> anyhow::Result<Vec<u32>> {
    Ok(ids.iter().map(|id| graph.node(id)).collect::<Result<_, _>>()?)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

fn lines(run: &Run) -> Vec<String> {
    let mut lines = vec![format!("{:>12}  {:>12}  node", "down at", "up at")];
    lines.extend(run.nodes.iter().map(node_line));
    for (deadlock, glass) in run.deadlocks.iter().zip(&run.break_glass) {
        lines.push(format!("deadlock: {} wait for each other", deadlock.join(", ")));
        let edge = |edge: &GlassEdge| format!("let {} {} without {}", edge.node, edge.phase, edge.supplier);
        let any: Vec<String> = glass.any_one_of.iter().map(edge).collect();
        let all: Vec<String> = glass.all_of.iter().map(edge).collect();
        if !any.is_empty() {
            lines.push(format!("  opens with any one of: {}", any.join("; ")));
        } else if !all.is_empty() {
            lines.push(format!("  opens with all of: {}", all.join("; ")));
        }
        if glass.overtaking {
            lines.push("  opens when the crew first does what can be done (order: greedy)".to_owned());
        }
    }
    for node in run.performance.iter().filter(|node| node.minimum_kept == Some(false)) {
        lines.push(format!(
            "{} falls to {:.0} % of its performance: below its minimum",
            node.node,
            node.least * 100.0
        ));
    }
    if !run.unrepaired.is_empty() {
        lines.push(format!("never repaired: {}", run.unrepaired.join(", ")));
    }
    if !run.waiting_for_crew.is_empty() {
        lines.push(format!("waiting for a crew that never comes: {}", run.waiting_for_crew.join(", ")));
    }
    lines
}

fn node_line(node: &NodeRun) -> String {
    let up = node.up_at_h.map_or("never".to_owned(), |up| format!("{up:.2} h"));
    let because = if node.because.is_empty() {
        String::new()
    } else {
        format!("  because of {}", node.because.join(" < "))
    };
    let promise = if node.promise_kept == Some(false) { "  PROMISE BROKEN" } else { "" };
    format!("{:>10.2} h  {up:>12}  {}{because}{promise}", node.down_at_h, node.node)
}
