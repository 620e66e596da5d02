//! Distributions of one event's loss, as numbers: survival, quantile, limited moments.

use crate::model::{Severity, Shape};
use crate::special::{
    beta_lower, gamma_lower, gamma_upper, ln_gamma, normal_cdf, normal_quantile, solve_decreasing,
};

/// A severity distribution. All survival functions are P(X > x).
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// ln X normal.
    Lognormal { mu: f64, sigma: f64 },
    /// Generalised Pareto above a threshold; Pareto I and II are cases of it.
    Gpd { xi: f64, beta: f64, threshold: f64 },
    /// Mean = shape x scale.
    Gamma { shape: f64, scale: f64 },
    /// S(x) = exp(-(x / scale)^shape).
    Weibull { shape: f64, scale: f64 },
    /// Body below, tail above the threshold.
    Spliced { threshold: f64, weight: f64, below: f64, body: Box<Law>, tail: Box<Law> },
    /// Beta with parameters a, b on [low, high].
    Pert { low: f64, high: f64, a: f64, b: f64 },
    /// Points in increasing order with P(X > value) after each.
    Empirical { values: Vec<f64>, survival: Vec<f64> },
}

impl Law {
    /// The law of a severity, and its cap (infinite when absent).
    pub fn of(severity: &Severity) -> (Self, f64) {
        (Self::of_shape(&severity.shape), severity.cap.as_ref().map_or(f64::INFINITY, |cap| cap.value))
    }

    /// The law of a shape.
    pub fn of_shape(shape: &Shape) -> Self {
        match shape {
            Shape::Lognormal { mu, sigma } => Self::Lognormal { mu: mu.value, sigma: sigma.value },
            Shape::Gpd { xi, beta, threshold } => {
                Self::Gpd { xi: xi.value, beta: beta.value, threshold: threshold.value }
            }
            Shape::Pareto { alpha, scale, minimum } => {
                let xi = 1.0 / alpha.value;
                let threshold = minimum.as_ref().map_or(0.0, |minimum| minimum.value);
                let length = scale.as_ref().map_or(threshold, |scale| scale.value);
                Self::Gpd { xi, beta: length * xi, threshold }
            }
            Shape::Gamma { shape, scale } => Self::Gamma { shape: shape.value, scale: scale.value },
            Shape::Weibull { shape, scale } => Self::Weibull { shape: shape.value, scale: scale.value },
            Shape::Spliced { threshold, tail_probability, body, tail } => {
                let body = Self::of_shape(body);
                let above = body.survival(threshold.value);
                Self::Spliced {
                    threshold: threshold.value,
                    weight: tail_probability.as_ref().map_or(above, |weight| weight.value),
                    below: (1.0 - above).max(f64::MIN_POSITIVE),
                    body: Box::new(body),
                    tail: Box::new(Self::of_shape(tail)),
                }
            }
            Shape::Pert { low, mode, high, weight } => {
                let weight = weight.as_ref().map_or(4.0, |weight| weight.value);
                let width = high.value - low.value;
                Self::Pert {
                    low: low.value,
                    high: high.value,
                    a: 1.0 + weight * (mode.value - low.value) / width,
                    b: 1.0 + weight * (high.value - mode.value) / width,
                }
            }
            Shape::Empirical { values, weights } => empirical(values, weights.as_deref()),
        }
    }

    /// P(X > x).
    pub fn survival(&self, x: f64) -> f64 {
        match self {
            Self::Lognormal { mu, sigma } => {
                if x <= 0.0 {
                    1.0
                } else {
                    normal_cdf((mu - libm::log(x)) / sigma)
                }
            }
            Self::Gpd { xi, beta, threshold } => gpd_survival(*xi, (x - threshold) / beta),
            Self::Gamma { shape, scale } => gamma_upper(*shape, x / scale),
            Self::Weibull { shape, scale } => {
                if x <= 0.0 {
                    1.0
                } else {
                    libm::exp(-libm::pow(x / scale, *shape))
                }
            }
            Self::Spliced { threshold, weight, below, body, tail } => {
                if x >= *threshold {
                    return weight * tail.survival(x - threshold);
                }
                let cdf = 1.0 - body.survival(x);
                (1.0 - (1.0 - weight) * cdf / below).clamp(*weight, 1.0)
            }
            Self::Pert { low, high, a, b } => beta_lower(*b, *a, (high - x) / (high - low)),
            Self::Empirical { values, survival } => {
                let above = values.partition_point(|value| *value <= x);
                if above == 0 { 1.0 } else { survival[above - 1] }
            }
        }
    }

