//! Bulletins into a segment. The bytes depend on what was said, not on the order in which it came.

use hashbrown::HashTable;
use std::hash::{BuildHasher, RandomState};

use super::layout::{self, IndexError, column, count, wide_column};
use super::segment::{MAGIC, NOTHING, section};
use super::strings::{Interner, Sorted};
use crate::assertion::{Assertion, Bulletin, Extent};
use crate::version::{Interval, Scheme};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct DocumentRow {
    source: u32,
    id: u32,
    recorded_at: i64,
    revision: u32,
    hash: u32,
    authority: u8,
    retracted: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct AssertionRow {
    document: u32,
    vulnerability: u32,
    subject: u32,
    scheme: u8,
    statement: u8,
    /// 0 unreadable, 1 the rest or everything, 2 a range, 3 versions one by one.
    specificity: u8,
    range: u32,
    reason: u32,
    requirement: u32,
    scope: u32,
    valid_from: i64,
    valid_until: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    subject: u32,
    scheme: u8,
    assertion: u32,
    floor: u32,
    /// `NOTHING`: to the end.
    ceiling: u32,
}

/// A version named alone which its scheme has no place for, or (`NOTHING`) an assertion that cannot be evaluated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Loose {
    subject: u32,
    scheme: u8,
    version: u32,
    assertion: u32,
}

#[derive(Default)]
pub struct Builder {
    strings: Interner,
    keys: Interner,
    documents: Vec<DocumentRow>,
    assertions: Vec<AssertionRow>,
    spans: Vec<Span>,
    loose: Vec<Loose>,
    aliases: Vec<(u32, u8, u32)>,
    ranges: usize,
}

impl Builder {
    pub fn assertions(&self) -> usize {
        self.assertions.len()
    }

    /// Intervals of versions held so far.
    pub fn ranges(&self) -> usize {
        self.ranges
    }

    fn text(&mut self, text: &str) -> u32 {
        self.strings.intern(text.as_bytes())
    }

    pub fn add(&mut self, bulletin: &Bulletin) {
        let document = &bulletin.document;
        let row = DocumentRow {
            source: self.text(&document.source),
            id: self.text(&document.id),
            recorded_at: document.recorded_at,
            revision: self.text(&document.revision),
            hash: self.text(&document.hash),
            authority: document.authority as u8,
            retracted: u8::from(document.retracted),
        };
        let number = self.documents.len() as u32;
        self.documents.push(row);
        for alias in &bulletin.aliases {
            let (from, to) = (self.text(&alias.from), self.text(&alias.to));
            self.aliases.push((from, alias.relation as u8, to));
        }
        for assertion in &bulletin.assertions {
            self.assert(number, assertion);
        }
    }

    fn assert(&mut self, document: u32, assertion: &Assertion) {
        let number = self.assertions.len() as u32;
        let subject = self.text(assertion.subject.as_str());
        let read = evaluate(&assertion.extent);
        let text = self.text(&read.text);
        let reason = match &read.outcome {
            Err(reason) => self.text(reason),
            Ok(_) => NOTHING,
        };
        let requirement = assertion.requirement.as_ref().map_or(NOTHING, |r| self.text(&r.to_string()));
        let scope = assertion.scope.as_ref().map_or(NOTHING, |scope| self.text(scope.as_str()));
        let vulnerability = self.text(&assertion.vulnerability);
        let scheme = read.scheme as u8;
        self.assertions.push(AssertionRow {
            document,
            vulnerability,
            subject,
            scheme,
            statement: assertion.statement as u8,
            specificity: read.specificity,
            range: text,
            reason,
            requirement,
            scope,
            valid_from: assertion.valid_from.unwrap_or(i64::MIN),
            valid_until: assertion.valid_until.unwrap_or(i64::MAX),
        });
        match read.outcome {
            Err(_) => self.loose.push(Loose { subject, scheme, version: NOTHING, assertion: number }),
            Ok((intervals, exact)) => {
                self.ranges += intervals.len().max(1);
                for interval in intervals {
                    let floor = self.keys.intern(&interval.floor);
                    let ceiling = interval.ceiling.map_or(NOTHING, |key| self.keys.intern(&key));
                    self.spans.push(Span { subject, scheme, assertion: number, floor, ceiling });
                }
                for version in exact {
                    let version = self.text(&version);
                    self.loose.push(Loose { subject, scheme, version, assertion: number });
                }
            }
        }
    }

