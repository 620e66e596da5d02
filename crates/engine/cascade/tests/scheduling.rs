//! Restoration scheduling: crews as machines, repairs as jobs. Known optima of the literature, and Smith's rule.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use shinayaka_cascade::graph::build;
use shinayaka_cascade::model::{Crew, CrewOrder, Duration, Fault, Gate, Model, Node, Timing};
use shinayaka_cascade::simulate::{Options, run};

/// One repair of `hours`, to be done by a crew of one.
fn job(model: &mut Model, id: String, crew: String, hours: u32, priority: i32, after: Option<String>) {
    if model.crews.iter().all(|other| other.id != crew) {
        model.crews.push(Crew { id: crew.clone(), size: 1, order: CrewOrder::Strict });
    }
    let repair = Some(Timing::from(Duration::from_hours(f64::from(hours))));
    model.faults.push(Fault { node: Some(id.clone()), repair, ..Fault::default() });
    let needs = after.map(Gate::on);
    model.nodes.push(Node { id, crew: Some(crew), priority, repair: needs, ..Node::default() });
}

/// Hours until the last repair is done, with each machine taking its jobs in the given order.
fn makespan(jobs: &[&[(usize, u32)]], orders: &[&[usize]]) -> f64 {
    let mut model = Model::default();
    for (number, operations) in jobs.iter().enumerate() {
        for (step, (machine, hours)) in operations.iter().enumerate() {
            let place = orders[*machine].iter().position(|other| *other == number).unwrap();
            let id = format!("job{number}-{step}");
            let after = step.checked_sub(1).map(|before| format!("job{number}-{before}"));
            job(&mut model, id, format!("machine{machine}"), *hours, place as i32, after);
        }
    }
    let run = run(&build(&model).unwrap(), &Options::default()).unwrap();
    assert!(run.deadlocks.is_empty() && run.waiting_for_crew.is_empty());
    run.nodes.iter().map(|node| node.up_at_h.unwrap()).fold(0.0, f64::max)
}

/// Fisher and Thompson's instance of six jobs (1963), whose optimum is 55, in an optimal order.
#[test]
fn ft06() {
    let jobs: [&[(usize, u32)]; 6] = [
        &[(2, 1), (0, 3), (1, 6), (3, 7), (5, 3), (4, 6)],
        &[(1, 8), (2, 5), (4, 10), (5, 10), (0, 10), (3, 4)],
        &[(2, 5), (3, 4), (5, 8), (0, 9), (1, 1), (4, 7)],
        &[(1, 5), (0, 5), (2, 5), (3, 3), (4, 8), (5, 9)],
        &[(2, 9), (1, 3), (4, 5), (5, 4), (0, 3), (3, 1)],
        &[(1, 3), (3, 3), (5, 9), (0, 10), (4, 4), (2, 1)],
    ];
    let optimal: [&[usize]; 6] = [
        &[0, 3, 2, 5, 1, 4],
        &[1, 3, 5, 0, 4, 2],
        &[2, 0, 1, 4, 3, 5],
        &[2, 5, 3, 0, 1, 4],
        &[1, 4, 3, 5, 2, 0],
        &[2, 5, 1, 4, 0, 3],
    ];
    assert_eq!(makespan(&jobs, &optimal), 55.0);
}

/// Lawrence's first instance (1984), optimum 666.
#[test]
fn la01() {
    let jobs: [&[(usize, u32)]; 10] = [
        &[(1, 21), (0, 53), (4, 95), (3, 55), (2, 34)],
        &[(0, 21), (3, 52), (4, 16), (2, 26), (1, 71)],
        &[(3, 39), (4, 98), (1, 42), (2, 31), (0, 12)],
        &[(1, 77), (0, 55), (4, 79), (2, 66), (3, 77)],
        &[(0, 83), (3, 34), (2, 64), (1, 19), (4, 37)],
        &[(1, 54), (2, 43), (4, 79), (0, 92), (3, 62)],
        &[(3, 69), (4, 77), (1, 87), (2, 87), (0, 93)],
        &[(2, 38), (0, 60), (1, 41), (3, 24), (4, 83)],
        &[(3, 17), (1, 49), (4, 25), (0, 44), (2, 98)],
        &[(4, 77), (3, 79), (2, 43), (1, 75), (0, 96)],
    ];
    let optimal: [&[usize]; 5] = [
        &[4, 3, 1, 8, 7, 9, 0, 5, 6, 2],
        &[3, 0, 8, 5, 9, 6, 4, 2, 7, 1],
        &[7, 9, 5, 3, 4, 6, 1, 2, 8, 0],
        &[6, 8, 9, 1, 2, 4, 3, 7, 0, 5],
        &[9, 6, 8, 3, 2, 5, 1, 0, 7, 4],
    ];
    assert_eq!(makespan(&jobs, &optimal), 666.0);
}

