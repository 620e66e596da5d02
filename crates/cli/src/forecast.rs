//! `shinayaka forecast`: series to calibrated forecasts and their scores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use shinayaka_forecast::{BacktestOptions, Series, backtest};

use crate::Outcome;

/// Forecast a series and score forecasts.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Replay a series from a rolling origin and score the forecasts against climatology
    Backtest(BacktestArguments),
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

#[derive(Args)]
struct BacktestArguments {
    #[command(flatten)]
    input: SeriesArguments,
    /// Values before the first scored forecast [default: a quarter, 56 to 365, at most half]
    #[arg(long)]
    start: Option<usize>,
    /// Print the scores as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.action {
        Action::Backtest(arguments) => run_backtest(&arguments),
    }
}

fn load(path: &Path, column: Option<&str>) -> anyhow::Result<Series> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| name.clone())?;
    Series::from_csv(&text, column).with_context(|| name)
}

/// Steps of a horizon such as `7d`.
fn steps(text: &str, step: i64) -> anyhow::Result<usize> {
    let (number, unit) = text.split_at(text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
    let number: i64 = number.parse().with_context(|| format!("horizon \"{text}\""))?;
    let seconds = match unit {
        "" => {
            return usize::try_from(number).ok().filter(|steps| *steps > 0).context("a horizon is at least 1");
        }
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => bail!("horizon \"{text}\": \"{unit}\" is no unit of time; use s, m, h, d or w"),
    };
    let span = number.checked_mul(seconds).with_context(|| format!("horizon \"{text}\" is too long"))?;
    if span <= 0 || span % step != 0 {
        bail!("horizon \"{text}\" is no multiple of the step of the series, {step} s");
    }
    Ok((span / step) as usize)
}

fn horizons(input: &SeriesArguments, series: &Series) -> anyhow::Result<Vec<usize>> {
    input.horizon.iter().map(|text| steps(text.trim(), series.step)).collect()
}

fn run_backtest(arguments: &BacktestArguments) -> anyhow::Result<Outcome> {
    let input = &arguments.input;
    let series = load(&input.series, input.column.as_deref())?;
    let options =
        BacktestOptions { horizons: horizons(input, &series)?, start: arguments.start, season: input.season };
    let scores = backtest(&series, &options).with_context(|| input.series.display().to_string())?;
    if arguments.json {
        let by_horizon: BTreeMap<&str, _> =
            input.horizon.iter().map(|text| text.trim()).zip(&scores).collect();
        println!("{}", serde_json::to_string(&by_horizon)?);
        return Ok(Outcome::Done);
    }
    println!("horizon       n       crps  climatology   skill   80 %   90 %   95 %");
    for (text, score) in input.horizon.iter().zip(&scores) {
        let coverage: Vec<String> = score.coverage.values().map(|share| format!("{share:.3}")).collect();
        let (crps, climatology, skill) = (score.crps, score.climatology_crps, score.skill);
        println!(
            "{text:<8}{:>7} {crps:>10.4} {climatology:>12.4} {skill:>+7.3}  {}",
            score.n,
            coverage.join("  ")
        );
    }
    Ok(Outcome::Done)
}
