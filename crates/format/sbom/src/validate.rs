//! Holds a CycloneDX document, version 1.4 to 1.7, against every rule of its schema.
//!
//! JSON goes through the JSON Schema of its version (formats asserted), XML through the content models, attributes and
//! simple types of its XML Schema.

mod json;
mod tree;
mod xml;
mod xml_type;

use serde::{Deserialize, Serialize};

use crate::model::{Fault, Limits};
use crate::reader::fault;

/// A rule that the document breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Of the tag (XML); JSON findings have only a path.
    pub line: Option<u64>,
    /// `/components/3/hashes/0/alg` (RFC 6901) or `bom/components/component`.
    pub path: String,
    pub rule: String,
}

/// Findings that are kept; a document with that many is read no further.
const FINDINGS: usize = 100;

/// Every rule that the document breaks, at most 100. Empty: it is valid.
///
/// # Errors
/// [`Fault`] when it is no CycloneDX of version 1.4 to 1.7 at all, cannot be parsed, or goes beyond the limits of one
/// text or of nesting.
pub fn validate(document: &[u8], limits: Limits) -> Result<Vec<Finding>, Fault> {
    let document = document.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(document);
    match document.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => json::validate(document, limits),
        Some(b'<') => xml::validate(document, limits),
        Some(_) => Err(fault(1, "document", "is neither JSON nor XML")),
        None => Err(fault(1, "document", "is empty")),
    }
}
