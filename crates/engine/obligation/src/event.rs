//! What an event file says: facts with the moment from which they were known, reports that were made, answers of the form.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::{Error, Result};

/// The schema that this build reads.
pub const SCHEMA: &str = "shinayaka.event/1";
/// Largest event file, in bytes.
pub const MAXIMUM_BYTES: usize = 4 << 20;
/// Most statements of one event.
pub const MAXIMUM_STATEMENTS: usize = 10_000;

/// An accident as its facts. Times: RFC 3339 with offset; without offset in `zone`; a day alone is its first moment.
#[derive(Debug, Clone, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// `shinayaka.event/1`.
    pub schema: String,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Zone of the tz database where the reporting organisation works; regimes without a zone of their own use it.
    pub zone: String,
    /// Calendars of working days for regimes that take them from the place of the organisation, such as `de`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<String>,
    /// Further days off (regional holidays, closings by order).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub holidays: Vec<Date>,
    /// Facts known from the beginning, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Json>,
    /// Facts with the moment from which they were known; a later one of the same name corrects the earlier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fact: Vec<Statement>,
    /// Reports that were made to authorities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub report: Vec<Submission>,
    /// Deadlines that the law leaves open, by the name that the regime gives: `30d`, `72h`, `5bd`, `1mo`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Answers to the items of the neutral form, by item.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Json>,
}

/// One statement: from `known` on this fact had this value.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub name: String,
    /// Absent when the statement withdraws the fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// When this was learnt (not when it happened).
    pub known: String,
    /// The one regime that the statement is for; it goes before the general one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A report that was made.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// `regime/duty`, for example `eu-nis2/notification`.
    pub duty: String,
    pub submitted: String,
    /// When this was entered; the time of submission when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// From `known` on, the report of this time counts as not made.
    #[serde(default)]
    pub withdrawn: bool,
}

impl Event {
    /// Reads an event from TOML or JSON; JSON begins with a brace.
    ///
    /// # Errors
    /// `Parse` with line or path, `Invalid` for another schema, `TooLarge` over the bounds.
    pub fn read(text: &str) -> Result<Self> {
        if text.len() > MAXIMUM_BYTES {
            return Err(Error::TooLarge { what: "bytes of the event", limit: MAXIMUM_BYTES });
        }
        let text = text.trim_start_matches('\u{feff}');
        let value = if text.trim_start().starts_with('{') { json(text)? } else { from_toml(text)? };
        Self::from_json(value)
    }

    fn from_json(value: Json) -> Result<Self> {
        let event: Self = serde_path_to_error::deserialize(value)
            .map_err(|error| Error::parse(error.path().to_string(), error.inner().to_string()))?;
        if event.schema != SCHEMA {
            let found: String = event.schema.chars().take(60).collect();
            return Err(Error::invalid("schema", format!("`{found}` is not {SCHEMA}")));
        }
        if event.facts.len() + event.fact.len() + event.report.len() > MAXIMUM_STATEMENTS {
            return Err(Error::TooLarge { what: "statements of the event", limit: MAXIMUM_STATEMENTS });
        }
        Ok(event)
    }
}

fn json(text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|error| {
        Error::parse(format!("line {}, column {}", error.line(), error.column()), error.to_string())
    })
}

fn from_toml(text: &str) -> Result<Json> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(""));
        let line = before.matches('\n').count() + 1;
        Error::parse(format!("line {line}"), error.message())
    })?;
    plain(toml::Value::Table(table), "")
}

/// TOML as JSON: its times become strings.
fn plain(value: toml::Value, place: &str) -> Result<Json> {
    Ok(match value {
        toml::Value::String(text) => Json::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => serde_json::Number::from_f64(number)
            .map(Json::Number)
            .ok_or_else(|| Error::invalid(place, "a number must be finite"))?,
        toml::Value::Boolean(flag) => Json::Bool(flag),
        toml::Value::Datetime(time) => Json::String(time.to_string()),
        toml::Value::Array(list) => {
            let items = list.into_iter().enumerate();
            Json::Array(
                items.map(|(at, item)| plain(item, &format!("{place}[{at}]"))).collect::<Result<_>>()?,
            )
        }
        toml::Value::Table(table) => {
            let entries = table.into_iter();
            let read = entries.map(|(key, item)| {
                let item = plain(item, &format!("{place}.{key}"))?;
                Ok((key, item))
            });
            Json::Object(read.collect::<Result<_>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_place() {
        let message = |text: &str| Event::read(text).unwrap_err().to_string();
        assert!(message("schema = \"shinayaka.event/1\"\nid = \n").starts_with("line 2:"));
        assert!(message("{\"schema\": 1}").starts_with("schema:"));
        assert!(
            message("schema = \"x\"\nid = \"a\"\nzone = \"UTC\"").contains("`x` is not shinayaka.event/1")
        );
        let text = "schema = \"shinayaka.event/1\"\nid = \"a\"\nzone = \"UTC\"\n[[fact]]\nname = \"awareness\"\nknow = 1";
        assert!(message(text).starts_with("fact[0]"), "{}", message(text));
    }

    #[test]
    fn toml_and_json_are_one_form() {
        let toml = "schema = \"shinayaka.event/1\"\nid = \"a\"\nzone = \"UTC\"\n[facts]\nawareness = 2026-01-02T03:04:05+09:00\naffected_persons = 3";
        let json = r#"{"schema": "shinayaka.event/1", "id": "a", "zone": "UTC", "facts": {"awareness": "2026-01-02T03:04:05+09:00", "affected_persons": 3}}"#;
        let (one, other) = (Event::read(toml).unwrap(), Event::read(json).unwrap());
        assert_eq!(serde_json::to_value(one).unwrap(), serde_json::to_value(other).unwrap());
    }
}
