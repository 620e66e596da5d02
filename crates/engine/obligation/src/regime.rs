//! What a regime file says: a law, its duties, their clocks, its forms.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, WrittenClock};
use crate::condition::{Condition, Written};
use crate::error::{Error, Result};
use crate::facts::{Vocabulary, zone};
use crate::form::{Form, Phase};

/// Whether a regime binds, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    InForce,
    NotInForce,
    /// A part of the rule was not confirmed in its source; `note` says which.
    ToBeVerified,
}

impl Standing {
    /// The words that outputs use.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::NotInForce => "not in force",
            Self::ToBeVerified => "to be verified",
        }
    }
}

/// A duty's place: the regime in the rulebook, the duty in the regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DutyId {
    pub(crate) regime: usize,
    pub(crate) duty: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    title_ja: String,
    law: String,
    source: String,
    status: Standing,
    #[serde(default)]
    note: String,
    from: Option<Date>,
    until: Option<Date>,
    zone: Option<String>,
    #[serde(default)]
    calendars: Vec<String>,
    applies: Written,
    duty: Vec<DutyFile>,
    #[serde(default)]
    form: Vec<Form>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DutyFile {
    id: String,
    title: String,
    article: String,
    phase: Phase,
    recipient: String,
    form: Option<String>,
    when: Option<Written>,
    clock: Vec<WrittenClock>,
}

/// A law with its duties.
#[derive(Debug, Clone)]
pub struct Regime {
    pub id: String,
    pub title: String,
    pub title_ja: String,
    /// The act, with its number.
    pub law: String,
    /// What was read, and when.
    pub source: String,
    pub standing: Standing,
    pub note: String,
    /// First and last day on which an anchor may lie.
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub(crate) zone: Option<TimeZone>,
    pub(crate) calendars: Vec<String>,
    pub(crate) applies: Condition,
    pub duties: Vec<Duty>,
    pub forms: Vec<Form>,
}

/// One thing to be told to someone.
#[derive(Debug, Clone)]
pub struct Duty {
    pub id: String,
    pub title: String,
    pub article: String,
    pub phase: Phase,
    pub recipient: String,
    pub form: Option<String>,
    pub(crate) when: Option<Condition>,
    pub(crate) clocks: Vec<Clock>,
}

/// What the names of a regime file are looked up in.
pub(crate) struct Names<'a> {
    pub vocabulary: &'a Vocabulary,
    pub regime: usize,
    pub duties: Vec<String>,
}

impl Names<'_> {
    pub(crate) fn duty(&self, id: &str) -> Result<DutyId> {
        let found = self.duties.iter().position(|duty| duty == id);
        found.map(|duty| DutyId { regime: self.regime, duty }).ok_or_else(|| Error::NotFound {
            what: "duty",
            id: id.to_owned(),
            known: self.duties.join(", "),
        })
    }
}

impl Regime {
    pub(crate) fn read(id: &str, text: &str, at: usize, vocabulary: &Vocabulary) -> Result<Self> {
        let place = format!("regimes/{id}.toml");
        let file: File = toml::from_str(text).map_err(|error| Error::parse(&place, error.to_string()))?;
        let names =
            Names { vocabulary, regime: at, duties: file.duty.iter().map(|duty| duty.id.clone()).collect() };
        let duties =
            file.duty.into_iter().map(|duty| Duty::read(duty, &names, &place)).collect::<Result<Vec<_>>>()?;
        for duty in &duties {
            let known = duty.form.as_ref().is_none_or(|id| file.form.iter().any(|form| form.id == *id));
            if !known {
                return Err(Error::invalid(
                    &place,
                    format!("duty {} names a form that is not there", duty.id),
                ));
            }
        }
        Ok(Self {
            id: id.to_owned(),
            title: file.title,
            title_ja: file.title_ja,
            law: file.law,
            source: file.source,
            standing: file.status,
            note: file.note,
            from: file.from,
            until: file.until,
            zone: file.zone.as_deref().map(|name| zone(name, &place)).transpose()?,
            calendars: file.calendars,
            applies: file.applies.resolve(&names, &place)?,
            duties,
            forms: file.form,
        })
    }
}

impl Duty {
    fn read(file: DutyFile, names: &Names<'_>, place: &str) -> Result<Self> {
        let place = format!("{place}, duty {}", file.id);
        if file.clock.is_empty() {
            return Err(Error::invalid(&place, "a duty has at least one clock"));
        }
        Ok(Self {
            when: file.when.as_ref().map(|when| when.resolve(names, &place)).transpose()?,
            clocks: file.clock.iter().map(|clock| clock.resolve(names, &place)).collect::<Result<_>>()?,
            id: file.id,
            title: file.title,
            article: file.article,
            phase: file.phase,
            recipient: file.recipient,
            form: file.form,
        })
    }
}
