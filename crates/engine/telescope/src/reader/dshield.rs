//! DShield log lines: date and time with offset, author, count, source, source port, target, target port, protocol, flags; tabs.

use std::net::{IpAddr, Ipv4Addr};

use super::eve::protocol;
use super::{Line, LineFormat, timestamp};
use crate::contact::{Contact, Kind, Service, Tools};

pub(super) struct Dshield;

pub(super) fn looks_like(line: &str) -> bool {
    contact(line).is_some()
}

impl LineFormat for Dshield {
    fn parse(&mut self, line: &[u8]) -> Line {
        let Ok(text) = std::str::from_utf8(line) else { return Line::Damaged };
        if text.trim().is_empty() || text.starts_with('#') {
            return Line::Skipped;
        }
        contact(text).map_or(Line::Damaged, Line::Contact)
    }
}

fn contact(line: &str) -> Option<Contact> {
    let mut fields = line.split('\t').map(str::trim);
    let time = timestamp::iso(fields.next()?.as_bytes())?;
    let _author = fields.next()?;
    let packets = fields.next()?.parse().ok()?;
    let source = address(fields.next()?)?;
    let _source_port = fields.next()?;
    let destination = match fields.next()? {
        "" | "???" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        text => address(text)?,
    };
    let port = match fields.next()? {
        "" | "???" => 0,
        text => text.parse().ok()?,
    };
    let protocol = protocol(fields.next()?)?;
    let flags = fields.next().unwrap_or_default();
    let kind = match protocol {
        17 => Kind::Udp,
        1 | 58 => Kind::IcmpOther,
        6 if flags.contains('S') && !flags.contains('A') => Kind::TcpSyn,
        6 if flags.contains('R') || flags.contains('S') => Kind::Backscatter,
        6 => Kind::TcpOther,
        _ => Kind::Other,
    };
    Some(Contact {
        time,
        source,
        destination,
        service: Service { protocol, port },
        kind,
        packets,
        bytes: 0,
        tools: Tools::default(),
    })
}

/// DShield pads octets with zeros ("008.008.004.004"), which the address parser rightly refuses.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        *octet = parts.next().filter(|part| part.len() <= 3)?.parse().ok()?;
    }
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}
