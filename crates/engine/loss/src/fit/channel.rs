//! How an incident became known: the probability that a channel reports it, identified by two channels (capture and
//! recapture; Chapman 1951), and the rate that reported counts then mean.

use schemars::JsonSchema;
use serde::Serialize;

use super::severity::Estimate;
use crate::error::LossError;
use crate::special::{beta_lower, normal_quantile, solve_decreasing};

/// Incidents by the channels that knew them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Only the first.
    pub first_only: f64,
    /// Only the second.
    pub second_only: f64,
    /// Both.
    pub both: f64,
}

/// What two channels say about the incidents that neither saw.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Reporting {
    /// All incidents, by Chapman's estimator with its normal 90 % interval.
    pub incidents: Estimate,
    /// Probability that the first channel reports an incident: posterior of a Beta(1/2, 1/2) prior.
    pub first: Estimate,
    /// The same for the second channel.
    pub second: Estimate,
    /// What is assumed.
    pub assumption: String,
}

/// Estimates reporting probabilities.
///
/// # Errors
/// [`LossError::Invalid`] when no incident was seen by both: then nothing identifies the probabilities.
pub fn reporting(overlap: Overlap) -> Result<Reporting, LossError> {
    let Overlap { first_only, second_only, both } = overlap;
    if !(both >= 1.0 && first_only >= 0.0 && second_only >= 0.0) {
        return Err(LossError::field("channel", "no incident is known to both channels"));
    }
    let (first, second) = (first_only + both, second_only + both);
    let all = (first + 1.0) * (second + 1.0) / (both + 1.0) - 1.0;
    let variance =
        (first + 1.0) * (second + 1.0) * first_only * second_only / ((both + 1.0).powi(2) * (both + 2.0));
    let half = normal_quantile(0.95) * variance.sqrt();
    let seen = first_only + second_only + both;
    Ok(Reporting {
        incidents: Estimate { value: all, low: (all - half).max(seen), high: all + half },
        // Of the incidents that the second channel knows, the first reports `both`.
        first: proportion(both, second),
        second: proportion(both, first),
        assumption:
            "the channels report independently of each other and with one probability for all incidents; \
                     incidents that both find easier make the true number larger"
                .to_owned(),
    })
}

/// A proportion with the 90 % interval of its Jeffreys posterior.
pub fn proportion(hits: f64, trials: f64) -> Estimate {
    let (a, b) = (hits + 0.5, trials - hits + 0.5);
    let quantile = |p: f64| solve_decreasing(1.0 - p, 0.0, 1.0, |x| 1.0 - beta_lower(a, b, x));
    Estimate { value: hits / trials, low: quantile(0.05), high: quantile(0.95) }
}
