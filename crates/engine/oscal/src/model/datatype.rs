//! OSCAL's data types (Metaschema specification, "Data types") and what a text must look like to be one.

use crate::tree::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datatype {
    Base64,
    Boolean,
    Date,
    DateTime,
    Decimal,
    Email,
    Integer,
    MarkupLine,
    MarkupMultiline,
    NonNegativeInteger,
    PositiveInteger,
    String,
    Token,
    Uri,
    UriReference,
    Uuid,
}

impl Datatype {
    pub(super) fn named(name: &str) -> Datatype {
        match name {
            "base64" => Datatype::Base64,
            "boolean" => Datatype::Boolean,
            "date" => Datatype::Date,
            "date-time" => Datatype::DateTime,
            "decimal" => Datatype::Decimal,
            "email" => Datatype::Email,
            "integer" => Datatype::Integer,
            "markup-line" => Datatype::MarkupLine,
            "markup-multiline" => Datatype::MarkupMultiline,
            "non-negative-integer" => Datatype::NonNegativeInteger,
            "positive-integer" => Datatype::PositiveInteger,
            "string" => Datatype::String,
            "token" => Datatype::Token,
            "uri" => Datatype::Uri,
            "uri-reference" => Datatype::UriReference,
            "uuid" => Datatype::Uuid,
            _ => panic!("unknown data type {name:?} in the table"),
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Datatype::Base64 => "base64",
            Datatype::Boolean => "boolean",
            Datatype::Date => "date",
            Datatype::DateTime => "date and time with zone",
            Datatype::Decimal => "decimal",
            Datatype::Email => "e-mail address",
            Datatype::Integer => "integer",
            Datatype::MarkupLine => "line of markup",
            Datatype::MarkupMultiline => "markup",
            Datatype::NonNegativeInteger => "non-negative integer",
            Datatype::PositiveInteger => "positive integer",
            Datatype::String => "string",
            Datatype::Token => "token",
            Datatype::Uri => "URI",
            Datatype::UriReference => "URI reference",
            Datatype::Uuid => "UUID of version 4 or 5",
        }
    }

    /// The JSON value that stands for an XML text of this type; a text that is none stays a text, for validation to find.
    #[must_use]
    pub fn value_of(self, text: &str) -> Value {
        let number = |good: bool| match good {
            true => Value::Number(text.into()),
            false => Value::Text(text.into()),
        };
        match self {
            Datatype::Boolean if matches!(text, "true" | "1") => Value::Boolean(true),
            Datatype::Boolean if matches!(text, "false" | "0") => Value::Boolean(false),
            Datatype::Integer | Datatype::NonNegativeInteger | Datatype::PositiveInteger => {
                number(is_integer(text) && is_json_number(text))
            }
            Datatype::Decimal => number(is_decimal(text) && is_json_number(text)),
            _ => Value::Text(text.into()),
        }
    }

    /// Whether `value` is of this type.
    #[must_use]
    pub fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Datatype::Boolean, Value::Boolean(_)) => true,
            (Datatype::Decimal, Value::Number(_)) => true,
            (Datatype::Integer, Value::Number(digits)) => is_integer(digits),
            (Datatype::NonNegativeInteger, Value::Number(digits)) => {
                is_integer(digits) && !digits.starts_with('-')
            }
            (Datatype::PositiveInteger, Value::Number(digits)) => {
                is_integer(digits) && !digits.starts_with('-') && digits.bytes().any(|digit| digit != b'0')
            }
            (_, Value::Text(text)) => self.accepts_text(text),
            _ => false,
        }
    }

    fn accepts_text(self, text: &str) -> bool {
        match self {
            Datatype::Boolean
            | Datatype::Decimal
            | Datatype::Integer
            | Datatype::NonNegativeInteger
            | Datatype::PositiveInteger => false,
            Datatype::Base64 => is_base64(text),
            Datatype::Date => is_date(text),
            Datatype::DateTime => is_date_time(text),
            Datatype::Email => {
                is_string(text) && text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
            }
            Datatype::MarkupLine => !text.is_empty() && !text.contains('\n'),
            Datatype::MarkupMultiline => true,
            Datatype::String => is_string(text),
            Datatype::Token => is_token(text),
            Datatype::Uri => is_uri(text),
            Datatype::UriReference => is_uri_reference(text),
            Datatype::Uuid => is_uuid(text),
        }
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && all(fraction) && (whole.len() == 1 || !whole.starts_with('0'))
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().filter(|&byte| byte == b'.').count() <= 1
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty()
        && text.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// No blank at either end and no line break inside: `\S(.*\S)?`.
fn is_string(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !text.contains('\n')
}

fn is_token(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_'))
}

/// A scheme, a colon and something after it (RFC 3986, section 3), without blanks.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && is_uri_reference(text)
}

