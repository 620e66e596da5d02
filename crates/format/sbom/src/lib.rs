//! Readers of software bills of materials: CycloneDX 1.2 to 1.7 (JSON, XML), SPDX 2.2 and 2.3 (JSON, tag-value) and the
//! software part of SPDX 3.0 (JSON-LD); a validator of CycloneDX 1.4 to 1.7; a writer of CycloneDX 1.7.
//!
//! [`read`] finds out the format and hands every component and relation to a function as it comes by: a file of a
//! gigabyte is read at constant memory. What cannot be read is a [`Fault`] with its line and path; what can be read and
//! is wrong all the same (an identifier given twice, a circle of dependencies) is a [`Problem`] of the [`Summary`].
//!
//! ```
//! use shinayaka_sbom::{Format, Item, Limits, RelationKind, read};
//!
//! let file = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
//!  "components":[{"type":"library","bom-ref":"a","name":"gate","version":"1.4.1","purl":"pkg:npm/gate@1.4.1"}],
//!  "dependencies":[{"ref":"a","dependsOn":["b"]}]}"#;
//! let mut components = Vec::new();
//! let mut relations = Vec::new();
//! let summary = read(file.as_bytes(), Limits::default(), &mut |item| match item {
//!     Item::Component(component) => components.push(component),
//!     Item::Relation(relation) => relations.push(relation),
//! })?;
//! assert_eq!(summary.document.format, Format::CycloneDxJson);
//! assert_eq!(components[0].purls, ["pkg:npm/gate@1.4.1"]);
//! assert_eq!((relations[0].kind, relations[0].to.as_str()), (RelationKind::DependsOn, "b"));
//! assert!(summary.problems.is_empty());
//! # Ok::<(), shinayaka_sbom::Fault>(())
//! ```
//!
//! [`validate()`] holds a CycloneDX document against all rules of its schema, JSON and XML; it keeps the document in
//! memory. [`write()`] makes a CycloneDX 1.7 document.
//!
//! Sources: ECMA-424 and <https://cyclonedx.org/specification/>, <https://spdx.github.io/spdx-spec/>. The rules in
//! `rules/` were made from the published schemas of CycloneDX (Apache-2.0) by `rules/generate.py`.

mod cyclonedx_xml;
mod element;
mod graph;
mod guard;
mod json;
mod model;
mod reader;
mod spdx3;
mod spdx_tag;
pub mod validate;
mod write;

pub use model::{
    Component, Document, Fault, Format, Hash, Item, Limits, Problem, ProblemKind, Relation, RelationKind,
    Summary,
};
pub use reader::read;
pub use validate::{Finding, validate};
pub use write::{Bill, write};
