//! `oscal validate`: the faults of documents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_oscal::check::{Fault, Level, check, is_valid};

use super::files::{deliver, print_json, read};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// Documents of any OSCAL model, as JSON, YAML or XML
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What `oscal validate --json` prints, one a file.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    file: String,
    /// The model: `catalog`, `profile` …
    model: String,
    /// The version the document declares.
    oscal_version: Option<String>,
    valid: bool,
    faults: Vec<Fault>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut reports = Vec::new();
    for path in &arguments.files {
        let document = read(path)?;
        let faults = check(&document);
        reports.push(Report {
            file: path.display().to_string(),
            model: document.kind.name().to_owned(),
            oscal_version: document.oscal_version().map(|version| version.to_string()),
            valid: is_valid(&faults),
            faults,
        });
    }
    match arguments.json {
        true => print_json(&reports)?,
        false => deliver(&text(&reports), None)?,
    }
    Ok(if reports.iter().all(|report| report.valid) { Outcome::Done } else { Outcome::Finding })
}

fn text(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        for fault in &report.faults {
            let level = if fault.level == Level::Error { "error" } else { "warning" };
            let Fault { rule, path, line, message, .. } = fault;
            out.push_str(&format!("{}:{line}: {level}: {path}: {message} [{rule}]\n", report.file));
        }
        let errors = report.faults.iter().filter(|fault| fault.level == Level::Error).count();
        let version = report.oscal_version.as_deref().unwrap_or("of no version");
        let verdict = if report.valid { "valid".to_owned() } else { format!("not valid, {errors} errors") };
        let warnings = report.faults.len() - errors;
        out.push_str(&format!(
            "{}: {} {version}: {verdict}, {warnings} warnings\n",
            report.file, report.model
        ));
    }
    out
}
