//! Suricata EVE: flow and alert records. Records of application layers belong to a flow that has its own record.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use serde::Deserialize;

use super::{Line, LineFormat, timestamp};
use crate::contact::{Contact, Kind, Service, Tools};

pub(super) struct Eve;

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    src_ip: Option<Cow<'a, str>>,
    #[serde(borrow)]
    dest_ip: Option<Cow<'a, str>>,
    dest_port: Option<u16>,
    #[serde(borrow)]
    proto: Option<Cow<'a, str>>,
    icmp_type: Option<u8>,
    icmp_code: Option<u8>,
    #[serde(borrow)]
    flow: Option<Flow<'a>>,
}

#[derive(Deserialize)]
struct Flow<'a> {
    #[serde(default)]
    pkts_toserver: u64,
    #[serde(default)]
    bytes_toserver: u64,
    #[serde(borrow)]
    start: Option<Cow<'a, str>>,
    #[serde(borrow)]
    state: Option<Cow<'a, str>>,
}

/// Number and kind of a protocol's name as logs write it.
pub(super) fn protocol(name: &str) -> Option<u8> {
    Some(match name {
        "TCP" | "tcp" => 6,
        "UDP" | "udp" => 17,
        "ICMP" | "icmp" => 1,
        "IPv6-ICMP" | "ICMPv6" | "icmp6" | "icmpv6" => 58,
        "SCTP" | "sctp" => 132,
        "GRE" | "gre" => 47,
        other => other.parse().ok()?,
    })
}

impl LineFormat for Eve {
    fn parse(&mut self, line: &[u8]) -> Line {
        if line.trim_ascii().is_empty() {
            return Line::Skipped;
        }
        let Ok(record) = serde_json::from_slice::<Record>(line) else { return Line::Damaged };
        if !matches!(record.event_type.as_ref(), "flow" | "alert") {
            return Line::Skipped;
        }
        contact(&record).map_or(Line::Damaged, Line::Contact)
    }
}

fn contact(record: &Record<'_>) -> Option<Contact> {
    let flow = record.flow.as_ref().filter(|_| record.event_type == "flow");
    let start = flow.and_then(|flow| flow.start.as_deref()).unwrap_or(&record.timestamp);
    let protocol = protocol(record.proto.as_deref()?)?;
    let (mut port, mut kind) = (record.dest_port.unwrap_or(0), Kind::Session);
    match protocol {
        1 | 58 => {
            let icmp = record.icmp_type.unwrap_or(0);
            port = u16::from(icmp) << 8 | u16::from(record.icmp_code.unwrap_or(0));
            kind = if (protocol, icmp) == (1, 8) || (protocol, icmp) == (58, 128) {
                Kind::EchoRequest
            } else {
                Kind::IcmpOther
            };
        }
        17 => kind = Kind::Udp,
        6 if flow.is_some_and(|flow| flow.state.as_deref() == Some("new")) => kind = Kind::TcpSyn,
        _ => {}
    }
    Some(Contact {
        time: timestamp::iso(start.as_bytes())?,
        source: record.src_ip.as_deref()?.parse().ok()?,
        destination: match record.dest_ip.as_deref() {
            Some(address) => address.parse().ok()?,
            None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        },
        service: Service { protocol, port },
        kind,
        // An alert is a finding inside a flow that is counted by its own record: it adds presence, not packets.
        packets: flow.map_or(0, |flow| flow.pkts_toserver),
        bytes: flow.map_or(0, |flow| flow.bytes_toserver),
        tools: Tools::default(),
    })
}
