//! The impact fan: infected hosts by hour with their uncertainty, with and without action, from the SI model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::distribution::normal_quantile;

/// What is known when an outbreak is called.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outbreak {
    /// Hosts that can be infected.
    pub hosts: f64,
    /// Infected now, and the standard deviation of its logarithm.
    pub infected: (f64, f64),
    /// Growth per hour while few are infected, and its standard deviation.
    pub growth: (f64, f64),
}

/// What is done: after so many hours a share of the hosts not yet infected is out of reach (patched, blocked).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Hours from now.
    pub after: f64,
    /// Between 0 and 1.
    pub share: f64,
}

/// Infected hosts at one hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hour {
    /// Hours from now.
    pub hour: f64,
    /// Quantiles at 0.05, 0.25, 0.5, 0.75, 0.95 without action.
    pub without: [f64; 5],
    /// The same with the action.
    pub with: Option<[f64; 5]>,
}

/// Levels of the fan.
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// Points of the grid on each of the two unknowns.
const GRID: usize = 41;

fn logistic(infected: f64, hosts: f64, growth: f64, hours: f64) -> f64 {
    if infected >= hosts {
        return infected;
    }
    // exp overflows to infinity, which ends in hosts, as it should.
    hosts / (1.0 + (hosts / infected - 1.0) * (-growth * hours).exp())
}

impl Outbreak {
    /// Infected after some hours in one case of (infected, growth), with an action if there is one.
    fn path(&self, infected: f64, growth: f64, hours: f64, action: Option<Action>) -> f64 {
        match action.filter(|action| hours > action.after) {
            None => logistic(infected, self.hosts, growth, hours),
            Some(action) => {
                let then = logistic(infected, self.hosts, growth, action.after);
                let hosts = then + (self.hosts - then).max(0.0) * (1.0 - action.share);
                // Fewer hosts to be found slow the growth in proportion.
                logistic(then, hosts, growth * hosts / self.hosts, hours - action.after)
            }
        }
    }

    /// The fan at every hour from 0 to `hours`. The two unknowns are normal and independent; their law is taken at a grid of
    /// equal probabilities, so that the same input gives the same fan.
    #[must_use]
    pub fn fan(&self, hours: usize, action: Option<Action>) -> Vec<Hour> {
        let scores: Vec<f64> = (0..GRID).map(|at| normal_quantile((at as f64 + 0.5) / GRID as f64)).collect();
        let mut cases = Vec::with_capacity(GRID * GRID);
        for one in &scores {
            for other in &scores {
                let infected = (self.infected.0 * (self.infected.1 * one).exp()).clamp(1e-9, self.hosts);
                cases.push((infected, (self.growth.0 + self.growth.1 * other).max(0.0)));
            }
        }
        let quantiles = |hour: f64, action: Option<Action>| {
            let mut values: Vec<f64> =
                cases.iter().map(|(infected, growth)| self.path(*infected, *growth, hour, action)).collect();
            values.sort_unstable_by(f64::total_cmp);
            LEVELS.map(|level| values[((level * values.len() as f64) as usize).min(values.len() - 1)])
        };
        (0..=hours)
            .map(|hour| {
                let hour = hour as f64;
                let with = action.map(|action| quantiles(hour, Some(action)));
                Hour { hour, without: quantiles(hour, None), with }
            })
            .collect()
    }

    /// Hours until a share of the hosts is infected without action, in the middle case.
    #[must_use]
    pub fn time_to(&self, share: f64) -> f64 {
        ((self.hosts / self.infected.0 - 1.0) * share / (1.0 - share)).ln() / self.growth.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_uncertainty_the_fan_is_the_closed_form() {
        let code_red = Outbreak { hosts: 360_000.0, infected: (10.0, 0.0), growth: (1.8, 0.0) };
        let fan = code_red.fan(10, None);
        let half = code_red.time_to(0.5);
        assert!((half - 5.83).abs() < 0.01, "{half}");
        for hour in &fan {
            let exact = 360_000.0 / (1.0 + 35_999.0 * (-1.8 * hour.hour).exp());
            assert!(hour.without.iter().all(|value| (value / exact - 1.0).abs() < 1e-9));
        }
    }

    #[test]
    fn action_only_helps_and_the_fan_widens() {
        let outbreak = Outbreak { hosts: 1e5, infected: (500.0, 0.2), growth: (0.7, 0.1) };
        let action = Action { after: 3.0, share: 0.6 };
        let fan = outbreak.fan(24, Some(action));
        for hour in &fan {
            let with = hour.with.expect("asked for");
            assert!(with.iter().zip(&hour.without).all(|(with, without)| *with <= without + 1e-9));
            assert!(hour.without.is_sorted() && with.is_sorted());
        }
        assert!(fan[24].with.expect("asked for")[2] < 0.5 * fan[24].without[2]);
    }
}
