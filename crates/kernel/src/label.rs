//! Who may see what.
//!
//! A [`Label`] is TLP 2.0 × audience × PAP × release view. Labels are interned: every object carries the number
//! of its label, and a reader's permitted numbers become the `label_id IN (…)` of every query.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::ObjectId;

/// Traffic Light Protocol 2.0 (FIRST, August 2022), from widest to narrowest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Tlp {
    Clear,
    Green,
    Amber,
    #[serde(rename = "AMBER+STRICT")]
    AmberStrict,
    Red,
}

/// Permissible Actions Protocol: what a recipient may do with the information.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Pap {
    Clear,
    Green,
    Amber,
    Red,
}

/// Which part of the matter the object tells: technical facts without the victim, the victim, or both.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseView {
    Technical,
    Victim,
    Whole,
}

impl ReleaseView {
    fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Whole }
    }
}

/// One party of an audience. Communities and organisations are named by their identifiers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Anybody, with or without an account.
    Public,
    /// Everybody with an account on this node.
    Members,
    /// Whoever works for the node itself: its directors, analysts and operators.
    House,
    Community(String),
    Organisation(String),
    Person(ObjectId),
}

impl Party {
    /// TLP narrows who of an audience counts: at RED only named persons, at AMBER+STRICT no communities.
    fn counts(&self, tlp: Tlp) -> bool {
        tlp <= match self {
            Self::Public => Tlp::Clear,
            Self::Members => Tlp::Green,
            Self::Community(_) => Tlp::Amber,
            Self::House | Self::Organisation(_) => Tlp::AmberStrict,
            Self::Person(_) => Tlp::Red,
        }
    }

    /// True if everybody in `other` is in this party too, whoever they are.
    fn covers(&self, other: &Self) -> bool {
        match self {
            Self::Public => true,
            Self::Members => *other != Self::Public,
            _ => self == other,
        }
    }
}

/// A set of parties, any of whom may see it; several sets when a derived object inherits from several
/// audiences, and then a reader must be in every one of them. **Empty means nobody.**
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Audience(pub BTreeSet<BTreeSet<Party>>);

impl Audience {
    pub fn nobody() -> Self {
        Self::default()
    }

    pub fn any_of(parties: impl IntoIterator<Item = Party>) -> Self {
        Self(BTreeSet::from([parties.into_iter().collect()]))
    }

    /// Those who are in both audiences.
    fn intersection(&self, other: &Self) -> Self {
        if self.0.is_empty() || other.0.is_empty() {
            return Self::nobody();
        }
        Self(self.0.union(&other.0).cloned().collect()).narrowest()
    }

    /// Without the sets that follow from a narrower one: whoever is in a community has an account on the node, so
    /// "members" and "the hub" is the hub.
    fn narrowest(&self) -> Self {
        let follows = |set: &BTreeSet<Party>, from: &BTreeSet<Party>| {
            from != set && from.iter().all(|narrow| set.iter().any(|wide| wide.covers(narrow)))
        };
        let needed = self.0.iter().filter(|set| !self.0.iter().any(|from| follows(set, from)));
        Self(needed.cloned().collect())
    }

    /// Without the parties who do not count under this TLP, or who are in another party of their set anyhow.
    fn under(&self, tlp: Tlp) -> Self {
        let counting = |set: &BTreeSet<Party>| {
            let wider = |party: &Party| set.iter().any(|o| o != party && o.counts(tlp) && o.covers(party));
            set.iter().filter(|party| party.counts(tlp) && !wider(party)).cloned().collect()
        };
        let sets: BTreeSet<BTreeSet<Party>> = self.0.iter().map(counting).collect();
        if sets.contains(&BTreeSet::new()) { Self::nobody() } else { Self(sets) }
    }

    fn admits(&self, tlp: Tlp, principal: &Principal) -> bool {
        !self.0.is_empty() && self.0.iter().all(|set| set.iter().any(|party| principal.is_party(tlp, party)))
    }
}

/// The handling rules of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub tlp: Tlp,
    pub audience: Audience,
    pub pap: Pap,
    pub view: ReleaseView,
}

impl Label {
    /// For everybody, with or without an account.
    pub fn public() -> Self {
        Self {
            tlp: Tlp::Clear,
            audience: Audience::any_of([Party::Public]),
            pap: Pap::Clear,
            view: ReleaseView::Technical,
        }
    }

    /// For everybody with an account on this node.
    pub fn members() -> Self {
        Self {
            tlp: Tlp::Green,
            audience: Audience::any_of([Party::Members]),
            pap: Pap::Green,
            view: ReleaseView::Technical,
        }
    }

    /// The label of what is derived from two objects: as narrow as both together.
    pub fn join(&self, other: &Self) -> Self {
        Self {
            tlp: self.tlp.max(other.tlp),
            audience: self
                .audience
                .under(self.tlp)
                .intersection(&other.audience.under(other.tlp))
                .under(self.tlp.max(other.tlp))
                .narrowest(),
            pap: self.pap.max(other.pap),
            view: self.view.join(other.view),
        }
    }

