//! NetFlow 5, NetFlow 9 (RFC 3954) and IPFIX (RFC 7011): export packets one after the other, as a collector stores them and as
//! RFC 5655 defines IPFIX files. Templates are limited in number and length.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{ReadReport, Sink};
use crate::contact::{Contact, Kind, Service, Tools};

const MAXIMUM_TEMPLATES: usize = 4096;
const MAXIMUM_FIELDS: usize = 512;
const VARIABLE: u16 = 0xffff;
const NANOSECONDS: i64 = 1_000_000_000;

/// Domain of the exporter and number of the template.
type TemplateKey = (u32, u16);

#[derive(Clone)]
struct Field {
    /// Information element; 0 for those of an enterprise.
    element: u16,
    length: u16,
}

#[derive(Default)]
struct Templates {
    known: BTreeMap<TemplateKey, Vec<Field>>,
}

/// What ends the reading of a file.
struct Broken(String);

struct Stream<R> {
    input: R,
    offset: u64,
}

impl<R: Read> Stream<R> {
    /// Fills `bytes`; false at the end of the file before the first byte.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<bool, Broken> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.input.read(&mut bytes[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => {
                    return Err(Broken(format!(
                        "the file ends inside a record that starts at byte {}",
                        self.offset
                    )));
                }
                Ok(n) => filled += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Broken(format!("reading failed at byte {}: {error}", self.offset))),
            }
        }
        self.offset += filled as u64;
        Ok(true)
    }

    fn must_fill(&mut self, bytes: &mut [u8]) -> Result<(), Broken> {
        let offset = self.offset;
        if bytes.is_empty() || self.fill(bytes)? {
            return Ok(());
        }
        Err(Broken(format!("the file ends inside a record that starts at byte {offset}")))
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

pub(super) fn read(input: impl Read, report: &mut ReadReport, sink: &mut impl Sink) {
    let mut stream = Stream { input, offset: 0 };
    let mut templates = Templates::default();
    loop {
        let mut version = [0u8; 2];
        let result = match stream.fill(&mut version) {
            Ok(false) => return,
            Ok(true) => match version {
                [0, 5] => version5(&mut stream, report, sink),
                [0, 9] => version9(&mut stream, &mut templates, report, sink),
                [0, 10] => ipfix(&mut stream, &mut templates, report, sink),
                _ => Err(Broken(format!("no flow export version at byte {}", stream.offset - 2))),
            },
            Err(broken) => Err(broken),
        };
        if let Err(Broken(problem)) = result {
            report.problem = Some(problem);
            return;
        }
    }
}

fn version5(
    stream: &mut Stream<impl Read>,
    report: &mut ReadReport,
    sink: &mut impl Sink,
) -> Result<(), Broken> {
    let mut header = [0u8; 22];
    stream.must_fill(&mut header)?;
    let boot = Boot {
        uptime: number(&header[2..6]) as i64,
        export: number(&header[6..10]) as i64 * NANOSECONDS + number(&header[10..14]) as i64,
    };
    for _ in 0..number(&header[..2]) {
        let mut record = [0u8; 48];
        stream.must_fill(&mut record)?;
        let flow = Flow {
            source: Some(IpAddr::V4(Ipv4Addr::from_bits(number(&record[..4]) as u32))),
            destination: Some(IpAddr::V4(Ipv4Addr::from_bits(number(&record[4..8]) as u32))),
            packets: number(&record[16..20]),
            bytes: number(&record[20..24]),
            time: Some(boot.time(number(&record[24..28]) as i64)),
            source_port: number(&record[32..34]) as u16,
            port: number(&record[34..36]) as u16,
            flags: record[37],
            protocol: record[38],
            icmp: None,
        };
        hand_on(&flow, 48, report, sink);
    }
    Ok(())
}

/// The exporter's clocks: uptime in milliseconds and time of export in nanoseconds.
#[derive(Clone, Copy)]
struct Boot {
    uptime: i64,
    export: i64,
}

impl Boot {
    fn time(self, uptime: i64) -> i64 {
        // 32-bit milliseconds wrap after 49.7 days; the difference does not.
        let ago = (self.uptime as u32).wrapping_sub(uptime as u32) as i32;
        self.export - i64::from(ago) * 1_000_000
    }
}

fn version9(
    stream: &mut Stream<impl Read>,
    templates: &mut Templates,
    report: &mut ReadReport,
    sink: &mut impl Sink,
) -> Result<(), Broken> {
    let mut header = [0u8; 18];
    stream.must_fill(&mut header)?;
    let mut records = number(&header[..2]) as i64;
    let boot =
        Boot { uptime: number(&header[2..6]) as i64, export: number(&header[6..10]) as i64 * NANOSECONDS };
    let domain = number(&header[14..18]) as u32;
    // The header counts records, not bytes: sets are read until that many are found.
    while records > 0 {
        let (set, body) = flow_set(stream)?;
        records -= match set {
            0 => templates.learn(domain, &body, false, report),
            1 => 1,
            256.. => templates.decode(domain, set, &body, boot, report, sink),
            _ => 1,
        }
        .max(1);
    }
    Ok(())
}

fn ipfix(
    stream: &mut Stream<impl Read>,
    templates: &mut Templates,
    report: &mut ReadReport,
    sink: &mut impl Sink,
) -> Result<(), Broken> {
    let offset = stream.offset - 2;
    let mut header = [0u8; 14];
    stream.must_fill(&mut header)?;
    let length = number(&header[..2]);
    let boot = Boot { uptime: 0, export: number(&header[2..6]) as i64 * NANOSECONDS };
    let domain = number(&header[10..14]) as u32;
    if length < 16 {
        return Err(Broken(format!("an IPFIX message shorter than its header at byte {offset}")));
    }
    while stream.offset < offset + length {
        let (set, body) = flow_set(stream)?;
        match set {
            2 => {
                templates.learn(domain, &body, true, report);
            }
            256.. => {
                templates.decode(domain, set, &body, boot, report, sink);
            }
            _ => {}
        }
    }
    if stream.offset == offset + length {
        return Ok(());
    }
    Err(Broken(format!("a set reaches beyond its IPFIX message at byte {offset}")))
}

/// Number and body of the next set (at most 64 KiB, since the length field has 16 bits).
fn flow_set(stream: &mut Stream<impl Read>) -> Result<(u16, Vec<u8>), Broken> {
    let offset = stream.offset;
    let mut head = [0u8; 4];
    stream.must_fill(&mut head)?;
    let length = number(&head[2..4]) as usize;
    if length < 4 {
        return Err(Broken(format!("a set shorter than its header at byte {offset}")));
    }
    let mut body = vec![0u8; length - 4];
    stream.must_fill(&mut body)?;
    Ok((number(&head[..2]) as u16, body))
}

impl Templates {
    /// Reads a set of templates; the number of templates in it.
    fn learn(&mut self, domain: u32, mut body: &[u8], enterprise: bool, report: &mut ReadReport) -> i64 {
        let mut learned = 0;
        while body.len() >= 4 {
            let (id, count) = (number(&body[..2]) as u16, number(&body[2..4]) as usize);
            body = &body[4..];
            if id < 256 {
                break;
            }
            let mut fields = Vec::with_capacity(count.min(MAXIMUM_FIELDS));
            for _ in 0..count {
                let Some(field) = body.first_chunk::<4>() else { break };
                let (element, length) = (number(&field[..2]) as u16, number(&field[2..4]) as u16);
                let private = enterprise && element & 0x8000 != 0;
                body = body.get(if private { 8 } else { 4 }..).unwrap_or_default();
                fields.push(Field { element: if private { 0 } else { element }, length });
            }
            learned += 1;
            let room = self.known.len() < MAXIMUM_TEMPLATES || self.known.contains_key(&(domain, id));
            // A template whose records have no length would loop for ever.
            let solid = fields.iter().any(|field| field.length > 0);
            if fields.len() == count && count <= MAXIMUM_FIELDS && room && solid {
                self.known.insert((domain, id), fields);
            } else {
                report.decode_errors += 1;
            }
        }
        learned
    }

    /// Decodes a set of data; the number of records in it.
    fn decode(
        &self,
        domain: u32,
        id: u16,
        mut body: &[u8],
        boot: Boot,
        report: &mut ReadReport,
        sink: &mut impl Sink,
    ) -> i64 {
        let Some(fields) = self.known.get(&(domain, id)) else {
            // Data before its template cannot be read; RFC 7011 lets a collector drop it.
            report.decode_errors += 1;
            return 1;
        };
        let mut records = 0;
        // Padding is shorter than any record.
        while !body.is_empty() {
            let before = body.len();
            let Some((flow, rest)) = record(fields, body, boot) else { break };
            body = rest;
            records += 1;
            hand_on(&flow, (before - body.len()) as u64, report, sink);
        }
        records
    }
}

#[derive(Default)]
struct Flow {
    source: Option<IpAddr>,
    destination: Option<IpAddr>,
    packets: u64,
    bytes: u64,
    time: Option<i64>,
    source_port: u16,
    port: u16,
    flags: u8,
    protocol: u8,
    icmp: Option<u16>,
}

/// One record; `None` if the rest is too short for it.
fn record<'a>(fields: &[Field], mut body: &'a [u8], boot: Boot) -> Option<(Flow, &'a [u8])> {
    let mut flow = Flow::default();
    for field in fields {
        let mut length = usize::from(field.length);
        if field.length == VARIABLE {
            length = usize::from(*body.first()?);
            body = &body[1..];
            if length == 255 {
                length = number(body.get(..2)?) as usize;
                body = &body[2..];
            }
        }
        let value = body.get(..length)?;
        body = &body[length..];
        set(&mut flow, field.element, value, boot);
    }
    flow.time = flow.time.or(Some(boot.export));
    Some((flow, body))
}

