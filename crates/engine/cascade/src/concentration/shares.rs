//! Measures of concentration that look at shares only.

use schemars::JsonSchema;
use serde::Serialize;

/// Concentration of a distribution over providers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Shares {
    /// Herfindahl–Hirschman index, sum of squared shares, 0..1. Times 10,000 it is the scale of merger control, where
    /// the US line since 2023 is 1,800.
    pub hhi: f64,
    /// Largest share.
    pub cr1: f64,
    /// Sum of the three largest shares.
    pub cr3: f64,
    /// 1 / HHI: how many providers of equal size would be as concentrated.
    pub effective_number: f64,
    /// Earth mover's distance from the fully decentralised case, in which each of the C units of use has a provider of
    /// its own: HHI - 1/C (Akiwate et al. 2024).
    pub emd: f64,
}

/// The measures of the given amounts of use; amounts of 0 count as absent. All zero when nothing is used.
pub fn shares(amounts: &[f64]) -> Shares {
    let total: f64 = amounts.iter().sum();
    if !total.is_finite() || total <= 0.0 {
        return Shares::default();
    }
    let mut sorted: Vec<f64> =
        amounts.iter().map(|amount| amount / total).filter(|share| *share > 0.0).collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let hhi: f64 = sorted.iter().map(|share| share * share).sum();
    Shares {
        hhi,
        cr1: sorted[0],
        cr3: sorted.iter().take(3).sum(),
        effective_number: 1.0 / hhi,
        // Less than one unit of use cannot be spread any further.
        emd: (hhi - 1.0 / total.max(1.0)).max(0.0),
    }
}
