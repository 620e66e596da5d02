//! What happened of late, though not all of it is reported yet.
//!
//! The law of the delay comes from reverse-time hazards, which use every report so far without bias from those still to come
//! (Lawless 1994; Höhle & an der Heiden, "Bayesian nowcasting during the STEC O104:H4 outbreak", 2014): g(d) is the share of
//! reports with delay d among those with at most d that could have been seen. The number still missing is negative binomial.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::distribution::count_quantiles;

/// One report: the day on which it happened and the day on which it was known (days since 1970-01-01).
pub type Report = (i64, i64);

/// Estimate for one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nowcast {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Reported so far.
    pub reported: usize,
    /// Share that is expected to be reported by now.
    pub completeness: f64,
    /// Expected total.
    pub mean: f64,
    /// Quantiles of the total at 0.05, 0.25, 0.5, 0.75, 0.95.
    pub quantiles: Vec<f64>,
}

/// Levels of [`Nowcast::quantiles`].
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Nowcast of the last `longest` + 1 days up to `today`, from reports known by then; later reports and delays beyond `longest`
/// days are left out, so totals are those reported within `longest` days.
#[must_use]
pub fn nowcast(reports: &[Report], today: i64, longest: usize) -> Vec<Nowcast> {
    let within = |(day, known): &&Report| *known <= today && known >= day && known - day <= longest as i64;
    let seen: Vec<&Report> = reports.iter().filter(within).collect();
    let completeness = delay_law(&seen, today, longest);
    let first = seen.iter().map(|report| report.0).min().unwrap_or(today);
    let last_complete = today - longest as i64;
    let days = (last_complete - first + 1).max(0) as f64;
    let complete = seen.iter().filter(|report| report.0 <= last_complete).count() as f64;
    // A vague prior at the mean of the days that are complete keeps a day with nothing reported yet from being zero.
    let usual = if days > 0.0 { (complete / days).max(0.1) } else { 1.0 };
    let prior = (0.5, 0.5 / usual);
    (0..=longest)
        .rev()
        .map(|age| {
            let day = today - age as i64;
            let reported = seen.iter().filter(|report| report.0 == day).count();
            let share = completeness[age];
            let (shape, rate) = (prior.0 + reported as f64, prior.1 + share);
            let missing = shape / rate * (1.0 - share);
            let variance = missing + missing * missing / shape;
            let mut quantiles = vec![0.0; LEVELS.len()];
            count_quantiles(missing, variance, &LEVELS, &mut quantiles);
            quantiles.iter_mut().for_each(|quantile| *quantile += reported as f64);
            Nowcast { day, reported, completeness: share, mean: reported as f64 + missing, quantiles }
        })
        .collect()
}

/// P(delay ≤ d | delay ≤ longest) for d from 0 to `longest`.
fn delay_law(seen: &[&Report], today: i64, longest: usize) -> Vec<f64> {
    let mut at = vec![0.0; longest + 1];
    let mut upto = vec![0.0; longest + 1];
    for (day, known) in seen.iter().copied() {
        let delay = (known - day) as usize;
        // A day of age a shows delays up to a: it bears on g(d) for d ≤ a only.
        let age = ((today - day).max(0) as usize).min(longest);
        at[delay] += 1.0;
        for later in &mut upto[delay..=age] {
            *later += 1.0;
        }
    }
    let mut law = vec![1.0; longest + 1];
    for delay in (1..=longest).rev() {
        let hazard: f64 = if upto[delay] > 0.0 { at[delay] / upto[delay] } else { 0.0 };
        law[delay - 1] = law[delay] * (1.0 - hazard.min(0.999));
    }
    law
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve a day; half known at once, a quarter after a day, a quarter after two.
    fn reports(days: i64) -> Vec<Report> {
        let delays = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
        (0..days).flat_map(|day| delays.map(|delay| (day, day + delay))).collect()
    }

    #[test]
    fn the_law_of_the_delay_is_found_from_what_is_seen() {
        let found = nowcast(&reports(60), 59, 3);
        let shares: Vec<f64> = found.iter().map(|one| one.completeness).collect();
        for (share, wanted) in shares.iter().zip([1.0, 1.0, 0.75, 0.5]) {
            assert!((share - wanted).abs() < 0.01, "{shares:?}");
        }
        assert_eq!((found[0].reported, found[0].mean), (12, 12.0));
        assert_eq!(found[3].reported, 6);
        assert!((found[3].mean - 12.0).abs() < 0.3, "{}", found[3].mean);
        assert!(found[3].quantiles[0] < 12.0 && found[3].quantiles[4] > 12.0);
    }

    #[test]
    fn reports_of_the_future_are_not_seen() {
        let mut more = reports(60);
        more.push((59, 60));
        assert_eq!(nowcast(&more, 59, 3), nowcast(&reports(60), 59, 3));
    }
}
