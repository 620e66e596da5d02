//! `shinayaka forecast`: series to calibrated forecasts and their scores.

mod detect;
mod epidemic;
mod log;
mod replay;
mod schema;
mod sums;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use shinayaka_forecast::{Series, hub};

use crate::Outcome;

/// Forecast a series and score forecasts.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Forecast what comes after a series
    Run(replay::RunArguments),
    /// Find where a series was out of the ordinary; exit code 1 if it was
    Detect(detect::Arguments),
    /// Replay a series from a rolling origin and score the forecasts against climatology
    Backtest(replay::BacktestArguments),
    /// Forecast parts and their sums so that they agree (columns of a table; `a/b` belongs to `a`)
    Sums(sums::Arguments),
    /// Estimate what happened of late and is not reported yet
    Nowcast(epidemic::NowcastArguments),
    /// Infected hosts by hour, with and without action, from the SI model
    Fan(epidemic::FanArguments),
    /// Score stated probabilities: Brier and its parts, reliability, ROC, warnings, economic value
    Verify(table::VerifyArguments),
    /// How often spikes precede events, beside how often any day does
    Precede(table::PrecedeArguments),
    /// The hash-chained log of forecasts: written before the truth, scored when it is known
    #[command(subcommand)]
    Log(log::Command),
    /// The published JSON Schemas of the outputs
    Schema(schema::Arguments),
}

#[derive(Args)]
struct SeriesArguments {
    /// CSV with a time and a value a line; an empty value or a missing time is a gap
    series: PathBuf,
    /// Name of the column with the values, instead of the second one
    #[arg(long)]
    column: Option<String>,
    /// How far ahead: 1d, 7d, 6h, 10m; a number alone counts steps
    #[arg(long, value_delimiter = ',', required = true)]
    horizon: Vec<String>,
    /// Season in steps, 1 for none [default: what the step suggests: a day, a week or a year]
    #[arg(long)]
    season: Option<usize>,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.action {
        Action::Run(arguments) => replay::run(&arguments),
        Action::Detect(arguments) => detect::run(&arguments),
        Action::Backtest(arguments) => replay::backtest(&arguments),
        Action::Sums(arguments) => sums::run(&arguments),
        Action::Nowcast(arguments) => epidemic::nowcast(&arguments),
        Action::Fan(arguments) => epidemic::fan(&arguments),
        Action::Verify(arguments) => table::verify(&arguments),
        Action::Precede(arguments) => table::precede(&arguments),
        Action::Log(command) => log::run(command),
        Action::Schema(arguments) => schema::run(&arguments),
    }
}

/// Most bytes of an input file.
const MOST_BYTES: u64 = 1 << 30;

fn read(path: &Path) -> anyhow::Result<String> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| name.clone())?.len();
    if size > MOST_BYTES {
        bail!("{name}: {size} bytes; at most {MOST_BYTES} are read");
    }
    std::fs::read_to_string(path).with_context(|| name)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

fn load(path: &Path, column: Option<&str>) -> anyhow::Result<Series> {
    let text = read(path)?;
    Series::from_csv(&text, column).with_context(|| path.display().to_string())
}

/// Steps of a horizon such as `7d`.
fn steps(text: &str, step: i64) -> anyhow::Result<usize> {
    if let Ok(number) = text.parse::<usize>() {
        return Some(number).filter(|steps| *steps > 0).context("a horizon is at least 1");
    }
    let span = hub::span(text).with_context(|| {
        format!("horizon \"{text}\" is no span of time; a number of steps, or 90s, 10m, 6h, 7d, 2w")
    })?;
    if span % step != 0 {
        bail!("horizon \"{text}\" is no multiple of the step of the series, {step} s");
    }
    Ok((span / step) as usize)
}

fn horizons(texts: &[String], step: i64) -> anyhow::Result<Vec<usize>> {
    texts.iter().map(|text| steps(text.trim(), step)).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
