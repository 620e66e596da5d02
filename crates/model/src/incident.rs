//! An accident, malicious or not, as a registry keeps it: when, where, why, what was harmed, how much of it, how it
//! became known, what it cost, and who says so (measure M31: continuous collection of accident data).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Result,
    object::{Field, FieldValues, Record},
};

pub use self::vocabulary::{Cause, Channel, Column, CostKind, Effect, Malice, Sector, Unit};
use crate::{
    bounds::{MAXIMUM_NUMBER, MAXIMUM_TITLE_BYTES, check_entries, check_text, check_url},
    partial_date::PartialDate,
};

mod vocabulary;

/// Bytes of a summary.
pub const MAXIMUM_SUMMARY_BYTES: usize = 20_000;
/// Bytes of any other text: a place, a note, the title of a source.
pub const MAXIMUM_TEXT_BYTES: usize = 1_000;
/// Magnitudes, costs or sources of one accident.
pub const MAXIMUM_ENTRIES: usize = 32;

/// Accidents in the tables of the strategy.
pub const FOUNDING_NUMBERS: u8 = 34;

/// An accident of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// At least one of the two titles is there.
    #[serde(default)]
    pub title_ja: String,
    #[serde(default)]
    pub title_en: String,
    #[serde(default)]
    pub summary_ja: String,
    #[serde(default)]
    pub summary_en: String,
    /// When it began.
    pub date: PartialDate,
    /// When it was over, if it lasted and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<PartialDate>,
    pub sector: Sector,
    #[serde(default)]
    pub place: Place,
    pub cause: Cause,
    /// Stated only where the recorder knows better than the cause tells; see [`Incident::malice`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malicious: Option<Malice>,
    /// Empty when nothing was harmed (a near miss) or nothing is known.
    #[serde(default)]
    pub effects: BTreeSet<Effect>,
    #[serde(default)]
    pub magnitudes: Vec<Magnitude>,
    pub channel: Channel,
    /// When it became known through the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_on: Option<PartialDate>,
    #[serde(default)]
    pub costs: Vec<Cost>,
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Only the 34 accidents with which the registry began have this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founding: Option<Founding>,
}

/// Where it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// ISO 3166-1, two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// JIS X 0401, `01` to `47`; only in Japan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    #[serde(default)]
    pub text: String,
}

/// A number with what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Magnitude {
    pub value: u64,
    /// The upper end when a range is given: 30 to 180 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<u64>,
    pub unit: Unit,
    /// "About": the source rounded or estimated.
    #[serde(default)]
    pub approximate: bool,
    #[serde(default)]
    pub note: String,
}

/// An entry of the cost ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub kind: CostKind,
    /// In whole units of the currency.
    pub amount: u64,
    /// ISO 4217, three letters.
    pub currency: String,
    /// How many observations the amount rests on, when it is an average or a sum over several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// Who says so. No amount without it.
    pub source: String,
}

/// Where the account of the accident comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub title: String,
    /// `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PartialDate>,
}

/// Where the strategy of 2003 printed the accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// 1: services that stopped; 2: information that leaked or was changed.
    #[schema(minimum = 1, maximum = 2)]
    pub table: u8,
    pub column: Column,
    /// From 1 to 34 through both tables.
    #[schema(minimum = 1, maximum = 34)]
    pub number: u8,
}

impl Founding {
    /// The effect that the table is about.
    pub fn table_effect(self) -> &'static str {
        if self.table == 1 { "availability" } else { "confidentiality_integrity" }
    }
}

impl Incident {
    /// Whether somebody meant it: as stated, or else as the cause implies.
    pub fn malice(&self) -> Malice {
        self.malicious.unwrap_or_else(|| self.cause.implies_malice())
    }

    /// As the strategy printed it, or else as the sector implies.
    pub fn column(&self) -> Column {
        self.founding.map_or_else(|| self.sector.column(), |founding| founding.column)
    }

    /// Days from the beginning until it became known, at least and at most; as sharp as the two dates are.
    pub fn reporting_delay_days(&self) -> Option<(i64, i64)> {
        self.reported_on.as_ref().map(|reported| {
            let (least, most) = self.date.days_until(reported);
            (least.max(0), most.max(0))
        })
    }

