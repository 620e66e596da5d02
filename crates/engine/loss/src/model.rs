//! The model file `shinayaka.risk/1`: what is at risk, how often, how much, under which terms and controls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of this version of the model file.
pub const SCHEMA: &str = "shinayaka.risk/1";

/// A number, alone or with its source: `3.0` or `{ value = 3.0, low = 2.0, high = 4.5, source = "survey X, table 2" }`.
/// `low` and `high` are the bounds of a 90 % interval and feed the bands from parameter uncertainty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "QuantityForm", into = "QuantityForm")]
pub struct Quantity {
    /// The number used.
    pub value: f64,
    /// The 5 % and 95 % points of what is known about it.
    pub interval: Option<(f64, f64)>,
    /// Where it comes from.
    pub provenance: Option<Provenance>,
}

impl From<f64> for Quantity {
    fn from(value: f64) -> Self {
        Self { value, interval: None, provenance: None }
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        QuantityForm::json_schema(generator)
    }
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Expert, data set with filter, or paper with table.
    pub source: String,
    /// Date of the source or of the judgement (ISO 8601, a year is enough).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Anything a reader must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The two written forms of a [`Quantity`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum QuantityForm {
    Plain(f64),
    Sourced {
        value: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
}

impl From<QuantityForm> for Quantity {
    fn from(form: QuantityForm) -> Self {
        match form {
            QuantityForm::Plain(value) => value.into(),
            QuantityForm::Sourced { value, low, high, source, date, note } => Self {
                value,
                interval: low.zip(high),
                provenance: source.map(|source| Provenance { source, date, note }),
            },
        }
    }
}

impl From<Quantity> for QuantityForm {
    fn from(quantity: Quantity) -> Self {
        if quantity.interval.is_none() && quantity.provenance.is_none() {
            return Self::Plain(quantity.value);
        }
        let (source, date, note) = match quantity.provenance {
            Some(provenance) => (Some(provenance.source), provenance.date, provenance.note),
            None => (None, None, None),
        };
        let (low, high) = quantity.interval.unzip();
        Self::Sourced { value: quantity.value, low, high, source, date, note }
    }
}

/// The whole model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Always `shinayaka.risk/1`.
    pub schema: String,
    /// Name of the model; part of the key of every random stream. Two models with the same name and the same
    /// scenario ids are compared under common random numbers.
    #[serde(default)]
    pub id: String,
    /// ISO 4217 code of every amount of money in the file.
    pub currency: String,
    /// Free text for readers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Causes that hit several scenarios at once.
    #[serde(default)]
    pub shock: Vec<Shock>,
    /// What can happen.
    #[serde(default)]
    pub scenario: Vec<Scenario>,
    /// Insurance or reinsurance layers over the sum of all scenarios.
    #[serde(default)]
    pub layer: Vec<Layer>,
    /// Measures that could be taken, for `plan`; none of them acts in `simulate` and `exact`.
    #[serde(default)]
    pub control: Vec<Control>,
    /// Points of the tolerance line of the loss exceedance plot.
    #[serde(default)]
    pub tolerance: Vec<Tolerance>,
}

/// A cause shared by scenarios: a provider outage, a worm. Occurs as a Poisson process.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shock {
    /// Unique name.
    pub id: String,
    /// Occurrences per year.
    pub rate: Quantity,
    /// Default probability that an occurrence hits a linked scenario, independently of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Quantity>,
}

/// One kind of loss event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Unique name; part of the key of its random streams.
    pub id: String,
    /// Number of own events a year (shock events come on top).
    pub frequency: Frequency,
    /// Ground-up loss of one event, in money; or outage hours when `loss_per_hour` is given.
    pub severity: Severity,
    /// Money lost per hour of outage; makes `severity` a duration in hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_per_hour: Option<Quantity>,
    /// Terms per event.
    #[serde(default)]
    pub terms: Terms,
    /// Shocks that can hit this scenario.
    #[serde(default)]
    pub shocks: Vec<ShockLink>,
}

/// Distribution of the number of events a year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Frequency {
    /// Events per year, independent.
    Poisson {
        /// Mean.
        rate: Quantity,
    },
    /// Variance = mean + mean^2 / size. Also written with `r` and `beta` (mean = r beta).
    NegativeBinomial {
        /// Mean.
        mean: Quantity,
        /// Size r: the smaller, the more the years differ.
        size: Quantity,
    },
    /// With probability `zero` the year is quiet, else Poisson.
    ZeroInflatedPoisson {
        /// Mean of the Poisson part.
        rate: Quantity,
        /// Probability of a quiet year on top of the Poisson's own.
        zero: Quantity,
    },
    /// At most `trials` events.
    Binomial {
        /// Number of trials, an integer.
        trials: Quantity,
        /// Probability of each.
        probability: Quantity,
    },
    /// P(N = n) for n = 0, 1, ...
    Table {
        /// They sum to 1.
        probabilities: Vec<f64>,
    },
    /// `base` with its probability of zero replaced by `p_zero` (0 truncates it): the (a, b, 1) class.
    ZeroModified {
        /// P(N = 0).
        p_zero: Quantity,
        /// The distribution that is modified.
        base: Box<Frequency>,
    },
    /// A number of causes, each with a number of events: Neyman type A, Poisson-ETNB.
    Compound {
        /// Number of causes.
        primary: Box<Frequency>,
        /// Events of each cause.
        secondary: Box<Frequency>,
    },
}

/// Distribution of the loss of one event, with an optional physical cap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Severity {
    /// The distribution.
    #[serde(flatten)]
    pub shape: Shape,
    /// No event can cost more than this (customer base x cost each, balance sheet): X becomes min(X, cap).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Quantity>,
}

