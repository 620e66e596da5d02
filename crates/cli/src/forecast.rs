//! `shinayaka forecast`: series to calibrated forecasts and their scores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use shinayaka_forecast::backtest::count_scale;
use shinayaka_forecast::conformal::Interval;
use shinayaka_forecast::detect::ears::{Method, ears};
use shinayaka_forecast::distribution::{Quantiles, interpolate};
use shinayaka_forecast::{BacktestOptions, Forecaster, Series, backtest};

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
    Run(RunArguments),
    /// Find the days on which a series was out of the ordinary (EARS C1, C2, C3); exit code 1 if there are any
    Detect(DetectArguments),
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

#[derive(Args)]
struct RunArguments {
    #[command(flatten)]
    input: SeriesArguments,
    /// Print the forecasts as JSON
    #[arg(long, conflicts_with = "hub")]
    json: bool,
    /// Print a quantile table in the form of forecast hubs: reference_date, target, horizon, location, output_type,
    /// output_type_id, value
    #[arg(long)]
    hub: bool,
}

#[derive(Args)]
struct DetectArguments {
    /// CSV with a time and a value a line; it must have no gap
    series: PathBuf,
    /// Name of the column with the values, instead of the second one
    #[arg(long)]
    column: Option<String>,
    /// Print the alarms as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.action {
        Action::Run(arguments) => run_forecast(&arguments),
        Action::Detect(arguments) => run_detect(&arguments),
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
            return usize::try_from(number)
                .ok()
                .filter(|steps| *steps > 0)
                .context("a horizon is at least 1");
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

/// Levels that forecast hubs ask for.
const HUB_LEVELS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];

#[derive(Serialize)]
struct RunReport<'a> {
    horizon: &'a str,
    steps: usize,
    mean: f64,
    quantiles: Vec<(f64, f64)>,
    intervals: Vec<Interval>,
    weights: Vec<(String, f64)>,
}

fn run_forecast(arguments: &RunArguments) -> anyhow::Result<Outcome> {
    let input = &arguments.input;
    let series = load(&input.series, input.column.as_deref())?;
    let horizons = horizons(input, &series)?;
    let scale = count_scale(&series.values);
    let mut forecaster = Forecaster::new(input.season.or(series.season()).unwrap_or(1), &horizons, 1);
    for value in &series.values {
        forecaster.update(value.map(|value| value * scale), |_| {});
    }
    let mut reports = Vec::new();
    for (index, text) in input.horizon.iter().enumerate() {
        let forecast = forecaster
            .forecast(index)
            .with_context(|| format!("{}: too short for {text}", input.series.display()))?;
        let quantiles: Quantiles = std::array::from_fn(|level| forecast.quantiles[level] / scale);
        let interval =
            |found: &Interval| Interval { lower: found.lower / scale, upper: found.upper / scale, ..*found };
        reports.push(RunReport {
            horizon: text.trim(),
            steps: forecast.horizon,
            mean: quantiles.iter().sum::<f64>() / quantiles.len() as f64,
            quantiles: HUB_LEVELS
                .iter()
                .map(|level| (*level, interpolate(&quantiles, *level).max(0.0)))
                .collect(),
            intervals: forecast.intervals.iter().map(interval).collect(),
            weights: forecast.weights,
        });
    }
    let last = series.start + (series.values.len() as i64 - 1) * series.step;
    if arguments.json {
        println!("{}", serde_json::to_string(&reports)?);
    } else if arguments.hub {
        print_hub(&reports, last, &input.series);
    } else {
        for report in &reports {
            let interval = report.intervals.iter().find(|interval| (interval.coverage - 0.9).abs() < 1e-9);
            let (lower, upper) =
                interval.map_or((f64::NAN, f64::NAN), |interval| (interval.lower, interval.upper));
            println!(
                "next {}: {:.1} expected, 90 % between {lower:.1} and {upper:.1}",
                report.horizon, report.mean
            );
        }
    }
    Ok(Outcome::Done)
}

fn print_hub(reports: &[RunReport<'_>], last: i64, path: &Path) {
    let target = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    println!("reference_date,target,horizon,location,output_type,output_type_id,value");
    for report in reports {
        for (level, value) in &report.quantiles {
            println!("{last},{target},{},all,quantile,{level},{value}", report.horizon);
        }
    }
}

#[derive(Serialize)]
struct Alarm {
    /// Seconds since 1970-01-01 UTC.
    time: i64,
    value: f64,
    methods: Vec<&'static str>,
}

fn run_detect(arguments: &DetectArguments) -> anyhow::Result<Outcome> {
    let series = load(&arguments.series, arguments.column.as_deref())?;
    let Some(values) = series.values.iter().copied().collect::<Option<Vec<f64>>>() else {
        bail!(
            "{}: the series has gaps, which these methods cannot tell from calm",
            arguments.series.display()
        );
    };
    let found = [("C1", Method::C1, 3.0), ("C2", Method::C2, 3.0), ("C3", Method::C3, 2.0)]
        .map(|(name, method, threshold)| (name, threshold, ears(&values, method)));
    let alarms: Vec<Alarm> = (0..values.len())
        .filter_map(|at| {
            let above = |(name, threshold, statistics): &(&'static str, f64, Vec<Option<f64>>)| {
                statistics[at].is_some_and(|statistic| statistic > *threshold).then_some(*name)
            };
            let methods: Vec<&str> = found.iter().filter_map(above).collect();
            let time = series.start + at as i64 * series.step;
            (!methods.is_empty()).then_some(Alarm { time, value: values[at], methods })
        })
        .collect();
    if arguments.json {
        println!("{}", serde_json::to_string(&alarms)?);
    } else {
        for alarm in &alarms {
            println!("{} {} {}", alarm.time, alarm.value, alarm.methods.join(" "));
        }
    }
    Ok(if alarms.is_empty() { Outcome::Done } else { Outcome::Finding })
}
