//! What may hold between two non-empty sets of requirements: the five base relations of the algebra RCC-5, and sets of
//! them for what is known only in part. Composition is exact for the sets and associative.

use std::fmt;

use serde::Serialize;

/// Exactly one of these holds between two non-empty sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    Equal,
    /// The first is a proper part of the second.
    Subset,
    /// The second is a proper part of the first.
    Superset,
    /// They share something, and each has something of its own.
    Intersects,
    /// They share nothing.
    Disjoint,
}

const ALL: [Base; 5] = [Base::Equal, Base::Subset, Base::Superset, Base::Intersects, Base::Disjoint];

/// The base relations that are possible. None possible: a contradiction. All possible: nothing is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Relation(u8);

const EQUAL: u8 = 1;
const SUBSET: u8 = 2;
const SUPERSET: u8 = 4;
const INTERSECTS: u8 = 8;
const DISJOINT: u8 = 16;
const ANY: u8 = 31;

/// Composition of base relations: row `a r b`, column `b s c`, in the order of [`ALL`].
const TABLE: [[u8; 5]; 5] = [
    [EQUAL, SUBSET, SUPERSET, INTERSECTS, DISJOINT],
    [SUBSET, SUBSET, ANY, SUBSET | INTERSECTS | DISJOINT, DISJOINT],
    [
        SUPERSET,
        EQUAL | SUBSET | SUPERSET | INTERSECTS,
        SUPERSET,
        SUPERSET | INTERSECTS,
        SUPERSET | INTERSECTS | DISJOINT,
    ],
    [
        INTERSECTS,
        SUBSET | INTERSECTS,
        SUPERSET | INTERSECTS | DISJOINT,
        ANY,
        SUPERSET | INTERSECTS | DISJOINT,
    ],
    [DISJOINT, SUBSET | INTERSECTS | DISJOINT, DISJOINT, SUBSET | INTERSECTS | DISJOINT, ANY],
];

/// Composition of sets of base relations, by their bits.
static COMPOSED: [[u8; 32]; 32] = compose_all();

const fn compose_all() -> [[u8; 32]; 32] {
    let mut out = [[0; 32]; 32];
    let mut first = 0;
    while first < 32 {
        let mut second = 0;
        while second < 32 {
            let mut bits = 0;
            let mut row = 0;
            while row < 5 {
                let mut column = 0;
                while column < 5 {
                    if first >> row & 1 == 1 && second >> column & 1 == 1 {
                        bits |= TABLE[row][column];
                    }
                    column += 1;
                }
                row += 1;
            }
            out[first][second] = bits;
            second += 1;
        }
        first += 1;
    }
    out
}

impl From<Base> for Relation {
    fn from(base: Base) -> Relation {
        Relation(1 << base as u8)
    }
}

impl Relation {
    /// Nothing is known.
    pub const UNKNOWN: Relation = Relation(ANY);
    /// Equal to it, or a part of it.
    pub const WITHIN: Relation = Relation(EQUAL | SUBSET);

    /// The relation of a mapping entry, by its OSCAL name; `equal-to` and `equivalent-to` differ in wording alone.
    #[must_use]
    pub fn named(name: &str) -> Option<Relation> {
        Some(Relation(match name {
            "equal-to" | "equal" | "equivalent-to" | "equivalent" => EQUAL,
            "subset-of" | "subset" => SUBSET,
            "superset-of" | "superset" => SUPERSET,
            "intersects-with" | "intersects" => INTERSECTS,
            "no-relationship" => DISJOINT,
            _ => return None,
        }))
    }

    /// The OSCAL name, when exactly one base relation is possible.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            EQUAL => "equivalent-to",
            SUBSET => "subset-of",
            SUPERSET => "superset-of",
            INTERSECTS => "intersects-with",
            DISJOINT => "no-relationship",
            _ => return None,
        })
    }

    /// What holds between `a` and `c` when this holds between `a` and `b`, and `next` between `b` and `c`.
    #[must_use]
    pub fn then(self, next: Relation) -> Relation {
        Relation(COMPOSED[self.0 as usize][next.0 as usize])
    }

    /// What holds between `b` and `a`.
    #[must_use]
    pub fn converse(self) -> Relation {
        let swapped = (self.0 & SUBSET) << 1 | (self.0 & SUPERSET) >> 1;
        Relation(self.0 & !(SUBSET | SUPERSET) | swapped)
    }

    /// What is possible under both.
    #[must_use]
    pub fn and(self, other: Relation) -> Relation {
        Relation(self.0 & other.0)
    }

    #[must_use]
    pub fn is_impossible(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn is_unknown(self) -> bool {
        self.0 == ANY
    }

    /// Whether the first is surely contained in the second: then the second's fulfilment is the first's.
    #[must_use]
    pub fn is_within(self) -> bool {
        self.0 != 0 && self.0 & !(EQUAL | SUBSET) == 0
    }

    /// Whether the two surely have something in common.
    #[must_use]
    pub fn overlaps(self) -> bool {
        self.0 != 0 && self.0 & DISJOINT == 0
    }

    /// The base relations that are possible.
    pub fn bases(self) -> impl Iterator<Item = Base> {
        ALL.into_iter().filter(move |base| self.0 >> *base as u8 & 1 == 1)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.0) {
            (Some(name), _) => formatter.write_str(name),
            (None, 0) => formatter.write_str("impossible"),
            (None, ANY) => formatter.write_str("unknown"),
            (None, _) => {
                let names: Vec<_> = self.bases().filter_map(|base| Relation::from(base).name()).collect();
                formatter.write_str(&names.join(" or "))
            }
        }
    }
}

impl fmt::Debug for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The relation of two non-empty sets, by looking.
    fn between(a: u8, b: u8) -> Base {
        match (a == b, a & b == a, a & b == b, a & b != 0) {
            (true, ..) => Base::Equal,
            (_, true, ..) => Base::Subset,
            (_, _, true, _) => Base::Superset,
            (.., true) => Base::Intersects,
            _ => Base::Disjoint,
        }
    }

    #[test]
    fn the_table_is_what_sets_of_six_elements_show() {
        let mut seen = vec![vec![BTreeSet::new(); 5]; 5];
        for a in 1..64_u8 {
            for b in 1..64_u8 {
                for c in 1..64_u8 {
                    seen[between(a, b) as usize][between(b, c) as usize].insert(between(a, c));
                }
            }
        }
        for first in ALL {
            for second in ALL {
                let possible: BTreeSet<_> = Relation::from(first).then(second.into()).bases().collect();
                assert_eq!(possible, seen[first as usize][second as usize], "{first:?} then {second:?}");
            }
        }
    }

    fn any() -> impl Strategy<Value = Relation> {
        (0..32_u8).prop_map(Relation)
    }

    proptest! {
        #[test]
        fn composition_is_associative(a in any(), b in any(), c in any()) {
            prop_assert_eq!(a.then(b).then(c), a.then(b.then(c)));
        }

        #[test]
        fn the_converse_of_a_chain_is_the_chain_of_converses(a in any(), b in any()) {
            prop_assert_eq!(a.then(b).converse(), b.converse().then(a.converse()));
            prop_assert_eq!(a.converse().converse(), a);
        }

        #[test]
        fn nothing_is_fulfilled_through_an_intersection(before in any(), after in any()) {
            let through = before.then(Base::Intersects.into()).then(after);
            prop_assert!(!through.is_within() || through.is_impossible());
        }
    }
}