/// Information elements of the IANA registry that make a contact.
fn set(flow: &mut Flow, element: u16, value: &[u8], boot: Boot) {
    if value.len() > 16 {
        return;
    }
    let integer = || number(&value[value.len().saturating_sub(8)..]);
    let address4 = || (value.len() == 4).then(|| IpAddr::V4(Ipv4Addr::from_bits(number(value) as u32)));
    let address6 = || <[u8; 16]>::try_from(value).ok().map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)));
    match element {
        1 | 85 => flow.bytes = integer(),
        2 | 86 => flow.packets = integer(),
        4 => flow.protocol = integer() as u8,
        6 => flow.flags = integer() as u8,
        7 => flow.source_port = integer() as u16,
        11 => flow.port = integer() as u16,
        8 => flow.source = address4(),
        12 => flow.destination = address4(),
        27 => flow.source = address6(),
        28 => flow.destination = address6(),
        32 | 139 => flow.icmp = Some(integer() as u16),
        // First switched: uptime, seconds, milliseconds.
        22 => flow.time = Some(boot.time(integer() as i64)),
        150 => flow.time = i64::try_from(integer()).ok().and_then(|seconds| seconds.checked_mul(NANOSECONDS)),
        152 => {
            flow.time =
                i64::try_from(integer()).ok().and_then(|milliseconds| milliseconds.checked_mul(1_000_000))
        }
        _ => {}
    }
}