    /// The same with white space around texts taken off and line ends made one character: how every record is
    /// saved, so that a text has one form.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        let cost_texts = self.costs.iter_mut().flat_map(|cost| [&mut cost.currency, &mut cost.source]);
        let source_texts = self.sources.iter_mut().map(|source| &mut source.title);
        let notes = self.magnitudes.iter_mut().map(|magnitude| &mut magnitude.note);
        [
            &mut self.title_ja,
            &mut self.title_en,
            &mut self.summary_ja,
            &mut self.summary_en,
            &mut self.place.text,
        ]
        .into_iter()
        .chain(cost_texts)
        .chain(source_texts)
        .chain(notes)
        .for_each(|text| {
            if text.contains('\r') {
                *text = text.replace("\r\n", "\n").replace('\r', "\n");
            }
            let trimmed = text.trim();
            if trimmed.len() != text.len() {
                *text = trimmed.to_owned();
            }
        });
        self
    }

    fn check_dates(&self) -> Result<()> {
        if self.end.as_ref().is_some_and(|end| end.is_surely_before(&self.date)) {
            return Err(Error::invalid("end", "is before the date on which it began"));
        }
        if self.reported_on.as_ref().is_some_and(|reported| reported.is_surely_before(&self.date)) {
            return Err(Error::invalid("reported_on", "is before the date on which it began"));
        }
        Ok(())
    }

    fn check_founding(&self) -> Result<()> {
        let Some(founding) = self.founding else { return Ok(()) };
        if !(1..=2).contains(&founding.table) {
            return Err(Error::invalid("founding.table", "must be 1 or 2"));
        }
        if !(1..=FOUNDING_NUMBERS).contains(&founding.number) {
            return Err(Error::invalid("founding.number", format!("must be from 1 to {FOUNDING_NUMBERS}")));
        }
        Ok(())
    }
}

impl Place {
    fn check(&self) -> Result<()> {
        if let Some(country) = &self.country
            && !(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            return Err(Error::invalid("place.country", "must be two capital letters (ISO 3166-1): JP"));
        }
        if let Some(prefecture) = &self.prefecture {
            let number = Some(prefecture).filter(|text| text.len() == 2).and_then(|text| text.parse().ok());
            if !number.is_some_and(|number: u8| (1..=47).contains(&number) && !prefecture.starts_with('+')) {
                return Err(Error::invalid("place.prefecture", "must be from 01 to 47 (JIS X 0401)"));
            }
            if self.country.as_deref() != Some("JP") {
                return Err(Error::invalid("place.prefecture", "is only for accidents in JP"));
            }
        }
        check_trimmed("place.text", &self.text, MAXIMUM_TEXT_BYTES)
    }
}

impl Magnitude {
    fn check(&self, number: usize) -> Result<()> {
        let name = |part: &str| format!("magnitudes[{number}].{part}");
        check_number(&name("value"), self.value)?;
        if let Some(upper) = self.upper {
            check_number(&name("upper"), upper)?;
            if upper <= self.value {
                return Err(Error::invalid(name("upper"), "must be greater than the value"));
            }
        }
        check_trimmed(&name("note"), &self.note, MAXIMUM_TEXT_BYTES)
    }
}

impl Cost {
    fn check(&self, number: usize) -> Result<()> {
        let name = |part: &str| format!("costs[{number}].{part}");
        check_number(&name("amount"), self.amount)?;
        if !(self.currency.len() == 3 && self.currency.bytes().all(|byte| byte.is_ascii_uppercase())) {
            return Err(Error::invalid(name("currency"), "must be three capital letters (ISO 4217): JPY"));
        }
        if let Some(n) = self.n {
            check_number(&name("n"), n)?;
            if n == 0 {
                return Err(Error::invalid(name("n"), "must be at least 1: an amount rests on something"));
            }
        }
        check_trimmed(&name("source"), &self.source, MAXIMUM_TEXT_BYTES)?;
        if self.source.is_empty() {
            return Err(Error::invalid(name("source"), "must say where the amount comes from"));
        }
        Ok(())
    }
}

impl Source {
    fn check(&self, number: usize) -> Result<()> {
        let name = |part: &str| format!("sources[{number}].{part}");
        check_trimmed(&name("title"), &self.title, MAXIMUM_TEXT_BYTES)?;
        if self.title.is_empty() {
            return Err(Error::invalid(name("title"), "must not be empty"));
        }
        self.url.as_ref().map_or(Ok(()), |url| check_url(&name("url"), url))
    }
}

