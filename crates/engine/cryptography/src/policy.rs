//! Policies as dated data: which lists name which algorithms, and how long a strength may be used.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::names::{Family, Registry};

macro_rules! policies {
    ($($id:literal),* $(,)?) => { &[$(($id, include_str!(concat!("../policies/", $id, ".toml")))),*] };
}

const FILES: &[(&str, &str)] =
    policies!["anssi", "bsi-tr-02102", "cnsa-2.0", "cryptrec-2026", "ncsc-nl", "nist"];

/// The list that an entry stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    Recommended,
    /// May be used; could become recommended.
    Candidate,
    /// For compatibility only.
    Monitored,
    PhaseOut,
    Disallowed,
}

/// A policy of one publisher at one date.
#[derive(Debug, Clone)]
pub struct Policy {
    pub id: String,
    pub title: String,
    pub title_ja: String,
    pub publisher: String,
    pub document: String,
    /// Date of the document.
    pub date: String,
    /// `primary text`, `secondary` or `recalled`.
    pub checked: String,
    pub note: String,
    pub strengths: Vec<Strength>,
    pub entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    title_ja: String,
    publisher: String,
    document: String,
    date: String,
    checked: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    strength: Vec<Strength>,
    entry: Vec<Entry>,
}

/// How long a strength may be used. The first row that fits counts; without years it may not be used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    /// The row is for strengths under this; for all when absent.
    pub below: Option<u32>,
    /// Last year of use without reserve; from the next year on it is to be left.
    pub usable_until: Option<i16>,
    /// Last year of use at all.
    pub leave_by: Option<i16>,
    /// The families that the row is for; all when empty.
    #[serde(default)]
    pub families: Vec<Family>,
    pub clause: String,
}

/// One row of a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub algorithms: Vec<String>,
    pub list: List,
    pub clause: String,
    /// The parameters that the row names; all when empty.
    #[serde(default)]
    pub parameters: Vec<u32>,
    pub minimum: Option<u32>,
    /// The curves that the row names; all when empty.
    #[serde(default)]
    pub curves: Vec<String>,
    /// The heading of the row in the list.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Last year in which the row allows it.
    pub until: Option<i16>,
    /// The row is one against quantum computers.
    #[serde(default)]
    pub quantum: bool,
    #[serde(default = "yes")]
    pub strength_applies: bool,
    #[serde(default)]
    pub note: String,
}

fn yes() -> bool {
    true
}

/// All policies of this build.
#[derive(Debug, Clone)]
pub struct Policies {
    policies: Vec<Policy>,
}

impl Policies {
    /// The policies of this build, every name in them checked.
    ///
    /// # Errors
    /// `Parse` or `Invalid` when a file of this crate is not of its form; a test reads them all.
    pub fn embedded(registry: &Registry) -> Result<Self> {
        let policies =
            FILES.iter().map(|(id, text)| Policy::read(id, text, registry)).collect::<Result<_>>()?;
        Ok(Self { policies })
    }

    /// In the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter()
    }

    /// The policy of this id.
    ///
    /// # Errors
    /// `NotFound` with the ids that exist.
    pub fn get(&self, id: &str) -> Result<&Policy> {
        self.policies.iter().find(|policy| policy.id == id).ok_or_else(|| Error::NotFound {
            what: "policy",
            id: id.chars().take(80).collect(),
            known: self.policies.iter().map(|policy| policy.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

impl Policy {
    fn read(id: &str, text: &str, registry: &Registry) -> Result<Self> {
        let place = format!("policies/{id}.toml");
        let file: File = toml::from_str(text).map_err(|error| Error::parse(&place, error.to_string()))?;
        let names = file.entry.iter().flat_map(|entry| entry.algorithms.iter().chain(&entry.curves));
        for name in names {
            if registry.place(name).is_none() {
                return Err(Error::invalid(place, format!("`{name}` is no algorithm of algorithms.toml")));
            }
        }
        Ok(Self {
            id: id.to_owned(),
            title: file.title,
            title_ja: file.title_ja,
            publisher: file.publisher,
            document: file.document,
            date: file.date,
            checked: file.checked,
            note: file.note,
            strengths: file.strength,
            entries: file.entry,
        })
    }
}
