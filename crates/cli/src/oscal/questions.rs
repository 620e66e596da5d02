//! `oscal questions`: several standards, one set of questions.

use std::path::PathBuf;

use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_oscal::mapping::{Ask, Contradiction, Network, Questions, ask, contradictions};

use super::files::{Imports, deliver, print_json};
use super::map::Inputs;
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// Profiles or catalogues to be fulfilled, and the mapping collections between them, in any order
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    imports: Imports,
}

/// What `oscal questions --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    #[serde(flatten)]
    questions: Questions,
    contradictions: Vec<Contradiction>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut inputs = Inputs::default();
    for path in &arguments.files {
        inputs.add(path, &arguments.imports)?;
    }
    if inputs.standards.is_empty() {
        bail!("no profile or catalogue was given");
    }
    let network = Network::new(inputs.standards, &inputs.collections);
    let report = Report { questions: ask(&network), contradictions: contradictions(&network, 3) };
    match arguments.json {
        true => print_json(&report)?,
        false => deliver(&text(&report), None)?,
    }
    Ok(if report.contradictions.is_empty() { Outcome::Done } else { Outcome::Finding })
}

fn text(report: &Report) -> String {
    let questions = &report.questions;
    let mut out = String::new();
    for item in &questions.asked {
        let word = match item.ask {
            Ask::Whole => "ask",
            Ask::Difference => "ask the difference",
            Ask::Follows => "follows",
        };
        out.push_str(&format!("{}: {} {}: {word}\n", item.standard, item.control, item.title));
        item.overlaps.iter().for_each(|other| out.push_str(&format!("    beyond {other}\n")));
        for step in &item.proof {
            out.push_str(&format!("    {} gives {}: {}\n", step.from.join(" + "), step.to, step.claim));
        }
    }
    for duplicate in &questions.duplicates {
        out.push_str(&format!("duplicates: {}\n", duplicate.controls.join(" = ")));
        duplicate.proof.iter().for_each(|claim| out.push_str(&format!("    {claim}\n")));
    }
    for gap in &questions.gaps {
        out.push_str(&format!("no mapping speaks of {}: {}\n", gap.standard, gap.controls.join(", ")));
    }
    for contradiction in &report.contradictions {
        out.push_str(&format!("contradiction: {} and {}\n", contradiction.source, contradiction.target));
        contradiction.one.iter().for_each(|step| out.push_str(&format!("    one says {step}\n")));
        contradiction.other.iter().for_each(|step| out.push_str(&format!("    the other says {step}\n")));
    }
    let asked = questions.whole + questions.difference;
    let bound = match questions.exact {
        true => "no smaller set does".to_owned(),
        false => format!("at least {} are needed", questions.at_least),
    };
    out.push_str(&format!(
        "{} controls: {} follow, {asked} questions left ({} whole, {} differences); {bound}\n",
        questions.controls, questions.follow, questions.whole, questions.difference
    ));
    out
}
