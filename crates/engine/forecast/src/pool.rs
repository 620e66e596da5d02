//! Pooling the quantiles of several models with weights from their past scores.
//!
//! The pool averages quantiles (Vincentisation). The score of a forecast given by quantiles is a sum of pinball losses, convex
//! in each quantile, so the average never scores worse than the weighted mean of its members' scores.

use crate::distribution::{LEVELS, Quantiles};
use crate::score::quantile_crps;

/// Forgetting of past scores, per scored forecast.
const MEMORY: f64 = 0.99;
/// Weights fall with this power of the ratio of scores, rising with the number of scores that it rests on.
const POWER: (f64, f64, f64) = (4.0, 0.15, 20.0);

/// The weights of one horizon.
#[derive(Clone, Debug)]
pub struct Pool {
    losses: Vec<f64>,
    /// Discounted number of scores.
    weight: f64,
    /// Discounted score of the mixtures with this share of climatology.
    shares: [f64; SHARES.len()],
}

/// Shares that the reference may take on top of its weight: the pool must not lose to climatology for long.
const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// The forecast of each model, where it gave one.
pub type Members = Vec<Option<Box<Quantiles>>>;

impl Pool {
    /// A pool of that many models; the first one is the reference.
    #[must_use]
    pub fn new(models: usize) -> Self {
        Self { losses: vec![0.0; models], weight: 0.0, shares: [0.0; SHARES.len()] }
    }

    /// The present weights of those models that gave a forecast.
    #[must_use]
    pub fn weights(&self, members: &Members) -> Vec<f64> {
        let present = |index: usize| members[index].is_some();
        let least = (0..members.len()).filter(|index| present(*index)).map(|index| self.losses[index]).fold(f64::MAX, f64::min);
        let power = (POWER.0 + POWER.1 * self.weight).min(POWER.2);
        let mut weights: Vec<f64> = (0..members.len())
            .map(|index| match self.losses[index] {
                _ if !present(index) => 0.0,
                _ if self.weight == 0.0 => 1.0,
                loss if loss <= least => 1.0,
                loss => (least / loss).powf(power),
            })
            .collect();
        let total: f64 = weights.iter().sum();
        if total > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        weights
    }

    /// The pooled quantiles, before the share of climatology.
    fn mixture(&self, members: &Members) -> Quantiles {
        let mut pooled = [0.0; LEVELS];
        for (weight, member) in self.weights(members).iter().zip(members) {
            if let Some(member) = member.as_ref().filter(|_| *weight > 0.0) {
                pooled.iter_mut().zip(member.iter()).for_each(|(sum, quantile)| *sum += weight * quantile);
            }
        }
        pooled
    }

    /// The pooled quantiles; `None` if no model gave a forecast.
    #[must_use]
    pub fn combine(&self, members: &Members) -> Option<Quantiles> {
        if members.iter().all(Option::is_none) {
            return None;
        }
        let mixture = self.mixture(members);
        let best = (0..SHARES.len()).min_by(|one, other| self.shares[*one].total_cmp(&self.shares[*other])).unwrap_or(0);
        Some(blend(&mixture, members.first().and_then(Option::as_deref), SHARES[best]))
    }

    /// Learns from a forecast whose outcome is known. Only forecasts in which every model took part are compared.
    pub fn learn(&mut self, members: &Members, outcome: f64) {
        if members.iter().any(Option::is_none) {
            return;
        }
        let mixture = self.mixture(members);
        for (loss, share) in self.shares.iter_mut().zip(SHARES) {
            let blended = blend(&mixture, members[0].as_deref(), share);
            *loss = MEMORY * *loss + quantile_crps(&blended, outcome);
        }
        for (loss, member) in self.losses.iter_mut().zip(members) {
            *loss = MEMORY * *loss + member.as_ref().map_or(0.0, |member| quantile_crps(member, outcome));
        }
        self.weight = MEMORY * self.weight + 1.0;
    }
}

fn blend(mixture: &Quantiles, reference: Option<&Quantiles>, share: f64) -> Quantiles {
    let Some(reference) = reference else { return *mixture };
    std::array::from_fn(|index| mixture[index] + share * (reference[index] - mixture[index]))
}
