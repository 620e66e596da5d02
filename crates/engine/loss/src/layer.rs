//! What a layer costs: pure premium, volatility, how often it is touched and exhausted.

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::{Book, Cover};
use crate::exact::Exact;
use crate::simulate::{Moments, YearTable};

/// The figures of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LayerFigures {
    /// Name.
    pub id: String,
    /// By transform.
    pub exact: Option<ExactLayer>,
    /// By simulation.
    pub monte_carlo: Option<SimulatedLayer>,
}

/// Exact figures with their intervals.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExactLayer {
    /// Pure premium: expected payment of a year.
    pub mean: f64,
    /// Interval of the mean.
    pub interval: [f64; 2],
    /// Standard deviation of the year's payment.
    pub sd: f64,
    /// Probability that the layer pays in a year, with its interval.
    pub p_attach: f64,
    /// Interval of the probability to pay.
    pub p_attach_interval: [f64; 2],
    /// Probability that the layer's capacity of a year is used up.
    pub p_exhaust: f64,
    /// Interval of the probability to be used up.
    pub p_exhaust_interval: [f64; 2],
}

/// Simulated figures.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SimulatedLayer {
    /// Pure premium.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Standard deviation of the year's payment.
    pub sd: f64,
    /// Part of the years in which the layer pays.
    pub p_attach: f64,
    /// Part of the years in which its capacity is used up.
    pub p_exhaust: f64,
}

pub(crate) fn empty(book: &Book) -> Vec<LayerFigures> {
    let none = |layer: &Cover| LayerFigures { id: layer.id.clone(), exact: None, monte_carlo: None };
    book.layers.iter().map(none).collect()
}

/// The most a layer can take in a year.
fn capacity(cover: &Cover) -> f64 {
    if cover.annual { cover.limit.min(cover.annual_limit) } else { cover.annual_limit }
}

pub(crate) fn add_exact(figures: &mut [LayerFigures], exact: &Exact<'_>) {
    for (figures, cover) in figures.iter_mut().zip(&exact.book().layers) {
        let lattices = exact.layer(cover);
        let capacity = capacity(cover);
        let reach = if capacity.is_finite() { capacity } else { exact.grid.reach() };
        let mean = lattices.each_ref().map(|lattice| cover.share * lattice.limited(reach));
        let split = &lattices[1];
        let square = split.limited_square(reach) - split.limited(reach).powi(2);
        let attach =
            if cover.annual { exact.cdf(cover.attachment) } else { exact.occurrence_cdf(cover.attachment) };
        let below = |index: usize| {
            let lattice = &lattices[index];
            if capacity.is_infinite() { 1.0 } else { lattice.cdf(capacity - 0.5 * lattice.step) }
        };
        figures.exact = Some(ExactLayer {
            mean: mean[1],
            interval: [mean[0], mean[2]],
            sd: cover.share * square.max(0.0).sqrt(),
            p_attach: 1.0 - attach.value,
            p_attach_interval: [1.0 - attach.high, 1.0 - attach.low],
            p_exhaust: 1.0 - below(1),
            p_exhaust_interval: [1.0 - below(0), 1.0 - below(2)],
        });
    }
}

pub(crate) fn add_simulated(figures: &mut [LayerFigures], book: &Book, table: &YearTable) {
    for ((figures, cover), paid) in figures.iter_mut().zip(&book.layers).zip(&table.layers) {
        let moments = Moments::of(paid);
        let full = cover.share * capacity(cover);
        let exhausted = paid.iter().filter(|value| **value >= full * (1.0 - 1e-12)).count();
        figures.monte_carlo = Some(SimulatedLayer {
            mean: moments.mean,
            standard_error: (moments.variance() / moments.n).sqrt(),
            sd: moments.variance().sqrt(),
            p_attach: 1.0 - moments.zeros / moments.n,
            p_exhaust: exhausted as f64 / moments.n,
        });
    }
}
