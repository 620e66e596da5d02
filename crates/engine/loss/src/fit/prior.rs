//! The prior table: what is known of rates and losses, each row with its data, method, number and interval.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::channel::proportion;
use super::severity::{Family, Fit, Observation, fit};
use super::{lognormal_from_mean, lognormal_from_mean_and_median};
use crate::error::LossError;
use crate::severity::Law;

/// Name of this version of the table's form.
pub const PRIOR_SCHEMA: &str = "shinayaka.prior/1";

/// A published table of priors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorTable {
    /// `shinayaka.prior/1`.
    pub schema: String,
    /// Release of the table.
    pub version: String,
    /// What it covers.
    pub title: String,
    /// SHA-256 of the data the rows were computed from.
    pub data_sha256: String,
    /// Rows.
    pub rows: Vec<PriorRow>,
}

/// One prior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorRow {
    /// Unique name.
    pub id: String,
    /// What the row is about.
    pub quantity: String,
    /// Unit of the parameters' underlying amounts.
    pub unit: String,
    /// Distribution kind of the model file, or `number`.
    pub kind: String,
    /// Parameters with intervals where the data give them.
    pub parameters: BTreeMap<String, PriorValue>,
    /// Number of observations.
    pub n: f64,
    /// How the parameters were obtained.
    pub method: String,
    /// How the cases became known: survey | mandatory report | press | court.
    pub channel: String,
    /// Publication and table.
    pub source: String,
}

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorValue {
    /// Best value.
    pub value: f64,
    /// 5 % point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// 95 % point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl PriorValue {
    fn plain(value: f64) -> Self {
        Self { value, low: None, high: None }
    }
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A table of fitted severities, one row a class, best family first kept.
pub fn from_fits(version: &str, title: &str, data: &[u8], unit: &str, fits: &[(String, Fit)]) -> PriorTable {
    let rows = fits.iter().map(|(class, fit)| PriorRow {
        id: if class.is_empty() { "all".into() } else { class.clone() },
        quantity: "loss of one incident".into(),
        unit: unit.into(),
        kind: serde_json::to_value(fit.family)
            .ok()
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        parameters: fit
            .parameters
            .iter()
            .map(|(name, estimate)| {
                let finite = |value: f64| value.is_finite().then_some(value);
                let value = PriorValue {
                    value: estimate.value,
                    low: finite(estimate.low),
                    high: finite(estimate.high),
                };
                (name.clone(), value)
            })
            .collect(),
        n: fit.n,
        method: format!("maximum likelihood, log-likelihood {:.6}, AIC {:.6}", fit.log_likelihood, fit.aic),
        channel: "as given by the data".into(),
        source: "the data file named by data_sha256".into(),
    });
    PriorTable {
        schema: PRIOR_SCHEMA.into(),
        version: version.into(),
        title: title.into(),
        data_sha256: sha256(data),
        rows: rows.collect(),
    }
}

/// The published figures behind the first Japanese table.
const SURVEYS: &str = include_str!("../../data/surveys-japan-1.json");

#[derive(Deserialize)]
struct Surveys {
    rows: Vec<Survey>,
}

#[derive(Deserialize)]
struct Survey {
    id: String,
    quantity: String,
    unit: String,
    channel: String,
    source: String,
    n: f64,
    figures: Figures,
}

/// What the publication prints.
#[derive(Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
enum Figures {
    /// `hit` of n had at least one event in a year.
    Hit { hit: f64 },
    /// Mean, and the part at or above a value.
    MeanAndTail { mean: f64, value: f64, part: f64 },
    /// Counts in bins; a missing end is infinite.
    Bins { bins: Vec<(f64, Option<f64>, f64)> },
    /// Mean and median.
    MeanAndMedian { mean: f64, median: f64 },
    /// `part` of n.
    Part { part: f64 },
    /// A number as printed.
    Number { value: f64 },
}

/// The first Japanese prior table, computed from the published surveys in `data/surveys-japan-1.json`.
///
/// # Errors
/// None with the shipped data; the signature is that of the methods it calls.
pub fn japan() -> Result<PriorTable, LossError> {
    let surveys: Surveys =
        serde_json::from_str(SURVEYS).map_err(|error| LossError::at(error.line(), "", error.to_string()))?;
    let rows = surveys.rows.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(PriorTable {
        schema: PRIOR_SCHEMA.into(),
        version: "2026.1".into(),
        title: "Cyber incidents at Japanese organisations: rates and losses from published surveys".into(),
        data_sha256: sha256(SURVEYS.as_bytes()),
        rows,
    })
}

fn row(survey: Survey) -> Result<PriorRow, LossError> {
    let n = survey.n;
    let (kind, parameters, method) = match &survey.figures {
        Figures::Hit { hit } => {
            let part = proportion(*hit, n);
            let rate = |p: f64| -(1.0 - p).ln();
            let value = PriorValue {
                value: rate(part.value),
                low: Some(rate(part.low)),
                high: Some(rate(part.high)),
            };
            let method =
                "rate = -ln(1 - part of the firms hit in a year); interval from the Jeffreys posterior";
            ("poisson", vec![("rate", value)], method)
        }
        Figures::MeanAndTail { mean, value, part } => {
            let law = lognormal_from_mean(*mean, *value, *part);
            (
                "lognormal",
                lognormal(law, &survey.id)?,
                "lognormal with the mean and the tail probability printed",
            )
        }
        Figures::MeanAndMedian { mean, median } => {
            let law = lognormal_from_mean_and_median(*mean, *median);
            ("lognormal", lognormal(law, &survey.id)?, "lognormal with the mean and the median printed")
        }
        Figures::Bins { bins } => {
            let observation = |(low, high, count): &(f64, Option<f64>, f64)| Observation {
                low: *low,
                high: high.unwrap_or(f64::INFINITY),
                left: 0.0,
                right: f64::INFINITY,
                count: *count,
            };
            let found = fit(Family::Lognormal, &bins.iter().map(observation).collect::<Vec<_>>())?;
            let value = |name: &str| {
                let estimate = found.parameters[name];
                PriorValue { value: estimate.value, low: Some(estimate.low), high: Some(estimate.high) }
            };
            let method = "maximum likelihood from the binned counts";
            ("lognormal", vec![("mu", value("mu")), ("sigma", value("sigma"))], method)
        }
        Figures::Part { part } => {
            let found = proportion(part * n, n);
            let value = PriorValue { value: *part, low: Some(found.low), high: Some(found.high) };
            ("number", vec![("probability", value)], "proportion; interval from the Jeffreys posterior")
        }
        Figures::Number { value } => ("number", vec![("value", PriorValue::plain(*value))], "as printed"),
    };
    Ok(PriorRow {
        id: survey.id,
        quantity: survey.quantity,
        unit: survey.unit,
        kind: kind.into(),
        parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        n,
        method: method.into(),
        channel: survey.channel,
        source: survey.source,
    })
}

fn lognormal(law: Option<Law>, id: &str) -> Result<Vec<(&'static str, PriorValue)>, LossError> {
    match law {
        Some(Law::Lognormal { mu, sigma }) => {
            Ok(vec![("mu", PriorValue::plain(mu)), ("sigma", PriorValue::plain(sigma))])
        }
        _ => Err(LossError::field(id, "no lognormal has these figures")),
    }
}

/// The published JSON Schema of [`PriorTable`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(PriorTable).to_value()
}
