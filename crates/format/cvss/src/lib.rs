//! Scores of CVSS vectors, versions 2.0, 3.0, 3.1 and 4.0: base, temporal, environmental, and what a publisher got wrong.
//!
//! ```
//! use shinayaka_cvss::{Severity, Version, contradiction, score};
//!
//! let scores = score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P")?;
//! assert_eq!((scores.version, scores.base, scores.temporal), (Version::V3_1, 9.8, Some(9.3)));
//! assert_eq!((scores.overall, scores.severity), (9.3, Severity::Critical));
//! // A publisher who wrote the temporal score where the base score belongs:
//! assert_eq!(contradiction("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P", 9.3)?, Some(9.8));
//! # Ok::<(), shinayaka_cvss::Fault>(())
//! ```
//!
//! Version 2 is computed by the crate `cvss`, versions 3 and 4 by `cvss-rs`: each is exact where the other rounds a tenth
//! wrong now and then (docs/decisions/0008-cvss-by-two-crates.md). Source: FIRST, specifications of CVSS 2.0, 3.0, 3.1 and 4.0.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    #[serde(rename = "2.0")]
    V2,
    #[serde(rename = "3.0")]
    V3_0,
    #[serde(rename = "3.1")]
    V3_1,
    #[serde(rename = "4.0")]
    V4,
}

/// The qualitative rating. Version 2 has none of its own: the data bases' is used (low below 4.0, high from 7.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    None,
    Low,
    Medium,
    High,
    Critical,
}

/// What a vector comes to. Scores have one decimal place, from 0.0 to 10.0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    pub version: Version,
    /// Of the base metrics alone.
    pub base: f64,
    /// Version 3 always, version 2 when the vector gives a temporal metric.
    pub temporal: Option<f64>,
    /// Version 3 always, version 2 when the vector gives an environmental metric. In version 3.1 it may lie a tenth from
    /// the base score even when nothing is modified: the specification has it so.
    pub environmental: Option<f64>,
    /// Of everything that the vector gives: environmental, temporal or base score; in version 4 with threat and environment.
    pub overall: f64,
    /// Of `overall`.
    pub severity: Severity,
}

/// Why a text is no vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{vector}` is no CVSS vector: {reason}")]
pub struct Fault {
    /// Its first 200 characters.
    pub vector: String,
    pub reason: String,
}

/// Bytes of a vector; the longest sensible one has about 200.
const MAXIMUM_BYTES: usize = 1000;

const TEMPORAL: [&str; 3] = ["E", "RL", "RC"];
/// Of version 3.
const ENVIRONMENTAL: [&str; 11] = ["CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA"];

/// The scores of a vector. Version 2 may stand in parentheses, as the old data bases wrote it.
///
/// # Errors
/// [`Fault`] when it is no vector, a metric is missing, unknown or given twice.
pub fn score(vector: &str) -> Result<Scores, Fault> {
    let wrong = |reason: String| Fault { vector: vector.chars().take(200).collect(), reason };
    if vector.len() > MAXIMUM_BYTES {
        return Err(wrong(format!("is longer than {MAXIMUM_BYTES} bytes")));
    }
    let metrics = metrics(vector).map_err(wrong)?;
    let given = |names: &[&str]| {
        metrics.iter().any(|(name, value)| names.contains(name) && !matches!(*value, "X" | "ND"))
    };
    if vector.starts_with("CVSS:3.") {
        let read = cvss_rs::v3::CvssV3::from_str(vector).map_err(|error| wrong(error.to_string()))?;
        let version = if vector.starts_with("CVSS:3.0/") { Version::V3_0 } else { Version::V3_1 };
        let base = read.calculated_base_score().ok_or_else(|| wrong("a base metric is missing".into()))?;
        let temporal = read.calculated_temporal_score().unwrap_or(base);
        let environmental = read.calculated_environmental_score().unwrap_or(temporal);
        let overall = match (given(&ENVIRONMENTAL), given(&TEMPORAL)) {
            (true, _) => environmental,
            (false, true) => temporal,
            (false, false) => base,
        };
        Ok(scores(version, base, Some(temporal), Some(environmental), overall))
    } else if vector.starts_with("CVSS:4.0/") {
        let read = cvss_rs::v4_0::CvssV4::from_str(vector).map_err(|error| wrong(error.to_string()))?;
        let missing = || wrong("a base metric is missing".into());
        let base = read.calculated_base_score().ok_or_else(missing)?;
        let overall = read.calculated_full_score().ok_or_else(missing)?;
        // Safety is a value of the modified metrics only.
        if let Some((name, _)) =
            metrics.iter().find(|(name, value)| matches!(*name, "SC" | "SI" | "SA") && *value == "S")
        {
            return Err(wrong(format!("{name} has no value S")));
        }
        Ok(scores(Version::V4, base, None, None, overall))
    } else if vector.starts_with("CVSS:") {
        Err(wrong("its version is none of 2.0, 3.0, 3.1, 4.0".into()))
    } else {
        let plain = vector.trim_start_matches('(').trim_end_matches(')');
        let read = cvss::v2::Vector::from_str(plain).map_err(|error| wrong(error.to_string()))?;
        let complete = ["AV", "AC", "Au", "C", "I", "A"];
        if let Some(missing) = complete.iter().find(|name| !metrics.iter().any(|(given, _)| given == *name)) {
            return Err(wrong(format!("the base metric {missing} is missing")));
        }
        let base = read.score().value();
        let temporal = given(&TEMPORAL).then(|| read.temporal_score().value());
        let environment = ["CDP", "TD", "CR", "IR", "AR"];
        let environmental = given(&environment).then(|| read.environmental_score().value());
        let overall = environmental.or(temporal).unwrap_or(base);
        Ok(scores(Version::V2, base, temporal, environmental, overall))
    }
}