/// The distributions of one event's loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    /// ln X is normal.
    Lognormal {
        /// Mean of ln X.
        mu: Quantity,
        /// Standard deviation of ln X.
        sigma: Quantity,
    },
    /// Generalised Pareto above `threshold`: S(x) = (1 + xi (x - threshold) / beta)^(-1 / xi).
    Gpd {
        /// Tail index; the mean is infinite from 1 on.
        xi: Quantity,
        /// Scale.
        beta: Quantity,
        /// Lower end, 0 when absent.
        #[serde(default)]
        threshold: Quantity,
    },
    /// Without `minimum` Pareto type II (Lomax): S(x) = (scale / (scale + x))^alpha. With `minimum` instead of `scale`
    /// type I: S(x) = (minimum / x)^alpha.
    Pareto {
        /// Tail exponent; the mean is infinite up to 1.
        alpha: Quantity,
        /// Scale of type II.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scale: Option<Quantity>,
        /// Lower end of type I.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<Quantity>,
    },
    /// Mean = shape x scale.
    Gamma {
        /// Shape.
        shape: Quantity,
        /// Scale.
        scale: Quantity,
    },
    /// S(x) = exp(-(x / scale)^shape).
    Weibull {
        /// Shape.
        shape: Quantity,
        /// Scale.
        scale: Quantity,
    },
    /// `body` up to `threshold`, `tail` (shifted to start there) above it.
    Spliced {
        /// Where the tail starts.
        threshold: Quantity,
        /// Probability of exceeding the threshold; the body's own when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tail_probability: Option<Quantity>,
        /// Distribution conditional on not exceeding the threshold.
        body: Box<Shape>,
        /// Distribution of the excess over the threshold.
        tail: Box<Shape>,
    },
    /// Beta on [low, high] with mean (low + weight mode + high) / (weight + 2).
    Pert {
        /// Least.
        low: Quantity,
        /// Most likely.
        mode: Quantity,
        /// Most.
        high: Quantity,
        /// Weight of the mode, 4 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weight: Option<Quantity>,
    },
    /// The given values, equally likely or with weights.
    Empirical {
        /// Losses.
        values: Vec<f64>,
        /// Relative weights.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weights: Option<Vec<f64>>,
    },
}

/// Terms per event: payment = share x min(max(loss - deductible, 0), limit). Waiting hours come off the outage first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Money retained from each event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deductible: Option<Quantity>,
    /// Most that is paid for an event, after the deductible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Quantity>,
    /// Hours of each outage that are not paid; needs `loss_per_hour` in the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_hours: Option<Quantity>,
    /// Part of the payment that counts, 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Quantity>,
}

/// A scenario's link to a shock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShockLink {
    /// Id of the shock.
    pub id: String,
    /// Probability that the shock hits this scenario; the shock's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Quantity>,
}

/// Annual limit of a layer, or `true` for a layer over the year's total instead of over each occurrence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Aggregate {
    /// `true`: attachment and limit apply to the annual total.
    Annual(bool),
    /// Most that an occurrence layer pays in a year.
    Limit(Quantity),
}

/// A layer `limit` xs `attachment`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Unique name.
    pub id: String,
    /// The layer pays above this.
    pub attachment: Quantity,
    /// Most that is paid per occurrence (or per year with `aggregate = true`).
    pub limit: Quantity,
    /// Annual form or annual limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Aggregate>,
    /// Number of times the limit is restored: the annual limit is (1 + reinstatements) x limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reinstatements: Option<Quantity>,
    /// Part of the layer that is placed, 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Quantity>,
}

/// What a control changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The number of events (own and by shock).
    #[default]
    Frequency,
    /// The size of each event.
    Severity,
}

/// A measure that could be taken. It multiplies what it acts on by 1 - efficacy x coverage x reliability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Unique name.
    pub id: String,
    /// Money a year.
    pub cost: Quantity,
    /// Ids of the scenarios it acts on.
    pub acts_on: Vec<String>,
    /// Part of the events (or of the loss) it prevents where it works.
    pub efficacy: Quantity,
    /// Part of the estate it covers, 1 when absent.
    #[serde(default = "one")]
    pub coverage: Quantity,
    /// Part of the time it works, 1 when absent.
    #[serde(default = "one")]
    pub reliability: Quantity,
    /// Frequency when absent.
    #[serde(default)]
    pub effect: Effect,
    /// Inside a group (controls without one form a group too) what controls leave multiplies; across groups, which are
    /// taken to fail together, only the strongest group counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

fn one() -> Quantity {
    1.0.into()
}

/// A point of the tolerance line: losses above `loss` are to be rarer than once in `return_period` years.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// Money.
    pub loss: Quantity,
    /// Years.
    pub return_period: Quantity,
}

/// The published JSON Schema of the model file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Model).to_value()
}

/// How many numbers of the model name no source.
pub fn unsourced(model: &Model) -> usize {
    serde_json::to_value(model).map_or(0, |value| count_unsourced(&value, ""))
}

/// Plain numbers are unsourced, tables with a `value` are when they have no `source`; list items such as table
/// probabilities count once with their list.
fn count_unsourced(value: &serde_json::Value, key: &str) -> usize {
    use serde_json::Value as Json;
    match value {
        Json::Number(_) => usize::from(!["value", "low", "high"].contains(&key)),
        Json::Array(items) if items.iter().all(Json::is_number) => usize::from(!items.is_empty()),
        Json::Array(items) => items.iter().map(|item| count_unsourced(item, "")).sum(),
        Json::Object(map) => {
            let bare = map.contains_key("value") && !map.contains_key("source");
            usize::from(bare) + map.iter().map(|(key, item)| count_unsourced(item, key)).sum::<usize>()
        }
        _ => 0,
    }
}
