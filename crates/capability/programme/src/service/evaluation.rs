//! Answers the queries of indicators from live records, as far as the reader sees them.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use serde_json::Value;
use shinayaka_kernel::{
    Error, Result,
    access::{FilterValue, Reader},
};
use shinayaka_model::indicator::{Interval, Query, Selection};

/// Records that one query reads one by one; beyond that its value is unknown rather than slow.
pub const MAXIMUM_SCANNED: usize = 5_000;
/// Newest records among which one with the figure is looked for.
const NEWEST_TRIED: usize = 20;
/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// What a query answered.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evaluation {
    /// `None` when there is nothing to answer from.
    pub value: Option<f64>,
    /// Records or entries that the value rests on.
    pub n: Option<u64>,
    pub interval: Option<Interval>,
    /// Invented records are among them.
    pub synthetic: bool,
}

/// Evaluates queries for one reader on one day.
pub struct Evaluator<'a> {
    reader: Reader<'a>,
    today: Date,
    /// Whether the reader sees invented records of a kind.
    synthetic: BTreeMap<String, bool>,
}

impl<'a> Evaluator<'a> {
    pub fn new(reader: Reader<'a>, today: Date) -> Self {
        Self { reader, today, synthetic: BTreeMap::new() }
    }

    /// The answer of a query. A kind that this node does not have, or a field that the kind does not declare, is
    /// answered with "unknown".
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn evaluate(&mut self, query: &Query) -> Result<Evaluation> {
        match self.answer(query).await {
            Ok(mut evaluation) => {
                for kind in query.kinds() {
                    evaluation.synthetic |= self.sees_synthetic(kind).await?;
                }
                Ok(evaluation)
            }
            Err(Error::Invalid { field, reason }) => {
                tracing::debug!(%query, field, reason, "an indicator has nothing to read");
                Ok(Evaluation::default())
            }
            Err(error) => Err(error),
        }
    }

    async fn answer(&self, query: &Query) -> Result<Evaluation> {
        match query {
            Query::Count { of } => {
                let n = self.count(of).await?;
                Ok(Evaluation { value: Some(n as f64), n: Some(n), ..Evaluation::default() })
            }
            Query::Share { part, whole, sample } => {
                Ok(share(self.count(part).await?, self.count(whole).await?, *sample))
            }
            Query::Coverage { kind, field, of } => {
                let values = self.reader.facet_kind(kind, field).await?;
                let there = u64::try_from(values.len()).unwrap_or(u64::MAX);
                let n = self.reader.count_kind(kind, None).await?;
                Ok(Evaluation { n: Some(n), ..share(there.min(u64::from(*of)), u64::from(*of), false) })
            }
            Query::Timely { among, list, due, done } => {
                let bodies = self.bodies(among).await?;
                Ok(bodies.map_or_else(Evaluation::default, |bodies| {
                    let (on_time, all) = timely(&bodies, list, due, done, self.today);
                    share(on_time, all, false)
                }))
            }
            Query::MedianDays { among, from, to } => {
                let bodies = self.bodies(among).await?;
                Ok(bodies.map_or_else(Evaluation::default, |bodies| median_days(&bodies, from, to)))
            }
            Query::Recent { kind, field, days } => {
                let first = self.today.checked_sub(i64::from(*days).days()).unwrap_or(Date::MIN);
                let counts = self.reader.facet_values(kind, field).await?;
                Ok(recent(&counts, first))
            }
            Query::Latest { of, path, n } => {
                let filter = of.condition().map(|(field, value)| (field, FilterValue::from(value)));
                let filter = filter.as_ref().map(|(field, value)| (*field, value));
                let bodies = self.reader.bodies(&of.kind, filter, NEWEST_TRIED).await?;
                Ok(latest(&bodies, path, n))
            }
        }
    }

    async fn count(&self, selection: &Selection) -> Result<u64> {
        let filter = selection.condition().map(|(field, value)| (field, FilterValue::from(value)));
        let filter = filter.as_ref().map(|(field, value)| (*field, value));
        self.reader.count_kind(&selection.kind, filter).await
    }

