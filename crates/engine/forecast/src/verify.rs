//! How good stated probabilities of events were: Brier score and its parts, reliability, ROC, warnings as hits and false
//! alarms, lead time, economic value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::distribution::normal_quantile;

/// A stated probability and whether the event came.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stated {
    /// Between 0 and 1.
    pub probability: f64,
    /// Whether it came.
    pub occurred: bool,
}

/// Why a table of probabilities cannot be read.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TableError {
    /// A line that is none.
    #[error("line {line}: {reason}")]
    Line {
        /// Line number, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// Nothing in it.
    #[error("no forecast in the table")]
    Empty,
}

/// Reads lines `probability,outcome` (0 or 1); a first line that holds no number is a heading.
///
/// # Errors
/// A line without two fields, a probability outside 0 to 1, an outcome other than 0 and 1; an empty table.
pub fn read_stated(text: &str) -> Result<Vec<Stated>, TableError> {
    let mut found = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |reason: String| TableError::Line { line: index + 1, reason };
        let fields: Vec<&str> =
            line.split([',', ';', '\t']).map(|field| field.trim().trim_matches('"')).collect();
        let [first, second, ..] = fields[..] else { return Err(bad("two fields are needed".into())) };
        let probability = match first.parse::<f64>() {
            Ok(probability) if (0.0..=1.0).contains(&probability) => probability,
            Err(_) if found.is_empty() && second.parse::<f64>().is_err() => continue,
            _ => return Err(bad(format!("\"{first}\" is no probability"))),
        };
        let occurred = match second {
            "1" | "true" => true,
            "0" | "false" => false,
            _ => return Err(bad(format!("\"{second}\" is no outcome; 0 or 1"))),
        };
        found.push(Stated { probability, occurred });
    }
    if found.is_empty() { Err(TableError::Empty) } else { Ok(found) }
}

fn unit(occurred: bool) -> f64 {
    if occurred { 1.0 } else { 0.0 }
}

/// Share of forecasts whose event came.
#[must_use]
pub fn base_rate(stated: &[Stated]) -> f64 {
    stated.iter().map(|one| unit(one.occurred)).sum::<f64>() / stated.len().max(1) as f64
}

/// The Brier score and the parts into which it falls (Murphy 1973), with the two that stay inside bins (Stephenson, Coelho &
/// Jolliffe 2008): brier = reliability − resolution + uncertainty + within_variance − within_covariance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Brier {
    /// Mean (probability − outcome)², 0 is best.
    pub brier: f64,
    /// Distance of stated from observed shares, 0 is best.
    pub reliability: f64,
    /// How far the observed shares differ from the base rate, more is better.
    pub resolution: f64,
    /// Base rate × (1 − base rate).
    pub uncertainty: f64,
    /// Variance of the probabilities inside their bins; 0 if each bin holds one probability.
    pub within_variance: f64,
    /// Twice the covariance of probabilities and outcomes inside their bins.
    pub within_covariance: f64,
    /// 1 − brier / uncertainty: skill against the base rate.
    pub skill: f64,
}

/// One bin of the reliability diagram.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bin {
    /// Forecasts in it.
    pub n: usize,
    /// Mean stated probability.
    pub stated: f64,
    /// Share that came.
    pub observed: f64,
    /// Consistency bar (Bröcker & Smith 2007): the share lies between these with 90 % probability if the forecasts are right.
    pub consistent: (f64, f64),
}

/// Groups: one for each probability if there are at most twenty of them, else tenths.
fn groups(stated: &[Stated]) -> Vec<Vec<Stated>> {
    let mut sorted = stated.to_vec();
    sorted.sort_by(|one, other| one.probability.total_cmp(&other.probability));
    let same = |one: &Stated, other: &Stated| one.probability == other.probability;
    let distinct: Vec<Vec<Stated>> = sorted.chunk_by(same).map(<[Stated]>::to_vec).collect();
    if distinct.len() <= 20 {
        return distinct;
    }
    let tenth = |one: &Stated| ((one.probability * 10.0) as usize).min(9);
    sorted.chunk_by(|one, other| tenth(one) == tenth(other)).map(<[Stated]>::to_vec).collect()
}

