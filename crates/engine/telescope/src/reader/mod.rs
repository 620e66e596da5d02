//! One entry for every input: the format is told by the first bytes, and every record becomes a [`Contact`].

use std::io::{BufReader, Cursor, Read};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::capture::{Capture, CaptureError};
use crate::compression::unpack;
use crate::contact::Contact;
use crate::frame::{self, Frame};

mod cowrie;
mod dshield;
mod eve;
mod firewall;
mod line;
mod netflow;
pub mod timestamp;
mod zeek;

/// Receives contacts.
pub trait Sink {
    /// One contact, in the order of the input.
    fn contact(&mut self, contact: &Contact);
}

impl<F: FnMut(&Contact)> Sink for F {
    fn contact(&mut self, contact: &Contact) {
        self(contact);
    }
}

/// Formats that are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// pcap, any byte order and resolution.
    Pcap,
    /// pcapng.
    Pcapng,
    /// NetFlow 5 export packets, one after the other.
    Netflow5,
    /// NetFlow 9 export packets, one after the other.
    Netflow9,
    /// IPFIX messages, one after the other (RFC 5655).
    Ipfix,
    /// Zeek conn.log in columns.
    ZeekColumns,
    /// Zeek conn.log as JSON lines.
    ZeekJson,
    /// Suricata EVE JSON lines.
    Eve,
    /// Cowrie JSON lines.
    Cowrie,
    /// DShield log: date, author, count, source, source port, target, target port, protocol, flags, separated by tabs.
    Dshield,
    /// Lines of iptables, nftables and ufw in syslog.
    Firewall,
}

/// What a reader must be told because the file does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// Year of syslog lines whose time stamp has none (RFC 3164). Such lines are decode errors without it.
    pub year: Option<i16>,
}

/// What a file held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadReport {
    /// What the file was taken for; absent if it was empty.
    pub format: Option<Format>,
    /// Packets, or records and lines of other formats.
    pub packets: u64,
    /// Bytes captured, or bytes of the records themselves for other formats.
    pub bytes: u64,
    /// Bytes on the wire, as far as the file tells.
    pub wire_bytes: u64,
    /// Contacts handed on.
    pub contacts: u64,
    /// Packets or records that were damaged or cut off.
    pub decode_errors: u64,
    /// Later fragments of IP packets.
    pub fragments: u64,
    /// Frames without IP, records of other kinds.
    pub skipped: u64,
    /// Why reading ended before the end of the file, with the place.
    pub problem: Option<String>,
}

/// The input is none of the formats.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The reader failed at the very beginning.
    #[error("reading failed: {0}")]
    Input(#[from] std::io::Error),
    /// No format fits.
    #[error("line 1 (byte 0): not a capture, flow export, Zeek, Suricata, Cowrie, DShield or firewall log")]
    Unknown,
}

const HEAD: usize = 16 << 10;

/// Reads an input to its end and hands every contact to `sink`.
///
/// # Errors
/// Only if the format is not recognised or nothing can be read at all; a file that is damaged further on is reported in
/// [`ReadReport::problem`] with what could be read before.
pub fn read(input: impl Read, options: ReadOptions, sink: &mut impl Sink) -> Result<ReadReport, ReadError> {
    let mut unpacked = unpack(input)?;
    let mut head = Vec::with_capacity(HEAD);
    unpacked.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    if head.is_empty() {
        return Ok(ReadReport::default());
    }
    let format = recognise(&head).ok_or(ReadError::Unknown)?;
    let whole = Cursor::new(head).chain(unpacked);
    let mut report = ReadReport { format: Some(format), ..ReadReport::default() };
    match format {
        Format::Pcap | Format::Pcapng => capture(whole, &mut report, sink),
        Format::Netflow5 | Format::Netflow9 | Format::Ipfix => netflow::read(whole, &mut report, sink),
        Format::ZeekColumns => lines(whole, &mut report, sink, &mut zeek::Columns::default()),
        Format::ZeekJson => lines(whole, &mut report, sink, &mut zeek::Json),
        Format::Eve => lines(whole, &mut report, sink, &mut eve::Eve),
        Format::Cowrie => lines(whole, &mut report, sink, &mut cowrie::Cowrie),
        Format::Dshield => lines(whole, &mut report, sink, &mut dshield::Dshield),
        Format::Firewall => lines(whole, &mut report, sink, &mut firewall::Firewall { year: options.year }),
    }
    Ok(report)
}

