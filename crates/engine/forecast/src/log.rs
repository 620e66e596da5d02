//! The forecast log: append-only lines, each holding the hash of the one before, so that a forecast cannot be changed or left out
//! after its truth is known.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::score::crps_quantile;

/// What is written before the truth can be known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Seconds since 1970-01-01 UTC at which it was issued.
    pub issued_at: i64,
    /// Who forecasts.
    pub forecaster: String,
    /// What is forecast: the sum of the series of this name …
    pub target: String,
    /// … from this time (seconds since 1970-01-01 UTC) …
    pub from: i64,
    /// … until this one, from which on the truth can be known.
    pub matures_at: i64,
    /// Levels of the quantiles.
    pub levels: Vec<f64>,
    /// The quantiles.
    pub quantiles: Vec<f64>,
}

/// What is written when the truth is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Number of the entry with the forecast.
    pub of: u64,
    /// Seconds since 1970-01-01 UTC at which it was scored.
    pub scored_at: i64,
    /// What came.
    pub value: f64,
    /// CRPS of the quantiles: twice their mean pinball loss.
    pub crps: f64,
    /// Whether it lay inside the outermost quantiles.
    pub inside: bool,
}

/// A forecast or its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A forecast.
    Issue(Issue),
    /// Its score.
    Truth(Truth),
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Place in the log, from 0.
    pub number: u64,
    /// Hash of the entry before, in hexadecimal; 64 zeros for the first.
    pub previous: String,
    /// The forecast or the score.
    pub record: Record,
    /// SHA-256 of number, previous and record as JSON, in hexadecimal.
    pub hash: String,
}

/// Why a log does not hold, or a forecast is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LogError {
    /// The forecast was not issued before its truth could be known.
    #[error("issued at {issued_at}, but its truth is known from {matures_at} on")]
    TooLate {
        /// Seconds since 1970.
        issued_at: i64,
        /// Seconds since 1970.
        matures_at: i64,
    },
    /// The clock of the issuer went backwards.
    #[error("issued at {issued_at}, before the entry before it ({previous})")]
    OutOfOrder {
        /// Seconds since 1970.
        issued_at: i64,
        /// Seconds since 1970.
        previous: i64,
    },
    /// Quantiles and levels do not fit, or do not increase.
    #[error("quantiles and levels must be of one length and increase")]
    Quantiles,
    /// A score of what is no forecast, is scored already, or cannot be known yet.
    #[error("entry {0} is no forecast that can be scored now")]
    NotOpen(u64),
    /// A score that the forecast and the value do not give.
    #[error("the score of entry {0} is not what its quantiles and the value give")]
    Score(u64),
    /// A line was changed, left out or put in.
    #[error("line {line}: the chain is broken")]
    Broken {
        /// Line number, from 1.
        line: usize,
    },
}

/// An append-only chain of forecasts and their scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    entries: Vec<Entry>,
    /// Numbers of forecasts without score.
    open: BTreeSet<u64>,
    latest: i64,
}

