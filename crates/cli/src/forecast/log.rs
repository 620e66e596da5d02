//! `forecast log`: forecasts written before their truth, scored when it is known, in one chain of hashes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_forecast::hub;
use shinayaka_forecast::log::{Entry, Issue, Log, score};
use shinayaka_forecast::{Series, log::LogError};

use super::{load, read, stem};
use crate::Outcome;

#[derive(Subcommand)]
pub enum Command {
    /// Append the forecasts of a quantile table (`forecast run --hub`, or an outsider's)
    Add(AddArguments),
    /// Score the forecasts of a series whose truth is known by now
    Score(ScoreArguments),
    /// Check every link; exit code 1 with the line where the chain is broken
    Verify(VerifyArguments),
    /// Scores so far by forecaster and target
    Board(BoardArguments),
}

#[derive(Args)]
pub struct AddArguments {
    /// The log (JSON lines); it is made if it does not exist
    log: PathBuf,
    /// Quantile table
    table: PathBuf,
    /// Who forecasts
    #[arg(long)]
    forecaster: String,
    /// Time of issue [default: the clock]
    #[arg(long)]
    now: Option<String>,
}

#[derive(Args)]
pub struct ScoreArguments {
    /// The log
    log: PathBuf,
    /// CSV with what came
    series: PathBuf,
    /// Name of the column with the values, instead of the second one
    #[arg(long)]
    column: Option<String>,
    /// Target that the series is the truth of [default: the name of the file]
    #[arg(long)]
    target: Option<String>,
    /// Time of scoring [default: the clock]
    #[arg(long)]
    now: Option<String>,
}

#[derive(Args)]
pub struct VerifyArguments {
    /// The log
    log: PathBuf,
    /// A hash that the log must still hold: what `verify` printed earlier
    #[arg(long)]
    head: Option<String>,
}

#[derive(Args)]
pub struct BoardArguments {
    /// The log
    log: PathBuf,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Scores of one forecaster on one target and horizon.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Standing {
    forecaster: String,
    target: String,
    /// Length of the window in seconds.
    seconds: i64,
    /// Forecasts whose truth is known.
    scored: usize,
    /// Mean CRPS of the quantiles.
    crps: f64,
    /// Share of outcomes inside the outermost quantiles, and their mean nominal coverage.
    inside: f64,
    nominal: f64,
}

pub fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Add(arguments) => add(&arguments),
        Command::Score(arguments) => score_open(&arguments),
        Command::Verify(arguments) => verify(&arguments),
        Command::Board(arguments) => board(&arguments),
    }
}

fn now(given: Option<&str>) -> anyhow::Result<i64> {
    match given {
        Some(text) => {
            shinayaka_forecast::series::seconds_of(text).with_context(|| format!("\"{text}\" is no time"))
        }
        None => Ok(jiff::Timestamp::now().as_second()),
    }
}

fn open(path: &Path) -> anyhow::Result<Log> {
    if !path.exists() {
        return Ok(Log::default());
    }
    Log::parse(&read(path)?).with_context(|| path.display().to_string())
}

/// Writes whole lines in one call at the end of the file; what is there already is never touched.
fn append(path: &Path, entries: &[Entry]) -> anyhow::Result<()> {
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| serde_json::to_string(entry).map(|line| line + "\n"))
        .collect::<Result<_, _>>()?;
    let context = || path.display().to_string();
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).with_context(context)?;
    file.write_all(lines.concat().as_bytes()).with_context(context)?;
    file.sync_all().with_context(context)
}

fn add(arguments: &AddArguments) -> anyhow::Result<Outcome> {
    let issued_at = now(arguments.now.as_deref())?;
    let name = arguments.table.display().to_string();
    let issues = hub::read(&read(&arguments.table)?, &arguments.forecaster, issued_at)
        .with_context(|| name.clone())?;
    let mut log = open(&arguments.log)?;
    // All or nothing: a table with one late forecast is refused.
    let mut entries = Vec::new();
    for issue in issues {
        let what = format!("{name}: {} from {} until {}", issue.target, issue.from, issue.matures_at);
        entries.push(log.append(issue).with_context(|| what)?.clone());
    }
    append(&arguments.log, &entries)?;
    println!("{} forecasts added; head {}", entries.len(), log.head());
    Ok(Outcome::Done)
}