/// The score and its parts.
#[must_use]
pub fn brier(stated: &[Stated]) -> Brier {
    let (n, base) = (stated.len().max(1) as f64, base_rate(stated));
    let mut parts = [0.0; 4];
    for group in groups(stated) {
        let size = group.len() as f64;
        let mean = group.iter().map(|one| one.probability).sum::<f64>() / size;
        let observed = base_rate(&group);
        parts[0] += size * (mean - observed).powi(2);
        parts[1] += size * (observed - base).powi(2);
        for one in &group {
            parts[2] += (one.probability - mean).powi(2);
            parts[3] += 2.0 * (one.probability - mean) * (unit(one.occurred) - observed);
        }
    }
    let [reliability, resolution, within_variance, within_covariance] = parts.map(|part| part / n);
    let brier = stated.iter().map(|one| (one.probability - unit(one.occurred)).powi(2)).sum::<f64>() / n;
    let uncertainty = base * (1.0 - base);
    let skill = if uncertainty > 0.0 { 1.0 - brier / uncertainty } else { 0.0 };
    Brier { brier, reliability, resolution, uncertainty, within_variance, within_covariance, skill }
}

/// The reliability diagram.
#[must_use]
pub fn reliability(stated: &[Stated]) -> Vec<Bin> {
    groups(stated)
        .iter()
        .map(|group| {
            let n = group.len();
            let probabilities: Vec<f64> = group.iter().map(|one| one.probability).collect();
            let (low, high) = sum_interval(&probabilities, 0.9);
            Bin {
                n,
                stated: probabilities.iter().sum::<f64>() / n as f64,
                observed: base_rate(group),
                consistent: (low / n as f64, high / n as f64),
            }
        })
        .collect()
}

/// Most forecasts of a bin whose number of events is distributed exactly; above, the normal law is as good.
const EXACT: usize = 1000;

/// Central interval of the number of events with these probabilities (Poisson binomial).
fn sum_interval(probabilities: &[f64], coverage: f64) -> (f64, f64) {
    let tail = 0.5 * (1.0 - coverage);
    if probabilities.len() > EXACT {
        let mean: f64 = probabilities.iter().sum();
        let variance: f64 = probabilities.iter().map(|p| p * (1.0 - p)).sum();
        let reach = normal_quantile(1.0 - tail) * variance.sqrt();
        return ((mean - reach).max(0.0), (mean + reach).min(probabilities.len() as f64));
    }
    let mut law = vec![0.0; probabilities.len() + 1];
    law[0] = 1.0;
    for (known, p) in probabilities.iter().enumerate() {
        for count in (0..=known).rev() {
            law[count + 1] += law[count] * p;
            law[count] *= 1.0 - p;
        }
    }
    let mut below = 0.0;
    let (mut low, mut high) = (None, probabilities.len());
    for (count, probability) in law.iter().enumerate() {
        below += probability;
        if low.is_none() && below >= tail {
            low = Some(count);
        }
        if below >= 1.0 - tail {
            high = count;
            break;
        }
    }
    (low.unwrap_or(0) as f64, high as f64)
}

/// What became of warnings that are given from a probability on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contingency {
    /// Probability from which a warning is given.
    pub threshold: f64,
    /// Warned, and it came.
    pub hits: usize,
    /// Not warned, and it came.
    pub misses: usize,
    /// Warned, and it did not come.
    pub false_alarms: usize,
    /// Neither.
    pub quiet: usize,
    /// Probability of detection: hits / events; absent without events.
    pub pod: Option<f64>,
    /// False alarm ratio: false alarms / warnings; absent without warnings.
    pub far: Option<f64>,
    /// Critical success index: hits / (hits + misses + false alarms).
    pub csi: Option<f64>,
    /// Probability of false detection: false alarms / non-events.
    pub pofd: Option<f64>,
}

