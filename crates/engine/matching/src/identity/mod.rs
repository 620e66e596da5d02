//! Names of products: package URLs, CPE names, hashes, vendor and product; and the curated map between them.
//!
//! Matching compares [`Identity`] keys and nothing else. What is not equal after normalisation, or joined by an entry of
//! the [`map`], is not the same: nothing is guessed.

pub mod cpe;
pub mod map;
pub mod purl;
mod purl_types;

use std::fmt;

use serde::{Deserialize, Serialize};

use cpe::{Attribute, Cpe};
use purl::Purl;

/// The part of a name that identifies a product without its version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identity(String);

impl Identity {
    pub fn of_purl(purl: &Purl) -> Self {
        Self(purl.package())
    }

    /// Part, vendor and product; `None` when one of them is a wildcard or carries one.
    pub fn of_cpe(cpe: &Cpe) -> Option<Self> {
        let plain = |attribute: &Attribute| attribute.plain().map(str::to_owned);
        let (vendor, product) = (plain(&cpe.vendor)?, plain(&cpe.product)?);
        Some(Self(format!("cpe:{}:{vendor}:{product}", plain(&cpe.part)?)))
    }

    /// Vendor and product as words: letter case and runs of blanks do not matter.
    pub fn of_product(vendor: &str, product: &str) -> Option<Self> {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let (vendor, product) = (tidy(vendor), tidy(product));
        let nothing = |text: &str| matches!(text, "" | "n/a" | "unknown" | "unspecified");
        (!nothing(&vendor) && !nothing(&product)).then(|| Self(format!("product:{vendor}/{product}")))
    }

    /// A model number of a vendor, as in advisories on operational technology.
    pub fn of_model(vendor: &str, model: &str) -> Option<Self> {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let (vendor, model) = (tidy(vendor), tidy(model));
        (!model.is_empty()).then(|| Self(format!("model:{vendor}/{model}")))
    }

    /// A file by its digest; `None` for what is no hexadecimal digest of 16 bytes or more.
    pub fn of_hash(algorithm: &str, digest: &str) -> Option<Self> {
        let digest = digest.trim().to_ascii_lowercase();
        let algorithm = algorithm.to_ascii_lowercase().replace(['-', '_'], "");
        let good = digest.len() >= 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        good.then(|| Self(format!("hash:{algorithm}:{digest}")))
    }

    /// A key that another part of this crate wrote.
    pub fn from_key(key: &str) -> Self {
        Self(key.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How much a finding under such a key is worth before the map: 1 a package or a file, 2 a CPE name that the
    /// inventory itself states, 4 equal words for vendor and product or model.
    pub fn tier(&self) -> u8 {
        match self.0.split(':').next() {
            Some("pkg" | "hash") => 1,
            Some("cpe") => 2,
            _ => 4,
        }
    }

    /// The scheme in which an inventory sorts versions of the product.
    pub fn native_scheme(&self) -> crate::version::Scheme {
        let kind = self.0.strip_prefix("pkg:").and_then(|rest| rest.split('/').next());
        kind.and_then(crate::version::Scheme::of_purl_type).unwrap_or(crate::version::Scheme::Generic)
    }
}

impl std::borrow::Borrow<str> for Identity {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A condition on a component beside its identity and version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Requirement {
    /// A qualifier of the package URL: `distro=debian-12`.
    Qualifier { key: String, value: String },
    /// The update, edition and further attributes of a CPE name.
    Cpe(Box<Cpe>),
}

/// Whether a component meets a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    Yes,
    No,
    /// The component does not say.
    Unknown,
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Requirement::Qualifier { key, value } => write!(formatter, "{key}={value}"),
            Requirement::Cpe(cpe) => write!(formatter, "{cpe}"),
        }
    }
}

impl Requirement {
    /// The inverse of `Display`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with("cpe:") {
            return Cpe::parse(text).ok().map(|cpe| Requirement::Cpe(Box::new(cpe)));
        }
        let (key, value) = text.split_once('=')?;
        Some(Requirement::Qualifier { key: key.to_owned(), value: value.to_owned() })
    }

    /// `qualifiers` as in a package URL (`a=b&c=d`), `cpes` as the inventory states them.
    pub fn met(&self, qualifiers: &str, cpes: &[Cpe]) -> Met {
        match self {
            Requirement::Qualifier { key, value } => {
                let found =
                    qualifiers.split('&').filter_map(|pair| pair.split_once('=')).find(|pair| pair.0 == key);
                match found {
                    Some((_, found)) if found == value => Met::Yes,
                    Some(_) => Met::No,
                    None => Met::Unknown,
                }
            }
            Requirement::Cpe(wanted) => {
                let same = |cpe: &&Cpe| Identity::of_cpe(cpe) == Identity::of_cpe(wanted);
                let best = cpes.iter().filter(same).map(|cpe| wanted.covers_beyond_version(cpe));
                best.min_by_key(|met| *met as u8).unwrap_or(Met::Unknown)
            }
        }
    }
}
