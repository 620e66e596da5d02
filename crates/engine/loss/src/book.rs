//! The model as the engines take it: plain numbers, every risk with its payment and its links to shocks.

use crate::error::LossError;
use crate::frequency::Count;
use crate::model::{Aggregate, Model};
use crate::payment::Payment;
use crate::severity::Law;

/// Everything that is at risk.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// Name of the model, part of every stream key.
    pub id: String,
    /// ISO 4217.
    pub currency: String,
    /// Shared causes.
    pub shocks: Vec<Cause>,
    /// Scenarios and portfolio rows.
    pub risks: Vec<Risk>,
    /// Layers over the sum.
    pub layers: Vec<Cover>,
}

/// A shared cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// Name.
    pub id: String,
    /// Occurrences a year.
    pub rate: f64,
}

/// One line of the book.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// Name.
    pub id: String,
    /// Own events a year.
    pub count: Count,
    /// Payment for one event.
    pub payment: Payment,
    /// Index of a shock and the probability that its occurrence hits this risk.
    pub links: Vec<(usize, f64)>,
}

/// A layer in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Cover {
    /// Name.
    pub id: String,
    /// Whether it covers the year's total rather than each occurrence.
    pub annual: bool,
    /// Money.
    pub attachment: f64,
    /// Money.
    pub limit: f64,
    /// Most in a year before the share, infinite when unlimited.
    pub annual_limit: f64,
    /// Placed part.
    pub share: f64,
}

impl Cover {
    /// What the layer takes of one occurrence or, when annual, of the year's total.
    pub fn take(&self, amount: f64) -> f64 {
        (amount - self.attachment).max(0.0).min(self.limit)
    }

    /// What the layer pays for a year in which it took `taken`.
    pub fn year(&self, taken: f64) -> f64 {
        self.share * taken.min(self.annual_limit)
    }
}

impl Book {
    /// The numbers of a checked model.
    pub fn of(model: &Model) -> Self {
        let shocks = model.shock.iter().map(|shock| Cause { id: shock.id.clone(), rate: shock.rate.value });
        let risks = model.scenario.iter().map(|scenario| risk(model, scenario));
        let layers = model.layer.iter().map(|layer| {
            let annual = matches!(layer.aggregate, Some(Aggregate::Annual(true)));
            let mut annual_limit = match &layer.aggregate {
                Some(Aggregate::Limit(limit)) => limit.value,
                _ => f64::INFINITY,
            };
            if let Some(reinstatements) = &layer.reinstatements {
                annual_limit = annual_limit.min((1.0 + reinstatements.value) * layer.limit.value);
            }
            Cover {
                id: layer.id.clone(),
                annual,
                attachment: layer.attachment.value,
                limit: layer.limit.value,
                annual_limit,
                share: layer.share.as_ref().map_or(1.0, |share| share.value),
            }
        });
        Self {
            id: model.id.clone(),
            currency: model.currency.clone(),
            shocks: shocks.collect(),
            risks: risks.collect(),
            layers: layers.collect(),
        }
    }

    /// E[total of a year]; infinite where it is.
    pub fn mean(&self) -> f64 {
        self.risks.iter().map(|risk| self.event_rate(risk) * or_zero(risk.payment.moment(1))).sum()
    }

    /// Mean number of events of a risk a year, own and by shock, before its deductible.
    pub fn event_rate(&self, risk: &Risk) -> f64 {
        risk.count.mean() + risk.links.iter().map(|(shock, hit)| self.shocks[*shock].rate * hit).sum::<f64>()
    }

    /// Var[total of a year]: own events per risk, and per shock E[(sum of the hits)^2] times its rate.
    pub fn variance(&self) -> f64 {
        let mut variance = 0.0;
        let mut hit_mean = vec![0.0; self.shocks.len()];
        let mut hit_variance = vec![0.0; self.shocks.len()];
        for risk in &self.risks {
            let first = or_zero(risk.payment.moment(1));
            let second = or_zero(risk.payment.moment(2));
            let mean = risk.count.mean();
            if mean > 0.0 {
                variance += mean * (second - first * first) + risk.count.variance() * first * first;
            }
            for (shock, hit) in &risk.links {
                hit_mean[*shock] += hit * first;
                hit_variance[*shock] += hit * second - hit * hit * first * first;
            }
        }
        for (index, shock) in self.shocks.iter().enumerate() {
            variance += shock.rate * (hit_variance[index] + hit_mean[index] * hit_mean[index]);
        }
        variance
    }