/// Warnings from `threshold` on.
#[must_use]
pub fn contingency(stated: &[Stated], threshold: f64) -> Contingency {
    let count = |warned: bool, occurred: bool| {
        stated
            .iter()
            .filter(|one| (one.probability >= threshold) == warned && one.occurred == occurred)
            .count()
    };
    let (hits, misses) = (count(true, true), count(false, true));
    let (false_alarms, quiet) = (count(true, false), count(false, false));
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    Contingency {
        threshold,
        hits,
        misses,
        false_alarms,
        quiet,
        pod: share(hits, hits + misses),
        far: share(false_alarms, hits + false_alarms),
        csi: share(hits, hits + misses + false_alarms),
        pofd: share(false_alarms, false_alarms + quiet),
    }
}

/// Relative operating characteristic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Roc {
    /// (probability of false detection, probability of detection), from (0, 0) to (1, 1).
    pub points: Vec<(f64, f64)>,
    /// Area under it: the probability that an event had the higher forecast; ½ is chance. Absent if all came or none.
    pub area: Option<f64>,
}

/// The curve over all thresholds.
#[must_use]
pub fn roc(stated: &[Stated]) -> Roc {
    let events = stated.iter().filter(|one| one.occurred).count() as f64;
    let others = stated.len() as f64 - events;
    if events == 0.0 || others == 0.0 {
        return Roc { points: Vec::new(), area: None };
    }
    let mut sorted = stated.to_vec();
    sorted.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    let (mut points, mut area, mut at) = (vec![(0.0, 0.0)], 0.0, (0.0, 0.0));
    for tie in sorted.chunk_by(|one, other| one.probability == other.probability) {
        let came = tie.iter().filter(|one| one.occurred).count() as f64;
        let next = (at.0 + (tie.len() as f64 - came) / others, at.1 + came / events);
        area += (next.0 - at.0) * 0.5 * (next.1 + at.1);
        at = next;
        points.push(at);
    }
    Roc { points, area: Some(area) }
}

/// Relative economic value at one cost/loss ratio (Richardson 2000): 1 for perfect forecasts, 0 for always doing what the base
/// rate says, negative for worse. The user acts when the stated probability is at least cost/loss.
#[must_use]
pub fn economic_value(stated: &[Stated], cost_loss: f64) -> Option<f64> {
    let (n, base) = (stated.len() as f64, base_rate(stated));
    let table = contingency(stated, cost_loss);
    let climate = cost_loss.min(base);
    let perfect = base * cost_loss;
    let ours = cost_loss * (table.hits + table.false_alarms) as f64 / n + table.misses as f64 / n;
    (climate - perfect > 0.0).then(|| (climate - ours) / (climate - perfect))
}

/// Seconds between the first warning of each event and the event: a warning counts for the first event within `window` seconds
/// after it. `None` for an event without warning. Both lists increase.
#[must_use]
pub fn lead_times(warnings: &[i64], events: &[i64], window: i64) -> Vec<Option<i64>> {
    let mut before = i64::MIN;
    events
        .iter()
        .map(|event| {
            let from = event.saturating_sub(window).max(before.saturating_add(1));
            before = *event;
            warnings.iter().find(|warning| (from..=*event).contains(*warning)).map(|warning| event - warning)
        })
        .collect()
}

/// Everything about one list of forecasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// Number of forecasts.
    pub n: usize,
    /// Share whose event came.
    pub base_rate: f64,
    /// Brier score and parts.
    pub brier: Brier,
    /// Mean −ln of the probability that was given to what came; probabilities below 1e-9 count as that.
    pub log_score: f64,
    /// Reliability diagram.
    pub reliability: Vec<Bin>,
    /// Relative operating characteristic.
    pub roc: Roc,
    /// Warnings at 0.05, 0.1, 0.2, 0.3, 0.5, 0.8.
    pub warnings: Vec<Contingency>,
    /// (cost/loss, relative economic value).
    pub value: Vec<(f64, Option<f64>)>,
}

