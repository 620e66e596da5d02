//! The inner loops: Philox blocks, and from random words to payments. Plain Rust over fixed groups that the compiler
//! vectorises inside functions compiled for AVX-512 and AVX2; chosen at run time. Products and sums are never fused and
//! there is no library call, so every version computes the same bits.

use super::quantile::{INTERVALS, QuantileTable, TOP};
use crate::philox::{Key, MULTIPLIER, ROUNDS, WEYL};

/// Counters per group; a group has two words for each.
pub(crate) const GROUP: usize = 16;

/// Which version of the kernels runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Simd {
    /// What every machine of the target has.
    Baseline,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with AVX-512 F, DQ, BW and VL.
    Avx512,
}

impl Simd {
    /// The best version this machine has.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
            if wide {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Baseline
    }
}

/// From a word to a payment.
#[derive(Clone, Copy)]
pub(crate) struct Evaluation<'a> {
    pub table: &'a QuantileTable,
    /// Draws are conditional on a survival probability below this.
    pub upper: f64,
    /// For lognormal laws, whose table is the normal one: mean and deviation of the logarithm.
    pub logarithm: Option<(f64, f64)>,
    pub cap: f64,
    pub scale: f64,
    pub deductible: f64,
    pub limit: f64,
    pub share: f64,
}

macro_rules! versions {
    ($name:ident, $body:ident, ($($argument:ident: $type:ty),*)) => {
        pub(crate) fn $name(simd: $crate::simulate::Simd, $($argument: $type),*) {
            use $crate::simulate::Simd;
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
                fn wide($($argument: $type),*) {
                    $body($($argument),*);
                }
                #[target_feature(enable = "avx2")]
                fn narrow($($argument: $type),*) {
                    $body($($argument),*);
                }
                let best = simd.min(Simd::best());
                if best == Simd::Avx512 {
                    // SAFETY: `best` is at most what `Simd::best` found on this machine: AVX-512 F, DQ, BW, VL.
                    #[expect(unsafe_code, reason = "call of a function compiled for a detected feature")]
                    return unsafe { wide($($argument),*) };
                }
                if best == Simd::Avx2 {
                    // SAFETY: `best` is at most what `Simd::best` found on this machine: AVX2.
                    #[expect(unsafe_code, reason = "call of a function compiled for a detected feature")]
                    return unsafe { narrow($($argument),*) };
                }
            }
            let _ = simd;
            $body($($argument),*);
        }
    };
}

pub(crate) use versions;

