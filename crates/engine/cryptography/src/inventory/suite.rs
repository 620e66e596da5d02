//! TLS cipher suites by code point, and the algorithms that their names say.

use std::collections::BTreeMap;

use crate::names::{Component, Registry};

const FILE: &str = include_str!("../../suites.tsv");

/// Code points with the names of the IANA registry.
#[derive(Debug, Clone)]
pub struct Suites {
    names: BTreeMap<u16, &'static str>,
}

impl Default for Suites {
    fn default() -> Self {
        let lines = FILE.lines().filter(|line| !line.starts_with('#'));
        let entries = lines.filter_map(|line| line.split_once('\t'));
        Self {
            names: entries
                .filter_map(|(code, name)| Some((u16::from_str_radix(code, 16).ok()?, name)))
                .collect(),
        }
    }
}

impl Suites {
    /// The name of a code point; unknown ones by their number.
    #[must_use]
    pub fn name(&self, code: u16) -> String {
        self.names.get(&code).map_or_else(|| format!("cipher suite 0x{code:04X}"), |name| (*name).to_owned())
    }

    /// All code points of TLS 1.3 (`0x13..`), or all others.
    #[must_use]
    pub fn codes(&self, tls13: bool) -> Vec<u16> {
        self.names.keys().copied().filter(|code| (code >> 8 == 0x13) == tls13).collect()
    }
}

/// The algorithms of a suite's name (RFC 5246, RFC 8446): exchange, authentication, cipher, hash or MAC.
#[must_use]
pub fn components(registry: &Registry, name: &str) -> (Vec<Component>, Vec<String>) {
    let body = name.trim().strip_prefix("TLS_").or_else(|| name.strip_prefix("SSL_")).unwrap_or(name);
    let (exchange, cipher) =
        body.split_once("_WITH_").map_or((None, body), |(exchange, rest)| (Some(exchange), rest));
    let mut found = Vec::new();
    if let Some(exchange) = exchange {
        found.extend(exchange_components(registry, exchange));
    }
    // The last word of a suite with authenticated encryption is the hash of its key derivation, else of its MAC.
    let (cipher, hash) = match cipher.rsplit_once('_') {
        Some((front, last)) if last.starts_with("SHA") || last == "MD5" => (front, Some(last)),
        _ => (cipher, None),
    };
    let recognised = registry.recognise(cipher);
    let authenticated = ["GCM", "CCM", "POLY1305"].iter().any(|word| cipher.contains(word));
    found.extend(&recognised.components);
    if let Some(hash) = hash {
        if !authenticated {
            found.extend(registry.component("hmac", None));
        }
        found.extend(registry.recognise(hash).components);
    }
    (found, recognised.unknown)
}

fn exchange_components(registry: &Registry, exchange: &str) -> Vec<Component> {
    let signature = |word: &str| match word {
        "RSA" => registry.component("rsassa-pkcs1-v1_5", None),
        "DSS" => registry.component("dsa", None),
        "ECDSA" => registry.component("ecdsa", None),
        _ => None,
    };
    let mut words = exchange.split('_');
    let first = words.next().unwrap_or("");
    let exchange = match first {
        "RSA" => registry.component("rsaes-pkcs1-v1_5", None),
        "DHE" | "DH" => registry.component("dh", None),
        "ECDHE" | "ECDH" => registry.component("ecdh", None),
        _ => None,
    };
    exchange.into_iter().chain(words.filter_map(signature)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_say_their_algorithms() {
        let registry = Registry::embedded().unwrap();
        let ids = |name: &str| -> Vec<String> {
            let (components, unknown) = components(&registry, name);
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
            components.iter().map(|component| registry.algorithm(*component).id.clone()).collect()
        };
        assert_eq!(ids("TLS_AES_128_GCM_SHA256"), ["aes", "gcm", "sha-256"]);
        assert_eq!(
            ids("TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
            ["ecdh", "rsassa-pkcs1-v1_5", "camellia", "cbc", "hmac", "sha-256"]
        );
        assert_eq!(
            ids("TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
            ["rsaes-pkcs1-v1_5", "triple-des", "cbc", "hmac", "sha-1"]
        );
        assert_eq!(ids("TLS_CHACHA20_POLY1305_SHA256"), ["chacha20-poly1305", "sha-256"]);
        for code in Suites::default().codes(true).into_iter().chain(Suites::default().codes(false)) {
            assert!(!ids(&Suites::default().name(code)).is_empty());
        }
    }
}
