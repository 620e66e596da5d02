//! Reader, writer and validator of the Common Security Advisory Framework, CSAF 2.0 and 2.1.
//!
//! [`read`] gives the document as plain structs in which nothing is lost (`more` holds what the structs do not name).
//! [`Advisory::products`] reads the product tree out flat, with the helpers that identify a product and the parts that
//! paths and relationships put together; [`Vulnerability::statements`] gives one line for each product and status.
//!
//! ```
//! use shinayaka_csaf::{Status, read};
//!
//! let file = r#"{"document":{"category":"csaf_vex","csaf_version":"2.0","title":"A door that stays open",
//!   "publisher":{"category":"vendor","name":"Example","namespace":"https://example.org"},
//!   "tracking":{"id":"EX-1","status":"final","version":"1","initial_release_date":"2030-01-02T00:00:00Z",
//!     "current_release_date":"2030-01-02T00:00:00Z","revision_history":[{"number":"1","date":"2030-01-02T00:00:00Z","summary":"First"}]}},
//!  "product_tree":{"branches":[{"category":"vendor","name":"Example","branches":[{"category":"product_name","name":"Gate","branches":[
//!    {"category":"product_version_range","name":"vers:npm/<1.4.2","product":{"name":"Gate before 1.4.2","product_id":"P1",
//!     "product_identification_helper":{"purl":"pkg:npm/gate"}}}]}]}]},
//!  "vulnerabilities":[{"cve":"CVE-2030-0001","product_status":{"known_affected":["P1"]}}]}"#;
//! let advisory = read(file.as_bytes())?;
//! let products = advisory.products();
//! let product = &products[0];
//! assert_eq!(product.branch("vendor"), Some("Example"));
//! assert_eq!(product.branch("product_version_range"), Some("vers:npm/<1.4.2"));
//! assert_eq!(product.purls(), ["pkg:npm/gate"]);
//! for statement in advisory.vulnerabilities[0].statements() {
//!     assert_eq!((statement.product, statement.status), ("P1", Status::KnownAffected));
//! }
//! # Ok::<(), shinayaka_csaf::Fault>(())
//! ```
//!
//! `validate` (feature of the same name, on by default) runs the schema and the tests of the standard (mandatory, optional or recommended, informative). A test that is
//! not implemented is listed as such, never counted as passed.
//!
//! Sources: OASIS CSAF 2.0 (OS, 2022-11-18) and 2.1 (CSD03). The tests come from the crate `csaf-rs` and, where it has
//! none, from here (`docs/csaf-conformance.md` has the list).

mod document;
mod products;
mod read;
mod revision;
#[cfg(feature = "validate")]
mod validate;

pub use document::{
    Advisory, Branch, Document, FileHash, Flag, FullProductName, Hashes, Helper, Identifier, Metric, Note,
    ProductGroup, ProductPath, ProductStatus, ProductTree, Publisher, Reference, Relationship, Remediation,
    Revision, Score, Subpath, Threat, Tracking, UniqueIdentifier, Vulnerability, Weakness,
};
pub use products::{Part, Product, Statement, Status};
pub use read::{Fault, MAXIMUM_BYTES, read, write};
pub use revision::{Numbering, remediation_changed};
#[cfg(feature = "validate")]
pub use validate::{Finding, Group, Outcome, Report, TestResult, validate};
