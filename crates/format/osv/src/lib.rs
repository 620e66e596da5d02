//! A reader and writer of the Open Source Vulnerability format (OSV), schema 1.0 to 1.7, and of RustSec's own Markdown.
//!
//! [`read`] goes through a file record by record at constant memory: one record, an array of records, or one record a
//! line; a record that is none comes as a [`Fault`] with line, path and reason. [`rustsec::read`] turns one advisory of
//! the RustSec data base (Markdown with TOML in front) into the same record.
//!
//! ```
//! use shinayaka_osv::{Event, Limits, RangeType, read};
//!
//! let file = r#"{"id":"PYSEC-2030-1","modified":"2030-01-02T00:00:00Z","aliases":["CVE-2030-0001"],
//!   "affected":[{"package":{"ecosystem":"PyPI","name":"gate","purl":"pkg:pypi/gate"},
//!     "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.4.2"}]}],"versions":["1.4.1"]}]}"#;
//! for entry in read(file.as_bytes(), Limits::default()) {
//!     let record = entry?.record;
//!     let affected = &record.affected[0];
//!     let range = &affected.ranges[0];
//!     assert_eq!(affected.package.as_ref().map(|package| package.ecosystem.as_str()), Some("PyPI"));
//!     assert_eq!(range.range_type, RangeType::Ecosystem);
//!     assert_eq!(range.events, [Event::Introduced("0".into()), Event::Fixed("1.4.2".into())]);
//! }
//! # Ok::<(), shinayaka_osv::Fault>(())
//! ```
//!
//! [`check`] names what keeps a record of ours from being published, and [`write`] refuses such a record.
//! Source: OSV schema 1.7, <https://ossf.github.io/osv-schema/>.

mod check;
mod record;
mod records;
pub mod rustsec;

pub use check::{Finding, Unpublishable, check, write};
pub use record::{Affected, Credit, Event, Package, Range, RangeType, Record, Reference, Severity};
pub use records::{Entry, Fault, Limits, Records, read};
