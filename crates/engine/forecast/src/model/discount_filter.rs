//! Gamma-Poisson discount filter with negative-binomial excess.
//!
//! State (a, b), rate a/b; a ← d a + y, b ← d b + f with f the exposure of the step's phase in the season, learnt slowly.
//! Discounting a conjugate prior is Smith's power-discount model (West & Harrison, "Bayesian forecasting", ch. 10). The
//! exposure stands in b: dividing the data by it instead breaks when a factor is near zero (week-ends of a catalogue).

use super::spread::Spread;
use super::{Model, Step};
use crate::distribution::Quantiles;

const DISCOUNTS: [f64; 9] = [0.6, 0.8, 0.90, 0.95, 0.97, 0.985, 0.993, 0.997, 1.0];
/// Speed at which exposures are learnt.
const KAPPA: f64 = 0.02;
/// Forgetting of the discounts' scores.
const MEMORY: f64 = 0.99;

#[derive(Clone, Debug)]
struct Filter {
    discount: f64,
    a: f64,
    b: f64,
    /// Log score of one-step forecasts, discounted.
    score: f64,
    excess_error: f64,
    squared_mean: f64,
}

impl Filter {
    fn new(discount: f64) -> Self {
        Self { discount, a: 0.0, b: 0.0, score: 0.0, excess_error: 0.0, squared_mean: 0.0 }
    }

    fn rate(&self) -> f64 {
        (self.a + 0.1) / (self.b + 0.1)
    }

    fn update(&mut self, value: f64, exposure: f64) {
        if self.b > 0.0 {
            let mean = (self.rate() * exposure).max(1e-6);
            let excess = if self.squared_mean > 0.0 { self.excess_error / self.squared_mean } else { 0.1 };
            let size = 1.0 / excess.max(1e-4);
            self.score = MEMORY * self.score + log_negative_binomial(value, mean, size);
            let error = value - mean;
            self.excess_error = 0.995 * self.excess_error + error * error - mean;
            self.squared_mean = 0.995 * self.squared_mean + mean * mean;
        }
        self.a = self.discount * self.a + value;
        self.b = self.discount * self.b + exposure;
    }
}

/// log p(y) up to a term that depends on y alone, for the choice between discounts.
fn log_negative_binomial(y: f64, mean: f64, size: f64) -> f64 {
    ln_gamma(y + size) - ln_gamma(size) + size * (size / (size + mean)).ln() + y * (mean / (size + mean)).ln()
}

/// Logarithm of the gamma function for positive arguments (Stirling's series after shifting to 15 and above), to 1e-13.
#[must_use]
pub fn ln_gamma(mut x: f64) -> f64 {
    let mut shift = 1.0;
    while x < 15.0 {
        shift *= x;
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    let series = (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z / 1188.0)))) / x;
    (x - 0.5) * x.ln() - x + 0.918_938_533_204_672_8 + series - f64::ln(shift)
}

/// See the module.
pub struct DiscountFilter {
    exposure: Vec<f64>,
    steps: usize,
    filters: Vec<Filter>,
    horizons: Vec<usize>,
    spreads: Vec<Spread>,
    issued: Vec<Option<f64>>,
}

impl DiscountFilter {
    /// `season` in steps; 1 for none.
    #[must_use]
    pub fn new(season: usize, horizons: &[usize]) -> Self {
        Self {
            exposure: vec![1.0; season.max(1)],
            steps: 0,
            filters: DISCOUNTS.map(Filter::new).to_vec(),
            horizons: horizons.to_vec(),
            spreads: horizons.iter().map(|horizon| Spread::new(*horizon)).collect(),
            issued: vec![None; horizons.len()],
        }
    }

    /// The filter whose one-step forecasts scored best of late, among those whose memory is at least a quarter of the
    /// horizon: what will last for a month is not told by a day.
    fn best(&self, horizon: usize) -> &Filter {
        let least = 1.0 - 4.0 / horizon as f64;
        self.filters
            .iter()
            .filter(|filter| filter.discount >= least)
            .max_by(|one, other| one.score.total_cmp(&other.score))
            .expect("the list of discounts ends with 1")
    }

    /// The present rate, per step of average exposure.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.best(1).rate()
    }

    fn mean(&self, horizon: usize) -> f64 {
        let season = self.exposure.len();
        let exposure: f64 = if season == 1 {
            horizon as f64
        } else {
            (0..horizon).map(|ahead| self.exposure[(self.steps + ahead) % season]).sum()
        };
        self.best(horizon).rate() * exposure
    }

    fn learn(&mut self, value: f64) {
        let phase = self.steps % self.exposure.len();
        let exposure = self.exposure[phase];
        let rate = self.rate();
        for filter in &mut self.filters {
            filter.update(value, exposure);
        }
        let season = self.exposure.len();
        if season > 1 && self.steps > 0 && rate > 1e-9 {
            // The first seasons are learnt faster, else a weekly factor would need a year.
            let seen = (self.steps / season) as f64;
            let speed = KAPPA.max(0.5 / (seen + 1.0));
            let target = (value / rate).min(10.0);
            self.exposure[phase] += speed * (target - self.exposure[phase]);
            let mean = self.exposure.iter().sum::<f64>() / season as f64;
            if mean > 1e-9 {
                self.exposure.iter_mut().for_each(|exposure| *exposure = (*exposure / mean).max(1e-3));
            }
        }
    }
}

impl Model for DiscountFilter {
    fn name(&self) -> &'static str {
        if self.exposure.len() > 1 { "seasonal_discount_filter" } else { "discount_filter" }
    }

    fn update(&mut self, step: &Step<'_>) {
        if let Some(value) = step.value {
            self.learn(value.max(0.0));
        }
        self.steps += 1;
        for index in 0..self.horizons.len() {
            let mean = (self.filters[0].b > 0.0).then(|| self.mean(self.horizons[index]));
            self.issued[index] = mean;
            self.spreads[index].update(step.sums[index], mean);
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let Some(mean) = self.issued[horizon] else { return false };
        self.spreads[horizon].quantiles(mean, out);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_gamma_values() {
        // Γ(5) = 24, Γ(1/2) = sqrt(pi), Γ(101) = 100!
        assert!((ln_gamma(5.0) - 24f64.ln()).abs() < 1e-13);
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-13);
        assert!((ln_gamma(101.0) - 363.739_375_555_563_5).abs() < 1e-11);
    }

    #[test]
    fn rate_follows_a_step_and_exposure_a_week() {
        let mut filter = DiscountFilter::new(7, &[7]);
        for day in 0..700 {
            let value = if day % 7 < 5 { 100.0 } else { 10.0 };
            filter.update(&Step { value: Some(value), sums: &[None] });
        }
        assert!((filter.mean(7) / 520.0 - 1.0).abs() < 0.05, "{}", filter.mean(7));
        assert!(filter.exposure[6] < 0.3 && filter.exposure[0] > 1.2, "{:?}", filter.exposure);
    }
}