    /// The records selected, or `None` when they are too many to be read one by one.
    async fn bodies(&self, selection: &Selection) -> Result<Option<Vec<Value>>> {
        let filter = selection.condition().map(|(field, value)| (field, FilterValue::from(value)));
        let filter = filter.as_ref().map(|(field, value)| (*field, value));
        let bodies = self.reader.bodies(&selection.kind, filter, MAXIMUM_SCANNED + 1).await?;
        Ok((bodies.len() <= MAXIMUM_SCANNED).then_some(bodies))
    }

    async fn sees_synthetic(&mut self, kind: &str) -> Result<bool> {
        if let Some(known) = self.synthetic.get(kind) {
            return Ok(*known);
        }
        let invented = FilterValue::Text("true".into());
        let sees = match self.reader.count_kind(kind, Some(("synthetic", &invented))).await {
            Ok(n) => n > 0,
            // A kind that does not tell inventions apart has none.
            Err(Error::Invalid { .. }) => false,
            Err(error) => return Err(error),
        };
        self.synthetic.insert(kind.to_owned(), sees);
        Ok(sees)
    }
}

/// Rounded to two decimals, so that the same records always give the same reading.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn share(part: u64, whole: u64, sample: bool) -> Evaluation {
    if whole == 0 {
        return Evaluation { n: Some(0), ..Evaluation::default() };
    }
    Evaluation {
        value: Some(rounded(100.0 * part as f64 / whole as f64)),
        n: Some(whole),
        interval: sample.then(|| wilson(part, whole)),
        synthetic: false,
    }
}

/// The score interval of E. B. Wilson (1927) for a share, in percent.
fn wilson(part: u64, whole: u64) -> Interval {
    let n = whole as f64;
    let p = part as f64 / n;
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Interval {
        low: rounded(100.0 * (centre - half).max(0.0)),
        high: rounded(100.0 * (centre + half).min(1.0)),
    }
}

fn date_at(body: &Value, path: &str) -> Option<Date> {
    path.split('.').try_fold(body, |value, name| value.get(name))?.as_str()?.parse().ok()
}

/// Entries done by the day due, of those that are done or past due.
fn timely(bodies: &[Value], list: &str, due: &str, done: &str, today: Date) -> (u64, u64) {
    let lists = bodies.iter().filter_map(|body| body.get(list)?.as_array());
    let (mut on_time, mut all) = (0, 0);
    for entry in lists.flatten() {
        let Some(due) = date_at(entry, due) else { continue };
        match date_at(entry, done) {
            Some(done) => {
                all += 1;
                on_time += u64::from(done <= due);
            }
            None => all += u64::from(due < today),
        }
    }
    (on_time, all)
}

/// Of how many records the value is a day that is not before `first`. What is no day counts in the whole only.
fn recent(counts: &[(String, u64)], first: Date) -> Evaluation {
    let is_recent = |value: &str| value.parse::<Date>().is_ok_and(|day| day >= first);
    let part = counts.iter().filter(|(value, _)| is_recent(value)).map(|(_, n)| n).sum();
    share(part, counts.iter().map(|(_, n)| n).sum(), false)
}

fn number_at(body: &Value, path: &str) -> Option<f64> {
    path.split('.').try_fold(body, |value, name| value.get(name))?.as_f64()
}

/// The figure of the first body that has one; bodies come newest first.
fn latest(bodies: &[Value], path: &str, n: &str) -> Evaluation {
    let found = bodies.iter().find_map(|body| Some((number_at(body, path)?, number_at(body, n))));
    let Some((value, n)) = found else { return Evaluation::default() };
    // A number of observations is whole and not negative; anything else says nothing.
    let n = n.filter(|n| *n >= 0.0 && n.fract() == 0.0).map(|n| n as u64);
    Evaluation { value: Some(rounded(value)), n, ..Evaluation::default() }
}

