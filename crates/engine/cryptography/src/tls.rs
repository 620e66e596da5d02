//! What a TLS server speaks, seen from its unencrypted answers: a ClientHello of our own, no cryptography.
//!
//! Each question is one connection: a hello that offers exactly what is asked, and the server's first flight. A TLS 1.3
//! hello carries no key share, so a server that knows one of the offered groups must answer with a HelloRetryRequest
//! that names it (RFC 8446, 4.1.4); so hybrid groups with ML-KEM are seen without computing one.

pub mod answer;
pub mod hello;
pub mod probe;

/// Protocol versions as they stand on the wire.
pub const VERSIONS: [(u16, &str); 4] = [(0x0301, "1.0"), (0x0302, "1.1"), (0x0303, "1.2"), (0x0304, "1.3")];

/// Named groups (IANA registry of TLS supported groups) with names that [`crate::names`] reads.
pub const GROUPS: [(u16, &str); 17] = [
    (0x11EC, "X25519MLKEM768"),
    (0x11EB, "SecP256r1MLKEM768"),
    (0x11ED, "SecP384r1MLKEM1024"),
    (0x0201, "ML-KEM-768"),
    (0x0202, "ML-KEM-1024"),
    (29, "X25519"),
    (23, "ECDH-secp256r1"),
    (24, "ECDH-secp384r1"),
    (25, "ECDH-secp521r1"),
    (30, "X448"),
    (21, "ECDH-secp224r1"),
    (19, "ECDH-secp192r1"),
    (26, "ECDH-brainpoolP256r1"),
    (27, "ECDH-brainpoolP384r1"),
    (28, "ECDH-brainpoolP512r1"),
    (256, "FFDHE-2048"),
    (257, "FFDHE-3072"),
];

/// The name of a group; unknown ones by their number.
#[must_use]
pub fn group_name(group: u16) -> String {
    GROUPS
        .iter()
        .find(|(code, _)| *code == group)
        .map_or_else(|| format!("group 0x{group:04X}"), |(_, name)| (*name).to_owned())
}
