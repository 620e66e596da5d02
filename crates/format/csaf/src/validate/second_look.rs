//! Findings of the library that say more about the library than about the document: what it does not know (an extension,
//! a scheme of versions, a later decision point) is no fault of the document. Such a test is not implemented for it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Finding, Outcome};

pub fn judge(test: &str, value: &Value, outcome: Outcome) -> Outcome {
    let Outcome::Failed(findings) = outcome else { return outcome };
    match test {
        // A scheme that is not known cannot be checked, and the standard does not ask for it.
        "6.1.50" => kept(findings, |finding| {
            let range = finding.message.split('`').nth(1).unwrap_or("");
            let unknown = finding.message.contains("uses a VERS type not supported");
            !(range == "vers:/all" || (unknown && is_well_formed(range)))
        }),
        // A product that is not defined is the matter of test 6.1.1.
        "6.1.27.13" => {
            let defined = product_ids(value);
            kept(findings, |finding| {
                let named = finding.message.trim_end_matches(" is missing a corresponding product");
                let id = named.rsplit(' ').next().unwrap_or("");
                defined.contains(id)
            })
        }
        // The library lacks later versions of the decision points of CVSS, and cannot know what a translation calls them.
        "6.1.48" => {
            let unknown = |finding: &Finding| {
                let translated = finding.message.split('$').nth(1);
                finding.message.starts_with("Unknown SSVC decision point 'cvss::")
                    || translated.is_some_and(|language| !language.starts_with("en"))
            };
            undecided(findings, unknown)
        }
        // Schemas of extensions are published by their authors; none is here.
        "6.1.60.2" => {
            undecided(findings, |finding| finding.message.contains("no supported extension schema"))
        }
        // With a fragment behind it, `test` is another namespace than the reserved one.
        "6.2.37" => kept(findings, |finding| {
            let namespace = value.pointer(&finding.path).and_then(Value::as_str).unwrap_or("");
            !(finding.message.contains("Reserved test namespace") && namespace.starts_with("test#"))
        }),
        _ => Outcome::Failed(findings),
    }
}

fn kept(mut findings: Vec<Finding>, keep: impl Fn(&Finding) -> bool) -> Outcome {
    findings.retain(keep);
    if findings.is_empty() { Outcome::Passed } else { Outcome::Failed(findings) }
}

/// Without the findings that cannot be trusted; if nothing else is left, nobody has looked.
fn undecided(mut findings: Vec<Finding>, unknown: impl Fn(&Finding) -> bool) -> Outcome {
    findings.retain(|finding| !unknown(finding));
    if findings.is_empty() { Outcome::NotImplemented } else { Outcome::Failed(findings) }
}

/// `vers:scheme/constraint|constraint`, as far as it can be told without knowing the scheme.
fn is_well_formed(range: &str) -> bool {
    let Some((scheme, constraints)) = range.strip_prefix("vers:").and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let named = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".+-".contains(&byte));
    let constraint = |text: &str| {
        let version = [">=", "<=", "!=", "<", ">", "="].iter().find_map(|sign| text.strip_prefix(sign));
        let version = version.unwrap_or(text);
        !version.is_empty() && !version.contains(['<', '>', '=', '!', '*'])
    };
    // `all` and `none` are no schemes with versions.
    named
        && !matches!(scheme, "all" | "none")
        && (constraints == "*" || constraints.split('|').all(constraint))
}

/// Identifiers that the product tree defines.
pub fn product_ids(value: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    if let Some(tree) = value.get("product_tree") {
        collect(tree, "product_id", &mut found);
    }
    found
}

pub fn collect<'a>(value: &'a Value, name: &str, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if key == name => {
                        found.insert(text);
                    }
                    other => collect(other, name, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, name, found)),
        _ => {}
    }
}
