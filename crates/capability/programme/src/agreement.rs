//! How far the members of a council agree: Krippendorff's alpha, and what each measure contributes to it.
//!
//! K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): any number of observers, missing values,
//! small samples. The page `docs/methods/agreement.md` says how the figure is read.

use shinayaka_model::council::{Agreement, CouncilScore, MeasureAgreement};
use shinayaka_model::measure::MEASURE_COUNT;

/// From this spread on (of 4) a measure is discussed: two members at neighbouring scores agree for all purposes.
pub const SPREAD_TO_DISCUSS: u8 = 2;

/// How the distance between two values is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Equal or not.
    Nominal,
    /// By how many values lie between them: for scores, whose steps need not be equally wide.
    Ordinal,
    /// By their difference.
    Interval,
}

/// What the data of several observers say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    /// 1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement. `None` when it is undefined: no
    /// unit has two values, or all values are the same.
    pub alpha: Option<f64>,
    /// Values that stand beside another one of the same unit.
    pub pairable: u32,
}

/// Alpha of units that each have the values which some of the observers gave them; who gave which does not matter.
pub fn reliability(units: &[Vec<u8>], metric: Metric) -> Reliability {
    let mut coincidences = vec![[0.0_f64; 256]; 256];
    let mut totals = [0.0_f64; 256];
    let mut pairable = 0_u32;
    for unit in units.iter().filter(|unit| unit.len() >= 2) {
        let weight = 1.0 / (unit.len() - 1) as f64;
        for (place, first) in unit.iter().enumerate() {
            pairable = pairable.saturating_add(1);
            totals[usize::from(*first)] += 1.0;
            for (other, second) in unit.iter().enumerate() {
                if place != other {
                    coincidences[usize::from(*first)][usize::from(*second)] += weight;
                }
            }
        }
    }
    let (mut observed, mut expected) = (0.0, 0.0);
    for (first, row) in coincidences.iter().enumerate() {
        for (second, together) in row.iter().enumerate() {
            if totals[first] > 0.0 && totals[second] > 0.0 {
                let distance = squared_distance(first, second, &totals, metric);
                observed += together * distance;
                expected += totals[first] * totals[second] * distance;
            }
        }
    }
    let alpha = (expected > 0.0).then(|| 1.0 - f64::from(pairable - 1) * observed / expected);
    Reliability { alpha, pairable }
}

fn squared_distance(first: usize, second: usize, totals: &[f64; 256], metric: Metric) -> f64 {
    let (low, high) = (first.min(second), first.max(second));
    match metric {
        Metric::Nominal => f64::from(u8::from(low != high)),
        Metric::Interval => ((high - low) as f64).powi(2),
        Metric::Ordinal => {
            let between: f64 = totals[low..=high].iter().sum();
            let halves = if low == high { totals[low] } else { (totals[low] + totals[high]) / 2.0 };
            (between - halves).powi(2)
        }
    }
}

/// Puts the blind scores of the members together.
pub fn aggregate(scores: &[CouncilScore]) -> Agreement {
    let by_measure: Vec<MeasureAgreement> = (1..=MEASURE_COUNT).map(|no| of_measure(no, scores)).collect();
    let units: Vec<Vec<u8>> = by_measure.iter().map(|measure| measure.scores.clone()).collect();
    let Reliability { alpha, pairable } = reliability(&units, Metric::Ordinal);
    let members = scores.iter().filter(|member| !member.scores.is_empty()).count();
    Agreement { alpha, members: u32::try_from(members).unwrap_or(u32::MAX), pairable, by_measure }
}