fn check_number(field: &str, number: u64) -> Result<()> {
    if number > MAXIMUM_NUMBER {
        return Err(Error::invalid(field, format!("must be at most {MAXIMUM_NUMBER}")));
    }
    Ok(())
}

/// As every text is kept: see [`Incident::trimmed`].
fn check_trimmed(field: &str, text: &str, maximum: usize) -> Result<()> {
    check_text(field, text, maximum)?;
    if text.trim().len() != text.len() {
        return Err(Error::invalid(field, "begins or ends with white space"));
    }
    Ok(())
}

impl Record for Incident {
    const KIND: &'static str = "incident";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "sector", facet: true },
        Field { name: "cause", facet: true },
        Field { name: "effect", facet: true },
        Field { name: "malicious", facet: true },
        Field { name: "channel", facet: true },
        Field { name: "column", facet: true },
        Field { name: "has_sources", facet: true },
        Field { name: "has_cost", facet: true },
        Field { name: "year", facet: true },
        Field { name: "synthetic", facet: true },
        Field { name: "sector_cause", facet: true },
        Field { name: "year_cause", facet: true },
        Field { name: "founding_cell", facet: true },
        Field { name: "date", facet: false },
    ];

    fn validate(&self) -> Result<()> {
        check_trimmed("title_ja", &self.title_ja, MAXIMUM_TITLE_BYTES)?;
        check_trimmed("title_en", &self.title_en, MAXIMUM_TITLE_BYTES)?;
        if self.title_ja.is_empty() && self.title_en.is_empty() {
            return Err(Error::invalid("title_ja", "a title in Japanese or English is needed"));
        }
        if self.title_ja.contains('\n') || self.title_en.contains('\n') {
            return Err(Error::invalid("title_ja", "a title is one line"));
        }
        check_trimmed("summary_ja", &self.summary_ja, MAXIMUM_SUMMARY_BYTES)?;
        check_trimmed("summary_en", &self.summary_en, MAXIMUM_SUMMARY_BYTES)?;
        self.check_dates()?;
        self.place.check()?;
        check_entries("magnitudes", self.magnitudes.len(), MAXIMUM_ENTRIES)?;
        self.magnitudes.iter().enumerate().try_for_each(|(number, entry)| entry.check(number))?;
        check_entries("costs", self.costs.len(), MAXIMUM_ENTRIES)?;
        self.costs.iter().enumerate().try_for_each(|(number, entry)| entry.check(number))?;
        check_entries("sources", self.sources.len(), MAXIMUM_ENTRIES)?;
        self.sources.iter().enumerate().try_for_each(|(number, entry)| entry.check(number))?;
        self.check_founding()
    }

    fn index(&self, values: &mut FieldValues) {
        let truth = |value: bool| if value { "true" } else { "false" };
        let kept = if values.is_synthetic() { "synthetic" } else { "real" };
        values.text("sector", self.sector.as_str());
        values.text("cause", self.cause.as_str());
        for effect in &self.effects {
            values.text("effect", effect.as_str());
        }
        values.text("malicious", self.malice().as_str());
        values.text("channel", self.channel.as_str());
        values.text("column", self.column().as_str());
        values.text("has_sources", truth(!self.sources.is_empty()));
        values.text("has_cost", truth(!self.costs.is_empty()));
        values.text("year", self.date.year());
        values.text("synthetic", truth(values.is_synthetic()));
        // Charts over two fields are read from one counter, and inventions are never counted as facts.
        values.text("sector_cause", &format!("{kept}/{}/{}", self.sector, self.cause));
        values.text("year_cause", &format!("{kept}/{}/{}", self.date.year(), self.cause));
        if let Some(founding) = self.founding {
            values.text("founding_cell", &format!("{}/{}", founding.table_effect(), founding.column));
        }
        values.text("date", self.date.as_str());
    }

    fn title(&self) -> String {
        if self.title_ja.is_empty() { self.title_en.clone() } else { self.title_ja.clone() }
    }

    fn texts(&self) -> Vec<&str> {
        let notes = self.magnitudes.iter().map(|magnitude| magnitude.note.as_str());
        let sources = self.sources.iter().map(|source| source.title.as_str());
        [&self.title_ja, &self.title_en, &self.place.text, &self.summary_ja, &self.summary_en]
            .into_iter()
            .map(String::as_str)
            .chain(notes)
            .chain(sources)
            .filter(|text| !text.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests;