/// The characters that RFC 3986 and RFC 3987 allow, and percent signs only before two hexadecimal digits.
fn is_uri_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let clean = text.chars().all(|c| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '}' | '|')
    });
    clean
        && bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'%').all(|(at, _)| {
            bytes.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
        })
}

fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => matches!(byte, b'4' | b'5'),
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `YYYY-MM-DD`, a day of the calendar from 1900 on, and an optional zone.
fn is_date(text: &str) -> bool {
    text.get(..10).is_some_and(is_day) && (text.len() == 10 || is_zone(&text[10..]))
}

fn is_date_time(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let Some(clock) = time.get(..8) else { return false };
    let rest = &time[8..];
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    is_day(day) && is_clock(clock) && is_zone(zone)
}

fn two(text: &str) -> Option<u32> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':').map(two);
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next()),
        (Some(Some(0..=23)), Some(Some(0..=59)), Some(Some(0..=59)), None)
    )
}

fn is_day(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (Ok(year), Some(month), Some(day)) = (year.parse::<u32>(), two(month), two(day)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1900..3000).contains(&year) && (1..=days).contains(&day)
}

/// `Z` or an offset that some zone has: whole hours, or the halves and quarters in use.
fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some(offset) = text.strip_prefix(['+', '-']) else { return false };
    let Some((hours, minutes)) = offset.split_once(':') else { return false };
    let (Some(hours), Some(minutes)) = (two(hours), two(minutes)) else { return false };
    match (text.starts_with('-'), minutes) {
        (true, 0) => hours <= 12,
        (true, 30) => matches!(hours, 3 | 9),
        (false, 0) => hours <= 14,
        (false, 30) => matches!(hours, 3 | 4 | 5 | 6 | 9 | 10),
        (false, 45) => matches!(hours, 5 | 8 | 12),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(datatype: Datatype, good: &[&str], bad: &[&str]) {
        good.iter()
            .for_each(|text| assert!(datatype.accepts_text(text), "{text:?} is a {}", datatype.name()));
        bad.iter()
            .for_each(|text| assert!(!datatype.accepts_text(text), "{text:?} is no {}", datatype.name()));
    }

    #[test]
    fn texts_are_judged_by_their_type() {
        holds(Datatype::Token, &["ac-1", "_a.b", "管理策1"], &["1a", "", "a b", "-a", "a:b"]);
        holds(
            Datatype::Date,
            &["2024-02-29", "1999-12-31Z", "2000-02-29+09:00"],
            &["2023-02-29", "2024-13-01", "2024-1-1", "1899-01-01"],
        );
        let times = ["2021-06-08T13:57:28.355446-04:00", "2024-02-29T23:59:59Z", "2024-01-01T00:00:00+05:45"];
        holds(
            Datatype::DateTime,
            &times,
            &[
                "2021-06-08T13:57:28",
                "2021-06-08",
                "2021-06-08T24:00:00Z",
                "2021-06-08T13:57:28.Z",
                "2024-01-01T00:00:00+05:15",
            ],
        );
        holds(
            Datatype::Uuid,
            &["6498eb6e-8653-4470-8b97-54054d3ba886"],
            &["6498eb6e-8653-1470-8b97-54054d3ba886", "6498eb6e86534470-8b97-54054d3ba886", ""],
        );
        holds(
            Datatype::Uri,
            &["https://example.org/a?b#c", "urn:x:y"],
            &["example.org", "http:", "http://a b", "1a:b"],
        );
        holds(Datatype::UriReference, &["#ac-1", "../a.xml", ""], &["a b", "%zz"]);
        holds(Datatype::String, &["a", "a b"], &["", " a", "a ", "a\nb"]);
        holds(Datatype::Email, &["a@b"], &["a", "@b", "a@"]);
        holds(Datatype::Base64, &["aGk=", "aGk"], &["", "a===", "a b"]);
    }
}
