//! Input that is wrong, endless, deep or large: a clear error or a named finding, in bounded time.

use std::time::Instant;

use shinayaka_cascade::blast::{Engine, single_failures};
use shinayaka_cascade::graph::{Graph, build};
use shinayaka_cascade::model::{Duration, Fault, Gate, Model, Node, Timing, read_json, read_yaml};
use shinayaka_cascade::monte_carlo::{self, Options as Trials};
use shinayaka_cascade::simulate::{Options, run};
use shinayaka_cascade::{Error, Result};

fn load(text: &str) -> Result<Graph> {
    build(&read_yaml(text)?)
}

#[test]
fn every_mistake_is_named_with_its_place() {
    for (text, parts) in [
        ("nodes: [{id: a, run: {all: [b]}}]", &["node `a`, run", "unknown node `b`"][..]),
        ("nodes: [{id: a}, {id: a}]", &["nodes[1]", "already nodes[0]"]),
        ("nodes: [{id: ''}]", &["nodes[0]", "empty id"]),
        ("nodes: [{id: a, run: {any: []}}]", &["node `a`, run", "can never hold"]),
        ("nodes: [{id: a}, {id: b, run: {k_of_n: 2, of: [a]}}]", &["2 of 1"]),
        ("nodes: [{id: a}, {id: b, run: {weighted: 1.5, of: [a]}}]", &["1.5", "from 0 to 1"]),
        ("nodes: [{id: a}, {id: b, run: {weighted: 0.5, of: [{node: a, weight: 0}]}}]", &["add up"]),
        ("nodes: [{id: a}, {id: b, run: {all: [{node: a, switch: 1h}]}}]", &["switch time"]),
        ("nodes: [{id: a}, {id: b, run: {any: [{node: a, grade: degrading}, a]}}]", &["degrading"]),
        ("nodes: [{id: a, failure_probability: 2}]", &["failure_probability is 2"]),
        ("nodes: [{id: a, crew: x}]", &["unknown crew `x`"]),
        ("nodes: []\ncrews: [{id: x, size: 0}]", &["crew `x`", "size 0"]),
        ("nodes: [{id: a}]\nfaults: [{node: b}]", &["faults[0]", "unknown node `b`"]),
        ("nodes: [{id: a}]\nfaults: [{cause: b}]", &["faults[0]", "nothing carries"]),
        ("nodes: [{id: a}]\nfaults: [{at: 1h}]", &["faults[0]"]),
        ("nodes:\n  - {id: a}\n  - {id: b, restart: .nan}", &["line 3"]),
        ("nodes:\n  - {id: a, restart: -1h}", &["line 2", "not a duration"]),
        ("nodes:\n  - {id: a, restart: 5}", &["line 2", "no unit"]),
        ("nodes:\n  - {id: a, restrat: 5h}", &["line 2", "restrat"]),
        ("schema: shinayaka.cascade/9\nnodes: []", &["shinayaka.cascade/9"]),
        ("nodes: [", &["YAML"]),
    ] {
        let error = load(text).expect_err(text).to_string();
        for part in parts {
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}

#[test]
fn deeply_nested_gates_are_refused() {
    for depth in [70, 200, 50_000] {
        for kind in ["all", "any"] {
            let inner = format!("{{\"{kind}\":[\"a\",").repeat(depth) + "\"a\"" + &"]}".repeat(depth);
            let text = format!("{{\"nodes\":[{{\"id\":\"a\"}},{{\"id\":\"b\",\"run\":{inner}}}]}}");
            assert!(read_json(&text).and_then(|model| build(&model)).is_err(), "{depth} {kind}");
        }
    }
    let text = format!("nodes: [{{id: b, run: {}a{}}}]", "[".repeat(20_000), "]".repeat(20_000));
    assert!(load(&text).is_err());
}

#[test]
fn an_alias_that_multiplies_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let previous = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![previous; 10].join(", "));
    }
    let begun = Instant::now();
    assert!(read_yaml(&text).is_err());
    assert!(begun.elapsed().as_secs() < 10);
}

#[test]
fn self_dependence_is_a_named_deadlock() {
    let graph = load("nodes: [{id: a, run: {all: [a]}}]\nfaults: [{node: a, repair: 1h}]").unwrap();
    assert_eq!(single_failures(&graph, Engine::Both).unwrap(), [1]);
    let run = run(&graph, &Options::default()).unwrap();
    assert_eq!(run.deadlocks, [["a"]]);
    assert_eq!(run.nodes[0].up_at_h, None);
}

