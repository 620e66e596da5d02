//! From bytes to a document and back.

use serde::{Deserialize, Serialize};

use crate::document::Advisory;

/// Bytes of one document. The largest published ones are near 20 MB.
pub const MAXIMUM_BYTES: usize = 256 << 20;

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    pub line: u64,
    /// Where: `product_tree.branches[0].name`.
    pub path: String,
    pub reason: String,
}

/// The document, without judging more than its shape: [`crate::validate()`] does that.
///
/// # Errors
/// [`Fault`] when it is no JSON in UTF-8, too long, of another version, or lacks what every CSAF has.
pub fn read(bytes: &[u8]) -> Result<Advisory, Fault> {
    let fault = |line: u64, path: &str, reason: String| Fault { line, path: path.into(), reason };
    if bytes.len() > MAXIMUM_BYTES {
        return Err(fault(1, "document", format!("is longer than {MAXIMUM_BYTES} bytes")));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(fault(1, "document", "is not a JSON object".into()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let advisory: Advisory = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        let path = path.trim_end_matches('?').trim_end_matches('.');
        let line = error.line() as u64;
        fault(
            line.max(1),
            if path.is_empty() { "document" } else { path },
            reason.chars().take(300).collect(),
        )
    })?;
    deserializer
        .end()
        .map_err(|error| fault(error.line() as u64, "document", "something follows it".into()))?;
    match advisory.document.csaf_version.as_str() {
        "2.0" | "2.1" => Ok(advisory),
        other => {
            let other: String = other.chars().take(40).collect();
            Err(fault(1, "document.csaf_version", format!("`{other}` is neither 2.0 nor 2.1")))
        }
    }
}

/// The document as JSON, members as the structs have them.
pub fn write(advisory: &Advisory) -> String {
    serde_json::to_string_pretty(advisory).expect("plain structs of JSON values")
}
