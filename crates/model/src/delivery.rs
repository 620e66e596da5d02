//! How a warning reached its recipients: the audience frozen at issue, one delivery for each recipient and way, and
//! what each organisation answered.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, ObjectId, Result,
    clock::Timestamp,
    object::{Field, FieldValues, Record},
};

use crate::{
    bounds::{check_entries, check_line, check_text},
    incident::Sector,
    organisation::{MAXIMUM_HUBS, Organisation, check_code},
    warning::{
        AnswerVia, CannotReason, Choice, DeliveryChannel, DeliveryState, Exposure, MAXIMUM_LINE_BYTES,
        Purpose, Rung,
    },
};

/// Recipients of one part of an audience: with the longest names a part stays under the size of a body.
pub const RECIPIENTS_OF_A_PART: usize = 500;
/// Attempts kept with a delivery.
pub const MAXIMUM_ATTEMPTS: usize = 20;
/// Clicks that are told apart; a link clicked more often keeps this number.
pub const MAXIMUM_CLICKS: u32 = 200;
/// Bytes of a note to an answer.
pub const MAXIMUM_ANSWER_NOTE_BYTES: usize = 2_000;

/// An organisation as it stood when the warning was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Its code.
    pub organisation: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<Sector>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    /// Codes of the hubs of which it was a member.
    #[serde(default)]
    pub hubs: BTreeSet<String>,
    pub exposure: Exposure,
}

/// A part of the audience of a warning, as it was frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AudiencePart {
    pub warning: ObjectId,
    /// From 0.
    pub number: u16,
    pub recipients: Vec<Recipient>,
}

/// One try to send, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    pub at: Timestamp,
    /// What the other side or the network said.
    pub outcome: String,
}

/// One message to one contact on one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub warning: ObjectId,
    /// The edition that is delivered, from 1.
    pub edition: u32,
    pub purpose: Purpose,
    /// Code of the organisation, which owns the record.
    pub organisation: String,
    /// The contact of the register; none for the inbox of an organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ObjectId>,
    pub channel: DeliveryChannel,
    pub rung: Rung,
    /// Address, URL or telephone number; empty for the inbox and paper.
    #[serde(default)]
    pub address: String,
    /// `ja` or `en`.
    pub language: String,
    pub state: DeliveryState,
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// `Message-ID` of the message, by which its way can be followed in the log of the mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// How the other side said that it has taken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub queued_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    pub changed_at: Timestamp,
}

/// What an organisation answered to a warning. One record an organisation and warning; each change is a version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub warning: ObjectId,
    pub purpose: Purpose,
    /// Code of the organisation, which owns the record.
    pub organisation: String,
    pub choice: Choice,
    /// With [`Choice::Cannot`], and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<CannotReason>,
    #[serde(default)]
    pub note: String,
    pub via: AnswerVia,
    /// Who: a contact, an account, or whoever held the telephone.
    pub by: String,
    /// The delivery whose link was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<ObjectId>,
    /// When the first answer came.
    pub first_at: Timestamp,
    /// When this one came.
    pub at: Timestamp,
    /// How often a button was pressed, repeated and forwarded presses included.
    pub clicks: u32,
}

impl Recipient {
    /// Who sees what is sent to it and what it answers: the house, itself, and its hubs. The same as the label of its
    /// entry in the register at that time.
    pub fn label(&self) -> Label {
        let hubs = self.hubs.clone();
        Organisation { code: self.organisation.clone(), hubs, ..Organisation::default() }.label()
    }
}

impl AudiencePart {
    /// The same id wherever the issue is repeated after a crash.
    pub fn id(warning: ObjectId, number: u16) -> ObjectId {
        ObjectId::named(&format!("warning/audience/{warning}/{number}"))
    }
}

