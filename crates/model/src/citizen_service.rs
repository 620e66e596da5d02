//! A service that an organisation offers to citizens: what stops for people when the organisation stops.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Result,
    object::{Field, FieldValues, Record},
};

use crate::{
    bounds::{MAXIMUM_NOTE_BYTES, MAXIMUM_NUMBER, check_text, check_url},
    organisation::{check_code, check_name},
};

/// Hours of the longest outage that a record can call tolerable: a year.
const MAXIMUM_HOURS: u32 = 8_784;

/// A service to citizens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitizenService {
    /// Code of the organisation that offers it.
    pub organisation: String,
    /// At least one of the two names is there.
    #[serde(default)]
    pub name_ja: String,
    #[serde(default)]
    pub name_en: String,
    /// How many people rely on it, about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people_served: Option<u64>,
    /// Hours without it that people can bear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerable_outage_hours: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default)]
    pub note: String,
}

impl Record for CitizenService {
    const KIND: &'static str = "citizen_service";
    const SCHEMA: u16 = 1;
    const LABEL_FOLLOWS_RECORD: bool = true;
    const FIELDS: &'static [Field] =
        &[Field { name: "organisation", facet: false }, Field { name: "synthetic", facet: true }];

    fn validate(&self) -> Result<()> {
        check_code("organisation", &self.organisation)?;
        check_name("name_ja", &self.name_ja)?;
        check_name("name_en", &self.name_en)?;
        if self.name_ja.is_empty() && self.name_en.is_empty() {
            return Err(Error::invalid("name_ja", "a name in Japanese or English is needed"));
        }
        if self.people_served.is_some_and(|people| people > MAXIMUM_NUMBER) {
            return Err(Error::invalid("people_served", format!("must be at most {MAXIMUM_NUMBER}")));
        }
        if self.tolerable_outage_hours.is_some_and(|hours| hours > MAXIMUM_HOURS) {
            return Err(Error::invalid("tolerable_outage_hours", format!("must be at most {MAXIMUM_HOURS}")));
        }
        if let Some(url) = &self.url {
            check_url("url", url)?;
        }
        check_text("note", &self.note, MAXIMUM_NOTE_BYTES)
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("organisation", &self.organisation);
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        if self.name_ja.is_empty() { self.name_en.clone() } else { self.name_ja.clone() }
    }

    fn texts(&self) -> Vec<&str> {
        let texts = [&self.name_ja, &self.name_en, &self.note];
        texts.into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect()
    }
}
