//! Counts by period: a trend first, over-dispersion only of what the trend leaves.

use schemars::JsonSchema;
use serde::Serialize;

use super::severity::Estimate;
use crate::error::LossError;
use crate::minimise::{covariance, minimise};
use crate::special::{chi_square_cdf, ln_gamma, normal_quantile};

/// A period's events and exposure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Period {
    /// Time in years (or any unit; the trend is per unit).
    pub time: f64,
    /// Events.
    pub events: f64,
    /// Exposure.
    pub exposure: f64,
}

/// Log-linear Poisson and negative binomial models of the counts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CountFit {
    /// Number of periods.
    pub n: usize,
    /// Rate per unit of exposure at the last period.
    pub rate: Estimate,
    /// ln rate grows by this per unit of time.
    pub trend: Estimate,
    /// Probability of a likelihood gain this large without a trend.
    pub trend_p_value: f64,
    /// Negative binomial size around a constant rate; absent when there is no over-dispersion.
    pub size_without_trend: Option<f64>,
    /// Negative binomial size around the trend; absent when there is no over-dispersion left.
    pub size_with_trend: Option<f64>,
    /// AIC of Poisson, Poisson with trend, negative binomial, negative binomial with trend.
    pub aic: [f64; 4],
}

/// Size from which a negative binomial is a Poisson to all purposes.
const POISSON_SIZE: f64 = 1e4;

/// Fits the four models.
///
/// # Errors
/// [`LossError::Invalid`] with fewer than three periods or no events.
pub fn fit_counts(periods: &[Period]) -> Result<CountFit, LossError> {
    let events: f64 = periods.iter().map(|period| period.events).sum();
    let exposure: f64 = periods.iter().map(|period| period.exposure).sum();
    if periods.len() < 3 || events <= 0.0 || periods.iter().any(|period| period.exposure <= 0.0) {
        return Err(LossError::field("events", "a rate needs three periods with exposure, and events"));
    }
    let last = periods.iter().map(|period| period.time).fold(f64::NEG_INFINITY, f64::max);
    let base = (events / exposure).ln();
    let loss = |rate: f64, trend: f64, size: f64| -> f64 {
        let term = |period: &Period| {
            let expected = (rate + trend * (period.time - last)).exp() * period.exposure;
            -ln_mass(period.events, expected, size)
        };
        periods.iter().map(term).sum()
    };
    let size = |free: f64| free.clamp(-10.0, 14.0).exp();
    let flat = loss(base, 0.0, f64::INFINITY);
    let trended = |free: &[f64]| loss(free[0], free[1], f64::INFINITY);
    let (line, sloped) = minimise(&[base, 0.0], &trended);
    let (wide, flat_wide) = minimise(&[base, 2.0], &|free: &[f64]| loss(free[0], 0.0, size(free[1])));
    let both = |free: &[f64]| loss(free[0], free[1], size(free[2]));
    let (full, sloped_wide) = minimise(&[line[0], line[1], 3.0], &both);
    let spread = covariance(&line, &trended);
    let z = normal_quantile(0.95);
    let half =
        |axis: usize| z * spread.as_ref().map_or(f64::NAN, |matrix| matrix[axis][axis].max(0.0).sqrt());
    let dispersed = |free: f64| (size(free) < POISSON_SIZE).then(|| size(free));
    Ok(CountFit {
        n: periods.len(),
        rate: Estimate {
            value: line[0].exp(),
            low: (line[0] - half(0)).exp(),
            high: (line[0] + half(0)).exp(),
        },
        trend: Estimate { value: line[1], low: line[1] - half(1), high: line[1] + half(1) },
        trend_p_value: 1.0 - chi_square_cdf(2.0 * (flat - sloped).max(0.0), 1.0),
        size_without_trend: dispersed(wide[1]),
        size_with_trend: dispersed(full[2]),
        aic: [2.0 + 2.0 * flat, 4.0 + 2.0 * sloped, 4.0 + 2.0 * flat_wide, 6.0 + 2.0 * sloped_wide],
    })
}

/// ln P(N = n), Poisson when the size is infinite.
fn ln_mass(n: f64, expected: f64, size: f64) -> f64 {
    if size.is_infinite() {
        return n * expected.ln() - expected - ln_gamma(n + 1.0);
    }
    let ways = ln_gamma(size + n) - ln_gamma(size) - ln_gamma(n + 1.0);
    ways + n * (expected / (size + expected)).ln() - size * (expected / size).ln_1p()
}
