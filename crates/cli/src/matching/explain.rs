//! `match explain`: what is said about one component, and which statement decided.

use anyhow::Context;
use serde_json::Value;
use shinayaka_matching::index::inventory::Details;
use shinayaka_matching::index::{Component, InventoryBuilder};

use super::files::View;
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    view: View,
    /// Package URL of the component
    #[arg(long, value_name = "PURL")]
    component: String,
    /// CPE name of the component
    #[arg(long, value_name = "CPE")]
    cpe: Option<String>,
    /// Only this vulnerability, by any of its names
    #[arg(long, value_name = "ID")]
    vulnerability: Option<String>,
    /// One JSON object a finding
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let index = arguments.view.open(Vec::new())?;
    let map = arguments.view.map()?;
    let mut builder = InventoryBuilder::new(&map);
    let cpes: Vec<String> = arguments.cpe.iter().cloned().collect();
    builder.push(&Component {
        text: arguments.component.clone(),
        names: Vec::new(),
        details: Details { cpes, ..Details::default() },
    });
    let inventory = builder.open()?;
    let mut findings = index.findings(&inventory, |_| true);
    if let Some(id) = &arguments.vulnerability {
        let shown = index.aliases.canonical(id);
        findings.retain(|finding| finding.vulnerability == shown);
    }
    if findings.is_empty() {
        eprintln!("none: no source says anything that bears on {}", arguments.component);
        return Ok(Outcome::Done);
    }
    for finding in &findings {
        let value = serde_json::to_value(finding)?;
        if arguments.json {
            println!("{value}");
        } else {
            text(&value).context("a proof without its parts")?;
        }
        for (relation, other) in index.aliases.others(&finding.vulnerability).filter(|_| !arguments.json) {
            println!("    {} {other}", serde_json::to_value(relation)?.as_str().unwrap_or(""));
        }
    }
    Ok(Outcome::Done)
}

fn text(finding: &Value) -> Option<()> {
    let words = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let proof = &finding["proof"];
    println!("{} {}", words(&finding["vulnerability"]), words(&finding["verdict"]).replace('_', " "));
    let line = |title: &str, said: &Value| {
        println!(
            "    {title} {} {} (revision {}, {}): {} in {}",
            words(&said["source"]),
            words(&said["document"]),
            words(&said["revision"]),
            words(&said["authority"]),
            words(&said["statement"]).replace('_', " "),
            words(&said["range"]),
        );
        if let Some(reason) = said["undecidable"].as_str() {
            println!("        cannot be evaluated: {reason}");
        }
    };
    line("decided by", &proof["assertion"]);
    println!(
        "    through {} {} (tier {}), scheme {}, policy {}",
        words(&proof["identity"]["through"]["kind"]),
        words(&proof["identity"]["subject"]),
        finding["tier"],
        words(&proof["scheme"]),
        words(&proof["policy"]),
    );
    for said in proof["overrode"].as_array()? {
        line("overrode", said);
    }
    Some(())
}
