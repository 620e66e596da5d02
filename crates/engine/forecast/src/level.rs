//! From a calibrated probability to a warning level, by cost and loss, with hysteresis.
//!
//! Acting pays when P(event) exceeds cost/loss (Richardson 2000; Wilks 2001). The five levels follow the ladder that Japan's
//! weather warnings use since May 2026, in which the number is part of the name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cost/loss ratios at which levels 2, 3, 4 and 5 begin, and how long a level is held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Probability from which each of the levels 2 to 5 is in force, increasing.
    pub ratios: [f64; 4],
    /// A level is lowered only after the probability was below it for this many seconds.
    pub hold_seconds: i64,
}

impl Default for Policy {
    /// 0.05 "add monitoring", 0.3 "emergency patch", 0.5 "automatic block", 0.8; held for a day. Judgements; each audience sets
    /// its own.
    fn default() -> Self {
        Self { ratios: [0.05, 0.3, 0.5, 0.8], hold_seconds: 86_400 }
    }
}

/// The level in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Level {
    /// 1 to 5; 0 before the first probability.
    pub level: u8,
    /// Seconds since 1970-01-01 UTC at which the probability was last at this level or above.
    pub supported_at: i64,
}

impl Policy {
    /// The level that a probability asks for.
    #[must_use]
    pub fn asked(&self, probability: f64) -> u8 {
        1 + self.ratios.iter().filter(|ratio| probability >= **ratio).count() as u8
    }

    /// The level in force after a new probability. It rises at once and is lowered only after the hold.
    #[must_use]
    pub fn next(&self, current: Level, probability: f64, now: i64) -> Level {
        let asked = self.asked(probability);
        if asked >= current.level || now.saturating_sub(current.supported_at) >= self.hold_seconds {
            return Level { level: asked, supported_at: now };
        }
        current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_at_once_and_falls_after_the_hold() {
        let policy = Policy::default();
        let mut level = Level::default();
        let mut seen = Vec::new();
        for (hour, probability) in
            [(0, 0.01), (1, 0.4), (2, 0.01), (20, 0.06), (24, 0.01), (25, 0.01), (26, 0.9)]
        {
            level = policy.next(level, probability, hour * 3600);
            seen.push(level.level);
        }
        assert_eq!(seen, [1, 3, 3, 3, 3, 1, 5]);
    }
}
