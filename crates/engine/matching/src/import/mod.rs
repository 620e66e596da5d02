//! Records of the outside formats as assertions and components, one file a format.

pub mod csaf;
pub mod cve;
pub mod osv;
pub mod sbom;
pub mod vex;

use crate::identity::cpe::Cpe;
use crate::identity::purl::Purl;
use crate::identity::{Identity, Requirement};
use crate::version::{Comparator, Constraint, Range, Scheme};

/// Seconds since 1970 of a time as the formats write it; a missing zone is read as UTC, what is no time as 0.
pub fn seconds(text: &str) -> i64 {
    let text = text.trim();
    let zoned = Scheme::Date.key(text).or_else(|_| Scheme::Date.key(&format!("{text}Z")));
    let first = zoned.ok().and_then(|key| <[u8; 8]>::try_from(key.get(..8)?).ok());
    first.map_or(0, |bytes| (u64::from_be_bytes(bytes) as i64).wrapping_add(i64::MIN))
}

/// A product as an advisory names it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    identity: Identity,
    requirement: Option<Requirement>,
    /// The version that the name itself carries.
    version: Option<String>,
    scheme: Option<Scheme>,
}

fn named_by_purl(text: &str) -> Option<Named> {
    let purl = Purl::read(text).ok()?;
    let requirement = purl
        .qualifiers
        .get("distro")
        .map(|value| Requirement::Qualifier { key: "distro".to_owned(), value: value.clone() });
    Some(Named {
        identity: Identity::of_purl(&purl),
        requirement,
        version: crate::index::inventory::version_of(&purl),
        scheme: Scheme::of_purl_type(&purl.kind),
    })
}

fn named_by_cpe(text: &str) -> Option<Named> {
    let cpe = Cpe::parse(text).ok()?;
    let identity = Identity::of_cpe(&cpe)?;
    let version = cpe.version.text();
    let requirement = (!cpe.is_broad()).then(|| Requirement::Cpe(Box::new(cpe)));
    Some(Named { identity, requirement, version, scheme: None })
}

fn plainly(identity: Identity) -> Named {
    Named { identity, requirement: None, version: None, scheme: None }
}

fn single(scheme: Scheme, version: &str) -> Range {
    Range::of(scheme, vec![Constraint { comparator: Comparator::Equal, version: version.to_owned() }])
}
