//! The network of the TLS prober: one connection a question.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::ProgressBar;
use shinayaka_cryptography::inventory::Asset;
use shinayaka_cryptography::names::Registry;
use shinayaka_cryptography::tls::probe::{Transport, assets, probe};

struct Connections {
    address: SocketAddr,
    timeout: Duration,
    progress: ProgressBar,
}

impl Transport for Connections {
    fn exchange(&mut self, hello: &[u8], enough: &dyn Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
        self.progress.inc(1);
        let end = Instant::now() + self.timeout;
        let mut stream = TcpStream::connect_timeout(&self.address, self.timeout)?;
        stream.set_write_timeout(Some(self.timeout))?;
        stream.write_all(hello)?;
        let mut bytes = Vec::new();
        let mut buffer = [0; 16384];
        while !enough(&bytes) {
            // A server that sends a byte at a time may not hold the probe for ever.
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            stream.set_read_timeout(Some(left))?;
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => bytes.extend(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }
}

/// Probes HOST:PORT; what was seen, and what could not be.
pub fn server(
    registry: &Registry,
    target: &str,
    name: Option<&str>,
    seconds: u64,
) -> anyhow::Result<(Vec<Asset>, Vec<String>)> {
    let address = target.to_socket_addrs()?.next().context("no address")?;
    let host = target.rsplit_once(':').map_or(target, |(host, _)| host).trim_matches(['[', ']']);
    // Addresses are no server names (RFC 6066, 3).
    let name = name.or_else(|| host.parse::<IpAddr>().is_err().then_some(host));
    let progress = ProgressBar::new_spinner();
    progress.set_message(format!("asking {target}"));
    let mut connections = Connections { address, timeout: Duration::from_secs(seconds), progress };
    let speaks = probe(&mut connections, name, random())?;
    connections.progress.finish_and_clear();
    let mut limits = Vec::new();
    if speaks.versions.is_empty() {
        anyhow::bail!("the server agreed to no version from TLS 1.0 to 1.3");
    }
    if speaks.certificates.is_empty() {
        limits.push(
            "the certificate: the server speaks only TLS 1.3 or sends none, and TLS 1.3 encrypts it".into(),
        );
    }
    Ok((assets(registry, &speaks)?, limits))
}

/// The random of the hellos. No key comes of it, so that time and process are enough to differ.
fn random() -> [u8; 32] {
    use std::hash::{BuildHasher, Hasher};
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_mut(8) {
        let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
        hasher.write_u8(chunk.len() as u8);
        chunk.copy_from_slice(&hasher.finish().to_be_bytes());
    }
    bytes
}
