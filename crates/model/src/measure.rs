//! A measure of the strategy of 2003: what was printed, and how it is steered today (all of M01 to M42).

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    object::{Field, FieldValues, Record},
};

use crate::bounds::{
    MAXIMUM_NOTE_BYTES, MAXIMUM_NUMBER, MAXIMUM_TITLE_BYTES, check_entries, check_line, check_text, check_url,
};

/// Measures of the strategy.
pub const MEASURE_COUNT: u8 = 42;
/// Bytes of the name of an organisation.
pub const MAXIMUM_ORGANISATION_BYTES: usize = 200;
/// Milestones, partners or pieces of evidence of one measure.
pub const MAXIMUM_ENTRIES: usize = 60;

/// The rows of the annex table.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PrintedRow {
    Prevention,
    Response,
    Base,
}

impl PrintedRow {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prevention => "prevention",
            Self::Response => "response",
            Self::Base => "base",
        }
    }
}

/// The columns of the annex table; the last three are the groups of the base row, which has no sectors.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PrintedColumn {
    Government,
    CriticalInfrastructure,
    FirmsIndividuals,
    Sovereignty,
    CrimePrivacyInternational,
    BasicTechnology,
}

impl PrintedColumn {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Government => "government",
            Self::CriticalInfrastructure => "critical_infrastructure",
            Self::FirmsIndividuals => "firms_individuals",
            Self::Sovereignty => "sovereignty",
            Self::CrimePrivacyInternational => "crime_privacy_international",
            Self::BasicTechnology => "basic_technology",
        }
    }
}

#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MeasureStatus {
    NotStarted,
    Planned,
    InProgress,
    Achieved,
    /// Something outside the measure must move first.
    Blocked,
    /// Nobody has said anything yet.
    #[default]
    Unknown,
}

impl MeasureStatus {
    pub const ALL: [Self; 6] =
        [Self::NotStarted, Self::Planned, Self::InProgress, Self::Achieved, Self::Blocked, Self::Unknown];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Planned => "planned",
            Self::InProgress => "in_progress",
            Self::Achieved => "achieved",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// A step with the day by which it is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    pub title: String,
    #[schema(value_type = String, format = Date)]
    pub due: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub done_on: Option<Date>,
}

/// What the measure may cost in a fiscal year, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// In whole units of the currency.
    pub amount: u64,
    /// ISO 4217, three letters.
    pub currency: String,
    pub fiscal_year: u16,
    pub source: String,
}

/// What shows that something was done: a page, or a record of this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub title: String,
    /// `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
}

/// A measure. What was printed in 2003 never changes; how it is steered does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// 1 to 42, in the order of the annex table.
    #[schema(minimum = 1, maximum = 42)]
    pub no: u8,
    /// 1 to 3: the strategy that it belongs to.
    #[schema(minimum = 1, maximum = 3)]
    pub strategy: u8,
    pub printed_row: PrintedRow,
    pub printed_column: PrintedColumn,
    pub group_heading: String,
    pub group_heading_en: String,
    /// What the heading itself says; differs from the printed row for 22 to 28.
    pub effective_phase: PrintedRow,
    pub title_ja: String,
    pub title_en: String,
    /// The first measure with this very title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_title_as: Option<u8>,
    /// The organisation that answers for it; the kernel knows it as the owner of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default)]
    pub partners: BTreeSet<String>,
    #[serde(default)]
    pub status: MeasureStatus,
    #[serde(default)]
    pub milestones: Vec<Milestone>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    #[serde(default)]
    pub note: String,
}

impl Measure {
    /// The id of a measure, the same on every node.
    pub fn id_of(no: u8) -> ObjectId {
        ObjectId::named(&format!("programme/measure/{no}"))
    }

    fn check_lists(&self) -> Result<()> {
        check_entries("partners", self.partners.len(), MAXIMUM_ENTRIES)?;
        for partner in &self.partners {
            check_line("partners", partner, MAXIMUM_ORGANISATION_BYTES)?;
        }
        check_entries("milestones", self.milestones.len(), MAXIMUM_ENTRIES)?;
        for (place, milestone) in self.milestones.iter().enumerate() {
            check_line(&format!("milestones[{place}].title"), &milestone.title, MAXIMUM_TITLE_BYTES)?;
        }
        check_entries("evidence", self.evidence.len(), MAXIMUM_ENTRIES)?;
        for (place, evidence) in self.evidence.iter().enumerate() {
            check_line(&format!("evidence[{place}].title"), &evidence.title, MAXIMUM_TITLE_BYTES)?;
            if let Some(url) = &evidence.url {
                check_url(&format!("evidence[{place}].url"), url)?;
            }
        }
        Ok(())
    }
}

impl Budget {
    fn check(&self) -> Result<()> {
        if self.amount > MAXIMUM_NUMBER {
            return Err(Error::invalid("budget.amount", format!("must be at most {MAXIMUM_NUMBER}")));
        }
        if !(self.currency.len() == 3 && self.currency.bytes().all(|byte| byte.is_ascii_uppercase())) {
            return Err(Error::invalid("budget.currency", "must be three capital letters (ISO 4217): JPY"));
        }
        if !(1990..=2199).contains(&self.fiscal_year) {
            return Err(Error::invalid("budget.fiscal_year", "must be from 1990 to 2199"));
        }
        check_line("budget.source", &self.source, MAXIMUM_TITLE_BYTES)
    }
}

