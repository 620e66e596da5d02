//! `match index`: records of every format into a segment, catalogues and scores into the intelligence beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use shinayaka_matching::assertion::Bulletin;
use shinayaka_matching::import::cve::Contradiction;
use shinayaka_matching::import::{csaf, cve, osv, vex};
use shinayaka_matching::index::Builder;
use shinayaka_matching::priority::Intelligence;

use super::files::{gather, open, put, spinner, whole, with_ending};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// CVE records (JSON, one or many a file, .zst too); files or folders
    #[arg(long, value_name = "FILE", num_args = 1..)]
    cve: Vec<PathBuf>,
    /// OSV records (JSON, one or many a file), RustSec advisories (.md); files or folders
    #[arg(long, value_name = "FILE", num_args = 1..)]
    osv: Vec<PathBuf>,
    /// CSAF advisories; files or folders
    #[arg(long, value_name = "FILE", num_args = 1..)]
    csaf: Vec<PathBuf>,
    /// OpenVEX or CycloneDX VEX; files or folders
    #[arg(long, value_name = "FILE", num_args = 1..)]
    vex: Vec<PathBuf>,
    /// Catalogues of exploited vulnerabilities; NAME=FILE names one, else the file does
    #[arg(long, value_name = "FILE", num_args = 1..)]
    kev: Vec<String>,
    /// EPSS score files (CSV); several days make the likelihood of past exploitation
    #[arg(long, value_name = "FILE", num_args = 1..)]
    epss: Vec<PathBuf>,
    /// SSVC selections (JSON)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    ssvc: Vec<PathBuf>,
    /// Add a segment beside those of the folder instead of writing the folder anew
    #[arg(long)]
    delta: bool,
    /// Folder for the index
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What came in, and what did not.
#[derive(Default)]
pub struct Intake {
    pub builder: Builder,
    pub intelligence: Intelligence,
    pub records: usize,
    pub faults: Vec<String>,
    pub contradictions: Vec<Contradiction>,
}

impl Intake {
    fn add(&mut self, bulletin: &Bulletin) {
        self.builder.add(bulletin);
    }

    fn fault(&mut self, path: &Path, fault: impl std::fmt::Display) {
        self.faults.push(format!("{}: {fault}", path.display()));
    }

    pub fn cve(&mut self, path: &Path) -> anyhow::Result<()> {
        for entry in shinayaka_cve::read(open(path)?, shinayaka_cve::Limits::default()) {
            match entry {
                Ok(entry) => {
                    self.records += 1;
                    for bulletin in cve::bulletins(&entry.record) {
                        self.add(&bulletin);
                    }
                    for list in cve::selections(&entry.record) {
                        self.intelligence.add_selections(&list);
                    }
                    self.contradictions.extend(cve::contradictions(&entry.record));
                }
                Err(fault) => self.fault(path, fault),
            }
        }
        Ok(())
    }

    pub fn osv(&mut self, path: &Path) -> anyhow::Result<()> {
        if path.extension().is_some_and(|extension| extension == "md") {
            let text =
                String::from_utf8(whole(path)?).with_context(|| format!("{}: not UTF-8", path.display()))?;
            let toolchain = path.components().any(|part| part.as_os_str() == "rust");
            let collection = match toolchain {
                true => shinayaka_osv::rustsec::Collection::Rust,
                false => shinayaka_osv::rustsec::Collection::Crates,
            };
            // Folders of advisories hold other Markdown too.
            if text.trim_start().starts_with("```toml") {
                match shinayaka_osv::rustsec::read(&text, collection) {
                    Ok(record) => {
                        self.records += 1;
                        self.add(&osv::bulletin(&record));
                    }
                    Err(fault) => self.fault(path, fault),
                }
            }
            return Ok(());
        }
        for entry in shinayaka_osv::read(open(path)?, shinayaka_osv::Limits::default()) {
            match entry {
                Ok(entry) => {
                    self.records += 1;
                    self.add(&osv::bulletin(&entry.record));
                }
                Err(fault) => self.fault(path, fault),
            }
        }
        Ok(())
    }

    pub fn csaf(&mut self, path: &Path) -> anyhow::Result<()> {
        let bytes = whole(path)?;
        match shinayaka_csaf::read(&bytes) {
            Ok(advisory) => {
                self.records += 1;
                self.add(&csaf::bulletin(&advisory, &digest(&bytes)));
            }
            Err(fault) => self.fault(path, fault),
        }
        Ok(())
    }

