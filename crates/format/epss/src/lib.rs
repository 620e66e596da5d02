//! A reader of the daily score file of the Exploit Prediction Scoring System (EPSS), with its model version.
//!
//! ```
//! let file = "#model_version:v2025.03.14,score_date:2030-01-02T00:00:00+0000\ncve,epss,percentile\nCVE-2030-0001,0.04321,0.91234\n";
//! let mut scores = shinayaka_epss::read(file.as_bytes())?;
//! assert_eq!(scores.model_version(), Some("v2025.03.14"));
//! let score = scores.next().ok_or("no score")??;
//! assert_eq!((score.cve.as_str(), score.probability, score.percentile), ("CVE-2030-0001", 0.04321, Some(0.91234)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A probability means something within one model version only: the median tripled when version 5 came. Compare days of
//! different versions by the percentile. Source: FIRST, <https://www.first.org/epss/data_stats>.

use std::io::BufRead;

use serde::{Deserialize, Serialize};

/// The score of one vulnerability on one day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub cve: String,
    /// Of exploitation activity within 30 days, from 0 to 1.
    pub probability: f64,
    /// Share of the vulnerabilities with the same or a lower probability; the first files of 2021 have none.
    pub percentile: Option<f64>,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Fault {
    pub line: u64,
    pub reason: String,
}

/// Bytes of one line.
const MAXIMUM_LINE: u64 = 4096;

/// The scores of a file, one by one.
#[derive(Debug)]
pub struct Scores<R> {
    source: R,
    line: u64,
    text: String,
    model_version: Option<String>,
    score_date: Option<String>,
    /// Places of the columns `cve`, `epss`, `percentile`.
    columns: (usize, usize, Option<usize>),
    done: bool,
}

/// Reads the head of the file (unpacked); the scores follow by iteration.
///
/// # Errors
/// [`Fault`] when the head is none of EPSS.
pub fn read<R: BufRead>(source: R) -> Result<Scores<R>, Fault> {
    let mut scores = Scores {
        source,
        line: 0,
        text: String::new(),
        model_version: None,
        score_date: None,
        columns: (0, 1, None),
        done: false,
    };
    let mut more = scores.advance()?;
    while more && scores.text.starts_with('#') {
        for part in scores.text.trim_start_matches('#').split(',') {
            match part.trim().split_once(':') {
                Some(("model_version", version)) => scores.model_version = Some(version.trim().to_owned()),
                Some(("score_date", date)) => scores.score_date = Some(date.trim().to_owned()),
                _ => {}
            }
        }
        more = scores.advance()?;
    }
    let names: Vec<&str> = scores.text.split(',').map(str::trim).collect();
    let column = |name: &str| names.iter().position(|title| title.trim_matches('"') == name);
    let (Some(cve), Some(epss)) = (column("cve"), column("epss")) else {
        return Err(scores.fault("has no columns `cve` and `epss`"));
    };
    scores.columns = (cve, epss, column("percentile"));
    Ok(scores)
}

impl<R: BufRead> Scores<R> {
    /// `v2025.03.14`; files of before 2022 do not say it.
    pub fn model_version(&self) -> Option<&str> {
        self.model_version.as_deref()
    }

    /// As written: `2025-05-01T00:00:00+0000`.
    pub fn score_date(&self) -> Option<&str> {
        self.score_date.as_deref()
    }

    fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault { line: self.line, reason: reason.into() }
    }

    /// Takes the next line that is not empty; false at the end.
    fn advance(&mut self) -> Result<bool, Fault> {
        loop {
            self.line += 1;
            let mut bytes = Vec::new();
            let mut limited = std::io::Read::take(&mut self.source, MAXIMUM_LINE);
            let read = limited.read_until(b'\n', &mut bytes);
            let count = read.map_err(|error| self.fault(format!("cannot be read: {error}")))?;
            if count as u64 == MAXIMUM_LINE {
                return Err(self.fault(format!("is longer than {MAXIMUM_LINE} bytes")));
            }
            let text = std::str::from_utf8(&bytes).map_err(|_| self.fault("is not UTF-8"))?;
            let text = text.trim_start_matches('\u{feff}').trim();
            text.clone_into(&mut self.text);
            if count == 0 || !self.text.is_empty() {
                return Ok(count > 0);
            }
        }
    }

    fn score(&self) -> Result<Score, Fault> {
        let fields: Vec<&str> = self.text.split(',').map(|field| field.trim().trim_matches('"')).collect();
        let (cve, epss, percentile) = self.columns;
        let share = |index: usize, name: &str| {
            let text = fields.get(index).copied().unwrap_or("");
            let number: f64 =
                text.parse().map_err(|_| self.fault(format!("{name} `{}` is no number", short(text))))?;
            if (0.0..=1.0).contains(&number) {
                Ok(number)
            } else {
                Err(self.fault(format!("{name} {number} is not between 0 and 1")))
            }
        };
        let id = fields.get(cve).copied().unwrap_or("");
        if !id.starts_with("CVE-") {
            return Err(self.fault(format!("`{}` is no CVE identifier", short(id))));
        }
        Ok(Score {
            cve: id.to_owned(),
            probability: share(epss, "epss")?,
            percentile: percentile.map(|index| share(index, "percentile")).transpose()?,
        })
    }
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

impl<R: BufRead> Iterator for Scores<R> {
    type Item = Result<Score, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.advance() {
            Ok(true) => Some(self.score()),
            Ok(false) => {
                self.done = true;
                None
            }
            Err(fault) => {
                self.done = true;
                Some(Err(fault))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_model_version_is_read() {
        let scores: Vec<Score> =
            read("\ncve,epss\r\nCVE-2030-0001,0.5\r\n\n".as_bytes()).unwrap().map(Result::unwrap).collect();
        assert_eq!(scores, [Score { cve: "CVE-2030-0001".into(), probability: 0.5, percentile: None }]);
    }

    #[test]
    fn a_bad_line_is_told_and_the_next_is_read() {
        let file = "#model_version:v1,score_date:x\ncve,epss,percentile\nCVE-2030-0001,2,0.5\nGHSA-1,0.1,0.1\nCVE-2030-0002,0.1,x\nCVE-2030-0003,0.1,0.2\n";
        let found: Vec<String> = read(file.as_bytes())
            .unwrap()
            .map(|score| score.map_or_else(|fault| fault.to_string(), |score| score.cve))
            .collect();
        assert_eq!(
            found,
            [
                "line 3: epss 2 is not between 0 and 1",
                "line 4: `GHSA-1` is no CVE identifier",
                "line 5: percentile `x` is no number",
                "CVE-2030-0003"
            ]
        );
        assert_eq!(
            read("a,b\n".as_bytes()).unwrap_err().to_string(),
            "line 1: has no columns `cve` and `epss`"
        );
        let long = format!("cve,epss\n{}", "x".repeat(5000));
        assert_eq!(
            read(long.as_bytes()).unwrap().next().unwrap().unwrap_err().reason,
            "is longer than 4096 bytes"
        );
    }
}
