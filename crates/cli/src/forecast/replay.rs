//! `forecast run` and `forecast backtest`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_forecast::backtest::count_scale;
use shinayaka_forecast::conformal::Interval;
use shinayaka_forecast::distribution::{Quantiles, interpolate};
use shinayaka_forecast::{BacktestOptions, Forecaster, Series, backtest as engine, hub, plot};

use super::{SeriesArguments, horizons, load, stem, write};
use crate::Outcome;

#[derive(Args)]
pub struct BacktestArguments {
    #[command(flatten)]
    input: SeriesArguments,
    /// Values before the first scored forecast [default: a quarter, 56 to 365, at most half]
    #[arg(long)]
    start: Option<usize>,
    /// Print the scores as JSON
    #[arg(long)]
    json: bool,
    /// Draw the series with the fans that were issued at every end of the first horizon
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

#[derive(Args)]
pub struct RunArguments {
    #[command(flatten)]
    input: SeriesArguments,
    /// Print the forecasts as JSON
    #[arg(long, conflicts_with = "hub")]
    json: bool,
    /// Print a quantile table in the form of forecast hubs: reference_date, target, horizon, location, output_type,
    /// output_type_id, value
    #[arg(long)]
    hub: bool,
    /// Draw the series with the fans of the forecast
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

/// Quantiles of the sum at the levels of hubs.
fn nine(quantiles: &[f64], scale: f64) -> anyhow::Result<[f64; 9]> {
    let quantiles: Quantiles = quantiles.try_into().context("a forecast has 99 quantiles")?;
    Ok(hub::LEVELS.map(|level| interpolate(&quantiles, level).max(0.0) / scale))
}

/// Replays the series once more and keeps the fans that do not overlap.
fn past_fans(series: &Series, season: usize, steps: usize, start: usize) -> anyhow::Result<Vec<plot::Fan>> {
    let scale = count_scale(&series.values[..start.min(series.values.len())]);
    let mut forecaster = Forecaster::new(season, &[steps], 1);
    let mut fans = Vec::new();
    for (at, value) in series.values.iter().enumerate() {
        forecaster.update(value.map(|value| value * scale), |_| {});
        let origin = at + 1;
        let shown =
            origin >= start.max(series.values.len().saturating_sub(400)) && origin < series.values.len();
        if shown
            && (origin - start).is_multiple_of(steps)
            && let Some(forecast) = forecaster.forecast(0)
        {
            let quantiles = nine(&forecast.quantiles, scale)?;
            fans.push(plot::Fan { from: origin as f64, steps: steps as f64, quantiles });
        }
    }
    Ok(fans)
}

pub fn backtest(arguments: &BacktestArguments) -> anyhow::Result<Outcome> {
    let input = &arguments.input;
    let series = load(&input.series, input.column.as_deref())?;
    let steps = horizons(&input.horizon, series.step)?;
    let options = BacktestOptions { horizons: steps.clone(), start: arguments.start, season: input.season };
    let scores = engine(&series, &options).with_context(|| input.series.display().to_string())?;
    if let Some(path) = &arguments.plot {
        let season = input.season.or(series.season()).unwrap_or(1);
        let fans = past_fans(&series, season, steps[0], options.start(series.values.len()))?;
        write(path, &plot::series(&stem(&input.series), &series.values, &fans))?;
    }
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

/// A forecast of the sum of the next values.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    /// As asked for.
    horizon: String,
    /// Values that are summed.
    steps: usize,
    /// Expected sum.
    mean: f64,
    /// (level, quantile).
    quantiles: Vec<(f64, f64)>,
    /// Adaptive conformal intervals.
    intervals: Vec<Interval>,
    /// Weight of each model in the pool.
    weights: Vec<(String, f64)>,
}

fn reports(input: &SeriesArguments, series: &Series) -> anyhow::Result<Vec<Report>> {
    let horizons = horizons(&input.horizon, series.step)?;
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
        reports.push(Report {
            horizon: text.trim().to_owned(),
            steps: forecast.horizon,
            mean: quantiles.iter().sum::<f64>() / quantiles.len() as f64,
            quantiles: hub::LEVELS
                .iter()
                .map(|level| (*level, interpolate(&quantiles, *level).max(0.0)))
                .collect(),
            intervals: forecast.intervals.iter().map(interval).collect(),
            weights: forecast.weights,
        });
    }
    Ok(reports)
}

fn fan(report: &Report, from: usize) -> plot::Fan {
    let quantiles = std::array::from_fn(|index| report.quantiles[index].1);
    plot::Fan { from: from as f64, steps: report.steps as f64, quantiles }
}

pub fn run(arguments: &RunArguments) -> anyhow::Result<Outcome> {
    let input = &arguments.input;
    let series = load(&input.series, input.column.as_deref())?;
    let reports = reports(input, &series)?;
    if let Some(path) = &arguments.plot {
        let fans: Vec<plot::Fan> = reports.iter().map(|report| fan(report, series.values.len())).collect();
        write(path, &plot::series(&stem(&input.series), &series.values, &fans))?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&reports)?);
    } else if arguments.hub {
        let reference = series.start + series.values.len() as i64 * series.step;
        println!("{}", hub::HEADING);
        for report in &reports {
            let horizon = format!("{}s", report.steps as i64 * series.step);
            let text = if hub::span(&report.horizon).is_some() { &report.horizon } else { &horizon };
            print!("{}", hub::lines(reference, &stem(&input.series), text, &report.quantiles));
        }
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
