//! The kernel of both directions: a segment joined with an inventory over their common packages.
//!
//! A full run joins the segment of everything; a new advisory joins its own small segment. Either way the same code
//! decides which statement holds for which component, so that the two directions cannot disagree.

use super::inventory::{Inventory, Rows};
use super::segment::{Entry, Segment};

/// A statement that bears on a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub component: u32,
    pub assertion: u32,
    /// Its range cannot be evaluated for the component's version.
    pub undecidable: bool,
    /// Confidence tier of the name under which the two met.
    pub tier: u8,
}

/// Every statement of the segment that bears on a component of the inventory, sorted by component and assertion; of
/// several ways to the same pair the decided and most confident one is kept.
pub fn join(segment: &Segment, inventory: &Inventory) -> Vec<Hit> {
    let mut hits = Vec::new();
    let (packages, identities) = (segment.packages() as usize, inventory.identities());
    if packages * 16 < identities {
        for package in 0..packages {
            if let Some(identity) = inventory.find(segment.subject(package as u32)) {
                join_package(segment, package as u32, inventory.rows_of(identity), &mut hits);
            }
        }
    } else if identities * 16 < packages {
        for identity in 0..identities {
            if let Some(package) = segment.find(inventory.identity(identity)) {
                join_package(segment, package, inventory.rows_of(identity), &mut hits);
            }
        }
    } else {
        merge(segment, inventory, &mut hits);
    }
    hits.sort_unstable();
    hits.dedup_by_key(|hit| (hit.component, hit.assertion));
    hits
}

/// As [`join`], of the given packages of the segment only.
pub fn join_packages(segment: &Segment, inventory: &Inventory, packages: &[u32]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for &package in packages {
        if let Some(identity) = inventory.find(segment.subject(package)) {
            join_package(segment, package, inventory.rows_of(identity), &mut hits);
        }
    }
    hits.sort_unstable();
    hits.dedup_by_key(|hit| (hit.component, hit.assertion));
    hits
}

fn merge(segment: &Segment, inventory: &Inventory, hits: &mut Vec<Hit>) {
    let (mut package, mut identity) = (0, 0);
    while package < segment.packages() && identity < inventory.identities() {
        match segment.subject(package).cmp(inventory.identity(identity)) {
            std::cmp::Ordering::Less => package += 1,
            std::cmp::Ordering::Greater => identity += 1,
            std::cmp::Ordering::Equal => {
                join_package(segment, package, inventory.rows_of(identity), hits);
                package += 1;
                identity += 1;
            }
        }
    }
}

fn join_package(segment: &Segment, package: u32, rows: Rows, hits: &mut Vec<Hit>) {
    for entry in segment.entries(package) {
        let mut out = Out { rows, hits };
        for assertion in segment.posting(entry.undecided) {
            (rows.start..rows.end).for_each(|row| out.hit(row, assertion, true));
        }
        if entry.scheme == rows.scheme {
            let keyed = rows.keyed();
            (rows.start..keyed).for_each(|row| unplaced(segment, &entry, row, &mut out));
            let mut at = keyed;
            entry.runs(|from, to, assertions| {
                let first = rows.reach(if entry.in_order() { at } else { keyed }, from);
                let end = to.map_or(rows.end, |to| rows.reach(first, to));
                at = end;
                if first < end {
                    for assertion in assertions {
                        (first..end).for_each(|row| out.hit(row, assertion, false));
                    }
                }
            });
        } else {
            let mut key = Vec::new();
            for row in rows.start..rows.end {
                key.clear();
                match entry.scheme.write_key(rows.version(row), &mut key) {
                    Ok(()) => entry.at(&key, |assertion| out.hit(row, assertion, false)),
                    Err(_) => unplaced(segment, &entry, row, &mut out),
                }
            }
        }
    }
}

struct Out<'a, 'h> {
    rows: Rows<'a>,
    hits: &'h mut Vec<Hit>,
}

impl Out<'_, '_> {
    fn hit(&mut self, row: usize, assertion: u32, undecidable: bool) {
        let (component, tier) = self.rows.component(row);
        self.hits.push(Hit { component, assertion, undecidable, tier });
    }
}

/// A row whose version has no place in the scheme: it is in what holds for everything and in what names this very text,
/// and undecidable for whatever has boundaries.
fn unplaced(segment: &Segment, entry: &Entry, row: usize, out: &mut Out) {
    for assertion in segment.posting(entry.always) {
        out.hit(row, assertion, false);
    }
    let named: Vec<u32> = entry.exact(out.rows.version(row)).collect();
    for assertion in segment.posting(entry.partial) {
        if !named.contains(&assertion) {
            out.hit(row, assertion, true);
        }
    }
    for assertion in named {
        out.hit(row, assertion, false);
    }
}