    /// True if going from this label to `other` shows the object to nobody new and permits nothing new.
    pub fn is_at_most_as_wide_as(&self, other: &Self) -> bool {
        self.join(other) == self.join(self)
    }
}

/// What an account may be asked to do on a node (DESIGN, section 1: who uses it).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the node: accounts, configuration, backup. Sees no more content than anybody else.
    Operator,
    /// Director of a CSIRT or head of the programme: decides, approves, reads everything addressed to the house.
    Director,
    /// Analyst, coordinator: does the daily work on records.
    Analyst,
    /// Secretary of a hub (ISAC, CEPTOAR, prefecture).
    Secretary,
    /// Security officer of an operator (CISO) or owner of a measure in a ministry.
    Officer,
    /// Clerk of a municipality or small office.
    Clerk,
    /// Insurer, actuary, auditor, exercise planner: reads, does not change.
    Assessor,
    /// Member of the advisory council: scores blind, proposes.
    Council,
    /// Nobody in particular: readers without an account.
    Public,
}

impl Role {
    pub const ALL: [Self; 9] = [
        Self::Operator,
        Self::Director,
        Self::Analyst,
        Self::Secretary,
        Self::Officer,
        Self::Clerk,
        Self::Assessor,
        Self::Council,
        Self::Public,
    ];
}

/// What one may want to do with an object.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Read,
    Create,
    Update,
    /// Take a decision that the record asks for: publish, answer, score, close.
    Decide,
    /// Change its label.
    Label,
    /// Take it out of the node in a file or to a peer.
    Export,
    /// Destroy its content on a lawful request.
    Erase,
}

impl Action {
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Create, Self::Update, Self::Decide, Self::Label, Self::Export, Self::Erase];
}

/// Somebody whose identity has been verified, or the public.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    pub account: Option<ObjectId>,
    /// Shown beside what they did; the sign-in name.
    pub name: String,
    pub organisation: Option<String>,
    pub communities: BTreeSet<String>,
    pub roles: BTreeSet<Role>,
}

impl Principal {
    /// A reader without an account.
    pub fn public() -> Self {
        Self {
            account: None,
            name: String::new(),
            organisation: None,
            communities: BTreeSet::new(),
            roles: BTreeSet::from([Role::Public]),
        }
    }

    /// The node itself, when it works on what every member may see (reactions, indicators).
    pub fn node() -> Self {
        Self {
            account: Some(ObjectId::from_bytes([0; 16])),
            name: "node".into(),
            organisation: None,
            communities: BTreeSet::new(),
            roles: BTreeSet::from([Role::Analyst]),
        }
    }

    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn is_party(&self, tlp: Tlp, party: &Party) -> bool {
        // Only the public has no account, and it is in no community, organisation or list of names.
        party.counts(tlp)
            && (*party == Party::Public || self.account.is_some())
            && match party {
                Party::Public | Party::Members => true,
                Party::House => {
                    [Role::Director, Role::Analyst, Role::Operator].iter().any(|role| self.has_role(*role))
                }
                Party::Community(name) => self.communities.contains(name),
                Party::Organisation(name) => self.organisation.as_ref() == Some(name),
                Party::Person(account) => self.account == Some(*account),
            }
    }

    /// Victims are known to those who handle the matter, not to every reader of the technical facts.
    fn may_view(&self, view: ReleaseView) -> bool {
        const HANDLERS: [Role; 5] =
            [Role::Director, Role::Analyst, Role::Secretary, Role::Officer, Role::Clerk];
        view == ReleaseView::Technical || HANDLERS.iter().any(|role| self.has_role(*role))
    }
}

