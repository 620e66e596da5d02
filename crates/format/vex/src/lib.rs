//! Readers and writers of VEX, the statements of a supplier whether a vulnerability matters to a product: OpenVEX 0.2
//! (and the older 0.0.x) and the `vulnerabilities` of CycloneDX 1.4 to 1.7 in JSON.
//!
//! Both come down to the same [`Statement`]s. (VEX in the form of CSAF is read by the crate for CSAF.)
//!
//! ```
//! use shinayaka_vex::{Status, read};
//!
//! let file = r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/vex/1","author":"Example",
//!  "timestamp":"2030-01-02T00:00:00Z","version":1,"statements":[{"vulnerability":{"name":"CVE-2030-0001"},
//!   "products":[{"@id":"pkg:oci/app@sha256:ab","subcomponents":[{"@id":"pkg:npm/gate@1.4.1"}]}],
//!   "status":"not_affected","justification":"vulnerable_code_not_in_execute_path"}]}"#;
//! let document = read(file.as_bytes())?;
//! let statement = &document.statements[0];
//! assert_eq!((statement.vulnerability.as_str(), statement.status), ("CVE-2030-0001", Status::NotAffected));
//! assert_eq!(statement.products[0].purls, ["pkg:oci/app@sha256:ab"]);
//! assert_eq!(statement.products[0].subcomponents[0].purls, ["pkg:npm/gate@1.4.1"]);
//! # Ok::<(), shinayaka_vex::Fault>(())
//! ```
//!
//! [`check`] names what keeps a document from being published, and [`write_openvex`] and [`write_cyclonedx`] refuse such a
//! document. Sources: OpenVEX specification 0.2.0, <https://github.com/openvex/spec>; ECMA-424 (CycloneDX).

mod check;
mod cyclonedx;
mod openvex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use check::{Finding, Unpublishable, check, write_cyclonedx, write_openvex};

/// Bytes of one document.
pub const MAXIMUM_BYTES: usize = 256 << 20;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    OpenVex,
    CycloneDx,
}

/// One VEX document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub format: Format,
    /// `@id` or `serialNumber`.
    pub id: Option<String>,
    pub author: Option<String>,
    pub role: Option<String>,
    /// Times as written (RFC 3339).
    pub timestamp: Option<String>,
    pub last_updated: Option<String>,
    pub version: Option<u64>,
    pub statements: Vec<Statement>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    NotAffected,
    Affected,
    Fixed,
    #[default]
    UnderInvestigation,
}

/// What is said about one vulnerability and some products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub id: Option<String>,
    /// `CVE-2030-0001`, `GHSA-…`.
    pub vulnerability: String,
    pub aliases: Vec<String>,
    pub products: Vec<Product>,
    pub status: Status,
    /// Why it is not affected, in the word of the format: `vulnerable_code_not_present` (OpenVEX), `code_not_present`
    /// (CycloneDX).
    pub justification: Option<String>,
    /// The same as a sentence.
    pub impact: Option<String>,
    /// What to do when it is affected.
    pub action: Option<String>,
    pub notes: Option<String>,
    /// Of the statement; when it has none, of the document.
    pub timestamp: Option<String>,
    pub last_updated: Option<String>,
}

/// A product, by whatever names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// As written: an IRI, a purl, a `bom-ref` or a BOM-Link.
    pub id: String,
    pub purls: Vec<String>,
    pub cpes: Vec<String>,
    /// Algorithm as written, and hexadecimal value.
    pub hashes: Vec<(String, String)>,
    /// The parts of it that the statement is about; empty: the product as a whole.
    pub subcomponents: Vec<Product>,
    /// CycloneDX only: the versions meant. Empty: as the product has it.
    pub versions: Vec<VersionStatus>,
}

/// A version or a range of versions (VERS) with a status of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionStatus {
    pub version: Option<String>,
    pub range: Option<String>,
    /// `affected`, `unaffected`, `unknown`.
    pub status: Option<String>,
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    /// From 1; 0 when only the path is known.
    pub line: u64,
    pub path: String,
    pub reason: String,
}

/// A document of either format.
///
/// # Errors
/// [`Fault`] with the place of what is no VEX.
pub fn read(bytes: &[u8]) -> Result<Document, Fault> {
    let fault = |line: u64, reason: String| Fault { line, path: "document".into(), reason };
    if bytes.len() > MAXIMUM_BYTES {
        return Err(fault(1, format!("is longer than {MAXIMUM_BYTES} bytes")));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        fault((error.line() as u64).max(1), reason.into())
    })?;
    let context = value.get("@context").and_then(Value::as_str).unwrap_or("");
    if context.contains("openvex") {
        return openvex::read(value);
    }
    if value.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX") {
        return cyclonedx::read(value);
    }
    Err(fault(1, "is neither OpenVEX (@context) nor CycloneDX (bomFormat)".into()))
}

fn from_serde(error: serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let path = error.path().to_string();
    let reason: String = error.inner().to_string().chars().take(300).collect();
    Fault { line: 0, path, reason }
}

/// The name sorted by what it looks like: a purl, a CPE or any other.
fn named(id: String) -> Product {
    let mut product = Product::default();
    if id.starts_with("pkg:") {
        product.purls.push(id.clone());
    } else if id.starts_with("cpe:") {
        product.cpes.push(id.clone());
    }
    product.id = id;
    product
}
