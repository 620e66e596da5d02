//! A segment of assertions where it lies.

use std::collections::HashSet;

use super::layout::{Bytes, IndexError, Sections, i64_at, u32_at};
use super::strings::Dictionary;
use crate::assertion::{Alias, Authority, Document, Relation, Statement};
use crate::version::Scheme;

pub(super) const MAGIC: &[u8; 8] = b"SHINAMAT";

/// In place of a number: none.
pub(super) const NOTHING: u32 = u32::MAX;

pub(super) mod section {
    pub const STRING_STARTS: usize = 0;
    pub const STRING_BYTES: usize = 1;
    pub const KEY_STARTS: usize = 2;
    pub const KEY_BYTES: usize = 3;
    pub const DOCUMENTS: usize = 4;
    pub const DOCUMENT_TIMES: usize = 5;
    pub const ASSERTIONS: usize = 6;
    pub const VALIDITY: usize = 7;
    pub const ALIASES: usize = 8;
    pub const PACKAGES: usize = 9;
    pub const ENTRIES: usize = 10;
    pub const BOUNDS: usize = 11;
    pub const SLOTS: usize = 12;
    pub const EXACT: usize = 13;
    pub const POSTING_ENDS: usize = 14;
    pub const POSTINGS: usize = 15;
    pub const COUNT: usize = 16;
}

const DOCUMENT_WIDTH: usize = 6;
const ASSERTION_WIDTH: usize = 8;
const ENTRY_WIDTH: usize = 8;

#[derive(Clone)]
pub struct Segment {
    sections: Sections,
}

/// One assertion as stored.
#[derive(Debug, Clone, Copy)]
pub struct AssertionView<'a> {
    pub document: u32,
    pub vulnerability: &'a str,
    pub subject: &'a str,
    /// The range in VERS, or the text as found when it could not be read.
    pub range: &'a str,
    /// Why it cannot be evaluated.
    pub reason: Option<&'a str>,
    pub requirement: Option<&'a str>,
    pub scope: Option<&'a str>,
    pub scheme: Scheme,
    pub statement: Statement,
    /// 0 unreadable, 1 the rest or everything, 2 a range, 3 versions one by one.
    pub specificity: u8,
    pub valid_from: i64,
    pub valid_until: i64,
}

/// Assertions about some vulnerabilities, and the packages they are about; both sorted.
pub(crate) struct About {
    pub(crate) assertions: Vec<u32>,
    pub(crate) packages: Vec<u32>,
}

/// A package in one scheme.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) scheme: Scheme,
    listed: bool,
    bounds: &'a [u8],
    slots: &'a [u8],
    exact: &'a [u8],
    pub(super) always: u32,
    pub(super) partial: u32,
    pub(super) undecided: u32,
    segment: &'a Segment,
}

impl Segment {
    /// # Errors
    /// What is not a segment of this layout.
    pub fn open(bytes: Bytes) -> Result<Self, IndexError> {
        Ok(Self { sections: Sections::open(bytes, MAGIC, section::COUNT)? })
    }

    /// # Errors
    /// When a byte is not the one that was written.
    pub fn verify(&self) -> Result<(), IndexError> {
        self.sections.verify()
    }

    /// Size in bytes.
    pub fn size(&self) -> usize {
        self.sections.length()
    }

