//! Names of algorithms: from what people, certificates and bills of materials write to one id with its parameter.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const FILE: &str = include_str!("../algorithms.toml");
/// Longest name that is looked at, in characters.
const LONGEST_NAME: usize = 200;

/// What an algorithm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Signature,
    KeyAgreement,
    Kem,
    PublicKey,
    PublicKeyEncryption,
    #[serde(rename = "block-cipher-64")]
    BlockCipher64,
    #[serde(rename = "block-cipher-128")]
    BlockCipher128,
    StreamCipher,
    Hash,
    Mode,
    Mac,
    AuthenticatedEncryption,
    EntityAuthentication,
    KeyDerivation,
    Curve,
}

/// How the strength of an algorithm in bits follows from its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// The parameter is the strength.
    Cipher,
    /// The parameter is the size of a modulus.
    Integer,
    /// The curve says it.
    Curve,
    Fixed,
    /// A category, no number of bits.
    Lattice,
    None,
}

/// What a quantum computer does to an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quantum {
    /// Shor's algorithm breaks it.
    Vulnerable,
    Resistant,
    /// Key length decides.
    Symmetric,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: String,
    kind: Kind,
    family: Family,
    strength: Option<u32>,
    quantum: Quantum,
    aliases: Vec<String>,
    #[serde(default)]
    oids: Vec<String>,
}

/// One algorithm or curve.
#[derive(Debug, Clone)]
pub struct Algorithm {
    pub id: String,
    pub title: String,
    pub kind: Kind,
    pub family: Family,
    pub strength: Option<u32>,
    pub quantum: Quantum,
    /// The names that it goes by.
    pub aliases: Vec<String>,
}

/// An algorithm as it is used: with the parameter and the curve that were said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    pub algorithm: usize,
    /// Key size, modulus size, or parameter set.
    pub parameter: Option<u32>,
    pub curve: Option<usize>,
}

/// What a name was understood as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recognised {
    pub components: Vec<Component>,
    /// Parts of the name that mean nothing here.
    pub unknown: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct Bound {
    algorithm: usize,
    parameter: Option<u32>,
    curve: Option<usize>,
}

/// All algorithms with their names.
#[derive(Debug, Clone)]
pub struct Registry {
    algorithms: Vec<Algorithm>,
    aliases: HashMap<String, Bound>,
    oids: HashMap<String, Bound>,
    longest: usize,
}

/// Words inside of names that carry no algorithm.
const NOISE: &[&str] = &[
    "WITH",
    "AND",
    "MODE",
    "NOPADDING",
    "PKCS5PADDING",
    "PKCS7PADDING",
    "PADDING",
    "ID",
    "EDE",
    "TLS",
    "EXPORT",
    "ANON",
    "PUBLICKEY",
    "ENCRYPTION",
    "RSAE",
    "OAEPPADDING",
    "BIT",
    "BITS",
    "KEY",
    "HYBRID",
];

fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

impl Registry {
    /// The algorithms of this build.
    ///
    /// # Errors
    /// `Parse` or `Invalid` when the file of this crate contradicts itself; a test reads it.
    pub fn embedded() -> Result<Self> {
        let entries: BTreeMap<String, Entry> =
            toml::from_str(FILE).map_err(|error| Error::parse("algorithms.toml", error.to_string()))?;
        let ids: Vec<&String> = entries.keys().collect();
        let bound = |algorithm: usize, text: &str| -> Result<(String, Bound)> {
            let (name, says) = text.split_once('=').map_or((text, None), |(name, says)| (name, Some(says)));
            let mut bound = Bound { algorithm, parameter: None, curve: None };
            if let Some(says) = says {
                match says.parse() {
                    Ok(parameter) => bound.parameter = Some(parameter),
                    Err(_) => {
                        let curve = ids.binary_search_by(|id| id.as_str().cmp(says));
                        let unknown =
                            |_| Error::invalid("algorithms.toml", format!("`{text}`: no such curve"));
                        bound.curve = Some(curve.map_err(unknown)?);
                    }
                }
            }
            Ok((name.to_owned(), bound))
        };
        let mut aliases = HashMap::new();
        let mut oids = HashMap::new();
        for (at, entry) in entries.values().enumerate() {
            for alias in &entry.aliases {
                let (name, bound) = bound(at, alias)?;
                if aliases.insert(plain(&name), bound).is_some_and(|other| other.algorithm != at) {
                    return Err(Error::invalid("algorithms.toml", format!("`{name}` names two algorithms")));
                }
            }
            for oid in &entry.oids {
                let (oid, bound) = bound(at, oid)?;
                oids.insert(oid, bound);
            }
        }
        let longest = aliases.keys().map(String::len).max().unwrap_or(0);
        let algorithms = entries.into_iter().map(|(id, entry)| Algorithm {
            id,
            title: entry.title,
            kind: entry.kind,
            family: entry.family,
            strength: entry.strength,
            quantum: entry.quantum,
            aliases: entry
                .aliases
                .iter()
                .map(|alias| alias.split('=').next().unwrap_or(alias).to_owned())
                .collect(),
        });
        Ok(Self { algorithms: algorithms.collect(), aliases, oids, longest })
    }

