//! `shinayaka oscal …` as a user runs it: output, exit codes, messages with their place.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::{Command, Output};

const CATALOG: &str = r#"{"catalog": {"uuid": "74c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724",
  "metadata": {"title": "Small", "last-modified": "2026-11-22T00:00:00Z", "version": "1", "oscal-version": "1.2.3"},
  "groups": [{"id": "g", "title": "Group", "controls": [
    {"id": "c-1", "title": "First", "controls": [{"id": "c-1.1", "title": "Inner"}]},
    {"id": "c-2", "title": "Second"}]}]}}"#;

const PROFILE: &str = "profile:
  uuid: 84c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724
  metadata: {title: Ours, last-modified: '2026-11-22T00:00:00Z', version: '1', oscal-version: 1.2.3}
  imports:
  - href: catalog.xml
    include-controls:
    - with-child-controls: 'yes'
      with-ids: [c-1]
  merge: {as-is: true}
";

const MAPPING: &str = r#"{"mapping-collection": {"uuid": "94c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724",
  "metadata": {"title": "Map", "last-modified": "2026-11-22T00:00:00Z", "version": "1", "oscal-version": "1.2.3"},
  "provenance": {"method": "human", "matching-rationale": "semantic", "status": "draft", "mapping-description": "by hand"},
  "mappings": [{"uuid": "a4c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724",
    "source-resource": {"type": "catalog", "href": "catalog.json"}, "target-resource": {"type": "catalog", "href": "other.json"},
    "maps": [{"uuid": "b4c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724", "relationship": "subset-of",
      "sources": [{"type": "control", "id-ref": "c-2"}], "targets": [{"type": "control", "id-ref": "d-1"}]}]}]}}"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let other = CATALOG.replace("74c8", "64c8").replace("Small", "Other").replace("c-2", "d-1");
    for (name, text) in [
        ("catalog.json", CATALOG),
        ("other.json", &other),
        ("profile.yaml", PROFILE),
        ("mapping.json", MAPPING),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn oscal(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shinayaka"))
        .arg("oscal")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_profile_in_yaml_resolves_against_a_catalogue_in_json() {
    let folder = folder();
    let done = oscal(
        folder.path(),
        &["resolve", "profile.yaml", "--out", "out.xml", "--at", "2026-11-22T12:00:00Z"],
    );
    assert!(done.status.success(), "{}", text(&done.stderr));
    let xml = std::fs::read_to_string(folder.path().join("out.xml")).unwrap();
    assert!(
        xml.contains("<group id=\"g\">") && xml.contains("<control id=\"c-1.1\">") && !xml.contains("c-2"),
        "{xml}"
    );
    assert!(xml.contains("<last-modified>2026-11-22T12:00:00Z</last-modified>"), "{xml}");
    let checked =
        oscal(folder.path(), &["validate", "out.xml", "catalog.json", "mapping.json", "profile.yaml"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
}

#[test]
fn circles_and_missing_imports_are_errors() {
    let folder = folder();
    std::fs::write(folder.path().join("self.yaml"), PROFILE.replace("catalog.xml", "./x/../self.yaml"))
        .unwrap();
    let refused = oscal(folder.path(), &["resolve", "self.yaml"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("[circular-import]"), "{}", text(&refused.stderr));
    std::fs::write(
        folder.path().join("half.yaml"),
        PROFILE.replace("  merge:", "  - href: absent.json\n  merge:"),
    )
    .unwrap();
    let refused = oscal(folder.path(), &["resolve", "half.yaml", "--out", "half.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("absent.json"), "{}", text(&refused.stderr));
    assert!(!folder.path().join("half.json").exists(), "nothing is done by halves");
}

#[test]
fn faults_are_printed_with_line_path_and_rule() {
    let folder = folder();
    std::fs::write(folder.path().join("bad.json"), CATALOG.replace("\"title\": \"Second\"", "\"title\": 2"))
        .unwrap();
    let found = oscal(folder.path(), &["validate", "bad.json"]);
    assert_eq!(found.status.code(), Some(1));
    let line = "bad.json:5: error: /catalog/groups/0/controls/1/title: 2 is no line of markup [datatype]";
    assert!(text(&found.stdout).contains(line), "{}", text(&found.stdout));
    let json: serde_json::Value =
        serde_json::from_slice(&oscal(folder.path(), &["validate", "--json", "bad.json"]).stdout).unwrap();
    assert_eq!(json[0]["faults"][0]["rule"], "datatype");
    std::fs::write(folder.path().join("broken.json"), "{\n\"catalog\": {").unwrap();
    let refused = oscal(folder.path(), &["validate", "broken.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("broken.json: line 2"), "{}", text(&refused.stderr));
}

#[test]
fn mappings_compose_and_save_questions() {
    let folder = folder();
    let mapped = oscal(
        folder.path(),
        &["map", "catalog.json", "other.json", "mapping.json", "--out", "composed.json"],
    );
    assert_eq!(mapped.status.code(), Some(0), "{}", text(&mapped.stderr));
    assert!(
        text(&mapped.stdout).contains("c-2 subset-of d-1, fulfilled with it"),
        "{}",
        text(&mapped.stdout)
    );
    assert_eq!(oscal(folder.path(), &["validate", "composed.json"]).status.code(), Some(0));
    let asked = oscal(folder.path(), &["questions", "catalog.json", "other.json", "mapping.json"]);
    let shown = text(&asked.stdout);
    assert!(
        shown.contains("Small: c-2 Second: follows")
            && shown.contains("6 controls: 1 follow, 5 questions left"),
        "{shown}"
    );
    for what in ["validate", "diff", "map", "questions"] {
        assert!(oscal(folder.path(), &["schema", what]).status.success());
    }
}

#[test]
fn differences_are_found_by_identifier() {
    let folder = folder();
    std::fs::write(folder.path().join("new.json"), CATALOG.replace("\"Second\"", "\"Other\"")).unwrap();
    let found = oscal(folder.path(), &["diff", "catalog.json", "new.json"]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(text(&found.stdout), "~ control c-2 title: Second -> Other\n");
    assert_eq!(oscal(folder.path(), &["diff", "catalog.json", "catalog.json"]).status.code(), Some(0));
}
