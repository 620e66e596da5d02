//! A series of values at equal steps of time. A missing value is a gap: it is neither zero nor guessed.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// More values than this are refused: a gap of a century in a series of seconds would otherwise fill the memory.
const MAXIMUM_VALUES: i64 = 20_000_000;

/// Values at equal steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Seconds since 1970-01-01 UTC of the first value.
    pub start: i64,
    /// Seconds between values.
    pub step: i64,
    /// The values; `None` is a gap.
    pub values: Vec<Option<f64>>,
}

/// Why a text is no series.
#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    /// A line that cannot be read.
    #[error("line {line}: {reason}")]
    Line {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// No column of that name.
    #[error("line 1: no column \"{0}\"")]
    Column(String),
    /// Fewer than two values.
    #[error("a series needs at least two values; found {0}")]
    TooShort(usize),
    /// The steps of time are too fine for the span.
    #[error("line {line}: {count} steps of {step} s since the first value; at most 20,000,000 are read")]
    TooLong {
        /// Line number, from 1.
        line: usize,
        /// Steps since the first value.
        count: i64,
        /// Seconds between values.
        step: i64,
    },
}

fn line_error(line: usize, reason: impl Into<String>) -> SeriesError {
    SeriesError::Line { line, reason: reason.into() }
}

impl Series {
    /// Parses CSV with a time and a value a line: the first two columns, or `column` for the value.
    ///
    /// Times are ISO dates and date-times, `YYYYMMDD`, `YYYYMMDDhhmm`, `YYYYMMDDhhmmss`, `YYYY-MM`, or seconds since 1970;
    /// without an offset they are taken as they stand. An empty value, `NA` or `NaN`, and a time that is left out are gaps.
    /// The step is the smallest distance of neighbouring times; months are counted as equal steps.
    ///
    /// # Errors
    /// A line that cannot be read, times that do not increase or do not fit the step.
    pub fn from_csv(text: &str, column: Option<&str>) -> Result<Self, SeriesError> {
        let mut rows = Vec::new();
        let mut place = 1;
        let mut first = true;
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> =
                line.split([',', ';', '\t']).map(|field| field.trim().trim_matches('"')).collect();
            if std::mem::take(&mut first) {
                if let Some(column) = column {
                    let found = fields.iter().position(|field| *field == column);
                    place = found.ok_or_else(|| SeriesError::Column(column.to_owned()))?;
                    continue;
                }
                if moment(fields[0]).is_none() {
                    continue;
                }
            }
            let time = moment(fields[0])
                .ok_or_else(|| line_error(index + 1, format!("\"{}\" is no time", fields[0])))?;
            let text = *fields.get(place).ok_or_else(|| line_error(index + 1, "no value"))?;
            rows.push((index + 1, time, value(text).map_err(|reason| line_error(index + 1, reason))?));
        }
        Self::from_rows(&rows)
    }

    fn from_rows(rows: &[(usize, Moment, Option<f64>)]) -> Result<Self, SeriesError> {
        if rows.len() < 2 {
            return Err(SeriesError::TooShort(rows.len()));
        }
        let months = rows.iter().all(|(_, moment, _)| moment.month.is_some());
        let at = |moment: &Moment| if months { moment.month.unwrap_or_default() } else { moment.seconds };
        let mut unit = i64::MAX;
        for pair in rows.windows(2) {
            let distance = at(&pair[1].1) - at(&pair[0].1);
            if distance <= 0 {
                return Err(line_error(pair[1].0, "the time does not increase"));
            }
            unit = unit.min(distance);
        }
        let mut values = Vec::with_capacity(rows.len());
        for (line, moment, value) in rows {
            let distance = at(moment) - at(&rows[0].1);
            // A step may be off by daylight saving or jitter, but not by more than a quarter.
            let place = (distance + unit / 2) / unit;
            if (distance - place * unit).abs() * 4 > unit {
                return Err(line_error(*line, format!("the time does not fit a step of {unit} s")));
            }
            if place >= MAXIMUM_VALUES {
                return Err(SeriesError::TooLong { line: *line, count: place, step: unit });
            }
            if (place as usize) < values.len() {
                return Err(line_error(*line, "two values at one step"));
            }
            values.resize(place as usize, None);
            values.push(*value);
        }
        // The mean length of a month of the Gregorian calendar.
        let step = if months { unit * 2_629_746 } else { unit };
        Ok(Self { start: rows[0].1.seconds, step, values })
    }

    /// Steps of the season that people and machines follow at this step: a day for minutes, a day (and a week by
    /// [`Self::long_season`]) for hours, a week for days, a year for weeks and months.
    #[must_use]
    pub fn season(&self) -> Option<usize> {
        let day = 86_400;
        let steps = |span: i64| (span % self.step == 0).then_some((span / self.step) as usize);
        match self.step {
            step if step < 60 => None,
            step if step < day => steps(day),
            step if step == day => Some(7),
            step if step == 7 * day => Some(52),
            step if (28 * day..=31 * day).contains(&step) => Some(12),
            _ => None,
        }
    }

    /// The week, for series of hours and finer.
    #[must_use]
    pub fn long_season(&self) -> Option<usize> {
        (self.step >= 600 && self.step < 86_400 && 604_800 % self.step == 0)
            .then_some((604_800 / self.step) as usize)
    }
}

