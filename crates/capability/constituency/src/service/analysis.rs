//! What a drill found, worked out from what is known of its messages: pure, so that the same evidence always gives the
//! same result.

use std::collections::{BTreeMap, BTreeSet};

use shinayaka_kernel::{ObjectId, clock::Timestamp};
use shinayaka_model::drill::{DrillOutcome, DrillResult, DrillStanding, FailedChannel, MAXIMUM_FAILURES};

/// How many drills in a row make somebody silent.
pub const SILENT_AFTER: u32 = 3;

/// What is known of the messages of one drill. Organisations are named by their codes.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub started_at: Timestamp,
    pub closes_at: Timestamp,
    /// Everybody who was asked, with the number of their contacts that were not verified in time.
    pub asked: BTreeMap<String, u32>,
    /// Those to whom a channel outside the house is known to have delivered.
    pub delivered: BTreeSet<String>,
    /// Channels that failed.
    pub failed: BTreeMap<String, Vec<FailedChannel>>,
    /// When each of those who answered did so first.
    pub answers: BTreeMap<String, Timestamp>,
}

/// How every organisation asked stood. An answer after the end does not count, nor one of somebody not asked.
pub fn outcomes(drill: ObjectId, evidence: &Evidence) -> Vec<DrillOutcome> {
    let outcome = |(organisation, stale): (&String, &u32)| {
        let in_time = |at: &&Timestamp| **at <= evidence.closes_at;
        let answered = evidence.answers.get(organisation).filter(in_time);
        let standing = match answered {
            Some(_) => DrillStanding::Answered,
            None if evidence.delivered.contains(organisation) => DrillStanding::Silent,
            None => DrillStanding::Unreached,
        };
        let seconds =
            |at: &Timestamp| (at.microseconds() - evidence.started_at.microseconds()).max(0) / 1_000_000;
        let mut failed = evidence.failed.get(organisation).cloned().unwrap_or_default();
        failed.truncate(MAXIMUM_FAILURES);
        DrillOutcome {
            drill,
            organisation: organisation.clone(),
            standing,
            answered_after_seconds: answered.map(|at| seconds(at).unsigned_abs()),
            failed,
            stale_contacts: *stale,
        }
    };
    evidence.asked.iter().map(outcome).collect()
}

/// The figures of a drill. `silent_before` says in how many drills in a row up to this one an organisation was silent.
pub fn result(outcomes: &[DrillOutcome], silent_before: &BTreeMap<String, u32>) -> DrillResult {
    let count = |standing| outcomes.iter().filter(|outcome| outcome.standing == standing).count();
    let asked = outcomes.len();
    let answered = count(DrillStanding::Answered);
    let reached = asked - count(DrillStanding::Unreached);
    let mut seconds: Vec<u64> =
        outcomes.iter().filter_map(|outcome| outcome.answered_after_seconds).collect();
    seconds.sort_unstable();
    let silent = |outcome: &&DrillOutcome| {
        let before = silent_before.get(&outcome.organisation).copied().unwrap_or(0);
        outcome.standing != DrillStanding::Answered && before + 1 >= SILENT_AFTER
    };
    DrillResult {
        asked: number(asked),
        reached: number(reached),
        answered: number(answered),
        reach_rate: percent(reached, asked),
        answer_rate: percent(answered, asked),
        median_minutes: median(&seconds).map(minutes),
        p90_minutes: nearest_rank(&seconds, 90).map(|seconds| minutes(seconds as f64)),
        dead_channels: number(outcomes.iter().map(|outcome| outcome.failed.len()).sum()),
        stale_contacts: outcomes.iter().map(|outcome| outcome.stale_contacts).sum(),
        silent_in_three: number(outcomes.iter().filter(silent).count()),
    }
}

/// In how many drills in a row, the newest first, each organisation has not answered. `drills` come newest first; one
/// that did not ask an organisation is passed over.
pub fn silent_in_a_row<'a>(drills: impl IntoIterator<Item = &'a [DrillOutcome]>) -> BTreeMap<String, u32> {
    let mut silent = BTreeMap::new();
    let mut answered = BTreeSet::new();
    for outcomes in drills {
        for outcome in outcomes {
            if answered.contains(&outcome.organisation) {
                continue;
            }
            if outcome.standing == DrillStanding::Answered {
                answered.insert(outcome.organisation.clone());
            } else {
                *silent.entry(outcome.organisation.clone()).or_default() += 1;
            }
        }
    }
    silent
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| (10_000.0 * part as f64 / whole as f64).round() / 100.0)
}

fn minutes(seconds: f64) -> f64 {
    (seconds / 60.0 * 100.0).round() / 100.0
}

/// The middle of sorted values; between two, their mean.
fn median(sorted: &[u64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle] as f64),
        _ => Some((sorted[middle - 1] as f64 + sorted[middle] as f64) / 2.0),
    }
}

