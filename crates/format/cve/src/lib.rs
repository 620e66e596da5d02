//! A reader and writer of the CVE Record Format, versions 5.0 to 5.2.
//!
//! [`read`] goes through a file record by record at constant memory: one record, an array of records, or one record a
//! line. Each record comes with the line on which it begins; a record that is none comes as a [`Fault`] with line, path
//! and reason, and the reading goes on with the next where the file lets it.
//!
//! ```
//! use shinayaka_cve::{Limits, Status, read};
//!
//! let file = r#"{"dataType":"CVE_RECORD","dataVersion":"5.1",
//!  "cveMetadata":{"cveId":"CVE-2030-0001","assignerOrgId":"8254265b-2729-46b6-b9e3-3dfca2d5bfca","state":"PUBLISHED"},
//!  "containers":{"cna":{"providerMetadata":{"orgId":"8254265b-2729-46b6-b9e3-3dfca2d5bfca"},
//!   "affected":[{"vendor":"Example","product":"Gate","packageURL":"pkg:npm/gate",
//!     "versions":[{"version":"1.0.0","lessThan":"1.4.2","versionType":"semver","status":"affected"}]}]}}}"#;
//! for entry in read(file.as_bytes(), Limits::default()) {
//!     let record = entry?.record;
//!     // The container of the numbering authority first, then those of the authorised data publishers.
//!     for (container, affected) in record.affected() {
//!         assert_eq!(container.provider_metadata.org_id, "8254265b-2729-46b6-b9e3-3dfca2d5bfca");
//!         let version = &affected.versions[0];
//!         assert_eq!((version.version.as_str(), version.less_than.as_deref()), ("1.0.0", Some("1.4.2")));
//!         assert_eq!((version.status, affected.default_status), (Status::Affected, Status::Unknown));
//!     }
//! }
//! # Ok::<(), shinayaka_cve::Fault>(())
//! ```
//!
//! [`check`] names what keeps a record of ours from being published, and [`write`] refuses such a record.
//!
//! Read are the members of the format; what a provider adds by itself (`x_…`) is passed over, and so are the single
//! metrics of a CVSS object, which its vector repeats. Source: CVE Record Format 5.2.0, <https://cveproject.github.io/cve-schema/>.

mod check;
mod record;
mod records;

pub use check::{Finding, Unpublishable, check, write};
pub use record::{
    Affected, Change, Configuration, Container, Containers, CpeMatch, Credit, Cvss, Description, Impact,
    Metadata, Metric, Node, OtherMetric, ProblemDescription, ProblemType, ProgramRoutine, Provider, Record,
    Reference, Scenario, State, Status, SupportingMedia, TaxonomyMapping, TaxonomyRelation, TimelineEvent,
    Version,
};
pub use records::{Entry, Fault, Limits, Records, read};
