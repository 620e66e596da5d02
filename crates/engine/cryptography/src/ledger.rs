//! The ledger of the migration to algorithms that resist quantum computers: what, where, by when.

use schemars::JsonSchema;
use serde::Serialize;

use crate::inventory::{Asset, AssetKind};
use crate::names::{Family, Quantum, Registry};
use crate::policy::Policy;
use crate::verdict::{Verdict, judge};

/// The years of Mosca's inequality.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Horizon {
    /// The year of the answer.
    pub year: i16,
    /// Years for which the protected data must stay secret or provable.
    pub shelf_life: u16,
    /// Years that the migration takes.
    pub migration: u16,
    /// First year in which a quantum computer that breaks keys is assumed.
    pub threat: i16,
}

/// Where an asset stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Rests on algorithms that a quantum computer breaks, and on nothing else.
    Vulnerable,
    /// A vulnerable and a resistant one together.
    Hybrid,
    Resistant,
    /// Symmetric; key length decides.
    Symmetric,
    Unknown,
}

/// A line of the ledger.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Line {
    pub place: String,
    pub name: String,
    pub kind: AssetKind,
    pub progress: Progress,
    /// Last year in which the policy allows what is vulnerable here; none when it names none.
    pub policy_year: Option<i16>,
    /// Whether the policy lists a resistant algorithm for this use to migrate to.
    pub has_target: bool,
    /// shelf life + migration reach beyond the threat: data recorded today will be read (Mosca).
    pub late: bool,
    /// Last year in which the migration must begin.
    pub begin_by: Option<i16>,
    pub expires: Option<String>,
}

/// What `crypto ledger --json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Ledger {
    /// `shinayaka.crypto-ledger/1`.
    pub schema: String,
    pub policy: String,
    pub horizon: Horizon,
    pub vulnerable: usize,
    pub hybrid: usize,
    pub resistant: usize,
    pub late: usize,
    pub lines: Vec<Line>,
}

fn progress(registry: &Registry, asset: &Asset) -> Progress {
    let has = |quantum| asset.components.iter().any(|part| registry.algorithm(*part).quantum == quantum);
    match (has(Quantum::Vulnerable), has(Quantum::Resistant), has(Quantum::Symmetric)) {
        (true, true, _) => Progress::Hybrid,
        (true, false, _) => Progress::Vulnerable,
        (false, true, _) => Progress::Resistant,
        (false, false, true) => Progress::Symmetric,
        _ => Progress::Unknown,
    }
}

/// Keys for confidentiality migrate to a KEM, signatures to a signature.
fn has_target(registry: &Registry, policy: &Policy, asset: &Asset) -> bool {
    use crate::names::Kind;
    let signs = matches!(asset.kind, AssetKind::CertificateKey | AssetKind::CertificateSignature)
        || asset.components.iter().any(|part| registry.algorithm(*part).kind == Kind::Signature);
    let wanted = if signs { Kind::Signature } else { Kind::Kem };
    let quantum = policy.entries.iter().filter(|entry| entry.quantum).flat_map(|entry| &entry.algorithms);
    let places = quantum.filter_map(|id| registry.place(id));
    places.into_iter().any(|at| registry.algorithms()[at].kind == wanted)
}

fn line(registry: &Registry, policy: &Policy, asset: &Asset, horizon: Horizon) -> Line {
    let progress = progress(registry, asset);
    let vulnerable = asset.components.iter().filter(|part| {
        let algorithm = registry.algorithm(**part);
        algorithm.quantum == Quantum::Vulnerable && algorithm.family != Family::None
    });
    let years = vulnerable.filter_map(|part| match judge(registry, policy, *part, horizon.year).verdict {
        Verdict::Expires { year } | Verdict::Expired { year } | Verdict::PhaseOut { year: Some(year) } => {
            Some(year)
        }
        _ => None,
    });
    let policy_year = years.min();
    let open = progress == Progress::Vulnerable;
    let span = i32::from(horizon.shelf_life) + i32::from(horizon.migration);
    let mosca = i32::from(horizon.threat) - span;
    let policy_start = policy_year.map(|year| i32::from(year) - i32::from(horizon.migration));
    let begin = policy_start.map_or(mosca, |start| start.min(mosca));
    Line {
        place: asset.place.clone(),
        name: asset.name.clone(),
        kind: asset.kind,
        progress,
        policy_year,
        has_target: has_target(registry, policy, asset),
        late: open && begin < i32::from(horizon.year),
        begin_by: if open { i16::try_from(begin).ok() } else { None },
        expires: asset.expires.clone(),
    }
}

/// The ledger of an inventory: what is vulnerable first, the most urgent first.
#[must_use]
pub fn ledger(registry: &Registry, policy: &Policy, assets: &[Asset], horizon: Horizon) -> Ledger {
    let asked = assets.iter().filter(|asset| asset.kind != AssetKind::Protocol);
    let mut lines: Vec<Line> = asked.map(|asset| line(registry, policy, asset, horizon)).collect();
    lines.sort_by_key(|line| (line.progress != Progress::Vulnerable, line.begin_by.unwrap_or(i16::MAX)));
    let count = |progress: Progress| lines.iter().filter(|line| line.progress == progress).count();
    Ledger {
        schema: "shinayaka.crypto-ledger/1".into(),
        policy: policy.id.clone(),
        horizon,
        vulnerable: count(Progress::Vulnerable),
        hybrid: count(Progress::Hybrid),
        resistant: count(Progress::Resistant),
        late: lines.iter().filter(|line| line.late).count(),
        lines,
    }
}
