//! Worms as epidemics: dI/dt = (η / 2³²) I (N − I), the SI model of Staniford, Paxson & Weaver ("How to 0wn the Internet in your
//! spare time", 2002), in closed form, and a fit to an observed series of infected hosts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const ADDRESSES: f64 = 4_294_967_296.0;

/// A uniformly scanning worm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Worm {
    /// Scans per second of an infected host.
    pub scans_per_second: f64,
    /// Vulnerable hosts.
    pub hosts: f64,
    /// Infected at time 0.
    pub seeds: f64,
}

impl Worm {
    /// Initial growth per second: η N / 2³².
    #[must_use]
    pub fn growth(&self) -> f64 {
        self.scans_per_second * self.hosts / ADDRESSES
    }

    /// Seconds in which the early epidemic doubles: ln 2 / growth.
    #[must_use]
    pub fn doubling(&self) -> f64 {
        std::f64::consts::LN_2 / self.growth()
    }

    /// Infected hosts at a time in seconds (logistic).
    #[must_use]
    pub fn infected(&self, seconds: f64) -> f64 {
        self.hosts / (1.0 + (self.hosts / self.seeds - 1.0) * (-self.growth() * seconds).exp())
    }

    /// Seconds until a share (between 0 and 1) of the hosts is infected.
    #[must_use]
    pub fn time_to(&self, share: f64) -> f64 {
        ((self.hosts / self.seeds - 1.0) * share / (1.0 - share)).ln() / self.growth()
    }
}

/// A logistic curve fitted to counts of infected hosts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Growth {
    /// Growth per step.
    pub rate: f64,
    /// Hosts at saturation.
    pub capacity: f64,
    /// Step, from the first value, at which half are infected.
    pub half: f64,
}

impl Growth {
    /// Fits growth to cumulative counts at equal steps, given the number of hosts that can be infected (from an exposure count):
    /// the logit of the infected share is linear in time, weighted by the information of each count.
    ///
    /// `None` with fewer than three counts strictly between 0 and the capacity, or without growth.
    #[must_use]
    pub fn fit(counts: &[f64], capacity: f64) -> Option<Self> {
        let (mut n, mut st, mut sy, mut stt, mut sty, mut used) = (0.0, 0.0, 0.0, 0.0, 0.0, 0);
        for (step, count) in counts.iter().enumerate() {
            let share = count / capacity;
            if !(share > 0.0 && share < 1.0) {
                continue;
            }
            let (t, logit, weight) = (step as f64, (share / (1.0 - share)).ln(), count * (1.0 - share));
            n += weight;
            st += weight * t;
            sy += weight * logit;
            stt += weight * t * t;
            sty += weight * t * logit;
            used += 1;
        }
        let spread = n * stt - st * st;
        if used < 3 || spread <= 0.0 {
            return None;
        }
        let rate = (n * sty - st * sy) / spread;
        let intercept = (sy - rate * st) / n;
        (rate > 0.0).then_some(Self { rate, capacity, half: -intercept / rate })
    }

    /// Step at which a share of the capacity is reached.
    #[must_use]
    pub fn time_to(&self, share: f64) -> f64 {
        self.half + (share / (1.0 - share)).ln() / self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_red_and_slammer() {
        let code_red = Worm { scans_per_second: 358.0 / 60.0, hosts: 360_000.0, seeds: 10.0 };
        assert!((code_red.growth() * 3600.0 - 1.80).abs() < 0.005);
        assert!((code_red.doubling() / 60.0 - 23.1).abs() < 0.05);
        for (share, minutes) in [(0.01, 196.0), (0.5, 350.0), (0.9, 423.0)] {
            assert!(
                (code_red.time_to(share) / 60.0 - minutes).abs() < 1.0,
                "{share}: {}",
                code_red.time_to(share) / 60.0
            );
        }
        let slammer = Worm { scans_per_second: 4000.0, hosts: 75_000.0, seeds: 10.0 };
        assert!((slammer.doubling() - 9.9).abs() < 0.05, "{}", slammer.doubling());
    }

    #[test]
    fn the_forecast_of_august_2001_replayed() {
        // 0.7 per hour; called when 10 % are infected; saturation is 95 %.
        let hosts = 300_000.0;
        let worm = Worm { scans_per_second: 0.7 / 3600.0 * ADDRESSES / hosts, hosts, seeds: 100.0 };
        let called = worm.time_to(0.1);
        let bins = (called / 600.0) as usize;
        let mut state = 7u64;
        let counts: Vec<f64> = (0..bins)
            .map(|bin| {
                // Observation noise of 5 %.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let noise = ((state >> 33) as f64 / f64::from(1u32 << 31) - 0.5) * 0.17;
                worm.infected(bin as f64 * 600.0) * (1.0 + noise)
            })
            .collect();
        let fit = Growth::fit(&counts, hosts).expect("it grows");
        assert!((fit.time_to(0.95) * 600.0 / worm.time_to(0.95) - 1.0).abs() < 0.1);
        assert!((fit.rate * 6.0 - 0.7).abs() < 0.07, "{}", fit.rate * 6.0);
    }
}
