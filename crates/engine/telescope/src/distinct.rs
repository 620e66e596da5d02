//! Counting distinct things in little memory: exact while there are few, a HyperLogLog sketch afterwards.
//!
//! The sketch is the `datasketches` crate's (Apache DataSketches HLL), so that its serialised form can be merged by programs in
//! other languages and no address leaves a sensor.

use datasketches::hll::{HllSketch, HllType, HllUnion};

const FEW: usize = 4;

/// Number of distinct 64-bit hashes seen.
#[derive(Clone, Debug)]
pub enum Distinct {
    /// Up to four, exactly.
    Few {
        /// How many of `hashes` are filled.
        count: u8,
        /// The hashes, in order of arrival.
        hashes: [u64; FEW],
    },
    /// More: relative standard error 1.04 / sqrt(2^lg).
    Many(Box<HllSketch>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few { count: 0, hashes: [0; FEW] }
    }
}

impl Distinct {
    /// Adds one hash. `lg` is the binary logarithm of the number of registers should a sketch be needed (4 to 21).
    #[inline]
    pub fn add(&mut self, hash: u64, lg: u8) {
        match self {
            Self::Few { count, hashes } => {
                let filled = usize::from(*count);
                if hashes[..filled].contains(&hash) {
                    return;
                }
                if filled < FEW {
                    hashes[filled] = hash;
                    *count += 1;
                    return;
                }
                let mut sketch = new_sketch(lg);
                for known in *hashes {
                    sketch.update(known);
                }
                sketch.update(hash);
                *self = Self::Many(Box::new(sketch));
            }
            Self::Many(sketch) => sketch.update(hash),
        }
    }

    /// Adds everything that `other` saw.
    pub fn merge(&mut self, other: &Self, lg: u8) {
        match other {
            Self::Few { count, hashes } => {
                for hash in &hashes[..usize::from(*count)] {
                    self.add(*hash, lg);
                }
            }
            Self::Many(theirs) => {
                let mut union = HllUnion::new(lg).expect("lg is between 4 and 21 by construction");
                union.update(theirs);
                match self {
                    Self::Few { count, hashes } => {
                        for hash in &hashes[..usize::from(*count)] {
                            union.update_value(*hash);
                        }
                    }
                    Self::Many(ours) => union.update(ours),
                }
                *self = Self::Many(Box::new(union.to_sketch(HllType::Hll8)));
            }
        }
    }

    /// The number, exact up to four.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        match self {
            Self::Few { count, .. } => f64::from(*count),
            Self::Many(sketch) => sketch.estimate(),
        }
    }

    /// The estimate as a whole number.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.estimate().round() as u64
    }

    /// The sketch in the serialised form of Apache DataSketches, to be merged elsewhere.
    #[must_use]
    pub fn serialize(&self, lg: u8) -> Vec<u8> {
        match self {
            Self::Many(sketch) => sketch.serialize(),
            Self::Few { count, hashes } => {
                let mut sketch = new_sketch(lg);
                for hash in &hashes[..usize::from(*count)] {
                    sketch.update(*hash);
                }
                sketch.serialize()
            }
        }
    }
}

fn new_sketch(lg: u8) -> HllSketch {
    HllSketch::new(lg.clamp(4, 21), HllType::Hll8).expect("lg is clamped to what the sketch takes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::HashKey;

    fn filled(range: std::ops::Range<u64>) -> Distinct {
        let mut distinct = Distinct::default();
        for value in range {
            distinct.add(HashKey::default().of(value), 10);
        }
        distinct
    }

    #[test]
    fn exact_while_few_and_repeats_do_not_count() {
        let mut distinct = filled(0..4);
        distinct.add(HashKey::default().of(2), 10);
        assert_eq!(distinct.count(), 4);
    }

    #[test]
    fn within_four_standard_errors_when_many() {
        for n in [100u64, 5_000, 200_000] {
            let error = filled(0..n).estimate() / n as f64 - 1.0;
            assert!(error.abs() < 4.0 * 1.04 / 32.0, "{n}: {error}");
        }
    }

    #[test]
    fn merging_equals_adding_all() {
        for (split, n) in [(2u64, 4u64), (3, 5000), (2500, 5000), (4998, 5000)] {
            let mut merged = filled(0..split);
            merged.merge(&filled(split..n), 10);
            let error = merged.estimate() / n as f64 - 1.0;
            assert!(error.abs() < 0.1, "{split} of {n}: {error}");
        }
    }
}
