//! What a downtime hangs on: a tornado over the uncertain durations, and the value of knowing one of them.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Options, Scenarios, Worker, in_shifts};
use crate::error::Result;
use crate::graph::{FaultRow, Graph, NONE};
use crate::simulate::draw::{Draw, uniform};

/// One bar of a tornado: the target's hours down with one duration at its 10th and 90th percentile and every other
/// at its median.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Tornado {
    /// The duration, as `node/restart`, `node/run/supplier/buffer` and so on.
    pub parameter: String,
    pub low_h: f64,
    pub high_h: f64,
    /// Distance between the two.
    pub swing_h: f64,
}

/// The worth of measuring one duration before deciding.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ValueOfInformation {
    pub parameter: String,
    /// First-order share of the variance of the target's downtime that this duration explains, 0..1 (Sobol 1993,
    /// estimated from the given sample by 20 equal bins, less the share that pure chance would give).
    pub variance_share: f64,
    /// Expected fall of the standard deviation of the downtime, in hours, once the duration is known.
    pub deviation_saved_h: f64,
}

fn uncertain(graph: &Graph) -> Vec<u32> {
    (0..graph.timings.len() as u32).filter(|timing| !graph.timings[*timing as usize].law.is_fixed()).collect()
}

/// The tornado of `target` for the model's own faults, widest bar first; bars of no width are left out.
///
/// # Errors
/// `Oscillation`.
pub fn tornado(graph: &Graph, target: u32, options: &Options) -> Result<Vec<Tornado>> {
    let horizon = options.horizon.milliseconds();
    let timings = uncertain(graph);
    let mut bars: Vec<Tornado> = in_shifts(
        timings.len() as u64,
        || Worker::new(graph, &[target]),
        |worker, number| {
            let timing = timings[number as usize];
            let row = &graph.timings[timing as usize];
            let mut at = |share: f64| {
                let held = row.law.quantile(share).milliseconds();
                worker.first_target(&graph.faults, &Draw::median(graph).holding(timing, held), horizon)
            };
            let (a, b) = (at(0.1)?, at(0.9)?);
            Ok(Tornado {
                parameter: row.name.clone(),
                low_h: a.min(b),
                high_h: a.max(b),
                swing_h: (b - a).abs(),
            })
        },
    )?;
    bars.retain(|bar| bar.swing_h > 0.0);
    bars.sort_by(|a, b| b.swing_h.total_cmp(&a.swing_h).then_with(|| a.parameter.cmp(&b.parameter)));
    Ok(bars)
}

/// Which guess to measure next: for every uncertain duration how much of the target's uncertainty it carries, most
/// first.
///
/// # Errors
/// `Oscillation`.
pub fn value_of_information(
    graph: &Graph,
    target: u32,
    options: &Options,
) -> Result<Vec<ValueOfInformation>> {
    let scenarios = Scenarios::new(graph, options, NONE);
    let horizon = options.horizon.milliseconds();
    let down: Vec<f64> = in_shifts(
        options.trials,
        || (Worker::new(graph, &[target]), Vec::<FaultRow>::new()),
        |(worker, faults), trial| {
            scenarios.faults(trial, faults);
            worker.first_target(faults, &scenarios.draw(trial), horizon)
        },
    )?;
    let mut found: Vec<ValueOfInformation> = uncertain(graph)
        .into_par_iter()
        .map(|timing| {
            let (key, draws) = (scenarios.timing_keys[timing as usize], options.trials);
            let position = |trial: u64| uniform(key, scenarios.draw(trial).trial_key());
            let (share, saved) = explained(&down, (0..draws).map(position));
            let parameter = graph.timings[timing as usize].name.clone();
            ValueOfInformation { parameter, variance_share: share, deviation_saved_h: saved }
        })
        .filter(|value| value.variance_share > 0.0)
        .collect();
    found.sort_by(|a, b| {
        b.variance_share.total_cmp(&a.variance_share).then_with(|| a.parameter.cmp(&b.parameter))
    });
    Ok(found)
}

/// Share of the variance of `values` explained by `positions` (uniform on 0..1), and the expected fall of the standard
/// deviation.
fn explained(values: &[f64], positions: impl Iterator<Item = f64>) -> (f64, f64) {
    const BINS: usize = 20;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n.max(1.0);
    if variance <= 0.0 {
        return (0.0, 0.0);
    }
    let mut bins = [(0.0f64, 0.0f64); BINS];
    for (value, position) in values.iter().zip(positions) {
        let bin = &mut bins[((position * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + 1.0, bin.1 + value);
    }
    let filled = bins.iter().filter(|(count, _)| *count > 0.0);
    let between: f64 =
        filled.clone().map(|(count, sum)| count * (sum / count - mean).powi(2)).sum::<f64>() / n;
    // Means of bins scatter even without any dependence; that share is taken off.
    let chance = (filled.count() as f64 - 1.0) / n;
    let share = ((between / variance - chance) / (1.0 - chance).max(f64::EPSILON)).clamp(0.0, 1.0);
    (share, variance.sqrt() * (1.0 - (1.0 - share).sqrt()))
}
