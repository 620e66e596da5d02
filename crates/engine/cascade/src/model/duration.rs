//! Durations: whole milliseconds, written `15m`, `4h`, `1h30m`, `2d`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A span of time in milliseconds. Integers, so that no sum depends on the order of its terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span a model may name: a thousand years of 365 days.
    pub const MAX: Self = Self(1_000 * 365 * 86_400_000);

    /// A span of `milliseconds`, cut at [`Duration::MAX`].
    pub fn from_milliseconds(milliseconds: u64) -> Self {
        Self(milliseconds.min(Self::MAX.0))
    }

    /// A span of `hours`, rounded to the millisecond and cut to 0..=[`Duration::MAX`]; NaN becomes zero.
    pub fn from_hours(hours: f64) -> Self {
        Self::from_milliseconds((hours * 3_600_000.0).round().max(0.0) as u64)
    }

    /// Milliseconds.
    pub fn milliseconds(self) -> u64 {
        self.0
    }

    /// Hours.
    pub fn hours(self) -> f64 {
        self.0 as f64 / 3_600_000.0
    }

    /// Reads `15m`, `1h30m`, `0.5d`, `0`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text: no unit, an unknown unit, negative, not finite, too long.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let mut rest = text;
        let mut total = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, after) = rest.split_at(digits);
            let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, next) = after.split_at(end);
            let bad = || format!("`{text}` is not a duration such as 15m, 4h or 1h30m");
            let number: f64 = number.parse().map_err(|_| bad())?;
            let scale = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?.1;
            total += number * scale as f64;
            rest = next.trim_start();
        }
        if text.is_empty() {
            return Err("an empty duration".into());
        }
        if !total.is_finite() || total > Self::MAX.0 as f64 {
            return Err(format!("`{text}` is longer than a thousand years"));
        }
        Ok(Self(total.round() as u64))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0h");
        }
        let mut rest = self.0;
        for (unit, scale) in UNITS.into_iter().filter(|(unit, _)| *unit != "w") {
            if rest >= scale {
                write!(f, "{}{unit}", rest / scale)?;
                rest %= scale;
            }
        }
        Ok(())
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

pub(super) struct DurationVisitor;

impl de::Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as 15m, 4h or 2d")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        Duration::parse(text).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Duration, E> {
        if number == 0 {
            return Ok(Duration::ZERO);
        }
        Err(E::custom(format!("the duration {number} has no unit (write {number}h, {number}m, ...)")))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Duration, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Duration, E> {
        if number == 0.0 {
            return Ok(Duration::ZERO);
        }
        Err(E::custom(format!("the duration {number} has no unit or is not a finite number above 0")))
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "pattern": r"^\s*(0|(([0-9]+(\.[0-9]+)?|\.[0-9]+)(ms|s|m|h|d|w)\s*)+)\s*$",
            "minimum": 0, "maximum": 0,
            "description": "A span of time: 15m, 4h, 1h30m, 2d; units ms, s, m, h, d, w. The bare number 0 is allowed.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_forms_people_use() {
        for (text, milliseconds) in [
            ("15m", 900_000),
            ("4h", 14_400_000),
            ("2d", 172_800_000),
            ("1h30m", 5_400_000),
            ("0.25h", 900_000),
            ("0h", 0),
            ("0", 0),
            ("250ms", 250),
            ("1w", 604_800_000),
        ] {
            let read = Duration::parse(text).unwrap();
            assert_eq!(read.milliseconds(), milliseconds, "{text}");
            assert_eq!(Duration::parse(&read.to_string()).unwrap(), read, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_duration() {
        for text in ["", "h", "4", "4x", "-1h", "NaN", "nanh", "1e9h", "inf", "4h x", "9999999999d", "1..2h"]
        {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
    }
}
