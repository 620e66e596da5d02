//! From a captured frame to a contact: link layer, IP and transport headers, parsed by hand since this is the hot path.
//!
//! A test compares every field with the `etherparse` crate on all traces at hand.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::contact::{Contact, Kind, Service, Tools};

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// An IP packet.
    Contact(Contact),
    /// A later fragment of an IP packet: it has no ports and is part of a contact already counted.
    Fragment,
    /// A frame of another protocol (ARP, spanning tree, ...), or a link type that carries no IP we know of.
    NotIp,
    /// An IP packet that is damaged or cut off before its ports.
    Damaged,
}

const MAXIMUM_TAGS: usize = 4;
const MAXIMUM_EXTENSIONS: usize = 8;

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// Parses one frame of the given link type (LINKTYPE_ number).
#[inline]
#[must_use]
pub fn parse(link: u16, data: &[u8], time: i64) -> Frame {
    match link {
        1 => ethernet(data, time),
        0 | 108 => null(data, time),
        12 | 14 | 101 => raw(data, time),
        228 => version4(data, time),
        229 => version6(data, time),
        113 => tagged(data.get(14..).unwrap_or_default(), time),
        276 => match (half(data, 0), data.get(20..)) {
            (Some(kind), Some(rest)) => network(kind, rest, time),
            _ => Frame::NotIp,
        },
        _ => Frame::NotIp,
    }
}

#[inline]
fn ethernet(data: &[u8], time: i64) -> Frame {
    match data.get(12..) {
        Some(rest) => tagged(rest, time),
        None => Frame::NotIp,
    }
}

/// An EtherType after any number of VLAN tags.
#[inline]
fn tagged(mut data: &[u8], time: i64) -> Frame {
    for _ in 0..=MAXIMUM_TAGS {
        let Some(kind) = half(data, 0) else { return Frame::NotIp };
        if !matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
            return network(kind, &data[2..], time);
        }
        data = data.get(4..).unwrap_or_default();
    }
    Frame::NotIp
}

#[inline]
fn network(kind: u16, data: &[u8], time: i64) -> Frame {
    match kind {
        0x0800 => version4(data, time),
        0x86dd => version6(data, time),
        // PPPoE session: version, code, session, length, then the PPP protocol.
        0x8864 => match (half(data, 6), data.get(8..)) {
            (Some(0x0021), Some(rest)) => version4(rest, time),
            (Some(0x0057), Some(rest)) => version6(rest, time),
            _ => Frame::NotIp,
        },
        0x8847 | 0x8848 => labelled(data, time),
        _ => Frame::NotIp,
    }
}

/// MPLS: labels up to the one with the bottom bit; what follows is told by its first four bits only.
fn labelled(mut data: &[u8], time: i64) -> Frame {
    for _ in 0..MAXIMUM_EXTENSIONS {
        let Some(third) = data.get(2) else { return Frame::NotIp };
        let bottom = third & 1 == 1;
        data = data.get(4..).unwrap_or_default();
        if bottom {
            return raw(data, time);
        }
    }
    Frame::NotIp
}

/// BSD loopback: the address family in the byte order of the capturing host, so both orders are tried.
fn null(data: &[u8], time: i64) -> Frame {
    let (Some(head), Some(rest)) = (data.get(..4), data.get(4..)) else { return Frame::NotIp };
    match [head[0], head[1], head[2], head[3]] {
        [2, 0, 0, 0] | [0, 0, 0, 2] => version4(rest, time),
        [10 | 24 | 28 | 30, 0, 0, 0] | [0, 0, 0, 10 | 24 | 28 | 30] => version6(rest, time),
        _ => Frame::NotIp,
    }
}

fn raw(data: &[u8], time: i64) -> Frame {
    match data.first().map(|byte| byte >> 4) {
        Some(4) => version4(data, time),
        Some(6) => version6(data, time),
        _ => Frame::NotIp,
    }
}

#[inline]
fn version4(data: &[u8], time: i64) -> Frame {
    let Some(header) = data.first_chunk::<20>() else { return Frame::Damaged };
    let header_length = usize::from(header[0] & 0xf) * 4;
    if header[0] >> 4 != 4 || header_length < 20 || data.len() < header_length {
        return Frame::Damaged;
    }
    // Segmentation offload leaves 0 in the length field: then the packet is what was captured.
    let stated = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let total = if stated == 0 { data.len() } else { stated };
    if total < header_length {
        return Frame::Damaged;
    }
    if u16::from_be_bytes([header[6], header[7]]) & 0x1fff != 0 {
        return Frame::Fragment;
    }
    let source = Ipv4Addr::new(header[12], header[13], header[14], header[15]);
    let destination = Ipv4Addr::new(header[16], header[17], header[18], header[19]);
    let payload = &data[header_length..data.len().min(total)];
    let Some(touch) = transport(header[9], payload) else { return Frame::Damaged };
    let identification = u16::from_be_bytes([header[4], header[5]]);
    Frame::Contact(Contact {
        time,
        source: IpAddr::V4(source),
        destination: IpAddr::V4(destination),
        service: touch.service,
        kind: touch.kind,
        packets: 1,
        bytes: total as u64,
        tools: marks(identification, destination.to_bits(), &touch),
    })
}

