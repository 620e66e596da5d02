//! Tests of the standard that the library does not have, or has for another draft.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    Finding, Outcome, involvements,
    second_look::{collect, product_ids},
};

/// Tests that the library's list for 2.1 leaves out.
pub const ONLY_HERE: [&str; 2] = ["6.1.24", "6.2.7"];

/// What the library judged, with what is looked at here.
pub fn judge(test: &str, value: &Value, outcome: Outcome) -> Outcome {
    let new = value.pointer("/document/csaf_version").and_then(Value::as_str) == Some("2.1");
    let own = match test {
        "schema" if new => involvements::schema(value),
        "6.1.1" if new => undefined(value, "product_ids", &product_ids(value)),
        "6.1.4" if new => undefined(value, "group_ids", &group_ids(value)),
        "6.1.24" if new => several_of_one_party(value),
        "6.2.7" if new => without_date(value),
        "6.2.19" => fixed_with_score(value),
        _ => return outcome,
    };
    // The library knows nothing of these tests, or of involvements only.
    let complete = matches!(test, "6.2.7" | "6.2.19") || (new && test == "6.1.24");
    match outcome {
        Outcome::Failed(mut findings) => {
            findings.extend(own);
            Outcome::Failed(findings)
        }
        Outcome::Passed | Outcome::NotImplemented if !own.is_empty() => Outcome::Failed(own),
        Outcome::NotImplemented if complete => Outcome::Passed,
        other => other,
    }
}

fn group_ids(value: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    if let Some(groups) = value.pointer("/product_tree/product_groups") {
        collect(groups, "group_id", &mut found);
    }
    found
}

fn ids<'a>(members: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a str> {
    members.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// 6.1.1 and 6.1.4, for involvements.
fn undefined(value: &Value, name: &str, defined: &BTreeSet<&str>) -> Vec<Finding> {
    involvements::each(value)
        .flat_map(|(path, one)| {
            let missing = ids(one, name).enumerate().filter(|(_, id)| !defined.contains(id));
            missing
                .map(|(index, id)| Finding {
                    path: format!("{path}/{name}/{index}"),
                    message: format!("`{id}` is not defined"),
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// 6.1.24: one party has one status on one day, for the same products.
fn several_of_one_party(value: &Value) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (path, one) in involvements::each(value) {
        let vulnerability = path.split('/').nth(2).unwrap_or("").to_owned();
        let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let products: BTreeSet<String> = ids(one, "product_ids").map(str::to_owned).collect();
        let groups: BTreeSet<String> = ids(one, "group_ids").map(str::to_owned).collect();
        if !seen.insert((vulnerability, text("party"), text("date"), products, groups)) {
            let message = "the same party is given again for the same date and products".into();
            findings.push(Finding { path, message });
        }
    }
    findings
}

/// 6.2.7: an involvement has a date.
fn without_date(value: &Value) -> Vec<Finding> {
    let undated = involvements::each(value).filter(|(_, one)| !one.contains_key("date"));
    undated.map(|(path, _)| Finding { path, message: "has no date".into() }).collect()
}

/// 6.2.19: a CVSS of a product that is fixed comes to an environmental score of 0.
fn fixed_with_score(value: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let vulnerabilities = value.get("vulnerabilities").and_then(Value::as_array).into_iter().flatten();
    for (outer, vulnerability) in vulnerabilities.enumerate() {
        let Some(status) = vulnerability.get("product_status").and_then(Value::as_object) else { continue };
        let fixed: BTreeSet<&str> = ids(status, "first_fixed").chain(ids(status, "fixed")).collect();
        for (list, inside) in [("scores", ""), ("metrics", "/content")] {
            let scores = vulnerability.get(list).and_then(Value::as_array).into_iter().flatten();
            for (inner, score) in scores.enumerate() {
                let of_fixed = score
                    .as_object()
                    .is_some_and(|score| ids(score, "products").any(|product| fixed.contains(product)));
                if !of_fixed {
                    continue;
                }
                let content = score.pointer(inside).unwrap_or(score);
                for name in ["cvss_v2", "cvss_v3", "cvss_v4"] {
                    let cvss = content.get(name);
                    if cvss.is_some_and(|cvss| !harmless(name, cvss)) {
                        findings.push(Finding {
                            path: format!("/vulnerabilities/{outer}/{list}/{inner}{inside}/{name}"),
                            message: "is for a fixed product, but its environmental score is not 0".into(),
                        });
                    }
                }
            }
        }
    }
    findings
}

/// Whether the environment takes all impact away, by members or by the vector.
fn harmless(name: &str, cvss: &Value) -> bool {
    const V2: [(&str, &str); 1] = [("targetDistribution", "TD")];
    const V3: [(&str, &str); 3] = [
        ("modifiedConfidentialityImpact", "MC"),
        ("modifiedIntegrityImpact", "MI"),
        ("modifiedAvailabilityImpact", "MA"),
    ];
    const V4: [(&str, &str); 6] = [
        ("modifiedVulnConfidentialityImpact", "MVC"),
        ("modifiedVulnIntegrityImpact", "MVI"),
        ("modifiedVulnAvailabilityImpact", "MVA"),
        ("modifiedSubConfidentialityImpact", "MSC"),
        ("modifiedSubIntegrityImpact", "MSI"),
        ("modifiedSubAvailabilityImpact", "MSA"),
    ];
    let metrics: &[(&str, &str)] = match name {
        "cvss_v2" => &V2,
        "cvss_v3" => &V3,
        _ => &V4,
    };
    let vector = cvss.get("vectorString").and_then(Value::as_str).unwrap_or("");
    metrics.iter().all(|(member, metric)| {
        let by_member = cvss
            .get(member)
            .and_then(Value::as_str)
            .is_some_and(|value| value == "NONE" || (value == "NEGLIGIBLE" && metric.starts_with("MS")));
        by_member || vector.split('/').any(|part| part.split_once(':') == Some((metric, "N")))
    })
}