fn hash(number: u64, previous: &str, record: &Record) -> String {
    let body =
        serde_json::to_string(&(number, previous, record)).expect("numbers and strings are always JSON");
    Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(issue: &Issue) -> Result<(), LogError> {
    let Issue { issued_at, matures_at, .. } = *issue;
    if issued_at >= matures_at {
        return Err(LogError::TooLate { issued_at, matures_at });
    }
    let rising = issue.levels.is_sorted_by(|one, other| one < other) && issue.quantiles.is_sorted();
    let finite = issue.quantiles.iter().all(|quantile| quantile.is_finite());
    let inside = issue.levels.iter().all(|level| *level > 0.0 && *level < 1.0);
    if issue.levels.len() != issue.quantiles.len() || issue.levels.is_empty() || !(rising && finite && inside)
    {
        return Err(LogError::Quantiles);
    }
    Ok(())
}

/// The score of a forecast, given what came.
#[must_use]
pub fn score(of: u64, issue: &Issue, value: f64, scored_at: i64) -> Truth {
    let crps = crps_quantile(value, &issue.quantiles, &issue.levels);
    let (first, last) = (issue.quantiles.first(), issue.quantiles.last());
    let inside = first.is_some_and(|low| value >= *low) && last.is_some_and(|high| value <= *high);
    Truth { of, scored_at, value, crps, inside }
}

impl Log {
    /// Appends a forecast; the returned entry is the line to write.
    ///
    /// # Errors
    /// A forecast that is too late, out of order or without proper quantiles.
    pub fn append(&mut self, issue: Issue) -> Result<&Entry, LogError> {
        check(&issue)?;
        self.in_order(issue.issued_at)?;
        self.open.insert(self.entries.len() as u64);
        Ok(self.push(Record::Issue(issue)))
    }

    /// Appends a score; the returned entry is the line to write.
    ///
    /// # Errors
    /// A score of no open forecast, before its truth can be known, or one that the quantiles do not give.
    pub fn close(&mut self, truth: Truth) -> Result<&Entry, LogError> {
        let number = truth.of;
        let open = |number| self.open.contains(&number).then(|| self.issue(number)).flatten();
        let issue = open(number).filter(|issue| truth.scored_at >= issue.matures_at);
        let issue = issue.ok_or(LogError::NotOpen(number))?;
        if score(number, issue, truth.value, truth.scored_at) != truth {
            return Err(LogError::Score(number));
        }
        self.in_order(truth.scored_at)?;
        self.open.remove(&number);
        Ok(self.push(Record::Truth(truth)))
    }

    fn in_order(&mut self, at: i64) -> Result<(), LogError> {
        if !self.entries.is_empty() && at < self.latest {
            return Err(LogError::OutOfOrder { issued_at: at, previous: self.latest });
        }
        self.latest = at;
        Ok(())
    }

    fn push(&mut self, record: Record) -> &Entry {
        let number = self.entries.len() as u64;
        let previous = self.head().to_owned();
        let hash = hash(number, &previous, &record);
        self.entries.push(Entry { number, previous, record, hash });
        &self.entries[number as usize]
    }

    /// Hash of the last entry: whoever holds it sees a log that was cut short.
    #[must_use]
    pub fn head(&self) -> &str {
        self.entries
            .last()
            .map_or("0000000000000000000000000000000000000000000000000000000000000000", |entry| &entry.hash)
    }

    fn issue(&self, number: u64) -> Option<&Issue> {
        match &self.entries.get(usize::try_from(number).ok()?)?.record {
            Record::Issue(issue) => Some(issue),
            Record::Truth(_) => None,
        }
    }

    /// Forecasts without score, oldest first.
    pub fn open(&self) -> impl Iterator<Item = (u64, &Issue)> {
        self.open.iter().filter_map(|number| Some((*number, self.issue(*number)?)))
    }

    /// Forecasts with their scores, in the order of the scores.
    pub fn scored(&self) -> impl Iterator<Item = (&Issue, &Truth)> {
        self.entries.iter().filter_map(|entry| match &entry.record {
            Record::Truth(truth) => Some((self.issue(truth.of)?, truth)),
            Record::Issue(_) => None,
        })
    }

    /// Reads JSON lines and checks every link.
    ///
    /// # Errors
    /// [`LogError::Broken`] at the first line that does not follow from the one before.
    pub fn parse(text: &str) -> Result<Self, LogError> {
        let mut log = Self::default();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let broken = || LogError::Broken { line: index + 1 };
            let entry: Entry = serde_json::from_str(line).map_err(|_| broken())?;
            let appended = match entry.record.clone() {
                Record::Issue(issue) => log.append(issue),
                Record::Truth(truth) => log.close(truth),
            };
            if appended.map_err(|_| broken())? != &entry {
                return Err(broken());
            }
        }
        Ok(log)
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(issued_at: i64) -> Issue {
        Issue {
            issued_at,
            forecaster: "house".into(),
            target: "sources of tcp/23".into(),
            from: issued_at,
            matures_at: issued_at + 86_400,
            levels: vec![0.1, 0.5, 0.9],
            quantiles: vec![1.0, 2.5, 7.0],
        }
    }

    fn line(entry: &Entry) -> String {
        serde_json::to_string(entry).expect("JSON")
    }

    #[test]
    fn a_changed_or_missing_line_breaks_the_chain() {
        let mut log = Log::default();
        let mut lines: Vec<String> =
            (0..5).map(|day| line(log.append(issue(day * 86_400)).expect("in order"))).collect();
        let truth = score(1, &issue(86_400), 3.0, 5 * 86_400);
        lines.push(line(log.close(truth).expect("mature")));
        assert_eq!(Log::parse(&lines.join("\n")), Ok(log));
        let changed = lines.join("\n").replacen("7.0", "9.0", 1);
        assert_eq!(Log::parse(&changed), Err(LogError::Broken { line: 1 }));
        let flattered = lines.join("\n").replacen("\"value\":3.0", "\"value\":2.5", 1);
        assert_eq!(Log::parse(&flattered), Err(LogError::Broken { line: 6 }));
        let mut missing = lines.clone();
        missing.remove(2);
        assert_eq!(Log::parse(&missing.join("\n")), Err(LogError::Broken { line: 3 }));
    }

    #[test]
    fn hindsight_is_refused_and_no_truth_is_scored_early_or_twice() {
        let late = Issue { issued_at: 10, matures_at: 10, ..issue(10) };
        let mut log = Log::default();
        assert_eq!(log.append(late), Err(LogError::TooLate { issued_at: 10, matures_at: 10 }));
        log.append(issue(0)).expect("in time");
        let early = score(0, &issue(0), 3.0, 100);
        assert_eq!(log.close(early), Err(LogError::NotOpen(0)));
        let truth = score(0, &issue(0), 3.0, 86_400);
        assert_eq!(log.close(Truth { crps: 0.0, ..truth.clone() }), Err(LogError::Score(0)));
        log.close(truth.clone()).expect("mature");
        assert_eq!(log.close(truth), Err(LogError::NotOpen(0)));
        assert_eq!((log.open().count(), log.scored().count()), (0, 1));
    }
}
