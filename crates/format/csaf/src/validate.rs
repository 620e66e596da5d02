//! The schema and the tests of the standard (section 6).

use csaf_rs::{
    csaf::raw::RawDocument,
    schema::{
        csaf2_0::schema::CommonSecurityAdvisoryFramework as Csaf20,
        csaf2_1::schema::CommonSecurityAdvisoryFramework as Csaf21,
    },
    validation::{TestResultStatus, Validatable},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::read::{Fault, MAXIMUM_BYTES};

mod involvements;
mod own_tests;
mod second_look;

/// Which tests to run: a group includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// The JSON schema alone.
    Schema,
    /// 6.1. A valid document passes them all.
    Mandatory,
    /// 6.2: optional tests of 2.0, recommended ones of 2.1.
    Recommended,
    /// 6.3.
    Informative,
}

/// A place that breaks a test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// `/vulnerabilities/0/cwe` (RFC 6901).
    pub path: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "findings")]
pub enum Outcome {
    Passed,
    Failed(Vec<Finding>),
    /// Nobody looked: the test is not implemented here.
    NotImplemented,
    /// The document does not keep to the schema, and the test needs that.
    Skipped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// `schema`, `6.1.1`, `6.2.39.2` …
    pub test: String,
    pub group: Group,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// `2.0`, `2.1`.
    pub version: String,
    /// Schema and all mandatory tests passed; tests that are not implemented are named by the results.
    pub valid: bool,
    pub results: Vec<TestResult>,
}

impl Report {
    /// The result of one test.
    pub fn result(&self, test: &str) -> Option<&Outcome> {
        self.results.iter().find(|result| result.test == test).map(|result| &result.outcome)
    }
}

/// Runs the schema and the tests up to `group`.
///
/// # Errors
/// [`Fault`] when the bytes are no JSON, or say no version of CSAF that is known.
pub fn validate(bytes: &[u8], group: Group) -> Result<Report, Fault> {
    let fault = |line: u64, path: &str, reason: String| Fault { line, path: path.into(), reason };
    if bytes.len() > MAXIMUM_BYTES {
        return Err(fault(1, "document", format!("is longer than {MAXIMUM_BYTES} bytes")));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        fault((error.line() as u64).max(1), "document", reason.into())
    })?;
    let version = value.pointer("/document/csaf_version").and_then(Value::as_str).unwrap_or("").to_owned();
    let results = match version.as_str() {
        "2.0" => run(&RawDocument::<Csaf20>::new(value.clone()), &value, group),
        "2.1" => run(&RawDocument::<Csaf21>::new(involvements::without(&value)), &value, group),
        other => {
            let other: String = other.chars().take(40).collect();
            return Err(fault(1, "document.csaf_version", format!("`{other}` is neither 2.0 nor 2.1")));
        }
    };
    let decides = |result: &&TestResult| matches!(result.group, Group::Schema | Group::Mandatory);
    let valid = results
        .iter()
        .filter(decides)
        .all(|result| matches!(result.outcome, Outcome::Passed | Outcome::NotImplemented));
    Ok(Report { version, valid, results })
}

fn group_of(test: &str) -> Group {
    match test {
        test if test.starts_with("6.1.") => Group::Mandatory,
        test if test.starts_with("6.2.") => Group::Recommended,
        test if test.starts_with("6.3.") => Group::Informative,
        _ => Group::Schema,
    }
}

fn run<V: Validatable>(document: &V, value: &Value, group: Group) -> Vec<TestResult> {
    let mut tests: Vec<&str> = V::get_tests().into_iter().map(|(test, _)| test).collect();
    if value.pointer("/document/csaf_version").and_then(Value::as_str) == Some("2.1") {
        tests.extend(own_tests::ONLY_HERE.into_iter().filter(|test| !V::has_test(test)));
    }
    tests
        .into_iter()
        .map(|test| (test, group_of(test)))
        .filter(|(_, of_test)| *of_test <= group)
        .map(|(test, group)| {
            let judged = outcome(document.run_test(test).status);
            let outcome = own_tests::judge(test, value, second_look::judge(test, value, judged));
            TestResult { test: test.to_owned(), group, outcome }
        })
        .collect()
}

fn outcome(status: TestResultStatus) -> Outcome {
    match status {
        TestResultStatus::Success => Outcome::Passed,
        TestResultStatus::NotFound => Outcome::NotImplemented,
        TestResultStatus::Skipped => Outcome::Skipped,
        TestResultStatus::Failure { errors, warnings, infos } => {
            let all = errors.into_iter().chain(warnings).chain(infos);
            let findings =
                all.map(|error| Finding { path: error.instance_path, message: error.message }).collect();
            Outcome::Failed(findings)
        }
    }
}
