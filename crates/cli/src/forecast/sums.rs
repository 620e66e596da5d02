//! `forecast sums`: parts and their sums, so that they agree.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_forecast::backtest::count_scale;
use shinayaka_forecast::distribution::{Quantiles, interpolate};
use shinayaka_forecast::hierarchy::{Base, Hierarchy};
use shinayaka_forecast::{Forecaster, Series, hub};

use super::{read, steps};
use crate::Outcome;

#[derive(Args)]
pub struct Arguments {
    /// CSV with a time and a column a part; `a/b` belongs to `a`, everything to `total`
    table: PathBuf,
    /// How far ahead: 1d, 7d; a number alone counts steps
    #[arg(long)]
    horizon: String,
    /// Season in steps, 1 for none [default: what the step suggests]
    #[arg(long)]
    season: Option<usize>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// One part or sum.
#[derive(Serialize, JsonSchema)]
pub struct Node {
    /// Name of the part, of the sum, or `total`.
    name: String,
    /// Mean of its own forecast.
    alone: f64,
    /// Mean that agrees with all others.
    mean: f64,
    /// (level, quantile), moved with the mean.
    quantiles: Vec<(f64, f64)>,
}

fn forecast(series: &Series, season: usize, steps: usize, name: &str) -> anyhow::Result<Quantiles> {
    let scale = count_scale(&series.values);
    let mut forecaster = Forecaster::new(season, &[steps], 1);
    for value in &series.values {
        forecaster.update(value.map(|value| value * scale), |_| {});
    }
    let found = forecaster.forecast(0).with_context(|| format!("{name}: too short"))?;
    Ok(std::array::from_fn(|index| found.quantiles[index] / scale))
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let name = arguments.table.display().to_string();
    let text = read(&arguments.table)?;
    let heading = text.lines().next().with_context(|| format!("{name}: empty"))?;
    let parts: Vec<String> = heading
        .split([',', ';', '\t'])
        .skip(1)
        .map(|field| field.trim().trim_matches('"').to_owned())
        .collect();
    let hierarchy = Hierarchy::new(&parts).with_context(|| name.clone())?;
    let series: Vec<Series> = parts
        .iter()
        .map(|part| Series::from_csv(&text, Some(part.as_str())).with_context(|| format!("{name}: {part}")))
        .collect::<anyhow::Result<_>>()?;
    let Some(first) = series.first() else { bail!("{name}: no part") };
    let ahead = steps(arguments.horizon.trim(), first.step)?;
    let season = arguments.season.or(first.season()).unwrap_or(1);
    let mut nodes: Vec<(String, Series)> = parts.iter().cloned().zip(series.iter().cloned()).collect();
    for (sum, members) in &hierarchy.sums {
        // A gap in one part is a gap in the sum.
        let at = |step: usize| members.iter().map(|member| series[*member].values[step]).sum::<Option<f64>>();
        let values = (0..first.values.len()).map(at).collect();
        nodes.push((sum.clone(), Series { values, ..first.clone() }));
    }
    let alone: Vec<Quantiles> = nodes
        .iter()
        .map(|(node, series)| forecast(series, season, ahead, node).with_context(|| name.clone()))
        .collect::<anyhow::Result<_>>()?;
    let base: Vec<Base> = alone.iter().map(moments).collect();
    let means = hierarchy.reconcile(&base);
    let report: Vec<Node> = nodes
        .into_iter()
        .enumerate()
        .map(|(index, (name, _))| {
            let factor = if base[index].mean > 0.0 { means[index] / base[index].mean } else { 1.0 };
            let quantile = |level: &f64| (*level, interpolate(&alone[index], *level).max(0.0) * factor);
            let quantiles = hub::LEVELS.iter().map(quantile).collect();
            Node { name, alone: base[index].mean, mean: means[index], quantiles }
        })
        .collect();
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("expected  alone     name");
        for node in &report {
            println!("{:>9.1} {:>9.1} {}", node.mean, node.alone, node.name);
        }
    }
    Ok(Outcome::Done)
}

fn moments(quantiles: &Quantiles) -> Base {
    let n = quantiles.len() as f64;
    let mean = quantiles.iter().sum::<f64>() / n;
    Base { mean, variance: (quantiles.iter().map(|q| (q - mean) * (q - mean)).sum::<f64>() / n).max(1e-6) }
}
