//! The bounds within which untrusted documents are read. Outside them a reader refuses and names the place.

use std::io::Read;

use crate::error::{Error, Place, Result};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Values of the document: objects, arrays, texts, numbers; an alias counts once for every use.
    pub values: usize,
    /// How deep values may nest.
    pub depth: usize,
}

impl Default for Limits {
    /// 64 MiB, 4 million values, 128 levels: twenty times the largest catalogue in use.
    fn default() -> Limits {
        Limits { bytes: 64 << 20, values: 4_000_000, depth: 128 }
    }
}

/// Reads all of `input`, or refuses when it is longer than the bound.
///
/// # Errors
/// [`Error::Syntax`] with rule `size` when the input is too long or no UTF-8, [`Error::Read`] when it cannot be read.
pub fn read_bounded(input: impl Read, limits: &Limits) -> Result<String> {
    let mut bytes = Vec::new();
    input.take(limits.bytes as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limits.bytes {
        let reason = format!("longer than {} bytes; reading stopped here", limits.bytes);
        return Err(Error::syntax(place_of(&bytes, limits.bytes), "size", reason));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Error::syntax(place_of(error.as_bytes(), at), "utf-8", "not UTF-8")
    })
}

/// Line and column of a byte offset; the column counts characters where the text is UTF-8.
#[must_use]
pub fn place_of(bytes: &[u8], offset: usize) -> Place {
    let before = &bytes[..offset.min(bytes.len())];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    Place { line: line as u32, column: column as u32 }
}

/// Counts values and depth while a reader works.
pub(crate) struct Meter<'a> {
    limits: &'a Limits,
    values: usize,
}

impl<'a> Meter<'a> {
    pub fn new(limits: &'a Limits) -> Meter<'a> {
        Meter { limits, values: 0 }
    }

    pub fn count(&mut self, depth: usize, place: impl Fn() -> Place) -> Result<()> {
        self.values += 1;
        if self.values > self.limits.values {
            let reason = format!("more than {} values", self.limits.values);
            return Err(Error::syntax(place(), "size", reason));
        }
        if depth > self.limits.depth {
            let reason = format!("nested deeper than {} levels", self.limits.depth);
            return Err(Error::syntax(place(), "depth", reason));
        }
        Ok(())
    }
}
