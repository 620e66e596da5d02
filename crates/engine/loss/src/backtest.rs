//! Was the forecast right? Scores and tests of published distributions against what happened.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::LossError;
use crate::exact::lattice::Lattice;
use crate::special::chi_square_cdf;

/// A test statistic with its probability under a right forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Test {
    /// Statistic.
    pub statistic: f64,
    /// Degrees of freedom of its chi-square limit; 0 where the limit is another.
    pub freedom: f64,
    /// Probability of a statistic at least this large.
    pub p_value: f64,
}

/// Scores of one forecast distribution against yearly outcomes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Backtest {
    /// Number of outcomes.
    pub n: usize,
    /// Probability integral transforms, the middle of the jump at an atom; uniform when the forecast is right.
    pub pit: Vec<f64>,
    /// Kolmogorov-Smirnov distance of the transforms from uniform, with the asymptotic p-value.
    pub uniform: Test,
    /// Mean continuous ranked probability score, in money: smaller is better.
    pub crps: f64,
    /// Mean of -ln(probability or density of the outcome): smaller is better.
    pub log_score: f64,
    /// For each level, the exceedances of VaR.
    pub exceedances: Vec<Exceedances>,
}

/// Exceedances of VaR at one level.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Exceedances {
    /// Level.
    pub level: f64,
    /// VaR.
    pub var: f64,
    /// Outcomes above it.
    pub count: usize,
    /// Kupiec 1995: proportion of failures.
    pub kupiec: Test,
    /// Christoffersen 1998: independence of consecutive exceedances.
    pub independence: Test,
    /// Both together (conditional coverage).
    pub coverage: Test,
}

/// Scores the outcomes, in order of time.
///
/// # Errors
/// [`LossError::Invalid`] for no outcome or one that is negative or not finite.
pub fn backtest(forecast: &Lattice, outcomes: &[f64], levels: &[f64]) -> Result<Backtest, LossError> {
    if outcomes.is_empty() {
        return Err(LossError::field("loss", "there are no outcomes"));
    }
    if let Some(at) = outcomes.iter().position(|x| !(x.is_finite() && *x >= 0.0)) {
        return Err(LossError::field(format!("loss[{at}]"), "must be a number of 0 or more"));
    }
    let n = outcomes.len() as f64;
    let pit: Vec<f64> = outcomes.iter().map(|x| transform(forecast, *x)).collect();
    let exceedances = levels.iter().map(|level| {
        let var = forecast.quantile(*level);
        let hits: Vec<bool> = outcomes.iter().map(|x| *x > var).collect();
        exceedances(*level, var, &hits, 1.0 - forecast.cdf(var))
    });
    Ok(Backtest {
        n: outcomes.len(),
        uniform: kolmogorov(&pit),
        crps: outcomes.iter().map(|x| crps(forecast, *x)).sum::<f64>() / n,
        log_score: outcomes.iter().map(|x| log_score(forecast, *x)).sum::<f64>() / n,
        exceedances: exceedances.collect(),
        pit,
    })
}

/// (P(S < x) + P(S <= x)) / 2.
pub fn transform(forecast: &Lattice, x: f64) -> f64 {
    let at = forecast.cdf(x);
    let before = if x <= 0.0 { 0.0 } else { forecast.cdf(x - forecast.step) };
    0.5 * (at + before)
}

/// Integral of (F(y) - 1{y >= x})^2 over the grid (Gneiting and Raftery 2007).
pub fn crps(forecast: &Lattice, x: f64) -> f64 {
    let step = forecast.step;
    let mut sum = 0.0;
    for (place, cumulative) in forecast.cumulative.iter().enumerate() {
        let (start, end) = (place as f64 * step, (place + 1) as f64 * step);
        let below = (x.min(end) - start).clamp(0.0, step);
        sum += below * cumulative * cumulative + (step - below) * (1.0 - cumulative) * (1.0 - cumulative);
    }
    // An outcome beyond the grid is at least this much worse.
    let end = forecast.cumulative.len() as f64 * step;
    sum + (x - end).max(0.0)
}

/// -ln of the probability of an outcome of 0, -ln of the density of any other.
pub fn log_score(forecast: &Lattice, x: f64) -> f64 {
    let place = (x / forecast.step).round() as usize;
    let mass = forecast.mass.get(place).copied().unwrap_or(0.0).max(1e-300);
    if place == 0 { -mass.ln() } else { -(mass / forecast.step).ln() }
}

