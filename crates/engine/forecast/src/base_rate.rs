//! How often what is said to precede an event precedes it anyway.
//!
//! "x % of spikes are followed by a new flaw within w days" means nothing without the share of *all* days that are followed by
//! one: on vendors with many flaws that is most days.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A statement with its base rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Precedence {
    /// Days within which the event must follow, the day itself not counted.
    pub within_days: i64,
    /// Spikes whose window lies inside the period observed.
    pub spikes: usize,
    /// Those followed by an event.
    pub followed: usize,
    /// followed / spikes.
    pub share: f64,
    /// Share of all days of the period that are followed by an event: what a spike at random would have.
    pub base_rate: f64,
    /// share / base rate; 1 is no information.
    pub ratio: Option<f64>,
    /// Probability of at least as many followed spikes if spikes fell at random (binomial).
    pub p_value: f64,
}

/// Counts over a period of days (both ends included, days since 1970-01-01). Days so late that their window reaches beyond the
/// period are left out, spikes too.
#[must_use]
pub fn precedence(spikes: &[i64], events: &[i64], period: (i64, i64), within_days: i64) -> Precedence {
    let mut sorted = events.to_vec();
    sorted.sort_unstable();
    let follows = |day: i64| {
        let next = sorted.partition_point(|event| *event <= day);
        sorted.get(next).is_some_and(|event| event - day <= within_days)
    };
    let last = period.1 - within_days;
    let days = (last - period.0 + 1).max(0);
    let base = (period.0..=last).filter(|day| follows(*day)).count() as f64 / (days as f64).max(1.0);
    let counted: Vec<i64> = spikes.iter().copied().filter(|day| (period.0..=last).contains(day)).collect();
    let followed = counted.iter().filter(|day| follows(**day)).count();
    let share = followed as f64 / counted.len().max(1) as f64;
    Precedence {
        within_days,
        spikes: counted.len(),
        followed,
        share,
        base_rate: base,
        ratio: (base > 0.0).then(|| share / base),
        p_value: at_least(followed, counted.len(), base),
    }
}

/// P(X ≥ k) of a binomial.
fn at_least(k: usize, n: usize, p: f64) -> f64 {
    let mut law = vec![0.0; n + 1];
    law[0] = 1.0;
    for known in 0..n {
        for count in (0..=known).rev() {
            law[count + 1] += law[count] * p;
            law[count] *= 1.0 - p;
        }
    }
    law[k..].iter().sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_vendor_makes_any_day_a_prophet() {
        // An event every third day: within three days every day is followed.
        let events: Vec<i64> = (0..100).map(|n| n * 3).collect();
        let found = precedence(&[10, 50, 70], &events, (0, 297), 3);
        assert_eq!((found.share, found.base_rate, found.ratio, found.p_value), (1.0, 1.0, Some(1.0), 1.0));
        let rare = precedence(&[9, 49, 70], &[10, 50], (0, 100), 1);
        assert_eq!((rare.spikes, rare.followed), (3, 2));
        assert!((rare.base_rate - 0.02).abs() < 1e-12 && rare.p_value < 0.002, "{rare:?}");
    }
}
