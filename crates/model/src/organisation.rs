//! An organisation of the constituency: whom a warning can reach. Nothing is required of it beyond a name; what it
//! runs, offers and whom to call stand in records of their own ([`crate::contact`], [`crate::product_in_use`],
//! [`crate::citizen_service`], [`crate::delegation`]), which name it by its code (measures M16, M20, M29).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, ObjectId, Result,
    label::{Audience, Pap, Party, ReleaseView, Tlp},
    object::{Field, FieldValues, Record},
};

use crate::{
    area::{check_municipality, check_prefecture},
    bounds::{MAXIMUM_NOTE_BYTES, MAXIMUM_TITLE_BYTES, check_entries, check_line, check_text, check_url},
    incident::Sector,
    vocabulary::vocabulary,
};

/// Bytes of the code of an organisation or hub: as long as an index value, so that none is cut.
pub const MAXIMUM_CODE_BYTES: usize = 64;
/// Hubs of one organisation.
pub const MAXIMUM_HUBS: usize = 20;

vocabulary! {
    /// What sort of body it is.
    #[derive(Default)]
    OrganisationKind("kind") {
        /// Ministry, agency, court, parliament.
        Government = "government",
        Prefecture = "prefecture",
        Municipality = "municipality",
        /// Runs critical infrastructure.
        Operator = "operator",
        /// ISAC, CEPTOAR, prefectural council: shares information among its members.
        Hub = "hub",
        /// Response team.
        Csirt = "csirt",
        /// Makes or maintains products or systems of others.
        Vendor = "vendor",
        Enterprise = "enterprise",
        /// University, school, research institute.
        Academia = "academia",
        Association = "association",
        Individual = "individual",
        /// Nobody has said.
        #[default]
        Unknown = "unknown",
    }
}

vocabulary! {
    /// How many people work there.
    SizeBand("size") {
        UpTo20 = "up_to20",
        UpTo100 = "up_to100",
        UpTo300 = "up_to300",
        UpTo1000 = "up_to1000",
        Over1000 = "over1000",
    }
}

vocabulary! {
    /// How much of what it runs is on its list of products in use. Whoever is not `complete` may be affected by a flaw
    /// in a product that is not on the list: its exposure is unknown, not absent.
    #[derive(Default)]
    Inventory("inventory") {
        #[default]
        Unknown = "unknown",
        Partial = "partial",
        Complete = "complete",
    }
}

/// An organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Names it for good, here and in files; accounts that belong to it say this as their organisation. A hub's code is
    /// also the name of its community.
    pub code: String,
    /// At least one of the two names is there.
    #[serde(default)]
    pub name_ja: String,
    #[serde(default)]
    pub name_en: String,
    #[serde(default)]
    pub kind: OrganisationKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<Sector>,
    /// JIS X 0401, `01` to `47`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    /// JIS X 0402, five digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub municipality: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeBand>,
    /// Codes of the hubs of which it is a member; their secretaries see it.
    #[serde(default)]
    pub hubs: BTreeSet<String>,
    /// Code of the organisation of which it is a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(default)]
    pub inventory: Inventory,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(default)]
    pub note: String,
}

impl Organisation {
    /// The id of the organisation with this code: two with one code cannot exist.
    pub fn id_of(code: &str) -> ObjectId {
        ObjectId::named(&format!("constituency/organisation/{code}"))
    }

    /// Who sees it and everything that hangs on it: the house, itself, and its hubs.
    pub fn label(&self) -> Label {
        let own = [Party::House, Party::Organisation(self.code.clone())];
        let hubs = self.hubs.iter().cloned().map(Party::Community);
        Label {
            tlp: Tlp::Amber,
            audience: Audience::any_of(own.into_iter().chain(hubs)),
            pap: Pap::Amber,
            view: ReleaseView::Technical,
        }
    }

    /// The name in Japanese, or else in English.
    pub fn name(&self) -> &str {
        if self.name_ja.is_empty() { &self.name_en } else { &self.name_ja }
    }
}

/// Refuses a code that could not stand in a file, a path or a label.
///
/// # Errors
/// [`Error::Invalid`] naming the field.
pub fn check_code(field: &str, code: &str) -> Result<()> {
    check_line(field, code, MAXIMUM_CODE_BYTES)?;
    if code.contains(|character: char| character.is_whitespace() || "/;|,\"'".contains(character)) {
        return Err(Error::invalid(field, "must hold no space and none of / ; | , \" '"));
    }
    Ok(())
}

/// A name of one line without white space around it, or nothing.
///
/// # Errors
/// [`Error::Invalid`] naming the field.
pub fn check_name(field: &str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Ok(());
    }
    check_line(field, name, MAXIMUM_TITLE_BYTES)?;
    if name.trim().len() == name.len() {
        return Ok(());
    }
    Err(Error::invalid(field, "begins or ends with white space"))
}

impl Record for Organisation {
    const KIND: &'static str = "organisation";
    const SCHEMA: u16 = 1;
    const LABEL_FOLLOWS_RECORD: bool = true;
    const FIELDS: &'static [Field] = &[
        Field { name: "code", facet: false },
        Field { name: "name", facet: false },
        Field { name: "kind", facet: true },
        Field { name: "sector", facet: true },
        Field { name: "prefecture", facet: true },
        Field { name: "municipality", facet: false },
        Field { name: "size", facet: true },
        Field { name: "hub", facet: true },
        Field { name: "parent", facet: false },
        Field { name: "inventory", facet: true },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_code("code", &self.code)?;
        check_name("name_ja", &self.name_ja)?;
        check_name("name_en", &self.name_en)?;
        if self.name_ja.is_empty() && self.name_en.is_empty() {
            return Err(Error::invalid("name_ja", "a name in Japanese or English is needed"));
        }
        if let Some(prefecture) = &self.prefecture {
            check_prefecture("prefecture", prefecture)?;
        }
        if let Some(municipality) = &self.municipality {
            check_municipality("municipality", municipality, self.prefecture.as_deref())?;
        }
        check_entries("hubs", self.hubs.len(), MAXIMUM_HUBS)?;
        self.hubs.iter().try_for_each(|hub| check_code("hubs", hub))?;
        if let Some(parent) = &self.parent {
            check_code("parent", parent)?;
            if *parent == self.code {
                return Err(Error::invalid("parent", "cannot be the organisation itself"));
            }
        }
        if let Some(website) = &self.website {
            check_url("website", website)?;
        }
        check_text("note", &self.note, MAXIMUM_NOTE_BYTES)
    }

    fn index(&self, values: &mut FieldValues) {
        const UNKNOWN: &str = "unknown";
        values.text("code", &self.code);
        for name in [&self.name_ja, &self.name_en].into_iter().filter(|name| !name.is_empty()) {
            values.text("name", name);
        }
        values.text("kind", self.kind.as_str());
        values.text("sector", self.sector.map_or(UNKNOWN, Sector::as_str));
        values.text("prefecture", self.prefecture.as_deref().unwrap_or(UNKNOWN));
        if let Some(municipality) = &self.municipality {
            values.text("municipality", municipality);
        }
        values.text("size", self.size.map_or(UNKNOWN, SizeBand::as_str));
        for hub in &self.hubs {
            values.text("hub", hub);
        }
        if let Some(parent) = &self.parent {
            values.text("parent", parent);
        }
        values.text("inventory", self.inventory.as_str());
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        self.name().to_owned()
    }

    fn texts(&self) -> Vec<&str> {
        let texts = [&self.name_ja, &self.name_en, &self.code, &self.note];
        texts.into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests;
