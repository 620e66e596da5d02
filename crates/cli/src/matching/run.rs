//! `match run`: components against an index.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::bail;
use serde::Serialize;
use shinayaka_matching::index::Inventory;
use shinayaka_matching::matcher::{Finding, Matches};
use shinayaka_matching::priority::{Intelligence, Priority, decision, prioritise};
use shinayaka_matching::verdict::Verdict;

use super::components::{Source, build};
use super::files::{View, inventories};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    view: View,
    #[command(flatten)]
    source: Source,
    /// Folder that `match inventory` wrote
    #[arg(long, value_name = "DIR")]
    inventory: Option<PathBuf>,
    /// The components are publicly exposed, unless their list says otherwise
    #[arg(long)]
    exposed: bool,
    /// Only these verdicts: affected, under_investigation, undecidable, fixed, not_affected
    #[arg(long, value_name = "VERDICT", value_delimiter = ',', value_parser = verdict)]
    verdict: Vec<Verdict>,
    /// One JSON object a finding
    #[arg(long)]
    json: bool,
}

fn verdict(text: &str) -> Result<Verdict, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| {
        format!("\"{text}\" is none of affected, under_investigation, undecidable, fixed, not_affected")
    })
}

/// A finding with what to do about it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    /// Null for what needs no action.
    priority: Option<Priority>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    if arguments.source.sbom.is_empty()
        && arguments.source.components.is_empty()
        && arguments.inventory.is_none()
    {
        bail!("give components by --sbom, --components or --inventory");
    }
    let index = arguments.view.open(Vec::new())?;
    let intelligence = arguments.view.intelligence()?;
    let mut all = match &arguments.inventory {
        Some(folder) => inventories(folder)?,
        None => Vec::new(),
    };
    let exposed = arguments.exposed.then_some(true);
    let builders = build(&arguments.source, index.names(), None)?;
    let opened: Vec<Result<Inventory, _>> = std::thread::scope(|scope| {
        let threads: Vec<_> = builders.into_iter().map(|builder| scope.spawn(|| builder.open())).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    for inventory in opened {
        all.push(inventory?);
    }
    let wanted = |verdict: Verdict| arguments.verdict.is_empty() || arguments.verdict.contains(&verdict);
    let components: u64 = all.iter().map(|inventory| u64::from(inventory.components())).sum();
    let matches: Vec<Matches> = std::thread::scope(|scope| {
        let threads: Vec<_> = all.iter().map(|inventory| scope.spawn(|| index.matches(inventory))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let findings = in_order(&matches).flat_map(|(at, group)| matches[at].findings(group, &wanted));
    print(findings, &intelligence, exposed, arguments.json, components)
}

/// Components of all inventories in the order of their names, then of their sources: nothing of the way in which they
/// were read remains.
fn in_order(matches: &[Matches]) -> impl Iterator<Item = (usize, usize)> + use<> {
    let mut order: Vec<(usize, usize)> = matches
        .iter()
        .enumerate()
        .flat_map(|(at, some)| (0..some.len()).map(move |group| (at, group)))
        .collect();
    order.sort_unstable_by(|a, b| {
        let text = |place: &(usize, usize)| matches[place.0].text(place.1);
        let source = |place: &(usize, usize)| matches[place.0].source(place.1);
        text(a).cmp(text(b)).then_with(|| source(a).cmp(&source(b)))
    });
    order.into_iter()
}

pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (&a.component, &a.source, &a.vulnerability).cmp(&(&b.component, &b.source, &b.vulnerability))
    });
}

/// Prints findings and the summary; an affected component is a finding in the sense of the exit code.
pub fn print(
    findings: impl IntoIterator<Item = Finding>,
    intelligence: &Intelligence,
    exposed: Option<bool>,
    json: bool,
    components: u64,
) -> anyhow::Result<Outcome> {
    let table = decision::directive();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    for finding in findings {
        let (word, open) = match finding.verdict {
            Verdict::Affected => ("affected", true),
            Verdict::UnderInvestigation => ("under investigation", true),
            Verdict::Undecidable => ("undecidable", true),
            Verdict::Fixed => ("fixed", false),
            Verdict::NotAffected => ("not affected", false),
        };
        *counts.entry(word).or_default() += 1;
        let priority = open
            .then(|| prioritise(&table, intelligence, &finding.vulnerability, finding.exposed.or(exposed)));
        if json {
            serde_json::to_writer(&mut out, &Line { finding: &finding, priority })?;
            out.write_all(b"\n")?;
        } else {
            let due = match &priority {
                Some(Priority { due_days: Some(days), .. }) => format!("{days} days"),
                Some(_) => "next upgrade".to_owned(),
                None => String::new(),
            };
            writeln!(out, "{word:<20}{:<18}{:<14}{}", finding.vulnerability, due, finding.component)?;
        }
    }
    out.flush()?;
    let count = |word: &str| counts.get(word).copied().unwrap_or(0);
    eprintln!(
        "{components} components: {} affected, {} under investigation, {} undecidable, {} fixed, {} not affected",
        count("affected"),
        count("under investigation"),
        count("undecidable"),
        count("fixed"),
        count("not affected"),
    );
    Ok(if count("affected") > 0 { Outcome::Finding } else { Outcome::Done })
}
