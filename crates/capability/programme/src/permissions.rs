//! Who may do what to the records of the programme. Labels decide besides who sees a single object.

use shinayaka_kernel::{
    label::{
        Action::{self, Create, Decide, Export, Read, Update},
        Role,
    },
    object::{Grant, RecordKind, Scope},
};
use shinayaka_model::{
    council::{CouncilCycle, CouncilProposal, CouncilReport, CouncilScore},
    indicator::{Indicator, Reading},
    measure::Measure,
};

const fn any(role: Role, actions: &'static [Action]) -> Grant {
    Grant { role, actions, scope: Scope::Any }
}

const fn own(role: Role, actions: &'static [Action]) -> Grant {
    Grant { role, actions, scope: Scope::Own }
}

/// Everybody with a role on the node reads; the director and the analysts steer; an officer changes the measures of
/// the organisation that he or she works for.
pub const MEASURE: &[Grant] = &[
    any(Role::Operator, &[Read]),
    any(Role::Director, &[Read, Create, Update, Export]),
    any(Role::Analyst, &[Read, Create, Update, Export]),
    any(Role::Secretary, &[Read, Export]),
    any(Role::Officer, &[Read, Export]),
    own(Role::Officer, &[Update]),
    any(Role::Clerk, &[Read]),
    any(Role::Assessor, &[Read, Export]),
    any(Role::Council, &[Read, Export]),
];

/// Definitions come with the program.
pub const INDICATOR: &[Grant] = &[
    any(Role::Operator, &[Read]),
    any(Role::Director, &[Read, Create, Update, Export]),
    any(Role::Analyst, &[Read, Create, Update, Export]),
    any(Role::Secretary, &[Read, Export]),
    any(Role::Officer, &[Read, Export]),
    any(Role::Clerk, &[Read]),
    any(Role::Assessor, &[Read, Export]),
    any(Role::Council, &[Read, Export]),
];

/// Readings are made by the node, and entered by whoever may change the measure.
pub const READING: &[Grant] = &[
    any(Role::Operator, &[Read]),
    any(Role::Director, &[Read, Create, Update, Export]),
    any(Role::Analyst, &[Read, Create, Update, Export]),
    any(Role::Secretary, &[Read, Export]),
    any(Role::Officer, &[Read, Export]),
    own(Role::Officer, &[Create]),
    any(Role::Clerk, &[Read]),
    any(Role::Assessor, &[Read, Export]),
    any(Role::Council, &[Read, Export]),
];

/// The director makes, closes and publishes cycles. A member's decision on a cycle is to have scored; that only its
/// members do it, and only the director the rest, is a rule of the service.
pub const COUNCIL_CYCLE: &[Grant] = &[
    any(Role::Operator, &[Read]),
    any(Role::Director, &[Read, Create, Decide, Export]),
    any(Role::Analyst, &[Read, Export]),
    any(Role::Secretary, &[Read]),
    any(Role::Officer, &[Read]),
    any(Role::Clerk, &[Read]),
    any(Role::Assessor, &[Read, Export]),
    any(Role::Council, &[Read, Decide, Export]),
];

/// The label of scores names the member and the node: the grant of analysts is for the node, which adds them up.
pub const COUNCIL_SCORE: &[Grant] =
    &[own(Role::Council, &[Read, Create, Update]), any(Role::Analyst, &[Read])];

/// Members propose; whoever works for the organisation addressed answers.
pub const COUNCIL_PROPOSAL: &[Grant] = &[
    any(Role::Operator, &[Read]),
    any(Role::Director, &[Read, Export]),
    own(Role::Director, &[Decide]),
    any(Role::Analyst, &[Read, Export]),
    any(Role::Secretary, &[Read]),
    own(Role::Secretary, &[Decide]),
    any(Role::Officer, &[Read, Export]),
    own(Role::Officer, &[Decide]),
    any(Role::Clerk, &[Read]),
    any(Role::Assessor, &[Read, Export]),
    any(Role::Council, &[Read, Create, Export]),
];

/// The report is for everybody, with or without an account.
pub const COUNCIL_REPORT: &[Grant] = &[
    any(Role::Public, &[Read, Export]),
    any(Role::Operator, &[Read, Export]),
    any(Role::Director, &[Read, Create, Update, Export]),
    any(Role::Analyst, &[Read, Export]),
    any(Role::Secretary, &[Read, Export]),
    any(Role::Officer, &[Read, Export]),
    any(Role::Clerk, &[Read, Export]),
    any(Role::Assessor, &[Read, Export]),
    any(Role::Council, &[Read, Export]),
];

/// The kinds of record that belong to the programme.
pub fn kinds() -> Vec<RecordKind> {
    vec![
        RecordKind::of::<Measure>(MEASURE),
        RecordKind::of::<Indicator>(INDICATOR),
        RecordKind::of::<Reading>(READING),
        RecordKind::of::<CouncilCycle>(COUNCIL_CYCLE),
        RecordKind::of::<CouncilScore>(COUNCIL_SCORE),
        RecordKind::of::<CouncilProposal>(COUNCIL_PROPOSAL),
        RecordKind::of::<CouncilReport>(COUNCIL_REPORT),
    ]
}