    fn strings(&self) -> Dictionary<'_> {
        let (starts, bytes) =
            (self.sections.get(section::STRING_STARTS), self.sections.get(section::STRING_BYTES));
        Dictionary { starts, bytes }
    }

    fn keys(&self) -> Dictionary<'_> {
        Dictionary {
            starts: self.sections.get(section::KEY_STARTS),
            bytes: self.sections.get(section::KEY_BYTES),
        }
    }

    pub fn documents(&self) -> u32 {
        (self.sections.get(section::DOCUMENT_TIMES).len() / 8) as u32
    }

    pub fn assertions(&self) -> u32 {
        (self.sections.get(section::ASSERTIONS).len() / 4 / ASSERTION_WIDTH) as u32
    }

    pub fn packages(&self) -> u32 {
        ((self.sections.get(section::PACKAGES).len() / 8) as u32).saturating_sub(1)
    }

    pub fn document(&self, number: u32) -> Document {
        let column = self.sections.get(section::DOCUMENTS);
        let field = |at: usize| u32_at(column, number as usize * DOCUMENT_WIDTH + at);
        let text = |at: usize| self.strings().text(field(at)).to_owned();
        Document {
            source: text(0),
            id: text(1),
            revision: text(2),
            hash: text(3),
            authority: Authority::ALL[(field(4) as usize).min(Authority::ALL.len() - 1)],
            retracted: field(5) != 0,
            recorded_at: i64_at(self.sections.get(section::DOCUMENT_TIMES), number as usize),
        }
    }

    pub fn assertion(&self, number: u32) -> AssertionView<'_> {
        let column = self.sections.get(section::ASSERTIONS);
        let field = |at: usize| u32_at(column, number as usize * ASSERTION_WIDTH + at);
        let strings = self.strings();
        let optional = |at: usize| Some(field(at)).filter(|&id| id != NOTHING).map(|id| strings.text(id));
        let [scheme, statement, specificity, _] = field(7).to_le_bytes();
        let validity = self.sections.get(section::VALIDITY);
        AssertionView {
            document: field(0),
            vulnerability: strings.text(field(1)),
            subject: strings.text(field(2)),
            range: strings.text(field(3)),
            reason: optional(4),
            requirement: optional(5),
            scope: optional(6),
            scheme: Scheme::from_code(scheme).unwrap_or(Scheme::Generic),
            statement: Statement::ALL[usize::from(statement).min(Statement::ALL.len() - 1)],
            specificity,
            valid_from: i64_at(validity, number as usize * 2),
            valid_until: i64_at(validity, number as usize * 2 + 1),
        }
    }

    /// Source and identifier of a document, and when it was put down: what revisions are told apart by.
    pub(crate) fn document_key(&self, number: u32) -> (&str, &str, i64) {
        let column = self.sections.get(section::DOCUMENTS);
        let text = |at: usize| self.strings().text(u32_at(column, number as usize * DOCUMENT_WIDTH + at));
        (text(0), text(1), i64_at(self.sections.get(section::DOCUMENT_TIMES), number as usize))
    }

    pub(crate) fn document_of(&self, assertion: u32) -> u32 {
        u32_at(self.sections.get(section::ASSERTIONS), assertion as usize * ASSERTION_WIDTH)
    }

    pub(crate) fn retracted(&self, document: u32) -> bool {
        u32_at(self.sections.get(section::DOCUMENTS), document as usize * DOCUMENT_WIDTH + 5) != 0
    }

    pub(crate) fn vulnerability_of(&self, assertion: u32) -> &str {
        let id = u32_at(self.sections.get(section::ASSERTIONS), assertion as usize * ASSERTION_WIDTH + 1);
        self.strings().text(id)
    }

    /// Everything that is said about vulnerabilities of the given names.
    pub(crate) fn about(&self, names: &HashSet<&str>) -> About {
        let wanted: HashSet<u32> =
            names.iter().filter_map(|name| self.strings().find(name.as_bytes())).collect();
        let column = self.sections.get(section::ASSERTIONS);
        let field = |assertion: u32, at: usize| u32_at(column, assertion as usize * ASSERTION_WIDTH + at);
        let all = if wanted.is_empty() { 0 } else { self.assertions() };
        let assertions: Vec<u32> = (0..all).filter(|&at| wanted.contains(&field(at, 1))).collect();
        let subjects: HashSet<u32> = assertions.iter().map(|&at| field(at, 2)).collect();
        let mut packages: Vec<u32> = subjects.into_iter().filter_map(|id| self.package(id)).collect();
        packages.sort_unstable();
        About { assertions, packages }
    }

    pub fn aliases(&self) -> impl Iterator<Item = Alias> + '_ {
        let column = self.sections.get(section::ALIASES);
        (0..column.len() / 12).map(move |at| Alias {
            from: self.strings().text(u32_at(column, at * 3)).to_owned(),
            relation: Relation::ALL[(u32_at(column, at * 3 + 1) as usize).min(Relation::ALL.len() - 1)],
            to: self.strings().text(u32_at(column, at * 3 + 2)).to_owned(),
        })
    }

    pub(super) fn subject(&self, package: u32) -> &[u8] {
        self.strings().get(u32_at(self.sections.get(section::PACKAGES), package as usize * 2))
    }

    /// Package of an identity.
    pub(super) fn find(&self, identity: &[u8]) -> Option<u32> {
        self.package(self.strings().find(identity)?)
    }

    /// Package by the number of its identity's text.
    fn package(&self, id: u32) -> Option<u32> {
        let column = self.sections.get(section::PACKAGES);
        let (mut low, mut high) = (0, self.packages() as usize);
        while low < high {
            let middle = (low + high) / 2;
            match u32_at(column, middle * 2).cmp(&id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }

    pub(super) fn entries(&self, package: u32) -> impl Iterator<Item = Entry<'_>> {
        let column = self.sections.get(section::PACKAGES);
        let start = u32_at(column, package as usize * 2 + 1);
        let end = u32_at(column, package as usize * 2 + 3);
        (start..end).map(|at| self.entry(at as usize))
    }

    fn entry(&self, at: usize) -> Entry<'_> {
        let column = self.sections.get(section::ENTRIES);
        let field = |row: usize, at: usize| u32_at(column, row * ENTRY_WIDTH + at);
        let part = |section: usize, field_at: usize, width: usize| {
            let (start, end) = (field(at, field_at) as usize, field(at + 1, field_at) as usize);
            &self.sections.get(section)[start * width..end * width]
        };
        let kinds = field(at, 0).to_le_bytes();
        Entry {
            scheme: Scheme::from_code(kinds[0]).unwrap_or(Scheme::Generic),
            listed: kinds[1] != 0,
            bounds: part(section::BOUNDS, 1, 4),
            slots: part(section::SLOTS, 2, 4),
            exact: part(section::EXACT, 4, 8),
            always: field(at, 5),
            partial: field(at, 6),
            undecided: field(at, 7),
            segment: self,
        }
    }

    pub(super) fn posting(&self, id: u32) -> impl Iterator<Item = u32> + '_ {
        let ends = self.sections.get(section::POSTING_ENDS);
        let start = if id == 0 { 0 } else { u32_at(ends, id as usize - 1) as usize };
        let data = self.sections.get(section::POSTINGS);
        (start..u32_at(ends, id as usize) as usize).map(move |at| u32_at(data, at))
    }
}

