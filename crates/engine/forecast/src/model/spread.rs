//! How far a model's means were off, per horizon: the variance of its next sum is learnt from its own past errors at that very
//! horizon, so that it holds parameter uncertainty and wrong dynamics too.

use std::collections::VecDeque;

use crate::distribution::{LEVELS, Quantiles, count_quantiles, level};

/// Past errors of one model at one horizon.
#[derive(Clone, Debug)]
pub struct Spread {
    horizon: usize,
    /// Means issued whose sums are not known yet.
    pending: VecDeque<Option<f64>>,
    discount: f64,
    excess_error: f64,
    squared_mean: f64,
    mean: f64,
    weight: f64,
}

impl Spread {
    /// `discount` per step (0.995 in the recipe that we follow).
    #[must_use]
    pub fn new(horizon: usize, discount: f64) -> Self {
        let pending = VecDeque::with_capacity(horizon + 1);
        Self { horizon, pending, discount, excess_error: 0.0, squared_mean: 0.0, mean: 0.0, weight: 0.0 }
    }

    /// Notes the realised sum of the window that ends now, and then the mean issued now for the window that starts next.
    pub fn update(&mut self, realised: Option<f64>, issued: Option<f64>) {
        if self.pending.len() == self.horizon
            && let Some(Some(mean)) = self.pending.pop_front()
            && let Some(sum) = realised
        {
            let error = sum - mean;
            self.excess_error = self.discount * self.excess_error + error * error - mean;
            self.squared_mean = self.discount * self.squared_mean + mean * mean;
            self.mean = self.discount * self.mean + mean;
            self.weight = self.discount * self.weight + 1.0;
        }
        self.pending.push_back(issued);
    }

    /// Variance of a sum with this mean: mean + excess mean², where the excess is the moment estimate from past errors, with
    /// `prior` (weight of 4 errors) while there are few.
    #[must_use]
    pub fn variance(&self, mean: f64, prior: f64) -> f64 {
        let typical = if self.weight > 0.0 { self.mean / self.weight } else { mean };
        let pull = 4.0 * typical * typical;
        let squared = self.squared_mean + pull;
        let excess = if squared > 0.0 { (self.excess_error + prior * pull) / squared } else { prior };
        // Less than Poisson: the errors say how much less, down to a floor.
        (mean + excess * mean * mean).max(0.01 * mean).max(1e-9)
    }

    /// Quantiles of a count with this mean.
    pub fn quantiles(&self, mean: f64, out: &mut Quantiles) {
        let levels: [f64; LEVELS] = std::array::from_fn(level);
        count_quantiles(mean, self.variance(mean, 0.1), &levels, out);
    }
}
