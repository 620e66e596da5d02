//! What a policy says of an algorithm with its parameter in a year.

use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{Algorithm, Component, Family, Registry};
use crate::policy::{Entry, List, Policy};

/// The verdict, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    Recommended,
    Candidate,
    /// Allowed up to the end of this year.
    Expires {
        #[serde(rename = "verdict_year")]
        year: i16,
    },
    /// For compatibility only.
    Monitored,
    /// To be left; by the end of the year when the policy names one.
    PhaseOut {
        #[serde(rename = "verdict_year")]
        year: Option<i16>,
    },
    /// The name, or a part that decides, is not known here.
    Unknown,
    NotListed,
    /// Was allowed up to the end of this year.
    Expired {
        #[serde(rename = "verdict_year")]
        year: i16,
    },
    Disallowed,
}

impl Verdict {
    /// Whether a system may rest on it in that year.
    #[must_use]
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Recommended | Self::Candidate | Self::Expires { .. })
    }

    /// The verdict in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Recommended => "recommended".into(),
            Self::Candidate => "candidate".into(),
            Self::Expires { year } => format!("expires in {year}"),
            Self::Monitored => "monitored (allowed for compatibility)".into(),
            Self::PhaseOut { year: Some(year) } => format!("to be phased out by {year}"),
            Self::PhaseOut { year: None } => "to be phased out".into(),
            Self::Unknown => "unknown".into(),
            Self::NotListed => "not listed".into(),
            Self::Expired { year } => format!("expired in {year}"),
            Self::Disallowed => "disallowed".into(),
        }
    }
}

/// The answer for one algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Judgement {
    pub algorithm: String,
    pub title: String,
    pub parameter: Option<u32>,
    pub curve: Option<String>,
    /// Strength in bits, when parameter or curve say it.
    pub strength: Option<u32>,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The policy.
    pub policy: String,
    /// The clauses that decide.
    pub clauses: Vec<String>,
    pub note: String,
    /// What the verdict rests on and was not said, such as a key length.
    pub condition: Option<String>,
    pub quantum: crate::names::Quantum,
    /// The policy lists it against quantum computers.
    pub listed_against_quantum: bool,
}

/// Judges one algorithm under a policy in a year.
#[must_use]
pub fn judge(registry: &Registry, policy: &Policy, component: Component, year: i16) -> Judgement {
    let algorithm = registry.algorithm(component);
    let strength = registry.strength(component);
    let curve = component.curve.map(|curve| registry.algorithms()[curve].id.clone());
    let mut judgement = Judgement {
        algorithm: algorithm.id.clone(),
        title: algorithm.title.clone(),
        parameter: component.parameter,
        curve,
        strength,
        verdict: Verdict::NotListed,
        policy: policy.id.clone(),
        clauses: Vec::new(),
        note: String::new(),
        condition: None,
        quantum: algorithm.quantum,
        listed_against_quantum: false,
    };
    let mut rows = policy.entries.iter().filter(|entry| fits(entry, algorithm, &judgement));
    let first = rows.next();
    let listed = first.into_iter().chain(rows);
    judgement.listed_against_quantum =
        listed.filter(|entry| entry.quantum).any(|entry| said(entry, component.parameter));
    match first {
        Some(entry) => {
            judgement.verdict = of_list(entry, year);
            judgement.clauses.push(entry.clause.clone());
            judgement.note.clone_from(&entry.note);
            judgement.condition = condition(entry, component.parameter);
        }
        // A bare key or curve is no entry of a list: its strength alone is judged.
        None if bare(algorithm) => judgement.verdict = Verdict::Recommended,
        None => judgement.clauses.push(absent(policy, algorithm)),
    }
    if first.is_none_or(|entry| entry.strength_applies) {
        apply_strength(policy, algorithm, year, &mut judgement);
    }
    if bare(algorithm) && first.is_none() && judgement.clauses.is_empty() {
        judgement.verdict = Verdict::Unknown;
        judgement.clauses.push("no clause on this kind of key".into());
    }
    judgement
}

fn bare(algorithm: &Algorithm) -> bool {
    matches!(algorithm.kind, crate::names::Kind::Curve | crate::names::Kind::PublicKey)
}

