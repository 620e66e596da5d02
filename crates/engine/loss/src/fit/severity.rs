//! Severity laws by maximum likelihood from values that may be truncated on both sides, known only as intervals, or from
//! a mixture of classes (Klugman, Panjer, Willmot, chapters 11 and 12).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::LossError;
use crate::minimise::{covariance, minimise};
use crate::severity::Law;
use crate::special::{ln_gamma, normal_ln_density, normal_quantile};

/// One loss, exact (`low` = `high`) or between two bounds, seen only because it lies between `left` and `right`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Lower bound.
    pub low: f64,
    /// Upper bound, may be infinite.
    pub high: f64,
    /// Losses up to this were not recorded.
    pub left: f64,
    /// Losses above this were not recorded; infinite when all were.
    pub right: f64,
    /// How many such losses.
    pub count: f64,
}

impl Observation {
    /// A value seen whatever its size.
    pub fn exact(value: f64) -> Self {
        Self { low: value, high: value, left: 0.0, right: f64::INFINITY, count: 1.0 }
    }
}

/// Families that can be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// mu, sigma.
    Lognormal,
    /// Two lognormals: weight, mu and sigma of each.
    LognormalMixture,
    /// shape, scale.
    Gamma,
    /// shape, scale.
    Weibull,
    /// xi, beta of the excess over the left truncation.
    Gpd,
    /// alpha of (left truncation / x)^alpha.
    Pareto,
}

/// All of them.
pub const FAMILIES: [Family; 6] = [
    Family::Lognormal,
    Family::LognormalMixture,
    Family::Gamma,
    Family::Weibull,
    Family::Gpd,
    Family::Pareto,
];

/// An estimate with its 90 % interval from the curvature of the likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// Maximum likelihood.
    pub value: f64,
    /// 5 % point.
    pub low: f64,
    /// 95 % point.
    pub high: f64,
}

/// A fitted family.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Fit {
    /// Which.
    pub family: Family,
    /// Parameters by name.
    pub parameters: BTreeMap<String, Estimate>,
    /// Number of losses.
    pub n: f64,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Akaike's criterion; the least is the best.
    pub aic: f64,
    /// Schwarz's criterion.
    pub bic: f64,
    /// Why mean and TVaR do not exist without a cap, when they do not.
    pub warning: Option<String>,
}

/// Density and survival in the shape that likelihoods need; a mixture has two parts.
struct Parts(Vec<(f64, Law)>);

impl Parts {
    fn survival(&self, x: f64) -> f64 {
        self.0.iter().map(|(weight, law)| weight * law.survival(x)).sum()
    }

    fn ln_density(&self, x: f64) -> f64 {
        if let [(_, law)] = &self.0[..] {
            return ln_density(law, x);
        }
        self.0.iter().map(|(weight, law)| weight * ln_density(law, x).exp()).sum::<f64>().ln()
    }
}

fn ln_density(law: &Law, x: f64) -> f64 {
    match law {
        Law::Lognormal { mu, sigma } => normal_ln_density((x.ln() - mu) / sigma) - x.ln() - sigma.ln(),
        Law::Gamma { shape, scale } => {
            (shape - 1.0) * (x / scale).ln() - x / scale - scale.ln() - ln_gamma(*shape)
        }
        Law::Weibull { shape, scale } => {
            let ratio = (x / scale).ln();
            shape.ln() - scale.ln() + (shape - 1.0) * ratio - (shape * ratio).exp()
        }
        Law::Gpd { xi, beta, threshold } => {
            let y = (x - threshold) / beta;
            if y < 0.0 || 1.0 + xi * y <= 0.0 {
                f64::NEG_INFINITY
            } else if xi.abs() < 1e-9 {
                -y - beta.ln()
            } else {
                -(1.0 + 1.0 / xi) * (xi * y).ln_1p() - beta.ln()
            }
        }
        _ => f64::NEG_INFINITY,
    }
}

impl Family {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Lognormal => &["mu", "sigma"],
            Self::LognormalMixture => &["weight", "mu_1", "sigma_1", "mu_2", "sigma_2"],
            Self::Gamma | Self::Weibull => &["shape", "scale"],
            Self::Gpd => &["xi", "beta"],
            Self::Pareto => &["alpha"],
        }
    }

    /// From the free parameters of the search to the named ones.
    fn named(self, free: &[f64]) -> Vec<f64> {
        match self {
            Self::Lognormal => vec![free[0], free[1].exp()],
            Self::LognormalMixture => {
                vec![1.0 / (1.0 + (-free[0]).exp()), free[1], free[2].exp(), free[3], free[4].exp()]
            }
            Self::Gpd => vec![free[0], free[1].exp()],
            Self::Gamma | Self::Weibull | Self::Pareto => free.iter().map(|value| value.exp()).collect(),
        }
    }

    fn parts(self, free: &[f64], threshold: f64) -> Parts {
        let p = self.named(free);
        Parts(match self {
            Self::Lognormal => vec![(1.0, Law::Lognormal { mu: p[0], sigma: p[1] })],
            Self::LognormalMixture => vec![
                (p[0], Law::Lognormal { mu: p[1], sigma: p[2] }),
                (1.0 - p[0], Law::Lognormal { mu: p[3], sigma: p[4] }),
            ],
            Self::Gamma => vec![(1.0, Law::Gamma { shape: p[0], scale: p[1] })],
            Self::Weibull => vec![(1.0, Law::Weibull { shape: p[0], scale: p[1] })],
            Self::Gpd => vec![(1.0, Law::Gpd { xi: p[0], beta: p[1], threshold })],
            Self::Pareto => vec![(1.0, Law::Gpd { xi: 1.0 / p[0], beta: threshold / p[0], threshold })],
        })
    }

    fn start(self, mean: f64, deviation: f64, threshold: f64) -> Vec<f64> {
        let width = deviation.max(0.3);
        match self {
            Self::Lognormal => vec![mean, width.ln()],
            Self::LognormalMixture => vec![0.0, mean - width, width.ln(), mean + width, (0.7 * width).ln()],
            Self::Gamma => vec![(1.0 / (width * width)).ln(), mean + 2.0 * width.ln()],
            Self::Weibull => vec![(1.2 / width).ln(), mean + 0.3],
            Self::Gpd => vec![0.3, (mean.exp() - 0.9 * threshold).max(1e-9).ln()],
            Self::Pareto => vec![0.0],
        }
    }
}

