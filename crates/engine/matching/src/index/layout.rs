//! A segment as bytes: a head, a table of sections, the sections, all numbers little-endian. It is read where it lies
//! (a memory map, a vector), without copying.

use std::sync::Arc;

use sha2::{Digest, Sha256};

/// Whatever holds the bytes of a segment: a memory map, a vector.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

const HEAD: usize = 8 + 4 + 4 + 32;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    #[error("not a segment of this kind: {0}")]
    Kind(&'static str),
    #[error("the segment is damaged: {0}")]
    Damaged(&'static str),
    #[error("the segment would pass the limit of 4,294,967,295 {0}")]
    TooLarge(&'static str),
}

/// Puts sections together. The head carries the SHA-256 of all that follows it.
pub(super) fn write(magic: &[u8; 8], sections: &[Vec<u8>]) -> Vec<u8> {
    let table = sections.len() * 16;
    let total: usize = sections.iter().map(Vec::len).sum();
    let mut out = Vec::with_capacity(HEAD + table + total);
    out.extend_from_slice(magic);
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&u32::try_from(sections.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&[0; 32]);
    let mut at = (HEAD + table) as u64;
    for section in sections {
        out.extend_from_slice(&at.to_le_bytes());
        out.extend_from_slice(&(section.len() as u64).to_le_bytes());
        at += section.len() as u64;
    }
    for section in sections {
        out.extend_from_slice(section);
    }
    let digest = Sha256::digest(&out[HEAD..]);
    out[16..HEAD].copy_from_slice(&digest);
    out
}

/// The sections of a segment, by number.
#[derive(Clone)]
pub(super) enum Sections {
    /// Where the bytes of a file lie.
    Mapped { bytes: Bytes, ranges: Vec<(usize, usize)> },
    /// As they were built, for a run that keeps nothing.
    Built(Arc<Vec<Vec<u8>>>),
}

impl Sections {
    /// Checks the head; [`Sections::verify`] checks the digest.
    pub(super) fn open(bytes: Bytes, magic: &[u8; 8], count: usize) -> Result<Self, IndexError> {
        let all = (*bytes).as_ref();
        if all.len() < HEAD + count * 16 || &all[..8] != magic {
            return Err(IndexError::Kind("another beginning"));
        }
        if number(all, 8, 4) != 1 || number(all, 12, 4) != count as u64 {
            return Err(IndexError::Kind("another version of the layout"));
        }
        let mut ranges = Vec::with_capacity(count);
        for at in 0..count {
            let start = number(all, HEAD + at * 16, 8) as usize;
            let length = number(all, HEAD + at * 16 + 8, 8) as usize;
            let end = start.checked_add(length).filter(|&end| end <= all.len());
            ranges.push((start, end.ok_or(IndexError::Damaged("a section beyond the end"))?));
        }
        Ok(Self::Mapped { bytes, ranges })
    }

    /// # Errors
    /// When a byte behind the head is not the one that was written.
    pub(super) fn verify(&self) -> Result<(), IndexError> {
        let Self::Mapped { bytes, .. } = self else { return Ok(()) };
        let all = (**bytes).as_ref();
        if Sha256::digest(&all[HEAD..])[..] == all[16..HEAD] {
            Ok(())
        } else {
            Err(IndexError::Damaged("its digest does not hold"))
        }
    }

    pub(super) fn get(&self, section: usize) -> &[u8] {
        match self {
            Self::Mapped { bytes, ranges } => {
                let (start, end) = ranges[section];
                &(**bytes).as_ref()[start..end]
            }
            Self::Built(sections) => &sections[section],
        }
    }

    pub(super) fn length(&self) -> usize {
        match self {
            Self::Mapped { bytes, .. } => (**bytes).as_ref().len(),
            Self::Built(sections) => sections.iter().map(Vec::len).sum(),
        }
    }
}

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    bytes[at..at + width].iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

/// The `at`-th of a column of 32-bit numbers.
#[inline]
pub(super) fn u32_at(column: &[u8], at: usize) -> u32 {
    let bytes = &column[at * 4..at * 4 + 4];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[inline]
pub(super) fn i64_at(column: &[u8], at: usize) -> i64 {
    number(column, at * 8, 8) as i64
}

pub(super) fn column(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut out = Vec::new();
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out
}

pub(super) fn wide_column(numbers: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let mut out = Vec::new();
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out
}

pub(super) fn count(length: usize, what: &'static str) -> Result<u32, IndexError> {
    u32::try_from(length).ok().filter(|&n| n < u32::MAX).ok_or(IndexError::TooLarge(what))
}
