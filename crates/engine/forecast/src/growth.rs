//! The growth of an epidemic from counts, by a Kalman filter (Zou, Gong, Towsley & Gao, "The monitoring and early detection of
//! Internet worms", 2005): a growth that settles at a positive value is a trend, not a burst.

use crate::detect::shiryaev::Shiryaev;
use crate::distribution::Quantiles;
use crate::model::spread::Spread;
use crate::model::{Model, Step};

/// Growth factor per step and its uncertainty.
#[derive(Clone, Debug)]
pub struct GrowthFilter {
    factor: f64,
    variance: f64,
    before: Option<f64>,
    /// Variance that the factor gains at each step.
    drift: f64,
    /// Dispersion of counts: variance = mean + excess mean².
    excess: f64,
}

impl GrowthFilter {
    /// Nothing is known of the growth. `excess` is that of the counts, `drift` how fast the growth itself may change.
    #[must_use]
    pub fn new(excess: f64, drift: f64) -> Self {
        Self { factor: 1.0, variance: 1.0, before: None, drift, excess }
    }

    /// Takes the next count.
    pub fn update(&mut self, count: f64) {
        if let Some(before) = self.before.filter(|before| *before > 0.0) {
            self.variance += self.drift;
            let expected = self.factor * before;
            // The count before is as noisy as this one: both enter the error of their ratio.
            let noise = expected.max(1.0) + self.excess * expected * expected;
            let before_noise = self.factor * self.factor * (before + self.excess * before * before);
            let gain = self.variance * before / (before * before * self.variance + noise + before_noise);
            self.factor = (self.factor + gain * (count - expected)).clamp(0.01, 100.0);
            self.variance *= 1.0 - gain * before;
        }
        self.before = Some(count);
    }

    /// Growth factor per step and its standard deviation.
    #[must_use]
    pub fn factor(&self) -> (f64, f64) {
        (self.factor, self.variance.sqrt())
    }

    /// Growth rate per step: the logarithm of the factor.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.factor.ln()
    }

    /// Whether the counts grow beyond that many standard deviations.
    #[must_use]
    pub fn grows(&self, deviations: f64) -> bool {
        let (factor, deviation) = self.factor();
        factor - deviations * deviation > 1.0
    }
}

/// Posterior of a rise from which on growth is extrapolated.
const FLOOR: f64 = 0.5;
/// Prior probability of a rise at each step: once in a year of days.
const HAZARD: f64 = 1.0 / 365.0;
/// Share of the growth that is left after each step: nothing doubles for ever.
const DAMPING: f64 = 0.95;
/// Most rise over a horizon: beyond it saturation, which counts alone do not tell, is nearer than growth.
const MOST_RISE: f64 = 10.0;
/// Memory of the level that a rise is measured from.
const BASE_MEMORY: f64 = 0.97;

/// The model of the ladder: silent until a rise is probable and the counts grow, then growth that dies down.
pub struct Growth {
    filter: GrowthFilter,
    posterior: Shiryaev,
    base: (f64, f64),
    level: f64,
    calm: usize,
    horizons: Vec<usize>,
    spreads: Vec<Spread>,
    issued: Vec<Option<f64>>,
}

impl Growth {
    /// One spread a horizon.
    #[must_use]
    pub fn new(horizons: &[usize]) -> Self {
        Self {
            filter: GrowthFilter::new(0.02, 1e-4),
            posterior: Shiryaev::new(5.0),
            base: (0.0, 0.0),
            level: 0.0,
            calm: 0,
            horizons: horizons.to_vec(),
            spreads: horizons.iter().map(|horizon| Spread::new(*horizon)).collect(),
            issued: vec![None; horizons.len()],
        }
    }

    fn learn(&mut self, value: f64) {
        self.filter.update(value);
        let base = if self.base.1 > 0.0 { self.base.0 / self.base.1 } else { value };
        self.posterior.update(value, base + 0.5, HAZARD);
        self.level = if self.level > 0.0 {
            0.5 * value + 0.5 * self.level * self.filter.factor().0.clamp(0.5, 2.0)
        } else {
            value
        };
        self.base = (BASE_MEMORY * self.base.0 + value, BASE_MEMORY * self.base.1 + 1.0);
        self.calm = if self.filter.factor().0 <= 1.0 { self.calm + 1 } else { 0 };
        if self.calm >= 7 {
            // The rise is over: the next one starts from the present level.
            self.posterior = Shiryaev::new(5.0);
        }
    }

    fn mean(&self, horizon: usize) -> f64 {
        let (mut level, mut growth, mut sum) =
            (self.level, self.filter.rate().min(std::f64::consts::LN_2), 0.0);
        for _ in 0..horizon {
            level = (level * growth.exp()).min(MOST_RISE * self.level);
            growth *= DAMPING;
            sum += level;
        }
        sum
    }
}

impl Model for Growth {
    fn name(&self) -> &'static str {
        "growth"
    }

    fn update(&mut self, step: &Step<'_>) {
        if let Some(value) = step.value {
            self.learn(value.max(0.0));
        }
        let active = self.posterior.probability() >= FLOOR && self.filter.grows(1.0);
        for index in 0..self.horizons.len() {
            let mean = active.then(|| self.mean(self.horizons[index]));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_growth_is_found_and_calm_is_none() {
        let mut filter = GrowthFilter::new(0.001, 1e-6);
        let mut calm = GrowthFilter::new(0.001, 1e-6);
        for step in 0..40 {
            filter.update((100.0 * 1.08f64.powi(step)).round());
            calm.update([100.0, 110.0, 95.0, 102.0][step as usize % 4]);
        }
        assert!((filter.factor().0 - 1.08).abs() < 0.003, "{:?}", filter.factor());
        assert!(filter.grows(2.0) && !calm.grows(2.0), "{:?} {:?}", filter.factor(), calm.factor());
    }

    #[test]
    fn silent_without_growth() {
        let mut model = Growth::new(&[1, 7]);
        let mut out = [0.0; crate::distribution::LEVELS];
        for step in 0..60 {
            model.update(&Step { value: Some([10.0, 12.0, 9.0][step % 3]), sums: &[None, None] });
        }
        assert!(!model.quantiles(0, &mut out));
        for step in 0..20 {
            model.update(&Step { value: Some(10.0 * 1.3f64.powi(step)), sums: &[None, None] });
        }
        assert!(model.quantiles(1, &mut out));
    }
}
