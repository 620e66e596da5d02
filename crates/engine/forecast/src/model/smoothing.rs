//! Exponential smoothing on log(1 + y): level, damped trend or none, additive season; parameters from a grid, chosen online.
//!
//! Additive errors in the logarithm are multiplicative in the count, the natural scale of growth. With drift and without
//! season the mean is that of the Theta method (Hyndman & Billah 2003). Values below zero are outside its reach.

use std::collections::VecDeque;

use super::{Model, Step};
use crate::distribution::{LEVELS, Quantiles, level, normal_quantile};

/// Smoothing of level and of trend; a damping factor of 0.9 on the trend.
const GRID: [(f64, f64); 8] =
    [(0.05, 0.0), (0.1, 0.0), (0.2, 0.0), (0.4, 0.0), (0.6, 0.0), (0.85, 0.0), (0.2, 0.05), (0.4, 0.1)];
const DAMPING: f64 = 0.9;
const MEMORY: f64 = 0.99;

#[derive(Clone, Copy, Default)]
struct State {
    level: f64,
    trend: f64,
    loss: f64,
}

/// Errors of the logarithm of the sum at one horizon.
struct LogErrors {
    pending: VecDeque<Option<f64>>,
    sum: f64,
    squares: f64,
    weight: f64,
}

/// See the module.
pub struct Smoothing {
    states: [State; GRID.len()],
    season: Vec<f64>,
    steps: usize,
    seen: usize,
    horizons: Vec<usize>,
    errors: Vec<LogErrors>,
    issued: Vec<Option<f64>>,
    scores: [f64; LEVELS],
}

impl Smoothing {
    /// `season` in steps; 1 for none.
    #[must_use]
    pub fn new(season: usize, horizons: &[usize]) -> Self {
        let errors = || LogErrors { pending: VecDeque::new(), sum: 0.0, squares: 0.0, weight: 0.0 };
        Self {
            states: [State::default(); GRID.len()],
            season: vec![0.0; season.max(1)],
            steps: 0,
            seen: 0,
            horizons: horizons.to_vec(),
            errors: horizons.iter().map(|_| errors()).collect(),
            issued: vec![None; horizons.len()],
            scores: std::array::from_fn(|index| normal_quantile(level(index))),
        }
    }

    fn learn(&mut self, value: f64) {
        let phase = self.steps % self.season.len();
        let logarithm = value.max(0.0).ln_1p();
        let y = logarithm - self.season[phase];
        let best = self.best().level;
        for (state, (alpha, beta)) in self.states.iter_mut().zip(GRID) {
            if self.seen == 0 {
                state.level = y;
                continue;
            }
            let expected = state.level + DAMPING * state.trend;
            let error = y - expected;
            state.loss = MEMORY * state.loss + error * error;
            state.level = expected + alpha * error;
            state.trend = DAMPING * state.trend + beta * error;
        }
        if self.season.len() > 1 && self.seen > 0 {
            let seasons = (self.steps / self.season.len()) as f64;
            let speed = 0.05f64.max(0.5 / (seasons + 1.0));
            self.season[phase] += speed * (logarithm - best - self.season[phase]);
            let mean = self.season.iter().sum::<f64>() / self.season.len() as f64;
            self.season.iter_mut().for_each(|factor| *factor -= mean);
        }
        self.seen += 1;
    }

    fn best(&self) -> &State {
        self.states
            .iter()
            .min_by(|one, other| one.loss.total_cmp(&other.loss))
            .expect("the grid is not empty")
    }

    /// log(1 + sum of expected values).
    fn mean(&self, horizon: usize) -> f64 {
        let state = self.best();
        let (mut sum, mut trend, mut damped) = (0.0, 0.0, DAMPING);
        for ahead in 0..horizon {
            trend += damped * state.trend;
            damped *= DAMPING;
            let season = self.season[(self.steps + ahead) % self.season.len()];
            sum += (state.level + trend + season).clamp(-1.0, 60.0).exp_m1().max(0.0);
        }
        sum.ln_1p()
    }
}

impl Model for Smoothing {
    fn name(&self) -> &'static str {
        if self.season.len() > 1 { "seasonal_smoothing" } else { "smoothing" }
    }

    fn update(&mut self, step: &Step<'_>) {
        if let Some(value) = step.value {
            self.learn(value);
        }
        self.steps += 1;
        for index in 0..self.horizons.len() {
            let mean = (self.seen > 1).then(|| self.mean(self.horizons[index]));
            self.issued[index] = mean;
            let errors = &mut self.errors[index];
            if errors.pending.len() == self.horizons[index]
                && let Some(Some(issued)) = errors.pending.pop_front()
                && let Some(sum) = step.sums[index]
            {
                let error = sum.max(0.0).ln_1p() - issued;
                errors.sum = 0.99 * errors.sum + error;
                errors.squares = 0.99 * errors.squares + error * error;
                errors.weight = 0.99 * errors.weight + 1.0;
            }
            errors.pending.push_back(mean);
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let Some(mean) = self.issued[horizon] else { return false };
        let errors = &self.errors[horizon];
        if errors.weight < 4.0 {
            return false;
        }
        // The sum of logarithms is not the logarithm of the sum: past errors tell the bias as well as the spread.
        let bias = errors.sum / (errors.weight + 4.0);
        let variance = (errors.squares / errors.weight - bias * bias).max(1e-9);
        let deviation = variance.sqrt().min(1.5);
        for (quantile, score) in out.iter_mut().zip(&self.scores) {
            *quantile = (mean + bias + deviation * score).min(60.0).exp_m1().max(0.0);
        }
        true
    }
}
