//! The `match` commands as a script outside would call them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let binary = env!("CARGO_BIN_EXE_shinayaka");
    Command::new(binary)
        .arg("match")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the command starts")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file");
}

const RECORD: &str = r#"{"id":"GHSA-gate","modified":"2030-01-02T00:00:00Z","aliases":["CVE-2030-0001"],"affected":[
  {"package":{"ecosystem":"npm","name":"gate"},
   "ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"fixed":"1.4.2"}]}]}]}"#;

const VEX: &str = r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.org/vex/1","author":"Example",
  "timestamp":"2030-02-02T00:00:00Z","version":1,"statements":[{"vulnerability":{"name":"CVE-2030-0001"},
  "products":[{"@id":"pkg:npm/gate@1.4.1"}],"status":"not_affected","justification":"vulnerable_code_not_present"},
  {"vulnerability":{"name":"CVE-2030-0001"},"products":[{"@id":"pkg:npm/nowhere@9.9.9"}],"status":"fixed"}]}"#;

fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "osv.json", RECORD);
    write(folder.path(), "vex.json", VEX);
    write(
        folder.path(),
        "kev.json",
        r#"{"title":"Exploited","catalogVersion":"1","dateReleased":"2030-01-02T00:00:00Z","count":1,"vulnerabilities":[
          {"cveID":"CVE-2030-0001","vendorProject":"Example","product":"Gate","vulnerabilityName":"Open","dateAdded":"2030-01-01",
           "shortDescription":"","requiredAction":"","dueDate":"2030-01-22","knownRansomwareCampaignUse":"Known","notes":""}]}"#,
    );
    write(
        folder.path(),
        "list.csv",
        "purl\npkg:npm/gate@1.4.1\npkg:npm/gate@1.4.2\npkg:npm/gate@latest\npkg:npm/other@1.0.0\n",
    );
    let output = run(folder.path(), &["index", "--osv", "osv.json", "--kev", "kev.json", "--out", "index"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

#[test]
fn a_run_gives_a_verdict_with_priority_and_proof_a_line() {
    let folder = prepared();
    let output =
        run(folder.path(), &["run", "--index", "index", "--components", "list.csv", "--exposed", "--json"]);
    assert_eq!(output.status.code(), Some(1), "an affected component is a finding");
    let lines = lines(&output);
    let verdict =
        |purl: &str| lines.iter().find(|line| line["component"] == purl).map(|line| line["verdict"].clone());
    assert_eq!(verdict("pkg:npm/gate@1.4.1"), Some(json!("affected")));
    assert_eq!(verdict("pkg:npm/gate@1.4.2"), Some(json!("fixed")));
    assert_eq!(verdict("pkg:npm/gate@latest"), Some(json!("undecidable")));
    assert_eq!(verdict("pkg:npm/other@1.0.0"), None);
    let affected = &lines[0];
    assert_eq!(affected["vulnerability"], "CVE-2030-0001");
    assert_eq!(affected["aliases"], json!(["GHSA-gate"]));
    assert_eq!(affected["tier"], 1);
    assert_eq!(affected["priority"]["due_days"], 3);
    assert_eq!(affected["proof"]["range"], "vers:npm/>=1.0.0|<1.4.2");
    assert_eq!(affected["proof"]["assertion"]["document"], "GHSA-gate");
    let summary = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(summary.contains("4 components") && summary.contains("1 undecidable"), "{summary}");
}

#[test]
fn the_other_direction_a_delta_and_dead_statements() {
    let folder = prepared();
    let place = folder.path();
    assert!(run(place, &["inventory", "--components", "list.csv", "--out", "inventory"]).status.success());
    let ask = |advisory: &str| {
        lines(&run(place, &["who", "--index", "index", "--inventory", "inventory", advisory, "--json"]))
    };
    let forward = lines(&run(place, &["run", "--index", "index", "--inventory", "inventory", "--json"]));
    assert_eq!(forward.len(), 3);
    assert_eq!(ask("CVE-2030-0001"), forward);
    assert_eq!(ask("osv.json"), forward);
    // A supplier's statement goes before the data base's, whether it comes as a question or as a delta.
    let asked = ask("vex.json");
    assert_eq!(asked[0]["verdict"], "not_affected");
    assert_eq!(asked[0]["proof"]["overrode"][0]["document"], "GHSA-gate");
    assert!(run(place, &["index", "--vex", "vex.json", "--delta", "--out", "index"]).status.success());
    assert_eq!(lines(&run(place, &["run", "--index", "index", "--inventory", "inventory", "--json"])), asked);
    let before = [
        "run",
        "--index",
        "index",
        "--inventory",
        "inventory",
        "--json",
        "--known-at",
        "2030-01-15T00:00:00Z",
    ];
    assert_eq!(lines(&run(place, &before)), forward, "what was known before the statement can be asked for");
    let dead =
        lines(&run(place, &["dead", "--index", "index", "--inventory", "inventory", "vex.json", "--json"]));
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["subject"], "pkg:npm/nowhere");
    let explained = run(place, &["explain", "--index", "index", "--component", "pkg:npm/gate@1.4.1"]);
    let text = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(text.contains("decided by vex:Example") && text.contains("overrode osv:GHSA"), "{text}");
}

#[test]
fn versions_ranges_names_and_decisions_answer_on_the_command_line() {
    let place = std::env::temp_dir();
    let one = |arguments: &[&str]| lines(&run(&place, arguments)).remove(0);
    assert_eq!(one(&["versions", "maven", "1.0-rc1", "1.0", "--json"])["order"], -1);
    let undecidable = one(&["versions", "git", "abc", "def", "--json"]);
    assert!(undecidable["order"].is_null() && undecidable["reason"].is_string());
    assert_eq!(one(&["range", "^1.2.3", "--native", "npm", "1.9.0", "--json"])["contains"], true);
    let purl = one(&["purl", "pkg:PYPI/Django_x@1.0", "--json"]);
    assert_eq!(
        (purl["canonical"].as_str(), purl["name"].as_str()),
        (Some("pkg:pypi/django-x@1.0"), Some("django-x"))
    );
    let wrong = run(&place, &["purl", "pkg:maven/@1.0", "--json"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("no name"));
    assert_eq!(run(&place, &["versions", "nonsense", "1", "2"]).status.code(), Some(2));
    let due = [
        "decide",
        "known_exploited=yes",
        "publicly_exposed=yes",
        "automatable=yes",
        "technical_impact=total",
    ];
    assert!(String::from_utf8_lossy(&run(&place, &due).stdout).contains("3_days_and_forensics"));
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "bad.json", "{\"id\": 7}");
    let output = run(folder.path(), &["index", "--osv", "bad.json", "--out", "index"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("bad.json"));
    write(folder.path(), "list.csv", "purl,colour\npkg:npm/a@1,red\n");
    let prepared = prepared();
    let list = folder.path().join("list.csv");
    let output = run(prepared.path(), &["run", "--index", "index", "--components", &list.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("colour"));
}