fn of_measure(no: u8, members: &[CouncilScore]) -> MeasureAgreement {
    let (mut scores, mut comments, mut conflicts) = (Vec::new(), Vec::new(), 0);
    for said in members.iter().flat_map(|member| &member.scores).filter(|said| said.measure == no) {
        if said.conflict {
            conflicts += 1;
        } else {
            scores.extend(said.score);
        }
        if !said.comment.trim().is_empty() {
            comments.push(said.comment.clone());
        }
    }
    scores.sort_unstable();
    comments.sort_unstable();
    let spread = scores.last().zip(scores.first()).map_or(0, |(most, least)| most - least);
    MeasureAgreement { no, scores, conflicts, spread, disagrees: spread >= SPREAD_TO_DISCUSS, comments }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shinayaka_kernel::ObjectId;
    use shinayaka_model::council::Score;

    use super::*;

    /// Rows of observers into units; 0 stands for a missing value.
    fn units(rows: &[&[u8]]) -> Vec<Vec<u8>> {
        (0..rows[0].len()).map(|unit| rows.iter().map(|row| row[unit]).filter(|v| *v > 0).collect()).collect()
    }

    fn alpha(rows: &[&[u8]], metric: Metric) -> f64 {
        (reliability(&units(rows), metric).alpha.unwrap() * 1000.0).round() / 1000.0
    }

    /// Section A of the paper: two observers, binary data, no missing values.
    #[test]
    fn krippendorff_2011_a_binary() {
        let first = [1, 2, 1, 1, 1, 1, 1, 1, 2, 1];
        let second = [2, 2, 2, 1, 1, 2, 1, 1, 1, 1];
        assert_eq!(alpha(&[&first, &second], Metric::Nominal), 0.095);
    }

    /// Section B: two observers, nominal data.
    #[test]
    fn krippendorff_2011_b_nominal() {
        let first = b"aabbdcccedda";
        let second = b"babbbccceddd";
        assert_eq!(alpha(&[first, second], Metric::Nominal), 0.692);
    }

    /// Sections C and D: four observers, twelve units, values missing, any metric.
    #[test]
    fn krippendorff_2011_c_d_missing_values() {
        let rows: [&[u8]; 4] = [
            &[1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
            &[1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
            &[0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
            &[1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
        ];
        assert_eq!(alpha(&rows, Metric::Nominal), 0.743);
        assert_eq!(alpha(&rows, Metric::Ordinal), 0.815);
        assert_eq!(alpha(&rows, Metric::Interval), 0.849);
        assert_eq!(reliability(&units(&rows), Metric::Ordinal).pairable, 40);
    }

    #[test]
    fn without_pairs_or_variation_alpha_is_undefined() {
        assert_eq!(reliability(&[], Metric::Ordinal).alpha, None);
        assert_eq!(reliability(&[vec![3], vec![1], vec![]], Metric::Ordinal).alpha, None);
        assert_eq!(reliability(&[vec![2, 2], vec![2, 2, 2]], Metric::Ordinal).alpha, None);
    }

    fn said(scores: &[(u8, Option<u8>, bool)]) -> CouncilScore {
        let id = ObjectId::from_bytes([1; 16]);
        let score = |(measure, score, conflict): &(u8, Option<u8>, bool)| Score {
            measure: *measure,
            score: *score,
            comment: if *conflict { "所属先".into() } else { String::new() },
            conflict: *conflict,
        };
        CouncilScore { cycle: id, member: id, scores: scores.iter().map(score).collect() }
    }

    #[test]
    fn a_conflict_of_interest_does_not_count_and_a_spread_of_two_is_discussed() {
        let members = [
            said(&[(1, Some(4), false), (2, Some(1), false), (3, Some(0), false)]),
            said(&[(1, Some(3), false), (2, Some(3), false), (3, Some(4), true)]),
            said(&[]),
        ];
        let agreement = aggregate(&members);
        assert_eq!(agreement.members, 2);
        assert_eq!(agreement.by_measure.len(), 42);
        assert_eq!(agreement.pairable, 4);
        let [first, second, third] = &agreement.by_measure[..3] else { unreachable!() };
        assert_eq!((first.scores.as_slice(), first.spread, first.disagrees), (&[3, 4][..], 1, false));
        assert_eq!((second.spread, second.disagrees), (2, true));
        assert_eq!((third.scores.as_slice(), third.conflicts, third.disagrees), (&[0][..], 1, false));
        assert_eq!(third.comments, ["所属先"]);
    }

    proptest! {
        /// Neither the order of observers nor that of units matters, and a lone value adds nothing.
        #[test]
        fn alpha_depends_on_the_values_of_each_unit_only(
            data in prop::collection::vec(prop::collection::vec(0u8..5, 0..5), 0..12), lone in 0u8..5,
        ) {
            let straight = reliability(&data, Metric::Ordinal);
            let mut turned: Vec<Vec<u8>> = data.iter().rev().cloned().collect();
            turned.iter_mut().for_each(|unit| unit.reverse());
            turned.push(vec![lone]);
            let turned = reliability(&turned, Metric::Ordinal);
            prop_assert_eq!(straight.pairable, turned.pairable);
            match (straight.alpha, turned.alpha) {
                (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-9),
                (a, b) => prop_assert_eq!(a, b),
            }
            if let Some(alpha) = straight.alpha {
                prop_assert!(alpha <= 1.0 + 1e-12);
                let agreed = data.iter().filter(|u| u.len() >= 2).all(|u| u.iter().all(|v| *v == u[0]));
                prop_assert_eq!(agreed, alpha > 1.0 - 1e-12);
            }
        }
    }
}
