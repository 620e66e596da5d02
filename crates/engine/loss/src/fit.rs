//! Estimation: severities from truncated and binned data, rates from counts, reporting probability, prior tables.

pub mod channel;
pub mod count;
pub mod credibility;
mod data;
pub mod prior;
pub mod severity;

pub use data::{Counts, Data, read_data};

use crate::severity::Law;
use crate::special::normal_quantile;

/// The lognormal whose 5 % and 95 % points are these; `None` unless 0 < low < high.
pub fn lognormal_from_interval(low: f64, high: f64) -> Option<Law> {
    if !(low > 0.0 && low < high && high.is_finite()) {
        return None;
    }
    let mu = 0.5 * (low.ln() + high.ln());
    Some(Law::Lognormal { mu, sigma: 0.5 * (high.ln() - low.ln()) / normal_quantile(0.95) })
}

/// The lognormal with this median of which `probability` lies above `value`.
pub fn lognormal_from_median(median: f64, value: f64, probability: f64) -> Option<Law> {
    let sigma = (value / median).ln() / -normal_quantile(probability);
    (sigma > 0.0 && sigma.is_finite()).then(|| Law::Lognormal { mu: median.ln(), sigma })
}

/// The lognormal with this mean of which `probability` lies above `value`; of the two solutions the wider one.
pub fn lognormal_from_mean(mean: f64, value: f64, probability: f64) -> Option<Law> {
    let z = -normal_quantile(probability);
    let inside = z * z + 2.0 * (mean / value).ln();
    if inside.is_nan() || inside < 0.0 {
        return None;
    }
    let sigma = z + inside.sqrt();
    (sigma > 0.0).then(|| Law::Lognormal { mu: value.ln() - z * sigma, sigma })
}

/// The lognormal with this mean and median.
pub fn lognormal_from_mean_and_median(mean: f64, median: f64) -> Option<Law> {
    let variance = 2.0 * (mean / median).ln();
    (variance > 0.0 && median > 0.0).then(|| Law::Lognormal { mu: median.ln(), sigma: variance.sqrt() })
}

/// VaR and expected shortfall beyond a threshold that `exceeding` of `n` values pass, with a generalised Pareto excess
/// (McNeil 1997). The expected shortfall is infinite for xi >= 1.
pub fn tail_measures(threshold: f64, xi: f64, beta: f64, exceeding: f64, n: f64, level: f64) -> (f64, f64) {
    let law = Law::Gpd { xi, beta, threshold };
    let var = law.quantile((1.0 - level) * n / exceeding);
    let shortfall = if xi < 1.0 { (var + beta - xi * threshold) / (1.0 - xi) } else { f64::INFINITY };
    (var, shortfall)
}
