//! `match who`: the other direction, and `match dead`: statements that bear on nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use shinayaka_matching::index::Segment;

use super::files::{View, gather, inventories, open, whole};
use super::index::Intake;
use super::run::{print, sort};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    view: View,
    /// Folder that `match inventory` wrote
    #[arg(long, value_name = "DIR")]
    inventory: PathBuf,
    /// Advisories (CSAF, OSV, CVE, VEX, RustSec), files or folders; or identifiers of vulnerabilities in the index
    #[arg(required = true)]
    advisory: Vec<String>,
    /// One JSON object a finding
    #[arg(long)]
    json: bool,
}

/// Advisories as a segment of their own, and the identifiers that were given instead of files.
fn advisories(arguments: &Arguments) -> anyhow::Result<(Option<Segment>, BTreeSet<String>)> {
    let mut intake = Intake::default();
    let mut names = BTreeSet::new();
    for given in &arguments.advisory {
        let path = PathBuf::from(given);
        if path.exists() {
            for path in gather(&[path])? {
                read(&mut intake, &path)?;
            }
        } else if given.contains('-') && !given.contains(['/', '.']) {
            names.insert(given.clone());
        } else {
            bail!("{given}: no such file, and no identifier of a vulnerability");
        }
    }
    if let Some(fault) = intake.faults.first() {
        bail!("{fault}");
    }
    if intake.builder.assertions() == 0 {
        return Ok((None, names));
    }
    let bytes = intake.builder.finish()?;
    Ok((Some(Segment::open(Arc::new(bytes))?), names))
}

fn read(intake: &mut Intake, path: &Path) -> anyhow::Result<()> {
    if path.extension().is_some_and(|extension| extension == "md") {
        return intake.osv(path);
    }
    let mut head = vec![0; 1 << 16];
    let length = std::io::Read::read(&mut open(path)?, &mut head)?;
    let head = String::from_utf8_lossy(&head[..length]);
    let has = |member: &str| head.contains(&format!("\"{member}\""));
    if has("cveMetadata") {
        return intake.cve(path);
    }
    if has("csaf_version") {
        return intake.csaf(path);
    }
    if head.contains("openvex.dev") || has("bomFormat") {
        return intake.vex(path);
    }
    if has("id") && (has("modified") || has("affected")) {
        return intake.osv(path);
    }
    // Members can stand in any order: a long document may name its format at the end.
    let bytes = whole(path)?;
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("\"csaf_version\"") {
        return intake.csaf(path);
    }
    if text.contains("\"cveMetadata\"") {
        return intake.cve(path);
    }
    bail!("{}: neither CSAF, OSV, CVE, VEX nor RustSec", path.display())
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (segment, mut names) = advisories(arguments)?;
    let asked = segment.is_some();
    let index = arguments.view.open(segment.into_iter().collect())?;
    if asked {
        names.extend(index.names_in(index.segments().len() - 1));
    }
    let all = inventories(&arguments.inventory)?;
    let started = Instant::now();
    let mut findings = Vec::new();
    for inventory in &all {
        findings.extend(index.findings_about(&names, inventory));
    }
    sort(&mut findings);
    eprintln!("{} vulnerabilities searched in {:.1} ms", names.len(), started.elapsed().as_secs_f64() * 1e3);
    let components = all.iter().map(|inventory| u64::from(inventory.components())).sum();
    print(findings, &arguments.view.intelligence()?, None, arguments.json, components)
}

pub fn dead(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (segment, _) = advisories(arguments)?;
    let segment = segment.context("the advisory states nothing")?;
    let index = arguments.view.open(vec![segment])?;
    let all = inventories(&arguments.inventory)?;
    let last = index.segments().len() - 1;
    let mut dead: Option<Vec<serde_json::Value>> = None;
    for inventory in &all {
        let found = index.dead(last, inventory);
        // A statement is dead when it is dead in every part of the inventory.
        dead = Some(match dead {
            None => found,
            Some(before) => {
                let key = |value: &serde_json::Value| {
                    (
                        value["subject"].clone(),
                        value["range"].clone(),
                        value["vulnerability"].clone(),
                        value["statement"].clone(),
                    )
                };
                before
                    .into_iter()
                    .filter(|value| found.iter().any(|other| key(other) == key(value)))
                    .collect()
            }
        });
    }
    let dead = dead.unwrap_or_default();
    for statement in &dead {
        if arguments.json {
            println!("{statement}");
        } else {
            println!(
                "{} {} {}: {}",
                statement["vulnerability"], statement["subject"], statement["range"], statement["reason"]
            );
        }
    }
    let all = index.segments()[last].assertions();
    eprintln!("{} of {all} statements bear on nothing", dead.len());
    Ok(if dead.is_empty() { Outcome::Done } else { Outcome::Finding })
}
