//! Canonical JSON: one text for one value, so that a body can be hashed and compared.
//!
//! As RFC 8785 (JSON Canonicalization Scheme) for what our records use: members sorted, no white space,
//! shortest number form. `serde_json`'s map is a sorted map here (its `preserve_order` feature must stay off),
//! and sorts by UTF-8 bytes where RFC 8785 sorts by UTF-16 units: member names of records are ASCII.

use serde::Serialize;

use crate::error::{Error, Result};

/// The canonical text of a value.
///
/// # Errors
/// [`Error::Invalid`] if the value has no JSON form (a map with keys that are not text, a non-finite number).
pub fn to_canonical<T: Serialize>(value: &T) -> Result<String> {
    let value = serde_json::to_value(value).map_err(|error| Error::invalid("body", error.to_string()))?;
    serde_json::to_string(&value).map_err(|error| Error::invalid("body", error.to_string()))
}