impl<'a> Entry<'a> {
    fn bound(&self, at: usize) -> &'a [u8] {
        self.segment.keys().get(u32_at(self.bounds, at))
    }

    /// The interval in which a key lies: 0 is before the first boundary.
    fn slot(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.bounds.len() / 4);
        while low < high {
            let middle = (low + high) / 2;
            if self.bound(middle) <= key { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Assertions that hold for a key.
    pub(super) fn at(&self, key: &[u8], mut found: impl FnMut(u32)) {
        let slot = self.slot(key);
        if self.listed {
            for triple in 0..self.slots.len() / 12 {
                let field = |at: usize| u32_at(self.slots, triple * 3 + at);
                if (field(0) as usize..field(1) as usize).contains(&slot) {
                    found(field(2));
                }
            }
        } else {
            self.segment.posting(u32_at(self.slots, slot)).for_each(&mut found);
        }
    }

    /// Do [`Entry::runs`] come in the order of their keys?
    pub(super) fn in_order(&self) -> bool {
        !self.listed
    }

    /// Runs of the elementary intervals in which something holds: from a key, up to a key, and what.
    pub(super) fn runs(
        &self,
        mut found: impl FnMut(&'a [u8], Option<&'a [u8]>, &mut dyn Iterator<Item = u32>),
    ) {
        let last = self.bounds.len() / 4;
        let from = |slot: usize| if slot == 0 { &[][..] } else { self.bound(slot - 1) };
        let to = |slot: usize| (slot < last).then(|| self.bound(slot));
        if self.listed {
            for triple in 0..self.slots.len() / 12 {
                let field = |at: usize| u32_at(self.slots, triple * 3 + at);
                let (low, high) = (field(0) as usize, field(1) as usize);
                found(from(low), to(high - 1), &mut std::iter::once(field(2)));
            }
            return;
        }
        for slot in 0..=last {
            let posting = u32_at(self.slots, slot);
            if posting != 0 {
                found(from(slot), to(slot), &mut self.segment.posting(posting));
            }
        }
    }

    /// Assertions that name this very version, which the scheme has no place for.
    pub(super) fn exact(&self, version: &str) -> impl Iterator<Item = u32> + '_ {
        let wanted =
            if self.exact.is_empty() { None } else { self.segment.strings().find(version.as_bytes()) };
        let rows = if wanted.is_some() { self.exact.len() / 8 } else { 0 };
        (0..rows)
            .filter(move |&at| Some(u32_at(self.exact, at * 2)) == wanted)
            .map(|at| u32_at(self.exact, at * 2 + 1))
    }
}
