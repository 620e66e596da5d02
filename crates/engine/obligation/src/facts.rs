//! The vocabulary of facts: every name that a trigger, an anchor or an event may use, with its kind.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::{Error, Result};

const FILE: &str = include_str!("../facts.toml");

/// What values a fact takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A moment: RFC 3339 with offset, a local time in the zone of the event, or a day (its first moment).
    Instant,
    /// true or false.
    Flag,
    /// A whole number, not negative.
    Count,
    /// One of the fact's words.
    Word,
    /// Some of the fact's words. What is not among them is not the case.
    Words,
}

/// One entry of the vocabulary.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub kind: Kind,
    /// What the fact says.
    pub meaning: String,
    /// What holds while nobody said anything; without it the absence is "not known".
    pub absent: Option<bool>,
    /// The words that the fact may take.
    #[serde(default)]
    pub words: Vec<String>,
}

/// Place of a fact in the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactId(pub(crate) u16);

/// All facts by name.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    names: Vec<String>,
    definitions: Vec<Definition>,
}

/// A value of a fact, checked against its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The moment, and whether only its day was given.
    Instant(Timestamp, bool),
    Flag(bool),
    Count(u64),
    Words(Vec<String>),
}

impl Vocabulary {
    /// The vocabulary of this build.
    ///
    /// # Errors
    /// `Parse` when the file of this crate is not of its form.
    pub fn embedded() -> Result<Self> {
        let entries: BTreeMap<String, Definition> =
            toml::from_str(FILE).map_err(|error| Error::parse("facts.toml", error.to_string()))?;
        let (names, definitions) = entries.into_iter().unzip();
        Ok(Self { names, definitions })
    }

    /// The fact of this name.
    ///
    /// # Errors
    /// `NotFound` with the names that exist.
    pub fn id(&self, name: &str) -> Result<FactId> {
        let found = self.names.binary_search_by(|other| other.as_str().cmp(name));
        found.map(|at| FactId(at as u16)).map_err(|_| Error::NotFound {
            what: "fact",
            id: name.chars().take(80).collect(),
            known: self.names.join(", "),
        })
    }

    #[must_use]
    pub fn name(&self, id: FactId) -> &str {
        &self.names[usize::from(id.0)]
    }

    #[must_use]
    pub fn definition(&self, id: FactId) -> &Definition {
        &self.definitions[usize::from(id.0)]
    }

    /// Names and definitions in the order of the names.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Definition)> {
        self.names.iter().map(String::as_str).zip(&self.definitions)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Checks a value of an event against the kind of its fact; local times are read in `zone`.
    ///
    /// # Errors
    /// `Invalid` with `place` and what would be right.
    pub fn value(&self, id: FactId, value: &Json, zone: &TimeZone, place: &str) -> Result<Value> {
        let definition = self.definition(id);
        let wrong = |right: &str| Err(Error::invalid(place, format!("`{}` must be {right}", self.name(id))));
        match (definition.kind, value) {
            (Kind::Instant, Json::String(text)) => {
                instant(text, zone, place).map(|(at, day)| Value::Instant(at, day))
            }
            (Kind::Instant, _) => wrong("a time"),
            (Kind::Flag, Json::Bool(flag)) => Ok(Value::Flag(*flag)),
            (Kind::Flag, _) => wrong("true or false"),
            (Kind::Count, Json::Number(number)) => match number.as_u64() {
                Some(count) => Ok(Value::Count(count)),
                None => wrong("a whole number, not negative"),
            },
            (Kind::Count, _) => wrong("a whole number, not negative"),
            (Kind::Word, Json::String(word)) => words(definition, [word.as_str()], place),
            (Kind::Words, Json::Array(list)) => {
                let texts: Option<Vec<&str>> = list.iter().map(Json::as_str).collect();
                match texts {
                    Some(texts) => words(definition, texts, place),
                    None => wrong("a list of words"),
                }
            }
            (Kind::Word, _) => wrong("a word"),
            (Kind::Words, _) => wrong("a list of words"),
        }
    }
}

fn words<'a>(
    definition: &Definition,
    texts: impl IntoIterator<Item = &'a str>,
    place: &str,
) -> Result<Value> {
    let mut found = Vec::new();
    for text in texts {
        if !definition.words.iter().any(|word| word == text) {
            let text: String = text.chars().take(80).collect();
            return Err(Error::invalid(
                place,
                format!("`{text}` is none of {}", definition.words.join(", ")),
            ));
        }
        found.push(text.to_owned());
    }
    found.sort();
    found.dedup();
    Ok(Value::Words(found))
}

/// A time of an event: with offset, local, or a day. The flag says that only the day was given.
///
/// # Errors
/// `Invalid` with `place`.
pub fn instant(text: &str, zone: &TimeZone, place: &str) -> Result<(Timestamp, bool)> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok((at, false));
    }
    let short: String = text.chars().take(60).collect();
    let unreadable =
        || Error::invalid(place, format!("`{short}` is no time; write 2026-10-02T09:30:00+09:00"));
    if let Ok(day) = text.parse::<jiff::civil::Date>()
        && text.len() <= 10
    {
        let at = day.to_zoned(zone.clone()).map_err(|_| unreadable())?;
        return Ok((at.timestamp(), true));
    }
    let local: jiff::civil::DateTime = text.parse().map_err(|_| unreadable())?;
    let at = local.to_zoned(zone.clone()).map_err(|_| unreadable())?;
    Ok((at.timestamp(), false))
}

/// A named zone of the tz database that this build carries.
///
/// # Errors
/// `Invalid` with `place`.
pub fn zone(name: &str, place: &str) -> Result<TimeZone> {
    jiff::tz::TimeZoneDatabase::bundled().get(name).map_err(|_| {
        let name: String = name.chars().take(60).collect();
        Error::invalid(place, format!("`{name}` is no zone of the tz database; write for example Asia/Tokyo"))
    })
}
