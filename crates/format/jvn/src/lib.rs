//! A reader and writer of the two formats of JVN, Japan's vulnerability notes, and of MyJVN: JVNRSS (overviews, RSS 1.0
//! with the module `sec` 3.0) and VULDEF 3.2 (details).
//!
//! [`read`] finds out which of them a file is and hands over its entries one by one, at constant memory.
//!
//! ```
//! use shinayaka_jvn::{Entry, Limits, read};
//!
//! let file = r#"<VULDEF-Document version="3.2" xmlns="http://jvn.jp/vuldef/" xml:lang="ja"><Vulinfo>
//!   <VulinfoID>JVNDB-2030-000001</VulinfoID><VulinfoData><Title>門が閉まらない脆弱性</Title>
//!   <Affected><AffectedItem><Name>例社</Name><ProductName>門</ProductName><Cpe version="2.2">cpe:/a:example:gate</Cpe>
//!     <VersionNumber>1.4.2 より前</VersionNumber></AffectedItem></Affected>
//!   <Related><RelatedItem type="advisory"><Name>Common Vulnerabilities and Exposures (CVE)</Name>
//!     <VulinfoID>CVE-2030-0001</VulinfoID><URL>https://example.org/</URL></RelatedItem></Related>
//!   </VulinfoData></Vulinfo></VULDEF-Document>"#;
//! let mut found = Vec::new();
//! read(file.as_bytes(), Limits::default(), &mut |entry| found.push(entry))?;
//! let Entry::Detail(detail) = &found[0] else { panic!("VULDEF has details") };
//! assert_eq!(detail.affected[0].cpe.as_deref(), Some("cpe:/a:example:gate"));
//! // Versions are sentences for people, in Japanese; a machine must not guess from them.
//! assert_eq!(detail.affected[0].versions, ["1.4.2 より前"]);
//! assert_eq!(detail.cves(), ["CVE-2030-0001"]);
//! # Ok::<(), shinayaka_jvn::Fault>(())
//! ```
//!
//! Source: IPA, MyJVN API 3.x, schemas `mod_sec_3.0.xsd` and `vuldef_3.2.xsd`.

mod detail;
mod overview;
mod tree;
mod write;

use std::io::BufRead;

use serde::{Deserialize, Serialize};

pub use detail::{AffectedItem, Detail, HistoryItem, Impact, RelatedItem};
pub use overview::{Cpe, Cvss, Overview, Reference};
pub use write::{Channel, write_rss, write_vuldef};

/// One entry of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "an entry is handed over and taken apart at once, never kept in this form"
)]
pub enum Entry {
    /// An `item` of JVNRSS.
    Overview(Overview),
    /// A `Vulinfo` of VULDEF.
    Detail(Box<Detail>),
}

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one tag or one run of text.
    pub text_bytes: u64,
    /// Bytes of one entry.
    pub entry_bytes: u64,
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_bytes: 1 << 20, entry_bytes: 16 << 20, depth: 50 }
    }
}

/// What cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    pub line: u64,
    /// `VULDEF-Document/Vulinfo/VulinfoData`.
    pub path: String,
    pub reason: String,
}

/// The number of entries, each of which `sink` got.
///
/// # Errors
/// [`Fault`] with the place of what is neither format, broken, beyond a limit, or not in UTF-8. Entities are never
/// expanded: a document type declaration is refused.
pub fn read<R: BufRead>(source: R, limits: Limits, sink: &mut dyn FnMut(Entry)) -> Result<u64, Fault> {
    let mut count = 0;
    tree::each(source, limits, &mut |element| {
        let entry = if element.name == "item" {
            Entry::Overview(overview::overview(element))
        } else {
            Entry::Detail(Box::new(detail::detail(element)))
        };
        count += 1;
        sink(entry);
    })?;
    Ok(count)
}

#[cfg(test)]
mod tests;