fn version6(data: &[u8], time: i64) -> Frame {
    let Some(header) = data.first_chunk::<40>() else { return Frame::Damaged };
    if header[0] >> 4 != 6 {
        return Frame::Damaged;
    }
    let stated = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let payload_length = if stated == 0 { data.len() - 40 } else { stated };
    let payload = &data[40..data.len().min(40 + payload_length)];
    let (protocol, payload) = match skip_extensions(header[6], payload) {
        Ok(Some(inner)) => inner,
        Ok(None) => return Frame::Fragment,
        Err(()) => return Frame::Damaged,
    };
    let Some(touch) = transport(protocol, payload) else { return Frame::Damaged };
    let address = |at: usize| {
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&header[at..at + 16]);
        IpAddr::V6(Ipv6Addr::from(bytes))
    };
    Frame::Contact(Contact {
        time,
        source: address(8),
        destination: address(24),
        service: touch.service,
        kind: touch.kind,
        packets: 1,
        bytes: 40 + payload_length as u64,
        tools: Tools::default(),
    })
}

/// Hop-by-hop, routing, destination options, authentication and fragment headers (RFC 8200). `None` for a later fragment.
fn skip_extensions(mut protocol: u8, mut data: &[u8]) -> Result<Option<(u8, &[u8])>, ()> {
    for _ in 0..MAXIMUM_EXTENSIONS {
        let length = match protocol {
            0 | 43 | 60 => (usize::from(*data.get(1).ok_or(())?) + 1) * 8,
            51 => (usize::from(*data.get(1).ok_or(())?) + 2) * 4,
            44 => {
                if half(data, 2).ok_or(())? & 0xfff8 != 0 {
                    return Ok(None);
                }
                8
            }
            _ => return Ok(Some((protocol, data))),
        };
        protocol = data[0];
        data = data.get(length..).ok_or(())?;
    }
    Err(())
}

struct Touch {
    service: Service,
    kind: Kind,
    /// TCP sequence number and destination port, for the marks of scanners.
    sequence: Option<(u32, u16)>,
}

/// Ports and kind; `None` if the header is cut off before they are known.
#[inline]
fn transport(protocol: u8, data: &[u8]) -> Option<Touch> {
    let (port, kind, sequence) = match protocol {
        6 => {
            let header = data.first_chunk::<14>()?;
            let (from, to) =
                (u16::from_be_bytes([header[0], header[1]]), u16::from_be_bytes([header[2], header[3]]));
            let sequence = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
            let (syn, rst, ack) = (header[13] & 2 != 0, header[13] & 4 != 0, header[13] & 16 != 0);
            let kind = match (syn, rst, ack) {
                (_, true, _) | (true, _, true) => Kind::Backscatter,
                (true, false, false) => Kind::TcpSyn,
                _ => Kind::TcpOther,
            };
            let port = if kind == Kind::Backscatter { from } else { to };
            (port, kind, Some((sequence, to)))
        }
        17 => (half(data, 2)?, Kind::Udp, None),
        1 => {
            let kind = match *data.first()? {
                8 => Kind::EchoRequest,
                0 | 3 | 4 | 5 | 11 | 12 => Kind::Backscatter,
                _ => Kind::IcmpOther,
            };
            (half(data, 0)?, kind, None)
        }
        58 => {
            let kind = match *data.first()? {
                128 => Kind::EchoRequest,
                1..=4 | 129 => Kind::Backscatter,
                _ => Kind::IcmpOther,
            };
            (half(data, 0)?, kind, None)
        }
        _ => (0, Kind::Other, None),
    };
    Some(Touch { service: Service { protocol, port }, kind, sequence })
}

#[inline]
fn marks(identification: u16, destination: u32, touch: &Touch) -> Tools {
    let mut bits = 0;
    if identification == 54321 {
        bits |= Tools::ZMAP.0;
    }
    if let Some((sequence, port)) = touch.sequence.filter(|_| touch.kind == Kind::TcpSyn) {
        if identification == (destination ^ u32::from(port) ^ sequence) as u16 {
            bits |= Tools::MASSCAN.0;
        }
        if sequence == destination {
            bits |= Tools::MIRAI.0;
        }
    }
    Tools(bits)
}