/// An outage of two milliseconds runs round a ring for ever: the restarts make up for the buffers.
#[test]
fn a_zeno_loop_is_named_and_ends() {
    let text = "nodes:
  - {id: a, run: {all: [{node: b, buffer: 1s}]}, restart: 1ms}
  - {id: b, run: {all: [{node: a, buffer: 1ms}]}, restart: 1s}
  - {id: c}
faults: [{node: a, repair: 1ms}]
";
    match run(&load(text).unwrap(), &Options::default()) {
        Err(Error::Oscillation { nodes, .. }) => assert_eq!(nodes, ["a", "b"]),
        other => panic!("{other:?}"),
    }
    // With a horizon it is only a busy run.
    assert!(run(&load(text).unwrap(), &Options { horizon: Some(Duration::from_hours(0.01)) }).is_ok());
}

#[test]
fn a_crew_in_strict_order_that_can_never_come_is_named() {
    let text = "nodes: [{id: a, crew: x, priority: 0, repair: {all: [b]}}, {id: b, crew: x, priority: 1}]
crews: [{id: x, size: 1}]
faults: [{node: a, repair: 1h}, {node: b, repair: 1h}]
";
    let found = run(&load(text).unwrap(), &Options::default()).unwrap();
    assert_eq!(found.waiting_for_crew, ["a", "b"]);
    let greedy = text.replace("size: 1", "size: 1, order: greedy");
    let found = run(&load(&greedy).unwrap(), &Options::default()).unwrap();
    assert!(found.waiting_for_crew.is_empty() && found.nodes.iter().all(|node| node.up_at_h.is_some()));
}

#[test]
fn a_shared_cause_takes_nodes_and_edges() {
    let text = "nodes:
  - {id: a, causes: ['update:x']}
  - {id: b}
  - {id: c, run: {all: [a]}}
  - {id: d, run: {all: [{node: b, causes: ['update:x'], buffer: 2h}]}}
faults: [{cause: 'update:x', repair: 6h}]
";
    let graph = load(text).unwrap();
    let blast = &shinayaka_cascade::blast::every_cause(&graph)[0];
    assert_eq!((blast.struck, blast.cut, blast.down), (1, 1, 3));
    let run = run(&graph, &Options::default()).unwrap();
    let times: Vec<_> =
        run.nodes.iter().map(|node| (node.node.as_str(), node.down_at_h, node.up_at_h)).collect();
    assert_eq!(times, [("a", 0.0, Some(6.0)), ("c", 0.0, Some(6.0)), ("d", 2.0, Some(6.0))]);
}

#[test]
fn performance_falls_and_returns() {
    let text = "nodes:
  - {id: a}
  - {id: b}
  - {id: soft}
  - {id: half, run: {any: [{node: a, capacity: 0.6}, {node: b, capacity: 0.6}]}, minimum_performance: 0.5}
  - {id: desk, run: {all: [half, {node: soft, grade: degrading, degraded_to: 0.8}]}}
faults: [{node: a, at: 1h, repair: 4h}, {node: soft, at: 2h, repair: 1h}]
";
    let run = run(&load(text).unwrap(), &Options::default()).unwrap();
    let of = |id: &str| run.performance.iter().find(|node| node.node == id).unwrap();
    let close = |found: &[(f64, f64)], expected: &[(f64, f64)]| {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        found
            .iter()
            .zip(expected)
            .for_each(|(a, b)| assert!(a.0 == b.0 && (a.1 - b.1).abs() < 1e-9, "{found:?}"));
    };
    close(&of("half").levels, &[(1.0, 0.6), (5.0, 1.0)]);
    close(&of("desk").levels, &[(1.0, 0.6), (2.0, 0.48), (3.0, 0.6), (5.0, 1.0)]);
    assert_eq!(of("half").minimum_kept, Some(true));
}

/// A million nodes in one chain: read, built, blasted from its end and run.
#[test]
fn a_million_nodes() {
    let count = 1_000_000;
    let mut text = String::from("{\"nodes\":[{\"id\":\"n0\"}");
    for node in 1..count {
        text += &format!(",{{\"id\":\"n{node}\",\"run\":{{\"all\":[\"n{}\"]}}}}", node - 1);
    }
    text += "],\"faults\":[{\"node\":\"n0\",\"repair\":\"1h\"}]}";
    let graph = build(&read_json(&text).unwrap()).unwrap();
    assert_eq!(shinayaka_cascade::blast::joint_failure(&graph, &[0]).len(), count);
    let options = Trials { trials: 2, targets: vec![count as u32 - 1], ..Trials::default() };
    let found = monte_carlo::run(&graph, &options).unwrap();
    assert_eq!(found.targets[0].down_h.mean, 1.0);
}

