//! What cryptography is in use: assets from a bill of materials, from certificates, from a TLS server.

pub mod bill;
pub mod certificate;
pub mod suite;

use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{Component, Recognised, Registry};

/// What an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssetKind {
    Algorithm,
    Key,
    CertificateKey,
    CertificateSignature,
    CipherSuite,
    KeyExchange,
    Protocol,
}

/// Something that uses cryptography, with the algorithms that it rests on.
#[derive(Debug, Clone)]
pub struct Asset {
    pub kind: AssetKind,
    /// Where it was found: a path in the file, a number of a certificate, a handshake.
    pub place: String,
    /// The name as it was written there.
    pub name: String,
    pub components: Vec<Component>,
    /// Parts of the name that mean nothing here.
    pub unknown: Vec<String>,
    /// Last day of validity, for certificates and keys.
    pub expires: Option<String>,
    /// A rule of the protocol itself that it breaks, whatever the policy.
    pub obsolete: Option<String>,
}

impl Asset {
    /// An asset whose name says its algorithms.
    #[must_use]
    pub fn named(registry: &Registry, kind: AssetKind, place: impl Into<String>, name: &str) -> Self {
        let Recognised { components, unknown } = registry.recognise(name);
        Self { components, unknown, ..Self::bare(kind, place, name) }
    }

    /// An asset without algorithms.
    #[must_use]
    pub fn bare(kind: AssetKind, place: impl Into<String>, name: &str) -> Self {
        Self {
            kind,
            place: place.into(),
            name: name.chars().take(300).collect(),
            components: Vec::new(),
            unknown: Vec::new(),
            expires: None,
            obsolete: None,
        }
    }
}

/// Versions of TLS that RFC 8996 and RFC 7568 forbid.
#[must_use]
pub fn obsolete_version(version: &str) -> Option<String> {
    let plain: String = version.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    match plain.as_str() {
        "1.0" | "1" | "1.1" => Some(format!("TLS {plain} must not be used (RFC 8996)")),
        "2.0" | "2" | "3.0" | "3" => Some(format!("SSL {plain} must not be used (RFC 6176, RFC 7568)")),
        _ => None,
    }
}
