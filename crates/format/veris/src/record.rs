//! The vocabulary as plain structs: what a registry of accidents can use of it. Words are kept as written, since every
//! version of the vocabulary has others.

use serde::{Deserialize, Serialize};

use crate::lenient;

/// One incident.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incident {
    #[serde(deserialize_with = "lenient::text")]
    pub incident_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub schema_version: Option<String>,
    /// Who collected it: `vcdb`.
    #[serde(deserialize_with = "lenient::text")]
    pub source_id: Option<String>,
    /// `Confirmed`, `Suspected`, `False positive`, `Near miss`.
    #[serde(deserialize_with = "lenient::text")]
    pub security_incident: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub confidence: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub summary: Option<String>,
    /// Addresses of articles, usually separated by `;`.
    #[serde(deserialize_with = "lenient::text")]
    pub reference: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub notes: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub campaign_id: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub targeted: Option<String>,
    pub actor: Actors,
    pub action: Actions,
    pub asset: Assets,
    pub attribute: Attributes,
    pub impact: Impact,
    pub timeline: Timeline,
    pub victim: Victim,
    pub plus: Plus,
}

/// Who did it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Actors {
    pub external: Option<Actor>,
    pub internal: Option<Actor>,
    pub partner: Option<Actor>,
    pub unknown: Option<Actor>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Actor {
    #[serde(deserialize_with = "lenient::words")]
    pub variety: Vec<String>,
    #[serde(deserialize_with = "lenient::words")]
    pub motive: Vec<String>,
}

/// What was done, or went wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Actions {
    pub malware: Option<Action>,
    pub hacking: Option<Action>,
    pub social: Option<Action>,
    pub misuse: Option<Action>,
    pub physical: Option<Action>,
    pub error: Option<Action>,
    pub environmental: Option<Action>,
    pub unknown: Option<Action>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Action {
    #[serde(deserialize_with = "lenient::words")]
    pub variety: Vec<String>,
    #[serde(deserialize_with = "lenient::words")]
    pub vector: Vec<String>,
}

/// What it happened to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assets {
    pub assets: Vec<Asset>,
    #[serde(deserialize_with = "lenient::number")]
    pub total_amount: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asset {
    #[serde(deserialize_with = "lenient::text")]
    pub variety: Option<String>,
    #[serde(deserialize_with = "lenient::number")]
    pub amount: Option<f64>,
}

/// What was harmed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    pub confidentiality: Option<Confidentiality>,
    pub integrity: Option<Integrity>,
    pub availability: Option<Availability>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Confidentiality {
    /// `Yes`, `Potentially`, `No`, `Unknown`.
    #[serde(deserialize_with = "lenient::text")]
    pub data_disclosure: Option<String>,
    pub data: Vec<Data>,
    /// Records.
    #[serde(deserialize_with = "lenient::number")]
    pub data_total: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    #[serde(deserialize_with = "lenient::text")]
    pub variety: Option<String>,
    /// Records.
    #[serde(deserialize_with = "lenient::number")]
    pub amount: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Integrity {
    #[serde(deserialize_with = "lenient::words")]
    pub variety: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Availability {
    #[serde(deserialize_with = "lenient::words")]
    pub variety: Vec<String>,
    pub duration: Duration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Duration {
    /// `Seconds`, `Minutes` … `Years`, `NA`, `Never`, `Unknown`.
    #[serde(deserialize_with = "lenient::text")]
    pub unit: Option<String>,
    #[serde(deserialize_with = "lenient::number")]
    pub value: Option<f64>,
}

/// What it cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Impact {
    #[serde(deserialize_with = "lenient::number")]
    pub overall_amount: Option<f64>,
    #[serde(deserialize_with = "lenient::text")]
    pub overall_rating: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub iso_currency_code: Option<String>,
    pub loss: Vec<Loss>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Loss {
    #[serde(deserialize_with = "lenient::text")]
    pub variety: Option<String>,
    #[serde(deserialize_with = "lenient::number")]
    pub amount: Option<f64>,
}

/// When.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timeline {
    pub incident: Moment,
    pub compromise: Duration,
    pub exfiltration: Duration,
    pub discovery: Duration,
    pub containment: Duration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moment {
    #[serde(deserialize_with = "lenient::whole")]
    pub year: Option<u32>,
    #[serde(deserialize_with = "lenient::whole")]
    pub month: Option<u32>,
    #[serde(deserialize_with = "lenient::whole")]
    pub day: Option<u32>,
    /// `HH:MM`, without a zone.
    #[serde(deserialize_with = "lenient::text")]
    pub time: Option<String>,
}

/// To whom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Victim {
    #[serde(deserialize_with = "lenient::text")]
    pub victim_id: Option<String>,
    /// NAICS, two to six digits.
    #[serde(deserialize_with = "lenient::text")]
    pub industry: Option<String>,
    /// ISO 3166-1, two letters.
    #[serde(deserialize_with = "lenient::words")]
    pub country: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub state: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub employee_count: Option<String>,
    #[serde(deserialize_with = "lenient::number")]
    pub locations_affected: Option<f64>,
}

/// The community's own members, of which only the day of notification is read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plus {
    pub timeline: PlusTimeline,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlusTimeline {
    pub notification: Moment,
}
