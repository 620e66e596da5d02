//! Climatology: what such windows have held so far. The reference that every other forecast must beat.

use super::{Model, Step};
use crate::distribution::{LEVELS, Quantiles, count_quantiles, level, sample_quantiles};

/// Sums of past windows, by the phase of the season at which they start; with fewer than four of the phase, all of them.
pub struct Climatology {
    season: usize,
    horizons: Vec<usize>,
    /// Per horizon and phase, sorted.
    by_phase: Vec<Vec<Vec<f64>>>,
    all: Vec<Vec<f64>>,
    steps: usize,
}

const ENOUGH: usize = 4;

impl Climatology {
    /// `season` in steps; 1 for none.
    #[must_use]
    pub fn new(season: usize, horizons: &[usize]) -> Self {
        let season = season.max(1);
        Self {
            season,
            horizons: horizons.to_vec(),
            by_phase: vec![vec![Vec::new(); season]; horizons.len()],
            all: vec![Vec::new(); horizons.len()],
            steps: 0,
        }
    }
}

fn insert(sorted: &mut Vec<f64>, value: f64) {
    let place = sorted.partition_point(|known| *known < value);
    sorted.insert(place, value);
}

impl Model for Climatology {
    fn name(&self) -> &'static str {
        if self.season > 1 { "climatology" } else { "climatology_all" }
    }

    fn update(&mut self, step: &Step<'_>) {
        self.steps += 1;
        for (index, horizon) in self.horizons.iter().enumerate() {
            if let (Some(sum), Some(start)) = (step.sums[index], self.steps.checked_sub(*horizon)) {
                if self.season > 1 {
                    insert(&mut self.by_phase[index][start % self.season], sum);
                }
                insert(&mut self.all[index], sum);
            }
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let of_phase = &self.by_phase[horizon][self.steps % self.season];
        let sample = if of_phase.len() >= ENOUGH { of_phase } else { &self.all[horizon] };
        if sample.is_empty() {
            return false;
        }
        let levels: [f64; LEVELS] = std::array::from_fn(level);
        sample_quantiles(sample, &levels, out);
        true
    }
}

/// A negative binomial with mean and variance of all windows so far: climatology with two parameters, which a memoryless series
/// estimates better than its whole sample.
pub struct CountClimatology {
    moments: Vec<(f64, f64, f64)>,
}

impl CountClimatology {
    /// One set of moments a horizon.
    #[must_use]
    pub fn new(horizons: &[usize]) -> Self {
        Self { moments: vec![(0.0, 0.0, 0.0); horizons.len()] }
    }
}

impl Model for CountClimatology {
    fn name(&self) -> &'static str {
        "negative_binomial"
    }

    fn update(&mut self, step: &Step<'_>) {
        // Welford's recurrence.
        for ((count, mean, squares), sum) in self.moments.iter_mut().zip(step.sums) {
            if let Some(sum) = sum {
                *count += 1.0;
                let before = sum - *mean;
                *mean += before / *count;
                *squares += before * (sum - *mean);
            }
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let (count, mean, squares) = self.moments[horizon];
        if count < 4.0 {
            return false;
        }
        let levels: [f64; LEVELS] = std::array::from_fn(level);
        count_quantiles(mean, squares / (count - 1.0) * (1.0 + 1.0 / count), &levels, out);
        true
    }
}