/// The one decision about labels. Whether the *role* may do `action` to this *kind* of record is decided by the
/// kind's grants ([`crate::object::RecordKind::grants`]); both must agree.
pub fn permits(label: &Label, principal: &Principal, action: Action) -> bool {
    let seen = label.audience.admits(label.tlp, principal) && principal.may_view(label.view);
    // PAP:RED forbids every use that could be noticed outside, which taking it out of the node is.
    seen && !(action == Action::Export && label.pap == Pap::Red)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member(name: &str) -> Principal {
        Principal {
            account: Some(ObjectId::from_bytes([7; 16])),
            name: name.into(),
            organisation: Some("city".into()),
            communities: BTreeSet::from(["hub".to_owned()]),
            roles: BTreeSet::from([Role::Analyst]),
        }
    }

    #[test]
    fn an_empty_audience_is_nobody() {
        for audience in [Audience::nobody(), Audience::any_of([])] {
            let label = Label { audience, ..Label::public() };
            assert!(!permits(&label, &member("a"), Action::Read));
            assert!(!permits(&label, &Principal::public(), Action::Read));
        }
    }

    #[test]
    fn red_is_for_named_persons_only() {
        let parties = [Party::Community("hub".into()), Party::Organisation("city".into())];
        let mut label = Label { tlp: Tlp::Red, audience: Audience::any_of(parties), ..Label::members() };
        assert!(!permits(&label, &member("a"), Action::Read));
        label.audience = Audience::any_of([Party::Person(ObjectId::from_bytes([7; 16]))]);
        assert!(permits(&label, &member("a"), Action::Read));
    }

    #[test]
    fn the_hub_is_narrower_than_the_members_and_the_members_than_the_public() {
        let audience = Audience::any_of([Party::Community("hub".into())]);
        let hub = Label { tlp: Tlp::Amber, audience, ..Label::members() };
        assert!(Label::members().is_at_most_as_wide_as(&Label::public()));
        assert!(hub.is_at_most_as_wide_as(&Label::members()));
        assert!(!Label::members().is_at_most_as_wide_as(&hub));
        assert_eq!(hub.join(&Label::public()), hub);
        assert!(permits(&hub.join(&Label::members()), &member("a"), Action::Read));
    }

    #[test]
    fn the_house_is_those_who_work_for_the_node() {
        let audience = Audience::any_of([Party::House, Party::Organisation("hospital".into())]);
        let mut label = Label { tlp: Tlp::AmberStrict, audience, ..Label::members() };
        for (role, seen) in [
            (Role::Director, true),
            (Role::Analyst, true),
            (Role::Operator, true),
            (Role::Secretary, false),
            (Role::Officer, false),
            (Role::Public, false),
        ] {
            let principal = Principal { roles: [role].into(), ..member("a") };
            assert_eq!(permits(&label, &principal, Action::Read), seen, "{role:?}");
        }
        assert!(permits(&label, &Principal::node(), Action::Read));
        assert!(!permits(&label, &Principal::public(), Action::Read));
        label.tlp = Tlp::Red;
        assert!(!permits(&label, &member("a"), Action::Read));
    }

    #[test]
    fn pap_red_cannot_be_exported() {
        let label = Label { pap: Pap::Red, ..Label::members() };
        assert!(permits(&label, &member("a"), Action::Read));
        assert!(!permits(&label, &member("a"), Action::Export));
    }

    fn party() -> impl Strategy<Value = Party> {
        prop_oneof![
            Just(Party::Public),
            Just(Party::Members),
            Just(Party::House),
            "[ab]".prop_map(Party::Community),
            "[ab]".prop_map(Party::Organisation),
            (0u8..2).prop_map(|n| Party::Person(ObjectId::from_bytes([n; 16]))),
        ]
    }

    fn label() -> impl Strategy<Value = Label> {
        let tlp = prop::sample::select(vec![Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red]);
        let view =
            prop::sample::select(vec![ReleaseView::Technical, ReleaseView::Victim, ReleaseView::Whole]);
        let sets = prop::collection::btree_set(prop::collection::btree_set(party(), 0..3), 0..3);
        (tlp, sets, view).prop_map(|(tlp, sets, view)| Label {
            tlp,
            audience: Audience(sets),
            pap: Pap::Green,
            view,
        })
    }

    fn principal() -> impl Strategy<Value = Principal> {
        let communities = prop::collection::btree_set("[ab]", 0..3);
        (
            prop::option::of(0u8..2),
            prop::option::of("[ab]"),
            communities,
            prop::sample::select(&Role::ALL[..]),
        )
            .prop_map(|(account, organisation, communities, role)| Principal {
                account: account.map(|n| ObjectId::from_bytes([n; 16])),
                name: String::new(),
                organisation,
                communities,
                roles: BTreeSet::from([role]),
            })
    }

    proptest! {
        /// Whoever sees a derived object sees both of its inputs, except that the whole may only be seen by
        /// those who may see each part.
        #[test]
        fn a_join_is_seen_by_nobody_who_does_not_see_both(a in label(), b in label(), p in principal()) {
            if permits(&a.join(&b), &p, Action::Read) {
                prop_assert!(permits(&a, &p, Action::Read));
                prop_assert!(permits(&b, &p, Action::Read));
            }
        }

        #[test]
        fn joining_is_commutative_associative_and_idempotent(a in label(), b in label(), c in label()) {
            prop_assert_eq!(a.join(&b), b.join(&a));
            prop_assert_eq!(a.join(&b).join(&c), a.join(&b.join(&c)));
            prop_assert_eq!(a.join(&a).join(&a), a.join(&a));
        }

        #[test]
        fn narrowing_never_shows_to_somebody_new(a in label(), b in label(), p in principal()) {
            if a.is_at_most_as_wide_as(&b) && permits(&a, &p, Action::Read) {
                prop_assert!(permits(&b, &p, Action::Read));
            }
        }
    }
}