fn hand_on(flow: &Flow, size: u64, report: &mut ReadReport, sink: &mut impl Sink) {
    report.packets += 1;
    report.bytes += size;
    let (Some(source), Some(destination), Some(time)) = (flow.source, flow.destination, flow.time) else {
        report.skipped += 1;
        return;
    };
    // Flags are the union over the flow: SYN without ACK is a scan, RST or SYN-ACK without a plain SYN an answer.
    let (syn, rst, ack) = (flow.flags & 2 != 0, flow.flags & 4 != 0, flow.flags & 16 != 0);
    let kind = match flow.protocol {
        6 if syn && !ack && !rst => Kind::TcpSyn,
        6 if rst && !syn || syn && ack && flow.packets <= 1 => Kind::Backscatter,
        6 if syn && ack => Kind::Session,
        6 => Kind::TcpOther,
        17 => Kind::Udp,
        1 if flow.icmp.unwrap_or(flow.port) >> 8 == 8 => Kind::EchoRequest,
        58 if flow.icmp.unwrap_or(flow.port) >> 8 == 128 => Kind::EchoRequest,
        1 | 58 => Kind::IcmpOther,
        _ => Kind::Other,
    };
    let port = match flow.protocol {
        // Exporters put type and code of ICMP in the destination port.
        1 | 58 => flow.icmp.unwrap_or(flow.port),
        6 if kind == Kind::Backscatter => flow.source_port,
        _ => flow.port,
    };
    report.contacts += 1;
    report.wire_bytes = report.wire_bytes.saturating_add(flow.bytes);
    sink.contact(&Contact {
        time,
        source,
        destination,
        service: Service { protocol: flow.protocol, port },
        kind,
        packets: flow.packets.max(1),
        bytes: flow.bytes,
        tools: Tools::default(),
    });
}
