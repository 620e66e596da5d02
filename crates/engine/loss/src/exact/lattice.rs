//! Payments and totals on an arithmetic grid, bracketed: every amount rounded down, split between its two neighbours,
//! rounded up. The first is never above the truth and the last never below it, so figures that grow with the loss lie
//! between theirs (Gerber 1982; Embrechts and Frei 2009).

use crate::payment::Payment;
use crate::severity::Law;

/// Rounded down, split, rounded up.
pub const BRACKETS: usize = 3;

/// An arithmetic grid 0, step, 2 step, ...; amounts at or beyond `size` steps are infinite for this grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Money per step.
    pub step: f64,
    /// Number of points, a power of two.
    pub size: usize,
}

impl Grid {
    /// The amount where the grid ends.
    pub fn reach(&self) -> f64 {
        self.step * self.size as f64
    }
}

/// Three masses on one grid.
pub(crate) type Bracketed = [Vec<f64>; BRACKETS];

pub(crate) fn empty(grid: Grid) -> Bracketed {
    std::array::from_fn(|_| vec![0.0; grid.size])
}

/// Adds `weight` times the distribution of the payment.
pub(crate) fn add_payment(masses: &mut Bracketed, payment: &Payment, grid: Grid, weight: f64) {
    if let Law::Empirical { values, survival } = &payment.law {
        let mut before = 1.0;
        for (value, after) in values.iter().zip(survival) {
            add_atom(masses, payment.pay(*value), weight * (before - after), grid);
            before = *after;
        }
        return;
    }
    let top = payment.top();
    let pays = if top > 0.0 { payment.survival(0.0) } else { 0.0 };
    for mass in masses.iter_mut() {
        mass[0] += weight * (1.0 - pays);
    }
    if pays <= 0.0 {
        return;
    }
    let top_mass = payment.top_mass().min(pays);
    if top_mass > 0.0 {
        add_atom(masses, top, weight * top_mass, grid);
    }
    let mut before = pays;
    let [down, split, up] = masses;
    for cell in 1..grid.size {
        let end = cell as f64 * grid.step;
        let last = end >= top * (1.0 - 1e-12);
        let after = if last { top_mass } else { payment.survival(end) };
        let mass = weight * (before - after).max(0.0);
        down[cell - 1] += mass;
        split[cell - 1] += 0.5 * mass;
        split[cell] += 0.5 * mass;
        up[cell] += mass;
        before = after;
        if last || after <= 0.0 {
            break;
        }
    }
}

/// Adds one amount; one that is within rounding of a grid point stays there in all three.
pub(crate) fn add_atom(masses: &mut Bracketed, amount: f64, weight: f64, grid: Grid) {
    let place = amount / grid.step;
    let nearest = place.round();
    let (low, part) = if (place - nearest).abs() < 1e-9 * nearest.max(1.0) {
        (nearest, 0.0)
    } else {
        (place.floor(), place.fract())
    };
    if low + 1.0 >= grid.size as f64 {
        return;
    }
    let low = low as usize;
    masses[0][low] += weight;
    masses[1][low] += weight * (1.0 - part);
    masses[1][low + 1] += weight * part;
    masses[2][if part > 0.0 { low + 1 } else { low }] += weight;
}

/// A distribution on the grid with its running sums.
#[derive(Debug, Clone, PartialEq)]
pub struct Lattice {
    /// Money per step.
    pub step: f64,
    /// P(value = j step).
    pub mass: Vec<f64>,
    /// P(value <= j step).
    pub cumulative: Vec<f64>,
    /// E[value; value <= j step].
    partial: Vec<f64>,
}

/// Probabilities closer than this are taken as equal when a quantile is read off.
const SAME: f64 = 1e-12;

impl Lattice {
    /// From the masses of 0, step, 2 step, ...
    pub fn from_masses(step: f64, mass: Vec<f64>) -> Self {
        let mut cumulative = Vec::with_capacity(mass.len());
        let mut partial = Vec::with_capacity(mass.len());
        let (mut sum, mut first) = (0.0, 0.0);
        for (place, p) in mass.iter().enumerate() {
            sum += p;
            first += p * place as f64 * step;
            cumulative.push(sum);
            partial.push(first);
        }
        Self { step, mass, cumulative, partial }
    }

    /// P(value <= x).
    pub fn cdf(&self, x: f64) -> f64 {
        if x < 0.0 {
            return 0.0;
        }
        self.cumulative[self.at(x)]
    }

    fn at(&self, x: f64) -> usize {
        let place = x / self.step;
        let nearest = place.round();
        let place = if (place - nearest).abs() < 1e-9 * nearest.max(1.0) { nearest } else { place.floor() };
        (place as usize).min(self.mass.len() - 1)
    }

    /// The smallest grid value with P(value <= it) >= level; infinite beyond the grid.
    pub fn quantile(&self, level: f64) -> f64 {
        let place = self.cumulative.partition_point(|sum| *sum < level - SAME);
        if place == self.mass.len() { f64::INFINITY } else { place as f64 * self.step }
    }

    /// E[max(x - value, 0)].
    pub fn shortfall(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        let place = self.at(x);
        x * self.cumulative[place] - self.partial[place]
    }

    /// E[min(value, x)], exact where x is on the grid's range.
    pub fn limited(&self, x: f64) -> f64 {
        x - self.shortfall(x)
    }

    /// E[min(value, x)^2].
    pub fn limited_square(&self, x: f64) -> f64 {
        let place = self.at(x);
        let inside: f64 = self.mass[..=place]
            .iter()
            .enumerate()
            .map(|(j, p)| p * (j as f64 * self.step).min(x).powi(2))
            .sum();
        inside + (1.0 - self.cumulative[place]) * x * x
    }

    /// Mean of what is on the grid.
    pub fn grid_mean(&self) -> f64 {
        self.partial.last().copied().unwrap_or(0.0)
    }

    /// Probability beyond the grid.
    pub fn beyond(&self) -> f64 {
        1.0 - self.cumulative.last().copied().unwrap_or(0.0)
    }

    /// The least of q + E[max(S - q, 0)] / (1 - level) over the grid, which is TVaR (Rockafellar and Uryasev 2000), with
    /// E[max(S - q, 0)] = mean - q + E[max(q - S, 0)] so that nothing beyond the grid is needed.
    pub fn tail_mean(&self, level: f64, mean: f64) -> f64 {
        let mut least = f64::INFINITY;
        for (place, (sum, first)) in self.cumulative.iter().zip(&self.partial).enumerate() {
            let q = place as f64 * self.step;
            let value = q + (mean - q + q * sum - first) / (1.0 - level);
            if value < least {
                least = value;
            } else if *sum > level + 1e-6 {
                break;
            }
        }
        least
    }
}
