//! Arithmetic on long spectra: plain Rust over fixed groups, compiled for AVX-512, AVX2 and the baseline and chosen at
//! run time like the kernels of the simulation, with the same bits in each.

use rustfft::num_complex::Complex64;

use crate::simulate::kernel::{exp, versions};

const GROUP: usize = 16;

versions!(multiply_exponentials, exponentials_body,
    (spectrum: &[Complex64], shift: f64, scale: f64, product: &mut [Complex64]));
versions!(multiply_hits, hits_body, (spectrum: &[Complex64], hit: f64, product: &mut [Complex64]));

/// product *= exp(scale (value - shift)), place by place.
#[inline(always)]
fn exponentials_body(spectrum: &[Complex64], shift: f64, scale: f64, product: &mut [Complex64]) {
    for (values, slots) in spectrum.chunks(GROUP).zip(product.chunks_mut(GROUP)) {
        let mut real = [0.0; GROUP];
        let mut imaginary = [0.0; GROUP];
        for (lane, value) in values.iter().enumerate() {
            real[lane] = (value.re - shift) * scale;
            imaginary[lane] = value.im * scale;
        }
        for lane in 0..GROUP {
            let size = exp(real[lane]);
            let (sine, cosine) = sin_cos(imaginary[lane]);
            real[lane] = size * cosine;
            imaginary[lane] = size * sine;
        }
        for (lane, slot) in slots.iter_mut().enumerate() {
            *slot *= Complex64::new(real[lane], imaginary[lane]);
        }
    }
}

/// product *= 1 + hit (value - 1), place by place: an occurrence that hits with probability `hit`.
#[inline(always)]
fn hits_body(spectrum: &[Complex64], hit: f64, product: &mut [Complex64]) {
    for (value, slot) in spectrum.iter().zip(product) {
        *slot *= Complex64::new((value.re - 1.0) * hit + 1.0, value.im * hit);
    }
}

/// Sine and cosine to 2e-16 for |x| below 10^6, and bounded beyond: x = n pi/2 + r, Taylor polynomials in r.
#[inline(always)]
fn sin_cos(x: f64) -> (f64, f64) {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    // pi/2 in three parts; n times the first two is exact for n below 2^20.
    const HIGH: f64 = f64::from_bits(0x3FF9_21FB_5440_0000);
    const MIDDLE: f64 = f64::from_bits(0x3DD0_B461_1A60_0000);
    const LOW: f64 = f64::from_bits(0x3BA3_198A_2E03_7073);
    let shifted = x * std::f64::consts::FRAC_2_PI + SHIFT;
    let n = shifted - SHIFT;
    let r = ((x - n * HIGH) - n * MIDDLE) - n * LOW;
    let square = r * r;
    let mut sine = -1.0 / 1_307_674_368_000.0;
    sine = sine * square + 1.0 / 6_227_020_800.0;
    sine = sine * square - 1.0 / 39_916_800.0;
    sine = sine * square + 1.0 / 362_880.0;
    sine = sine * square - 1.0 / 5_040.0;
    sine = sine * square + 1.0 / 120.0;
    sine = sine * square - 1.0 / 6.0;
    let sine = sine * square * r + r;
    let mut cosine = 1.0 / 20_922_789_888_000.0;
    cosine = cosine * square - 1.0 / 87_178_291_200.0;
    cosine = cosine * square + 1.0 / 479_001_600.0;
    cosine = cosine * square - 1.0 / 3_628_800.0;
    cosine = cosine * square + 1.0 / 40_320.0;
    cosine = cosine * square - 1.0 / 720.0;
    cosine = cosine * square + 1.0 / 24.0;
    cosine = cosine * square - 0.5;
    let cosine = cosine * square + 1.0;
    // The low bits of `shifted` hold n: odd quarters swap the two, and two bits give the signs.
    let quarter = shifted.to_bits();
    let swapped = quarter & 1 == 1;
    let (first, second) = if swapped { (cosine, sine) } else { (sine, cosine) };
    let sign = |value: f64, bit: u64| f64::from_bits(value.to_bits() ^ (bit >> 1 & 1) << 63);
    (sign(first, quarter), sign(second, quarter.wrapping_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Simd;

    #[test]
    fn sine_and_cosine_are_good_to_the_last_digits() {
        for step in -200_000..200_000 {
            let x = f64::from(step) * 0.017 + 1e-7 * f64::from(step % 977);
            for x in [x, 250.0 * x] {
                let (sine, cosine) = sin_cos(x);
                let (wanted_sine, wanted_cosine) = libm::sincos(x);
                assert!((sine - wanted_sine).abs() < 4e-16 && (cosine - wanted_cosine).abs() < 4e-16, "{x}");
            }
        }
    }

    #[test]
    fn every_version_has_the_same_bits() {
        let spectrum: Vec<Complex64> =
            (0..103).map(|k| Complex64::from_polar(0.99, f64::from(k) * 0.37)).collect();
        let run = |simd| {
            let mut product = vec![Complex64::new(0.7, -0.2); spectrum.len()];
            multiply_exponentials(simd, &spectrum, 1.0, 31.7, &mut product);
            multiply_hits(simd, &spectrum, 0.3, &mut product);
            product
        };
        let wanted = run(Simd::Baseline);
        assert!(run(Simd::Avx2) == wanted && run(Simd::Avx512) == wanted);
        for (value, found) in spectrum.iter().zip(&wanted) {
            let by_library =
                Complex64::new(0.7, -0.2) * ((value - 1.0) * 31.7).exp() * ((value - 1.0) * 0.3 + 1.0);
            assert!((by_library - found).norm() < 1e-14, "{found} is not {by_library}");
        }
    }
}
