//! The hash of addresses and keys: keyed, so that a sender cannot choose colliding addresses, and deterministic for a given key.

/// The key of all hashes of one run. Two runs with the same key give the same tables and the same sketches; sensors that merge
/// sketches must share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey(pub u64, pub u64);

impl Default for HashKey {
    fn default() -> Self {
        // Digits of pi: nothing up the sleeve. An operator who fears chosen collisions gives a secret key.
        Self(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344)
    }
}

impl HashKey {
    /// Hash of 64 bits: two rounds of multiply and fold, each keyed.
    #[must_use]
    #[inline]
    pub fn of(self, value: u64) -> u64 {
        fold(fold(value ^ self.0, 0xa076_1d64_78bd_642f) ^ self.1, 0xe703_7ed1_a0b4_28db)
    }

    /// Hash of two words.
    #[must_use]
    #[inline]
    pub fn of_pair(self, first: u64, second: u64) -> u64 {
        self.of(first.wrapping_add(self.of(second)))
    }

    /// Hash of an address.
    #[must_use]
    #[inline]
    pub fn of_address(self, address: std::net::IpAddr) -> u64 {
        match address {
            std::net::IpAddr::V4(v4) => self.of(u64::from(v4.to_bits())),
            std::net::IpAddr::V6(v6) => {
                let bits = v6.to_bits();
                // The low bit keeps ::a.b.c.d apart from a.b.c.d.
                self.of_pair((bits >> 64) as u64 ^ 1 << 63, bits as u64)
            }
        }
    }
}

#[inline]
fn fold(value: u64, factor: u64) -> u64 {
    let product = u128::from(value) * u128::from(factor);
    (product as u64) ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_consecutive_values_look_independent() {
        let key = HashKey::default();
        for bit in 0..64 {
            let ones = (0..4096u64).filter(|value| key.of(*value) >> bit & 1 == 1).count();
            assert!((1850..2246).contains(&ones), "bit {bit}: {ones} of 4096");
        }
    }
}
