//! Capture files: pcap and pcapng, streamed with one bounded buffer.
//!
//! Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng. Packet records are handed out in place, without a copy.

use std::io::Read;

/// The largest record or block that is kept in memory; larger ones cannot be told from damage.
const MAXIMUM_RECORD: usize = 16 << 20;
const BUFFER: usize = 1 << 20;
/// A capture of more interfaces than this is damage, not a capture.
const MAXIMUM_INTERFACES: usize = 4096;

/// Why a capture could not be read on.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The reader failed (a damaged packed file shows here as well).
    #[error("reading failed at byte {offset}: {source}")]
    Input {
        /// Byte offset in the unpacked file.
        offset: u64,
        /// The reader's error.
        source: std::io::Error,
    },
    /// The first bytes are those of no capture format.
    #[error("not a pcap or pcapng file")]
    NotACapture,
    /// The file ends inside a record.
    #[error("the file ends inside a record that starts at byte {offset}")]
    Truncated {
        /// Byte offset of the record.
        offset: u64,
    },
    /// A length or a type that cannot be.
    #[error("damaged at byte {offset}: {what}")]
    Damaged {
        /// Byte offset of the record.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
}

/// One captured frame.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Nanoseconds since 1970-01-01 UTC; 0 for pcapng simple packets, which carry no time.
    pub time: i64,
    /// Link type (LINKTYPE_ number of tcpdump.org).
    pub link: u16,
    /// Length on the wire, in bytes.
    pub wire_length: u32,
    /// What was captured of it.
    pub data: &'a [u8],
}

#[derive(Clone, Copy)]
struct Interface {
    link: u16,
    snap_length: u32,
    /// Nanoseconds per tick as a fraction.
    numerator: u64,
    denominator: u64,
    offset_seconds: i64,
}

enum Layout {
    Pcap { big: bool, nanoseconds: bool, link: u16, header: usize },
    Pcapng { big: bool, interfaces: Vec<Interface> },
}

/// A capture being read.
pub struct Capture<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Byte offset of `start` in the file.
    offset: u64,
    layout: Layout,
}

struct Span {
    time: i64,
    link: u16,
    wire_length: u32,
    start: usize,
    end: usize,
}

fn word(bytes: &[u8], at: usize, big: bool) -> u32 {
    let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
}

fn half(bytes: &[u8], at: usize, big: bool) -> u16 {
    let two = [bytes[at], bytes[at + 1]];
    if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) }
}

impl<R: Read> Capture<R> {
    /// Reads the file header.
    ///
    /// # Errors
    /// [`CaptureError::NotACapture`] if the first bytes are no known magic number, else what reading met.
    pub fn open(input: R) -> Result<Self, CaptureError> {
        let layout = Layout::Pcapng { big: false, interfaces: Vec::new() };
        let mut capture = Self { input, buffer: vec![0; BUFFER], start: 0, end: 0, offset: 0, layout };
        if !capture.fill(4)? {
            return Err(CaptureError::NotACapture);
        }
        let head = [capture.buffer[0], capture.buffer[1], capture.buffer[2], capture.buffer[3]];
        // (big endian, nanoseconds, bytes of a record header); the last pair is the "modified" format of old kernels.
        let (big, nanoseconds, header) = match head {
            [0xa1, 0xb2, 0xc3, 0xd4] => (true, false, 16),
            [0xd4, 0xc3, 0xb2, 0xa1] => (false, false, 16),
            [0xa1, 0xb2, 0x3c, 0x4d] => (true, true, 16),
            [0x4d, 0x3c, 0xb2, 0xa1] => (false, true, 16),
            [0xa1, 0xb2, 0xcd, 0x34] => (true, false, 24),
            [0x34, 0xcd, 0xb2, 0xa1] => (false, false, 24),
            [0x0a, 0x0d, 0x0d, 0x0a] => return Ok(capture),
            _ => return Err(CaptureError::NotACapture),
        };
        if !capture.fill(24)? {
            return Err(CaptureError::Truncated { offset: 0 });
        }
        // The upper bits of the link field carry the length of a frame check sequence.
        let link = (word(&capture.buffer, 20, big) & 0xffff) as u16;
        capture.layout = Layout::Pcap { big, nanoseconds, link, header };
        capture.consume(24);
        Ok(capture)
    }

