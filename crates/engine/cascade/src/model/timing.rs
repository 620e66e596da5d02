//! A duration that may be uncertain, and the evidence for it.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use statrs::distribution::{ContinuousCDF, Normal};

use super::duration::{Duration, DurationVisitor};

/// The standard normal quantile of 0.9: turns P50 and P90 of a lognormal into its parameters.
const Z90: f64 = 1.281_551_565_544_600_4;

/// How a duration varies. All parameters are durations; every law is cut at [`Duration::MAX`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Always this long.
    Fixed(Duration),
    /// Lognormal with the median `p50` and the 90th percentile `p90`.
    Lognormal { p50: Duration, p90: Duration },
    /// Uniform between `min` and `max`.
    Uniform { min: Duration, max: Duration },
    /// Triangular between `min` and `max` with its peak at `mode`.
    Triangular { min: Duration, mode: Duration, max: Duration },
    /// Exponential with mean `mean`.
    Exponential { mean: Duration },
}

impl Law {
    /// The duration below which a share `u` (0 < u < 1) of the draws falls. Increasing in `u`.
    pub fn quantile(&self, u: f64) -> Duration {
        let between = |a: Duration, b: Duration, share: f64| a.hours() + (b.hours() - a.hours()) * share;
        let hours = match *self {
            Self::Fixed(value) => return value,
            Self::Lognormal { p50, p90 } => {
                let sigma = (p90.hours() / p50.hours()).ln() / Z90;
                p50.hours() * (sigma * standard_normal_quantile(u)).exp()
            }
            Self::Uniform { min, max } => between(min, max, u),
            Self::Triangular { min, mode, max } => {
                triangular_quantile(min.hours(), mode.hours(), max.hours(), u)
            }
            Self::Exponential { mean } => -mean.hours() * (-u).ln_1p(),
        };
        Duration::from_hours(hours)
    }

    /// The median.
    pub fn median(&self) -> Duration {
        match *self {
            Self::Fixed(value) => value,
            Self::Lognormal { p50, .. } => p50,
            _ => self.quantile(0.5),
        }
    }

    /// Whether the law has one value only.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }
}

fn standard_normal_quantile(u: f64) -> f64 {
    Normal::standard().inverse_cdf(u)
}

fn triangular_quantile(min: f64, mode: f64, max: f64, u: f64) -> f64 {
    if max <= min {
        return min;
    }
    let peak = (mode - min) / (max - min);
    if u < peak {
        min + (u * (max - min) * (mode - min)).sqrt()
    } else {
        max - ((1.0 - u) * (max - min) * (max - mode)).sqrt()
    }
}

/// How well a figure is known, from worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceGrade {
    Guess,
    VendorClaim,
    Contract,
    Exercise,
    Incident,
}

impl EvidenceGrade {
    const ALL: [(Self, &str); 5] = [
        (Self::Guess, "guess"),
        (Self::VendorClaim, "vendor_claim"),
        (Self::Contract, "contract"),
        (Self::Exercise, "exercise"),
        (Self::Incident, "incident"),
    ];

    /// Whether somebody has seen it happen, in an exercise or an incident.
    pub fn is_tested(self) -> bool {
        self >= Self::Exercise
    }
}

/// A grade and the day it was earned, written `exercise/2026-09-03` or `guess`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub grade: EvidenceGrade,
    pub date: Option<Date>,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            EvidenceGrade::ALL.iter().find(|(grade, _)| *grade == self.grade).map_or("", |(_, name)| name);
        match self.date {
            Some(date) => write!(f, "{name}/{date}"),
            None => f.write_str(name),
        }
    }
}

impl std::str::FromStr for Evidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (grade, date) = text.split_once('/').map_or((text, None), |(grade, date)| (grade, Some(date)));
        let grade = EvidenceGrade::ALL
            .iter()
            .find(|(_, name)| *name == grade)
            .ok_or_else(|| {
                format!(
                    "`{grade}` is not an evidence grade (guess, vendor_claim, contract, exercise, incident)"
                )
            })?
            .0;
        let date = date
            .map(|date| {
                date.parse::<Date>().map_err(|_| format!("`{date}` is not a date such as 2026-09-03"))
            })
            .transpose()?;
        Ok(Self { grade, date })
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Evidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Evidence {
    fn schema_name() -> Cow<'static, str> {
        "Evidence".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(guess|vendor_claim|contract|exercise|incident)(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$",
            "description": "A grade and, after a slash, the day it was earned.",
        })
    }
}

/// A duration with its law and its evidence. Written as a plain duration or as a mapping
/// `{dist: lognormal, p50: 30m, p90: 2h, evidence: exercise/2026-09-03}`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    pub law: Law,
    pub evidence: Option<Evidence>,
}

impl From<Duration> for Timing {
    fn from(value: Duration) -> Self {
        Self { law: Law::Fixed(value), evidence: None }
    }
}

/// The mapping form of a [`Timing`], as it is written.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// `fixed`, `lognormal`, `uniform`, `triangular` or `exponential`; guessed from the parameters when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dist: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p50: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p90: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mean: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
}

