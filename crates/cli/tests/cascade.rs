//! The commands of `shinayaka cascade` as scripts outside see them: names, keys, exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const MUNICIPAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/cascade/tests/models/municipal.yaml");

fn cascade(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shinayaka"))
        .arg("cascade")
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

#[test]
fn blast_of_a_chain_with_an_alternative() {
    let model = "nodes: [{id: a}, {id: b, run: {all: [a]}}, {id: c, run: {any: [a, b]}}, {id: d, run: {any: [b, e]}}, {id: e}]";
    let output = cascade(&["blast", "-", "--json", "--reach", "--set", "b,e"], model);
    assert_eq!(output.status.code(), Some(0));
    let report = parsed(&output);
    assert_eq!((&report["nodes"], &report["clauses"]), (&json!(5), &json!(3)));
    let row = |at: usize| {
        (&report["blast"][at]["node"], &report["blast"][at]["down"], &report["blast"][at]["reach"])
    };
    assert_eq!(row(0), (&json!("a"), &json!(3), &json!(4)));
    assert_eq!(row(1), (&json!("b"), &json!(1), &json!(3)));
    assert_eq!(report["sets"][0]["nodes"], json!(["b", "d", "e"]));
    assert!(report["seconds"].as_f64().unwrap() >= 0.0);
}

#[test]
fn run_names_times_and_deadlocks() {
    let output = cascade(&["run", MUNICIPAL, "--json"], "");
    assert_eq!(output.status.code(), Some(0));
    let telco = parsed(&output)["nodes"][1].clone();
    assert_eq!(
        (&telco["node"], &telco["down_at_h"], &telco["up_at_h"]),
        (&json!("telco"), &json!(3.0), &json!(25.0))
    );
    let output = cascade(&["run", MUNICIPAL, "--fail", "genset", "--repair", "10h", "--json"], "");
    assert_eq!(output.status.code(), Some(1), "a deadlock is a finding");
    let report = parsed(&output);
    assert_eq!(report["deadlocks"], json!([["dns", "ad"]]));
    assert_eq!(report["break_glass"][0]["any_one_of"][0]["supplier"], json!("ad"));
}

#[test]
fn monte_carlo_is_the_same_on_any_number_of_threads() {
    let model = "nodes: [{id: grid, failure_probability: 0.2, repair_time: {p50: 4h, p90: 9h}}, {id: desk, run: grid, rto: 2h}]";
    let solve = |threads: &str| {
        let output =
            cascade(&["run", "-", "--trials", "500", "--seed", "9", "--threads", threads, "--json"], model);
        let mut report = parsed(&output);
        report["seconds"] = json!(0);
        report
    };
    let one = solve("1");
    assert_eq!(one, solve("3"));
    assert_eq!(one["targets"][0]["node"], json!("desk"));
    let logic = parsed(&cascade(&["run", "-", "--trials", "512", "--logic", "--json"], model));
    assert!(logic["node_trials_per_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn pictures_are_written() {
    let folder = std::env::temp_dir().join(format!("shinayaka-cascade-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let (dot, graphml, plot) = (path("a.dot"), path("a.graphml"), path("a.svg"));
    let arguments = ["run", MUNICIPAL, "--dot", &dot, "--graphml", &graphml, "--plot", &plot];
    assert_eq!(cascade(&arguments, "").status.code(), Some(0));
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    assert!(read(&dot).contains("\"grid\" -> \"telco\""));
    assert!(read(&plot).contains("telco: 3.00 h to 25.00 h"));
    let again = parsed(&cascade(&["blast", &graphml, "--json"], ""));
    assert_eq!(again["nodes"], json!(10));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn lint_concentration_cuts_and_because() {
    let output =
        cascade(&["lint", "-", "--today", "2026-11-22", "--json"], "nodes: [{id: a, rto: 2d, mtpd: 1d}]");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(parsed(&output)["findings"][0]["rule"], json!("rto-above-mtpd"));
    assert_eq!(cascade(&["lint", "-"], "nodes: [{id: a}]").status.code(), Some(0));
    let market = "nodes: [{id: x, layer: os, causes: ['update:v']}, {id: y, layer: os, causes: ['update:v']}, \
                  {id: a, run: x}, {id: b, run: {any: [x, y]}}]";
    let layer = parsed(&cascade(&["concentration", "-", "--json"], market))["layers"][0].clone();
    assert_eq!(layer["shares"]["cr1"], json!(0.75));
    assert_eq!(layer["by_update_channel"]["hhi"], json!(1.0));
    assert_eq!(
        (&layer["providers"][0]["concentration"], &layer["providers"][0]["impact"]),
        (&json!(2), &json!(1))
    );
    let chain = "nodes: [{id: a}, {id: b, run: a}, {id: c, run: {all: [b, {any: [a, d]}]}}, {id: d}]";
    let cuts = parsed(&cascade(&["cuts", "-", "c", "--json"], chain));
    // The failure of the node itself is none of its causes.
    assert_eq!(cuts["cut_sets"], json!([["a"], ["b"]]));
    let because = parsed(&cascade(&["because", "-", "c", "--fail", "a", "--json"], chain));
    assert_eq!(because["because_of"], json!(["a", "b"]));
}

#[test]
fn bad_input_is_exit_2_with_file_and_place() {
    let output = cascade(&["blast", "-"], "nodes: [{id: a, run: {all: [b]}}]");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("node `a`, run: unknown node `b`"), "{message}");
    assert_eq!(cascade(&["run", "-", "--fail", "z"], "nodes: [{id: a}]").status.code(), Some(2));
    assert_eq!(cascade(&["blast", "/no/such/file"], "").status.code(), Some(2));
    assert_eq!(cascade(&["blast", "-"], "nodes:\n  - {id: a, restart: .nan}").status.code(), Some(2));
}

#[test]
fn the_schemas_stay_as_published() {
    for what in [
        "model",
        "blast",
        "run",
        "monte-carlo",
        "logic",
        "lint",
        "concentration",
        "cuts",
        "because",
        "economy",
    ] {
        let output = cascade(&["schema", what], "");
        assert_eq!(output.status.code(), Some(0), "{what}");
        insta::assert_json_snapshot!(format!("schema-{what}"), parsed(&output));
    }
}

/// The failures of `--fail` are laid over the variant too: without them a patch would seem to undo the accident.
#[test]
fn what_if_keeps_the_failures_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let patch = folder.path().join("patch.yaml");
    let model = "nodes: [{id: grid, repair_time: 10h}, {id: web, run: {all: [{node: grid, buffer: 1h}]}}]";
    let what_if = |patched: &str| {
        std::fs::write(&patch, patched).unwrap();
        let path = patch.to_str().unwrap();
        let arguments =
            ["run", "-", "--trials", "20", "--fail", "grid", "--target", "web", "--what-if", path, "--json"];
        parsed(&cascade(&arguments, model))["what_if"][0]["hours"]["mean"].as_f64().unwrap()
    };
    assert_eq!(what_if("nodes: [{id: web, weight: 2}]"), 0.0);
    assert_eq!(what_if("nodes: [{id: web, run: {all: [{node: grid, buffer: 4h}]}}]"), -3.0);
    assert_eq!(cascade(&["run", "-", "--trials", "0"], model).status.code(), Some(2));
}

#[test]
fn logic_counts_shared_causes_and_given_failures() {
    let model = "nodes: [{id: a, causes: [storm]}, {id: b, run: {all: [a]}}, {id: c}, {id: d, run: {all: [{node: c, causes: [storm]}]}}]\n\
                 causes: [{id: storm, failure_probability: 0.25}]";
    let report = parsed(&cascade(&["run", "-", "--trials", "100000", "--logic", "--json"], model));
    for (at, wanted) in [(0, 0.25), (1, 0.25), (2, 0.0), (3, 0.25)] {
        let down = report["nodes"][at]["down"].as_f64().unwrap();
        assert!((down - wanted).abs() < 0.01, "{report}");
    }
    let failed =
        parsed(&cascade(&["run", "-", "--trials", "512", "--logic", "--fail", "c", "--json"], model));
    assert_eq!((&failed["nodes"][2]["down"], &failed["nodes"][3]["down"]), (&json!(1.0), &json!(1.0)));
}
