//! From what is known to a decision with a due date and its reasons, by the table of BOD 26-04 (CISA, 2026-06-10).

use serde::Serialize;

use super::intelligence::{Intelligence, Known};
use super::table::Table;

/// Days that each decision leaves; `None`: with the next upgrade of the system.
const DUE: [(&str, Option<u32>); 5] = [
    ("on_upgrade", None),
    ("60_days", Some(60)),
    ("14_days", Some(14)),
    ("3_days", Some(3)),
    ("3_days_and_forensics", Some(3)),
];

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Priority {
    pub decision: String,
    /// Days from the day of the finding; null when the next upgrade is soon enough.
    pub due_days: Option<u32>,
    pub table: String,
    pub reasons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_percentile: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_exploitation: Option<f64>,
    /// Catalogues that list the vulnerability, and those that were read and do not.
    pub listed_by: Vec<String>,
    pub not_listed_by: Vec<String>,
}

/// The table that comes with the program.
///
/// # Panics
/// Never: a test reads the embedded file.
pub fn directive() -> Table {
    Table::read_plain("cisa:DT_BOD2604:1.0.0", include_str!("../../data/bod-26-04.csv"))
        .expect("a test reads the embedded table")
}

/// `exposed`: reachable over public networks; `None` when nobody said so, which counts as not exposed, with the reason
/// shown. Of what is not known about the flaw itself the more urgent is taken, and said.
pub fn prioritise(table: &Table, all: &Intelligence, cve: &str, exposed: Option<bool>) -> Priority {
    let nothing = Known::default();
    let known = all.vulnerabilities.get(cve).unwrap_or(&nothing);
    let mut reasons = Vec::new();
    let listed = !known.catalogues.is_empty();
    let not_listed_by: Vec<String> =
        all.catalogues.iter().filter(|name| !known.catalogues.contains_key(*name)).cloned().collect();
    for (name, day) in &known.catalogues {
        reasons.push(format!("{name} lists it as exploited since {day}"));
    }
    if listed && !not_listed_by.is_empty() {
        reasons.push(format!("the catalogues disagree: {} not listing it", not_listed_by.join(", ")));
    }
    if !listed {
        reasons.push(match all.catalogues.len() {
            0 => "no catalogue of exploited vulnerabilities was given".to_owned(),
            read => format!("none of {read} catalogues lists it"),
        });
    }
    reasons.push(match exposed {
        Some(true) => "the component is publicly exposed".to_owned(),
        Some(false) => "the component is not publicly exposed".to_owned(),
        None => "nobody said that the component is publicly exposed".to_owned(),
    });
    let mut judged = |value: Option<bool>, yes: &str, no: &str| {
        let text = if value.unwrap_or(true) { yes } else { no };
        let assumed = if value.is_none() { " (not known, the graver assumed)" } else { "" };
        reasons.push(format!("{text}{assumed}"));
        value.unwrap_or(true)
    };
    let automatable = judged(known.automatable, "attacks can be automated", "attacks cannot be automated");
    let total =
        judged(known.total_impact, "the technical impact is total", "the technical impact is partial");
    if let Some(percentile) = known.percentile {
        let model = all.epss_model.as_deref().unwrap_or("of unknown version");
        reasons.push(format!("EPSS at percentile {:.1} (model {model})", percentile * 100.0));
    }
    if known.ransomware == Some(true) {
        reasons.push("known to be used for ransomware".to_owned());
    }
    let word = |yes: bool| if yes { "yes" } else { "no" };
    let answer = |point: &super::table::Point| {
        let value = match point.id.as_str() {
            "known_exploited" => word(listed),
            "publicly_exposed" => word(exposed == Some(true)),
            "automatable" => word(automatable),
            "technical_impact" if total => "total",
            _ => "partial",
        };
        Some(value.to_owned())
    };
    let decision = table.decide(answer).map_or("on_upgrade", |(key, _)| key.as_str());
    Priority {
        decision: decision.to_owned(),
        due_days: DUE.iter().find(|(known, _)| *known == decision).and_then(|(_, days)| *days),
        table: table.id.clone(),
        reasons,
        epss: known.epss,
        epss_percentile: known.percentile,
        epss_model: known.epss.and(all.epss_model.clone()),
        past_exploitation: known.past_exploitation,
        listed_by: known.catalogues.keys().cloned().collect(),
        not_listed_by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(listed: bool, automatable: Option<bool>, total_impact: Option<bool>) -> Intelligence {
        let mut all = Intelligence::default();
        all.catalogues = vec!["a".to_owned(), "b".to_owned()];
        let mut one = Known { automatable, total_impact, ..Known::default() };
        if listed {
            one.catalogues.insert("a".to_owned(), "2030-01-01".to_owned());
        }
        all.vulnerabilities.insert("CVE-2030-1".to_owned(), one);
        all
    }

    #[test]
    fn due_dates_follow_the_directive() {
        let table = directive();
        let due = |all: &Intelligence, exposed| prioritise(&table, all, "CVE-2030-1", exposed);
        let worst = due(&known(true, Some(true), Some(true)), Some(true));
        assert_eq!((worst.decision.as_str(), worst.due_days), ("3_days_and_forensics", Some(3)));
        assert_eq!(worst.not_listed_by, ["b"]);
        let least = due(&known(false, Some(false), Some(false)), Some(false));
        assert_eq!((least.decision.as_str(), least.due_days), ("on_upgrade", None));
        assert_eq!(due(&known(false, Some(true), Some(false)), None).due_days, Some(60));
        let unknown = due(&known(false, None, Some(false)), Some(true));
        assert_eq!(unknown.due_days, Some(14));
        assert!(unknown.reasons.iter().any(|reason| reason.contains("graver assumed")));
    }
}
