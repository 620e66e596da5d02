//! Dictionaries of byte strings: numbered in order of arrival while building, in order of their bytes afterwards.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::layout::{IndexError, column, count, u32_at};

#[derive(Default)]
pub(super) struct Interner {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Interner {
    pub(super) fn get(&self, id: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, id)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn intern(&mut self, text: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(&id) = self.table.find(hash, |&id| slice(bytes, ends, id) == text) {
            return id;
        }
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.table.insert_unique(hash, id, |&id| hasher.hash_one(slice(bytes, ends, id)));
        id
    }

    /// The rank of each number in the order of bytes, and the sorted dictionary as two sections.
    pub(super) fn sorted(&self) -> Result<Sorted, IndexError> {
        count(self.bytes.len(), "bytes of text")?;
        let mut order: Vec<u32> = (0..self.ends.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.get(a).cmp(self.get(b)));
        let mut ranks = vec![0; order.len()];
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut starts = Vec::with_capacity(order.len() + 1);
        for (rank, &id) in order.iter().enumerate() {
            ranks[id as usize] = rank as u32;
            starts.push(bytes.len() as u32);
            bytes.extend_from_slice(self.get(id));
        }
        starts.push(bytes.len() as u32);
        Ok(Sorted { ranks, starts: column(starts), bytes })
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[u32], id: u32) -> &'a [u8] {
    let start = if id == 0 { 0 } else { ends[id as usize - 1] as usize };
    &bytes[start..ends[id as usize] as usize]
}

pub(super) struct Sorted {
    pub(super) ranks: Vec<u32>,
    pub(super) starts: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// A sorted dictionary where it lies.
#[derive(Clone, Copy)]
pub(super) struct Dictionary<'a> {
    pub(super) starts: &'a [u8],
    pub(super) bytes: &'a [u8],
}

impl<'a> Dictionary<'a> {
    #[inline]
    pub(super) fn get(&self, id: u32) -> &'a [u8] {
        let at = id as usize;
        &self.bytes[u32_at(self.starts, at) as usize..u32_at(self.starts, at + 1) as usize]
    }

    pub(super) fn text(&self, id: u32) -> &'a str {
        std::str::from_utf8(self.get(id)).unwrap_or("")
    }

    pub(super) fn len(&self) -> usize {
        (self.starts.len() / 4).saturating_sub(1)
    }

    pub(super) fn find(&self, text: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.get(middle as u32).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }
}