fn said(entry: &Entry, parameter: Option<u32>) -> bool {
    entry.parameters.is_empty() || parameter.is_some_and(|parameter| entry.parameters.contains(&parameter))
}

fn fits(entry: &Entry, algorithm: &Algorithm, judgement: &Judgement) -> bool {
    entry.algorithms.contains(&algorithm.id)
        && judgement
            .parameter
            .is_none_or(|parameter| entry.parameters.is_empty() || entry.parameters.contains(&parameter))
        && judgement
            .parameter
            .is_none_or(|parameter| entry.minimum.is_none_or(|minimum| parameter >= minimum))
        && judgement
            .curve
            .as_ref()
            .is_none_or(|curve| entry.curves.is_empty() || entry.curves.contains(curve))
}

fn of_list(entry: &Entry, year: i16) -> Verdict {
    match (entry.list, entry.until) {
        (List::Disallowed, _) => Verdict::Disallowed,
        (_, Some(until)) if year > until => Verdict::Expired { year: until },
        (List::Recommended, Some(year)) => Verdict::Expires { year },
        (List::Recommended, None) => Verdict::Recommended,
        (List::Candidate, _) => Verdict::Candidate,
        (List::Monitored, _) => Verdict::Monitored,
        (List::PhaseOut, year) => Verdict::PhaseOut { year },
    }
}

fn condition(entry: &Entry, parameter: Option<u32>) -> Option<String> {
    if parameter.is_some() {
        return None;
    }
    let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    match (entry.parameters.as_slice(), entry.minimum) {
        ([], None) => None,
        ([], Some(minimum)) => Some(format!("only with a parameter of {minimum} or more; it was not said")),
        (parameters, _) => Some(format!("only with the parameter {}; it was not said", list(parameters))),
    }
}

fn absent(policy: &Policy, algorithm: &Algorithm) -> String {
    let others = policy.entries.iter().filter(|entry| entry.algorithms.contains(&algorithm.id));
    let clauses: Vec<&str> = others.map(|entry| entry.clause.as_str()).collect();
    if clauses.is_empty() {
        format!("no row of {}", policy.document)
    } else {
        format!("not with this parameter: {}", clauses.join("; "))
    }
}

fn apply_strength(policy: &Policy, algorithm: &Algorithm, year: i16, judgement: &mut Judgement) {
    let public = matches!(algorithm.family, Family::Integer | Family::Curve)
        || algorithm.kind == crate::names::Kind::Curve;
    // A curve by itself counts as the key that it is made for.
    let family = if algorithm.kind == crate::names::Kind::Curve { Family::Curve } else { algorithm.family };
    let Some(strength) = judgement.strength else {
        if (public || algorithm.family == Family::Cipher)
            && !policy.strengths.is_empty()
            && judgement.condition.is_none()
        {
            judgement.condition =
                Some("the key length was not said; the criteria for it were not applied".into());
        }
        return;
    };
    let row = policy.strengths.iter().find(|row| {
        (row.families.is_empty() || row.families.contains(&family))
            && row.below.is_none_or(|below| strength < below)
    });
    let Some(row) = row else { return };
    // Criteria say what counts as recommended; what is only tolerated they end in a year, they do not end it at once.
    let tolerated = matches!(judgement.verdict, Verdict::Monitored | Verdict::PhaseOut { .. });
    if tolerated && row.leave_by.is_none() {
        return;
    }
    judgement.clauses.push(row.clause.clone());
    let verdict = match (row.usable_until, row.leave_by) {
        (_, Some(leave)) if year > leave => Verdict::Expired { year: leave },
        (Some(usable), _) if year <= usable => return,
        (_, Some(leave)) => Verdict::Expires { year: leave },
        (_, None) => Verdict::Disallowed,
    };
    judgement.verdict = verdict.max(judgement.verdict);
}

/// The worst of some verdicts; unknown when there is none.
#[must_use]
pub fn worst(judgements: &[Judgement]) -> Verdict {
    judgements.iter().map(|judgement| judgement.verdict).max().unwrap_or(Verdict::Unknown)
}
