//! Credibility: what a group's own few years are worth against the experience of all groups.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::LossError;
use crate::minimise::minimise;
use crate::severity::Law;
use crate::special::ln_gamma;

/// A group's events and exposure (firm-years).
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Name.
    pub id: String,
    /// Events.
    pub events: f64,
    /// Firm-years.
    pub exposure: f64,
}

/// A group's rate after credibility.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Posterior {
    /// Name.
    pub id: String,
    /// Weight of the group's own experience.
    pub credibility: f64,
    /// Own rate.
    pub own: f64,
    /// Rate after credibility.
    pub rate: f64,
    /// 5 % point; absent in the distribution-free model.
    pub low: Option<f64>,
    /// 95 % point; absent in the distribution-free model.
    pub high: Option<f64>,
}

/// The prior over groups and every group's posterior.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Credibility {
    /// Rate of the collective.
    pub collective: f64,
    /// Exposure at which a group counts half: the prior's exposure (gamma-Poisson) or k (Buehlmann-Straub); infinite
    /// when the groups do not differ.
    pub half_exposure: f64,
    /// Groups in the order given.
    pub groups: Vec<Posterior>,
}

/// Gamma-Poisson: rates are Gamma(shape, shape / mean) over groups, estimated by marginal (negative binomial) likelihood;
/// a group's posterior is Gamma(shape + events, prior exposure + exposure).
///
/// # Errors
/// [`LossError::Invalid`] with fewer than two groups or no events.
pub fn gamma_poisson(groups: &[Group]) -> Result<Credibility, LossError> {
    let (events, exposure) = totals(groups)?;
    let mean = events / exposure;
    let loss = |free: &[f64]| {
        let (shape, mean) = (free[0].clamp(-25.0, 25.0).exp(), free[1].exp());
        groups
            .iter()
            .map(|group| {
                let expected = mean * group.exposure;
                let n = group.events;
                let odds = n * (expected / (shape + expected)).ln() - shape * (expected / shape).ln_1p();
                -(ln_gamma(shape + n) - ln_gamma(shape) - ln_gamma(n + 1.0) + odds)
            })
            .sum()
    };
    let (free, _) = minimise(&[0.0, mean.ln()], &loss);
    let (shape, mean) = (free[0].clamp(-25.0, 25.0).exp(), free[1].exp());
    let prior = shape / mean;
    let posterior = |group: &Group| {
        let law = Law::Gamma { shape: shape + group.events, scale: 1.0 / (prior + group.exposure) };
        Posterior {
            id: group.id.clone(),
            credibility: group.exposure / (group.exposure + prior),
            own: group.events / group.exposure,
            rate: (shape + group.events) / (prior + group.exposure),
            low: Some(law.quantile(0.95)),
            high: Some(law.quantile(0.05)),
        }
    };
    Ok(Credibility { collective: mean, half_exposure: prior, groups: groups.iter().map(posterior).collect() })
}

fn totals(groups: &[Group]) -> Result<(f64, f64), LossError> {
    let events: f64 = groups.iter().map(|group| group.events).sum();
    let exposure: f64 = groups.iter().map(|group| group.exposure).sum();
    if groups.len() < 2 || events <= 0.0 || groups.iter().any(|group| group.exposure <= 0.0) {
        return Err(LossError::field("group", "credibility needs two groups with exposure, and events"));
    }
    Ok((events, exposure))
}

/// One group's observations in several periods: (value per unit, weight).
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name.
    pub id: String,
    /// Value per unit of weight, and the weight.
    pub periods: Vec<(f64, f64)>,
}

/// Buehlmann-Straub with the unbiased estimators of the structure (Buehlmann and Gisler, A Course in Credibility Theory,
/// section 4.8): Z = w / (w + k), k = within / between, collective value weighted by Z.
///
/// # Errors
/// [`LossError::Invalid`] with fewer than two groups or without repeated periods.
pub fn buhlmann_straub(groups: &[Series]) -> Result<Credibility, LossError> {
    let free: f64 = groups.iter().map(|group| group.periods.len() as f64 - 1.0).sum();
    if groups.len() < 2 || groups.iter().any(|group| group.periods.is_empty()) || free < 1.0 {
        return Err(LossError::field("group", "needs two groups and at least one of them with two periods"));
    }
    let weight = |group: &Series| group.periods.iter().map(|period| period.1).sum::<f64>();
    let own = |group: &Series| group.periods.iter().map(|(x, w)| x * w).sum::<f64>() / weight(group);
    let total: f64 = groups.iter().map(weight).sum();
    let mean = groups.iter().map(|group| own(group) * weight(group)).sum::<f64>() / total;
    let within: f64 = groups
        .iter()
        .map(|group| group.periods.iter().map(|(x, w)| w * (x - own(group)).powi(2)).sum::<f64>())
        .sum::<f64>()
        / free;
    let count = groups.len() as f64;
    let scatter: f64 = groups.iter().map(|group| weight(group) * (own(group) - mean).powi(2)).sum();
    let squares: f64 = groups.iter().map(|group| weight(group).powi(2)).sum();
    let between = ((scatter - (count - 1.0) * within) / (total - squares / total)).max(0.0);
    let k = if between > 0.0 { within / between } else { f64::INFINITY };
    let z = |group: &Series| if k.is_finite() { weight(group) / (weight(group) + k) } else { 0.0 };
    let z_total: f64 = groups.iter().map(z).sum();
    let collective = if z_total > 0.0 {
        groups.iter().map(|group| z(group) * own(group)).sum::<f64>() / z_total
    } else {
        mean
    };
    let posterior = |group: &Series| Posterior {
        id: group.id.clone(),
        credibility: z(group),
        own: own(group),
        rate: z(group) * own(group) + (1.0 - z(group)) * collective,
        low: None,
        high: None,
    };
    Ok(Credibility { collective, half_exposure: k, groups: groups.iter().map(posterior).collect() })
}
