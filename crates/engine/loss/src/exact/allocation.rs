//! Exact Euler allocation: the spectrum of x P(loss of the scenario contributes x | total) is the spectrum of the total
//! with one scenario's generating function replaced by its derivative (Mildenhall and Major, Pricing Insurance Risk, 2022).

use rustfft::num_complex::Complex64;

use super::Exact;
use super::lattice::{Grid, Lattice, add_payment, empty};
use super::transform::{Parts, Spectra, Transform};
use crate::book::{Book, Risk};
use crate::frequency::Count;

/// E[loss of each risk; beyond the quantile] / (1 - level), the atom at the quantile counted in part, by the split grid.
pub fn tail_means(exact: &Exact<'_>, quantile: f64, level: f64) -> Vec<f64> {
    let book = exact.book();
    let grid = exact.grid;
    let place = (quantile / grid.step).round() as usize;
    exact.with_transform(|transform, parts| {
        let total = parts.total(&book.shocks);
        // The part of the atom at the quantile that lies above the level.
        let lattice = &exact.total[1];
        let atom = lattice.mass[place];
        let part =
            if atom > 0.0 { ((lattice.cumulative[place] - level) / atom).clamp(0.0, 1.0) } else { 0.0 };
        let below = |risk: &Risk| below(transform, grid, book, parts, &total, risk, place, part);
        let mut below = below;
        book.risks
            .iter()
            .map(|risk| {
                let mean = book.event_rate(risk) * risk.payment.moment(1);
                (mean - below(risk)).max(0.0) / (1.0 - level)
            })
            .collect()
    })
}

/// E[loss of the risk; total below the quantile], so that what is beyond the grid is not needed.
#[expect(clippy::too_many_arguments, reason = "one formula with all its terms")]
fn below(
    transform: &mut Transform,
    grid: Grid,
    book: &Book,
    parts: &Parts,
    total: &Spectra,
    risk: &Risk,
    place: usize,
    part: f64,
) -> f64 {
    let mut severity = empty(grid);
    add_payment(&mut severity, &risk.payment, grid, 1.0);
    let weighted: Vec<f64> = severity[1].iter().enumerate().map(|(j, p)| j as f64 * grid.step * p).collect();
    let mut phi = vec![Complex64::default(); transform.bins()];
    let mut slope = phi.clone();
    transform.spectrum(&severity[1], &mut phi);
    transform.spectrum(&weighted, &mut slope);
    for bin in 0..phi.len() {
        let value = phi[bin];
        let mut factor = match risk.count {
            Count::Poisson { rate } => Complex64::from(rate),
            _ => risk.count.generate_slope(value) / risk.count.generate(value),
        };
        for (shock, hit) in &risk.links {
            let own = (value - 1.0) * *hit + 1.0;
            factor += parts.occurrences[*shock][bin][1] / own * (book.shocks[*shock].rate * hit);
        }
        slope[bin] *= factor * total[bin][1];
    }
    let lattice = Lattice::from_masses(grid.step, transform.masses(&mut slope));
    lattice.cumulative[place] - part * lattice.mass[place]
}
