//! The ladder of models. Each is fed one value at a time in constant memory (climatology keeps its sample) and gives quantiles
//! of the sum of the next *h* values.

use crate::distribution::Quantiles;

pub mod climatology;
pub mod discount_filter;
pub mod ingarch;
pub mod naive;
pub mod smoothing;
pub mod spread;

/// What happened at one step.
pub struct Step<'a> {
    /// The value; `None` is a gap.
    pub value: Option<f64>,
    /// For each horizon of the forecaster, the sum of the values of the window that ends with this step, if it has no gap.
    pub sums: &'a [Option<f64>],
}

/// A model of the ladder.
pub trait Model {
    /// Its name in output.
    fn name(&self) -> &'static str;

    /// Takes the next step. Must be called for every step, gaps too.
    fn update(&mut self, step: &Step<'_>);

    /// Quantiles of the sum over the horizon of that index; `false` as long as the model has seen too little.
    fn quantiles(&mut self, horizon: usize, out: &mut Quantiles) -> bool;
}
