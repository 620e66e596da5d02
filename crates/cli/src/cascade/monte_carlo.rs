//! `cascade run --trials`: many random runs.

use std::time::{Duration as Elapsed, Instant};

use anyhow::Context;
use indicatif::ProgressBar;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_cascade::graph::Graph;
use shinayaka_cascade::monte_carlo::{
    Difference, Logic, MonteCarlo, Options, Spread, Tornado, ValueOfInformation, logic, run, tornado,
    value_of_information, what_if,
};

use super::input::{print_json, print_lines};

/// What `cascade run --trials N --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    #[serde(flatten)]
    monte_carlo: MonteCarlo,
    /// With `--what-if`: what the patch changes, trial by trial on the same random numbers.
    what_if: Vec<Difference>,
    /// What the downtime of the first target hangs on, with `--sensitivity`.
    tornado: Vec<Tornado>,
    /// Which guess to measure next, with `--sensitivity`.
    value_of_information: Vec<ValueOfInformation>,
    seconds: f64,
}

/// What `cascade run --trials N --logic --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct LogicReport {
    #[serde(flatten)]
    logic: Logic,
    seconds: f64,
    node_trials_per_second: f64,
}

/// What is asked besides the trials.
pub struct Questions<'a> {
    /// The variant to compare with.
    pub what_if: Option<&'a Graph>,
    pub sensitivity: bool,
    pub json: bool,
}

/// A spinner on a terminal, nothing in a pipe; it shows only when the work takes over a second.
fn spinner(text: String) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(text);
    bar.enable_steady_tick(Elapsed::from_secs(1));
    bar
}

/// Runs the trials; whether a promise is broken more often than kept.
pub fn simulate(graph: &Graph, options: &Options, questions: &Questions<'_>) -> anyhow::Result<bool> {
    let bar = spinner(format!("{} trials on {} nodes", options.trials, graph.len()));
    let begun = Instant::now();
    let monte_carlo = run(graph, options)?;
    let seconds = begun.elapsed().as_secs_f64();
    let what_if = match questions.what_if {
        None => Vec::new(),
        Some(variant) => what_if(graph, variant, options)?,
    };
    let (mut bars, mut values) = (Vec::new(), Vec::new());
    if questions.sensitivity {
        let first = monte_carlo.targets.first().context("nothing to be sensitive about: no targets")?;
        let target = graph.node(&first.node)?;
        bars = tornado(graph, target, options)?;
        values = value_of_information(graph, target, options)?;
    }
    bar.finish_and_clear();
    let broken =
        monte_carlo.targets.iter().any(|target| target.promise_broken.is_some_and(|share| share > 0.5));
    let report = Report { monte_carlo, what_if, tornado: bars, value_of_information: values, seconds };
    if questions.json {
        print_json(&report)?
    } else {
        print_lines(lines(&report))?
    }
    Ok(broken)
}

/// Runs the logic alone, without time.
pub fn logic_only(graph: &Graph, options: &Options, json: bool) -> anyhow::Result<()> {
    let bar = spinner(format!("{} trials of the logic on {} nodes", options.trials, graph.len()));
    let begun = Instant::now();
    let logic = logic(graph, options.trials, options.seed, options.failure_probability);
    let seconds = begun.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let rate = logic.trials as f64 * graph.len() as f64 / seconds;
    let report = LogicReport { logic, seconds, node_trials_per_second: rate };
    if json {
        return print_json(&report);
    }
    let mut lines = vec![format!(
        "{} trials: {:.3} nodes fail, {:.3} are down on average; {rate:.2e} node-trials a second",
        report.logic.trials, report.logic.mean_failed, report.logic.mean_down
    )];
    lines.extend(report.logic.nodes.iter().map(|node| format!("{:>10.6}  {}", node.down, node.node)));
    print_lines(lines)
}

fn lines(report: &Report) -> Vec<String> {
    let spread = |s: &Spread| {
        format!(
            "mean {:.2} ± {:.2}  P10 {:.2}  P50 {:.2}  P90 {:.2}  P95 {:.2}  max {:.2}",
            s.mean, s.error, s.p10, s.p50, s.p90, s.p95, s.max
        )
    };
    let monte_carlo = &report.monte_carlo;
    let mut lines = vec![
        format!(
            "{} trials, seed {}, horizon {} h",
            monte_carlo.trials, monte_carlo.seed, monte_carlo.horizon_h
        ),
        format!("service-hours lost: {}", spread(&monte_carlo.service_hours_lost)),
    ];
    for target in &monte_carlo.targets {
        let broken = target
            .promise_broken
            .map_or(String::new(), |share| format!("  promise broken {:.1} %", share * 100.0));
        lines.push(format!(
            "{}: hit {:.1} %, not back {:.1} %{broken}; hours down: {}",
            target.node,
            target.hit * 100.0,
            target.not_back * 100.0,
            spread(&target.down_h)
        ));
        let critical: Vec<String> = target
            .criticality
            .iter()
            .take(5)
            .map(|node| format!("{} {:.0} %", node.node, node.index * 100.0))
            .collect();
        if !critical.is_empty() {
            lines.push(format!("  on the critical path: {}", critical.join(", ")));
        }
    }
    for row in &report.what_if {
        lines.push(format!(
            "what if, {}: {:+.3} h [{:+.3}, {:+.3}]",
            row.node, row.hours.mean, row.low, row.high
        ));
    }
    for row in &report.tornado {
        lines.push(format!("tornado: {:>8.2} h .. {:>8.2} h  {}", row.low_h, row.high_h, row.parameter));
    }
    for row in &report.value_of_information {
        lines.push(format!(
            "measure next: {:>5.1} % of the variance  {}",
            row.variance_share * 100.0,
            row.parameter
        ));
    }
    lines
}
