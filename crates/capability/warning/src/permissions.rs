//! Who may do what to the records of this capability. Labels decide besides who sees a single object: a warning is seen
//! by the house, and by everybody once a public one is issued; a delivery or answer by the house, the organisation and
//! its hubs.

use shinayaka_kernel::{
    label::{
        Action::{self, Create, Decide, Export, Label, Read, Update},
        Role,
    },
    object::{Grant, RecordKind, Scope},
};
use shinayaka_model::{
    delivery::{Answer, AudiencePart, Delivery},
    warning::{Warning, WarningTemplate},
};

const fn any(role: Role, actions: &'static [Action]) -> Grant {
    Grant { role, actions, scope: Scope::Any }
}

const fn own(role: Role, actions: &'static [Action]) -> Grant {
    Grant { role, actions, scope: Scope::Own }
}

/// To decide is to approve. Operators run the node and do not read its drafts.
pub const WARNING: &[Grant] = &[
    any(Role::Director, &[Read, Create, Update, Decide, Label, Export]),
    any(Role::Analyst, &[Read, Create, Update, Decide, Label, Export]),
    any(Role::Secretary, &[Read]),
    any(Role::Officer, &[Read]),
    any(Role::Clerk, &[Read]),
    any(Role::Assessor, &[Read]),
    any(Role::Council, &[Read]),
    any(Role::Public, &[Read]),
];

pub const TEMPLATE: &[Grant] = &[
    any(Role::Director, &[Read, Create, Update, Export]),
    any(Role::Analyst, &[Read, Create, Update, Export]),
];

/// Whom a warning addressed is known to the house only.
pub const AUDIENCE: &[Grant] = &[any(Role::Director, &[Read, Create]), any(Role::Analyst, &[Read, Create])];

pub const DELIVERY: &[Grant] = &[
    any(Role::Director, &[Read, Create, Update, Export]),
    any(Role::Analyst, &[Read, Create, Update, Export]),
    any(Role::Secretary, &[Read]),
    own(Role::Officer, &[Read]),
    own(Role::Clerk, &[Read]),
];

/// An organisation answers for itself; a hub sees the answers of its members.
pub const ANSWER: &[Grant] = &[
    any(Role::Director, &[Read, Create, Update, Export]),
    any(Role::Analyst, &[Read, Create, Update, Export]),
    any(Role::Secretary, &[Read]),
    own(Role::Secretary, &[Create, Update]),
    own(Role::Officer, &[Read, Create, Update]),
    own(Role::Clerk, &[Read, Create, Update]),
];

pub fn kinds() -> Vec<RecordKind> {
    vec![
        RecordKind::of::<Warning>(WARNING),
        RecordKind::of::<WarningTemplate>(TEMPLATE),
        RecordKind::of::<AudiencePart>(AUDIENCE),
        RecordKind::of::<Delivery>(DELIVERY),
        RecordKind::of::<Answer>(ANSWER),
    ]
}
