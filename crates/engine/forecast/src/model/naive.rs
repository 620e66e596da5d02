//! Seasonal naive: the sum over the next window will be what it was one season ago (or what the last window was), with the
//! spread of that rule's past errors.

use std::collections::VecDeque;

use super::spread::Spread;
use super::{Model, Step};
use crate::distribution::Quantiles;

/// See the module.
pub struct SeasonalNaive {
    season: usize,
    horizons: Vec<usize>,
    past: VecDeque<Option<f64>>,
    spreads: Vec<Spread>,
    issued: Vec<Option<f64>>,
}

impl SeasonalNaive {
    /// `season` in steps; 1 is persistence.
    #[must_use]
    pub fn new(season: usize, horizons: &[usize]) -> Self {
        Self {
            season: season.max(1),
            horizons: horizons.to_vec(),
            past: VecDeque::with_capacity(season + 1),
            spreads: horizons.iter().map(|horizon| Spread::new(*horizon)).collect(),
            issued: vec![None; horizons.len()],
        }
    }

    fn mean(&self, horizon: usize) -> Option<f64> {
        if self.past.len() < self.season {
            return None;
        }
        // The season repeats for horizons longer than itself.
        (0..horizon).map(|ahead| self.past[ahead % self.season]).sum()
    }
}

impl Model for SeasonalNaive {
    fn name(&self) -> &'static str {
        if self.season > 1 { "seasonal_naive" } else { "persistence" }
    }

    fn update(&mut self, step: &Step<'_>) {
        if self.past.len() == self.season {
            self.past.pop_front();
        }
        self.past.push_back(step.value);
        for index in 0..self.horizons.len() {
            self.issued[index] = self.mean(self.horizons[index]);
            self.spreads[index].update(step.sums[index], self.issued[index]);
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let Some(mean) = self.issued[horizon] else { return false };
        // A zero is no proof of a rate of zero.
        self.spreads[horizon].quantiles(mean.max(0.3), out);
        true
    }
}