fn recognise(head: &[u8]) -> Option<Format> {
    match head {
        [0xa1, 0xb2, 0xc3 | 0xcd, 0xd4 | 0x34, ..]
        | [0xd4 | 0x34, 0xc3 | 0xcd, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0x3c, 0x4d, ..]
        | [0x4d, 0x3c, 0xb2, 0xa1, ..] => return Some(Format::Pcap),
        [0x0a, 0x0d, 0x0d, 0x0a, ..] => return Some(Format::Pcapng),
        [0, 5, 0, 0..=30, ..] => return Some(Format::Netflow5),
        [0, 9, ..] => return Some(Format::Netflow9),
        [0, 10, ..] => return Some(Format::Ipfix),
        _ => {}
    }
    let text = String::from_utf8_lossy(head);
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    if first.starts_with("#separator") || first.starts_with("#fields") {
        return Some(Format::ZeekColumns);
    }
    if first.trim_start().starts_with('{') {
        return [
            ("\"event_type\"", Format::Eve),
            ("\"eventid\"", Format::Cowrie),
            ("\"id.orig_h\"", Format::ZeekJson),
        ]
        .into_iter()
        .find(|(field, _)| first.contains(field))
        .map(|(_, format)| format);
    }
    // The first lines of a log may be about something else.
    text.lines().take(64).find_map(|line| {
        if line.contains("SRC=") && line.contains("DST=") {
            return Some(Format::Firewall);
        }
        dshield::looks_like(line).then_some(Format::Dshield)
    })
}

fn capture(input: impl Read, report: &mut ReadReport, sink: &mut impl Sink) {
    if let Err(error) = frames(input, report, sink) {
        report.problem = Some(error.to_string());
    }
}

fn frames(input: impl Read, report: &mut ReadReport, sink: &mut impl Sink) -> Result<(), CaptureError> {
    let mut capture = Capture::open(input)?;
    while let Some(record) = capture.next_record()? {
        report.packets += 1;
        report.bytes += record.data.len() as u64;
        report.wire_bytes += u64::from(record.wire_length);
        match frame::parse(record.link, record.data, record.time) {
            Frame::Contact(contact) => {
                report.contacts += 1;
                sink.contact(&contact);
            }
            Frame::Fragment => report.fragments += 1,
            Frame::NotIp => report.skipped += 1,
            Frame::Damaged => report.decode_errors += 1,
        }
    }
    Ok(())
}

/// What a line is.
enum Line {
    Contact(Contact),
    /// A record of another kind, a comment, an empty line.
    Skipped,
    Damaged,
}

trait LineFormat {
    fn parse(&mut self, line: &[u8]) -> Line;
}

fn lines(input: impl Read, report: &mut ReadReport, sink: &mut impl Sink, format: &mut impl LineFormat) {
    let mut reader = line::LineReader::new(BufReader::with_capacity(1 << 18, input));
    loop {
        match reader.next_line() {
            Ok(None) => return,
            Ok(Some(line)) => {
                report.packets += 1;
                report.bytes += line.len() as u64;
                match format.parse(line) {
                    Line::Contact(contact) => {
                        report.contacts += 1;
                        report.wire_bytes = report.wire_bytes.saturating_add(contact.bytes);
                        sink.contact(&contact);
                    }
                    Line::Skipped => report.skipped += 1,
                    Line::Damaged => report.decode_errors += 1,
                }
            }
            Err(error) => {
                report.problem = Some(format!("line {}: {error}", reader.number() + 1));
                return;
            }
        }
    }
}