    /// The smallest x with P(X > x) <= `s`, for 0 < s < 1.
    pub fn quantile(&self, s: f64) -> f64 {
        match self {
            Self::Lognormal { mu, sigma } => libm::exp(mu - sigma * normal_quantile(s)),
            Self::Gpd { xi, beta, threshold } => threshold + beta * gpd_excess(*xi, s),
            Self::Gamma { shape, scale } => scale * gamma_quantile(*shape, s),
            Self::Weibull { shape, scale } => scale * libm::pow(-libm::log(s), 1.0 / shape),
            Self::Spliced { threshold, weight, below, body, tail } => {
                if s <= *weight {
                    return threshold + tail.quantile(s / weight);
                }
                let cdf = (1.0 - s) / (1.0 - weight) * below;
                body.quantile(1.0 - cdf).min(*threshold)
            }
            Self::Pert { low, high, a, b } => {
                let part = solve_decreasing(s, 0.0, 1.0, |t| beta_lower(*b, *a, 1.0 - t));
                low + (high - low) * part
            }
            Self::Empirical { values, survival } => {
                values[survival.partition_point(|after| *after > s).min(values.len() - 1)]
            }
        }
    }

    /// Tail index xi: moments of order 1 / xi and above are infinite. 0 for light tails.
    pub fn tail_index(&self) -> f64 {
        match self {
            Self::Gpd { xi, .. } => xi.max(0.0),
            Self::Spliced { tail, .. } => tail.tail_index(),
            _ => 0.0,
        }
    }

    /// E[min(X, x)^order] for order 1, 2 or 3; infinite where the moment is.
    pub fn limited_moment(&self, order: i32, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        if x.is_infinite() && self.tail_index() * f64::from(order) >= 1.0 {
            return f64::INFINITY;
        }
        match self {
            Self::Lognormal { mu, sigma } => lognormal_moment(*mu, *sigma, f64::from(order), x),
            Self::Gpd { xi, beta, threshold } if xi.abs() > 0.02 => {
                gpd_moment(*xi, *beta, *threshold, order, x)
            }
            Self::Gamma { shape, scale } => gamma_moment(*shape, *scale, order, x),
            Self::Empirical { values, survival } => empirical_moment(values, survival, order, x),
            _ => self.integrated_moment(order, x),
        }
    }

    /// Whether the survival function has no kink or jump beyond `x`, so that polynomials follow it.
    pub(crate) fn is_smooth_beyond(&self, x: f64) -> bool {
        match self {
            Self::Lognormal { .. } | Self::Gamma { .. } | Self::Weibull { .. } => x > 0.0,
            Self::Gpd { xi, threshold, .. } => *xi >= 0.0 && x > *threshold,
            Self::Spliced { threshold, tail, .. } => x > *threshold && tail.is_smooth_beyond(x - threshold),
            Self::Pert { .. } | Self::Empirical { .. } => false,
        }
    }

    /// E[min(X, x)^order] = integral of order y^(order-1) S(y), by Gauss-Legendre between quantiles an octave apart.
    fn integrated_moment(&self, order: i32, x: f64) -> f64 {
        let mut knots: Vec<f64> = Vec::with_capacity(200);
        knots.push(0.0);
        for octave in (1..60).rev() {
            knots.push(self.quantile(1.0 - libm::exp2(-f64::from(octave))));
        }
        for octave in 2..400 {
            knots.push(self.quantile(libm::exp2(-f64::from(octave))));
        }
        if let Self::Spliced { threshold, .. } = self {
            knots.push(*threshold);
        }
        if x.is_finite() {
            knots.push(x);
        }
        knots.retain(|knot| knot.is_finite() && *knot >= 0.0 && *knot <= x);
        knots.sort_by(f64::total_cmp);
        knots
            .windows(2)
            .filter(|pair| pair[1] > pair[0])
            .map(|pair| {
                gauss_legendre(pair[0], pair[1], |y| f64::from(order) * y.powi(order - 1) * self.survival(y))
            })
            .sum()
    }
}

fn empirical(values: &[f64], weights: Option<&[f64]>) -> Law {
    let mut points: Vec<(f64, f64)> = match weights {
        Some(weights) => values.iter().copied().zip(weights.iter().copied()).collect(),
        None => values.iter().map(|value| (*value, 1.0)).collect(),
    };
    points.sort_by(|left, right| left.0.total_cmp(&right.0));
    points.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    let total: f64 = points.iter().map(|point| point.1).sum();
    let mut after = vec![0.0; points.len()];
    let mut sum = 0.0;
    for (index, point) in points.iter().enumerate().rev() {
        after[index] = sum / total;
        sum += point.1;
    }
    Law::Empirical { values: points.iter().map(|point| point.0).collect(), survival: after }
}

fn gpd_survival(xi: f64, y: f64) -> f64 {
    if y <= 0.0 {
        return 1.0;
    }
    if xi.abs() < 1e-9 {
        return libm::exp(-y);
    }
    let inner = xi * y;
    if inner <= -1.0 { 0.0 } else { libm::exp(-libm::log1p(inner) / xi) }
}

