//! Loaded premiums: mean + k sd and distortions of the survival function (Wang 1995, 1996, 2000).

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::Book;
use crate::error::LossError;
use crate::exact::lattice::Lattice;
use crate::exact::{Exact, ExactSettings};
use crate::simulate::YearTable;
use crate::special::{normal_cdf, normal_quantile};

/// Loading of the standard deviation principle.
pub const SD_FACTOR: f64 = 0.3;
/// Shift of the Wang transform.
pub const WANG_SHIFT: f64 = 0.5;
/// Exponent of the proportional hazard transform.
pub const HAZARD_EXPONENT: f64 = 0.7;
/// Exponent of the dual power transform.
pub const DUAL_EXPONENT: f64 = 1.5;

/// Loaded premiums by both engines.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Loadings {
    /// By transform; absent when the grid cannot hold the tail they need.
    pub exact: Option<Premiums<[f64; 2]>>,
    /// From the simulated years.
    pub monte_carlo: Option<Premiums<f64>>,
}

/// The premiums; T is a number or an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Premiums<T> {
    /// mean + 0.3 sd.
    pub sd: T,
    /// Integral of Phi(Phi^-1(S(x)) + 0.5).
    pub wang: T,
    /// Integral of S(x)^0.7.
    pub proportional_hazard: T,
    /// Integral of 1 - (1 - S(x))^1.5.
    pub dual_power: T,
}

/// The three distortions of a survival probability.
fn distortions(s: f64) -> [f64; 3] {
    let s = s.clamp(0.0, 1.0);
    [
        normal_cdf(normal_quantile(s) + WANG_SHIFT),
        libm::pow(s, HAZARD_EXPONENT),
        1.0 - libm::pow(1.0 - s, DUAL_EXPONENT),
    ]
}

/// On a grid wide enough that less than 1e-12 lies beyond it; `None` when its steps would be too coarse to say anything.
///
/// # Errors
/// As the exact engine.
pub fn of_book(book: &Book) -> Result<Option<Premiums<[f64; 2]>>, LossError> {
    if book.infinite_variance().is_some() {
        return Ok(None);
    }
    let settings = ExactSettings { log2: Some(17), level: 1.0 - 1e-9, beyond: 1e-3 };
    let exact = match Exact::run(book, settings, &|_, _| {}) {
        Ok(exact) => exact,
        Err(LossError::Refused(_)) => return Ok(None),
        Err(other) => return Err(other),
    };
    let mean = book.mean();
    if exact.grid.step > 0.02 * mean || mean <= 0.0 {
        return Ok(None);
    }
    let low = integrals(&exact.total[0]);
    let high = integrals(&exact.total[2]);
    let sd = mean + SD_FACTOR * book.variance().max(0.0).sqrt();
    Ok(Some(Premiums {
        sd: [sd, sd],
        wang: [low[0], high[0]],
        proportional_hazard: [low[1], high[1]],
        dual_power: [low[2], high[2]],
    }))
}

/// Integrals of the distorted survival functions of a lattice. Below 1e-13 a survival probability is rounding.
fn integrals(lattice: &Lattice) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for cumulative in &lattice.cumulative {
        let s = 1.0 - cumulative;
        if s < 1e-13 {
            break;
        }
        for (sum, value) in sums.iter_mut().zip(distortions(s)) {
            *sum += value * lattice.step;
        }
    }
    sums
}

/// From the simulated years: L-statistics of the sorted totals.
pub fn of_sample(table: &YearTable) -> Loadings {
    let mut sorted = table.total.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let mut sums = [0.0; 3];
    let mut below = 0.0;
    for (index, value) in sorted.iter().enumerate() {
        if *value > below {
            let g = distortions((n - index as f64) / n);
            for (sum, g) in sums.iter_mut().zip(g) {
                *sum += g * (value - below);
            }
            below = *value;
        }
    }
    let moments = table.moments();
    let premiums = Premiums {
        sd: moments.mean + SD_FACTOR * moments.variance().sqrt(),
        wang: sums[0],
        proportional_hazard: sums[1],
        dual_power: sums[2],
    };
    Loadings { exact: None, monte_carlo: Some(premiums) }
}
