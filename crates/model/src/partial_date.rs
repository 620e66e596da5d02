//! A date that says how much of it is known.
//!
//! Written as ISO 8601 with reduced precision: `1999`, `2003-08`, `2003-08-11`, or an RFC 3339 time to the minute or
//! second such as `2003-08-11T09:30:00+09:00`. The precision is the form, so a date cannot claim more than it holds.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::Error;

/// The years that a record may speak of.
pub const FIRST_YEAR: i16 = 1900;
pub const LAST_YEAR: i16 = 2199;

/// How much of a date is known.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    Year,
    Month,
    Day,
    Time,
}

impl Precision {
    pub const ALL: [Self; 4] = [Self::Year, Self::Month, Self::Day, Self::Time];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Time => "time",
        }
    }
}

/// A checked date of any precision. Sorts by its text, which for one place on earth is the order of time; a month
/// sorts before its days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    value_type = String,
    pattern = r"^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?)?)?$",
    example = "2003-08"
)]
pub struct PartialDate(String);

impl PartialDate {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn precision(&self) -> Precision {
        match self.0.len() {
            4 => Precision::Year,
            7 => Precision::Month,
            10 => Precision::Day,
            _ => Precision::Time,
        }
    }

    pub fn year(&self) -> &str {
        &self.0[..4]
    }

    /// The earliest day that is meant, in the zone in which the date was written.
    pub fn first_day(&self) -> Date {
        let number = |from: usize, to: usize| self.0.get(from..to).and_then(|part| part.parse().ok());
        let month = number(5, 7).unwrap_or(1);
        let day = number(8, 10).unwrap_or(1);
        Date::new(self.0[..4].parse().unwrap_or(FIRST_YEAR), month, day).unwrap_or(Date::MIN)
    }

    /// The latest day that is meant.
    pub fn last_day(&self) -> Date {
        let first = self.first_day();
        match self.precision() {
            Precision::Year => first.last_of_year(),
            Precision::Month => first.last_of_month(),
            Precision::Day | Precision::Time => first,
        }
    }

    /// True if every day that this may mean is before every day that `other` may mean; between two times the
    /// moments are compared.
    pub fn is_surely_before(&self, other: &Self) -> bool {
        if let (Precision::Time, Precision::Time) = (self.precision(), other.precision())
            && let (Ok(this), Ok(that)) = (self.0.parse::<Timestamp>(), other.0.parse::<Timestamp>())
        {
            return this < that;
        }
        self.last_day() < other.first_day()
    }

    /// How many days later `other` is, at least and at most.
    pub fn days_until(&self, other: &Self) -> (i64, i64) {
        let days = |from: Date, to: Date| i64::from((to - from).get_days());
        (days(self.last_day(), other.first_day()), days(self.first_day(), other.last_day()))
    }

    /// The day `days` after this one, as a date of day precision.
    pub fn plus_days(&self, days: i32) -> Option<Self> {
        self.first_day().checked_add(days.days()).ok()?.to_string().parse().ok()
    }
}

fn wrong() -> Error {
    let reason = "must be a year (1999), month (2003-08), day (2003-08-11) or time with its zone \
                  (2003-08-11T09:30:00+09:00), from 1900 to 2199";
    Error::invalid("date", reason)
}

impl FromStr for PartialDate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if !text.is_ascii() || text.len() > 25 {
            return Err(wrong());
        }
        let (date, time) = text.split_at_checked(10).unwrap_or((text, ""));
        let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        if !matches!(shape.as_str(), "0000" | "0000-00" | "0000-00-00") {
            return Err(wrong());
        }
        let whole = format!("{date}{}", &"-01-01"[date.len() - 4..]);
        let day: Date = whole.parse().map_err(|_| wrong())?;
        let in_range = (FIRST_YEAR..=LAST_YEAR).contains(&day.year());
        // A bare time of day without its zone is refused: nobody could tell the order of two accidents from it.
        let time_is_right = time.is_empty() || (time.starts_with('T') && text.parse::<Timestamp>().is_ok());
        if in_range && time_is_right && !time.contains(['[', ',', '.']) {
            Ok(Self(text.to_owned()))
        } else {
            Err(wrong())
        }
    }
}

impl TryFrom<String> for PartialDate {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.0
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_form_is_the_precision() {
        for (text, precision) in [
            ("1999", Precision::Year),
            ("2003-08", Precision::Month),
            ("2004-02-29", Precision::Day),
            ("2003-08-11T09:30Z", Precision::Time),
            ("2003-08-11T09:30:00+09:00", Precision::Time),
        ] {
            assert_eq!(date(text).precision(), precision, "{text}");
            assert_eq!(date(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "99",
            "1899",
            "2200",
            "2003-13",
            "2003-02-29",
            "2003-8",
            "2003-08-11T09:30",
            "2003-08-11T25:00Z",
            "2003-08-11 09:30Z",
            "２００３",
            "2003-08-11T09:30:00+09:00[Asia/Tokyo]",
            "2003-08-11Z",
            "-003",
        ] {
            assert!(text.parse::<PartialDate>().is_err(), "{text} was taken");
        }
    }

    #[test]
    fn a_delay_is_as_sharp_as_the_dates() {
        assert_eq!(date("2003-08-11").days_until(&date("2003-08-14")), (3, 3));
        assert_eq!(date("2003-08").days_until(&date("2003-09-10")), (10, 40));
        assert!(date("2003").is_surely_before(&date("2004-01")));
        assert!(!date("2003").is_surely_before(&date("2003-12-31")));
        assert!(date("2003-08-11T09:30+09:00").is_surely_before(&date("2003-08-11T01:00Z")));
        assert_eq!(date("2004-02").plus_days(30), Some(date("2004-03-02")));
    }
}