    pub fn vex(&mut self, path: &Path) -> anyhow::Result<()> {
        let bytes = whole(path)?;
        match shinayaka_vex::read(&bytes) {
            Ok(document) => {
                self.records += 1;
                self.add(&vex::bulletin(&document, &path.display().to_string(), &digest(&bytes)));
            }
            Err(fault) => self.fault(path, fault),
        }
        Ok(())
    }

    fn kev(&mut self, given: &str) -> anyhow::Result<()> {
        let (name, path) = match given.split_once('=') {
            Some((name, path)) => (Some(name.to_owned()), PathBuf::from(path)),
            None => (None, PathBuf::from(given)),
        };
        let catalogue = shinayaka_kev::read(&whole(&path)?).with_context(|| path.display().to_string())?;
        let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        self.intelligence.add_catalogue(&name.or(catalogue.title.clone()).unwrap_or(stem), &catalogue);
        Ok(())
    }

    /// Each unreadable record with its place, the first twenty of them in full.
    pub fn report(&self) -> Outcome {
        for fault in self.faults.iter().take(20) {
            eprintln!("{fault}");
        }
        if self.faults.len() > 20 {
            eprintln!("… and {} more records that cannot be read", self.faults.len() - 20);
        }
        if self.faults.is_empty() { Outcome::Done } else { Outcome::Finding }
    }
}

pub fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn read(arguments: &Arguments) -> anyhow::Result<Intake> {
    let mut intake = Intake::default();
    let bar = spinner("files of records");
    type Reader = fn(&mut Intake, &Path) -> anyhow::Result<()>;
    let readers: [(&[PathBuf], Reader); 4] = [
        (&arguments.cve, Intake::cve),
        (&arguments.osv, Intake::osv),
        (&arguments.csaf, Intake::csaf),
        (&arguments.vex, Intake::vex),
    ];
    for (given, reader) in readers {
        for path in gather(given)? {
            reader(&mut intake, &path)?;
            bar.inc(1);
        }
    }
    for given in &arguments.kev {
        intake.kev(given)?;
    }
    for path in &arguments.ssvc {
        let list = shinayaka_ssvc::read(&whole(path)?).with_context(|| path.display().to_string())?;
        intake.intelligence.add_selections(&list);
    }
    for path in &arguments.epss {
        let scores = shinayaka_epss::read(open(path)?).with_context(|| path.display().to_string())?;
        intake.intelligence.add_scores(scores).with_context(|| path.display().to_string())?;
    }
    bar.finish_and_clear();
    Ok(intake)
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut intake = read(arguments)?;
    if intake.records == 0
        && arguments.kev.is_empty()
        && arguments.epss.is_empty()
        && arguments.ssvc.is_empty()
    {
        intake.report();
        bail!("no record was read");
    }
    std::fs::create_dir_all(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    let before = with_ending(&arguments.out, "segment")?;
    let number = if arguments.delta { before.len() } else { 0 };
    let (assertions, ranges) = (intake.builder.assertions(), intake.builder.ranges());
    let bytes = std::mem::take(&mut intake.builder).finish()?;
    let path = arguments.out.join(format!("{number:04}.segment"));
    put(&path, &bytes)?;
    if !arguments.delta {
        for old in before.iter().filter(|old| **old != path) {
            std::fs::remove_file(old).with_context(|| old.display().to_string())?;
        }
    }
    intelligence(arguments, &mut intake)?;
    let lines: Vec<String> =
        intake.contradictions.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    if !arguments.delta || !lines.is_empty() {
        put(&arguments.out.join("contradictions.ndjson"), (lines.join("\n") + "\n").trim_start().as_bytes())?;
    }
    eprintln!(
        "{} records, {assertions} assertions, {ranges} ranges, {} bytes; {} published CVSS scores contradict their vector; {} records cannot be read",
        intake.records,
        bytes.len(),
        intake.contradictions.len(),
        intake.faults.len(),
    );
    Ok(intake.report())
}

/// A delta brings new knowledge on top of the old.
fn intelligence(arguments: &Arguments, intake: &mut Intake) -> anyhow::Result<()> {
    let path = arguments.out.join("intelligence.json");
    intake.intelligence.finish(jiff::Timestamp::now().as_second() / 86_400);
    if arguments.delta && path.exists() {
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let mut old: Intelligence =
            serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
        old.merge(std::mem::take(&mut intake.intelligence));
        intake.intelligence = old;
    }
    put(&path, &serde_json::to_vec(&intake.intelligence)?)
}
