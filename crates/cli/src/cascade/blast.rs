//! `cascade blast`: the exact blast radius.

use std::time::Instant;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_cascade::blast::{
    Blast, CauseBlast, Engine, every_cause, joint_failure, reachability, single_failures,
};

use super::input::{Input, print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Also the joint failure of these nodes, separated by commas; may be repeated
    #[arg(long, value_name = "NODE,NODE")]
    set: Vec<String>,
    /// Also what plain reachability would say, for comparison
    #[arg(long)]
    reach: bool,
    /// Engine: all give the same numbers, `auto` takes the one with less work; `both` checks that
    #[arg(long, value_enum, default_value = "auto")]
    engine: EngineName,
    /// Print only the N widest
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum EngineName {
    Auto,
    Scalar,
    Sliced,
    Both,
}

/// What `cascade blast --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    /// Nodes of the model.
    nodes: usize,
    /// Conjuncts of all run gates.
    clauses: usize,
    /// One entry a node, in the order of the model (widest first with `--top`).
    blast: Vec<Blast>,
    /// Joint failures asked for with `--set`.
    sets: Vec<SetBlast>,
    /// One entry a shared cause.
    causes: Vec<CauseBlast>,
    /// Time of the engine on all single failures, without reading the file.
    seconds: f64,
}

#[derive(Serialize, JsonSchema)]
struct SetBlast {
    set: Vec<String>,
    /// Nodes that are down then, the set included.
    down: usize,
    nodes: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (_, graph) = arguments.input.graph()?;
    let engine = match arguments.engine {
        EngineName::Auto => Engine::Auto,
        EngineName::Scalar => Engine::Scalar,
        EngineName::Sliced => Engine::Sliced,
        EngineName::Both => Engine::Both,
    };
    let begun = Instant::now();
    let down = single_failures(&graph, engine)?;
    let seconds = begun.elapsed().as_secs_f64();
    let reach = arguments.reach.then(|| reachability(&graph));
    let mut blast: Vec<Blast> = down
        .iter()
        .enumerate()
        .map(|(node, down)| Blast {
            node: graph.id(node as u32).to_owned(),
            down: *down,
            reach: reach.as_ref().map(|reach| reach[node]),
        })
        .collect();
    if let Some(top) = arguments.top {
        blast.sort_by(|a, b| b.down.cmp(&a.down).then_with(|| a.node.cmp(&b.node)));
        blast.truncate(top);
    }
    let mut sets = Vec::new();
    for set in &arguments.set {
        let ids: Vec<String> = set.split(',').map(|id| id.trim().to_owned()).collect();
        let nodes = ids.iter().map(|id| graph.node(id)).collect::<Result<Vec<u32>, _>>()?;
        let down = joint_failure(&graph, &nodes);
        let names = down.iter().map(|node| graph.id(*node).to_owned()).collect();
        sets.push(SetBlast { set: ids, down: down.len(), nodes: names });
    }
    let report = Report {
        nodes: graph.len(),
        clauses: graph.clauses(),
        blast,
        sets,
        causes: every_cause(&graph),
        seconds,
    };
    if arguments.json {
        print_json(&report)?
    } else {
        print_lines(lines(&report))?
    }
    Ok(Outcome::Done)
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines =
        vec![format!("{} nodes, {} clauses, {:.3} s", report.nodes, report.clauses, report.seconds)];
    for row in &report.blast {
        let reach = row.reach.map_or(String::new(), |reach| format!("  (reachability {reach})"));
        lines.push(format!("{:>9}  {}{reach}", row.down, row.node));
    }
    lines.extend(report.sets.iter().map(|row| format!("{:>9}  {}", row.down, row.set.join(" + "))));
    lines.extend(report.causes.iter().map(|row| format!("{:>9}  cause {}", row.down, row.cause)));
    lines
}
