//! Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010): alerts as XML, written with an enveloped signature and read
//! from anybody.
//!
//! [`Alert`] and [`Info`] hold what the standard calls so, in its words. [`write::document`] makes the text, in the order
//! and with the forms of the schema; [`sign::signed`] adds an XML signature; [`read::document`] reads untrusted text and
//! names the line of a fault; [`check::check`] holds the rules of the schema and of section 3.2 that a form cannot hold.

pub mod check;
pub mod read;
pub mod sign;
pub mod write;

/// The namespace of the standard.
pub const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is no alert: at this line.
    #[error("line {line}: {reason}")]
    Invalid { line: usize, reason: String },
    /// The alert breaks a rule of the standard at this element.
    #[error("{element}: {reason}")]
    Rule { element: &'static str, reason: String },
}

/// `sender,identifier,sent` of an earlier message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub sender: String,
    pub identifier: String,
    pub sent: String,
}

/// An `alert`. Times are texts of the standard's form `2026-11-22T09:00:00+09:00`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alert {
    pub identifier: String,
    pub sender: String,
    pub sent: String,
    /// Actual, Exercise, System, Test, Draft.
    pub status: String,
    /// Alert, Update, Cancel, Ack, Error.
    pub msg_type: String,
    pub source: Option<String>,
    /// Public, Restricted, Private.
    pub scope: String,
    /// With scope Restricted.
    pub restriction: Option<String>,
    /// With scope Private.
    pub addresses: Vec<String>,
    pub codes: Vec<String>,
    pub note: Option<String>,
    pub references: Vec<Reference>,
    pub incidents: Vec<String>,
    pub infos: Vec<Info>,
}

/// An `info` block: the message in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// RFC 3066; the standard's default is en-US.
    pub language: Option<String>,
    pub categories: Vec<String>,
    pub event: String,
    pub response_types: Vec<String>,
    /// Immediate, Expected, Future, Past, Unknown.
    pub urgency: String,
    /// Extreme, Severe, Moderate, Minor, Unknown.
    pub severity: String,
    /// Observed, Likely, Possible, Unlikely, Unknown.
    pub certainty: String,
    pub audience: Option<String>,
    pub effective: Option<String>,
    pub onset: Option<String>,
    pub expires: Option<String>,
    pub sender_name: Option<String>,
    pub headline: Option<String>,
    pub description: Option<String>,
    pub instruction: Option<String>,
    pub web: Option<String>,
    pub contact: Option<String>,
    pub parameters: Vec<(String, String)>,
    pub areas: Vec<Area>,
}

/// An `area`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Area {
    pub description: String,
    /// `valueName` and `value`.
    pub geocodes: Vec<(String, String)>,
}
