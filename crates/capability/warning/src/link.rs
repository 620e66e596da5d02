//! Signed links that expire: whoever holds one may answer for the organisation to which the message went.
//!
//! A link says nothing but which delivery it belongs to and until when, with a keyed hash (HMAC-SHA-256, RFC 2104, cut
//! to 128 bits) over both, so no table of secrets is kept and no link can be guessed or made longer.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shinayaka_kernel::{ObjectId, clock::Timestamp};

const MAC_BYTES: usize = 16;
const TOKEN_BYTES: usize = 16 + 8 + MAC_BYTES;

/// A key made of another one for one purpose.
pub fn derived(secret: &[u8; 32], purpose: &str) -> [u8; 32] {
    keyed_hash(secret, &[purpose.as_bytes()])
}

/// HMAC-SHA-256 over the parts, one after the other.
pub fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

pub struct LinkKey([u8; 32]);

/// What a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    pub delivery: ObjectId,
}

impl LinkKey {
    pub fn derived(secret: &[u8; 32], purpose: &str) -> Self {
        Self(derived(secret, purpose))
    }

    /// The last part of the link of a delivery.
    pub fn token(&self, delivery: ObjectId, expires: Timestamp) -> String {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.extend_from_slice(delivery.as_bytes());
        bytes.extend_from_slice(&expires.microseconds().to_be_bytes());
        let mac = keyed_hash(&self.0, &[&bytes]);
        bytes.extend_from_slice(&mac[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a token opens now, or nothing. The same work is done for every token, so that the time tells nothing: what
    /// is no token at all is checked as one of zeros.
    pub fn open(&self, token: &str, now: Timestamp) -> Option<Opened> {
        let decoded = URL_SAFE_NO_PAD.decode(token.get(..64).unwrap_or(token)).unwrap_or_default();
        let formed = decoded.len() == TOKEN_BYTES && token.len() <= 64;
        let mut bytes = [0; TOKEN_BYTES];
        if formed {
            bytes.copy_from_slice(&decoded);
        }
        let (head, mac) = bytes.split_at(TOKEN_BYTES - MAC_BYTES);
        let mut expected = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        expected.update(head);
        let genuine = expected.verify_truncated_left(mac).is_ok();
        let mut id = [0; 16];
        id.copy_from_slice(&head[..16]);
        let mut expires = [0; 8];
        expires.copy_from_slice(&head[16..]);
        let valid = i64::from_be_bytes(expires) > now.microseconds();
        (formed & genuine & valid).then(|| Opened { delivery: ObjectId::from_bytes(id) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_its_delivery_until_it_expires_and_no_other() {
        let key = LinkKey::derived(&[7; 32], "link");
        let delivery = ObjectId::named("delivery");
        let (before, expires) = (Timestamp::from_microseconds(5), Timestamp::from_microseconds(10));
        let token = key.token(delivery, expires);
        assert_eq!(key.open(&token, before), Some(Opened { delivery }));
        assert_eq!(key.open(&token, expires), None);
        assert_eq!(LinkKey::derived(&[8; 32], "link").open(&token, before), None);
    }

    #[test]
    fn no_changed_token_opens_anything() {
        let key = LinkKey::derived(&[7; 32], "link");
        let token = key.token(ObjectId::named("delivery"), Timestamp::from_microseconds(10));
        let now = Timestamp::from_microseconds(5);
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(key.open(&String::from_utf8(changed).unwrap(), now), None, "{place}");
        }
        for other in ["", "x", "..", &token[1..], &format!("{token}A"), &"A".repeat(10_000), "日本語"] {
            assert_eq!(key.open(other, now), None);
        }
    }
}