impl Delivery {
    /// One message to one contact, way, edition and rung: making it again makes the same id.
    pub fn id(&self) -> ObjectId {
        let contact = self.contact.map(|contact| contact.to_string()).unwrap_or_default();
        let Self { warning, edition, channel, rung, organisation, .. } = self;
        ObjectId::named(&format!(
            "warning/delivery/{warning}/{edition}/{organisation}/{contact}/{channel}/{rung}"
        ))
    }

    /// Nothing more will become of it.
    pub fn is_over(&self) -> bool {
        !matches!(self.state, DeliveryState::Queued | DeliveryState::Sending)
    }
}

impl Answer {
    pub fn id(warning: ObjectId, organisation: &str) -> ObjectId {
        ObjectId::named(&format!("warning/answer/{warning}/{organisation}"))
    }
}

/// Warning and moment in one value, so that "what changed since" is one stretch of an index.
pub fn change_key(warning: ObjectId, at: Timestamp) -> String {
    format!("{warning}/{:020}", at.microseconds().max(0))
}

impl Record for AudiencePart {
    const KIND: &'static str = "audience_part";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[Field { name: "warning", facet: false }];

    fn validate(&self) -> Result<()> {
        check_entries("recipients", self.recipients.len(), RECIPIENTS_OF_A_PART)?;
        self.recipients.iter().try_for_each(|recipient| {
            check_entries("recipients.hubs", recipient.hubs.len(), MAXIMUM_HUBS)?;
            check_code("recipients.organisation", &recipient.organisation)?;
            check_line("recipients.name", &recipient.name, MAXIMUM_LINE_BYTES)
        })
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("warning", &self.warning.to_string());
    }

    fn title(&self) -> String {
        format!("{} · {}", self.warning, self.number)
    }

    fn texts(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl Record for Delivery {
    const KIND: &'static str = "delivery";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "change", facet: false },
        Field { name: "organisation", facet: false },
        Field { name: "warning_state", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_code("organisation", &self.organisation)?;
        check_text("address", &self.address, 1_000)?;
        check_entries("attempts", self.attempts.len(), MAXIMUM_ATTEMPTS)?;
        for attempt in &self.attempts {
            check_text("attempts.outcome", &attempt.outcome, 1_000)?;
        }
        for (field, text) in [("receipt", &self.receipt), ("reason", &self.reason)] {
            check_text(field, text.as_deref().unwrap_or_default(), 1_000)?;
        }
        let failed = self.state == DeliveryState::Failed;
        if failed && self.reason.as_deref().unwrap_or_default().is_empty() {
            return Err(Error::invalid("reason", "a delivery that failed says why"));
        }
        if !matches!(self.language.as_str(), "ja" | "en") {
            return Err(Error::invalid("language", "must be ja or en"));
        }
        Ok(())
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("change", &change_key(self.warning, self.changed_at));
        values.text("organisation", &self.organisation);
        values.text("warning_state", &format!("{}/{}", self.warning, self.state));
    }

    fn title(&self) -> String {
        format!("{} {}", self.channel, self.address)
    }

    fn texts(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl Record for Answer {
    const KIND: &'static str = "answer";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "change", facet: false },
        Field { name: "organisation", facet: false },
        Field { name: "warning", facet: true },
        Field { name: "choice", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_code("organisation", &self.organisation)?;
        check_text("note", &self.note, MAXIMUM_ANSWER_NOTE_BYTES)?;
        check_text("by", &self.by, MAXIMUM_LINE_BYTES)?;
        if (self.choice == Choice::Cannot) != self.reason.is_some() {
            return Err(Error::invalid("reason", "goes with \"cannot\", and \"cannot\" with a reason"));
        }
        Ok(())
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("change", &change_key(self.warning, self.at));
        values.text("organisation", &self.organisation);
        values.text("warning", &self.warning.to_string());
        values.text("choice", self.choice.as_str());
    }

    fn title(&self) -> String {
        format!("{} · {}", self.choice, self.by)
    }

    fn texts(&self) -> Vec<&str> {
        if self.note.is_empty() { Vec::new() } else { vec![&self.note] }
    }
}

#[cfg(test)]
mod tests;
