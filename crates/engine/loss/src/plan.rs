//! Decisions: which controls, which retention and which insurance limit, together, under a budget.
//!
//! The cost of a choice is controls + premium + expected retained loss + price of capital x TVaR of the retained loss.
//! The cover is a stop loss on the year: it pays min(max(S - retention, 0), limit) for (1 + loading) x its pure premium.

mod evaluate;
pub mod gordon_loeb;
mod search;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::LossError;
use crate::model::Model;
use evaluate::Evaluator;

/// Most controls for which the search is exhaustive (with pruning); beyond, it is greedy with a stated gap.
pub const MOST_EXACT: usize = 40;

/// What may be chosen and what it costs.
#[derive(Debug, Clone)]
pub struct Market {
    /// Money a year for controls and premium together; infinite for none.
    pub budget: f64,
    /// Retentions on offer.
    pub retentions: Vec<f64>,
    /// Limits on offer; no cover is always possible.
    pub limits: Vec<f64>,
    /// Loading on the pure premium.
    pub loading: f64,
    /// Price of capital: yearly cost per unit of TVaR.
    pub capital: f64,
    /// Level of TVaR.
    pub level: f64,
    /// Most evaluations of the search before it stops with a stated gap.
    pub evaluations: usize,
}

impl Default for Market {
    fn default() -> Self {
        Self {
            budget: f64::INFINITY,
            retentions: Vec::new(),
            limits: Vec::new(),
            loading: 0.4,
            capital: 0.06,
            level: 0.99,
            evaluations: 20_000,
        }
    }
}

/// A stop-loss cover.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Cover {
    /// The year's loss that stays.
    pub retention: f64,
    /// Most that is paid.
    pub limit: f64,
    /// Price.
    pub premium: f64,
}

/// One choice and what it leads to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Choice {
    /// Ids of the controls.
    pub controls: Vec<String>,
    /// Cover, when one is bought.
    pub cover: Option<Cover>,
    /// Money a year for the controls.
    pub control_cost: f64,
    /// Controls and premium.
    pub spending: f64,
    /// Expected loss before cover.
    pub mean: f64,
    /// Expected loss that stays.
    pub retained_mean: f64,
    /// TVaR of what stays.
    pub retained_tvar: f64,
    /// What is minimised.
    pub objective: f64,
}

/// A control on its own: sanity lines.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ControlLine {
    /// Control.
    pub id: String,
    /// Cost a year.
    pub cost: f64,
    /// Expected loss it prevents when taken alone.
    pub prevented: f64,
    /// Return on security investment: (prevented - cost) / cost; absent for a free control.
    pub rosi: Option<f64>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Plan {
    /// `shinayaka.risk-plan/1`.
    pub schema: String,
    /// ISO 4217.
    pub currency: String,
    /// Level of TVaR.
    pub level: f64,
    /// Doing nothing.
    pub nothing: Choice,
    /// The best choice found.
    pub best: Choice,
    /// `branch and bound` or `greedy`.
    pub method: String,
    /// No choice is better than the best by more than this; 0 when the search was complete.
    pub gap: f64,
    /// Distributions computed.
    pub evaluations: usize,
    /// Non-dominated choices in spending, retained mean and retained TVaR, by spending.
    pub frontier: Vec<Choice>,
    /// Each control alone.
    pub controls: Vec<ControlLine>,
    /// Gordon and Loeb: no rational investment in the two classes of their paper exceeds 1 / e of the expected loss.
    pub gordon_loeb_bound: f64,
    /// Whether the controls of the best choice stay under that bound.
    pub within_gordon_loeb: bool,
}

/// Searches for the best choice.
///
/// # Errors
/// [`LossError::Invalid`] for a market out of range; [`LossError::Refused`] when the mean is infinite.
pub fn plan(model: &Model, market: &Market) -> Result<Plan, LossError> {
    check(market)?;
    let evaluator = Evaluator::of(model, market)?;
    let outcome = search::search(&evaluator, market.budget);
    let frontier = search::frontier(&evaluator, &outcome);
    let nothing = evaluator.choice_without_cover(0);
    let bound = nothing.mean / std::f64::consts::E;
    let controls = model.control.iter().enumerate().map(|(index, control)| {
        let prevented = nothing.mean - evaluator.mean(1 << index.min(127));
        let cost = control.cost.value;
        let rosi = (cost > 0.0).then(|| (prevented - cost) / cost);
        ControlLine { id: control.id.clone(), cost, prevented, rosi }
    });
    Ok(Plan {
        schema: "shinayaka.risk-plan/1".into(),
        currency: model.currency.clone(),
        level: market.level,
        controls: controls.collect(),
        gordon_loeb_bound: bound,
        within_gordon_loeb: outcome.best.control_cost <= bound,
        method: outcome.method.into(),
        gap: outcome.gap,
        evaluations: outcome.evaluations,
        best: outcome.best,
        nothing,
        frontier,
    })
}

fn check(market: &Market) -> Result<(), LossError> {
    let good = |value: f64| value >= 0.0 && !value.is_nan();
    if !good(market.budget) {
        return Err(LossError::field("budget", "must be 0 or more"));
    }
    if !(good(market.loading) && market.loading <= 100.0) {
        return Err(LossError::field("loading", "must be 0 to 100"));
    }
    if !(good(market.capital) && market.capital <= 1.0) {
        return Err(LossError::field("capital", "must be 0 to 1"));
    }
    if !(market.level > 0.0 && market.level <= 0.9999) {
        return Err(LossError::field("level", "must be above 0 and at most 0.9999"));
    }
    if market.retentions.iter().any(|value| !(good(*value) && value.is_finite())) {
        return Err(LossError::field("retention", "must be 0 or more"));
    }
    if market.limits.iter().any(|value| !(*value > 0.0 && value.is_finite())) {
        return Err(LossError::field("limit", "must be more than 0"));
    }
    if market.retentions.len() * market.limits.len() > 10_000 {
        return Err(LossError::field("retention", "more than 10,000 pairs of retention and limit"));
    }
    Ok(())
}

/// The published JSON Schema of [`Plan`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Plan).to_value()
}
