//! Bayesian online change points (Adams & MacKay 2007) for counts: gamma prior on the rate of a run, so that a count is negative
//! binomial given the run so far; constant hazard; run lengths of negligible probability are dropped.

use crate::model::discount_filter::ln_gamma;

/// Probability below which a run length is dropped.
const NEGLIGIBLE: f64 = 1e-8;
/// Most run lengths that are kept.
const MOST_RUNS: usize = 2000;

#[derive(Clone, Debug)]
struct Run {
    length: usize,
    probability: f64,
    shape: f64,
    rate: f64,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct ChangePoint {
    hazard: f64,
    prior: (f64, f64),
    runs: Vec<Run>,
}

impl ChangePoint {
    /// `hazard` is the probability of a change at each step, `prior` shape and rate of the gamma law of a run's mean.
    #[must_use]
    pub fn new(hazard: f64, prior: (f64, f64)) -> Self {
        let run = Run { length: 0, probability: 1.0, shape: prior.0, rate: prior.1 };
        Self { hazard: hazard.clamp(1e-12, 0.5), prior, runs: vec![run] }
    }

    /// A prior as vague as it can be about the mean of these values.
    #[must_use]
    pub fn vague(hazard: f64, values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        Self::new(hazard, (0.5, 0.5 / mean.max(0.1)))
    }

    /// Takes a count. Returns the probability that the run began at most `recent` steps ago.
    pub fn update(&mut self, count: f64, recent: usize) -> f64 {
        let count = count.max(0.0);
        let mut new = 0.0;
        for run in &mut self.runs {
            let joint = run.probability * predictive(count, run.shape, run.rate).exp();
            new += joint * self.hazard;
            *run = Run {
                length: run.length + 1,
                probability: joint * (1.0 - self.hazard),
                shape: run.shape + count,
                rate: run.rate + 1.0,
            };
        }
        self.runs.push(Run { length: 0, probability: new, shape: self.prior.0, rate: self.prior.1 });
        let total: f64 = self.runs.iter().map(|run| run.probability).sum();
        if !(total > 0.0 && total.is_finite()) {
            *self = Self::new(self.hazard, self.prior);
            return 1.0;
        }
        self.runs.iter_mut().for_each(|run| run.probability /= total);
        self.runs.retain(|run| run.length == 0 || run.probability > NEGLIGIBLE);
        if self.runs.len() > MOST_RUNS {
            self.runs.sort_by(|one, other| other.probability.total_cmp(&one.probability));
            self.runs.truncate(MOST_RUNS);
        }
        self.runs.iter().filter(|run| run.length <= recent).map(|run| run.probability).sum()
    }

    /// The most probable length of the present run, in steps.
    #[must_use]
    pub fn run_length(&self) -> usize {
        let most = self.runs.iter().max_by(|one, other| one.probability.total_cmp(&other.probability));
        most.map_or(0, |run| run.length)
    }
}

/// log p(count) of a Poisson count whose mean is gamma.
fn predictive(count: f64, shape: f64, rate: f64) -> f64 {
    ln_gamma(count + shape) - ln_gamma(shape) - ln_gamma(count + 1.0) + shape * (rate / (rate + 1.0)).ln()
        - count * (rate + 1.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_rate_is_dated() {
        let mut points = ChangePoint::new(0.01, (1.0, 0.1));
        let values: Vec<f64> =
            (0..60).map(|at| if at < 40 { [4.0, 6.0, 5.0][at % 3] } else { [19.0, 22.0][at % 2] }).collect();
        let recent: Vec<f64> = values.iter().map(|value| points.update(*value, 3)).collect();
        assert!(recent[39] < 0.05 && recent[42] > 0.95, "{} {}", recent[39], recent[42]);
        assert!((18..=20).contains(&points.run_length()), "{}", points.run_length());
    }

    #[test]
    fn probabilities_of_counts_sum_to_one() {
        let total: f64 = (0..400).map(|count| predictive(f64::from(count), 3.0, 0.5).exp()).sum();
        assert!((total - 1.0).abs() < 1e-12);
    }
}
