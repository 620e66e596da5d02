//! Payments and totals on an arithmetic grid, bracketed: every amount rounded down, split between its two neighbours,
//! rounded up. The first is never above the truth and the last never below it, so figures that grow with the loss lie
//! between theirs (Gerber 1982; Embrechts and Frei 2009).

use super::survivals::Survivals;
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

/// A payment cut into the cells of a grid.
pub(crate) struct Cells {
    /// P(payment = 0).
    zero: f64,
    /// Without atoms, P(payment in ((j - 1) step, j step]); nothing beyond the last that has mass.
    pub rising: Vec<f64>,
    /// Amounts of positive probability.
    atoms: Vec<(f64, f64)>,
}

impl Cells {
    pub fn of(payment: &Payment, grid: Grid) -> Self {
        if let Law::Empirical { values, survival } = &payment.law {
            let before = std::iter::once(&1.0).chain(survival);
            let masses = before.zip(survival).map(|(before, after)| before - after);
            let atoms = values.iter().map(|value| payment.pay(*value)).zip(masses).collect();
            return Self { zero: 0.0, rising: Vec::new(), atoms };
        }
        let top = payment.top();
        let pays = if top > 0.0 { payment.survival(0.0) } else { 0.0 };
        let mut cells = Self { zero: 1.0 - pays, rising: Vec::new(), atoms: Vec::new() };
        if pays <= 0.0 {
            return cells;
        }
        let top_mass = payment.top_mass().min(pays);
        if top_mass > 0.0 {
            cells.atoms.push((top, top_mass));
        }
        cells.rising.push(0.0);
        let mut survivals = Survivals::new(payment, grid.step);
        let mut before = pays;
        for cell in 1..grid.size {
            let end = cell as f64 * grid.step;
            let last = end >= top * (1.0 - 1e-12);
            let after = if last { top_mass } else { survivals.at(cell) };
            cells.rising.push((before - after).max(0.0));
            before = after;
            if last || after <= 0.0 {
                break;
            }
        }
        cells
    }

    /// Adds `weight` times the three roundings.
    pub fn add(&self, masses: &mut Bracketed, grid: Grid, weight: f64) {
        for mass in masses.iter_mut() {
            mass[0] += weight * self.zero;
        }
        let [down, split, up] = masses;
        for (cell, mass) in self.rising.iter().enumerate().skip(1) {
            let mass = weight * mass;
            down[cell - 1] += mass;
            split[cell - 1] += 0.5 * mass;
            split[cell] += 0.5 * mass;
            up[cell] += mass;
        }
        for (amount, mass) in &self.atoms {
            add_atom(masses, *amount, weight * mass, grid);
        }
    }

    /// P(payment = 0) and the one atom with its place, when there is at most one and it lies on the grid.
    pub fn single_atom(&self, grid: Grid) -> Option<(f64, usize, f64)> {
        match self.atoms[..] {
            [] if !self.rising.is_empty() => Some((self.zero, 0, 0.0)),
            [(amount, mass)] => {
                let place = amount / grid.step;
                let on_grid = (place - place.round()).abs() < 1e-9 * place.round().max(1.0);
                let inside = place + 1.5 < grid.size as f64;
                (on_grid && inside).then_some((self.zero, place.round() as usize, mass))
            }
            _ => None,
        }
    }
}

/// Adds `weight` times the distribution of the payment.
pub(crate) fn add_payment(masses: &mut Bracketed, payment: &Payment, grid: Grid, weight: f64) {
    Cells::of(payment, grid).add(masses, grid, weight);
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
