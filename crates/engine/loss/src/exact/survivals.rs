//! Survival probabilities at consecutive grid points. Far from zero they change so little within a block of points that
//! the polynomial through a few Chebyshev nodes is them to the last digits; each block is checked and, where it misses,
//! computed point by point.

use std::sync::OnceLock;

use crate::payment::Payment;

/// Points in a block.
const BLOCK: usize = 256;
/// Points before this are computed one by one: seen from a block, zero must be far away.
const FIRST: usize = 4 * BLOCK;
const NODES: usize = 12;
/// Where a block is compared with the function.
const CHECKED: [usize; 4] = [0, 37, 150, BLOCK - 1];
/// What it may be off by, as part of the survival probability at its start.
const TOLERANCE: f64 = 2e-14;

/// The survival function of a payment on a grid, read in order.
pub(super) struct Survivals<'a> {
    payment: &'a Payment,
    step: f64,
    /// First point of the block at hand.
    start: usize,
    values: Option<[f64; BLOCK]>,
}

impl<'a> Survivals<'a> {
    pub fn new(payment: &'a Payment, step: f64) -> Self {
        Self { payment, step, start: 0, values: None }
    }

    fn exact(&self, point: f64) -> f64 {
        self.payment.survival(point * self.step)
    }

    /// P(payment > `point` steps).
    pub fn at(&mut self, point: usize) -> f64 {
        let start = point / BLOCK * BLOCK;
        if start >= FIRST && start != self.start {
            self.start = start;
            self.values = self.block();
        }
        match &self.values {
            Some(values) if start >= FIRST => values[point - start],
            _ => self.exact(point as f64),
        }
    }

    fn block(&self) -> Option<[f64; BLOCK]> {
        let start = self.start as f64;
        let inside = (start + BLOCK as f64) * self.step < self.payment.top();
        if !inside || !self.payment.is_smooth_beyond(start * self.step) {
            return None;
        }
        let mut values = [0.0; BLOCK];
        for (node, weights) in nodes().iter().zip(weights()) {
            let value = self.exact(start + node);
            for (slot, weight) in values.iter_mut().zip(weights) {
                *slot += weight * value;
            }
        }
        let allowed = TOLERANCE * values[0];
        let good = |at: &usize| (values[*at] - self.exact(start + *at as f64)).abs() <= allowed;
        CHECKED.iter().all(good).then_some(values)
    }
}

/// Chebyshev nodes of the first kind on [0, BLOCK - 1].
fn nodes() -> [f64; NODES] {
    let half = 0.5 * (BLOCK - 1) as f64;
    std::array::from_fn(|k| half * (1.0 - libm::cos(std::f64::consts::PI * (k as f64 + 0.5) / NODES as f64)))
}

/// Weight of each node's value at each point (Lagrange's polynomials).
fn weights() -> &'static [[f64; BLOCK]; NODES] {
    static WEIGHTS: OnceLock<Box<[[f64; BLOCK]; NODES]>> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        let nodes = nodes();
        let weight = |k: usize, point: usize| {
            let others = nodes.iter().enumerate().filter(|(other, _)| *other != k);
            others.map(|(_, other)| (point as f64 - other) / (nodes[k] - other)).product()
        };
        Box::new(std::array::from_fn(|k| std::array::from_fn(|point| weight(k, point))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::severity::Law;

    /// Every law and shape: what is read is the function to 1e-13 of itself.
    #[test]
    fn blocks_are_the_function() {
        let laws = [
            Law::Lognormal { mu: 10.0, sigma: 2.0 },
            Law::Lognormal { mu: 13.0, sigma: 0.05 },
            Law::Gpd { xi: 0.7, beta: 2e4, threshold: 1.5e6 },
            Law::Gamma { shape: 3.0, scale: 4e5 },
            Law::Weibull { shape: 0.6, scale: 2e5 },
            Law::Weibull { shape: 9.0, scale: 2e6 },
            Law::Pert { low: 1e4, high: 4e6, a: 2.0, b: 4.0 },
            Law::Spliced {
                threshold: 1.3e6,
                weight: 0.02,
                below: 0.999,
                body: Box::new(Law::Gamma { shape: 2.0, scale: 2e5 }),
                tail: Box::new(Law::Gpd { xi: 0.4, beta: 3e5, threshold: 0.0 }),
            },
        ];
        let mut interpolated = 0;
        for law in laws {
            let payment = Payment { deductible: 5e4, limit: 5e6, share: 0.8, ..Payment::ground_up(law) };
            let mut survivals = Survivals::new(&payment, 400.0);
            for point in 1..12_000 {
                let wanted = payment.survival(point as f64 * 400.0);
                let found = survivals.at(point);
                interpolated += usize::from(survivals.values.is_some());
                assert!((found - wanted).abs() <= 1e-13 * wanted + 1e-300, "{:?} at {point}", payment.law);
            }
        }
        assert!(interpolated > 30_000, "only {interpolated} points were interpolated");
    }
}
