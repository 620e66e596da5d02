//! Lines that the Linux packet filter (iptables, nftables, ufw) writes to syslog: `KEY=value` pairs after a time stamp of
//! RFC 5424 or RFC 3164.

use super::eve::protocol;
use super::{Line, LineFormat, timestamp};
use crate::contact::{Contact, Kind, Service, Tools};

pub(super) struct Firewall {
    pub(super) year: Option<i16>,
}

impl LineFormat for Firewall {
    fn parse(&mut self, line: &[u8]) -> Line {
        let Ok(text) = std::str::from_utf8(line) else { return Line::Damaged };
        if !text.contains("SRC=") || !text.contains("DST=") {
            return Line::Skipped;
        }
        self.contact(text).map_or(Line::Damaged, Line::Contact)
    }
}

impl Firewall {
    fn time(&self, line: &str) -> Option<i64> {
        let mut rest = line;
        if let Some(after) = line.strip_prefix('<') {
            rest = after.split_once('>')?.1;
            rest = rest.strip_prefix("1 ").unwrap_or(rest);
        }
        if rest.starts_with(|first: char| first.is_ascii_digit()) {
            return timestamp::iso(rest.split(' ').next()?.as_bytes());
        }
        timestamp::bsd(rest.as_bytes(), self.year?)
    }

    fn contact(&self, line: &str) -> Option<Contact> {
        let time = self.time(line)?;
        let (mut source, mut destination, mut number, mut port, mut bytes) = (None, None, None, 0u16, 0u64);
        let (mut icmp, mut code, mut syn, mut ack, mut reset) = (0u16, 0u16, false, false, false);
        let (mut from, mut length_seen) = (0u16, false);
        for word in line.split_ascii_whitespace() {
            match word.split_once('=') {
                Some(("SRC", value)) if source.is_none() => source = Some(value.parse().ok()?),
                Some(("DST", value)) if destination.is_none() => destination = Some(value.parse().ok()?),
                Some(("PROTO", value)) if number.is_none() => number = Some(protocol(value)?),
                Some(("SPT", value)) => from = value.parse().ok()?,
                Some(("DPT", value)) => port = value.parse().ok()?,
                Some(("TYPE", value)) => icmp = value.parse().ok()?,
                Some(("CODE", value)) => code = value.parse().ok()?,
                // The second LEN of a UDP line is the datagram's own.
                Some(("LEN", value)) if !length_seen => (bytes, length_seen) = (value.parse().ok()?, true),
                None => match word {
                    "SYN" => syn = true,
                    "ACK" => ack = true,
                    "RST" => reset = true,
                    _ => {}
                },
                _ => {}
            }
        }
        let protocol = number?;
        let kind = match protocol {
            6 if reset || syn && ack => Kind::Backscatter,
            6 if syn => Kind::TcpSyn,
            6 => Kind::TcpOther,
            17 => Kind::Udp,
            1 if icmp == 8 => Kind::EchoRequest,
            58 if icmp == 128 => Kind::EchoRequest,
            1 if matches!(icmp, 0 | 3 | 4 | 5 | 11 | 12) => Kind::Backscatter,
            1 | 58 => Kind::IcmpOther,
            _ => Kind::Other,
        };
        let port = match protocol {
            1 | 58 => icmp.checked_mul(256)?.checked_add(code)?,
            6 if kind == Kind::Backscatter => from,
            _ => port,
        };
        let service = Service { protocol, port };
        Some(Contact {
            time,
            source: source?,
            destination: destination?,
            service,
            kind,
            packets: 1,
            bytes,
            tools: Tools::default(),
        })
    }
}
