//! `involvements` of CSAF 2.1. The draft behind the library has moved them; the state that we hold to still has them in
//! each vulnerability, so that they are taken out before the library looks, and looked at here.

use serde_json::{Map, Value};

use super::Finding;

const PARTIES: [&str; 5] = ["coordinator", "discoverer", "other", "user", "vendor"];
const STATUSES: [&str; 6] =
    ["completed", "contact_attempted", "disputed", "in_progress", "not_contacted", "open"];

/// The document without them.
pub fn without(value: &Value) -> Value {
    let mut value = value.clone();
    for vulnerability in value.get_mut("vulnerabilities").and_then(Value::as_array_mut).into_iter().flatten()
    {
        if let Some(members) = vulnerability.as_object_mut() {
            members.remove("involvements");
        }
    }
    value
}

/// Every one with its path.
pub fn each(value: &Value) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    let vulnerabilities = value.get("vulnerabilities").and_then(Value::as_array).into_iter().flatten();
    vulnerabilities.enumerate().flat_map(|(outer, vulnerability)| {
        let all = vulnerability.get("involvements").and_then(Value::as_array).into_iter().flatten();
        all.enumerate().filter_map(move |(inner, one)| {
            Some((format!("/vulnerabilities/{outer}/involvements/{inner}"), one.as_object()?))
        })
    })
}

/// What the schema demands of them.
pub fn schema(value: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let vulnerabilities = value.get("vulnerabilities").and_then(Value::as_array).into_iter().flatten();
    for (index, list) in vulnerabilities.map(|one| one.get("involvements")).enumerate() {
        if list.is_some_and(|list| {
            !list.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_object))
        }) {
            let path = format!("/vulnerabilities/{index}/involvements");
            findings
                .push(Finding { path, message: "must be a list of involvements that is not empty".into() });
        }
    }
    for (path, one) in each(value) {
        let among = |name: &str, known: &[&str]| {
            one.get(name).and_then(Value::as_str).is_some_and(|value| known.contains(&value))
        };
        let filled = |name: &str| {
            one.get(name).is_none_or(|value| value.as_str().is_some_and(|text| !text.is_empty()))
        };
        let ids = |name: &str| {
            one.get(name).is_none_or(|value| {
                value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_string))
            })
        };
        let known = ["contact", "date", "group_ids", "party", "product_ids", "status", "summary"];
        let rules = [
            (among("party", &PARTIES), "must have a party of the list"),
            (among("status", &STATUSES), "must have a status of the list"),
            (filled("contact") && filled("date") && filled("summary"), "must have texts that are not empty"),
            (ids("group_ids") && ids("product_ids"), "must have lists of identifiers"),
            (
                one.keys().all(|name| known.contains(&name.as_str())),
                "has a member that the format does not know",
            ),
        ];
        for (_, message) in rules.into_iter().filter(|(holds, _)| !holds) {
            findings.push(Finding { path: path.clone(), message: message.into() });
        }
    }
    findings
}
