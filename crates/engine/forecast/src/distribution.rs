//! Predictive distributions, by mean and variance, as quantiles.

use std::f64::consts::{PI, SQRT_2};

/// Number of quantiles that models hand to the pool: levels (i + ½)/99.
pub const LEVELS: usize = 99;

/// The quantiles of one forecast at the levels (i + ½)/[`LEVELS`].
pub type Quantiles = [f64; LEVELS];

/// Level of the `index`-th quantile.
#[must_use]
pub fn level(index: usize) -> f64 {
    (index as f64 + 0.5) / LEVELS as f64
}

/// Standard normal density.
#[must_use]
pub fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// Standard normal distribution function, by the complementary error function.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / SQRT_2)
}

/// Complementary error function: series below 3, continued fraction above (Abramowitz & Stegun 7.1.5, 7.1.14), to 1e-15.
fn erfc(x: f64) -> f64 {
    let z = x.abs();
    let value = if z < 3.0 {
        let (mut term, mut sum, mut n) = (z, z, 0.0);
        while term.abs() > 1e-17 * sum.abs() {
            n += 1.0;
            term *= -z * z / n;
            sum += term / (2.0 * n + 1.0);
            if n > 200.0 {
                break;
            }
        }
        1.0 - 2.0 / PI.sqrt() * sum
    } else {
        let mut fraction = 0.0;
        for k in (1..=80).rev() {
            fraction = 0.5 * f64::from(k) / (z + fraction);
        }
        (-z * z).exp() / PI.sqrt() / (z + fraction)
    };
    if x < 0.0 { 2.0 - value } else { value }
}

/// Standard normal quantile (Wichura, AS 241, 1988), to 1e-15 for levels strictly between 0 and 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        let a = [
            3.387_132_872_796_366_5,
            133.141_667_891_784_38,
            1_971.590_950_306_551_3,
            13_731.693_765_509_46,
            45_921.953_931_549_87,
            67_265.770_927_008_7,
            33_430.575_583_588_13,
            2_509.080_928_730_122_7,
        ];
        let b = [
            1.0,
            42.313_330_701_600_91,
            687.187_007_492_057_9,
            5_394.196_021_424_751,
            21_213.794_301_586_597,
            39_307.895_800_092_71,
            28_729.085_735_721_943,
            5_226.495_278_852_854,
        ];
        return q * polynomial(&a, r) / polynomial(&b, r);
    }
    let r = (-(if q < 0.0 { p } else { 1.0 - p }).ln()).sqrt();
    let value = if r <= 5.0 {
        let c = [
            1.423_437_110_749_683_5,
            4.630_337_846_156_546,
            5.769_497_221_460_691,
            3.647_848_324_763_204_5,
            1.270_458_252_452_368_4,
            0.241_780_725_177_450_6,
            0.022_723_844_989_269_184,
            7.745_450_142_783_414e-4,
        ];
        let d = [
            1.0,
            2.053_191_626_637_759,
            1.676_384_830_183_803_8,
            0.689_767_334_985_1,
            0.148_103_976_427_480_08,
            0.015_198_666_563_616_457,
            5.475_938_084_995_345e-4,
            1.050_750_071_644_416_9e-9,
        ];
        polynomial(&c, r - 1.6) / polynomial(&d, r - 1.6)
    } else {
        let e = [
            6.657_904_643_501_103,
            5.463_784_911_164_114,
            1.784_826_539_917_291_3,
            0.296_560_571_828_504_87,
            0.026_532_189_526_576_124,
            0.001_242_660_947_388_078_4,
            2.711_555_568_743_487_6e-5,
            2.010_334_399_292_288_1e-7,
        ];
        let f = [
            1.0,
            0.599_832_206_555_888,
            0.136_929_880_922_735_8,
            0.014_875_361_290_850_615,
            7.868_691_311_456_133e-4,
            1.846_318_317_510_054_7e-5,
            1.421_511_758_316_446e-7,
            2.044_263_103_389_939_8e-15,
        ];
        polynomial(&e, r - 5.0) / polynomial(&f, r - 5.0)
    };
    if q < 0.0 { -value } else { value }
}

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// Quantiles at increasing `levels` of a count with this mean and variance.
///
/// Negative binomial if the variance exceeds the mean, else normal. Means over 500 are worked at a coarser count, which keeps
/// mean and variance and bounds the time.
pub fn count_quantiles(mean: f64, variance: f64, levels: &[f64], out: &mut [f64]) {
    let mean = mean.max(0.0);
    if mean <= 0.0 {
        out.fill(0.0);
        return;
    }
    let scale = (mean / 500.0).max(1.0);
    let (small_mean, small_variance) = (mean / scale, variance / (scale * scale));
    if small_variance > small_mean * 1.000_1 {
        negative_binomial_quantiles(small_mean, small_variance, levels, out);
        out.iter_mut().for_each(|quantile| *quantile *= scale);
    } else {
        let deviation = variance.max(0.0).sqrt();
        for (quantile, level) in out.iter_mut().zip(levels) {
            *quantile = (mean + deviation * normal_quantile(*level)).max(0.0);
        }
    }
}

