//! More buffer, more crews or an extra alternative never lengthens any downtime; the order of the file never matters.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "the slow solver is for the other test")]
mod reference;

use std::collections::BTreeMap;

use reference::{Random, Shape, random_model};
use shinayaka_cascade::Error;
use shinayaka_cascade::graph::build;
use shinayaka_cascade::model::{Crew, CrewOrder, Duration, Fault, Gate, Law, Model, Node, Timing, read_yaml};
use shinayaka_cascade::simulate::{Options, run};

const MODELS: u64 = 10_000;
const HORIZON: f64 = 300.0;
const SHAPE: Shape = Shape { switches: false, crews: true, order: CrewOrder::Strict };

/// Hours down of each node until the horizon; `None` when the model never settles.
fn downtimes(model: &Model) -> Option<BTreeMap<String, f64>> {
    let options = Options { horizon: Some(Duration::from_hours(HORIZON)) };
    match run(&build(model).unwrap(), &options) {
        Ok(run) => {
            let down = |outages: &[(f64, Option<f64>)]| {
                outages.iter().map(|(down, up)| up.unwrap_or(HORIZON) - down).sum::<f64>()
            };
            Some(run.nodes.into_iter().map(|node| (node.node, down(&node.outages))).collect())
        }
        Err(Error::Oscillation { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Calls `change` with every edge of the model in turn.
fn visit_edges(gate: &mut Gate, change: &mut dyn FnMut(&mut Gate)) {
    match gate {
        Gate::Supplier(_) => change(gate),
        Gate::All(of) | Gate::Any(of) | Gate::KOfN { of, .. } | Gate::Weighted { of, .. } => {
            of.iter_mut().for_each(|member| visit_edges(member, change));
        }
    }
}

fn improve(model: &Model, random: &mut Random) -> Model {
    let mut better = model.clone();
    let kind = random.below(3);
    if kind == 0 {
        better.crews[0].size += 1 + random.below(3) as u32;
        return better;
    }
    if kind == 2 {
        better.nodes.push(Node { id: "extra".into(), ..Node::default() });
    }
    let mut edges = 0;
    let mut count = |_: &mut Gate| edges += 1;
    let mut copy = model.clone();
    for node in &mut copy.nodes {
        node.run
            .iter_mut()
            .chain(&mut node.start)
            .chain(&mut node.repair)
            .for_each(|gate| visit_edges(gate, &mut count));
    }
    if edges == 0 {
        return better;
    }
    let mut target = random.below(edges) as i64;
    let hours = 1 + random.below(10);
    let mut change = |gate: &mut Gate| {
        target -= 1;
        if target != -1 {
            return;
        }
        if kind == 1 {
            let Gate::Supplier(supplier) = gate else { return };
            let terms = supplier.terms.get_or_insert_default();
            let before = match terms.buffer {
                Some(Timing { law: Law::Fixed(value), .. }) => value.hours(),
                _ => 0.0,
            };
            terms.buffer = Some(Timing::from(Duration::from_hours(before + hours as f64)));
        } else {
            // The weight of the edge moves to the alternative gate as a whole only when it is 1.
            if let Gate::Supplier(supplier) = gate
                && supplier.terms().weight.is_some_and(|weight| weight != 1.0)
            {
                return;
            }
            *gate = Gate::Any(vec![gate.clone(), Gate::on("extra")]);
        }
    };
    for node in &mut better.nodes {
        node.run
            .iter_mut()
            .chain(&mut node.start)
            .chain(&mut node.repair)
            .for_each(|gate| visit_edges(gate, &mut change));
    }
    better
}

#[test]
fn no_improvement_lengthens_any_downtime() {
    let mut shortened = 0;
    for seed in 0..MODELS {
        let mut random = Random(seed);
        let model = random_model(&mut random, SHAPE);
        let better = improve(&model, &mut random);
        let (Some(before), Some(after)) = (downtimes(&model), downtimes(&better)) else { continue };
        for (node, hours) in &after {
            let old = before.get(node).copied().unwrap_or(0.0);
            assert!(
                *hours <= old,
                "seed {seed}, {node}: {old} h became {hours} h\n{}\n{}",
                serde_json::to_string(&model).unwrap(),
                serde_json::to_string(&better).unwrap()
            );
        }
        shortened += u32::from(after != before);
    }
    assert!(shortened > 500, "only {shortened} of the improvements changed anything");
}

#[test]
fn the_order_of_the_file_never_matters() {
    for seed in 0..MODELS {
        let mut random = Random(seed);
        let shape = Shape {
            switches: true,
            crews: true,
            order: [CrewOrder::Strict, CrewOrder::Greedy][(seed % 2) as usize],
        };
        let model = random_model(&mut random, shape);
        let mut shuffled = model.clone();
        for at in (1..shuffled.nodes.len()).rev() {
            shuffled.nodes.swap(at, random.below(at as u64 + 1) as usize);
        }
        shuffled.faults.sort_by_key(|fault| std::cmp::Reverse(fault.node.clone()));
        assert_eq!(downtimes(&model), downtimes(&shuffled), "seed {seed}");
    }
}

/// A crew that takes whatever can be done now is shorter on average, but with a third hand the second of two urgent
/// jobs starts an hour later: long jobs have filled the hands. In strict order this cannot happen.
#[test]
fn greedy_crews_have_the_anomaly_of_graham_and_strict_ones_do_not() {
    let solve = |size, order| {
        let mut model = Model { crews: vec![Crew { id: "crew".into(), size, order }], ..Model::default() };
        let mut job = |id: &str, at: f64, hours: f64, priority| {
            model.nodes.push(Node { id: id.into(), crew: Some("crew".into()), priority, ..Node::default() });
            let repair = Some(Timing::from(Duration::from_hours(hours)));
            model.faults.push(Fault {
                node: Some(id.into()),
                at: Duration::from_hours(at),
                repair,
                ..Fault::default()
            });
        };
        for id in ["a1", "a2", "a3", "a4"] {
            job(id, 0.0, 1.0, 0);
        }
        for id in ["l1", "l2", "l3"] {
            job(id, 0.0, 10.0, 9);
        }
        job("h1", 1.9, 1.0, 1);
        job("h2", 1.9, 1.0, 1);
        downtimes(&model).unwrap()
    };
    let (two, three) = (solve(2, CrewOrder::Greedy), solve(3, CrewOrder::Greedy));
    assert!(three["h2"] > two["h2"], "{} h with three hands, {} h with two", three["h2"], two["h2"]);
    let (two, three) = (solve(2, CrewOrder::Strict), solve(3, CrewOrder::Strict));
    assert!(two.iter().all(|(node, hours)| three[node] <= *hours));
}

/// Why switch times are outside the law: a longer battery moves the gap of the switch to a worse hour.
#[test]
fn a_switch_gap_moves_with_the_battery() {
    let solve = |battery: u32| {
        let power = format!("{{any: [{{node: grid, buffer: {battery}h}}, {{node: genset, switch: 1h}}]}}");
        let text = format!(
            "nodes: [{{id: grid}}, {{id: genset}}, {{id: other}}, {{id: power, run: {power}}}, \
             {{id: desk, run: {{any: [power, other]}}}}]\n\
             faults: [{{node: grid, repair: 24h}}, {{node: other, at: 3h, repair: 4h}}]"
        );
        downtimes(&read_yaml(&text).unwrap()).unwrap()
    };
    assert_eq!(solve(1).get("desk"), None);
    assert_eq!(solve(5)["desk"], 1.0);
}
