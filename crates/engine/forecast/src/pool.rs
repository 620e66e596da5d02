//! Pooling the quantiles of several models with weights learnt from the scores of forecasts that have come true.
//!
//! The pool averages quantiles (Vincentisation). The score of a forecast given by quantiles is a sum of pinball losses, convex
//! in each quantile, so the average never scores worse than the weighted mean of its members' scores.

use crate::distribution::{LEVELS, Quantiles};
use crate::score::quantile_crps;

/// Forgetting of past regrets, per scored forecast.
const MEMORY: f64 = 0.99;

/// Weights fall with this power of the ratio of scores: at the start, more with each independent score, at most.
const POWER: (f64, f64, f64) = (2.0, 0.5, 120.0);
/// Most power of the scores at one step in the weights of a longer horizon; it falls with the root of the horizon.
const HINT: f64 = 20.0;
/// Share of the evidence at one step that counts at horizon 1, falling with the square root of the horizon.
const LEAD: f64 = 2.0;
/// Weight of the climatologies in the whole pool: what they are worth is for the evidence to say.
const SAFE_IN_WHOLE: f64 = 0.1;
/// Without evidence the whole pool has a third of the weight; it has all of it one standard error above.
const TRUST: (f64, f64) = (0.5, 1.5);

/// The forecast of each model, where it gave one.
pub type Members = Vec<Option<Box<Quantiles>>>;

/// Weights of the first so many models that fall with a power of the ratio of their past scores.
#[derive(Clone, Debug)]
struct Aggregation {
    horizon: f64,
    /// Weight of each model before any score.
    prior: Vec<f64>,
    /// Discounted sums of scores.
    losses: Vec<f64>,
    /// Discounted number of scores.
    count: f64,
}

impl Aggregation {
    fn new(prior: &[f64], horizon: f64) -> Self {
        Self { horizon, prior: prior.to_vec(), losses: vec![0.0; prior.len()], count: 0.0 }
    }

    fn weights(&self, members: &Members, guide: Option<&Self>) -> Vec<f64> {
        let present = |index: usize| index < self.prior.len() && members[index].is_some();
        let shown = (0..members.len()).filter(|index| present(*index));
        let least = shown.map(|index| self.losses[index]).fold(f64::MAX, f64::min);
        let power = (POWER.0 + POWER.1 * self.count / self.horizon).min(POWER.2);
        let weight = |index: usize| match index {
            _ if !present(index) => 0.0,
            _ if self.losses[index] <= least => self.prior[index],
            _ => self.prior[index] * (least / self.losses[index]).powf(power),
        } * guide.map_or(1.0, |guide| guide.hint(index, self.horizon));
        let mut weights: Vec<f64> = (0..members.len()).map(weight).collect();
        let total: f64 = weights.iter().sum();
        if total > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        weights
    }

    /// What the scores at one step say about a longer horizon, as a factor of the weight.
    fn hint(&self, index: usize, horizon: f64) -> f64 {
        let least = self.losses.iter().copied().fold(f64::MAX, f64::min);
        if index >= self.losses.len() || self.losses[index] <= least {
            return 1.0;
        }
        let power = (POWER.0 + POWER.1 * self.count).min(HINT);
        (least / self.losses[index]).powf(power / horizon.sqrt())
    }

    /// Learns from a known outcome and returns the score of this aggregation. A model that gave no forecast is taken to have
    /// done a little worse than the first, so that it starts with a small weight when it comes in.
    fn learn(&mut self, members: &Members, outcome: f64) -> f64 {
        let pooled = mixture(members, &self.weights(members, None));
        let Some(reference) = members.first().and_then(Option::as_ref) else { return 0.0 };
        let absent = 1.2 * quantile_crps(reference, outcome);
        self.count = MEMORY * self.count + 1.0;
        for (loss, member) in self.losses.iter_mut().zip(members) {
            *loss = MEMORY * *loss + member.as_ref().map_or(absent, |member| quantile_crps(member, outcome));
        }
        pooled.map_or(0.0, |pooled| quantile_crps(&pooled, outcome))
    }
}

/// The weights of one horizon: an aggregation of all models, and one of the climatologies alone.
#[derive(Clone, Debug)]
pub struct Pool {
    horizon: f64,
    whole: Aggregation,
    /// The first so many models hold for a series without memory.
    safe: Aggregation,
    /// Discounted number of scores, sum of (safe score − whole score), and sum of its square.
    gain: (f64, f64, f64),
}

impl Pool {
    /// A pool of that many models for that horizon in steps; the first `safe` models are climatologies.
    #[must_use]
    pub fn new(mut prior: Vec<f64>, safe: usize, horizon: usize) -> Self {
        let horizon = horizon as f64;
        let climatologies = Aggregation::new(&prior[..safe], horizon);
        prior[..safe].iter_mut().for_each(|weight| *weight *= SAFE_IN_WHOLE);
        Self { horizon, whole: Aggregation::new(&prior, horizon), safe: climatologies, gain: (0.0, 0.0, 0.0) }
    }

    /// The present weights. `guide` is the one-step pool, which learns soonest.
    #[must_use]
    pub fn weights(&self, members: &Members, guide: Option<&Self>) -> Vec<f64> {
        let whole = self.whole.weights(members, guide.map(|guide| &guide.whole));
        let safe = self.safe.weights(members, guide.map(|guide| &guide.safe));
        if safe.iter().all(|weight| *weight == 0.0) {
            return whole;
        }
        let known = self.evidence() + guide.map_or(0.0, Self::evidence) * LEAD / self.horizon.sqrt();
        let trust = ((known + TRUST.0) / TRUST.1).clamp(0.0, 1.0);
        whole.iter().zip(&safe).map(|(whole, safe)| safe + trust * (whole - safe)).collect()
    }

    /// Mean gain of the whole pool over the climatologies, in standard errors. Scores of overlapping windows are dependent, so
    /// that a horizon of h steps counts every h-th score.
    #[must_use]
    pub fn evidence(&self) -> f64 {
        let (count, sum, squares) = self.gain;
        if squares <= 0.0 {
            return 0.0;
        }
        let mean = sum / count;
        // About zero, not about the mean: a few equal gains are no certainty.
        let independent = count / self.horizon;
        mean * independent.sqrt() / (squares / count).sqrt()
    }

    /// Learns from forecasts whose outcome is known.
    pub fn learn(&mut self, members: &Members, outcome: f64) {
        let gain = self.safe.learn(members, outcome) - self.whole.learn(members, outcome);
        let (count, sum, squares) = self.gain;
        self.gain = (MEMORY * count + 1.0, MEMORY * sum + gain, MEMORY * squares + gain * gain);
    }
}

/// The weighted mean of the members' quantiles; `None` if no model gave a forecast.
#[must_use]
pub fn mixture(members: &Members, weights: &[f64]) -> Option<Quantiles> {
    let mut pooled = [0.0; LEVELS];
    for (weight, member) in weights.iter().zip(members) {
        if let Some(member) = member.as_ref().filter(|_| *weight > 1e-9) {
            pooled.iter_mut().zip(member.iter()).for_each(|(sum, quantile)| *sum += weight * quantile);
        }
    }
    members.iter().any(Option::is_some).then_some(pooled)
}