/// CRPS of an ensemble: mean |X - x| - mean |X - X'| / 2.
pub fn crps_sample(sample: &[f64], x: f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = sorted.iter().map(|value| (value - x).abs()).sum::<f64>() / n;
    let spread: f64 =
        sorted.iter().enumerate().map(|(index, value)| value * (2.0 * index as f64 + 1.0 - n)).sum::<f64>()
            / (n * n);
    distance - spread
}

fn exceedances(level: f64, var: f64, hits: &[bool], probability: f64) -> Exceedances {
    let count = hits.iter().filter(|hit| **hit).count();
    let kupiec = kupiec(hits.len(), count, probability);
    let independence = christoffersen(hits);
    let statistic = kupiec.statistic + independence.statistic;
    let coverage = Test { statistic, freedom: 2.0, p_value: 1.0 - chi_square_cdf(statistic, 2.0) };
    Exceedances { level, var, count, kupiec, independence, coverage }
}

/// Kupiec's likelihood ratio for `hits` exceedances in `n` trials of probability `p`.
pub fn kupiec(n: usize, hits: usize, p: f64) -> Test {
    let (n, x) = (n as f64, hits as f64);
    let statistic = (2.0 * (bernoulli(n - x, x, x / n) - bernoulli(n - x, x, p))).max(0.0);
    Test { statistic, freedom: 1.0, p_value: 1.0 - chi_square_cdf(statistic, 1.0) }
}

/// ln of (1 - p)^misses p^hits, with 0 ln 0 = 0.
fn bernoulli(misses: f64, hits: f64, p: f64) -> f64 {
    let term = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.max(1e-300).ln() };
    term(misses, 1.0 - p) + term(hits, p)
}

/// Christoffersen's test that an exceedance does not make the next more likely.
pub fn christoffersen(hits: &[bool]) -> Test {
    let mut moves = [[0.0f64; 2]; 2];
    for pair in hits.windows(2) {
        moves[usize::from(pair[0])][usize::from(pair[1])] += 1.0;
    }
    let [[quiet, enter], [leave, stay]] = moves;
    let all = quiet + enter + leave + stay;
    let part = |hits: f64, all: f64| if all > 0.0 { hits / all } else { 0.0 };
    let free = bernoulli(quiet, enter, part(enter, quiet + enter))
        + bernoulli(leave, stay, part(stay, leave + stay));
    let bound = bernoulli(quiet + leave, enter + stay, part(enter + stay, all));
    let statistic = (2.0 * (free - bound)).max(0.0);
    Test { statistic, freedom: 1.0, p_value: 1.0 - chi_square_cdf(statistic, 1.0) }
}

/// Poisson deviance of counts by cell: 2 sum (n ln(n / expected) - (n - expected)).
///
/// # Errors
/// [`LossError::Invalid`] when the lists differ in length or an expectation is not above 0.
pub fn poisson_deviance(counts: &[f64], expected: &[f64]) -> Result<Test, LossError> {
    if counts.len() != expected.len() || counts.is_empty() {
        return Err(LossError::field("expected", "needs one number for each count"));
    }
    if expected.iter().any(|mean| mean.is_nan() || *mean <= 0.0) {
        return Err(LossError::field("expected", "must be above 0"));
    }
    let term = |(n, mean): (&f64, &f64)| if *n > 0.0 { n * (n / mean).ln() - (n - mean) } else { *mean };
    let statistic = 2.0 * counts.iter().zip(expected).map(term).sum::<f64>();
    let freedom = counts.len() as f64;
    Ok(Test { statistic, freedom, p_value: 1.0 - chi_square_cdf(statistic, freedom) })
}

/// Distance of the sample from uniform and Kolmogorov's asymptotic probability with Stephens' correction.
fn kolmogorov(values: &[f64]) -> Test {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let gap = |(index, value): (usize, &f64)| {
        let index = index as f64;
        (value - index / n).abs().max(((index + 1.0) / n - value).abs())
    };
    let distance = sorted.iter().enumerate().map(gap).fold(0.0, f64::max);
    let scaled = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    let tail: f64 = (1..=100)
        .map(|k| {
            let k = f64::from(k);
            let sign = if k % 2.0 == 1.0 { 2.0 } else { -2.0 };
            sign * (-2.0 * k * k * scaled * scaled).exp()
        })
        .sum();
    Test { statistic: distance, freedom: 0.0, p_value: tail.clamp(0.0, 1.0) }
}
