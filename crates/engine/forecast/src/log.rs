//! The forecast log: append-only lines, each holding the hash of the one before, so that a forecast cannot be changed or left out
//! after its truth is known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is written before the truth can be known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Seconds since 1970-01-01 UTC at which it was issued.
    pub issued_at: i64,
    /// What is forecast, in words that a program can score.
    pub target: String,
    /// Seconds since 1970-01-01 UTC from which the truth can be known.
    pub matures_at: i64,
    /// Levels of the quantiles.
    pub levels: Vec<f64>,
    /// The quantiles.
    pub quantiles: Vec<f64>,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Place in the log, from 0.
    pub number: u64,
    /// Hash of the entry before, in hexadecimal; 64 zeros for the first.
    pub previous: String,
    /// The forecast.
    pub issue: Issue,
    /// SHA-256 of number, previous and issue as JSON, in hexadecimal.
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
    /// A line was changed, left out or put in.
    #[error("line {line}: the chain is broken")]
    Broken {
        /// Line number, from 1.
        line: usize,
    },
}

/// An append-only chain of forecasts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    entries: Vec<Entry>,
}

fn hash(number: u64, previous: &str, issue: &Issue) -> String {
    let body =
        serde_json::to_string(&(number, previous, issue)).expect("numbers and strings are always JSON");
    Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(issue: &Issue, before: Option<&Entry>) -> Result<(), LogError> {
    let Issue { issued_at, matures_at, .. } = *issue;
    if issued_at >= matures_at {
        return Err(LogError::TooLate { issued_at, matures_at });
    }
    if let Some(previous) = before.map(|entry| entry.issue.issued_at).filter(|previous| *previous > issued_at)
    {
        return Err(LogError::OutOfOrder { issued_at, previous });
    }
    let rising = issue.levels.is_sorted_by(|one, other| one < other) && issue.quantiles.is_sorted();
    if issue.levels.len() != issue.quantiles.len() || issue.levels.is_empty() || !rising {
        return Err(LogError::Quantiles);
    }
    Ok(())
}

impl Log {
    /// Appends a forecast; the returned entry is the line to write.
    ///
    /// # Errors
    /// A forecast that is too late, out of order or without proper quantiles.
    pub fn append(&mut self, issue: Issue) -> Result<&Entry, LogError> {
        let before = self.entries.last();
        check(&issue, before)?;
        let number = self.entries.len() as u64;
        let previous = before.map_or_else(|| "0".repeat(64), |entry| entry.hash.clone());
        let hash = hash(number, &previous, &issue);
        self.entries.push(Entry { number, previous, issue, hash });
        Ok(self.entries.last().expect("an entry was just appended"))
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
            let appended = log.append(entry.issue.clone()).map_err(|_| broken())?;
            if *appended != entry {
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
        let (levels, quantiles) = (vec![0.1, 0.5, 0.9], vec![1.0, 2.5, 7.0]);
        Issue {
            issued_at,
            target: "sum of tcp/23 sources over 1 d".into(),
            matures_at: issued_at + 86_400,
            levels,
            quantiles,
        }
    }

    #[test]
    fn a_changed_or_missing_line_breaks_the_chain() {
        let mut log = Log::default();
        let lines: Vec<String> = (0..5)
            .map(|day| {
                serde_json::to_string(log.append(issue(day * 86_400)).expect("in order")).expect("JSON")
            })
            .collect();
        assert_eq!(Log::parse(&lines.join("\n")), Ok(log));
        let changed = lines.join("\n").replacen("7.0", "9.0", 1);
        assert_eq!(Log::parse(&changed), Err(LogError::Broken { line: 1 }));
        let mut missing = lines.clone();
        missing.remove(2);
        assert_eq!(Log::parse(&missing.join("\n")), Err(LogError::Broken { line: 3 }));
    }

    #[test]
    fn hindsight_is_refused() {
        let late = Issue { issued_at: 10, matures_at: 10, ..issue(10) };
        assert_eq!(Log::default().append(late), Err(LogError::TooLate { issued_at: 10, matures_at: 10 }));
    }
}