/// The sum of the series over the window of a forecast, if every value of it is known.
fn truth(series: &Series, issue: &Issue) -> Option<f64> {
    let at = |time: i64| {
        let distance = time - series.start;
        (distance >= 0 && distance % series.step == 0).then_some((distance / series.step) as usize)
    };
    let (from, until) = (at(issue.from)?, at(issue.matures_at)?);
    series.values.get(from..until)?.iter().copied().sum()
}

fn score_open(arguments: &ScoreArguments) -> anyhow::Result<Outcome> {
    let scored_at = now(arguments.now.as_deref())?;
    let series = load(&arguments.series, arguments.column.as_deref())?;
    let target = arguments.target.clone().unwrap_or_else(|| stem(&arguments.series));
    let mut log = open(&arguments.log)?;
    let due: Vec<_> = log
        .open()
        .filter(|(_, issue)| issue.target == target && issue.matures_at <= scored_at)
        .filter_map(|(number, issue)| Some(score(number, issue, truth(&series, issue)?, scored_at)))
        .collect();
    let mut entries = Vec::new();
    for truth in due {
        entries.push(log.close(truth).with_context(|| arguments.log.display().to_string())?.clone());
    }
    append(&arguments.log, &entries)?;
    println!("{} forecasts scored, {} still open; head {}", entries.len(), log.open().count(), log.head());
    Ok(Outcome::Done)
}

fn verify(arguments: &VerifyArguments) -> anyhow::Result<Outcome> {
    let text = read(&arguments.log)?;
    let log = match Log::parse(&text) {
        Ok(log) => log,
        Err(error @ LogError::Broken { .. }) => {
            println!("{}: {error}", arguments.log.display());
            return Ok(Outcome::Finding);
        }
        Err(error) => return Err(error).with_context(|| arguments.log.display().to_string()),
    };
    if let Some(head) = &arguments.head
        && !log.entries().iter().any(|entry| entry.hash == *head)
    {
        println!(
            "{}: the log does not hold {head}: it was cut short or written anew",
            arguments.log.display()
        );
        return Ok(Outcome::Finding);
    }
    println!("{} entries, {} forecasts open; head {}", log.entries().len(), log.open().count(), log.head());
    Ok(Outcome::Done)
}

fn board(arguments: &BoardArguments) -> anyhow::Result<Outcome> {
    if !arguments.log.exists() {
        bail!("{}: no such file", arguments.log.display());
    }
    let log = open(&arguments.log)?;
    let mut standings: BTreeMap<(String, i64, String), Standing> = BTreeMap::new();
    for (issue, truth) in log.scored() {
        let seconds = issue.matures_at - issue.from;
        let key = (issue.target.clone(), seconds, issue.forecaster.clone());
        let standing = standings.entry(key).or_default();
        standing.scored += 1;
        standing.crps += truth.crps;
        standing.inside += if truth.inside { 1.0 } else { 0.0 };
        standing.nominal +=
            issue.levels.last().zip(issue.levels.first()).map_or(0.0, |(high, low)| high - low);
    }
    let board: Vec<Standing> = standings
        .into_iter()
        .map(|((target, seconds, forecaster), sums)| {
            let n = sums.scored as f64;
            let (crps, inside, nominal) = (sums.crps / n, sums.inside / n, sums.nominal / n);
            Standing { forecaster, target, seconds, scored: sums.scored, crps, inside, nominal }
        })
        .collect();
    if arguments.json {
        println!("{}", serde_json::to_string(&board)?);
        return Ok(Outcome::Done);
    }
    println!("   n       crps  inside  nominal  horizon  forecaster: target");
    for one in &board {
        println!(
            "{:>4} {:>10.4} {:>7.3} {:>8.3} {:>7} s  {}: {}",
            one.scored, one.crps, one.inside, one.nominal, one.seconds, one.forecaster, one.target
        );
    }
    Ok(Outcome::Done)
}
