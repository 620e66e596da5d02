//! Proper scores. Formulas: Gneiting & Raftery (2007); Jordan, Krüger & Lerch (2019) for closed forms of the CRPS.

use crate::distribution::{LEVELS, Quantiles, level, normal_cdf, normal_density};
use crate::model::discount_filter::ln_gamma;

/// CRPS of a forecast given by quantiles at the levels (i + ½)/[`LEVELS`]: twice the mean pinball loss.
#[must_use]
pub fn quantile_crps(quantiles: &Quantiles, outcome: f64) -> f64 {
    let mut sum = 0.0;
    for (index, quantile) in quantiles.iter().enumerate() {
        let difference = outcome - quantile;
        sum += difference * (level(index) - if difference < 0.0 { 1.0 } else { 0.0 });
    }
    2.0 * sum / LEVELS as f64
}

/// Pinball (quantile) loss at one level.
#[must_use]
pub fn pinball(quantile: f64, level: f64, outcome: f64) -> f64 {
    (outcome - quantile) * (level - if outcome < quantile { 1.0 } else { 0.0 })
}

/// CRPS of a forecast given by quantiles at any levels: twice the mean pinball loss.
#[must_use]
pub fn crps_quantile(outcome: f64, quantiles: &[f64], levels: &[f64]) -> f64 {
    let sum: f64 =
        quantiles.iter().zip(levels).map(|(quantile, level)| pinball(*quantile, *level, outcome)).sum();
    2.0 * sum / quantiles.len() as f64
}

/// CRPS of a sample as its empirical distribution: mean |x − y| − ½ mean |x − x'|.
#[must_use]
pub fn crps_sample(outcome: f64, sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let spread: f64 = sorted.iter().enumerate().map(|(i, x)| (2.0 * i as f64 - n + 1.0) * x).sum();
    sorted.iter().map(|x| (x - outcome).abs()).sum::<f64>() / n - spread / (n * n)
}

/// CRPS of a normal distribution.
#[must_use]
pub fn crps_normal(outcome: f64, mean: f64, deviation: f64) -> f64 {
    let z = (outcome - mean) / deviation;
    deviation
        * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * normal_density(z) - 1.0 / std::f64::consts::PI.sqrt())
}

/// CRPS of a Poisson distribution, by its sum Σ (F(k) − 1{y ≤ k})² over the support.
#[must_use]
pub fn crps_poisson(outcome: f64, mean: f64) -> f64 {
    crps_count(outcome, |k| k * mean.ln() - mean - ln_gamma(k + 1.0), mean, mean)
}

/// CRPS of a negative binomial with mean and size (variance = mean + mean²/size), by its sum over the support.
#[must_use]
pub fn crps_negative_binomial(outcome: f64, mean: f64, size: f64) -> f64 {
    let variance = mean + mean * mean / size;
    crps_count(outcome, |k| log_probability_negative_binomial(k, mean, size), mean, variance)
}

/// log p(k) of a negative binomial.
#[must_use]
pub fn log_probability_negative_binomial(k: f64, mean: f64, size: f64) -> f64 {
    ln_gamma(k + size) - ln_gamma(size) - ln_gamma(k + 1.0)
        + size * (size / (size + mean)).ln()
        + k * (mean / (size + mean)).ln()
}

fn crps_count(outcome: f64, log_probability: impl Fn(f64) -> f64, mean: f64, variance: f64) -> f64 {
    let last = outcome.max(mean + 40.0 * variance.sqrt() + 40.0);
    let (mut below, mut sum, mut k) = (0.0f64, 0.0, 0.0);
    // Below zero the distribution function is 0: an outcome there adds its distance.
    if outcome < 0.0 {
        sum -= outcome;
    }
    while k <= last {
        below = (below + log_probability(k).exp()).min(1.0);
        // An outcome between two counts splits the step between them.
        let reached = (k + 1.0 - outcome.max(k)).clamp(0.0, 1.0);
        sum += (1.0 - reached) * below * below + reached * (1.0 - below) * (1.0 - below);
        if k >= outcome && 1.0 - below < 1e-15 {
            break;
        }
        k += 1.0;
    }
    sum
}

/// Log score −log p(k) of a negative binomial.
#[must_use]
pub fn log_score_negative_binomial(outcome: f64, mean: f64, size: f64) -> f64 {
    -log_probability_negative_binomial(outcome, mean, size)
}

/// Log score of a normal distribution.
#[must_use]
pub fn log_score_normal(outcome: f64, mean: f64, deviation: f64) -> f64 {
    let z = (outcome - mean) / deviation;
    0.5 * z * z + deviation.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the Python package scoringrules 0.11, to 1e-9.
    #[test]
    fn equal_to_scoringrules() {
        let close = |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 1e-9, "{ours} is not {theirs}");
        for (y, mean, size, crps) in [
            (3.0, 4.0, 2.0, 0.731_555_555_555_555_7),
            (0.0, 0.7, 0.5, 0.163_035_525_817_636_86),
            (25.0, 10.0, 3.0, 11.744_018_467_647_427),
            (2.0, 2.0, 50.0, 0.318_456_541_996_675_3),
        ] {
            close(crps_negative_binomial(y, mean, size), crps);
        }
        for (y, mean, size, score) in
            [(3.0, 4.0, 2.0, 2.027_325_540_540_821_7), (25.0, 10.0, 3.0, 5.097_331_594_601_694)]
        {
            close(log_score_negative_binomial(y, mean, size), score);
        }
        for (y, mean, crps) in [
            (3.0, 4.0, 0.585_697_177_173_705),
            (0.0, 0.5, 0.163_164_988_528_325_5),
            (30.0, 12.5, 15.515_362_761_672_957),
        ] {
            close(crps_poisson(y, mean), crps);
        }
        for (y, mean, deviation, crps, score) in [
            (0.3, 0.0, 1.0, 0.269_332_900_686_663_4, 0.963_938_533_204_672_8),
            (-2.0, 1.5, 0.7, 3.105_067_366_362_887, 13.062_263_589_265_94),
            (10.0, 3.0, 5.0, 4.545_733_509_345_871_5, 3.508_376_445_638_773),
        ] {
            close(crps_normal(y, mean, deviation), crps);
            close(log_score_normal(y, mean, deviation), score);
        }
        let sample = [1.0, 4.0, 4.0, 7.5, 20.0];
        close(crps_sample(5.0, &sample), 1.38);
        close(crps_sample(25.0, &sample), 14.38);
        close(crps_quantile(5.0, &[1.0, 3.0, 4.5, 9.0], &[0.1, 0.4, 0.6, 0.9]), 0.95);
    }
}