/// Fits one family. Pareto needs the same positive left truncation on every observation, which is its lower end; the
/// generalised Pareto takes the least of them as threshold.
///
/// # Errors
/// [`LossError::Invalid`] when the data cannot identify the family.
pub fn fit(family: Family, data: &[Observation]) -> Result<Fit, LossError> {
    let n: f64 = data.iter().map(|item| item.count).sum();
    let names = family.names();
    if n < names.len() as f64 + 1.0 {
        let reason = format!("{n} losses are too few for {} parameters", names.len());
        return Err(LossError::field("data", reason));
    }
    let threshold = data.iter().map(|item| item.left).fold(f64::INFINITY, f64::min);
    if family == Family::Pareto && threshold <= 0.0 {
        return Err(LossError::field(
            "left",
            "a Pareto needs a left truncation point above 0 as its lower end",
        ));
    }
    let (mean, deviation) = log_moments(data, n);
    let loss = |free: &[f64]| negative_log_likelihood(&family.parts(free, threshold), data);
    let (free, least) = minimise(&family.start(mean, deviation, threshold), &loss);
    if !least.is_finite() {
        return Err(LossError::field("data", "no parameters give the data a positive likelihood"));
    }
    let spread = covariance(&free, &loss);
    let z = normal_quantile(0.95);
    let mut parameters = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        let variance = spread.as_ref().map_or(f64::NAN, |matrix| matrix[index][index]);
        let shifted = |sign: f64| {
            let mut moved = free.clone();
            moved[index] += sign * z * variance.max(0.0).sqrt();
            family.named(&moved)[index]
        };
        let estimate = Estimate { value: family.named(&free)[index], low: shifted(-1.0), high: shifted(1.0) };
        parameters.insert((*name).to_owned(), estimate);
    }
    let k = names.len() as f64;
    Ok(Fit {
        family,
        warning: infinite_mean(family, &parameters),
        parameters,
        n,
        log_likelihood: -least,
        aic: 2.0 * k + 2.0 * least,
        bic: k * n.ln() + 2.0 * least,
    })
}

fn infinite_mean(family: Family, parameters: &BTreeMap<String, Estimate>) -> Option<String> {
    let xi = match family {
        Family::Gpd => parameters["xi"].value,
        Family::Pareto => 1.0 / parameters["alpha"].value,
        _ => 0.0,
    };
    (xi >= 1.0).then(|| format!("xi = {xi:.3} >= 1: mean and TVaR are infinite unless a cap is given"))
}

/// Mean and deviation of ln of the (mid) values, to start from.
fn log_moments(data: &[Observation], n: f64) -> (f64, f64) {
    let middle = |item: &Observation| {
        let high = if item.high.is_finite() { item.high } else { 2.0 * item.low };
        (0.5 * (item.low + high)).max(1e-300).ln()
    };
    let mean = data.iter().map(|item| item.count * middle(item)).sum::<f64>() / n;
    let square = data.iter().map(|item| item.count * (middle(item) - mean).powi(2)).sum::<f64>() / n;
    (mean, square.sqrt())
}

fn negative_log_likelihood(parts: &Parts, data: &[Observation]) -> f64 {
    let mut sum = 0.0;
    for item in data {
        let seen = if item.high == item.low {
            parts.ln_density(item.low)
        } else {
            let above = if item.high.is_finite() { parts.survival(item.high) } else { 0.0 };
            (parts.survival(item.low) - above).ln()
        };
        let mut window = if item.left > 0.0 { parts.survival(item.left) } else { 1.0 };
        if item.right.is_finite() {
            window -= parts.survival(item.right);
        }
        sum -= item.count * (seen - window.max(1e-300).ln());
    }
    sum
}

/// Fits every family that the data allow, best (least AIC) first.
///
/// # Errors
/// When none can be fitted, the first error.
pub fn compare(families: &[Family], data: &[Observation]) -> Result<Vec<Fit>, LossError> {
    let mut fits = Vec::new();
    let mut first = None;
    for family in families {
        match fit(*family, data) {
            Ok(found) => fits.push(found),
            Err(error) => first = first.or(Some(error)),
        }
    }
    fits.sort_by(|left, right| left.aic.total_cmp(&right.aic));
    match (fits.is_empty(), first) {
        (true, Some(error)) => Err(error),
        (true, None) => Err(LossError::field("families", "none was asked for")),
        _ => Ok(fits),
    }
}
