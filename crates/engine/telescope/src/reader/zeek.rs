//! Zeek conn.log, in columns (with its own header) and as JSON lines.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::Deserialize;

use super::eve::protocol;
use super::{Line, LineFormat, timestamp};
use crate::contact::{Contact, Kind, Service, Tools};

/// What both forms hold.
struct Connection {
    time: i64,
    source: IpAddr,
    destination: IpAddr,
    source_port: u16,
    port: u16,
    protocol: u8,
    packets: Option<u64>,
    bytes: Option<u64>,
}

impl Connection {
    fn contact(&self, state: &str) -> Contact {
        let kind = match (self.protocol, state) {
            (6, "S0") => Kind::TcpSyn,
            // SYN-ACK or reset from the "originator" side only: the answer to a forged packet.
            (6, "RSTRH" | "SHR" | "OTH") => Kind::Backscatter,
            (6, _) => Kind::Session,
            (17, _) => Kind::Udp,
            (1, _) if self.source_port == 8 => Kind::EchoRequest,
            (58, _) if self.source_port == 128 => Kind::EchoRequest,
            (1 | 58, _) => Kind::IcmpOther,
            _ => Kind::Other,
        };
        // Zeek puts type and code of ICMP in the two ports.
        let port = if matches!(self.protocol, 1 | 58) {
            (self.source_port & 0xff) << 8 | self.port & 0xff
        } else {
            self.port
        };
        Contact {
            time: self.time,
            source: self.source,
            destination: self.destination,
            service: Service { protocol: self.protocol, port },
            kind,
            packets: self.packets.unwrap_or(1),
            bytes: self.bytes.unwrap_or(0),
            tools: Tools::default(),
        }
    }
}

/// The protocol that Zeek writes as "icmp" for both versions is told by the addresses.
fn number(name: &str, source: IpAddr) -> Option<u8> {
    match (name, source) {
        ("icmp", IpAddr::V6(_)) => Some(58),
        ("unknown_transport", _) => Some(255),
        (name, _) => protocol(name),
    }
}

const FIELDS: [&str; 9] = [
    "ts",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "conn_state",
    "orig_pkts",
    "orig_ip_bytes",
];

/// conn.log in columns; the places of the columns come from the `#fields` line.
pub(super) struct Columns {
    separator: u8,
    places: Option<[Option<usize>; FIELDS.len()]>,
}

impl Default for Columns {
    fn default() -> Self {
        Self { separator: b'\t', places: None }
    }
}

impl LineFormat for Columns {
    fn parse(&mut self, line: &[u8]) -> Line {
        let Ok(text) = std::str::from_utf8(line) else { return Line::Damaged };
        if let Some(header) = text.strip_prefix('#') {
            self.header(header);
            return Line::Skipped;
        }
        if text.is_empty() {
            return Line::Skipped;
        }
        let Some(places) = self.places else { return Line::Damaged };
        // Another of Zeek's logs, without connections.
        if places[..6].contains(&None) {
            return Line::Skipped;
        }
        self.contact(text, &places).map_or(Line::Damaged, Line::Contact)
    }
}

impl Columns {
    fn header(&mut self, header: &str) {
        if let Some(separator) = header.strip_prefix("separator \\x") {
            self.separator = u8::from_str_radix(separator.trim(), 16).unwrap_or(b'\t');
        } else if let Some(fields) = header.strip_prefix("fields") {
            let names: Vec<&str> = fields.split(char::from(self.separator)).skip(1).collect();
            self.places = Some(FIELDS.map(|field| names.iter().position(|name| *name == field)));
        }
    }

    fn contact(&self, text: &str, places: &[Option<usize>; FIELDS.len()]) -> Option<Contact> {
        let mut values = [""; FIELDS.len()];
        for (column, value) in text.split(char::from(self.separator)).enumerate() {
            if let Some(field) = places.iter().position(|place| *place == Some(column)) {
                values[field] = value;
            }
        }
        let [time, source, source_port, destination, port, name, state, packets, bytes] = values;
        let source = source.parse().ok()?;
        let connection = Connection {
            time: timestamp::seconds(time.as_bytes())?,
            source,
            destination: destination.parse().ok()?,
            source_port: source_port.parse().ok()?,
            port: port.parse().ok()?,
            protocol: number(name, source)?,
            packets: packets.parse().ok(),
            bytes: bytes.parse().ok(),
        };
        Some(connection.contact(state))
    }
}

/// conn.log as JSON lines.
pub(super) struct Json;

#[derive(Deserialize)]
#[serde(untagged)]
enum Moment<'a> {
    Seconds(f64),
    Iso(#[serde(borrow)] Cow<'a, str>),
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    ts: Moment<'a>,
    #[serde(rename = "id.orig_h")]
    source: Option<IpAddr>,
    #[serde(rename = "id.orig_p")]
    source_port: Option<u16>,
    #[serde(rename = "id.resp_h")]
    destination: Option<IpAddr>,
    #[serde(rename = "id.resp_p")]
    port: Option<u16>,
    #[serde(borrow)]
    proto: Option<Cow<'a, str>>,
    #[serde(borrow)]
    conn_state: Option<Cow<'a, str>>,
    orig_pkts: Option<u64>,
    orig_ip_bytes: Option<u64>,
}

impl LineFormat for Json {
    fn parse(&mut self, line: &[u8]) -> Line {
        if line.trim_ascii().is_empty() {
            return Line::Skipped;
        }
        let Ok(record) = serde_json::from_slice::<Record>(line) else { return Line::Damaged };
        json_contact(&record).map_or(Line::Damaged, Line::Contact)
    }
}

fn json_contact(record: &Record<'_>) -> Option<Contact> {
    let source = record.source?;
    let connection = Connection {
        time: match &record.ts {
            // Microseconds are what a double holds of a present-day time.
            Moment::Seconds(seconds) if seconds.abs() < 9e9 => (seconds * 1e6).round() as i64 * 1000,
            Moment::Seconds(_) => return None,
            Moment::Iso(text) => timestamp::iso(text.as_bytes())?,
        },
        source,
        destination: record.destination?,
        source_port: record.source_port?,
        port: record.port?,
        protocol: number(record.proto.as_deref()?, source)?,
        packets: record.orig_pkts,
        bytes: record.orig_ip_bytes,
    };
    Some(connection.contact(record.conn_state.as_deref().unwrap_or_default()))
}