impl TryFrom<Written> for Timing {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { dist, value, p50, p90, min, mode, max, mean, evidence } = written;
        let given = (value, p50, p90, min, mode, max, mean);
        let (name, law) = match given {
            (Some(value), None, None, None, None, None, None) => ("fixed", Law::Fixed(value)),
            (None, Some(p50), Some(p90), None, None, None, None) => {
                ("lognormal", Law::Lognormal { p50, p90 })
            }
            (None, None, None, Some(min), None, Some(max), None) => ("uniform", Law::Uniform { min, max }),
            (None, None, None, Some(min), Some(mode), Some(max), None) => {
                ("triangular", Law::Triangular { min, mode, max })
            }
            (None, None, None, None, None, None, Some(mean)) => ("exponential", Law::Exponential { mean }),
            _ => {
                return Err("a distribution has the parameters value, or p50 and p90, or min and max, \
                            or min, mode and max, or mean"
                    .into());
            }
        };
        if let Some(dist) = dist.filter(|dist| dist != name) {
            return Err(format!("the parameters are those of `{name}`, dist says `{dist}`"));
        }
        let ordered = match law {
            Law::Lognormal { p50, p90 } => Duration::ZERO < p50 && p50 <= p90,
            Law::Uniform { min, max } => min <= max,
            Law::Triangular { min, mode, max } => min <= mode && mode <= max,
            Law::Fixed(_) | Law::Exponential { .. } => true,
        };
        if !ordered {
            return Err(format!("the parameters of `{name}` are out of order (p50 must be above 0)"));
        }
        Ok(Self { law, evidence })
    }
}

impl From<&Timing> for Written {
    fn from(timing: &Timing) -> Self {
        let mut written = Self { evidence: timing.evidence, ..Self::default() };
        let name = match timing.law {
            Law::Fixed(value) => {
                written.value = Some(value);
                "fixed"
            }
            Law::Lognormal { p50, p90 } => {
                (written.p50, written.p90) = (Some(p50), Some(p90));
                "lognormal"
            }
            Law::Uniform { min, max } => {
                (written.min, written.max) = (Some(min), Some(max));
                "uniform"
            }
            Law::Triangular { min, mode, max } => {
                (written.min, written.mode, written.max) = (Some(min), Some(mode), Some(max));
                "triangular"
            }
            Law::Exponential { mean } => {
                written.mean = Some(mean);
                "exponential"
            }
        };
        written.dist = Some(name.into());
        written
    }
}

impl Serialize for Timing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self { law: Law::Fixed(value), evidence: None } => value.serialize(serializer),
            _ => Written::from(self).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Timing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimingVisitor)
    }
}

struct TimingVisitor;

impl<'de> de::Visitor<'de> for TimingVisitor {
    type Value = Timing;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as 4h, or a distribution such as {p50: 30m, p90: 2h}")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timing, E> {
        DurationVisitor.visit_str(text).map(Timing::from)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Timing, E> {
        DurationVisitor.visit_u64(number).map(Timing::from)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Timing, E> {
        DurationVisitor.visit_i64(number).map(Timing::from)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Timing, E> {
        DurationVisitor.visit_f64(number).map(Timing::from)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Timing, A::Error> {
        let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Timing::try_from(written).map_err(de::Error::custom)
    }
}

impl JsonSchema for Timing {
    fn schema_name() -> Cow<'static, str> {
        "Timing".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let duration = generator.subschema_for::<Duration>();
        let written = generator.subschema_for::<Written>();
        json_schema!({ "anyOf": [duration, written] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lognormal_meets_its_percentiles() {
        let law = Law::Lognormal { p50: Duration::from_hours(0.5), p90: Duration::from_hours(2.0) };
        assert_eq!(law.median().hours(), 0.5);
        assert!((law.quantile(0.9).hours() - 2.0).abs() < 1e-6);
        assert!((law.quantile(0.5).hours() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn every_law_is_increasing_and_survives_a_round_trip() {
        for text in [
            r#"{"p50":"30m","p90":"2h","evidence":"exercise/2026-09-03"}"#,
            r#"{"min":"1h","max":"3h"}"#,
            r#"{"min":"1h","mode":"2h","max":"4h"}"#,
            r#"{"mean":"2h","evidence":"guess"}"#,
            r#""4h""#,
        ] {
            let timing: Timing = serde_json::from_str(text).unwrap();
            let again: Timing = serde_json::from_str(&serde_json::to_string(&timing).unwrap()).unwrap();
            assert_eq!(timing, again, "{text}");
            let quantiles: Vec<Duration> =
                (1..100).map(|i| timing.law.quantile(f64::from(i) / 100.0)).collect();
            assert!(quantiles.is_sorted(), "{text}");
        }
    }

    #[test]
    fn refuses_broken_distributions() {
        for text in [
            r#"{"p50":"2h"}"#,
            r#"{"p50":"2h","p90":"1h"}"#,
            r#"{"dist":"uniform","p50":"1h","p90":"2h"}"#,
            r#"{"min":"3h","max":"2h"}"#,
            r#"{"p50":"0h","p90":"2h"}"#,
            r#"{"value":"1h","evidence":"rumour"}"#,
            r#"{"value":"1h","evidence":"exercise/2026-13-01"}"#,
            "{}",
            "4",
            "-1",
        ] {
            assert!(serde_json::from_str::<Timing>(text).is_err(), "{text}");
        }
    }
}