    /// Byte offset of the next record in the unpacked file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next frame, or `None` at the end of the file.
    ///
    /// # Errors
    /// After an error the capture cannot be read on.
    #[inline]
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, CaptureError> {
        let span = match self.layout {
            Layout::Pcap { big, nanoseconds, link, header } => {
                self.next_pcap(big, nanoseconds, link, header)?
            }
            Layout::Pcapng { .. } => self.next_pcapng()?,
        };
        Ok(span.map(|span| Record {
            time: span.time,
            link: span.link,
            wire_length: span.wire_length,
            data: &self.buffer[span.start..span.end],
        }))
    }

    #[inline]
    fn next_pcap(
        &mut self,
        big: bool,
        nanoseconds: bool,
        link: u16,
        header: usize,
    ) -> Result<Option<Span>, CaptureError> {
        if !self.fill(header)? {
            return if self.end == self.start {
                Ok(None)
            } else {
                Err(CaptureError::Truncated { offset: self.offset })
            };
        }
        let bytes = &self.buffer[self.start..];
        let (seconds, fraction) = (word(bytes, 0, big), word(bytes, 4, big));
        let (length, wire_length) = (word(bytes, 8, big) as usize, word(bytes, 12, big));
        if length > MAXIMUM_RECORD {
            return Err(CaptureError::Damaged { offset: self.offset, what: "a frame of more than 16 MiB" });
        }
        if !self.fill(header + length)? {
            return Err(CaptureError::Truncated { offset: self.offset });
        }
        let time =
            i64::from(seconds) * 1_000_000_000 + i64::from(fraction) * if nanoseconds { 1 } else { 1000 };
        let start = self.start + header;
        self.consume(header + length);
        Ok(Some(Span { time, link, wire_length, start, end: start + length }))
    }

    fn next_pcapng(&mut self) -> Result<Option<Span>, CaptureError> {
        loop {
            if !self.fill(12)? {
                return if self.end == self.start {
                    Ok(None)
                } else {
                    Err(CaptureError::Truncated { offset: self.offset })
                };
            }
            let Layout::Pcapng { mut big, .. } = self.layout else { return Ok(None) };
            let bytes = &self.buffer[self.start..];
            let section = bytes[..4] == [0x0a, 0x0d, 0x0d, 0x0a];
            if section {
                big = match bytes[8..12] {
                    [0x1a, 0x2b, 0x3c, 0x4d] => true,
                    [0x4d, 0x3c, 0x2b, 0x1a] => false,
                    _ => return Err(self.damaged("a section header without a byte-order mark")),
                };
            }
            let kind = word(bytes, 0, big);
            let length = word(bytes, 4, big) as usize;
            if length < 12 || !length.is_multiple_of(4) {
                return Err(self.damaged("a block length that is below 12 or not a multiple of 4"));
            }
            if length > MAXIMUM_RECORD {
                return Err(self.damaged("a block of more than 16 MiB"));
            }
            if !self.fill(length)? {
                return Err(CaptureError::Truncated { offset: self.offset });
            }
            if word(&self.buffer, self.start + length - 4, big) as usize != length {
                return Err(self.damaged("the two lengths of a block differ"));
            }
            if section {
                self.layout = Layout::Pcapng { big, interfaces: Vec::new() };
                self.consume(length);
                continue;
            }
            let block = self.start;
            let span = self.block(kind, block, length, big)?;
            self.consume(length);
            if span.is_some() {
                return Ok(span);
            }
        }
    }

