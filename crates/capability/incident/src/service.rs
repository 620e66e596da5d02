//! The actions on the registry: the only place with rules. Each takes a reader or writer made from a verified principal.

pub mod change;
pub mod export;
pub mod import;
pub mod list;
pub mod matrix;
pub mod record;
pub mod timeline;

use shinayaka_kernel::{
    Error, Result,
    clock::Timestamp,
    label::{Action, Role},
    object::{Grant, Scope},
};
use shinayaka_model::{incident::Incident, partial_date::PartialDate};

/// Told when an accident was recorded or changed, once for each save and once for a whole import.
pub const RECORDED: &str = "incident.recorded";

/// What [`RECORDED`] says.
#[derive(Debug, serde::Serialize)]
pub struct Recorded {
    /// How many accidents were recorded or changed in this commit.
    pub count: u64,
}

use Action::{Create, Erase, Export, Label, Read, Update};

/// Who may do what. Labels decide further who sees an accident at all.
pub const GRANTS: &[Grant] = &[
    Grant { role: Role::Director, actions: &[Read, Create, Update, Label, Export, Erase], scope: Scope::Any },
    Grant { role: Role::Analyst, actions: &[Read, Create, Update, Label, Export], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Read, Create], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Update], scope: Scope::Own },
    Grant { role: Role::Officer, actions: &[Read, Create], scope: Scope::Any },
    Grant { role: Role::Officer, actions: &[Update], scope: Scope::Own },
    Grant { role: Role::Clerk, actions: &[Read, Create], scope: Scope::Any },
    Grant { role: Role::Clerk, actions: &[Update], scope: Scope::Own },
    Grant { role: Role::Assessor, actions: &[Read], scope: Scope::Any },
    Grant { role: Role::Council, actions: &[Read], scope: Scope::Any },
    Grant { role: Role::Operator, actions: &[Read], scope: Scope::Any },
    Grant { role: Role::Public, actions: &[Read], scope: Scope::Any },
];

/// An accident lies in the past; a day is allowed for the zones of the earth.
fn check_past(incident: &Incident, now: Timestamp) -> Result<()> {
    let today: PartialDate = now.date().parse()?;
    let tomorrow = today.plus_days(1).unwrap_or(today);
    let (end, reported_on) = (incident.end.as_ref(), incident.reported_on.as_ref());
    for (field, date) in [("date", Some(&incident.date)), ("end", end), ("reported_on", reported_on)] {
        if date.is_some_and(|date| tomorrow.is_surely_before(date)) {
            return Err(Error::invalid(field, "lies in the future"));
        }
    }
    Ok(())
}

const FOUNDING_IS_FIXED: &str = "only the 34 accidents with which the registry began carry this";
