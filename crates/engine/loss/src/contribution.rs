//! How much of the mean and of TVaR each scenario brings (Euler allocation: E[loss of the scenario | total beyond VaR]).

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::Book;
use crate::error::LossError;
use crate::exact::Exact;
use crate::exact::allocation::tail_means;
use crate::figures::{ByKey, key};
use crate::simulate::{Settings, YearTable, attribute};
use crate::tail::Top;

/// Most scenarios for which the exact contributions are computed: each costs a transform.
const MOST_EXACT: usize = 64;

/// One scenario's part.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Contribution {
    /// Scenario.
    pub id: String,
    /// Expected annual loss, in closed form; absent when infinite.
    pub mean: Option<f64>,
    /// Part of TVaR by level, by transform.
    pub exact: ByKey<f64>,
    /// Part of TVaR by level, by simulation.
    pub monte_carlo: ByKey<f64>,
}

pub(crate) fn empty(book: &Book) -> Vec<Contribution> {
    book.risks
        .iter()
        .map(|risk| {
            let mean = book.event_rate(risk) * risk.payment.moment(1);
            Contribution {
                id: risk.id.clone(),
                mean: mean.is_finite().then_some(mean),
                exact: ByKey::new(),
                monte_carlo: ByKey::new(),
            }
        })
        .collect()
}

pub(crate) fn add_simulated(
    list: &mut [Contribution],
    book: &Book,
    settings: &Settings,
    table: &YearTable,
    levels: &[f64],
) -> Result<(), LossError> {
    for level in levels {
        let weights = tail_weights(&table.total, *level);
        let parts = attribute(book, settings, &weights)?;
        for (contribution, part) in list.iter_mut().zip(parts) {
            contribution.monte_carlo.insert(key(*level), part);
        }
    }
    Ok(())
}

/// 1 beyond the quantile, and at the quantile what is missing to 1 - level of all years, shared among the years there.
fn tail_weights(total: &[f64], level: f64) -> Vec<f64> {
    let quantile = Top::of(total, level).quantile(level);
    let above = total.iter().filter(|value| **value > quantile).count() as f64;
    let at = total.iter().filter(|value| **value == quantile).count() as f64;
    let rest = (total.len() as f64 * (1.0 - level) - above).max(0.0) / at.max(1.0);
    let weight = |value: &f64| if *value > quantile { 1.0 } else { f64::from(*value == quantile) * rest };
    total.iter().map(weight).collect()
}

pub(crate) fn add_exact(
    list: &mut [Contribution],
    exact: &Exact<'_>,
    levels: &[f64],
) -> Result<(), LossError> {
    if list.len() > MOST_EXACT {
        return Ok(());
    }
    for level in levels {
        let quantile = exact.value_at_risk(*level)?.value;
        for (contribution, part) in list.iter_mut().zip(tail_means(exact, quantile, *level)) {
            contribution.exact.insert(key(*level), part);
        }
    }
    Ok(())
}
