//! Cowrie, the SSH and Telnet honeypot: each new session is a contact.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use serde::Deserialize;

use super::{Line, LineFormat, timestamp};
use crate::contact::{Contact, Kind, Service, Tools};

pub(super) struct Cowrie;

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    eventid: Cow<'a, str>,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    src_ip: Option<Cow<'a, str>>,
    #[serde(borrow)]
    dst_ip: Option<Cow<'a, str>>,
    dst_port: Option<u16>,
}

impl LineFormat for Cowrie {
    fn parse(&mut self, line: &[u8]) -> Line {
        if line.trim_ascii().is_empty() {
            return Line::Skipped;
        }
        let Ok(record) = serde_json::from_slice::<Record>(line) else { return Line::Damaged };
        if record.eventid != "cowrie.session.connect" {
            return Line::Skipped;
        }
        contact(&record).map_or(Line::Damaged, Line::Contact)
    }
}

fn contact(record: &Record<'_>) -> Option<Contact> {
    Some(Contact {
        time: timestamp::iso(record.timestamp.as_bytes())?,
        source: record.src_ip.as_deref()?.parse().ok()?,
        destination: match record.dst_ip.as_deref() {
            Some(address) => address.parse().ok()?,
            None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        },
        service: Service { protocol: 6, port: record.dst_port? },
        kind: Kind::Session,
        packets: 1,
        bytes: 0,
        tools: Tools::default(),
    })
}
