//! From statements to a verdict: who is heard before whom is data, and the verdict says what it set aside.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::assertion::{Authority, Document, Statement};
use crate::index::AssertionView;

/// `none`, that nobody said anything, is the absence of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Affected,
    UnderInvestigation,
    /// Something is said, and it cannot be evaluated for this component.
    Undecidable,
    Fixed,
    NotAffected,
}

impl From<Statement> for Verdict {
    fn from(statement: Statement) -> Self {
        match statement {
            Statement::Affected => Verdict::Affected,
            Statement::UnderInvestigation => Verdict::UnderInvestigation,
            Statement::Fixed => Verdict::Fixed,
            Statement::NotAffected => Verdict::NotAffected,
        }
    }
}

/// By what a statement goes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Meant for the product that the component is a part of, before meant for the component anywhere.
    Scope,
    /// By the list of authorities.
    Authority,
    /// The document put down last.
    Newest,
    /// A single version before a range, a range before everything else.
    Specificity,
    /// By the list of statements: the one to be heard when all else is equal.
    Caution,
}

/// The conflict policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    pub version: String,
    pub order: Vec<Criterion>,
    pub authorities: Vec<Authority>,
    pub statements: Vec<Statement>,
}

impl Policy {
    /// # Errors
    /// What is not JSON of this form, with line and column.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// # Panics
    /// Never: a test reads the embedded file.
    pub fn built_in() -> Self {
        Self::read(include_str!("../data/conflict-policy.json")).expect("a test reads the embedded policy")
    }

    fn rank(&self, criterion: Criterion, said: &Said) -> i64 {
        let place = |found: Option<usize>| found.map_or(i64::MAX, |at| at as i64);
        match criterion {
            Criterion::Scope => i64::from(said.view.scope.is_none()),
            Criterion::Authority => {
                place(self.authorities.iter().position(|&authority| authority == said.document.authority))
            }
            Criterion::Newest => said.document.recorded_at.saturating_neg(),
            Criterion::Specificity => -i64::from(said.view.specificity),
            Criterion::Caution => place(self.statements.iter().position(|&s| s == said.view.statement)),
        }
    }

    /// `Less` when `left` is heard before `right`.
    fn compare(&self, left: &Said, right: &Said) -> Ordering {
        let by_policy =
            self.order.iter().map(|&criterion| self.rank(criterion, left).cmp(&self.rank(criterion, right)));
        by_policy.fold(Ordering::Equal, Ordering::then)
    }
}

/// A statement that bears on a component.
#[derive(Debug, Clone)]
pub struct Said<'a> {
    pub view: AssertionView<'a>,
    pub document: Document,
    /// Why it cannot be evaluated here.
    pub undecidable: Option<String>,
    pub tier: u8,
}

/// The statement that decides, and those it overrode, in the order in which they would have been heard.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    pub verdict: Verdict,
    pub decided_by: Said<'a>,
    pub overrode: Vec<Said<'a>>,
}

/// Decides one vulnerability of one component; `None` without statements.
///
/// The first statement that can be evaluated decides. One that cannot is passed over only when what follows is no less
/// grave: a fix or an exoneration of lower standing does not overrule an unreadable "affected".
pub fn decide<'a>(policy: &Policy, mut said: Vec<Said<'a>>) -> Option<Decision<'a>> {
    said.sort_by(|a, b| {
        policy.compare(a, b).then_with(|| {
            let text = |said: &Said<'a>| (said.view.vulnerability, said.view.range, said.view.subject);
            text(a).cmp(&text(b)).then_with(|| a.document.source.cmp(&b.document.source))
        })
    });
    // The same document can stand in two segments.
    said.dedup_by(|a, b| {
        let text = |said: &Said<'a>| {
            (said.view.vulnerability, said.view.range, said.view.subject, said.view.statement)
        };
        a.document == b.document && text(&*a) == text(&*b) && a.undecidable == b.undecidable
    });
    let first = said.iter().position(|said| said.undecidable.is_none());
    let grave =
        |said: &Said| matches!(said.view.statement, Statement::Affected | Statement::UnderInvestigation);
    let chosen = match first {
        Some(at) if grave(&said[at]) => at,
        Some(at) => said[..at].iter().position(grave).unwrap_or(at),
        None => 0,
    };
    if said.is_empty() {
        return None;
    }
    let decided_by = said.remove(chosen);
    let verdict = if decided_by.undecidable.is_some() {
        Verdict::Undecidable
    } else {
        decided_by.view.statement.into()
    };
    Some(Decision { verdict, decided_by, overrode: said })
}