fn median_days(bodies: &[Value], from: &str, to: &str) -> Evaluation {
    let between = |body: &Value| {
        let (from, to) = (date_at(body, from)?, date_at(body, to)?);
        from.until((jiff::Unit::Day, to)).ok().map(|span| f64::from(span.get_days()))
    };
    let mut days: Vec<f64> = bodies.iter().filter_map(between).collect();
    days.sort_by(f64::total_cmp);
    let middle = days.len() / 2;
    let value = match days.len() {
        0 => None,
        n if n % 2 == 1 => Some(days[middle]),
        _ => Some((days[middle - 1] + days[middle]) / 2.0),
    };
    Evaluation { value, n: u64::try_from(days.len()).ok(), ..Evaluation::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn milestones_count_when_done_or_past_due() {
        let bodies = [
            json!({"milestones": [
                {"due": "2026-01-10", "done_on": "2026-01-10"},
                {"due": "2026-01-10", "done_on": "2026-01-11"},
                {"due": "2026-01-10"},
                {"due": "2026-03-01"},
                {"due": "2026-03-01", "done_on": "2026-01-01"},
            ]}),
            json!({"milestones": []}),
            json!({"title": "without a list"}),
        ];
        let today = "2026-02-01".parse().unwrap();
        assert_eq!(timely(&bodies, "milestones", "due", "done_on", today), (2, 4));
        // On the day itself it is not late yet.
        let today = "2026-01-10".parse().unwrap();
        assert_eq!(timely(&bodies, "milestones", "due", "done_on", today), (2, 3));
    }

    #[test]
    fn the_median_takes_records_with_both_dates() {
        let body = |to: &str| json!({"made_on": "2026-01-01", "answer": {"answered_on": to}});
        let mut bodies = vec![body("2026-01-11"), body("2026-02-01"), json!({"made_on": "2026-01-01"})];
        let median = |bodies: &[Value]| median_days(bodies, "made_on", "answer.answered_on");
        assert_eq!((median(&bodies).value, median(&bodies).n), (Some(20.5), Some(2)));
        bodies.push(body("2026-01-02"));
        assert_eq!(median(&bodies).value, Some(10.0));
        assert_eq!(median(&[]).value, None);
    }

    #[test]
    fn days_are_recent_from_the_first_one_on_and_other_words_never() {
        let counts = |days: &[(&str, u64)]| -> Vec<(String, u64)> {
            days.iter().map(|(day, n)| ((*day).to_owned(), *n)).collect()
        };
        let first = "2026-08-24".parse().unwrap();
        let all =
            counts(&[("2026-08-23", 1), ("2026-08-24", 2), ("2026-11-22", 3), ("never", 1), ("dead", 1)]);
        let share = recent(&all, first);
        assert_eq!((share.value, share.n), (Some(62.5), Some(8)));
        assert_eq!(recent(&[], first).value, None);
        assert_eq!(recent(&counts(&[("never", 4)]), first).value, Some(0.0));
    }

    #[test]
    fn the_latest_figure_is_that_of_the_newest_record_that_has_one() {
        let bodies = [
            json!({"title": "still open"}),
            json!({"result": {"reach_rate": null, "asked": 0}}),
            json!({"result": {"reach_rate": 97.456, "asked": 42}}),
            json!({"result": {"reach_rate": 1.0, "asked": 1}}),
        ];
        let found = latest(&bodies, "result.reach_rate", "result.asked");
        assert_eq!((found.value, found.n), (Some(97.46), Some(42)));
        assert_eq!(latest(&bodies, "result.colour", "result.asked").value, None);
        assert_eq!(latest(&bodies, "result.reach_rate", "title").n, None);
    }

    /// Agresti and Coull (1998) print the 95 % score interval of 9 of 10 as 0.596 to 0.982.
    #[test]
    fn wilson_intervals_match_published_ones() {
        let Interval { low, high } = wilson(9, 10);
        assert_eq!((low, high), (59.58, 98.21));
        let none = wilson(0, 10);
        assert_eq!((none.low, none.high), (0.0, 27.75));
    }

    #[test]
    fn a_share_of_nothing_is_unknown() {
        assert_eq!(share(0, 0, true).value, None);
        assert_eq!(share(1, 3, false).value, Some(33.33));
        assert!(share(1, 3, true).interval.is_some() && share(1, 3, false).interval.is_none());
    }
}
