//! Pooling the quantiles of several models with weights from their past scores.
//!
//! The pool averages quantiles (Vincentisation). The score of a forecast given by quantiles is a sum of pinball losses, convex
//! in each quantile, so the average never scores worse than the weighted mean of its members' scores.

use crate::distribution::{LEVELS, Quantiles};
use crate::score::quantile_crps;

/// Forgetting of past scores, per scored forecast.
const MEMORY: f64 = 0.99;
/// Weights fall with this power of the ratio of scores: a start, a rise with each independent score, a limit.
const POWER: (f64, f64, f64) = (5.0, 0.5, 120.0);

/// The weights of one horizon.
#[derive(Clone, Debug)]
pub struct Pool {
    horizon: f64,
    /// The first so many models are safe: they hold for a series without memory.
    safe: usize,
    /// Weight of each model before any score.
    prior: Vec<f64>,
    losses: Vec<f64>,
    /// Discounted number of scores.
    weight: f64,
    /// Discounted sums of (safe pool's score − whole pool's score) and its square.
    gain: (f64, f64),
}

/// The forecast of each model, where it gave one.
pub type Members = Vec<Option<Box<Quantiles>>>;

impl Pool {
    /// A pool of that many models for that horizon in steps; the first `safe` models are climatologies.
    #[must_use]
    pub fn new(prior: Vec<f64>, safe: usize, horizon: usize) -> Self {
        Self {
            horizon: horizon as f64,
            safe,
            losses: vec![0.0; prior.len()],
            prior,
            weight: 0.0,
            gain: (0.0, 0.0),
        }
    }

    /// Weights of the first `count` models, those that gave a forecast.
    fn weights_of(&self, members: &Members, count: usize) -> Vec<f64> {
        let present = |index: usize| index < count && members[index].is_some();
        let least = (0..members.len())
            .filter(|index| present(*index))
            .map(|index| self.losses[index])
            .fold(f64::MAX, f64::min);
        let power = (POWER.0 + POWER.1 * self.weight / self.horizon).min(POWER.2);
        let mut weights: Vec<f64> = (0..members.len())
            .map(|index| match self.losses[index] {
                _ if !present(index) => 0.0,
                loss if self.weight == 0.0 || loss <= least => self.prior[index],
                loss => self.prior[index] * (least / loss).powf(power),
            })
            .collect();
        let total: f64 = weights.iter().sum();
        if total > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        weights
    }

    /// The present weights, the safe share included.
    #[must_use]
    pub fn weights(&self, members: &Members, lead: f64) -> Vec<f64> {
        let share = self.safe_share(lead);
        let whole = self.weights_of(members, members.len());
        let safe = self.weights_of(members, self.safe);
        if safe.iter().all(|weight| *weight == 0.0) {
            return whole;
        }
        whole.iter().zip(&safe).map(|(whole, safe)| whole + share * (safe - whole)).collect()
    }

    /// Share of the safe pool: all of it where the whole pool has lost to it, none where it has won beyond chance. Scores of
    /// overlapping windows are dependent, so that a horizon of h steps counts every h-th score.
    fn safe_share(&self, lead: f64) -> f64 {
        let known = self.evidence() + LEAD / self.horizon.sqrt() * lead;
        (1.0 - known / CONVINCED).clamp(0.0, 1.0)
    }

    /// Mean gain of the whole pool over the safe one, in standard errors.
    #[must_use]
    pub fn evidence(&self) -> f64 {
        if self.weight == 0.0 {
            return 0.0;
        }
        let mean = self.gain.0 / self.weight;
        let variance = (self.gain.1 / self.weight - mean * mean).max(0.0);
        let independent = (self.weight / self.horizon).max(1.0);
        mean / (variance / independent).sqrt().max(1e-12 * mean.abs()).max(1e-300)
    }

    /// The pooled quantiles; `None` if no model gave a forecast.
    #[must_use]
    pub fn combine(&self, members: &Members, lead: f64) -> Option<Quantiles> {
        members.iter().any(Option::is_some).then(|| mixture(members, &self.weights(members, lead)))
    }

    /// Learns from a forecast whose outcome is known. A model that gave none is taken to have done a little worse than the
    /// reference, so that it starts with a small weight when it comes in.
    pub fn learn(&mut self, members: &Members, outcome: f64) {
        let Some(reference) = members.first().and_then(Option::as_ref) else { return };
        let absent = 1.2 * quantile_crps(reference, outcome);
        let score = |count| quantile_crps(&mixture(members, &self.weights_of(members, count)), outcome);
        let gain = score(self.safe) - score(members.len());
        self.gain = (MEMORY * self.gain.0 + gain, MEMORY * self.gain.1 + gain * gain);
        for (loss, member) in self.losses.iter_mut().zip(members) {
            *loss = MEMORY * *loss + member.as_ref().map_or(absent, |member| quantile_crps(member, outcome));
        }
        self.weight = MEMORY * self.weight + 1.0;
    }
}

/// Standard errors of gain at which the whole pool takes over.
const CONVINCED: f64 = 1.0;
/// Share of the evidence of the one-step pool that counts at horizon 1, falling with the square root of the horizon.
const LEAD: f64 = 2.5;

fn mixture(members: &Members, weights: &[f64]) -> Quantiles {
    let mut pooled = [0.0; LEVELS];
    for (weight, member) in weights.iter().zip(members) {
        if let Some(member) = member.as_ref().filter(|_| *weight > 0.0) {
            pooled.iter_mut().zip(member.iter()).for_each(|(sum, quantile)| *sum += weight * quantile);
        }
    }
    pooled
}