    /// E[(total of a year - mean)^3]: cumulants of own events per risk, and per shock its rate times E[(sum of hits)^3].
    pub fn third_central(&self) -> f64 {
        let mut third = 0.0;
        let mut hits = vec![[0.0; 3]; self.shocks.len()];
        for risk in &self.risks {
            let [m1, m2, m3] = [1, 2, 3].map(|order| or_zero(risk.payment.moment(order)));
            let cumulants = |p: f64| {
                let (a, b) = (p * m1, p * m2);
                [a, b - a * a, p * m3 - 3.0 * a * b + 2.0 * a.powi(3)]
            };
            let [first, second, own] = cumulants(1.0);
            if risk.count.mean() > 0.0 {
                third += risk.count.mean() * own
                    + 3.0 * risk.count.variance() * first * second
                    + risk.count.third_central() * first.powi(3);
            }
            for (shock, hit) in &risk.links {
                for (sum, value) in hits[*shock].iter_mut().zip(cumulants(*hit)) {
                    *sum += value;
                }
            }
        }
        for (shock, [first, second, cubed]) in self.shocks.iter().zip(hits) {
            third += shock.rate * (cubed + 3.0 * first * second + first.powi(3));
        }
        third
    }

    /// P(total of a year = 0).
    pub fn p_zero(&self) -> f64 {
        let mut logarithm = 0.0;
        let mut spared = vec![1.0; self.shocks.len()];
        for risk in &self.risks {
            let pays = risk.payment.survival(0.0);
            logarithm += libm::log(risk.count.generate((1.0 - pays).into()).re.max(f64::MIN_POSITIVE));
            for (shock, hit) in &risk.links {
                spared[*shock] *= 1.0 - hit * pays;
            }
        }
        for (shock, spared) in self.shocks.iter().zip(spared) {
            logarithm += shock.rate * (spared - 1.0);
        }
        libm::exp(logarithm)
    }

    /// Largest tail index among the payments that can happen; moments of order 1 / index are infinite.
    pub fn tail_index(&self) -> f64 {
        self.risks
            .iter()
            .filter(|risk| self.event_rate(risk) > 0.0)
            .map(|risk| risk.payment.tail_index())
            .fold(0.0, f64::max)
    }

    /// Why the mean does not exist, when it does not.
    pub fn infinite_mean(&self) -> Option<String> {
        self.infinite_moment(1.0).map(|(id, xi)| {
            format!(
                "the mean of scenario {id:?} is infinite (tail index xi = {xi:.3} >= 1), so mean and TVaR do not \
                 exist: give a physical cap (severity.cap) or a limit (terms.limit)"
            )
        })
    }

    /// Why the standard deviation does not exist, when it does not.
    pub fn infinite_variance(&self) -> Option<String> {
        self.infinite_moment(2.0).map(|(id, xi)| {
            format!("the variance of scenario {id:?} is infinite (tail index xi = {xi:.3} >= 1/2)")
        })
    }

    fn infinite_moment(&self, order: f64) -> Option<(&str, f64)> {
        self.risks.iter().find_map(|risk| {
            let xi = risk.payment.tail_index();
            (xi * order >= 1.0 && self.event_rate(risk) > 0.0).then_some((risk.id.as_str(), xi))
        })
    }

    /// Refuses a book in which nothing is at risk.
    ///
    /// # Errors
    /// [`LossError::Invalid`] when there is no scenario.
    pub fn require_risks(&self) -> Result<(), LossError> {
        if self.risks.is_empty() {
            return Err(LossError::field("scenario", "the model has no scenario and no portfolio row"));
        }
        Ok(())
    }
}

/// A payment that never happens has moment 0 even where infinity times 0 would say otherwise.
fn or_zero(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

fn risk(model: &Model, scenario: &crate::model::Scenario) -> Risk {
    let (law, cap) = Law::of(&scenario.severity);
    let terms = &scenario.terms;
    let hour = scenario.loss_per_hour.as_ref().map_or(1.0, |loss| loss.value);
    let waiting = terms.waiting_hours.as_ref().map_or(0.0, |hours| hours.value * hour);
    let payment = Payment {
        law,
        cap,
        scale: hour,
        deductible: waiting + terms.deductible.as_ref().map_or(0.0, |deductible| deductible.value),
        limit: terms.limit.as_ref().map_or(f64::INFINITY, |limit| limit.value),
        share: terms.share.as_ref().map_or(1.0, |share| share.value),
    };
    let links = scenario.shocks.iter().filter_map(|link| {
        let (index, shock) = model.shock.iter().enumerate().find(|(_, shock)| shock.id == link.id)?;
        let probability = link.probability.as_ref().or(shock.probability.as_ref())?;
        Some((index, probability.value))
    });
    Risk { id: scenario.id.clone(), count: Count::of(&scenario.frequency), payment, links: links.collect() }
}
