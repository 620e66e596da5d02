//! What sources say. Nothing is overwritten: a new revision and a retraction are further documents, and any past view
//! can be asked for.

use serde::{Deserialize, Serialize};

use crate::identity::{Identity, Requirement};
use crate::version::{Range, Scheme};

/// What is said of versions in a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Statement {
    Affected,
    UnderInvestigation,
    Fixed,
    NotAffected,
}

impl Statement {
    pub const ALL: [Statement; 4] =
        [Statement::Affected, Statement::UnderInvestigation, Statement::Fixed, Statement::NotAffected];
}

/// What stands behind a document; the conflict policy orders these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Authority {
    Vendor,
    Coordinator,
    Aggregator,
    Other,
}

impl Authority {
    pub const ALL: [Authority; 4] =
        [Authority::Vendor, Authority::Coordinator, Authority::Aggregator, Authority::Other];
}

/// One revision of one document of a source. Of all revisions known at a moment the newest is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Who publishes: `csaf:Example PSIRT`, `osv:PYSEC`, `cve:mitre`.
    pub source: String,
    pub authority: Authority,
    pub id: String,
    /// Revision as the source counts; for display only, order comes from `recorded_at`.
    pub revision: String,
    /// SHA-256 of the document as read, in hexadecimal; empty when the reader did not keep it.
    pub hash: String,
    /// When the source put it down (seconds since 1970).
    pub recorded_at: i64,
    /// The source took the document back.
    pub retracted: bool,
}

/// The versions a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    Range(Range),
    /// Every version that none of the ranges holds (the `defaultStatus` of CVE records).
    Rest(Scheme, Vec<Range>),
    /// Something is said, and nobody can evaluate it.
    Unreadable {
        text: String,
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Identifier as written.
    pub vulnerability: String,
    pub subject: Identity,
    /// What else must hold of the component (a distribution, an edition).
    pub requirement: Option<Requirement>,
    /// The product as a part of which the subject is meant.
    pub scope: Option<Identity>,
    pub statement: Statement,
    pub extent: Extent,
    /// Seconds since 1970; the statement holds from here on, and until there (excluded).
    pub valid_from: Option<i64>,
    pub valid_until: Option<i64>,
}

/// How two identifiers of vulnerabilities belong together. Only `Same` joins them into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Relation {
    Same,
    /// A downstream advisory of an upstream flaw.
    Derived,
    Related,
}

impl Relation {
    pub const ALL: [Relation; 3] = [Relation::Same, Relation::Derived, Relation::Related];
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Alias {
    pub from: String,
    pub relation: Relation,
    pub to: String,
}

/// A document with all it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulletin {
    pub document: Document,
    pub aliases: Vec<Alias>,
    pub assertions: Vec<Assertion>,
}