versions!(sequence, sequence_body, (key: Key, stream: [u32; 3], words: &mut [u64]));
versions!(listed, listed_body, (key: Key, purpose: u32, counters: &[[u32; 2]], words: &mut [u64]));
versions!(evaluate, evaluate_body, (evaluation: &Evaluation<'_>, words: &[u64], payments: &mut [f64]));

/// Words of the counters `start`, `start` + 1, ... with the rest of the counter fixed: `stream` is (start, second word,
/// third word). Fills whole groups: word 32 g + i is the first half of block 16 g + i, word 32 g + 16 + i the second.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "lanes across several arrays, the form that vectorises")]
fn sequence_body(key: Key, stream: [u32; 3], words: &mut [u64]) {
    let [mut next, second, third] = stream;
    for group in words.as_chunks_mut::<{ 2 * GROUP }>().0 {
        let mut c = [[0u64; GROUP]; 4];
        for lane in 0..GROUP {
            c[0][lane] = u64::from(next.wrapping_add(lane as u32));
            c[1][lane] = u64::from(second);
            c[2][lane] = u64::from(third);
        }
        rounds(key, &mut c);
        for lane in 0..GROUP {
            group[lane] = c[0][lane] | c[1][lane] << 32;
            group[GROUP + lane] = c[2][lane] | c[3][lane] << 32;
        }
        next = next.wrapping_add(GROUP as u32);
    }
}

/// The first word of each listed counter. `counters` and `words` have the same length, a multiple of the group.
#[inline(always)]
fn listed_body(key: Key, purpose: u32, counters: &[[u32; 2]], words: &mut [u64]) {
    let groups = counters.as_chunks::<GROUP>().0.iter().zip(words.as_chunks_mut::<GROUP>().0);
    for (counters, words) in groups {
        let mut c = [[0u64; GROUP]; 4];
        for lane in 0..GROUP {
            c[0][lane] = u64::from(counters[lane][0]);
            c[1][lane] = u64::from(counters[lane][1]);
            c[2][lane] = u64::from(purpose);
        }
        rounds(key, &mut c);
        for lane in 0..GROUP {
            words[lane] = c[0][lane] | c[1][lane] << 32;
        }
    }
}

#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "lanes across several arrays, the form that vectorises")]
fn rounds(key: Key, c: &mut [[u64; GROUP]; 4]) {
    const LOW: u64 = 0xFFFF_FFFF;
    let mut key = key;
    for _ in 0..ROUNDS {
        for lane in 0..GROUP {
            let low = (c[0][lane] & LOW) * u64::from(MULTIPLIER[0]);
            let high = (c[2][lane] & LOW) * u64::from(MULTIPLIER[1]);
            c[0][lane] = (high >> 32) ^ c[1][lane] ^ u64::from(key[0]);
            c[1][lane] = high & LOW;
            c[2][lane] = (low >> 32) ^ c[3][lane] ^ u64::from(key[1]);
            c[3][lane] = low & LOW;
        }
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
}

#[inline(always)]
fn evaluate_body(evaluation: &Evaluation<'_>, words: &[u64], payments: &mut [f64]) {
    let (mu, sigma) = evaluation.logarithm.unwrap_or((0.0, 1.0));
    let logarithm = evaluation.logarithm.is_some();
    let groups = words.as_chunks::<GROUP>().0.iter().zip(payments.as_chunks_mut::<GROUP>().0);
    for (words, payments) in groups {
        let mut value = scores(evaluation.table, evaluation.upper, words);
        if logarithm {
            for lane in &mut value {
                *lane = exp(mu + sigma * *lane);
            }
        }
        for lane in 0..GROUP {
            let money = smaller(value[lane], evaluation.cap) * evaluation.scale - evaluation.deductible;
            payments[lane] = smaller(larger(money, 0.0), evaluation.limit) * evaluation.share;
        }
    }
}

/// The survival probability of a word: uniform on (0, upper), 52 bits.
#[inline(always)]
pub(crate) fn survival_of(word: u64, upper: f64) -> f64 {
    let unit = f64::from_bits((word >> 12) | 1.0f64.to_bits()) - (1.0 - 0.5 * f64::EPSILON);
    unit * upper
}

#[inline(always)]
fn scores(table: &QuantileTable, upper: f64, words: &[u64; GROUP]) -> [f64; GROUP] {
    const MANTISSA: u64 = (1 << 52) - 1;
    let mut value = [0.0; GROUP];
    let mut at = [0usize; GROUP];
    let mut fraction = [0.0; GROUP];
    for lane in 0..GROUP {
        let s = survival_of(words[lane], upper);
        let lower = s > 0.5;
        let t = if lower { 1.0 - s } else { s };
        let bits = t.to_bits();
        let half = if lower { INTERVALS as u64 / 2 } else { 0 };
        let steps = TOP - (bits >> 48);
        let steps = if steps < INTERVALS as u64 / 2 { steps } else { INTERVALS as u64 / 2 - 1 };
        at[lane] = (4 * (half + steps)) as usize;
        fraction[lane] = f64::from_bits(((bits << 4) & MANTISSA) | 1.0f64.to_bits()) - 1.0;
    }
    let c = &table.coefficients;
    for lane in 0..GROUP {
        let at = at[lane] & (4 * INTERVALS - 4);
        let f = fraction[lane];
        value[lane] = ((c[at + 3] * f + c[at + 2]) * f + c[at + 1]) * f + c[at];
    }
    value
}

#[inline(always)]
fn smaller(left: f64, right: f64) -> f64 {
    if left < right { left } else { right }
}

#[inline(always)]
fn larger(left: f64, right: f64) -> f64 {
    if left > right { left } else { right }
}

/// e^x to 1e-15: x = n ln 2 + r with |r| <= ln 2 / 2, Taylor polynomial of degree 13 in r, exponent by bits.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = larger(smaller(x, 700.0), -700.0);
    let shifted = x * std::f64::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let mut sum = 1.0 / 6_227_020_800.0;
    sum = sum * r + 1.0 / 479_001_600.0;
    sum = sum * r + 1.0 / 39_916_800.0;
    sum = sum * r + 1.0 / 3_628_800.0;
    sum = sum * r + 1.0 / 362_880.0;
    sum = sum * r + 1.0 / 40_320.0;
    sum = sum * r + 1.0 / 5_040.0;
    sum = sum * r + 1.0 / 720.0;
    sum = sum * r + 1.0 / 120.0;
    sum = sum * r + 1.0 / 24.0;
    sum = sum * r + 1.0 / 6.0;
    sum = sum * r + 0.5;
    sum = sum * r + 1.0;
    sum = sum * r + 1.0;
    // The low bits of `shifted` hold n; the exponent field of 2^n is n + 1023.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    sum * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::philox::philox;

    #[test]
    fn words_are_those_of_the_scalar_generator_in_every_version() {
        let key = [7, 9];
        for simd in [Simd::Baseline, Simd::Avx2, Simd::Avx512] {
            let mut words = vec![0; 4 * GROUP];
            sequence(simd, key, [5, 3, 1], &mut words);
            for (group, words) in words.chunks(2 * GROUP).enumerate() {
                for lane in 0..GROUP {
                    let block = philox(key, [5 + (group * GROUP + lane) as u32, 3, 1, 0]);
                    assert_eq!(words[lane], u64::from(block[0]) | u64::from(block[1]) << 32);
                    assert_eq!(words[GROUP + lane], u64::from(block[2]) | u64::from(block[3]) << 32);
                }
            }
        }
    }

    #[test]
    fn exponential_is_good_to_the_last_digits() {
        for step in -70_000..70_000 {
            let x = f64::from(step) * 0.01 + 0.003;
            let wanted = libm::exp(x.clamp(-700.0, 700.0));
            assert!(((exp(x) - wanted) / wanted).abs() < 2e-15, "exp({x})");
        }
    }
}
