//! EARS C1, C2 and C3 (Hutwagner et al., "The bioterrorism preparedness and response Early Aberration Reporting System", 2003).
//!
//! C1 compares a value with the mean and standard deviation of the seven before it, C2 with those of the seven that end two
//! values earlier, C3 sums the excess of the last three C2 statistics.

use crate::distribution::normal_quantile;

/// Which method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Baseline t−7 … t−1.
    C1,
    /// Baseline t−9 … t−3.
    C2,
    /// Σ max(0, C2(i) − 1) over t, t−1, t−2.
    C3,
}

const BASELINE: usize = 7;
/// A baseline without variation would make any value infinitely strange.
const LEAST_DEVIATION: f64 = 0.0;

/// Mean and standard deviation of the seven values that end `lag` before `at`.
fn baseline(values: &[f64], at: usize, lag: usize) -> Option<(f64, f64)> {
    let end = at.checked_sub(lag)?;
    let baseline = &values[end.checked_sub(BASELINE)?..end];
    let mean = baseline.iter().sum::<f64>() / BASELINE as f64;
    let squares: f64 = baseline.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((mean, (squares / (BASELINE as f64 - 1.0)).sqrt()))
}

fn standardised(values: &[f64], at: usize, lag: usize) -> Option<f64> {
    let (mean, deviation) = baseline(values, at, lag)?;
    if deviation > LEAST_DEVIATION {
        return Some((values[at] - mean) / deviation);
    }
    Some(if values[at] > mean { f64::INFINITY } else { 0.0 })
}

/// The statistic at every value; `None` until the baseline is full. C1 and C2 alarm above 3, C3 above 2.
#[must_use]
pub fn ears(values: &[f64], method: Method) -> Vec<Option<f64>> {
    (0..values.len())
        .map(|at| match method {
            Method::C1 => standardised(values, at, 0),
            Method::C2 => standardised(values, at, 2),
            Method::C3 => (0..3)
                .map(|back| {
                    at.checked_sub(back)
                        .and_then(|at| standardised(values, at, 2))
                        .map(|c2| (c2 - 1.0).max(0.0))
                })
                .sum(),
        })
        .collect()
}

/// The value above which there is an alarm with error probability `alpha`, as the R package surveillance computes it; `None`
/// until the baseline is full, or where it does not vary and C3 needs it to.
#[must_use]
pub fn upper_bounds(values: &[f64], method: Method, alpha: f64) -> Vec<Option<f64>> {
    let quantile = normal_quantile(1.0 - alpha);
    let bound = |at: usize| {
        let lag = if method == Method::C1 { 0 } else { 2 };
        let (mean, deviation) = baseline(values, at, lag)?;
        if method != Method::C3 {
            return Some(mean + quantile * deviation);
        }
        let excess = |back: usize| {
            let at = at.checked_sub(back)?;
            let (mean, deviation) = baseline(values, at, 2)?;
            (deviation > 0.0).then(|| ((values[at] - mean) / deviation - 1.0).max(0.0))
        };
        Some((values[at] + deviation * (quantile - excess(1)? - excess(2)?)).max(0.0))
    };
    (0..values.len()).map(bound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_by_hand() {
        // Baseline 1..7: mean 4, variance 28/6.
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 14.0, 4.0, 20.0];
        let deviation = (28.0f64 / 6.0).sqrt();
        let c1 = ears(&values, Method::C1);
        assert_eq!(c1[6], None);
        assert!((c1[7].expect("full") - 10.0 / deviation).abs() < 1e-12);
        let c2 = ears(&values, Method::C2);
        assert!((c2[9].expect("full") - 16.0 / deviation).abs() < 1e-12);
        assert_eq!(ears(&values, Method::C3)[9], None);
    }
}
