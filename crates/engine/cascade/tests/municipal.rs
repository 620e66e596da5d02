//! The municipal fixture: solved by hand and by two independent prototypes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use shinayaka_cascade::model::{Model, apply_patch, read_yaml};
use shinayaka_cascade::simulate::{Options, Run, run};

fn model() -> Model {
    read_yaml(include_str!("models/municipal.yaml")).unwrap()
}

fn solve(model: &Model) -> Run {
    run(&shinayaka_cascade::graph::build(model).unwrap(), &Options::default()).unwrap()
}

fn times(run: &Run) -> Vec<(&str, f64, Option<f64>)> {
    run.nodes.iter().map(|node| (node.node.as_str(), node.down_at_h, node.up_at_h)).collect()
}

#[test]
fn grid_lost_genset_good() {
    let run = solve(&model());
    let expected = [
        ("grid", 0.0, Some(24.0)),
        ("telco", 3.0, Some(25.0)),
        ("registry", 3.0, Some(25.5)),
        ("counter", 11.0, Some(25.5)),
    ];
    assert_eq!(times(&run), expected);
    assert!(run.deadlocks.is_empty() && run.unrepaired.is_empty());
    assert_eq!(run.nodes[3].because, ["registry", "telco", "grid"]);
}

#[test]
fn genset_lost_too_ends_in_a_named_deadlock() {
    let patch = "faults: [{node: grid, repair: 24h}, {node: genset, repair: 10h}]";
    let run = solve(&apply_patch(&model(), patch).unwrap());
    let up = |id: &str| run.nodes.iter().find(|node| node.node == id).unwrap().up_at_h;
    for id in ["dns", "ad", "db", "registry", "counter"] {
        assert_eq!(up(id), None, "{id}");
    }
    assert_eq!((up("genset"), up("power_dc"), up("server")), (Some(10.0), Some(10.5), Some(11.5)));
    assert_eq!(run.deadlocks, [["dns", "ad"]]);
    let glass: Vec<(&str, &str, &str)> = run.break_glass[0]
        .any_one_of
        .iter()
        .map(|edge| (edge.node.as_str(), edge.phase, edge.supplier.as_str()))
        .collect();
    assert_eq!(glass, [("dns", "start", "ad"), ("ad", "start", "dns")]);
}

/// A solver that lets everything fail first and recover afterwards lets the battery run out after the grid is back.
#[test]
fn a_longer_battery_never_brings_service_back_later() {
    let mut before = f64::INFINITY;
    for hours in [0, 1, 3, 8, 12, 23, 24, 30, 48] {
        let patch = format!("nodes: [{{id: telco, run: {{all: [{{node: grid, buffer: {hours}h}}]}}}}]");
        let run = solve(&apply_patch(&model(), &patch).unwrap());
        let down: f64 = run.nodes.iter().map(|node| node.down_h.unwrap()).sum();
        assert!(down <= before, "{hours} h of battery: {down} h down after {before}");
        before = down;
    }
    assert_eq!(before, 24.0, "with 48 h only the grid itself is down");
}
