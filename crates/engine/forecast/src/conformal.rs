//! Adaptive conformal intervals (Gibbs & Candès, "Adaptive conformal inference under distribution shift", 2021; Angelopoulos,
//! Candès & Tibshirani, "Conformal PID control for time series prediction", 2023).
//!
//! The level at which an interval is cut from the forecast distribution follows the misses so far: wider when there were more
//! than the nominal share, narrower when there were fewer, so that the long-run share is the nominal one whatever the series
//! does. Windows of several steps overlap, and their outcomes come late; what is already known of those still open is counted
//! in, else ten open windows would all be widened for one and the same miss.

use crate::distribution::{LEVELS, Quantiles, interpolate, normal_quantile};

/// The nominal coverages that are kept.
pub const NOMINAL: [f64; 3] = [0.8, 0.9, 0.95];

/// Misses beyond the nominal number, as a share of the outcomes so far, at which the asked level changes by the factor e.
const TOLERANCE: f64 = 0.007;
/// Least and most response to one miss, on the scale of the logarithm of the level.
const RESPONSE: (f64, f64) = (0.05, 3.0);
/// Bounds of the asked level.
const LEAST_LEVEL: f64 = 1e-4;
const MOST_LEVEL: f64 = 0.9;
/// A level below this asks for more than the 99 quantiles hold.
const OUTERMOST: f64 = 0.02;

/// One adaptive interval.
#[derive(Clone, Debug)]
pub struct Adaptive {
    target: f64,
    /// Misses less their nominal number.
    excess: f64,
    /// Outcomes so far.
    seen: f64,
}

/// A central interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Interval {
    /// Nominal coverage.
    pub coverage: f64,
    /// Lower end, included.
    pub lower: f64,
    /// Upper end, included.
    pub upper: f64,
}

impl Interval {
    /// Whether the outcome is inside.
    #[must_use]
    pub fn contains(&self, outcome: f64) -> bool {
        let slack = 1e-9 * outcome.abs().max(1.0);
        (self.lower - slack..=self.upper + slack).contains(&outcome)
    }
}

impl Adaptive {
    /// An interval of that nominal coverage.
    #[must_use]
    pub fn new(coverage: f64) -> Self {
        Self { target: 1.0 - coverage, excess: 0.0, seen: 0.0 }
    }

    /// The nominal share of misses.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.target
    }

    /// The level asked of the distribution now, given the misses expected of the open windows beyond their nominal number.
    fn asked(&self, open: f64) -> f64 {
        let response = (1.0 / (TOLERANCE * (self.seen + 20.0))).clamp(RESPONSE.0, RESPONSE.1);
        (self.target * (-response * (self.excess + open)).clamp(-8.0, 8.0).exp())
            .clamp(LEAST_LEVEL, MOST_LEVEL)
    }

    /// The interval that is cut from these quantiles now.
    #[must_use]
    pub fn interval(&self, quantiles: &Quantiles, open: f64) -> Interval {
        let asked = self.asked(open);
        let cut = asked.max(OUTERMOST);
        let (lower, upper) = (interpolate(quantiles, cut / 2.0), interpolate(quantiles, 1.0 - cut / 2.0));
        // Beyond the outermost quantiles the interval is stretched about its middle, as a normal one would be.
        let stretch = normal_quantile(1.0 - asked / 2.0) / normal_quantile(1.0 - cut / 2.0);
        let middle = quantiles[LEVELS / 2];
        let room = 0.25 * (upper - lower).abs().max(1.0) * (stretch - 1.0);
        let least = if lower >= 0.0 { 0.0 } else { f64::MIN };
        Interval {
            coverage: 1.0 - self.target,
            lower: (middle + (lower - middle) * stretch - room).max(least),
            upper: middle + (upper - middle) * stretch + room,
        }
    }

    /// Learns whether an interval held its outcome.
    pub fn learn(&mut self, hit: bool) {
        self.seen += 1.0;
        self.excess += if hit { 0.0 } else { 1.0 } - self.target;
        // A series that cannot be missed often enough (all zeros) must not pile up a debt that is repaid later.
        let bound = 0.1 * self.seen + 5.0;
        self.excess = self.excess.clamp(-bound, bound);
    }
}
