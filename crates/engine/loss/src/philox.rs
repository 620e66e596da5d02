//! The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3,
//! SC 2011): a keyed bijection of a 128-bit counter. A draw depends on its key and counter and on nothing else.

use sha2::{Digest, Sha256};

pub(crate) const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
pub(crate) const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
pub(crate) const ROUNDS: usize = 10;

/// Key of one stream.
pub type Key = [u32; 2];

/// One block of four 32-bit words.
pub fn philox(key: Key, counter: [u32; 4]) -> [u32; 4] {
    let mut key = key;
    let mut c = counter;
    for _ in 0..ROUNDS {
        let low = u64::from(c[0]) * u64::from(MULTIPLIER[0]);
        let high = u64::from(c[2]) * u64::from(MULTIPLIER[1]);
        c = [
            (high >> 32) as u32 ^ c[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ c[3] ^ key[1],
            low as u32,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    c
}

/// A number in (0, 1) with 52 random bits.
pub fn unit(key: Key, counter: [u32; 4]) -> f64 {
    let words = philox(key, counter);
    unit_of(u64::from(words[0]) | u64::from(words[1]) << 32)
}

/// The upper 52 bits of a word as a number in (0, 1).
pub fn unit_of(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

/// The key of the stream named by these parts together with the caller's seed: 64 bits of SHA-256 over the
/// length-prefixed parts, so that different lists of names cannot meet.
pub fn stream_key(seed: u64, parts: &[&str]) -> Key {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let word = |at: usize| u32::from_le_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]);
    [word(0), word(4)]
}
