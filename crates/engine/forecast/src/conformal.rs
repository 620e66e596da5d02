//! Adaptive conformal intervals (Gibbs & Candès, "Adaptive conformal inference under distribution shift", 2021).
//!
//! The level at which an interval is cut from the forecast distribution moves after every outcome: wider after a miss, narrower
//! after a hit, so that the long-run share of hits is the nominal one whatever the series does.

use crate::distribution::{LEVELS, Quantiles, interpolate};

/// The nominal coverages that are kept.
pub const NOMINAL: [f64; 3] = [0.8, 0.9, 0.95];

/// One adaptive interval.
#[derive(Clone, Debug)]
pub struct Adaptive {
    target: f64,
    /// The miscoverage asked of the distribution at present.
    alpha: f64,
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
        Self { target: 1.0 - coverage, alpha: 1.0 - coverage, seen: 0.0 }
    }

    /// The interval that is cut from these quantiles now.
    #[must_use]
    pub fn interval(&self, quantiles: &Quantiles) -> Interval {
        let alpha = self.alpha.clamp(0.0, 0.98);
        let (lower, upper) = (interpolate(quantiles, alpha / 2.0), interpolate(quantiles, 1.0 - alpha / 2.0));
        // A level below zero asks for more than the distribution holds: the interval is stretched about its middle.
        let stretch = 1.0 + 10.0 * (-self.alpha).max(0.0);
        let middle = quantiles[LEVELS / 2];
        let room = 0.25 * (upper - lower).abs().max(1.0) * (stretch - 1.0);
        Interval {
            coverage: 1.0 - self.target,
            lower: (middle + (lower - middle) * stretch - room).max(if lower >= 0.0 {
                0.0
            } else {
                f64::MIN
            }),
            upper: middle + (upper - middle) * stretch + room,
        }
    }

    /// Learns whether an interval held its outcome.
    pub fn learn(&mut self, hit: bool) {
        let miss = if hit { 0.0 } else { 1.0 };
        // Large steps while little is known, 0.05 in the long run: the bound on the error of coverage is about 1/(step × n).
        let step = (10.0 / (self.seen + 50.0)).max(0.05);
        self.seen += 1.0;
        self.alpha = (self.alpha + step * (self.target - miss)).clamp(-1.0, 1.0);
    }
}
