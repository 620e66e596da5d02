//! Climatology: what such windows have held so far. The reference that every other forecast must beat.

use super::spread::SteadySpread;
use super::{Model, Step};
use crate::distribution::{LEVELS, Quantiles, level, sample_quantiles};

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

/// Mean of each phase of the season as far as the phases differ beyond chance, and the spread about it; constant time a step.
#[derive(Clone, Debug)]
struct Phases {
    steps: usize,
    /// Number and sum of the values of each phase.
    phases: Vec<(f64, f64)>,
    count: f64,
    sum: f64,
    squares: f64,
    /// Σ sum²/number over the phases.
    explained: f64,
    filled: f64,
}

impl Phases {
    fn new(season: usize) -> Self {
        Self {
            steps: 0,
            phases: vec![(0.0, 0.0); season.max(1)],
            count: 0.0,
            sum: 0.0,
            squares: 0.0,
            explained: 0.0,
            filled: 0.0,
        }
    }

    fn update(&mut self, value: Option<f64>) {
        let season = self.phases.len();
        if let Some(value) = value {
            let (n, sum) = self.phases[self.steps % season];
            self.explained +=
                (sum + value) * (sum + value) / (n + 1.0) - if n > 0.0 { sum * sum / n } else { 0.0 };
            self.filled += if n > 0.0 { 0.0 } else { 1.0 };
            self.phases[self.steps % season] = (n + 1.0, sum + value);
            self.count += 1.0;
            self.sum += value;
            self.squares += value * value;
        }
        self.steps += 1;
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    /// Share of the difference between phases that is no chance: 1 − 1/F of the analysis of variance (James & Stein).
    fn share(&self) -> f64 {
        if self.phases.len() < 2 || self.count < 2.0 * self.filled || self.filled < 2.0 {
            return 0.0;
        }
        let within = (self.squares - self.explained).max(0.0) / (self.count - self.filled).max(1.0);
        let between = (self.explained - self.sum * self.mean()).max(0.0) / (self.filled - 1.0);
        if between <= within { 0.0 } else { 1.0 - within / between }
    }

    /// Excess dispersion of single values about their phase's mean: variance = mean + excess mean².
    fn excess(&self, share: f64) -> f64 {
        let overall = self.count * self.mean() * self.mean();
        let squared_means = overall * (1.0 - share * share) + share * share * self.explained;
        let crossed = overall * (1.0 - share) + share * self.explained;
        let freedom = (self.count - 1.0 - share * (self.filled - 1.0)).max(1.0);
        let errors = (self.squares - 2.0 * crossed + squared_means).max(0.0) * self.count / freedom;
        if squared_means > 0.0 { (errors - self.sum) / squared_means } else { 0.0 }
    }

    /// Expected sum of `horizon` values that begin `back` steps before the next one.
    fn expected(&self, back: usize, horizon: usize, share: f64) -> f64 {
        let overall = self.mean();
        if share <= 0.0 {
            return overall * horizon as f64;
        }
        let season = self.phases.len();
        let at = |ahead: usize| {
            let (n, sum) = self.phases[(self.steps - back + ahead) % season];
            if n > 0.0 { overall + share * (sum / n - overall) } else { overall }
        };
        let whole = (horizon / season) as f64;
        let rest: f64 = (0..horizon % season).map(at).sum();
        rest + if whole > 0.0 { whole * (0..season).map(at).sum::<f64>() } else { 0.0 }
    }
}

/// Sums of past windows, scaled from the phases that they hold to those that are forecast: all of them serve every phase.
pub struct ScaledClimatology {
    phases: Phases,
    horizons: Vec<usize>,
    /// Sums scaled to phases of average height, sorted, with the height of their phases as weight, per horizon: what a quiet
    /// phase held says little about a busy one.
    scaled: Vec<Vec<(f64, f64)>>,
    weights: Vec<f64>,
    expected: Vec<f64>,
}

/// Least height of the phases of a window, as a share of the average, that its sum is scaled by.
const LEAST_EXPECTED: f64 = 0.02;
const MOST_SCALED: usize = 5000;

impl ScaledClimatology {
    /// `season` in steps; 1 for none.
    #[must_use]
    pub fn new(season: usize, horizons: &[usize]) -> Self {
        Self {
            phases: Phases::new(season),
            horizons: horizons.to_vec(),
            scaled: vec![Vec::new(); horizons.len()],
            weights: vec![0.0; horizons.len()],
            expected: vec![0.0; horizons.len()],
        }
    }

    /// Expected sum in units of the mean of as many values.
    fn scale(&self, back: usize, horizon: usize, share: f64) -> f64 {
        let mean = horizon as f64 * self.phases.mean();
        if mean > 0.0 { (self.phases.expected(back, horizon, share) / mean).max(LEAST_EXPECTED) } else { 1.0 }
    }
}

impl Model for ScaledClimatology {
    fn name(&self) -> &'static str {
        "scaled_climatology"
    }

    fn update(&mut self, step: &Step<'_>) {
        self.phases.update(step.value);
        let share = self.phases.share();
        for index in 0..self.horizons.len() {
            let horizon = self.horizons[index];
            if let Some(sum) = step.sums[index] {
                let weight = self.scale(horizon, horizon, share);
                let sample = &mut self.scaled[index];
                // Beyond this each phase has a sample of its own.
                if sample.len() < MOST_SCALED {
                    let place = sample.partition_point(|known| known.0 < sum / weight);
                    sample.insert(place, (sum / weight, weight));
                    self.weights[index] += weight;
                }
            }
            self.expected[index] = self.scale(0, horizon, share);
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let sample = &self.scaled[horizon];
        if !(ENOUGH..MOST_SCALED).contains(&sample.len()) {
            return false;
        }
        let (mut place, mut below) = (0, sample[0].1);
        for (index, quantile) in out.iter_mut().enumerate() {
            let wanted = level(index) * self.weights[horizon];
            while below < wanted && place + 1 < sample.len() {
                place += 1;
                below += sample[place].1;
            }
            *quantile = sample[place].0 * self.expected[horizon];
        }
        true
    }
}

/// A negative binomial about the mean of the phase: climatology with few parameters, which a series without memory estimates
/// better than its whole sample.
pub struct CountClimatology {
    phases: Phases,
    horizons: Vec<usize>,
    spreads: Vec<SteadySpread>,
    issued: Vec<Option<f64>>,
}

impl CountClimatology {
    /// `season` in steps; 1 for none.
    #[must_use]
    pub fn new(season: usize, horizons: &[usize]) -> Self {
        Self {
            phases: Phases::new(season),
            horizons: horizons.to_vec(),
            spreads: horizons.iter().map(|horizon| SteadySpread::new(*horizon)).collect(),
            issued: vec![None; horizons.len()],
        }
    }
}

impl Model for CountClimatology {
    fn name(&self) -> &'static str {
        "negative_binomial"
    }

    fn update(&mut self, step: &Step<'_>) {
        self.phases.update(step.value);
        let share = self.phases.share();
        let excess = self.phases.excess(share);
        for index in 0..self.horizons.len() {
            let mean = self.phases.expected(0, self.horizons[index], share);
            self.issued[index] = (self.phases.count >= 4.0).then_some(mean);
            self.spreads[index].update(step.sums[index], self.issued[index], excess);
        }
    }

    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool {
        let Some(mean) = self.issued[horizon] else { return false };
        self.spreads[horizon].quantiles(mean, out);
        true
    }
}
