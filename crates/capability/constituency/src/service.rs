//! The actions on the constituency: the only place with rules. Each takes a reader or writer made from a verified
//! principal.
//!
//! **Who sees what.** The label of an organisation, and of everything that hangs on it, follows from its record: the
//! house, the organisation itself, its hubs. The grants below let officers and clerks see only what their organisation
//! owns; so a member of a hub does not see the other members, and the secretary of the hub does.

pub mod analysis;
pub mod contacts;
pub mod delegations;
pub mod drill_close;
pub mod drill_report;
pub mod drills;
pub mod export;
pub mod holdings;
pub mod import;
pub mod organisations;
pub mod policy;

use shinayaka_kernel::{
    Error, ObjectId, Reader, Result, Writer,
    access::{FilterValue, ListRequest},
    label::{Action, Role},
    object::{Grant, Record, Scope, Stored},
    page::MAXIMUM_LIMIT,
};

use Action::{Create, Erase, Export, Label, Read, Update};

/// Told when an organisation was registered or changed, once for each save and once for a whole import.
pub const ORGANISATION_SAVED: &str = "organisation.saved";
/// Told when a contact was added, changed, verified or removed.
pub const CONTACT_SAVED: &str = "contact.saved";
/// Told when the result of a drill is known.
pub const DRILL_CLOSED: &str = "drill.closed";

/// How many records an event speaks of.
#[derive(Debug, serde::Serialize)]
pub struct Saved {
    pub count: u64,
}

/// The register. Only the house registers new organisations: whoever else could, could try out which codes exist.
pub const ORGANISATION_GRANTS: &[Grant] = &[
    Grant { role: Role::Director, actions: &[Read, Create, Update, Label, Export, Erase], scope: Scope::Any },
    Grant { role: Role::Analyst, actions: &[Read, Create, Update, Label, Export], scope: Scope::Any },
    Grant { role: Role::Operator, actions: &[Read, Export], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Read, Update, Export], scope: Scope::Any },
    Grant { role: Role::Officer, actions: &[Read, Update, Export], scope: Scope::Own },
    Grant { role: Role::Clerk, actions: &[Read, Update, Export], scope: Scope::Own },
];

/// What hangs on an organisation: contacts, services, products. A contact can be removed by whoever keeps it.
pub const HOLDING_GRANTS: &[Grant] = &[
    Grant { role: Role::Director, actions: &[Read, Create, Update, Label, Export, Erase], scope: Scope::Any },
    Grant { role: Role::Analyst, actions: &[Read, Create, Update, Label, Export, Erase], scope: Scope::Any },
    Grant { role: Role::Operator, actions: &[Read, Export], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Read, Create, Update, Export, Erase], scope: Scope::Any },
    Grant { role: Role::Officer, actions: &[Read, Create, Update, Export, Erase], scope: Scope::Own },
    Grant { role: Role::Clerk, actions: &[Read, Create, Update, Export, Erase], scope: Scope::Own },
];

/// A member lets another act for it, or the house writes down that it did. The delegate only reads.
pub const DELEGATION_GRANTS: &[Grant] = &[
    Grant { role: Role::Director, actions: &[Read, Create, Update, Label, Export, Erase], scope: Scope::Any },
    Grant { role: Role::Analyst, actions: &[Read, Create, Update, Label, Export, Erase], scope: Scope::Any },
    Grant { role: Role::Operator, actions: &[Read, Export], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Read, Export], scope: Scope::Any },
    Grant { role: Role::Officer, actions: &[Read, Create, Update, Export, Erase], scope: Scope::Own },
    Grant { role: Role::Clerk, actions: &[Read, Export], scope: Scope::Own },
];

/// Drills are held by the house, and by a hub for its members.
pub const DRILL_GRANTS: &[Grant] = &[
    Grant { role: Role::Director, actions: &[Read, Create, Update, Export], scope: Scope::Any },
    Grant { role: Role::Analyst, actions: &[Read, Create, Update, Export], scope: Scope::Any },
    Grant { role: Role::Operator, actions: &[Read, Export], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Read, Create, Export], scope: Scope::Any },
];

/// What a drill found about one organisation; written when the drill closes, never changed.
pub const OUTCOME_GRANTS: &[Grant] = &[
    Grant { role: Role::Director, actions: &[Read, Create, Export], scope: Scope::Any },
    Grant { role: Role::Analyst, actions: &[Read, Create, Export], scope: Scope::Any },
    Grant { role: Role::Operator, actions: &[Read, Export], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Read, Export], scope: Scope::Any },
    Grant { role: Role::Officer, actions: &[Read, Export], scope: Scope::Own },
    Grant { role: Role::Clerk, actions: &[Read, Export], scope: Scope::Own },
];

/// What the node has agreed on: known to everybody with an account, changed by the director.
pub const POLICY_GRANTS: &[Grant] = &[
    Grant { role: Role::Director, actions: &[Read, Create, Update], scope: Scope::Any },
    Grant { role: Role::Analyst, actions: &[Read], scope: Scope::Any },
    Grant { role: Role::Operator, actions: &[Read], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Read], scope: Scope::Any },
    Grant { role: Role::Officer, actions: &[Read], scope: Scope::Any },
    Grant { role: Role::Clerk, actions: &[Read], scope: Scope::Any },
];

/// Refuses whoever keeps no part of the register: the rooms are for the house, hubs and members.
fn demand_place(reader: Reader<'_>) -> Result<()> {
    reader.demand::<shinayaka_model::organisation::Organisation>(Read)
}

/// Every record that has these values, page after page.
async fn all<T: Record>(
    reader: Reader<'_>,
    filters: &[(&'static str, &str)],
    sort: Option<(&'static str, bool)>,
) -> Result<Vec<Stored<T>>> {
    let filters: Vec<_> =
        filters.iter().map(|(field, value)| (*field, FilterValue::Text((*value).to_owned()))).collect();
    let mut request = ListRequest { filters, sort, after: None, limit: Some(MAXIMUM_LIMIT) };
    let mut found = Vec::new();
    loop {
        let page = reader.list::<T>(&request).await?;
        found.extend(page.items);
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// The version that the caller read, or a conflict.
async fn read_version<T: Record>(writer: &Writer<'_>, id: ObjectId, version: u32) -> Result<Stored<T>> {
    let stored: Stored<T> = writer.reader().get(id).await?;
    if stored.version == version {
        return Ok(stored);
    }
    Err(Error::Conflict(format!("version {} is the newest; you read version {version}", stored.version)))
}
