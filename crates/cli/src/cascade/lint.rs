//! `cascade lint`: the plan linter. Exit 1 when it finds something.

use std::time::Instant;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_cascade::lint::{Finding, RULES, lint};
use shinayaka_cascade::model::Date;

use super::input::{Input, print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// The day from which ages count; today when absent
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Language of the messages
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// Print JSON, in both languages
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    En,
    Ja,
}

/// What `cascade lint --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    nodes: usize,
    /// Rules that were checked.
    rules: Vec<&'static str>,
    findings: Vec<Finding>,
    /// Time of the check, without reading the file.
    seconds: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let model = arguments.input.model()?;
    let today = arguments.today.unwrap_or_else(|| jiff::Zoned::now().date());
    let begun = Instant::now();
    let findings = lint(&model, today)?;
    let seconds = begun.elapsed().as_secs_f64();
    let rules = RULES.iter().map(|rule| rule.id).collect();
    let report = Report { nodes: model.nodes.len(), rules, findings, seconds };
    if arguments.json {
        print_json(&report)?;
    } else {
        print_lines(report.findings.iter().map(|finding| {
            let message = match arguments.language {
                Language::En => &finding.message.en,
                Language::Ja => &finding.message.ja,
            };
            format!("{}: {message}", finding.rule)
        }))?;
    }
    Ok(if report.findings.is_empty() { Outcome::Done } else { Outcome::Finding })
}
