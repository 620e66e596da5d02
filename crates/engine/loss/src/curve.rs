//! The exceedance curves of a year's total (AEP) and of its largest occurrence (OEP), and the probability of given amounts.

use schemars::JsonSchema;
use serde::Serialize;

use crate::exact::{Bounded, Exact};
use crate::figures::Asked;
use crate::simulate::YearTable;

/// Return periods of the curves, in years.
pub const PERIODS: [f64; 12] = [1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// One figure by both engines.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct Estimate {
    /// By transform.
    pub exact: Option<f64>,
    /// [low, high], proven by rounding every amount down and up.
    pub interval: Option<[f64; 2]>,
    /// By simulation.
    pub monte_carlo: Option<f64>,
}

/// The losses of one return period.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CurvePoint {
    /// Years.
    pub return_period: f64,
    /// Probability that a year exceeds the loss.
    pub probability: f64,
    /// Aggregate exceedance: loss of the whole year.
    pub aep: Estimate,
    /// Occurrence exceedance: largest occurrence of the year.
    pub oep: Estimate,
}

/// How likely an amount is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AmountFigures {
    /// Money.
    pub amount: f64,
    /// P(S >= amount).
    pub reached: Estimate,
    /// P(S > amount); the difference is an atom at the amount.
    pub exceeded: Estimate,
}

/// Points to be filled by the engines.
pub(crate) fn empty() -> Vec<CurvePoint> {
    let point = |return_period: f64| CurvePoint {
        return_period,
        probability: 1.0 / return_period,
        aep: Estimate::default(),
        oep: Estimate::default(),
    };
    PERIODS.map(point).to_vec()
}

pub(crate) fn empty_amounts(asked: &Asked) -> Vec<AmountFigures> {
    let none = Estimate::default();
    asked
        .amounts
        .iter()
        .map(|amount| AmountFigures { amount: *amount, reached: none, exceeded: none })
        .collect()
}

impl Estimate {
    fn set(&mut self, found: Bounded) {
        self.exact = Some(found.value);
        self.interval = Some([found.low, found.high]);
    }
}

/// 1 - p.
fn complement(p: Bounded) -> Bounded {
    Bounded { value: 1.0 - p.value, low: 1.0 - p.high, high: 1.0 - p.low }
}

pub(crate) fn add_exact(curve: &mut [CurvePoint], amounts: &mut [AmountFigures], exact: &Exact<'_>) {
    for point in curve {
        let level = 1.0 - point.probability;
        // Beyond the level that the grid was made for the point stays empty.
        if let Ok(found) = exact.value_at_risk(level) {
            point.aep.set(found);
        }
        point.oep.set(exact.occurrence_quantile(level));
    }
    for figures in amounts {
        figures.reached.set(complement(exact.below(figures.amount)));
        figures.exceeded.set(complement(exact.cdf(figures.amount)));
    }
}

pub(crate) fn add_simulated(curve: &mut [CurvePoint], amounts: &mut [AmountFigures], table: &YearTable) {
    let levels: Vec<f64> = curve.iter().map(|point| 1.0 - point.probability).collect();
    let (totals, largest) = (quantiles(&table.total, &levels), quantiles(&table.largest, &levels));
    for ((point, total), largest) in curve.iter_mut().zip(totals).zip(largest) {
        point.aep.monte_carlo = Some(total);
        point.oep.monte_carlo = Some(largest);
    }
    let n = table.total.len() as f64;
    for figures in amounts {
        let part =
            |test: &dyn Fn(f64) -> bool| table.total.iter().filter(|value| test(**value)).count() as f64 / n;
        figures.reached.monte_carlo = Some(part(&|value| value >= figures.amount));
        figures.exceeded.monte_carlo = Some(part(&|value| value > figures.amount));
    }
}

/// The smallest sample values with at least `levels` of the sample at or below them; levels in increasing order.
fn quantiles(values: &[f64], levels: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    let n = values.len();
    let mut start = 0;
    let mut found = Vec::with_capacity(levels.len());
    for level in levels {
        let rank = ((n as f64 * level - 1e-9).ceil().max(1.0) as usize).min(n) - 1;
        let at = rank.max(start);
        let (_, value, _) = values[start..].select_nth_unstable_by(at - start, f64::total_cmp);
        found.push(*value);
        start = at;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::quantiles;

    #[test]
    fn quantiles_are_those_of_the_sorted_sample() {
        let values: Vec<f64> = (0..1000u32).map(|k| f64::from(k * 7919 % 1000)).collect();
        assert_eq!(
            quantiles(&values, &[0.0005, 0.2, 0.2, 0.5, 0.999, 1.0]),
            [0.0, 199.0, 199.0, 499.0, 998.0, 999.0]
        );
        assert_eq!(quantiles(&[3.0], &[0.2, 0.9]), [3.0, 3.0]);
    }
}
