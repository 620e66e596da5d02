//! Replays a series through a forecaster from a rolling origin and scores it against climatology. No forecast sees a value that
//! was not yet known at its origin.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conformal::NOMINAL;
use crate::forecaster::{Forecaster, Matured};
use crate::series::Series;

/// How to replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestOptions {
    /// Horizons in steps, from 1: the sum of so many values is forecast.
    pub horizons: Vec<usize>,
    /// Number of values before the first scored origin; absent for a quarter of the series, at least 56, at most 365 and half
    /// of the series.
    pub start: Option<usize>,
    /// Season in steps; absent for the season that the step of the series suggests, 1 for none.
    pub season: Option<usize>,
}

/// Scores at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HorizonScore {
    /// Number of scored forecasts.
    pub n: usize,
    /// Mean CRPS of the pool, in the unit of the series.
    pub crps: f64,
    /// Mean CRPS of climatology (all windows so far, by phase of the season where there are four of it).
    pub climatology_crps: f64,
    /// 1 − crps / climatology_crps; 0 if both are 0.
    pub skill: f64,
    /// Share of outcomes inside the adaptive intervals, by nominal coverage.
    pub coverage: BTreeMap<String, f64>,
    /// Mean CRPS of every model of the ladder.
    pub members: BTreeMap<String, f64>,
    /// Histogram of the probability integral transform in ten bins; flat is calibrated.
    pub pit: [usize; 10],
}

/// A series that cannot be replayed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BacktestError {
    /// A horizon of zero or beyond the series.
    #[error("horizon of {horizon} steps in a series of {length} values: no forecast could be scored")]
    Horizon {
        /// Horizon in steps.
        horizon: usize,
        /// Length of the series.
        length: usize,
    },
    /// No horizon was given.
    #[error("no horizon")]
    NoHorizon,
}

impl BacktestOptions {
    /// The first scored origin of a series of that length.
    #[must_use]
    pub fn start(&self, length: usize) -> usize {
        self.start.unwrap_or_else(|| (length / 4).clamp(56, 365).min(length / 2))
    }
}

/// Replays and scores; one result a horizon, in their order.
///
/// # Errors
/// [`BacktestError`] if no forecast of a horizon could be scored.
pub fn backtest(series: &Series, options: &BacktestOptions) -> Result<Vec<HorizonScore>, BacktestError> {
    let length = series.values.len();
    let start = options.start(length);
    if options.horizons.is_empty() {
        return Err(BacktestError::NoHorizon);
    }
    if let Some(&horizon) =
        options.horizons.iter().find(|horizon| **horizon == 0 || start + **horizon > length)
    {
        return Err(BacktestError::Horizon { horizon, length });
    }
    let season = options.season.unwrap_or_else(|| series.season().unwrap_or(1));
    let scale = count_scale(&series.values[..start]);
    let mut forecaster = Forecaster::new(season, &options.horizons, 1);
    let names: Vec<&str> = forecaster.names().collect();
    let mut tallies: Vec<Tally> = options.horizons.iter().map(|_| Tally::new(names.len())).collect();
    for value in &series.values {
        forecaster.update(value.map(|value| value * scale), |matured| {
            if matured.origin >= start {
                tallies[matured.horizon].add(&matured);
            }
        });
    }
    Ok(tallies.iter().map(|tally| tally.score(&names, scale)).collect())
}

/// The ladder forecasts counts. Values that are none are worked in a unit in which they are fine enough; the unit is chosen from
/// what is known before the first forecast.
#[must_use]
pub fn count_scale(known: &[Option<f64>]) -> f64 {
    let values: Vec<f64> = known.iter().copied().flatten().collect();
    if values.iter().all(|value| value.fract() == 0.0) {
        return 1.0;
    }
    let mean = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
    if mean > 0.0 { 1000.0 / mean } else { 1.0 }
}

struct Tally {
    n: usize,
    crps: f64,
    climatology: f64,
    members: Vec<f64>,
    hits: [usize; NOMINAL.len()],
    pit: [usize; 10],
}

impl Tally {
    fn new(models: usize) -> Self {
        Self {
            n: 0,
            crps: 0.0,
            climatology: 0.0,
            members: vec![0.0; models],
            hits: [0; NOMINAL.len()],
            pit: [0; 10],
        }
    }

    fn add(&mut self, matured: &Matured) {
        self.n += 1;
        self.crps += matured.crps;
        self.climatology += matured.climatology_crps;
        self.members.iter_mut().zip(&matured.members).for_each(|(sum, score)| *sum += score);
        self.hits.iter_mut().zip(matured.hits).for_each(|(count, hit)| *count += usize::from(hit));
        // The middle of the levels that a count spans: the deterministic form of the non-randomised histogram.
        let below = matured.quantiles.partition_point(|quantile| *quantile < matured.outcome);
        let upto = matured.quantiles.partition_point(|quantile| *quantile <= matured.outcome);
        let middle = (below + upto) as f64 / (2 * matured.quantiles.len()) as f64;
        self.pit[((middle * 10.0) as usize).min(9)] += 1;
    }

    fn score(&self, names: &[&str], scale: f64) -> HorizonScore {
        let n = self.n.max(1) as f64;
        let (crps, climatology) = (self.crps / n / scale, self.climatology / n / scale);
        let coverage =
            NOMINAL.iter().zip(self.hits).map(|(nominal, hits)| (nominal.to_string(), hits as f64 / n));
        let members = names.iter().zip(&self.members).filter(|(_, sum)| sum.is_finite());
        HorizonScore {
            n: self.n,
            crps,
            climatology_crps: climatology,
            skill: if climatology > 0.0 { 1.0 - crps / climatology } else { 0.0 },
            coverage: coverage.collect(),
            members: members.map(|(name, sum)| ((*name).to_owned(), sum / n / scale)).collect(),
            pit: self.pit,
        }
    }
}