    /// # Errors
    /// When the segment would pass four thousand million of anything.
    pub fn finish(mut self) -> Result<Vec<u8>, IndexError> {
        count(self.assertions.len(), "assertions")?;
        self.keys.intern(b"");
        let (strings, keys) = std::thread::scope(|scope| {
            let keys = scope.spawn(|| self.keys.sorted());
            let strings = self.strings.sorted();
            (strings, keys.join().unwrap_or(Err(IndexError::Damaged("a thread stopped"))))
        });
        let (strings, keys) = (strings?, keys?);
        let mut sections: Vec<Vec<u8>> = vec![Vec::new(); section::COUNT];
        let documents = self.write_documents(&strings, &mut sections);
        let numbers = self.write_assertions(&strings, &documents, &mut sections);
        self.write_aliases(&strings, &mut sections);
        let rank = |id: u32| if id == NOTHING { NOTHING } else { strings.ranks[id as usize] };
        for span in &mut self.spans {
            span.subject = rank(span.subject);
            span.assertion = numbers[span.assertion as usize];
            span.floor = keys.ranks[span.floor as usize];
            span.ceiling = if span.ceiling == NOTHING { NOTHING } else { keys.ranks[span.ceiling as usize] };
        }
        for loose in &mut self.loose {
            loose.subject = rank(loose.subject);
            loose.version = rank(loose.version);
            loose.assertion = numbers[loose.assertion as usize];
        }
        self.spans.sort_unstable();
        self.spans.dedup();
        self.loose.sort_unstable();
        self.loose.dedup();
        let mut entries = Entries::default();
        entries.write(&self.spans, &self.loose);
        entries.store(&mut sections)?;
        sections[section::STRING_STARTS] = strings.starts;
        sections[section::STRING_BYTES] = strings.bytes;
        sections[section::KEY_STARTS] = keys.starts;
        sections[section::KEY_BYTES] = keys.bytes;
        Ok(layout::write(MAGIC, &sections))
    }

    /// New number of each document; equal ones fall together.
    fn write_documents(&mut self, strings: &Sorted, sections: &mut [Vec<u8>]) -> Vec<u32> {
        for row in &mut self.documents {
            for field in [&mut row.source, &mut row.id, &mut row.revision, &mut row.hash] {
                *field = strings.ranks[*field as usize];
            }
        }
        let (rows, numbers) = distinct(&self.documents);
        sections[section::DOCUMENTS] = column(rows.iter().flat_map(|row| {
            [row.source, row.id, row.revision, row.hash, u32::from(row.authority), u32::from(row.retracted)]
        }));
        sections[section::DOCUMENT_TIMES] = wide_column(rows.iter().map(|row| row.recorded_at));
        numbers
    }

    fn write_assertions(
        &mut self,
        strings: &Sorted,
        documents: &[u32],
        sections: &mut [Vec<u8>],
    ) -> Vec<u32> {
        let rank = |id: u32| if id == NOTHING { NOTHING } else { strings.ranks[id as usize] };
        for row in &mut self.assertions {
            row.document = documents[row.document as usize];
            row.vulnerability = rank(row.vulnerability);
            row.subject = rank(row.subject);
            row.range = rank(row.range);
            row.reason = rank(row.reason);
            row.requirement = rank(row.requirement);
            row.scope = rank(row.scope);
        }
        let (rows, numbers) = distinct(&self.assertions);
        sections[section::ASSERTIONS] = column(rows.iter().flat_map(|row| {
            let kinds = u32::from_le_bytes([row.scheme, row.statement, row.specificity, 0]);
            [
                row.document,
                row.vulnerability,
                row.subject,
                row.range,
                row.reason,
                row.requirement,
                row.scope,
                kinds,
            ]
        }));
        sections[section::VALIDITY] =
            wide_column(rows.iter().flat_map(|row| [row.valid_from, row.valid_until]));
        numbers
    }

    fn write_aliases(&mut self, strings: &Sorted, sections: &mut [Vec<u8>]) {
        for (from, _, to) in &mut self.aliases {
            *from = strings.ranks[*from as usize];
            *to = strings.ranks[*to as usize];
        }
        self.aliases.sort_unstable();
        self.aliases.dedup();
        let rows = self.aliases.iter().flat_map(|&(from, relation, to)| [from, u32::from(relation), to]);
        sections[section::ALIASES] = column(rows);
    }
}