fn gpd_excess(xi: f64, s: f64) -> f64 {
    if xi.abs() < 1e-9 { -libm::log(s) } else { libm::expm1(-xi * libm::log(s)) / xi }
}

/// Partial moments of the lognormal (Klugman, Panjer, Willmot, Loss Models, appendix A.5.1.1).
fn lognormal_moment(mu: f64, sigma: f64, order: f64, x: f64) -> f64 {
    let full = libm::exp(order * mu + 0.5 * order * order * sigma * sigma);
    if x.is_infinite() {
        return full;
    }
    let z = (libm::log(x) - mu) / sigma;
    full * normal_cdf(z - order * sigma) + libm::pow(x, order) * normal_cdf(-z)
}

/// E[min(X, x)^k] of threshold + Z: with w = 1 + xi z / beta the integrals of S are powers of w.
fn gpd_moment(xi: f64, beta: f64, threshold: f64, order: i32, x: f64) -> f64 {
    if x <= threshold {
        return x.powi(order);
    }
    let end = if xi < 0.0 { (x - threshold).min(-beta / xi) } else { x - threshold };
    let w = 1.0 + xi * end / beta;
    let step = |power: f64| {
        if power.abs() < 1e-12 {
            return libm::log(w);
        }
        let top = if w.is_infinite() { 0.0 } else { libm::pow(w, power) };
        (top - 1.0) / power
    };
    let unit = beta / xi;
    let first = unit * step(1.0 - 1.0 / xi);
    if order == 1 {
        return threshold + first;
    }
    let second = 2.0 * unit * unit * (step(2.0 - 1.0 / xi) - step(1.0 - 1.0 / xi));
    if order == 2 {
        return threshold * threshold + 2.0 * threshold * first + second;
    }
    let third = step(3.0 - 1.0 / xi) - 2.0 * step(2.0 - 1.0 / xi) + step(1.0 - 1.0 / xi);
    threshold.powi(3) + 3.0 * threshold * (threshold * first + second) + 3.0 * unit.powi(3) * third
}

fn gamma_moment(shape: f64, scale: f64, order: i32, x: f64) -> f64 {
    let full: f64 = (0..order).map(|k| scale * (shape + f64::from(k))).product();
    if x.is_infinite() {
        return full;
    }
    full * gamma_lower(shape + f64::from(order), x / scale) + x.powi(order) * gamma_upper(shape, x / scale)
}

fn empirical_moment(values: &[f64], survival: &[f64], order: i32, x: f64) -> f64 {
    let mut before = 1.0;
    let mut sum = 0.0;
    for (value, after) in values.iter().zip(survival) {
        sum += (before - after) * value.min(x).powi(order);
        before = *after;
    }
    sum
}

/// Quantile of the unit gamma: Newton steps in ln x from Wilson-Hilferty, kept inside a bracket.
fn gamma_quantile(shape: f64, s: f64) -> f64 {
    let z = -normal_quantile(s);
    let cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * libm::sqrt(shape));
    let small = libm::exp((libm::log1p(-s) + ln_gamma(shape + 1.0)) / shape);
    let mut x = if cube > 0.2 { shape * cube * cube * cube } else { small.max(f64::MIN_POSITIVE) };
    let upper = s < 0.5;
    for _ in 0..60 {
        let error = if upper { s - gamma_upper(shape, x) } else { gamma_lower(shape, x) - (1.0 - s) };
        let slope = libm::exp((shape - 1.0) * libm::log(x) - x - ln_gamma(shape)) * x;
        if slope <= 0.0 || !slope.is_finite() {
            break;
        }
        let step = (error / slope).clamp(-1.0, 1.0);
        x *= libm::exp(-step);
        if step.abs() < 1e-14 {
            return x;
        }
    }
    let bound = solve_bracket(shape, s);
    solve_decreasing(s, 0.0, bound, |x| gamma_upper(shape, x))
}

fn solve_bracket(shape: f64, s: f64) -> f64 {
    let mut high = shape + 10.0;
    while gamma_upper(shape, high) > s && high < 1e12 {
        high *= 2.0;
    }
    high
}

/// Sixteen-point Gauss-Legendre on one interval.
pub(crate) fn gauss_legendre(low: f64, high: f64, value: impl Fn(f64) -> f64) -> f64 {
    const NODES: [(f64, f64); 8] = [
        (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
        (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
        (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
        (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
        (0.755_404_408_355_003, 0.124_628_971_255_533_87),
        (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
        (0.944_575_023_073_232_6, 0.062_253_523_938_647_894),
        (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
    ];
    let half = 0.5 * (high - low);
    let centre = 0.5 * (high + low);
    let sum: f64 = NODES
        .iter()
        .map(|(node, weight)| weight * (value(centre - half * node) + value(centre + half * node)))
        .sum();
    sum * half
}
