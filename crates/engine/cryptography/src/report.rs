//! The judged inventory as people and programs read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::{Asset, AssetKind};
use crate::names::Registry;
use crate::policy::Policy;
use crate::verdict::{Judgement, Verdict, judge, worst};

/// What `crypto judge --json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// `shinayaka.crypto-verdict/1`.
    pub schema: String,
    pub target: String,
    pub policy: PolicyRecord,
    pub year: i16,
    /// The worst of all assets; recommended when there is none.
    #[serde(flatten)]
    pub verdict: Verdict,
    pub assets: Vec<JudgedAsset>,
    /// Assets that a system may not rest on in that year.
    pub findings: usize,
    /// What could not be seen, and why.
    pub limits: Vec<String>,
}

/// The policy that was applied.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PolicyRecord {
    pub id: String,
    pub title: String,
    pub document: String,
    pub date: String,
    /// `primary text`, `secondary` or `recalled`.
    pub checked: String,
    pub note: String,
}

/// An asset with the verdict on each of its algorithms.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct JudgedAsset {
    pub kind: AssetKind,
    pub place: String,
    pub name: String,
    /// The worst of its algorithms; none for what a list of algorithms does not judge.
    #[serde(flatten)]
    pub verdict: Option<Verdict>,
    pub algorithms: Vec<Judgement>,
    /// Parts of the name that mean nothing here.
    pub unknown: Vec<String>,
    pub expires: Option<String>,
    /// A rule of the protocol itself that it breaks, whatever the policy.
    pub obsolete: Option<String>,
}

impl JudgedAsset {
    /// Whether a system may rest on it in that year.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.obsolete.is_none() && self.verdict.is_none_or(Verdict::is_fine)
    }
}

fn judged(registry: &Registry, policy: &Policy, asset: &Asset, year: i16) -> JudgedAsset {
    let algorithms: Vec<Judgement> =
        asset.components.iter().map(|component| judge(registry, policy, *component, year)).collect();
    let verdict = match (asset.kind, algorithms.is_empty(), asset.unknown.is_empty()) {
        (AssetKind::Protocol, true, true) => None,
        (_, _, false) => Some(worst(&algorithms).max(Verdict::Unknown)),
        _ => Some(worst(&algorithms)),
    };
    JudgedAsset {
        kind: asset.kind,
        place: asset.place.clone(),
        name: asset.name.clone(),
        verdict,
        algorithms,
        unknown: asset.unknown.clone(),
        expires: asset.expires.clone(),
        obsolete: asset.obsolete.clone(),
    }
}

/// Judges an inventory under a policy in a year.
#[must_use]
pub fn report(
    registry: &Registry,
    policy: &Policy,
    target: &str,
    assets: &[Asset],
    year: i16,
    limits: Vec<String>,
) -> Report {
    let assets: Vec<JudgedAsset> = assets.iter().map(|asset| judged(registry, policy, asset, year)).collect();
    Report {
        schema: "shinayaka.crypto-verdict/1".into(),
        target: target.to_owned(),
        policy: PolicyRecord {
            id: policy.id.clone(),
            title: policy.title.clone(),
            document: policy.document.clone(),
            date: policy.date.clone(),
            checked: policy.checked.clone(),
            note: policy.note.clone(),
        },
        year,
        verdict: assets.iter().filter_map(|asset| asset.verdict).max().unwrap_or(Verdict::Recommended),
        findings: assets.iter().filter(|asset| !asset.is_fine()).count(),
        assets,
        limits,
    }
}
