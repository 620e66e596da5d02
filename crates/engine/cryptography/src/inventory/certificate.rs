//! Keys and signatures of X.509 certificates (RFC 5280), PEM or DER; no signature is verified.

use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::Oid;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::x509::AlgorithmIdentifier;

use super::{Asset, AssetKind};
use crate::error::{Error, Result};
use crate::names::{Component, Kind, Registry};

/// Largest file, in bytes.
pub const MAXIMUM_BYTES: usize = 16 << 20;
/// Most certificates of a file.
const MAXIMUM_CERTIFICATES: usize = 1000;

/// Reads all certificates of a PEM file, or the one of a DER file.
///
/// # Errors
/// `Parse` with the number of the certificate, `TooLarge` over the bounds.
pub fn read(registry: &Registry, bytes: &[u8]) -> Result<Vec<Asset>> {
    if bytes.len() > MAXIMUM_BYTES {
        return Err(Error::TooLarge { what: "bytes of certificates", limit: MAXIMUM_BYTES });
    }
    if bytes.first() == Some(&0x30) {
        return one(registry, bytes, 1);
    }
    let mut assets = Vec::new();
    let mut count = 0;
    for block in Pem::iter_from_buffer(bytes) {
        let place = format!("certificate {}", count + 1);
        let block = block.map_err(|error| Error::parse(&place, error.to_string()))?;
        if block.label != "CERTIFICATE"
            && block.label != "TRUSTED CERTIFICATE"
            && block.label != "X509 CERTIFICATE"
        {
            continue;
        }
        count += 1;
        if count > MAXIMUM_CERTIFICATES {
            return Err(Error::TooLarge { what: "certificates", limit: MAXIMUM_CERTIFICATES });
        }
        assets.extend(one(registry, &block.contents, count)?);
    }
    if count == 0 {
        return Err(Error::parse("certificate 1", "there is no certificate in the file"));
    }
    Ok(assets)
}

/// Reads one DER certificate: its key and its signature.
///
/// # Errors
/// `Parse` with its number.
pub fn one(registry: &Registry, der: &[u8], number: usize) -> Result<Vec<Asset>> {
    let place = format!("certificate {number}");
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|error| Error::parse(&place, error.to_string()))?;
    if !rest.is_empty() {
        return Err(Error::parse(&place, format!("{} bytes follow the certificate", rest.len())));
    }
    let subject: String = certificate.subject().to_string().chars().take(200).collect();
    let place = format!("{place} ({subject})");
    let expires = certificate.validity().not_after.to_datetime().date().to_string();
    let mut key = key(registry, &certificate, &place);
    key.expires = Some(expires.clone());
    let mut signature = signature(registry, &certificate.signature_algorithm, &place);
    signature.expires = Some(expires);
    Ok(vec![key, signature])
}

fn text(oid: &Oid<'_>) -> String {
    oid.to_id_string().chars().take(200).collect()
}

fn key(registry: &Registry, certificate: &X509Certificate<'_>, place: &str) -> Asset {
    let key = certificate.public_key();
    let oid = text(&key.algorithm.algorithm);
    let place = format!("{place}, public key");
    let bits = |bits: usize| u32::try_from(bits).ok();
    // An elliptic-curve key names its curve as parameter; what it is used for the certificate does not say.
    if oid == "1.2.840.10045.2.1" {
        let curve = key.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok()).map(|oid| text(&oid));
        let mut asset =
            Asset::bare(AssetKind::CertificateKey, place, &format!("EC {}", curve.as_deref().unwrap_or("")));
        match curve.as_deref().and_then(|oid| registry.oid(oid)) {
            Some(component) => asset.components.push(component),
            None => asset.unknown.push(curve.unwrap_or_else(|| "explicit curve".into())),
        }
        return asset;
    }
    let size = key.parsed().ok().and_then(|parsed| match parsed {
        x509_parser::public_key::PublicKey::RSA(rsa) => bits(modulus_bits(rsa.modulus)),
        x509_parser::public_key::PublicKey::DSA(y) => bits(modulus_bits(y).next_multiple_of(1024)),
        _ => None,
    });
    named(registry, AssetKind::CertificateKey, place, &oid, size)
}

/// Bits of a big-endian number.
fn modulus_bits(bytes: &[u8]) -> usize {
    let significant = bytes.iter().skip_while(|byte| **byte == 0);
    let count = significant.clone().count();
    significant.clone().next().map_or(0, |first| count * 8 - first.leading_zeros() as usize)
}

fn named(registry: &Registry, kind: AssetKind, place: String, oid: &str, size: Option<u32>) -> Asset {
    match registry.oid(oid) {
        Some(found) => {
            let component = Component { parameter: size.or(found.parameter), ..found };
            let title = &registry.algorithm(component).title;
            let size = size.map_or(String::new(), |size| format!(" {size}"));
            Asset { components: vec![component], ..Asset::bare(kind, place, &format!("{title}{size}")) }
        }
        None => Asset { unknown: vec![oid.to_owned()], ..Asset::bare(kind, place, oid) },
    }
}

/// The hash that a signature identifier names (RFC 8017, RFC 5758, FIPS 186).
fn hash_of(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.2" => "md4",
        "1.2.840.113549.1.1.4" => "md5",
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => "sha-1",
        "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" | "2.16.840.1.101.3.4.3.1" => "sha-224",
        "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" | "2.16.840.1.101.3.4.3.2" => "sha-256",
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => "sha-384",
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => "sha-512",
        _ => return None,
    })
}

fn signature(registry: &Registry, algorithm: &AlgorithmIdentifier<'_>, place: &str) -> Asset {
    let oid = text(&algorithm.algorithm);
    let mut asset =
        named(registry, AssetKind::CertificateSignature, format!("{place}, signature"), &oid, None);
    let hash = match oid.as_str() {
        // RSASSA-PSS names its hash in its parameters; SHA-1 is what RFC 4055 means by none.
        "1.2.840.113549.1.1.10" => pss_hash(registry, algorithm),
        _ => hash_of(&oid).and_then(|id| registry.component(id, None)),
    };
    if let Some(hash) = hash {
        asset.name = format!("{} with {}", asset.name, registry.algorithm(hash).title);
        asset.components.push(hash);
    }
    // The size of the signer's key is the signer's own; strength is judged at the key.
    asset.components.retain(|component| registry.algorithm(*component).kind != Kind::Curve);
    asset
}

fn pss_hash(registry: &Registry, algorithm: &AlgorithmIdentifier<'_>) -> Option<Component> {
    let parameters = algorithm.parameters.as_ref()?;
    let parsed = x509_parser::signature_algorithm::RsaSsaPssParams::try_from(parameters).ok()?;
    registry.oid(&text(parsed.hash_algorithm_oid()))
}
