//! Reading accidents, one by one and in pages.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    ObjectId, Reader, Result,
    access::{FilterValue, ListRequest},
    label::Action,
    object::Stored,
    page::Page,
};
use shinayaka_model::{
    incident::{Cause, Channel, Column, Effect, Incident, Malice, Sector},
    partial_date::Precision,
};

/// An accident with what follows from it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Entry {
    #[serde(flatten)]
    pub stored: Stored<Incident>,
    pub derived: Derived,
    /// True if the reader may change it.
    pub may_edit: bool,
}

/// What the record says without saying it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Derived {
    /// As stated, or else as the cause implies.
    pub malicious: Malice,
    pub column: Column,
    pub precision: Precision,
    /// Days from the beginning until it became known, at least and at most: as sharp as the dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporting_delay_days: Option<DelayDays>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DelayDays {
    pub least: i64,
    pub most: i64,
}

impl Derived {
    pub fn of(incident: &Incident) -> Self {
        let delay = incident.reporting_delay_days();
        Self {
            malicious: incident.malice(),
            column: incident.column(),
            precision: incident.date.precision(),
            reporting_delay_days: delay.map(|(least, most)| DelayDays { least, most }),
        }
    }
}

fn entry(reader: &Reader<'_>, stored: Stored<Incident>) -> Entry {
    let derived = Derived::of(&stored.record);
    Entry { may_edit: reader.may(&stored, Action::Update), derived, stored }
}

/// Which accidents are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    pub sector: Option<Sector>,
    pub cause: Option<Cause>,
    pub effect: Option<Effect>,
    pub column: Option<Column>,
    pub malicious: Option<Malice>,
    pub channel: Option<Channel>,
    /// The year in which it began.
    pub year: Option<u16>,
    /// Only those with, or without, at least one source.
    pub has_sources: Option<bool>,
    /// Only those with, or without, an entry in the cost ledger.
    pub has_cost: Option<bool>,
    /// Only invented ones, or only real ones.
    pub synthetic: Option<bool>,
}

impl Filter {
    pub(super) fn values(&self) -> Vec<(&'static str, FilterValue)> {
        let truth = |value: Option<bool>| value.map(|value| value.to_string());
        let values = [
            ("sector", self.sector.map(|word| word.to_string())),
            ("cause", self.cause.map(|word| word.to_string())),
            ("effect", self.effect.map(|word| word.to_string())),
            ("column", self.column.map(|word| word.to_string())),
            ("malicious", self.malicious.map(|word| word.to_string())),
            ("channel", self.channel.map(|word| word.to_string())),
            ("year", self.year.map(|year| format!("{year:04}"))),
            ("has_sources", truth(self.has_sources)),
            ("has_cost", truth(self.has_cost)),
            ("synthetic", truth(self.synthetic)),
        ];
        values
            .into_iter()
            .filter_map(|(field, value)| value.map(|value| (field, FilterValue::Text(value))))
            .collect()
    }
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
pub enum Sort {
    /// By the date of the accident, earliest first.
    #[serde(rename = "date")]
    Date,
    /// By the date of the accident, latest first.
    #[serde(rename = "-date")]
    DateDescending,
    /// By the time of recording, newest first.
    #[default]
    #[serde(rename = "recorded")]
    Recorded,
}

/// One page of accidents.
///
/// # Errors
/// [`shinayaka_kernel::Error::Invalid`] for a page token of another list or a limit out of range.
pub async fn list(
    reader: Reader<'_>,
    filter: &Filter,
    sort: Sort,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<Entry>> {
    let sort = match sort {
        Sort::Date => Some(("date", false)),
        Sort::DateDescending => Some(("date", true)),
        Sort::Recorded => None,
    };
    let page = reader.list(&ListRequest { filters: filter.values(), sort, after, limit }).await?;
    Ok(page.map(|stored| entry(&reader, stored)))
}

/// One accident.
///
/// # Errors
/// [`shinayaka_kernel::Error::NotFound`].
pub async fn get(reader: Reader<'_>, id: ObjectId) -> Result<Entry> {
    let stored = reader.get(id).await?;
    Ok(entry(&reader, stored))
}
