//! The closed lists of words in which a warning, its deliveries and its answers are told. Names for people are in
//! `i18n/` under `warning.LIST.WORD`.

use shinayaka_kernel::{Error, Result};

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a notice is for. A drill asks for an answer and for nothing else.
    #[schema(as = NoticePurpose)]
    Purpose("purpose") {
        Warning = "warning",
        Drill = "drill",
    }
}

vocabulary! {
    /// Where a warning stands. Nothing goes back, and nothing is deleted.
    #[schema(as = WarningState)]
    State("state") {
        Draft = "draft",
        /// A second person has said yes to exactly this version.
        Approved = "approved",
        Issued = "issued",
        /// Issued, and told anew at least once since.
        Updated = "updated",
        /// Taken back or over; a last message said so.
        Cancelled = "cancelled",
    }
}

impl State {
    /// Told to somebody, and not over.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Issued | Self::Updated)
    }

    /// Told to somebody at some time.
    pub const fn was_issued(self) -> bool {
        matches!(self, Self::Issued | Self::Updated | Self::Cancelled)
    }
}

vocabulary! {
    /// How sure the issuer is, in the words of CAP 1.2 (OASIS, 2010, section 3.2.2).
    CertaintyWord("certainty") {
        Observed = "observed",
        /// More probable than not.
        Likely = "likely",
        Possible = "possible",
        Unlikely = "unlikely",
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Whom an action is for; each has exactly one.
    ActionFor("actions") {
        /// Organisations that are known to be concerned.
        Affected = "affected",
        /// Organisations of whom nobody knows whether they are concerned.
        UnknownExposure = "unknown_exposure",
        /// Everybody else, on the public page.
        Public = "public",
    }
}

vocabulary! {
    /// Why an organisation is among the recipients.
    #[schema(as = RecipientExposure)]
    Exposure("exposure") {
        Affected = "affected",
        /// It has not said what it runs.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// On which way a delivery goes.
    DeliveryChannel("channel") {
        /// The inbox of the console.
        Inbox = "inbox",
        Email = "email",
        Webhook = "webhook",
        /// A sheet of paper of the print pack.
        Print = "print",
        /// A line of the call list: a person telephones.
        Telephone = "telephone",
    }
}

vocabulary! {
    /// Where a delivery stands.
    DeliveryState("state") {
        Queued = "queued",
        /// The intent is on record, the outcome is not yet.
        Sending = "sending",
        /// The other side has taken it; the receipt says how it said so.
        Delivered = "delivered",
        /// It will not be tried again; the reason says why.
        Failed = "failed",
        /// The warning was cancelled or answered before it was sent.
        Withdrawn = "withdrawn",
    }
}

vocabulary! {
    /// Which step of the escalation ladder a delivery is made on.
    #[schema(as = LadderRung)]
    Rung("rung") {
        First = "first",
        /// Asked again, on the same way.
        Reminder = "reminder",
        NextContact = "next_contact",
        Hub = "hub",
        Telephone = "telephone",
    }
}

vocabulary! {
    /// What an organisation says to a warning.
    #[schema(as = AnswerChoice)]
    Choice("choice") {
        Done = "done",
        Cannot = "cannot",
        Call = "call",
        /// Taken back within the time allowed; the organisation is silent again.
        Withdrawn = "withdrawn",
    }
}

vocabulary! {
    /// Why an organisation cannot.
    CannotReason("reason") {
        NoAuthority = "no_authority",
        /// Somebody else looks after it and has to do it.
        Supplier = "supplier",
        NoTime = "no_time",
        /// The service cannot be interrupted now.
        CannotStop = "cannot_stop",
        NotUnderstood = "not_understood",
        NotOurs = "not_ours",
        Other = "other",
    }
}

vocabulary! {
    /// How an answer came in.
    AnswerVia("via") {
        Link = "link",
        Account = "account",
        /// Taken down by whoever telephoned.
        Telephone = "telephone",
    }
}

/// A step of the ladder: レベル1 to レベル5 as the Japan Meteorological Agency names its warnings since May 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    pub const HIGHEST: u8 = 5;
    /// Above this a second person has to approve.
    pub const ALONE: u8 = 3;

    /// # Errors
    /// [`Error::Invalid`] for anything but 1 to 5.
    pub fn new(number: u8) -> Result<Self> {
        if (1..=Self::HIGHEST).contains(&number) {
            return Ok(Self(number));
        }
        Err(Error::invalid("level", "must be from 1 to 5"))
    }

    pub const fn number(self) -> u8 {
        self.0
    }

    pub const fn name_ja(self) -> &'static str {
        match self.0 {
            5 => "レベル5特別警報",
            4 => "レベル4危険警報",
            3 => "レベル3警報",
            2 => "レベル2注意報",
            _ => "レベル1早期注意情報",
        }
    }

    pub const fn name_en(self) -> &'static str {
        match self.0 {
            5 => "Level 5 emergency warning",
            4 => "Level 4 critical warning",
            3 => "Level 3 warning",
            2 => "Level 2 advisory",
            _ => "Level 1 early notice",
        }
    }
}
