//! How far a model's means were off, per horizon: the variance of its next sum is learnt from its own past errors at that very
//! horizon, so that it holds parameter uncertainty and wrong dynamics too.

use std::collections::VecDeque;

use crate::distribution::{LEVELS, Quantiles, count_quantiles, level};

/// Speeds of forgetting that compete: calm series want long memory, bursts a short one.
const DISCOUNTS: [f64; 4] = [0.90, 0.96, 0.985, 0.997];
/// Forgetting of the scores by which they compete.
const MEMORY: f64 = 0.99;
/// Excess before any error is known, and the weight of it in errors; both are forgotten like any other error.
const PRIOR: (f64, f64) = (0.05, 0.5);

#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    excess_error: f64,
    squared_mean: f64,
    /// Normal log score of the variances that this memory gave, discounted.
    score: f64,
}

/// Past errors of one model at one horizon.
#[derive(Clone, Debug)]
pub struct Spread {
    horizon: usize,
    /// Means issued whose sums are not known yet.
    pending: VecDeque<Option<f64>>,
    moments: [Moments; DISCOUNTS.len()],
}

impl Spread {
    /// No errors yet.
    #[must_use]
    pub fn new(horizon: usize) -> Self {
        Self { horizon, pending: VecDeque::with_capacity(horizon + 1), moments: Default::default() }
    }

    /// Notes the realised sum of the window that ends now, and then the mean issued now for the window that starts next.
    pub fn update(&mut self, realised: Option<f64>, issued: Option<f64>) {
        if self.pending.len() == self.horizon
            && let Some(Some(mean)) = self.pending.pop_front()
            && let Some(sum) = realised
        {
            for (moments, discount) in self.moments.iter_mut().zip(DISCOUNTS) {
                moments.learn(sum - mean, mean, discount);
            }
        }
        self.pending.push_back(issued);
    }

    /// Variance of a sum with this mean: mean + excess mean², where the excess is the moment estimate from past errors.
    #[must_use]
    pub fn variance(&self, mean: f64) -> f64 {
        let best = self.moments.iter().max_by(|one, other| one.score.total_cmp(&other.score));
        best.map_or(mean, |moments| moments.variance(mean))
    }

    /// Quantiles of a count with this mean.
    pub fn quantiles(&self, mean: f64, out: &mut Quantiles) {
        let levels: [f64; LEVELS] = std::array::from_fn(level);
        count_quantiles(mean, self.variance(mean), &levels, out);
    }
}

impl Moments {
    fn learn(&mut self, error: f64, mean: f64, discount: f64) {
        if self.squared_mean == 0.0 {
            self.squared_mean = PRIOR.1 * mean * mean;
            self.excess_error = PRIOR.0 * self.squared_mean;
        }
        let variance = self.variance(mean);
        self.score = MEMORY * self.score - 0.5 * (variance.ln() + error * error / variance);
        self.excess_error = discount * self.excess_error + error * error - mean;
        self.squared_mean = discount * self.squared_mean + mean * mean;
    }

    fn variance(&self, mean: f64) -> f64 {
        let excess = if self.squared_mean > 0.0 { self.excess_error / self.squared_mean } else { PRIOR.0 };
        // Less than Poisson: the errors say how much less, down to a floor.
        (mean + excess * mean * mean).max(0.01 * mean).max(1e-9)
    }
}

/// Past errors of a model that takes the series to be without memory: nothing is forgotten, and a sum of h values starts with
/// the excess of one value over h, which is what independent values have.
#[derive(Clone, Debug)]
pub struct SteadySpread {
    horizon: usize,
    pending: VecDeque<Option<f64>>,
    excess_error: f64,
    squared_mean: f64,
    excess: f64,
}

/// Independent windows that the excess of one value is worth at a longer horizon.
const STEADY: f64 = 4.0;

impl SteadySpread {
    /// No errors yet.
    #[must_use]
    pub fn new(horizon: usize) -> Self {
        let pending = VecDeque::with_capacity(horizon + 1);
        Self { horizon, pending, excess_error: 0.0, squared_mean: 0.0, excess: 0.0 }
    }

    /// As [`Spread::update`]; `one` is the excess of single values.
    pub fn update(&mut self, realised: Option<f64>, issued: Option<f64>, one: f64) {
        if self.pending.len() == self.horizon
            && let Some(Some(mean)) = self.pending.pop_front()
            && let Some(sum) = realised
        {
            let error = sum - mean;
            self.excess_error += error * error - mean;
            self.squared_mean += mean * mean;
        }
        let (mean, horizon) = (issued.unwrap_or(0.0), self.horizon as f64);
        let weight = STEADY * horizon * mean * mean;
        self.excess = if self.horizon == 1 || weight <= 0.0 {
            one
        } else {
            (self.excess_error + one / horizon * weight) / (self.squared_mean + weight)
        };
        self.pending.push_back(issued);
    }

    /// Quantiles of a count with this mean.
    pub fn quantiles(&self, mean: f64, out: &mut Quantiles) {
        let levels: [f64; LEVELS] = std::array::from_fn(level);
        let variance = (mean + self.excess * mean * mean).max(0.01 * mean).max(1e-9);
        count_quantiles(mean, variance, &levels, out);
    }
}