#[test]
fn monte_carlo_does_not_depend_on_threads_and_shares_its_random_numbers() {
    let text = "nodes:
  - {id: grid, failure_probability: 0.3, repair_time: {p50: 4h, p90: 12h}}
  - {id: desk, run: {all: [{node: grid, buffer: {p50: 1h, p90: 3h}}]}, restart: {p50: 30m, p90: 2h}, rto: 4h}
";
    let graph = load(text).unwrap();
    let options = Trials { trials: 4_000, ..Trials::default() };
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let [one, three] =
        [1, 3].map(|threads| pool(threads).install(|| monte_carlo::run(&graph, &options).unwrap()));
    assert_eq!(one, three);
    assert!((one.targets[0].hit - 0.3).abs() < 0.05 && one.targets[0].promise_broken.unwrap() > 0.05);
    // A longer buffer: with common random numbers no trial gets worse, so the interval is narrow and below 0.
    let better = load(&text.replace("p50: 1h, p90: 3h", "p50: 2h, p90: 6h")).unwrap();
    let difference = &monte_carlo::what_if(&graph, &better, &options).unwrap()[0];
    assert!(difference.hours.max <= 0.0 && difference.high < 0.0, "{difference:?}");
    let same = &monte_carlo::what_if(&graph, &graph, &options).unwrap()[0];
    assert_eq!((same.hours.mean, same.hours.error), (0.0, 0.0));
}

/// One duration carries nearly all the uncertainty; both views must name it first.
#[test]
fn the_widest_guess_is_named_first() {
    let text = "nodes:
  - {id: grid}
  - {id: desk, run: {all: [grid]}, restart: {p50: 10m, p90: 12m}}
faults: [{node: grid, repair: {p50: 4h, p90: 20h}}]
";
    let graph = load(text).unwrap();
    let target = graph.node("desk").unwrap();
    let options = Trials { trials: 2_000, ..Trials::default() };
    let bars = monte_carlo::tornado(&graph, target, &options).unwrap();
    assert_eq!(bars[0].parameter, "grid/fault/0h/repair");
    assert!((bars[0].high_h - 20.0 - 1.0 / 6.0).abs() < 1e-3 && bars[0].swing_h > 10.0 * bars[1].swing_h);
    let values = monte_carlo::value_of_information(&graph, target, &options).unwrap();
    assert!(values[0].parameter == "grid/fault/0h/repair" && values[0].variance_share > 0.5, "{values:?}");
    assert!(values[0].deviation_saved_h > 1.0);
}

/// Of two urgent repairs by one hand in strict order, the first needs the second: nobody overtakes, so neither is ever
/// done. The deadlock is named, with both ways out of it.
#[test]
fn a_crew_that_waits_for_its_own_next_job_is_named() {
    let text = |order: &str| {
        format!(
            "nodes: [{{id: a, crew: c, repair: {{all: [b]}}}}, {{id: b, crew: c}}]\n\
             crews: [{{id: c, size: 1, order: {order}}}]\n\
             faults: [{{node: a, repair: 1h}}, {{node: b, repair: 1h}}]"
        )
    };
    let solve = |order| run(&build(&read_yaml(&text(order)).unwrap()).unwrap(), &Options::default()).unwrap();
    let strict = solve("strict");
    assert_eq!(strict.deadlocks, [["a", "b"]]);
    let glass = &strict.break_glass[0];
    assert!(glass.overtaking);
    assert_eq!(
        glass.any_one_of.iter().map(|edge| (edge.node.as_str(), edge.phase)).collect::<Vec<_>>(),
        [("a", "repair")]
    );
    let greedy = solve("greedy");
    assert!(greedy.deadlocks.is_empty());
    assert_eq!(greedy.nodes[0].up_at_h, Some(2.0));
}

/// Explanations are bounded: a chain of many nodes does not name all of them at each.
#[test]
fn a_long_chain_takes_little_memory() {
    let mut model = Model::default();
    for number in 0..200_000u32 {
        let run = number.checked_sub(1).map(|before| Gate::on(format!("n{before}")));
        model.nodes.push(Node { id: format!("n{number}"), run, ..Node::default() });
    }
    model.faults.push(Fault {
        node: Some("n0".into()),
        repair: Some(Timing::from(Duration::from_hours(1.0))),
        ..Fault::default()
    });
    let graph = build(&model).unwrap();
    let found = run(&graph, &Options::default()).unwrap();
    assert_eq!(found.nodes.len(), 200_000);
    assert!(found.nodes.iter().all(|node| node.because.len() <= 20 && node.up_at_h == Some(1.0)));
    assert_eq!(found.nodes[199_999].because[0], "n199998");
    let small = Model { nodes: model.nodes[..3_000].to_vec(), ..Model::default() };
    let down = single_failures(&build(&small).unwrap(), Engine::Auto).unwrap();
    assert!(down.iter().zip((1..=3_000).rev()).all(|(down, expected)| *down == expected));
}
