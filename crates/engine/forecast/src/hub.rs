//! Quantile tables in the form of forecast hubs, out and in, so that outside forecasters can submit and be scored.
//!
//! Columns: reference_date, target, horizon, location, output_type, output_type_id, value. The reference date is the first
//! moment that was not known; the forecast is of the sum of the target from there over the horizon (`7d`, `6h`, …).

use std::collections::BTreeMap;

use crate::log::Issue;
use crate::series::seconds_of;

/// Levels that hubs ask for.
pub const LEVELS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];
/// The first line.
pub const HEADING: &str = "reference_date,target,horizon,location,output_type,output_type_id,value";

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum HubError {
    /// A line that is none.
    #[error("line {line}: {reason}")]
    Line {
        /// Line number, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A column is missing.
    #[error("line 1: no column \"{0}\"")]
    Column(&'static str),
    /// Nothing in it.
    #[error("no quantile in the table")]
    Empty,
}

/// One forecast as lines of the table. `reference` in seconds since 1970-01-01 UTC.
#[must_use]
pub fn lines(reference: i64, target: &str, horizon: &str, quantiles: &[(f64, f64)]) -> String {
    let date = jiff::Timestamp::from_second(reference).map_or_else(
        |_| reference.to_string(),
        |time| if reference % 86_400 == 0 { time.strftime("%Y-%m-%d").to_string() } else { time.to_string() },
    );
    let target: String = target.chars().filter(|c| !matches!(c, ',' | '"' | '\n' | '\r')).collect();
    let line =
        |(level, value): &(f64, f64)| format!("{date},{target},{horizon},all,quantile,{level},{value}\n");
    quantiles.iter().map(line).collect()
}

/// Seconds of a span such as `7d`, `6h`, `90m`, `2w`, `30s`; `None` for anything else.
#[must_use]
pub fn span(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
    let seconds = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(seconds).filter(|span| *span > 0)
}

/// Reads a table; one issue for each reference date, target and horizon, in that order. Rows of other output types are passed
/// over.
///
/// # Errors
/// A missing column, a field that cannot be read, a level given twice; an empty table. Whether levels and quantiles are
/// proper is checked by the log.
pub fn read(text: &str, forecaster: &str, issued_at: i64) -> Result<Vec<Issue>, HubError> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let split = |line: &str| -> Vec<String> {
        line.split(',').map(|field| field.trim().trim_matches('"').to_owned()).collect()
    };
    let heading = lines.next().map(|(_, line)| split(line)).ok_or(HubError::Empty)?;
    let place =
        |name: &'static str| heading.iter().position(|field| field == name).ok_or(HubError::Column(name));
    let columns = [
        place("reference_date")?,
        place("target")?,
        place("horizon")?,
        place("output_type")?,
        place("output_type_id")?,
        place("value")?,
    ];
    let mut found: BTreeMap<(i64, String, i64), Vec<(f64, f64)>> = BTreeMap::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |reason: String| HubError::Line { line: index + 1, reason };
        let fields = split(line);
        let field = |column: usize| fields.get(columns[column]).map_or("", String::as_str);
        if field(3) != "quantile" {
            continue;
        }
        let number = |column: usize| {
            field(column)
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .ok_or_else(|| bad(format!("\"{}\" is no number", field(column))))
        };
        let reference = seconds_of(field(0)).ok_or_else(|| bad(format!("\"{}\" is no date", field(0))))?;
        let span = span(field(2)).ok_or_else(|| bad(format!("\"{}\" is no horizon; 7d, 6h, …", field(2))))?;
        let end = reference.checked_add(span).ok_or_else(|| bad("the horizon is too long".into()))?;
        let (level, value) = (number(4)?, number(5)?);
        let known = found.entry((reference, field(1).to_owned(), end)).or_default();
        if known.iter().any(|(other, _)| *other == level) {
            return Err(bad(format!("level {level} is given twice")));
        }
        known.push((level, value));
    }
    if found.is_empty() {
        return Err(HubError::Empty);
    }
    let issue = |((from, target, matures_at), mut rows): ((i64, String, i64), Vec<(f64, f64)>)| {
        rows.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (levels, quantiles) = rows.into_iter().unzip();
        Issue { issued_at, forecaster: forecaster.to_owned(), target, from, matures_at, levels, quantiles }
    };
    Ok(found.into_iter().map(issue).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_and_in_again() {
        let text = format!(
            "{HEADING}\n{}",
            lines(1_577_836_800, "kev", "7d", &[(0.1, 2.0), (0.9, 5.5), (0.5, 3.0)])
        );
        assert!(text.contains("\n2020-01-01,kev,7d,all,quantile,0.1,2\n"), "{text}");
        let issues = read(&text, "outsider", 1_577_836_000).expect("a table");
        assert_eq!(issues[0].matures_at, 1_577_836_800 + 604_800);
        assert_eq!(
            (&issues[0].levels[..], &issues[0].quantiles[..]),
            (&[0.1, 0.5, 0.9][..], &[2.0, 3.0, 5.5][..])
        );
    }

    #[test]
    fn errors_name_the_place() {
        let row = "2020-01-01,kev,7d,all,quantile,0.1,2";
        for (text, reason) in [
            (format!("{HEADING}\n{row}\n{row}"), "line 3: level 0.1 is given twice"),
            (format!("{HEADING}\n2020-13-01,kev,7d,all,quantile,0.1,2"), "line 2: \"2020-13-01\" is no date"),
            (format!("{HEADING}\n2020-01-01,kev,soon,all,quantile,0.1,2"), "line 2: \"soon\" is no horizon"),
            ("a,b\n1,2".to_owned(), "line 1: no column \"reference_date\""),
        ] {
            let error = read(&text, "x", 0).expect_err(&text).to_string();
            assert!(error.starts_with(reason), "{error}");
        }
    }
}