/// The base score that the vector comes to, when a publisher wrote another one beside it.
///
/// # Errors
/// [`Fault`] when it is no vector.
pub fn contradiction(vector: &str, published_base: f64) -> Result<Option<f64>, Fault> {
    let base = score(vector)?.base;
    // Both have one decimal place; half of one is far from any error of rounding.
    Ok(((base - published_base).abs() > 0.05).then_some(base))
}

/// Name and value of each metric.
fn metrics(vector: &str) -> Result<Vec<(&str, &str)>, String> {
    let plain = vector.trim_start_matches('(').trim_end_matches(')');
    let mut metrics: Vec<(&str, &str)> = Vec::new();
    for part in plain.split('/').filter(|part| !part.starts_with("CVSS:")) {
        let Some((name, value)) = part.split_once(':') else {
            return Err(format!("`{}` is no metric", part.chars().take(20).collect::<String>()));
        };
        if metrics.iter().any(|(given, _)| *given == name) {
            return Err(format!("{} is given twice", name.chars().take(20).collect::<String>()));
        }
        metrics.push((name, value));
    }
    Ok(metrics)
}

fn scores(
    version: Version,
    base: f64,
    temporal: Option<f64>,
    environmental: Option<f64>,
    overall: f64,
) -> Scores {
    // The specification of version 2 lets a harmless vector come to minus zero.
    let plain = |score: f64| if score == 0.0 { 0.0 } else { score };
    let (temporal, environmental) = (temporal.map(plain), environmental.map(plain));
    let (base, overall) = (plain(base), plain(overall));
    Scores { version, base, temporal, environmental, overall, severity: severity(version, overall) }
}

/// The rating of a score (CVSS 3.1, section 5; 4.0, section 6).
pub fn severity(version: Version, score: f64) -> Severity {
    match score {
        score if score < 0.05 && version != Version::V2 => Severity::None,
        score if score < 3.95 => Severity::Low,
        score if score < 6.95 => Severity::Medium,
        score if score < 8.95 || version == Version::V2 => Severity::High,
        _ => Severity::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_vector_is_told_why() {
        let cases = [
            "",
            "AV:N",
            "AV:N/AC:L/Au:N/C:N/I:N",
            "AV:N/AC:L/Au:N/C:N/I:N/A:X",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/A:L",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/ZZ:L",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Q",
            "CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:S",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/",
        ];
        for vector in cases {
            let fault = score(vector).expect_err(vector);
            assert!(!fault.reason.is_empty());
        }
        assert_eq!(score("CVSS:3.1/AV:N/AV:N").unwrap_err().reason, "AV is given twice");
        assert!(score(&"A:B/".repeat(500)).unwrap_err().reason.contains("longer"));
    }

    #[test]
    fn ratings_have_the_bounds_of_the_specification() {
        let cases = [
            (0.0, Severity::None),
            (0.1, Severity::Low),
            (3.9, Severity::Low),
            (4.0, Severity::Medium),
            (6.9, Severity::Medium),
            (7.0, Severity::High),
            (8.9, Severity::High),
            (9.0, Severity::Critical),
        ];
        for (score, rating) in cases {
            assert_eq!(severity(Version::V3_1, score), rating);
        }
        assert_eq!(severity(Version::V2, 10.0), Severity::High);
        assert_eq!(score("(AV:N/AC:L/Au:N/C:C/I:C/A:C)").unwrap().base, 10.0);
    }
}