    /// One block that is wholly in the buffer; `Some` if it is a packet.
    fn block(
        &mut self,
        kind: u32,
        at: usize,
        length: usize,
        big: bool,
    ) -> Result<Option<Span>, CaptureError> {
        let offset = self.offset;
        let damaged = |what| CaptureError::Damaged { offset, what };
        let Layout::Pcapng { interfaces, .. } = &mut self.layout else { return Ok(None) };
        let bytes = &self.buffer[at..at + length];
        match kind {
            1 => {
                if interfaces.len() == MAXIMUM_INTERFACES {
                    return Err(damaged("more than 4,096 interfaces"));
                }
                interfaces.push(
                    interface(bytes, big).ok_or_else(|| damaged("an interface block that is too short"))?,
                );
                Ok(None)
            }
            // Enhanced packet, and the obsolete packet block with a 16-bit interface number.
            6 | 2 => {
                if length < 32 {
                    return Err(damaged("a packet block that is too short"));
                }
                let number =
                    if kind == 6 { word(bytes, 8, big) as usize } else { usize::from(half(bytes, 8, big)) };
                let interface = interfaces
                    .get(number)
                    .ok_or_else(|| damaged("a packet of an interface that was never described"))?;
                let captured = word(bytes, 20, big) as usize;
                if captured > length - 32 {
                    return Err(damaged("a packet that is longer than its block"));
                }
                let ticks = u64::from(word(bytes, 12, big)) << 32 | u64::from(word(bytes, 16, big));
                let wire_length = word(bytes, 24, big);
                let time = interface.time(ticks);
                Ok(Some(Span {
                    time,
                    link: interface.link,
                    wire_length,
                    start: at + 28,
                    end: at + 28 + captured,
                }))
            }
            3 => {
                let interface = interfaces
                    .first()
                    .ok_or_else(|| damaged("a packet of an interface that was never described"))?;
                if length < 16 {
                    return Err(damaged("a packet block that is too short"));
                }
                let wire_length = word(bytes, 8, big);
                let limit = if interface.snap_length == 0 { u32::MAX } else { interface.snap_length };
                let captured = (wire_length.min(limit) as usize).min(length - 16);
                Ok(Some(Span {
                    time: 0,
                    link: interface.link,
                    wire_length,
                    start: at + 12,
                    end: at + 12 + captured,
                }))
            }
            _ => Ok(None),
        }
    }

    fn damaged(&self, what: &'static str) -> CaptureError {
        CaptureError::Damaged { offset: self.offset, what }
    }

    #[inline]
    fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Makes `count` bytes available after `start`; false if the input ends before.
    #[inline]
    fn fill(&mut self, count: usize) -> Result<bool, CaptureError> {
        if self.end - self.start >= count {
            return Ok(true);
        }
        self.refill(count)
    }

    #[cold]
    fn refill(&mut self, count: usize) -> Result<bool, CaptureError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < count {
            // The buffer grows with what has truly arrived, not with what a length field claims.
            if self.end == self.buffer.len() {
                self.buffer.resize((self.buffer.len() * 2).min(MAXIMUM_RECORD + BUFFER), 0);
            }
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(false),
                Ok(n) => self.end += n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(CaptureError::Input { offset: self.offset + self.end as u64, source });
                }
            }
        }
        Ok(true)
    }
}

impl Interface {
    fn time(&self, ticks: u64) -> i64 {
        let nanoseconds = u128::from(ticks) * u128::from(self.numerator) / u128::from(self.denominator);
        i64::try_from(nanoseconds)
            .unwrap_or(i64::MAX)
            .saturating_add(self.offset_seconds.saturating_mul(1_000_000_000))
    }
}

/// Interface description block with its options if_tsresol (9) and if_tsoffset (14).
fn interface(bytes: &[u8], big: bool) -> Option<Interface> {
    if bytes.len() < 20 {
        return None;
    }
    let mut result = Interface {
        link: half(bytes, 8, big),
        snap_length: word(bytes, 12, big),
        numerator: 1000,
        denominator: 1,
        offset_seconds: 0,
    };
    let (mut at, end) = (16, bytes.len() - 4);
    while at + 4 <= end {
        let (code, length) = (half(bytes, at, big), usize::from(half(bytes, at + 2, big)));
        at += 4;
        if code == 0 || at + length > end {
            break;
        }
        match (code, length) {
            (9, 1) => (result.numerator, result.denominator) = tick(bytes[at])?,
            (14, 8) => {
                let (first, second) = (u64::from(word(bytes, at, big)), u64::from(word(bytes, at + 4, big)));
                result.offset_seconds = if big { first << 32 | second } else { second << 32 | first } as i64;
            }
            _ => {}
        }
        at += length.next_multiple_of(4);
    }
    Some(result)
}

/// Nanoseconds per tick of an `if_tsresol` byte: a power of ten, or of two if the top bit is set.
fn tick(resolution: u8) -> Option<(u64, u64)> {
    let exponent = u32::from(resolution & 0x7f);
    if resolution & 0x80 != 0 {
        return Some((1_000_000_000, 1u64.checked_shl(exponent)?));
    }
    if exponent <= 9 {
        Some((10u64.pow(9 - exponent), 1))
    } else {
        Some((1, 10u64.checked_pow(exponent - 9)?))
    }
}
