//! How an organisation is reached: one person or function through one channel, and when that was last known to work.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Result,
    clock::Timestamp,
    object::{Field, FieldValues, Record},
};

use crate::{
    bounds::{check_line, check_text, check_url},
    organisation::{check_code, check_name},
    vocabulary::vocabulary,
};

/// Bytes of an address (an e-mail address has at most 254, RFC 5321 section 4.5.3.1.3).
pub const MAXIMUM_ADDRESS_BYTES: usize = 254;
/// The last rung of the escalation ladder.
pub const MAXIMUM_ORDER: u8 = 99;
/// Bytes of the reason why a channel is dead.
const MAXIMUM_REASON_BYTES: usize = 1_000;

vocabulary! {
    /// What the contact does there.
    #[derive(Default)]
    ContactRole("role") {
        /// The switchboard or shared mailbox.
        #[default]
        General = "general",
        /// Answers for information security.
        Security = "security",
        Deputy = "deputy",
        /// Whoever is on duty.
        Duty = "duty",
        Technical = "technical",
        Executive = "executive",
        PublicRelations = "public_relations",
    }
}

vocabulary! {
    /// The road by which a message travels.
    #[schema(as = ContactChannel)]
    Channel("channel") {
        /// Read in the console by whoever signs in for the organisation.
        Inbox = "inbox",
        Email = "email",
        Webhook = "webhook",
        /// Called by a person from the call list.
        Telephone = "telephone",
    }
}

vocabulary! {
    /// The language of a contact (ISO 639-1).
    #[derive(Default)]
    #[schema(as = ContactLanguage)]
    Language("language") {
        #[default]
        Ja = "ja",
        En = "en",
    }
}

vocabulary! {
    /// How it was found that the contact works.
    Verification("verified_by") {
        /// It answered a warning or a drill.
        Answer = "answer",
        /// Somebody called, wrote or met.
        Person = "person",
        /// The organisation itself said so here.
        Organisation = "organisation",
        /// A file that was imported says so.
        Import = "import",
    }
}

/// A channel that no longer works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dead {
    pub since: Timestamp,
    pub reason: String,
}

/// A contact of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Code of the organisation, which owns the record.
    pub organisation: String,
    #[serde(default)]
    pub role: ContactRole,
    /// Of the person or the section.
    #[serde(default)]
    pub name: String,
    pub channel: Channel,
    /// E-mail address, URL or telephone number; nothing for the inbox.
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub language: Language,
    /// Place on the escalation ladder: 1 is asked first.
    #[serde(default = "first")]
    #[schema(minimum = 1, maximum = 99)]
    pub order: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<Verification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<Dead>,
}

fn first() -> u8 {
    1
}

/// How far a contact can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    Verified,
    /// Not verified within the time that the node allows, or never.
    Stale,
    /// The channel no longer works.
    Dead,
}

impl Contact {
    /// The state of the contact when a verification counts from `since` on. Whole days (UTC) are compared, as in the
    /// counters.
    pub fn state(&self, since: Timestamp) -> ContactState {
        match (&self.dead, self.verified_at) {
            (Some(_), _) => ContactState::Dead,
            (None, Some(at)) if at.date() >= since.date() => ContactState::Verified,
            _ => ContactState::Stale,
        }
    }

    fn check_address(&self) -> Result<()> {
        check_text("address", &self.address, MAXIMUM_ADDRESS_BYTES)?;
        let wrong = |reason: &str| Err(Error::invalid("address", reason));
        match self.channel {
            Channel::Inbox if self.address.is_empty() => Ok(()),
            Channel::Inbox => wrong("the inbox has no address"),
            Channel::Webhook => check_url("address", &self.address),
            Channel::Email => {
                let parts = self.address.split_once('@');
                let whole = |part: &str| {
                    !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "@<>,;\"".contains(c))
                };
                if parts.is_some_and(|(local, domain)| whole(local) && whole(domain) && domain.contains('.'))
                {
                    Ok(())
                } else {
                    wrong("must be an e-mail address such as soc@city.example")
                }
            }
            Channel::Telephone => {
                let digits = self.address.bytes().filter(u8::is_ascii_digit).count();
                let known = |(place, c): (usize, char)| {
                    c.is_ascii_digit() || "-() ".contains(c) || (c == '+' && place == 0)
                };
                if (3..=20).contains(&digits) && self.address.char_indices().all(known) {
                    Ok(())
                } else {
                    wrong("must be a telephone number: digits, hyphens, and + before a country code")
                }
            }
        }
    }
}

impl Record for Contact {
    const KIND: &'static str = "contact";
    const SCHEMA: u16 = 1;
    const LABEL_FOLLOWS_RECORD: bool = true;
    const FIELDS: &'static [Field] = &[
        Field { name: "organisation", facet: false },
        Field { name: "role", facet: true },
        Field { name: "channel", facet: true },
        Field { name: "language", facet: true },
        Field { name: "address", facet: false },
        Field { name: "order", facet: false },
        // `dead`, `never` or the day of the last verification, so that the states are counted for any age.
        Field { name: "standing", facet: true },
        Field { name: "verified", facet: false },
        Field { name: "dead", facet: true },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_code("organisation", &self.organisation)?;
        check_name("name", &self.name)?;
        self.check_address()?;
        if !(1..=MAXIMUM_ORDER).contains(&self.order) {
            return Err(Error::invalid("order", format!("must be from 1 to {MAXIMUM_ORDER}")));
        }
        if self.verified_at.is_some() != self.verified_by.is_some() {
            return Err(Error::invalid("verified_by", "goes together with verified_at"));
        }
        let Some(dead) = &self.dead else { return Ok(()) };
        check_line("dead.reason", &dead.reason, MAXIMUM_REASON_BYTES)
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("organisation", &self.organisation);
        values.text("role", self.role.as_str());
        values.text("channel", self.channel.as_str());
        values.text("language", self.language.as_str());
        values.text("address", &self.address);
        values.integer("order", i64::from(self.order));
        let standing = match (&self.dead, self.verified_at) {
            (Some(_), _) => "dead".to_owned(),
            (None, Some(at)) => at.date(),
            (None, None) => "never".to_owned(),
        };
        values.text("standing", &standing);
        values.integer("verified", self.verified_at.map_or(0, Timestamp::microseconds));
        values.text("dead", if self.dead.is_some() { "true" } else { "false" });
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        let parts = [self.name.as_str(), self.channel.as_str(), &self.address];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }

    fn texts(&self) -> Vec<&str> {
        let texts = [&self.name, &self.address];
        texts.into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect()
    }
}