/// Seconds since 1970-01-01 UTC of a time in any of the forms that a series may have.
#[must_use]
pub fn seconds_of(text: &str) -> Option<i64> {
    moment(text).map(|moment| moment.seconds)
}

#[derive(Clone, Copy)]
struct Moment {
    seconds: i64,
    /// Months since year 0, if the text names a month, or the first of one.
    month: Option<i64>,
}

fn value(text: &str) -> Result<Option<f64>, String> {
    if matches!(text, "" | "NA" | "NaN" | "nan" | "null") {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(format!("\"{text}\" is no number")),
    }
}

fn moment(text: &str) -> Option<Moment> {
    let civil = |date_time: DateTime| {
        let seconds = date_time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        let first = date_time.day() == 1 && date_time.time() == jiff::civil::Time::midnight();
        let month = i64::from(date_time.year()) * 12 + i64::from(date_time.month()) - 1;
        Some(Moment { seconds, month: first.then_some(month) })
    };
    let plain = |seconds| Some(Moment { seconds, month: None });
    if text.len() == 7 && text.as_bytes()[4] == b'-' {
        let date = Date::new(text.get(..4)?.parse().ok()?, text.get(5..)?.parse().ok()?, 1).ok()?;
        return civil(date.into());
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i8>().ok());
        let date_time = match text.len() {
            8 | 12 | 14 => DateTime::new(
                text.get(..4)?.parse().ok()?,
                part(4, 6).unwrap_or(0),
                part(6, 8).unwrap_or(0),
                part(8, 10).unwrap_or(0),
                part(10, 12).unwrap_or(0),
                part(12, 14).unwrap_or(0),
                0,
            ),
            _ => return plain(text.parse().ok()?),
        };
        // Digits that are no date are seconds.
        return date_time.map_or_else(|_| plain(text.parse().ok()?), civil);
    }
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return plain(timestamp.as_second());
    }
    if let Ok(date_time) = text.parse::<DateTime>() {
        return civil(date_time);
    }
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.abs() < 1e12)?;
    plain(seconds.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_kept() {
        let series = Series::from_csv("time,value\n2026-01-01,3\n2026-01-02,\n2026-01-05,4\n", None)
            .expect("a series");
        assert_eq!((series.step, series.values), (86_400, vec![Some(3.0), None, None, None, Some(4.0)]));
    }

    #[test]
    fn forms_of_time() {
        for text in [
            "201906010000,1\n201906010010,2",
            "2019-06-01T00:00:00Z,1\n2019-06-01T00:10:00Z,2",
            "2019-06-01 00:00:00;1\n2019-06-01 00:10:00;2",
            "1559347200,1\n1559347800,2",
        ] {
            let series = Series::from_csv(text, None).expect(text);
            assert_eq!((series.start, series.step, series.values.len()), (1_559_347_200, 600, 2), "{text}");
        }
        let months = Series::from_csv("month,n\n2026-01,5\n2026-02,6\n2026-03,7\n", None).expect("months");
        assert_eq!((months.values.len(), months.season()), (3, Some(12)));
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line) in [
            ("time,value\n2026-01-01,3\n2026-01-01,4", "line 3"),
            ("time,value\n2026-01-01,3\nx,4", "line 3"),
            ("time,value\n2026-01-01,3\n2026-01-02,four", "line 3"),
        ] {
            let error = Series::from_csv(text, None).expect_err(text).to_string();
            assert!(error.starts_with(line), "{error}");
        }
    }
}