/// Verifies a list that is not empty.
#[must_use]
pub fn verify(stated: &[Stated]) -> Verification {
    let given = |one: &Stated| if one.occurred { one.probability } else { 1.0 - one.probability };
    let log_score =
        stated.iter().map(|one| -given(one).max(1e-9).ln()).sum::<f64>() / stated.len().max(1) as f64;
    let ratios = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
    Verification {
        n: stated.len(),
        base_rate: base_rate(stated),
        brier: brier(stated),
        log_score,
        reliability: reliability(stated),
        roc: roc(stated),
        warnings: [0.05, 0.1, 0.2, 0.3, 0.5, 0.8].map(|threshold| contingency(stated, threshold)).to_vec(),
        value: ratios.iter().map(|ratio| (*ratio, economic_value(stated, *ratio))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stated(pairs: &[(f64, u8)]) -> Vec<Stated> {
        pairs
            .iter()
            .map(|(probability, came)| Stated { probability: *probability, occurred: *came == 1 })
            .collect()
    }

    #[test]
    fn parts_by_hand() {
        // 0.8 twice (one came), 0.2 twice (none came): base 1/4.
        let parts = brier(&stated(&[(0.8, 1), (0.8, 0), (0.2, 0), (0.2, 0)]));
        assert!((parts.brier - (0.04 + 0.64 + 0.04 + 0.04) / 4.0).abs() < 1e-15);
        assert!((parts.reliability - (2.0 * 0.09 + 2.0 * 0.04) / 4.0).abs() < 1e-15);
        assert!((parts.resolution - (2.0 * 0.0625 + 2.0 * 0.0625) / 4.0).abs() < 1e-15);
        assert_eq!(parts.uncertainty, 0.1875);
    }

    #[test]
    fn perfect_and_constant_forecasts() {
        let perfect = stated(&[(1.0, 1), (0.0, 0), (0.0, 0), (1.0, 1)]);
        assert_eq!(roc(&perfect).area, Some(1.0));
        assert_eq!(economic_value(&perfect, 0.3), Some(1.0));
        let constant = stated(&[(0.25, 1), (0.25, 0), (0.25, 0), (0.25, 0)]);
        assert_eq!((roc(&constant).area, economic_value(&constant, 0.2)), (Some(0.5), Some(0.0)));
        assert_eq!(brier(&constant).skill, 0.0);
        let table = contingency(&perfect, 0.5);
        assert_eq!((table.pod, table.far, table.csi), (Some(1.0), Some(0.0), Some(1.0)));
    }

    #[test]
    fn consistency_bars_are_binomial() {
        // Ten forecasts of one half: P(X ≤ 1) = 0.0107, P(X ≤ 2) = 0.0547; so 2 to 8.
        assert_eq!(sum_interval(&[0.5; 10], 0.9), (2.0, 8.0));
    }

    #[test]
    fn lead_times_are_matched_once() {
        assert_eq!(lead_times(&[5, 8, 100], &[10, 20, 300], 50), [Some(5), None, None]);
        assert_eq!(lead_times(&[], &[1], 50), [None]);
    }

    proptest! {
        #[test]
        fn the_parts_add_up(pairs in proptest::collection::vec((0.0f64..=1.0, any::<bool>()), 1..80)) {
            let list: Vec<Stated> = pairs.iter().map(|(probability, occurred)| Stated { probability: *probability, occurred: *occurred }).collect();
            let b = brier(&list);
            let sum = b.reliability - b.resolution + b.uncertainty + b.within_variance - b.within_covariance;
            prop_assert!((sum - b.brier).abs() < 1e-12);
        }
    }
}
