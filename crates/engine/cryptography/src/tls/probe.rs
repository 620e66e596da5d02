//! The questions that are asked of a server, and what its answers say.

use std::io;

use super::answer::{self, Answer, Hello};
use super::hello::{Offer, write};
use super::{GROUPS, VERSIONS, group_name};
use crate::error::{Error, Result};
use crate::inventory::{Asset, AssetKind, certificate, obsolete_version, suite};
use crate::names::{Kind, Registry};

/// One connection: sends the hello, returns what came back once `enough` says so or the server closed.
pub trait Transport {
    /// # Errors
    /// What the network says. An end of the stream is no error.
    fn exchange(&mut self, hello: &[u8], enough: &dyn Fn(&[u8]) -> bool) -> io::Result<Vec<u8>>;
}

/// Most connections of one probe.
const MAXIMUM_CONNECTIONS: usize = 400;

/// What a server speaks.
#[derive(Debug, Clone, Default)]
pub struct Speaks {
    /// Versions with the suites that were agreed, in the order in which the server chose them.
    pub versions: Vec<(u16, Vec<u16>)>,
    /// Groups of TLS 1.3 and curves of TLS 1.2.
    pub groups: Vec<u16>,
    /// Bits of the prime that the server sent for a key exchange over integers.
    pub prime_bits: Option<u32>,
    /// DER, the server's own first.
    pub certificates: Vec<Vec<u8>>,
    pub connections: usize,
}

struct Prober<'a, T: Transport> {
    transport: &'a mut T,
    name: Option<&'a str>,
    random: [u8; 32],
    connections: usize,
}

impl<T: Transport> Prober<'_, T> {
    fn ask(&mut self, version: u16, suites: &[u16], groups: &[u16]) -> Result<Option<Hello>> {
        if suites.is_empty() || groups.is_empty() {
            return Ok(None);
        }
        if self.connections >= MAXIMUM_CONNECTIONS {
            return Err(Error::TooLarge { what: "connections of a probe", limit: MAXIMUM_CONNECTIONS });
        }
        self.connections += 1;
        let place = format!("TLS {}", version_name(version));
        let offer = Offer { version, suites, groups, name: self.name, random: self.random };
        let bytes = match self.transport.exchange(&write(&offer), &answer::enough) {
            Ok(bytes) => bytes,
            // A server that resets says no in its way.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Vec::new(),
            Err(source) => return Err(Error::Unavailable { place, source }),
        };
        let hello = match answer::read(&bytes)? {
            Answer::Hello(hello) => hello,
            Answer::Alert(_) | Answer::Nothing => return Ok(None),
        };
        // A server may answer with another version than the one that was offered; that is no agreement.
        Ok((hello.version == version && suites.contains(&hello.suite)).then_some(hello))
    }

    /// The suites of a version, by leaving out what the server has chosen until it refuses.
    fn suites(&mut self, version: u16, found: &mut Speaks) -> Result<Vec<u16>> {
        let known = suite::Suites::default();
        let mut left = known.codes(version >= 0x0304);
        let groups: Vec<u16> = GROUPS.iter().map(|(group, _)| *group).collect();
        let mut chosen = Vec::new();
        while let Some(hello) = self.ask(version, &left, &groups)? {
            left.retain(|suite| *suite != hello.suite);
            chosen.push(hello.suite);
            if found.certificates.is_empty() {
                found.certificates = hello.certificates;
            }
            if let Some(bits) = hello.prime_bits {
                found.prime_bits = Some(found.prime_bits.map_or(bits, |known| known.min(bits)));
            }
        }
        Ok(chosen)
    }

    fn groups(&mut self, version: u16, suites: &[u16], found: &mut Speaks) -> Result<()> {
        let mut left: Vec<u16> = GROUPS.iter().map(|(group, _)| *group).collect();
        while let Some(hello) = self.ask(version, suites, &left)? {
            let Some(group) = hello.group.filter(|group| left.contains(group)) else { break };
            left.retain(|other| *other != group);
            if !found.groups.contains(&group) {
                found.groups.push(group);
            }
        }
        Ok(())
    }
}

fn version_name(version: u16) -> &'static str {
    VERSIONS.iter().find(|(code, _)| *code == version).map_or("?", |(_, name)| name)
}

/// Asks a server everything. `name` is the server name of the hello, `random` need not be secret.
///
/// # Errors
/// `Unavailable` when it cannot be reached, `Parse` when it does not speak TLS, `TooLarge` over the bound of questions.
pub fn probe(transport: &mut impl Transport, name: Option<&str>, random: [u8; 32]) -> Result<Speaks> {
    let mut prober = Prober { transport, name, random, connections: 0 };
    let mut found = Speaks::default();
    for (version, _) in VERSIONS {
        let suites = prober.suites(version, &mut found)?;
        if suites.is_empty() {
            continue;
        }
        let names = suite::Suites::default();
        let curves: Vec<u16> = match version {
            0x0304 => suites.clone(),
            _ => suites.iter().copied().filter(|code| names.name(*code).contains("_ECDHE_")).collect(),
        };
        prober.groups(version, &curves, &mut found)?;
        found.versions.push((version, suites));
    }
    found.connections = prober.connections;
    Ok(found)
}

/// What was seen, as assets.
///
/// # Errors
/// `Parse` when a certificate of the server cannot be read.
pub fn assets(registry: &Registry, speaks: &Speaks) -> Result<Vec<Asset>> {
    let mut assets = Vec::new();
    let names = suite::Suites::default();
    for (version, suites) in &speaks.versions {
        let version = version_name(*version);
        let mut asset = Asset::bare(AssetKind::Protocol, format!("TLS {version}"), &format!("TLS {version}"));
        asset.obsolete = obsolete_version(version);
        assets.push(asset);
        for code in suites {
            let name = names.name(*code);
            let (mut components, unknown) = suite::components(registry, &name);
            for component in &mut components {
                if registry.algorithm(*component).id == "dh" {
                    component.parameter = speaks.prime_bits;
                }
            }
            // Keys of certificate and curve are judged where they are seen; here they would only be not said.
            components.retain(|component| {
                let algorithm = registry.algorithm(*component);
                let elsewhere =
                    algorithm.id == "ecdh" || (algorithm.id == "dh" && component.parameter.is_none());
                !elsewhere && algorithm.kind != Kind::Signature
            });
            let bare = Asset::bare(AssetKind::CipherSuite, format!("TLS {version}"), &name);
            assets.push(Asset { components, unknown, ..bare });
        }
    }
    for group in &speaks.groups {
        let name = group_name(*group);
        assets.push(Asset::named(registry, AssetKind::KeyExchange, "supported groups", &name));
    }
    for (at, der) in speaks.certificates.iter().enumerate() {
        assets.extend(certificate::one(registry, der, at + 1)?);
    }
    Ok(assets)
}
