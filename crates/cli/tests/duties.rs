//! The command `shinayaka duties` as scripts outside see it: names, keys, exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const EVENT: &str = r#"
schema = "shinayaka.event/1"
id = "2026-0042"
zone = "Asia/Tokyo"
[facts]
roles = ["jp-special-infrastructure-operator", "appi-business-operator"]
specified_intrusion_event = true
personal_data = true
wrongful_purpose = true
[[fact]]
name = "awareness"
value = 2026-10-13T10:00:00+09:00
known = 2026-10-13T10:00:00+09:00
"#;

fn duties(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shinayaka"))
        .arg("duties")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn duty<'a>(report: &'a Value, regime: &str, duty: &str) -> &'a Value {
    let duties = report["duties"].as_array().unwrap();
    duties.iter().find(|entry| entry["regime"] == regime && entry["duty"] == duty).unwrap()
}

#[test]
fn the_answer_has_its_keys() {
    let output = duties(&["-", "--json", "--at", "2026-10-14T00:00:00Z"], EVENT);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = parsed(&output);
    assert_eq!((&report["schema"], &report["event"]), (&json!("shinayaka.duties/1"), &json!("2026-0042")));
    let confirmed = duty(&report, "jp-appi", "confirmed");
    assert_eq!(
        (&confirmed["status"], &confirmed["due"]),
        (&json!("running"), &json!("2026-12-11T23:59:59+09:00"))
    );
    assert_eq!(
        (&confirmed["zone"], &confirmed["anchor"]["name"]),
        (&json!("Asia/Tokyo"), &json!("awareness"))
    );
    let open = duty(&report, "jp-active-cyber-defence", "report");
    assert_eq!(open["status"], "cannot-be-computed");
    assert_eq!(open["regime_status"], "to be verified");
    assert_eq!(open["missing_facts"], json!(["parameter jp-active-cyber-defence.report-period"]));
    let given = ["--parameter", "jp-active-cyber-defence.report-period=24h"];
    let output = duties(&[&["-", "--json", "--at", "2026-10-15T00:00:00Z"], &given[..]].concat(), EVENT);
    assert_eq!(output.status.code(), Some(1), "late is a finding");
    assert_eq!(duty(&parsed(&output), "jp-active-cyber-defence", "report")["status"], "late");
}

#[test]
fn bad_use_and_bad_input_end_with_two() {
    for (arguments, input, reason) in [
        (vec!["-", "--regime", "eu-nis3"], EVENT, "eu-nis2"),
        (vec!["-", "--parameter", "nonsense=3d"], EVENT, "parameter"),
        (vec!["-"], "schema = 3", "schema"),
        (vec!["-"], "{\"schema\": ", "line 1"),
        (vec!["no-such-file.toml"], "", "no-such-file.toml"),
    ] {
        let output = duties(&arguments, input);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(reason), "{arguments:?}: {output:?}");
    }
    let unknown = EVENT.replace("personal_data", "personnel_data");
    assert!(String::from_utf8_lossy(&duties(&["-"], &unknown).stderr).contains("facts.personnel_data"));
}

#[test]
fn schemas_and_lists() {
    for what in ["event", "report", "totals"] {
        let schema = parsed(&duties(&["--schema", what], ""));
        insta::assert_json_snapshot!(format!("schema-duties-{what}"), schema);
    }
    let regimes = parsed(&duties(&["--regimes", "--json"], ""));
    assert_eq!(regimes.as_array().unwrap().len(), 13);
    assert_eq!(parsed(&duties(&["--items", "--json"], "")).as_array().unwrap().len(), 87);
    assert!(parsed(&duties(&["--facts", "--json"], "")).as_array().unwrap().len() > 40);
}