/// One walk up the distribution function: p(k) = p(k−1) (k−1+r)/k q, with r = mean²/(variance − mean), q = 1 − mean/variance.
fn negative_binomial_quantiles(mean: f64, variance: f64, levels: &[f64], out: &mut [f64]) {
    let size = mean * mean / (variance - mean);
    let q = 1.0 - mean / variance;
    let log_zero = size * (mean / variance).ln();
    // A very small p(0) is lifted so that it is a number, and the sum is compared with the lifted levels.
    let lift = if log_zero < -600.0 { -600.0 - log_zero } else { 0.0 };
    if lift > 650.0 {
        let deviation = variance.sqrt();
        for (quantile, level) in out.iter_mut().zip(levels) {
            *quantile = (mean + deviation * normal_quantile(*level)).max(0.0).round();
        }
        return;
    }
    let mut probability = (log_zero + lift).exp();
    let mut below = probability;
    let mut k = 0.0;
    let limit = mean + 60.0 * variance.sqrt() + 60.0;
    for (quantile, level) in out.iter_mut().zip(levels) {
        let wanted = level.ln() + lift;
        let wanted = wanted.exp();
        while below < wanted && k < limit {
            k += 1.0;
            probability *= (k - 1.0 + size) / k * q;
            below += probability;
        }
        *quantile = k;
    }
}

/// Quantiles of a sorted sample at `levels`: the left inverse of the empirical distribution function.
pub fn sample_quantiles(sorted: &[f64], levels: &[f64], out: &mut [f64]) {
    let n = sorted.len();
    for (quantile, level) in out.iter_mut().zip(levels) {
        let rank = (level * n as f64).ceil() as usize;
        *quantile = sorted[rank.clamp(1, n) - 1];
    }
}

/// The quantile at `level` between the given ones, linear; beyond the ends it continues the outermost piece.
#[must_use]
pub fn interpolate(quantiles: &Quantiles, level: f64) -> f64 {
    let place = level * LEVELS as f64 - 0.5;
    let low = (place.floor().max(0.0) as usize).min(LEVELS - 2);
    let fraction = (place - low as f64).clamp(-0.5, 1.5);
    quantiles[low] + fraction * (quantiles[low + 1] - quantiles[low])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_values() {
        // Tables of the normal distribution.
        assert!((normal_cdf(1.96) - 0.975_002_104_851_779_5).abs() < 1e-14);
        assert!((normal_cdf(-5.0) - 2.866_515_718_791_939e-7).abs() < 1e-20);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        for p in [1e-10, 0.001, 0.2, 0.5, 0.9, 0.999_999] {
            assert!((normal_cdf(normal_quantile(p)) / p - 1.0).abs() < 1e-11, "{p}");
        }
    }

    #[test]
    fn negative_binomial_quantiles_invert_the_sum() {
        // Mean 4, variance 12: r = 2, q = 2/3; p(k) = (k+1) (1/3)^2 (2/3)^k.
        let mut quantiles = [0.0; 5];
        let cdf = |k: i32| (0..=k).map(|k| f64::from(k + 1) / 9.0 * (2.0f64 / 3.0).powi(k)).sum::<f64>();
        let levels = [0.05, cdf(2) - 1e-9, cdf(2) + 1e-9, 0.5, 0.999];
        count_quantiles(4.0, 12.0, &levels, &mut quantiles);
        assert_eq!(quantiles[..3], [0.0, 2.0, 3.0]);
        assert!(cdf(quantiles[4] as i32) >= 0.999 && cdf(quantiles[4] as i32 - 1) < 0.999);
    }

    #[test]
    fn large_means_keep_mean_and_spread() {
        let levels: Vec<f64> = (0..LEVELS).map(level).collect();
        for (mean, variance) in [(1e6, 1e10), (300.0, 301.0), (5_000.0, 5_000.0), (499.0, 1e6)] {
            let mut quantiles = [0.0; LEVELS];
            count_quantiles(mean, variance, &levels, &mut quantiles);
            let average = quantiles.iter().sum::<f64>() / LEVELS as f64;
            assert!((average / mean - 1.0).abs() < 0.02, "{mean}: {average}");
            assert!(quantiles.is_sorted());
        }
    }
}