/// The smallest value that at least `percent` of the sorted values do not exceed.
fn nearest_rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    rank.checked_sub(1).and_then(|place| sorted.get(place)).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drill() -> ObjectId {
        ObjectId::named("drill")
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_microseconds(0).plus_seconds(minutes * 60)
    }

    fn evidence(asked: &[&str], answers: &[(&str, i64)], delivered: &[&str]) -> Evidence {
        Evidence {
            started_at: at(0),
            closes_at: at(1440),
            asked: asked.iter().map(|code| ((*code).to_owned(), 0)).collect(),
            delivered: delivered.iter().map(|code| (*code).to_owned()).collect(),
            failed: BTreeMap::new(),
            answers: answers.iter().map(|(code, minutes)| ((*code).to_owned(), at(*minutes))).collect(),
        }
    }

    #[test]
    fn an_answer_is_the_proof_of_reach() {
        let mut known = evidence(&["a", "b", "c", "d"], &[("a", 10), ("b", 30)], &["c"]);
        known.asked.insert("d".into(), 2);
        known.failed.insert("d".into(), vec![FailedChannel { contact: drill(), reason: "550".into() }]);
        let found = outcomes(drill(), &known);
        let standings: Vec<_> = found.iter().map(|outcome| outcome.standing.as_str()).collect();
        assert_eq!(standings, ["answered", "answered", "silent", "unreached"]);
        let result = result(&found, &BTreeMap::new());
        assert_eq!((result.asked, result.reached, result.answered), (4, 3, 2));
        assert_eq!((result.reach_rate, result.answer_rate), (Some(75.0), Some(50.0)));
        assert_eq!((result.median_minutes, result.p90_minutes), (Some(20.0), Some(30.0)));
        assert_eq!((result.dead_channels, result.stale_contacts, result.silent_in_three), (1, 2, 0));
    }

    #[test]
    fn late_answers_and_those_of_others_do_not_count() {
        let found = outcomes(drill(), &evidence(&["a"], &[("a", 1441), ("z", 5)], &[]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].standing, DrillStanding::Unreached);
    }

    #[test]
    fn a_drill_that_asked_nobody_has_no_rates() {
        let result = result(&[], &BTreeMap::new());
        assert_eq!(result, DrillResult::default());
    }

    #[test]
    fn silence_is_counted_from_the_newest_drill_back_to_an_answer() {
        let drills = [
            outcomes(drill(), &evidence(&["a", "b", "c"], &[("b", 1)], &[])),
            outcomes(drill(), &evidence(&["a", "b"], &[], &["a"])),
            outcomes(drill(), &evidence(&["a", "b", "c"], &[("c", 1)], &[])),
        ];
        let silent = silent_in_a_row(drills.iter().map(Vec::as_slice));
        assert_eq!(silent.get("a"), Some(&3));
        assert_eq!(silent.get("b"), None);
        // `c` was not asked in the second one and answered the third.
        assert_eq!(silent.get("c"), Some(&1));
        let now = outcomes(drill(), &evidence(&["a", "b", "c"], &[], &[]));
        let two = silent_in_a_row(drills[..2].iter().map(Vec::as_slice));
        assert_eq!(result(&now, &two).silent_in_three, 1);
    }

    proptest! {
        /// The definition of the nearest rank, written down anew: count instead of position.
        #[test]
        fn the_ninetieth_percentile_is_the_nearest_rank(mut values in prop::collection::vec(0u64..1000, 1..60)) {
            values.sort_unstable();
            let p90 = nearest_rank(&values, 90).unwrap();
            let at_most = |limit: u64| values.iter().filter(|value| **value <= limit).count();
            prop_assert!(at_most(p90) * 10 >= values.len() * 9);
            for smaller in values.iter().filter(|value| **value < p90) {
                prop_assert!(at_most(*smaller) * 10 < values.len() * 9);
            }
        }

        #[test]
        fn the_parts_of_a_result_fit(
            standings in prop::collection::vec((0u8..3, 0i64..2000), 0..40),
        ) {
            let codes: Vec<String> = (0..standings.len()).map(|n| format!("o{n}")).collect();
            let mut known = evidence(&[], &[], &[]);
            for (code, (kind, minutes)) in codes.iter().zip(&standings) {
                known.asked.insert(code.clone(), 0);
                match kind {
                    0 => { known.answers.insert(code.clone(), at(*minutes)); }
                    1 => { known.delivered.insert(code.clone()); }
                    _ => {}
                }
            }
            let result = result(&outcomes(drill(), &known), &BTreeMap::new());
            prop_assert!(result.answered <= result.reached && result.reached <= result.asked);
            prop_assert!(result.median_minutes <= result.p90_minutes);
        }
    }
}