/// Fisher and Thompson's instance of ten jobs (1963), optimum 930, in an optimal order.
#[test]
fn ft10() {
    let text = "0 29 1 78 2 9 3 36 4 49 5 11 6 62 7 56 8 44 9 21/0 43 2 90 4 75 9 11 3 69 1 28 6 46 5 46 7 72 8 30/\
        1 91 0 85 3 39 2 74 8 90 5 10 7 12 6 89 9 45 4 33/1 81 2 95 0 71 4 99 6 9 8 52 7 85 3 98 9 22 5 43/\
        2 14 0 6 1 22 5 61 3 26 4 69 8 21 7 49 9 72 6 53/2 84 1 2 5 52 3 95 8 48 9 72 0 47 6 65 4 6 7 25/\
        1 46 0 37 3 61 2 13 6 32 5 21 9 32 8 89 7 30 4 55/2 31 0 86 1 46 5 74 4 32 6 88 8 19 9 48 7 36 3 79/\
        0 76 1 69 3 76 5 51 2 85 9 11 6 40 7 89 4 26 8 74/1 85 0 13 2 61 6 7 8 64 9 76 5 47 3 52 4 90 7 45";
    let jobs: Vec<Vec<(usize, u32)>> = text
        .split('/')
        .map(|job| {
            let numbers: Vec<u32> = job.split_whitespace().map(|number| number.parse().unwrap()).collect();
            numbers.as_chunks::<2>().0.iter().map(|[machine, hours]| (*machine as usize, *hours)).collect()
        })
        .collect();
    let jobs: Vec<&[(usize, u32)]> = jobs.iter().map(Vec::as_slice).collect();
    let optimal: [&[usize]; 10] = [
        &[0, 8, 1, 6, 3, 4, 7, 9, 5, 2],
        &[3, 5, 6, 8, 9, 4, 2, 7, 0, 1],
        &[5, 3, 7, 4, 1, 6, 9, 8, 0, 2],
        &[5, 6, 8, 4, 2, 0, 1, 9, 3, 7],
        &[3, 1, 4, 5, 7, 0, 8, 9, 6, 2],
        &[5, 4, 8, 6, 7, 9, 0, 2, 1, 3],
        &[6, 3, 9, 5, 8, 7, 0, 1, 2, 4],
        &[3, 5, 4, 8, 6, 2, 0, 7, 1, 9],
        &[5, 3, 9, 4, 6, 2, 7, 8, 0, 1],
        &[5, 6, 8, 9, 1, 4, 7, 3, 2, 0],
    ];
    assert_eq!(makespan(&jobs, &optimal), 930.0);
}

/// One crew, weights: no order of the repairs loses fewer weighted hours than that by hours over weight (Smith 1956).
#[test]
fn smiths_rule() {
    let jobs: [(u32, f64); 6] = [(7, 2.0), (1, 1.0), (4, 4.0), (3, 1.0), (9, 6.0), (2, 5.0)];
    let lost = |order: &[usize]| {
        let mut model = Model::default();
        for (number, (hours, weight)) in jobs.iter().enumerate() {
            let place = order.iter().position(|other| *other == number).unwrap();
            job(&mut model, format!("n{number}"), "crew".into(), *hours, place as i32, None);
            model.nodes[number].weight = Some(*weight);
        }
        run(&build(&model).unwrap(), &Options::default()).unwrap().service_hours_lost.unwrap()
    };
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by(|a, b| {
        (f64::from(jobs[*a].0) / jobs[*a].1).total_cmp(&(f64::from(jobs[*b].0) / jobs[*b].1))
    });
    let smith = lost(&order);
    let mut least = f64::INFINITY;
    let mut count = 0;
    permute(&mut (0..jobs.len()).collect::<Vec<_>>(), 0, &mut |order: &[usize]| {
        least = least.min(lost(order));
        count += 1;
    });
    assert_eq!(count, 720);
    assert!((smith - least).abs() < 1e-9, "Smith's rule loses {smith}, the best order {least}");
}

fn permute(order: &mut [usize], from: usize, visit: &mut impl FnMut(&[usize])) {
    if from == order.len() {
        return visit(order);
    }
    for at in from..order.len() {
        order.swap(from, at);
        permute(order, from + 1, visit);
        order.swap(from, at);
    }
}

/// Equal crews: list scheduling is within 2 - 1/m of the bound by work and by the longest job (Graham 1966).
#[test]
fn list_scheduling_of_ten_thousand_jobs() {
    let mut model = Model {
        crews: vec![Crew { id: "crew".into(), size: 50, order: CrewOrder::Strict }],
        ..Model::default()
    };
    let (mut work, mut longest) = (0.0, 0.0f64);
    for number in 0..10_000u32 {
        let hours = 1 + number * 7919 % 23;
        job(&mut model, format!("n{number}"), "crew".into(), hours, 0, None);
        work += f64::from(hours) / 50.0;
        longest = longest.max(f64::from(hours));
    }
    let run = run(&build(&model).unwrap(), &Options::default()).unwrap();
    let end = run.nodes.iter().map(|node| node.up_at_h.unwrap()).fold(0.0, f64::max);
    assert!(end >= work && end <= work + longest, "{end} is not between {work} and {}", work + longest);
}
