//! The server's first flight: ServerHello or HelloRetryRequest, certificates and key exchange as far as they are plain.

use std::sync::LazyLock;

use crate::error::{Error, Result};
use crate::inventory::suite::Suites;

static NAMES: LazyLock<Suites> = LazyLock::new(Suites::default);

/// Most bytes of an answer that are looked at.
pub const MAXIMUM_BYTES: usize = 256 << 10;
/// Largest record (RFC 8446, 5.2).
const MAXIMUM_RECORD: usize = (1 << 14) + 256;

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446, 4.1.3).
const RETRY: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2,
    0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It agreed.
    Hello(Hello),
    /// It refused, with the number of the alert (RFC 8446, 6).
    Alert(u8),
    /// It closed the connection without a word.
    Nothing,
}

/// What a server agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hello {
    pub version: u16,
    pub suite: u16,
    /// It asked for a share of the group.
    pub retry: bool,
    /// The group of TLS 1.3, or the curve of a TLS 1.2 key exchange.
    pub group: Option<u16>,
    /// Bits of the prime of a key exchange over integers.
    pub prime_bits: Option<u32>,
    /// DER, the server's own first. Encrypted, thus absent, in TLS 1.3.
    pub certificates: Vec<Vec<u8>>,
    /// The flight was read to its end.
    pub complete: bool,
}

struct Cursor<'a> {
    bytes: &'a [u8],
    place: &'static str,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        if length > self.bytes.len() {
            let left = self.bytes.len();
            return Err(Error::parse(self.place, format!("{length} bytes announced, {left} there")));
        }
        let (front, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        Ok(front)
    }

    fn number(&mut self, length: usize) -> Result<usize> {
        Ok(self.take(length)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn vector(&mut self, length: usize) -> Result<Cursor<'a>> {
        let size = self.number(length)?;
        Ok(Cursor { bytes: self.take(size)?, place: self.place })
    }
}

/// Whether nothing that matters can follow: an alert, a TLS 1.3 hello, or the end of a TLS 1.2 flight.
#[must_use]
pub fn enough(bytes: &[u8]) -> bool {
    if bytes.len() > MAXIMUM_BYTES {
        return true;
    }
    match read(bytes) {
        Ok(Answer::Hello(hello)) => hello.complete,
        Ok(Answer::Alert(_)) | Err(_) => true,
        Ok(Answer::Nothing) => false,
    }
}

/// Reads what came back. A flight that is cut off is read as far as it goes.
///
/// # Errors
/// `Parse` with the place in the handshake when the bytes are no TLS, `TooLarge` over the bound.
pub fn read(bytes: &[u8]) -> Result<Answer> {
    if bytes.len() > MAXIMUM_BYTES + MAXIMUM_RECORD {
        return Err(Error::TooLarge { what: "bytes of a TLS answer", limit: MAXIMUM_BYTES });
    }
    let mut handshake = Vec::new();
    let mut rest = bytes;
    let mut alert = None;
    while let [kind, major, _, high, low, body @ ..] = rest {
        if *major != 3 || !(20..=24).contains(kind) {
            return Err(Error::parse("record", format!("type {kind}, version {major}: this is no TLS")));
        }
        let length = usize::from(*high) << 8 | usize::from(*low);
        if length > MAXIMUM_RECORD {
            return Err(Error::parse(
                "record",
                format!("{length} bytes; a record has at most {MAXIMUM_RECORD}"),
            ));
        }
        let Some(content) = body.get(..length) else { break };
        match kind {
            21 => {
                alert = content.get(1).copied().or(Some(0));
                break;
            }
            22 => handshake.extend(content),
            // Change of cipher or encrypted data: nothing plain follows.
            _ => break,
        }
        rest = &body[length..];
    }
    messages(&handshake, alert)
}

fn messages(handshake: &[u8], alert: Option<u8>) -> Result<Answer> {
    let mut hello: Option<Hello> = None;
    let mut rest = handshake;
    while let [kind, high, middle, low, body @ ..] = rest {
        let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
        if length > MAXIMUM_BYTES {
            return Err(Error::parse("handshake", format!("message of {length} bytes")));
        }
        let Some(content) = body.get(..length) else { break };
        match (kind, hello.as_mut()) {
            (2, None) => hello = Some(server_hello(content)?),
            (2, Some(_)) => return Err(Error::parse("handshake", "two hellos in one flight")),
            (_, None) => return Err(Error::parse("handshake", format!("message {kind} before the hello"))),
            (11, Some(hello)) => hello.certificates = certificates(content)?,
            (12, Some(hello)) => key_exchange(content, hello)?,
            (14, Some(hello)) => hello.complete = true,
            _ => {}
        }
        rest = &body[length..];
    }
    Ok(match (hello, alert) {
        (Some(hello), _) => Answer::Hello(hello),
        (None, Some(alert)) => Answer::Alert(alert),
        (None, None) => Answer::Nothing,
    })
}