struct Evaluated {
    scheme: Scheme,
    text: String,
    specificity: u8,
    outcome: Result<(Vec<Interval>, Vec<String>), String>,
}

fn evaluate(extent: &Extent) -> Evaluated {
    match extent {
        Extent::Range(range) => {
            let named = range.constraints.iter().all(|c| c.comparator == crate::version::Comparator::Equal);
            let single = !range.all && !range.constraints.is_empty() && named;
            let specificity = if single { 3 } else { 2 - u8::from(range.all) };
            let outcome = range.compile().map(|c| (c.intervals, c.exact)).map_err(|error| error.to_string());
            Evaluated { scheme: range.scheme, text: range.to_string(), specificity, outcome }
        }
        Extent::Rest(scheme, ranges) => {
            let mut covered = crate::version::Compiled { intervals: Vec::new(), exact: Vec::new() };
            let mut failure = None;
            for range in ranges {
                match range.compile() {
                    Ok(compiled) => {
                        covered.intervals.extend(compiled.intervals);
                        covered.exact.extend(compiled.exact);
                    }
                    Err(error) => failure = Some(error.to_string()),
                }
            }
            covered.intervals = crate::version::merged(covered.intervals);
            let text =
                if ranges.is_empty() { format!("vers:{}/*", scheme.name()) } else { "all others".to_owned() };
            let outcome = match failure {
                None => Ok((covered.complement(), Vec::new())),
                Some(reason) => Err(reason),
            };
            Evaluated { scheme: *scheme, text, specificity: 1, outcome }
        }
        Extent::Unreadable { text, reason } => Evaluated {
            scheme: Scheme::Generic,
            text: text.clone(),
            specificity: 0,
            outcome: Err(reason.clone()),
        },
    }
}

/// Sorted distinct rows, and the place of each given row among them.
fn distinct<T: Ord + Copy>(rows: &[T]) -> (Vec<T>, Vec<u32>) {
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| rows[a as usize].cmp(&rows[b as usize]));
    let mut out: Vec<T> = Vec::with_capacity(rows.len());
    let mut numbers = vec![0; rows.len()];
    for at in order {
        if out.last() != Some(&rows[at as usize]) {
            out.push(rows[at as usize]);
        }
        numbers[at as usize] = (out.len() - 1) as u32;
    }
    (out, numbers)
}

/// A package in one scheme: boundaries, and what holds between each two of them.
#[derive(Default)]
struct Entries {
    packages: Vec<[u32; 2]>,
    entries: Vec<[u32; 8]>,
    bounds: Vec<u32>,
    slots: Vec<u32>,
    exact: Vec<[u32; 2]>,
    postings: Postings,
}

impl Entries {
    fn write(&mut self, mut spans: &[Span], mut loose: &[Loose]) {
        self.postings.id(&[]);
        while !spans.is_empty() || !loose.is_empty() {
            let next = |subject: u32, scheme: u8| (subject, scheme);
            let (subject, scheme) = match (spans.first(), loose.first()) {
                (Some(a), Some(b)) => next(a.subject, a.scheme).min(next(b.subject, b.scheme)),
                (Some(a), None) => next(a.subject, a.scheme),
                (None, Some(b)) => next(b.subject, b.scheme),
                (None, None) => break,
            };
            let own = spans.partition_point(|span| (span.subject, span.scheme) <= (subject, scheme));
            let apart = loose.partition_point(|loose| (loose.subject, loose.scheme) <= (subject, scheme));
            if self.packages.last().is_none_or(|last| last[0] != subject) {
                self.packages.push([subject, self.entries.len() as u32]);
            }
            self.entry(scheme, &spans[..own], &loose[..apart]);
            spans = &spans[own..];
            loose = &loose[apart..];
        }
        self.packages.push([NOTHING, self.entries.len() as u32]);
    }

