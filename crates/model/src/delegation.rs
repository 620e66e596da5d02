//! A delegation: one organisation, usually a hub, acts for another for a time.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    object::{Field, FieldValues, Record},
};

use crate::{
    bounds::{MAXIMUM_NOTE_BYTES, check_text},
    organisation::check_code,
    vocabulary::vocabulary,
};

vocabulary! {
    /// What the delegate may do for the member.
    DelegatedAct("acts") {
        /// Warnings to the member also go to the delegate's contacts.
        Receive = "receive",
        /// The delegate answers warnings and drills for the member.
        Answer = "answer",
        /// The delegate keeps the member's contacts and products up to date.
        Maintain = "maintain",
    }
}

/// A delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// Code of the organisation for which another acts; it owns the record.
    pub member: String,
    /// Code of the organisation that acts.
    pub delegate: String,
    pub acts: BTreeSet<DelegatedAct>,
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// The last day; without it until somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    #[serde(default)]
    pub note: String,
}

impl Delegation {
    /// The id of the delegation between two organisations: there is one at a time, and its history.
    pub fn id_of(member: &str, delegate: &str) -> ObjectId {
        ObjectId::named(&format!("constituency/delegation/{member}/{delegate}"))
    }

    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|until| day <= until)
    }

    pub fn permits(&self, act: DelegatedAct, day: Date) -> bool {
        self.acts.contains(&act) && self.is_valid_on(day)
    }
}

impl Record for Delegation {
    const KIND: &'static str = "delegation";
    const SCHEMA: u16 = 1;
    const LABEL_FOLLOWS_RECORD: bool = true;
    const FIELDS: &'static [Field] = &[
        Field { name: "member", facet: false },
        Field { name: "delegate", facet: false },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_code("member", &self.member)?;
        check_code("delegate", &self.delegate)?;
        if self.member == self.delegate {
            return Err(Error::invalid("delegate", "cannot be the member itself"));
        }
        if self.acts.is_empty() {
            return Err(Error::invalid("acts", "must say what the delegate may do"));
        }
        if self.valid_until.is_some_and(|until| until < self.valid_from) {
            return Err(Error::invalid("valid_until", "is before the first day"));
        }
        check_text("note", &self.note, MAXIMUM_NOTE_BYTES)
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("member", &self.member);
        values.text("delegate", &self.delegate);
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        format!("{} → {}", self.member, self.delegate)
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.member, &self.delegate]
    }
}