    #[must_use]
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    #[must_use]
    pub fn algorithm(&self, component: Component) -> &Algorithm {
        &self.algorithms[component.algorithm]
    }

    /// The place of an id.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<usize> {
        self.algorithms.binary_search_by(|algorithm| algorithm.id.as_str().cmp(id)).ok()
    }

    /// An algorithm by its id, with its parameter.
    #[must_use]
    pub fn component(&self, id: &str, parameter: Option<u32>) -> Option<Component> {
        self.place(id).map(|algorithm| Component { algorithm, parameter, curve: None })
    }

    /// The algorithm of an object identifier, as `1.2.840…` or `oid:1.2.840…`.
    #[must_use]
    pub fn oid(&self, oid: &str) -> Option<Component> {
        let oid = oid.trim().trim_start_matches("urn:").trim_start_matches("oid:");
        let bound = self.oids.get(oid)?;
        Some(Component { algorithm: bound.algorithm, parameter: bound.parameter, curve: bound.curve })
    }

    /// Reads a name such as `AES-128-GCM`, `ECDSA with SHA-384`, `sha256WithRSAEncryption`, `X25519MLKEM768`.
    ///
    /// From each place the longest known name is taken; a number after it is its parameter; a word that begins with
    /// something unknown is unknown as a whole.
    #[must_use]
    pub fn recognise(&self, name: &str) -> Recognised {
        let mut text = Vec::new();
        let mut begins = true;
        for c in name.chars().take(LONGEST_NAME) {
            if c.is_ascii_alphanumeric() {
                text.push((c.to_ascii_uppercase(), begins));
                begins = false;
            } else {
                begins = true;
            }
        }
        let mut found = Recognised::default();
        let mut at = 0;
        while at < text.len() {
            at = self.step(&text, at, &mut found);
        }
        self.attach_curves(&mut found);
        found
    }

    fn step(&self, text: &[(char, bool)], at: usize, found: &mut Recognised) -> usize {
        let rest: String = text[at..].iter().take(self.longest.max(20)).map(|(c, _)| *c).collect();
        let known = (2..=rest.len().min(self.longest)).rev().find_map(|length| {
            let bound = self.aliases.get(&rest[..length])?;
            // A number may not be cut: SHA3 is no beginning of SHA384.
            let cut = |c: char| c.is_ascii_digit();
            let broken =
                rest[..length].ends_with(cut) && rest[length..].starts_with(cut) && !text[at + length].1;
            (!broken).then_some((length, bound))
        });
        if let Some((length, bound)) = known {
            let Bound { algorithm, parameter, curve } = *bound;
            found.components.push(Component { algorithm, parameter, curve });
            return at + length;
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            // A number of another word than the algorithm's own stays a number of the whole.
            if let (Some(last), Ok(number)) = (found.components.last_mut(), rest[..digits].parse::<u32>()) {
                last.parameter.get_or_insert(number);
            }
            return at + digits;
        }
        if let Some(noise) =
            NOISE.iter().filter(|word| rest.starts_with(**word)).max_by_key(|word| word.len())
        {
            return at + noise.len();
        }
        let end = (at + 1..text.len()).find(|end| text[*end].1).unwrap_or(text.len());
        found.unknown.push(text[at..end].iter().map(|(c, _)| *c).collect());
        end
    }

    /// A curve belongs to the scheme beside it that has none.
    fn attach_curves(&self, found: &mut Recognised) {
        let is_curve = |component: &Component| self.algorithm(*component).kind == Kind::Curve;
        let takes = |component: &Component| {
            self.algorithm(*component).family == Family::Curve && component.curve.is_none()
        };
        while let Some(at) = found.components.iter().position(is_curve) {
            let Some(scheme) = found.components.iter().position(takes) else { break };
            let curve = found.components.remove(at).algorithm;
            let scheme = if scheme > at { scheme - 1 } else { scheme };
            found.components[scheme].curve = Some(curve);
        }
    }

    /// The strength in bits, when parameter or curve say it. Sizes of moduli after SP 800-57 Part 1, table 2.
    #[must_use]
    pub fn strength(&self, component: Component) -> Option<u32> {
        let algorithm = self.algorithm(component);
        match algorithm.family {
            Family::Fixed => algorithm.strength,
            Family::Cipher => component.parameter,
            Family::Curve => component.curve.and_then(|curve| self.algorithms[curve].strength),
            Family::Integer => component.parameter.map(|bits| match bits {
                15360.. => 256,
                7680.. => 192,
                3072.. => 128,
                2048.. => 112,
                1024.. => 80,
                _ => 40,
            }),
            Family::Lattice | Family::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Vec<String> {
        let registry = Registry::embedded().unwrap();
        let found = registry.recognise(name);
        let mut parts: Vec<String> = found
            .components
            .iter()
            .map(|component| {
                let mut text = registry.algorithm(*component).id.clone();
                if let Some(parameter) = component.parameter {
                    text.push_str(&format!(":{parameter}"));
                }
                if let Some(curve) = component.curve {
                    text.push_str(&format!("@{}", registry.algorithms()[curve].id));
                }
                text
            })
            .collect();
        parts.extend(found.unknown.iter().map(|word| format!("?{word}")));
        parts
    }

    #[test]
    fn names_as_they_are_written() {
        let cases: &[(&str, &[&str])] = &[
            ("AES-128-GCM", &["aes:128", "gcm"]),
            ("aes256", &["aes:256"]),
            ("AES/CBC/PKCS5Padding", &["aes", "cbc"]),
            ("sha256WithRSAEncryption", &["sha-256", "rsassa-pkcs1-v1_5"]),
            ("SHA384", &["sha-384"]),
            ("SHA3-384", &["sha3-384"]),
            ("SHA-512/256", &["sha-512-256"]),
            ("ECDSA-with-SHA384", &["ecdsa", "sha-384"]),
            ("ECDSA-secp256r1-SHA256", &["ecdsa@p-256", "sha-256"]),
            ("X25519MLKEM768", &["ecdh@x25519", "ml-kem:768"]),
            ("SecP384r1MLKEM1024", &["p-384", "ml-kem:1024"]),
            ("RSA-2048", &["rsa:2048"]),
            ("RSASSA-PKCS1-v1_5", &["rsassa-pkcs1-v1_5"]),
            ("RSAES-PKCS1-v1_5", &["rsaes-pkcs1-v1_5"]),
            ("3-key Triple DES", &["triple-des"]),
            ("CIPHERUNICORN-A", &["cipherunicorn-a"]),
            ("Enocoro-128v2", &["enocoro-128v2"]),
            ("KCipher-2", &["kcipher-2"]),
            ("PC-MAC-AES", &["pc-mac-aes"]),
            ("CBC-MAC", &["cbc-mac"]),
            ("HMAC-SHA1", &["hmac", "sha-1"]),
            ("ChaCha20-Poly1305", &["chacha20-poly1305"]),
            ("ML-DSA-65", &["ml-dsa:65"]),
            ("CAMELLIA-256-CBC", &["camellia:256", "cbc"]),
            ("ISO/IEC 9798-3", &["iso-iec-9798-3"]),
            ("Foodes", &["?FOODES"]),
            ("", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(read(name), *expected, "{name}");
        }
    }
}
