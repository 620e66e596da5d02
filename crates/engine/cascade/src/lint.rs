//! The plan linter: what in a plan cannot hold, found without simulating anything, fast enough for every save.

mod alternative_shared_cause;
mod buffer_untested;
mod contact_stale;
mod exit_plan_absent;
mod repair_needs_itself;
mod restore_untimed;
mod role_overcommitted;
mod rpo_below_backup_interval;
mod rto_above_mtpd;
mod rto_unreachable;
mod self_dependence;
mod start_cycle;
mod supplier_rto_absent;
mod supplier_rto_longer;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::{Date, Gate, Model, Node, Supplier};

/// A sentence in both languages of the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Text {
    pub en: String,
    pub ja: String,
}

impl Text {
    fn new(en: impl Into<String>, ja: impl Into<String>) -> Self {
        Self { en: en.into(), ja: ja.into() }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Id of the rule.
    pub rule: &'static str,
    /// The node it concerns.
    pub node: String,
    pub message: Text,
}

/// One rule: its id, what it says in one line, and its check.
pub struct Rule {
    pub id: &'static str,
    pub title_en: &'static str,
    pub title_ja: &'static str,
    check: fn(&Plans<'_>, &mut Findings),
}

/// Every rule, in the order of their ids.
pub const RULES: [Rule; 14] = [
    alternative_shared_cause::RULE,
    buffer_untested::RULE,
    contact_stale::RULE,
    exit_plan_absent::RULE,
    repair_needs_itself::RULE,
    restore_untimed::RULE,
    role_overcommitted::RULE,
    rpo_below_backup_interval::RULE,
    rto_above_mtpd::RULE,
    rto_unreachable::RULE,
    self_dependence::RULE,
    start_cycle::RULE,
    supplier_rto_absent::RULE,
    supplier_rto_longer::RULE,
];

/// What rules read: the model, its ids, and the day.
pub(crate) struct Plans<'m> {
    model: &'m Model,
    numbers: HashMap<&'m str, u32>,
    today: Date,
}

impl<'m> Plans<'m> {
    fn nodes(&self) -> impl Iterator<Item = (u32, &'m Node)> {
        (0..).zip(&self.model.nodes)
    }

    fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    fn node(&self, id: &str) -> Option<&'m Node> {
        self.number(id).map(|number| &self.model.nodes[number as usize])
    }

    fn id(&self, number: u32) -> &'m str {
        &self.model.nodes[number as usize].id
    }

    /// Suppliers that each of these gates cannot hold without, as numbers.
    fn required<'g>(&self, gates: impl IntoIterator<Item = &'g Gate>) -> Vec<u32> {
        gates
            .into_iter()
            .flat_map(Gate::required)
            .filter(|edge| is_hard(edge))
            .filter_map(|edge| self.number(&edge.node))
            .collect()
    }
}

fn is_hard(edge: &Supplier) -> bool {
    edge.terms().grade == crate::model::EdgeGrade::Hard
}

/// Collects the findings of one rule.
pub(crate) struct Findings {
    rule: &'static str,
    found: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, node: &str, message: Text) {
        self.found.push(Finding { rule: self.rule, node: node.to_owned(), message });
    }
}

/// Checks every rule. Findings come by rule, then in the order of the model.
///
/// # Errors
/// `Invalid` when a gate names an unknown node or two nodes have the same id.
pub fn lint(model: &Model, today: Date) -> Result<Vec<Finding>> {
    let mut numbers = HashMap::with_capacity(model.nodes.len());
    for (at, node) in model.nodes.iter().enumerate() {
        if numbers.insert(node.id.as_str(), at as u32).is_some() {
            return Err(Error::invalid(
                format!("nodes[{at}]"),
                format!("the id `{}` stands there twice", node.id),
            ));
        }
    }
    let plans = Plans { model, numbers, today };
    for (_, node) in plans.nodes() {
        for gate in node.run.iter().chain(&node.start).chain(&node.repair) {
            if let Some(edge) = gate.suppliers().into_iter().find(|edge| plans.number(&edge.node).is_none()) {
                return Err(Error::invalid(
                    format!("node `{}`", node.id),
                    format!("unknown node `{}`", edge.node),
                ));
            }
        }
    }
    let mut found = Vec::new();
    for rule in RULES {
        let mut findings = Findings { rule: rule.id, found: Vec::new() };
        (rule.check)(&plans, &mut findings);
        found.append(&mut findings.found);
    }
    Ok(found)
}
