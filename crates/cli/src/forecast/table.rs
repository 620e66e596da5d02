//! `forecast verify` and `forecast precede`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use shinayaka_forecast::base_rate::{Precedence, precedence};
use shinayaka_forecast::plot;
use shinayaka_forecast::series::seconds_of;
use shinayaka_forecast::verify::{read_stated, verify as engine};

use super::{read, stem, write};
use crate::Outcome;

#[derive(Args)]
pub struct VerifyArguments {
    /// CSV: a probability and an outcome (0 or 1) a line
    table: PathBuf,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    /// Draw the reliability diagram
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

pub fn verify(arguments: &VerifyArguments) -> anyhow::Result<Outcome> {
    let stated =
        read_stated(&read(&arguments.table)?).with_context(|| arguments.table.display().to_string())?;
    let found = engine(&stated);
    if let Some(path) = &arguments.plot {
        write(path, &plot::reliability(&stem(&arguments.table), &found.reliability, found.base_rate))?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&found)?);
        return Ok(Outcome::Done);
    }
    let brier = &found.brier;
    println!("{} forecasts, base rate {:.4}, log score {:.4}", found.n, found.base_rate, found.log_score);
    println!(
        "Brier {:.4} = reliability {:.4} - resolution {:.4} + uncertainty {:.4} + within bins {:.4}; skill {:+.3}",
        brier.brier,
        brier.reliability,
        brier.resolution,
        brier.uncertainty,
        brier.within_variance - brier.within_covariance,
        brier.skill
    );
    if let Some(area) = found.roc.area {
        println!("area under ROC {area:.4}");
    }
    println!("stated  observed      n  consistent with what was stated (90 %)");
    for bin in &found.reliability {
        let (low, high) = bin.consistent;
        println!("{:>6.3} {:>9.3} {:>6}  {low:.3} to {high:.3}", bin.stated, bin.observed, bin.n);
    }
    println!("warn from  POD    FAR    CSI    value at that cost/loss");
    let text = |share: Option<f64>| share.map_or_else(|| "  -  ".to_owned(), |share| format!("{share:.3}"));
    for warning in &found.warnings {
        let value = found.value.iter().find(|value| value.0 == warning.threshold).and_then(|value| value.1);
        println!(
            "{:>9} {}  {}  {}  {}",
            warning.threshold,
            text(warning.pod),
            text(warning.far),
            text(warning.csi),
            text(value)
        );
    }
    Ok(Outcome::Done)
}

#[derive(Args)]
pub struct PrecedeArguments {
    /// Days of the spikes, one a line (the first column of a CSV)
    spikes: PathBuf,
    /// Days of the events, one a line
    events: PathBuf,
    /// Windows in days
    #[arg(long, value_delimiter = ',', default_value = "21,42")]
    within: Vec<i64>,
    /// First day observed [default: the first spike or event]
    #[arg(long)]
    from: Option<String>,
    /// Last day observed [default: the last spike or event]
    #[arg(long)]
    until: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

const DAY: i64 = 86_400;

fn day(text: &str) -> Option<i64> {
    seconds_of(text).map(|seconds| seconds.div_euclid(DAY))
}

fn days(path: &Path) -> anyhow::Result<Vec<i64>> {
    let mut found = Vec::new();
    for (index, line) in read(path)?.trim_start_matches('\u{feff}').lines().enumerate() {
        let text = line.split([',', ';', '\t']).next().unwrap_or("").trim().trim_matches('"');
        match day(text) {
            Some(day) => found.push(day),
            None if text.is_empty() || index == 0 => {}
            None => bail!("{}: line {}: \"{text}\" is no day", path.display(), index + 1),
        }
    }
    if found.is_empty() {
        bail!("{}: no day", path.display());
    }
    Ok(found)
}

pub fn precede(arguments: &PrecedeArguments) -> anyhow::Result<Outcome> {
    let (spikes, events) = (days(&arguments.spikes)?, days(&arguments.events)?);
    let given = |text: &Option<String>| {
        text.as_deref().map(|text| day(text).with_context(|| format!("\"{text}\" is no day"))).transpose()
    };
    let all = || spikes.iter().chain(&events).copied();
    let from = given(&arguments.from)?.or_else(|| all().min()).unwrap_or_default();
    let until = given(&arguments.until)?.or_else(|| all().max()).unwrap_or_default();
    if until - from > 1_000_000 || until < from || arguments.within.iter().any(|within| *within < 1) {
        bail!(
            "the period must end after it begins and be shorter than a million days; windows are at least a day"
        );
    }
    let found: Vec<Precedence> =
        arguments.within.iter().map(|within| precedence(&spikes, &events, (from, until), *within)).collect();
    if arguments.json {
        println!("{}", serde_json::to_string(&found)?);
        return Ok(Outcome::Done);
    }
    for one in &found {
        println!(
            "{} of {} spikes ({:.0} %) were followed within {} days; of all days {:.0} % were (base rate). Ratio {}, p = {:.3}",
            one.followed,
            one.spikes,
            100.0 * one.share,
            one.within_days,
            100.0 * one.base_rate,
            one.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
            one.p_value
        );
    }
    Ok(Outcome::Done)
}