    fn entry(&mut self, scheme: u8, spans: &[Span], loose: &[Loose]) {
        let mut bounds: Vec<u32> = Vec::with_capacity(spans.len() * 2);
        for span in spans {
            // Key 0 is the empty one, the beginning of every scheme.
            bounds.extend([span.floor, span.ceiling].into_iter().filter(|&key| key != 0 && key != NOTHING));
        }
        bounds.sort_unstable();
        bounds.dedup();
        let slot = |key: u32| bounds.binary_search(&key).map_or(0, |at| at + 1);
        let placed: Vec<(u32, u32, u32)> = spans
            .iter()
            .map(|span| {
                let low = if span.floor == 0 { 0 } else { slot(span.floor) };
                let high = if span.ceiling == NOTHING { bounds.len() + 1 } else { slot(span.ceiling) };
                (low as u32, high as u32, span.assertion)
            })
            .collect();
        let total: usize = placed.iter().map(|(low, high, _)| (high - low) as usize).sum();
        let listed = total > 16 * spans.len() + 256;
        let (bounds_start, slots_start) = (self.bounds.len() as u32, self.slots.len() as u32);
        if listed {
            self.slots.extend(placed.iter().flat_map(|&(low, high, assertion)| [low, high, assertion]));
        } else {
            let mut lists: Vec<Vec<u32>> = vec![Vec::new(); bounds.len() + 1];
            for &(low, high, assertion) in &placed {
                for list in &mut lists[low as usize..high as usize] {
                    list.push(assertion);
                }
            }
            for list in &mut lists {
                list.sort_unstable();
                list.dedup();
                self.slots.push(self.postings.id(list));
            }
        }
        let whole = |&&(low, high, _): &&(u32, u32, u32)| low == 0 && high as usize == bounds.len() + 1;
        let mut always: Vec<u32> = placed.iter().filter(whole).map(|p| p.2).collect();
        always.sort_unstable();
        let mut partial: Vec<u32> = placed.iter().filter(|p| !whole(p)).map(|p| p.2).collect();
        partial.sort_unstable();
        partial.dedup();
        let undecided: Vec<u32> =
            loose.iter().filter(|l| l.version == NOTHING).map(|l| l.assertion).collect();
        let exact_start = self.exact.len() as u32;
        self.exact.extend(loose.iter().filter(|l| l.version != NOTHING).map(|l| [l.version, l.assertion]));
        self.entries.push([
            u32::from(scheme) | u32::from(listed) << 8,
            bounds_start,
            slots_start,
            spans.len() as u32,
            exact_start,
            self.postings.id(&always),
            self.postings.id(&partial),
            self.postings.id(&undecided),
        ]);
        self.bounds.extend(bounds);
    }

    fn store(mut self, sections: &mut [Vec<u8>]) -> Result<(), IndexError> {
        for (length, what) in [
            (self.bounds.len(), "boundaries"),
            (self.slots.len(), "intervals"),
            (self.postings.data.len(), "postings"),
        ] {
            count(length, what)?;
        }
        let (bounds, slots, exact) =
            (self.bounds.len() as u32, self.slots.len() as u32, self.exact.len() as u32);
        self.entries.push([0, bounds, slots, 0, exact, 0, 0, 0]);
        sections[section::PACKAGES] = column(self.packages.into_iter().flatten());
        sections[section::ENTRIES] = column(self.entries.into_iter().flatten());
        sections[section::BOUNDS] = column(self.bounds);
        sections[section::SLOTS] = column(self.slots);
        sections[section::EXACT] = column(self.exact.into_iter().flatten());
        sections[section::POSTING_ENDS] = column(self.postings.ends);
        sections[section::POSTINGS] = column(self.postings.data);
        Ok(())
    }
}

/// Lists of assertions, each stored once.
#[derive(Default)]
struct Postings {
    data: Vec<u32>,
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Postings {
    fn id(&mut self, list: &[u32]) -> u32 {
        let at = |data: &[u32], ends: &[u32], id: u32| {
            let start = if id == 0 { 0 } else { ends[id as usize - 1] as usize };
            data[start..ends[id as usize] as usize].to_vec()
        };
        let hash = self.hasher.hash_one(list);
        let (data, ends) = (&self.data, &self.ends);
        if let Some(&id) = self.table.find(hash, |&id| at(data, ends, id) == list) {
            return id;
        }
        let id = self.ends.len() as u32;
        self.data.extend_from_slice(list);
        self.ends.push(self.data.len() as u32);
        let (data, ends, hasher) = (&self.data, &self.ends, &self.hasher);
        self.table.insert_unique(hash, id, |&id| hasher.hash_one(at(data, ends, id).as_slice()));
        id
    }
}
