//! NB-INGARCH(1,1): λ(t) = ω + α y(t−1) + β λ(t−1), negative binomial (Ferland, Latour & Oraichi 2006; Zhu 2011).
//!
//! The long-run mean is the discounted mean of the series (variance targeting); (α, β) come from a grid, chosen online by the
//! log score of past one-step forecasts, so that memory and time per step are constant.

use super::spread::Spread;
use super::{Model, Step};
use crate::distribution::Quantiles;

const GRID: [(f64, f64); 9] = [
    (0.05, 0.90),
    (0.10, 0.80),
    (0.20, 0.70),
    (0.30, 0.60),
    (0.50, 0.40),
    (0.70, 0.20),
    (0.20, 0.20),
    (0.40, 0.0),
    (0.70, 0.0),
];
const MEMORY: f64 = 0.99;

/// See the module.
pub struct Ingarch {
    rates: [f64; GRID.len()],
    loss: [f64; GRID.len()],
    sum: f64,
    weight: f64,
    horizons: Vec<usize>,
    spreads: Vec<Spread>,
    issued: Vec<Option<f64>>,
}

impl Ingarch {
    /// One spread a horizon.
    #[must_use]
    pub fn new(horizons: &[usize]) -> Self {
        Self {
            rates: [0.0; GRID.len()],
            loss: [0.0; GRID.len()],
            sum: 0.0,
            weight: 0.0,
            horizons: horizons.to_vec(),
            spreads: horizons.iter().map(|horizon| Spread::new(*horizon)).collect(),
            issued: vec![None; horizons.len()],
        }
    }

    fn long_run(&self) -> f64 {
        self.sum / self.weight
    }

    fn mean(&self, horizon: usize) -> f64 {
        let best =
            (0..GRID.len()).min_by(|one, other| self.loss[*one].total_cmp(&self.loss[*other])).unwrap_or(0);
        let (alpha, beta) = GRID[best];
        let (long_run, persistence) = (self.long_run(), alpha + beta);
        // Geometric return to the long-run mean, summed over the horizon.
        let sum = (1.0 - persistence.powi(horizon as i32)) / (1.0 - persistence);
        horizon as f64 * long_run + (self.rates[best] - long_run) * sum
    }
}

impl Model for Ingarch {
    fn name(&self) -> &'static str {
        "ingarch"
    }

    fn update(&mut self, step: &Step<'_>) {
        if let Some(value) = step.value.map(|value| value.max(0.0)) {
            let first = self.weight == 0.0;
            self.sum = 0.999 * self.sum + value;
            self.weight = 0.999 * self.weight + 1.0;
            let long_run = self.long_run();
            for (index, (alpha, beta)) in GRID.into_iter().enumerate() {
                let rate = &mut self.rates[index];
                if first {
                    *rate = value;
                }
                // Quasi-likelihood of a count whose spread grows with its mean.
                let error = value - *rate;
                self.loss[index] =
                    MEMORY * self.loss[index] + error * error / (*rate + 0.5 + 0.1 * *rate * *rate);
                *rate = (1.0 - alpha - beta) * long_run + alpha * value + beta * *rate;
            }
        }
        for index in 0..self.horizons.len() {
            let mean = (self.weight > 0.0).then(|| self.mean(self.horizons[index]).max(0.0));
            self.issued[index] = mean;
            self.spreads[index].update(step.sums[index], mean);
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let Some(mean) = self.issued[horizon] else { return false };
        self.spreads[horizon].quantiles(mean.max(1e-3), out);
        true
    }
}
