//! The engine against a slow solver on thousands of small random models with every kind of gate.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod reference;

use reference::{Random, Shape, Stepper, blast, random_model};
use shinayaka_cascade::blast::{Engine, joint_failure, single_failures};
use shinayaka_cascade::graph::build;
use shinayaka_cascade::model::{CrewOrder, Model};
use shinayaka_cascade::simulate::{Options, run};
use shinayaka_cascade::{Error, model};

const MODELS: u64 = 10_000;
/// No model of the generator is still moving after this many hours, unless it never settles.
const HOURS: u64 = 400;

#[test]
fn blast_radius_equals_brute_force() {
    for seed in 0..MODELS {
        let shape = Shape { switches: false, crews: false, order: CrewOrder::Strict };
        let model = random_model(&mut Random(seed), shape);
        let graph = build(&model).unwrap();
        let expected: Vec<usize> = (0..model.nodes.len()).map(|node| blast(&model, &[node]).len()).collect();
        assert_eq!(single_failures(&graph, Engine::Both).unwrap(), expected, "seed {seed}");
        let pair = [0, model.nodes.len() - 1];
        let joint: Vec<usize> =
            joint_failure(&graph, &[pair[0] as u32, pair[1] as u32]).iter().map(|n| *n as usize).collect();
        assert_eq!(joint, blast(&model, &pair), "seed {seed}");
    }
}

type Outages = Vec<(String, Vec<(f64, Option<f64>)>)>;

fn engine(model: &Model) -> Option<Outages> {
    let options = Options { horizon: Some(model::Duration::from_hours((HOURS - 1) as f64)) };
    match run(&build(model).unwrap(), &options) {
        Ok(run) => Some(run.nodes.into_iter().map(|node| (node.node, node.outages)).collect()),
        Err(Error::Oscillation { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

fn stepped(model: &Model) -> Outages {
    let stepper = Stepper::solve(model, HOURS);
    let as_hours = |outages: &Vec<(u64, Option<u64>)>| {
        outages.iter().map(|(down, up)| (*down as f64, up.map(|up| up as f64))).collect()
    };
    model
        .nodes
        .iter()
        .zip(&stepper.outages)
        .filter(|(_, outages)| !outages.is_empty())
        .map(|(node, outages)| (node.id.clone(), as_hours(outages)))
        .collect()
}

fn compare(shape: Shape) {
    for seed in 0..MODELS {
        let model = random_model(&mut Random(seed), shape);
        let Some(outages) = engine(&model) else { continue };
        assert_eq!(outages, stepped(&model), "seed {seed}: {}", serde_json::to_string(&model).unwrap());
    }
}

#[test]
fn failure_and_recovery_equal_brute_force() {
    compare(Shape { switches: false, crews: false, order: CrewOrder::Strict });
}

#[test]
fn with_switch_times_too() {
    compare(Shape { switches: true, crews: false, order: CrewOrder::Strict });
}

#[test]
fn with_crews_too() {
    compare(Shape { switches: true, crews: true, order: CrewOrder::Strict });
}