impl Record for Measure {
    const KIND: &'static str = "measure";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "no", facet: false },
        Field { name: "printed_row", facet: true },
        Field { name: "printed_column", facet: true },
        Field { name: "status", facet: true },
        Field { name: "owner", facet: true },
        Field { name: "has_owner", facet: true },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        if !(1..=MEASURE_COUNT).contains(&self.no) {
            return Err(Error::invalid("no", format!("must be from 1 to {MEASURE_COUNT}")));
        }
        if !(1..=3).contains(&self.strategy) {
            return Err(Error::invalid("strategy", "must be from 1 to 3"));
        }
        check_line("group_heading", &self.group_heading, MAXIMUM_TITLE_BYTES)?;
        check_line("group_heading_en", &self.group_heading_en, MAXIMUM_TITLE_BYTES)?;
        check_line("title_ja", &self.title_ja, MAXIMUM_TITLE_BYTES)?;
        check_line("title_en", &self.title_en, MAXIMUM_TITLE_BYTES)?;
        if self.same_title_as.is_some_and(|first| first == 0 || first >= self.no) {
            return Err(Error::invalid("same_title_as", "must be an earlier measure"));
        }
        if let Some(owner) = &self.owner {
            check_line("owner", owner, MAXIMUM_ORGANISATION_BYTES)?;
        }
        self.check_lists()?;
        self.budget.as_ref().map_or(Ok(()), Budget::check)?;
        check_text("note", &self.note, MAXIMUM_NOTE_BYTES)
    }

    fn index(&self, values: &mut FieldValues) {
        let truth = |value: bool| if value { "true" } else { "false" };
        values.integer("no", i64::from(self.no));
        values.text("printed_row", self.printed_row.as_str());
        values.text("printed_column", self.printed_column.as_str());
        values.text("status", self.status.as_str());
        if let Some(owner) = &self.owner {
            values.text("owner", owner);
        }
        values.text("has_owner", truth(self.owner.is_some()));
        values.text("synthetic", truth(values.is_synthetic()));
    }

    fn title(&self) -> String {
        format!("M{:02} {}", self.no, self.title_ja)
    }

    fn texts(&self) -> Vec<&str> {
        let owner = self.owner.iter().map(String::as_str);
        let milestones = self.milestones.iter().map(|milestone| milestone.title.as_str());
        let evidence = self.evidence.iter().map(|evidence| evidence.title.as_str());
        [&self.title_ja, &self.title_en, &self.group_heading, &self.group_heading_en, &self.note]
            .into_iter()
            .map(String::as_str)
            .chain(owner)
            .chain(self.partners.iter().map(String::as_str))
            .chain(milestones)
            .chain(evidence)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shinayaka_kernel::object::read_body;

    fn sample() -> Measure {
        read_body(1, include_str!("../tests/samples/measure-1.json")).unwrap()
    }

    #[test]
    fn the_frozen_sample_of_schema_1_loads_whole() {
        let measure = sample();
        measure.validate().unwrap();
        assert_eq!(measure.no, 18);
        assert_eq!(measure.milestones[0].done_on.unwrap().to_string(), "2003-12-20");
        assert_eq!(measure.budget.as_ref().unwrap().amount, 120_000_000);
        assert_eq!(measure.evidence.len(), 2);
    }

    #[test]
    fn a_fault_is_named() {
        type Breaker = fn(&mut Measure);
        let cases: [(&str, Breaker); 9] = [
            ("no", |m| m.no = 43),
            ("strategy", |m| m.strategy = 0),
            ("same_title_as", |m| m.same_title_as = Some(18)),
            ("owner", |m| m.owner = Some(" ".into())),
            ("milestones[1].title", |m| m.milestones[1].title = "長".repeat(200)),
            ("evidence[0].url", |m| m.evidence[0].url = Some("javascript:alert(1)".into())),
            ("budget.currency", |m| m.budget.as_mut().unwrap().currency = "yen".into()),
            ("budget.source", |m| m.budget.as_mut().unwrap().source = String::new()),
            ("note", |m| m.note = "a\u{0}b".into()),
        ];
        for (expected, spoil) in cases {
            let mut measure = sample();
            spoil(&mut measure);
            let Err(Error::Invalid { field, .. }) = measure.validate() else {
                panic!("{expected} was taken")
            };
            assert_eq!(field, expected);
        }
    }

    #[test]
    fn a_measure_without_owner_is_counted_as_such() {
        let mut measure = sample();
        measure.owner = None;
        let mut values = FieldValues::kept(true);
        measure.index(&mut values);
        assert!(values.0.contains(&("has_owner", b"false".to_vec())));
        assert!(values.0.contains(&("synthetic", b"true".to_vec())));
        assert!(values.0.iter().all(|(name, _)| Measure::FIELDS.iter().any(|field| field.name == *name)));
        assert!(values.0.iter().all(|(name, _)| *name != "owner"));
    }
}
