//! Simple types of XML Schema (part 2): the built-in ones that CycloneDX uses, and restrictions and unions of them.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock},
};

use regex::Regex;
use serde::Deserialize;

use super::{
    json::spdx_licences,
    xml::{Grammar, Type},
};
use crate::graph::short;

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Simple {
    Union { union: Vec<String> },
    Restriction(Restriction),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restriction {
    base: String,
    #[serde(default)]
    enumeration: Vec<String>,
    #[serde(default)]
    pattern: Vec<String>,
    min_length: Option<f64>,
    max_length: Option<f64>,
    min_inclusive: Option<f64>,
    max_inclusive: Option<f64>,
}

/// Whether the text is of the type; the rule that it breaks if not.
pub fn check(grammar: &'static Grammar, kind: &str, text: &str) -> Result<(), String> {
    if let Some(built_in) = kind.strip_prefix("xs:") {
        return check_built_in(built_in, text);
    }
    if kind == "spdx:licenseId" {
        let known = spdx_licences().iter().any(|name| name == text);
        return if known { Ok(()) } else { Err(format!("`{}` is no licence of the SPDX list", short(text))) };
    }
    match grammar.types.get(kind) {
        Some(Type::Simple(Simple::Union { union })) => {
            let errors: Vec<String> =
                union.iter().filter_map(|member| check(grammar, member, text).err()).collect();
            if errors.len() < union.len() { Ok(()) } else { Err(errors.join("; ")) }
        }
        Some(Type::Simple(Simple::Restriction(restriction))) => check_restriction(grammar, restriction, text),
        // Text of a complex type is checked with its own type.
        _ => Ok(()),
    }
}

/// The built-in type at the bottom of a restriction.
fn built_in<'a>(grammar: &'a Grammar, kind: &'a str) -> &'a str {
    let mut kind = kind;
    while let Some(Type::Simple(Simple::Restriction(restriction))) = grammar.types.get(kind) {
        kind = &restriction.base;
    }
    kind.strip_prefix("xs:").unwrap_or(kind)
}

fn check_restriction(
    grammar: &'static Grammar,
    restriction: &'static Restriction,
    text: &str,
) -> Result<(), String> {
    check(grammar, &restriction.base, text)?;
    let value = normalised(built_in(grammar, &restriction.base), text);
    if !restriction.enumeration.is_empty() && !restriction.enumeration.contains(&value) {
        return Err(format!("`{}` is none of the values of the list", short(&value)));
    }
    if !restriction.pattern.is_empty() && !restriction.pattern.iter().any(|pattern| matches(pattern, &value))
    {
        return Err(format!("`{}` does not have the form of the value", short(&value)));
    }
    let length = value.chars().count() as f64;
    if restriction.min_length.is_some_and(|min| length < min)
        || restriction.max_length.is_some_and(|max| length > max)
    {
        return Err(format!("`{}` is too short or too long", short(&value)));
    }
    if restriction.min_inclusive.is_some() || restriction.max_inclusive.is_some() {
        let number: f64 = value.parse().map_err(|_| format!("`{}` is no number", short(&value)))?;
        if restriction.min_inclusive.is_some_and(|min| number < min)
            || restriction.max_inclusive.is_some_and(|max| number > max)
        {
            return Err(format!("{number} is out of bounds"));
        }
    }
    Ok(())
}

/// White space as the type has it (XML Schema part 2, 4.3.6).
fn normalised(built_in: &str, text: &str) -> String {
    match built_in {
        "string" => text.to_owned(),
        "normalizedString" => text.replace(['\t', '\n', '\r'], " "),
        _ => text.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: OnceLock<Mutex<HashMap<&'static str, Regex>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(Mutex::default);
    let mut compiled = compiled.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let regex = compiled.entry(pattern).or_insert_with(|| {
        Regex::new(&format!("^(?:{pattern})$")).expect("the patterns of the committed rules are regular")
    });
    regex.is_match(text)
}

fn check_built_in(kind: &str, text: &str) -> Result<(), String> {
    let value = normalised(kind, text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = value.trim_start_matches(['+', '-']);
    let signs = value.len() - unsigned.len();
    let holds = match kind {
        "boolean" => matches!(value.as_str(), "true" | "false" | "1" | "0"),
        "integer" => signs <= 1 && digits(unsigned),
        "positiveInteger" => {
            signs <= 1 && !value.starts_with('-') && digits(unsigned) && unsigned.bytes().any(|b| b != b'0')
        }
        "nonNegativeInteger" => {
            signs <= 1 && digits(unsigned) && (!value.starts_with('-') || unsigned.bytes().all(|b| b == b'0'))
        }
        "decimal" => {
            let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
            signs <= 1
                && (digits(whole) || whole.is_empty())
                && (digits(fraction) || fraction.is_empty())
                && unsigned.bytes().any(|byte| byte.is_ascii_digit())
        }
        "date" => is_date_and_zone(&value),
        "dateTime" => {
            value.split_once('T').is_some_and(|(date, time)| is_date(date) && is_time_and_zone(time))
        }
        // Nearly every text is an anyURI; a second `#` or a broken `%` is not (RFC 3986).
        "anyURI" => value.matches('#').count() <= 1,
        _ => true,
    };
    if holds { Ok(()) } else { Err(format!("`{}` is no {kind}", short(&value))) }
}

fn number(text: &str, width: usize, range: std::ops::RangeInclusive<u32>) -> bool {
    text.len() == width
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number| range.contains(&number))
}

fn is_date(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let Ok(year_number) = year.parse::<u32>() else { return false };
    let leap = year_number % 4 == 0 && (year_number % 100 != 0 || year_number % 400 == 0);
    let days = match *month {
        "04" | "06" | "09" | "11" => 30,
        "02" if leap => 29,
        "02" => 28,
        _ => 31,
    };
    year.len() >= 4 && number(month, 2, 1..=12) && number(day, 2, 1..=days)
}

fn is_zone(text: &str) -> bool {
    if text.is_empty() || text == "Z" {
        return true;
    }
    text.strip_prefix(['+', '-'])
        .and_then(|zone| zone.split_once(':'))
        .is_some_and(|(hours, minutes)| number(hours, 2, 0..=14) && number(minutes, 2, 0..=59))
}

fn is_date_and_zone(text: &str) -> bool {
    let end = text.char_indices().nth(10).map_or(text.len(), |(end, _)| end);
    is_date(&text[..end]) && is_zone(&text[end..])
}

fn is_time_and_zone(text: &str) -> bool {
    let end = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at(end);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let parts: Vec<&str> = time.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else { return false };
    let midnight = time == "24:00:00" && fraction.bytes().all(|byte| byte == b'0');
    let within = number(hours, 2, 0..=23) && number(minutes, 2, 0..=59) && number(seconds, 2, 0..=59);
    let fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (within || midnight) && fraction && is_zone(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_types_hold_what_they_should() {
        let good = [
            ("boolean", " true "),
            ("integer", "-12"),
            ("positiveInteger", "+01"),
            ("nonNegativeInteger", "-0"),
            ("decimal", ".5"),
            ("date", "2024-02-29+09:00"),
            ("dateTime", "2020-04-13T20:20:39.5Z"),
            ("dateTime", "2020-04-13T24:00:00"),
            ("anyURI", "https://example.org/a b#c"),
        ];
        let bad = [
            ("boolean", "yes"),
            ("integer", "1.0"),
            ("integer", "--1"),
            ("positiveInteger", "0"),
            ("nonNegativeInteger", "-1"),
            ("decimal", "1e3"),
            ("date", "2023-02-29"),
            ("date", "2023-13-01"),
            ("dateTime", "2020-04-13"),
            ("dateTime", "2020-04-13T20:60:39Z"),
            ("dateTime", "2020-04-13 20:20:39Z"),
            ("anyURI", "https://example.org/#a#b"),
        ];
        for (kind, text) in good {
            assert_eq!(check_built_in(kind, text), Ok(()), "{kind} {text}");
        }
        for (kind, text) in bad {
            assert!(check_built_in(kind, text).is_err(), "{kind} {text}");
        }
    }
}
