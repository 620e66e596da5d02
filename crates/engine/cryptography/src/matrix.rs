//! Where policies contradict each other: one row an algorithm, one column a policy.

use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{Component, Family, Kind, Registry};
use crate::policy::{Policies, Policy};
use crate::verdict::{Judgement, Verdict, judge};

/// What `crypto matrix --json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Matrix {
    /// `shinayaka.crypto-matrix/1`.
    pub schema: String,
    pub year: i16,
    pub policies: Vec<Column>,
    pub rows: Vec<Row>,
}

/// A policy of the matrix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Column {
    pub id: String,
    pub document: String,
    pub date: String,
    pub checked: String,
}

/// An algorithm with what each policy says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Row {
    pub algorithm: String,
    pub parameter: Option<u32>,
    pub curve: Option<String>,
    pub cells: Vec<Judgement>,
    /// One policy lets a system rest on it, another does not, though it knows this kind of algorithm.
    pub conflict: bool,
}

/// The parameters that are compared for the families that need one.
fn variants(registry: &Registry, at: usize) -> Vec<Component> {
    let algorithm = &registry.algorithms()[at];
    let bare = Component { algorithm: at, parameter: None, curve: None };
    let sizes =
        |sizes: &[u32]| sizes.iter().map(|size| Component { parameter: Some(*size), ..bare }).collect();
    match (algorithm.id.as_str(), algorithm.family) {
        ("ml-kem", _) => sizes(&[512, 768, 1024]),
        ("ml-dsa", _) => sizes(&[44, 65, 87]),
        ("aes" | "camellia" | "aria" | "cipherunicorn-a" | "clefia" | "hierocrypt-3", _) => {
            sizes(&[128, 192, 256])
        }
        (_, Family::Cipher) => sizes(&[128]),
        (_, Family::Integer) => sizes(&[2048, 3072, 4096, 7680]),
        (_, Family::Curve) => ["p-256", "p-384", "p-521", "x25519"]
            .iter()
            .filter_map(|id| registry.place(id))
            .map(|curve| Component { curve: Some(curve), ..bare })
            .collect(),
        _ => vec![bare],
    }
}

/// Whether a policy speaks about this kind of algorithm at all; silence about a kind is no contradiction.
fn speaks(registry: &Registry, policy: &Policy, kind: Kind) -> bool {
    let named = policy.entries.iter().flat_map(|entry| &entry.algorithms).filter_map(|id| registry.place(id));
    named.into_iter().any(|at| registry.algorithms()[at].kind == kind)
}

/// Every algorithm that some policy names, under every policy.
#[must_use]
pub fn matrix(registry: &Registry, policies: &Policies, year: i16) -> Matrix {
    let mut rows = Vec::new();
    for (at, algorithm) in registry.algorithms().iter().enumerate() {
        let named =
            |policy: &Policy| policy.entries.iter().any(|entry| entry.algorithms.contains(&algorithm.id));
        if !policies.iter().any(named) {
            continue;
        }
        for component in variants(registry, at) {
            let cells: Vec<Judgement> =
                policies.iter().map(|policy| judge(registry, policy, component, year)).collect();
            let spoken = |fine: bool| {
                policies.iter().zip(&cells).any(|(policy, cell)| {
                    cell.verdict != Verdict::Unknown
                        && cell.verdict.is_fine() == fine
                        && speaks(registry, policy, algorithm.kind)
                })
            };
            rows.push(Row {
                algorithm: algorithm.id.clone(),
                parameter: component.parameter,
                curve: component.curve.map(|curve| registry.algorithms()[curve].id.clone()),
                conflict: spoken(true) && spoken(false),
                cells,
            });
        }
    }
    let columns = policies.iter().map(|policy| Column {
        id: policy.id.clone(),
        document: policy.document.clone(),
        date: policy.date.clone(),
        checked: policy.checked.clone(),
    });
    Matrix { schema: "shinayaka.crypto-matrix/1".into(), year, policies: columns.collect(), rows }
}