fn server_hello(content: &[u8]) -> Result<Hello> {
    let mut cursor = Cursor { bytes: content, place: "ServerHello" };
    let mut hello = Hello { version: cursor.number(2)? as u16, ..Hello::default() };
    let random = cursor.take(32)?;
    let session = cursor.vector(1)?;
    if session.bytes.len() > 32 {
        return Err(Error::parse("ServerHello", "a session id has at most 32 bytes"));
    }
    hello.suite = cursor.number(2)? as u16;
    cursor.number(1)?;
    if !cursor.bytes.is_empty() {
        let mut extensions = cursor.vector(2)?;
        while !extensions.bytes.is_empty() {
            let kind = extensions.number(2)?;
            let mut body = extensions.vector(2)?;
            body.place = "ServerHello extension";
            match kind {
                43 => hello.version = body.number(2)? as u16,
                51 => hello.group = Some(body.number(2)? as u16),
                _ => {}
            }
        }
    }
    if !cursor.bytes.is_empty() {
        return Err(Error::parse("ServerHello", format!("{} bytes follow its end", cursor.bytes.len())));
    }
    hello.retry = random == RETRY;
    // What follows in TLS 1.3 is encrypted.
    hello.complete = hello.version >= 0x0304;
    Ok(hello)
}

fn certificates(content: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut cursor = Cursor { bytes: content, place: "Certificate" };
    let mut list = cursor.vector(3)?;
    let mut found = Vec::new();
    while !list.bytes.is_empty() {
        found.push(list.vector(3)?.bytes.to_vec());
    }
    Ok(found)
}

/// The public half of an ephemeral exchange: a named curve, or a prime (RFC 8422, 5.4; RFC 5246, 7.4.3).
fn key_exchange(content: &[u8], hello: &mut Hello) -> Result<()> {
    let mut cursor = Cursor { bytes: content, place: "ServerKeyExchange" };
    if !exchanges_integers(hello.suite) {
        // 3 is a named curve; explicit ones are gone since RFC 8422.
        if cursor.number(1)? == 3 {
            hello.group = Some(cursor.number(2)? as u16);
        }
        return Ok(());
    }
    let prime = cursor.vector(2)?;
    let significant: Vec<u8> = prime.bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let bits = significant.first().map_or(0, |first| significant.len() * 8 - first.leading_zeros() as usize);
    hello.prime_bits = u32::try_from(bits).ok();
    Ok(())
}

/// Whether the suite exchanges keys over integers; its name says so.
fn exchanges_integers(suite: u16) -> bool {
    NAMES.name(suite).starts_with("TLS_DH")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, content: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 3, 3, (content.len() >> 8) as u8, content.len() as u8];
        record.extend(content);
        record
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind, 0, (body.len() >> 8) as u8, body.len() as u8];
        message.extend(body);
        message
    }

    fn hello(random: [u8; 32], suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend(random);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        body.extend((extensions.len() as u16).to_be_bytes());
        body.extend(extensions);
        message(2, &body)
    }

    #[test]
    fn a_retry_request_names_the_hybrid_group() {
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xEC];
        let bytes = record(22, &hello(RETRY, 0x1302, &extensions));
        let Answer::Hello(found) = read(&bytes).unwrap() else { panic!("no hello") };
        assert_eq!(
            (found.version, found.suite, found.retry, found.group),
            (0x0304, 0x1302, true, Some(0x11EC))
        );
        assert!(enough(&bytes) && !enough(&bytes[..bytes.len() - 1]));
    }

    #[test]
    fn a_flight_in_pieces_with_certificates_and_a_curve() {
        let mut flight = hello([9; 32], 0xc02f, &[]);
        flight.extend(message(11, &[0, 0, 6, 0, 0, 3, 1, 2, 3]));
        flight.extend(message(12, &[3, 0, 29, 2, 7, 7, 4, 1, 0, 0]));
        let (front, back) = flight.split_at(50);
        let mut bytes = record(22, front);
        bytes.extend(record(22, back));
        let Answer::Hello(found) = read(&bytes).unwrap() else { panic!("no hello") };
        assert_eq!(found.certificates, [vec![1, 2, 3]]);
        assert_eq!((found.group, found.complete), (Some(29), false));
        bytes.extend(record(22, &message(14, &[])));
        assert!(enough(&bytes));
    }

    #[test]
    fn refusals_and_rubbish() {
        assert_eq!(read(&record(21, &[2, 70])).unwrap(), Answer::Alert(70));
        assert_eq!(read(&[]).unwrap(), Answer::Nothing);
        assert!(read(b"HTTP/1.1 400 Bad Request").unwrap_err().to_string().contains("no TLS"));
        let lying = record(22, &message(2, &[3, 3, 1]));
        assert!(read(&lying).unwrap_err().to_string().starts_with("ServerHello"));
    }
}
