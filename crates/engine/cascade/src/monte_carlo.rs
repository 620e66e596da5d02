//! Many random runs: how long things are down, what the length hangs on, and which guess to measure next.

mod logic;
mod sensitivity;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

pub use logic::{Logic, NodeProbability, logic};
pub use sensitivity::{Tornado, ValueOfInformation, tornado, value_of_information};

use crate::error::{Error, Result};
use crate::graph::{FaultRow, Graph, NONE};
use crate::model::Duration;
use crate::simulate::draw::{Draw, key, mix, timing_keys};
use crate::simulate::queue::EventQueue;
use crate::simulate::{MAXIMUM_STEPS, NEVER, chain, hours};

/// Most samples kept (trials times targets).
const MAXIMUM_SAMPLES: u64 = 100_000_000;
/// Sets of the draws of faults apart from the draws of durations.
const FAULT_DOMAIN: u64 = 0x6661_756c_7473_0001;

/// How a Monte Carlo is run.
#[derive(Clone, Debug)]
pub struct Options {
    pub trials: u64,
    pub seed: u64,
    /// Every trial stops here; a node still down counts until here.
    pub horizon: Duration,
    /// Nodes whose downtime is kept trial by trial; empty for all nodes with a promise, or else for all nodes on which
    /// nothing depends.
    pub targets: Vec<u32>,
    /// Probability of a fault at time 0 for nodes that name none.
    pub failure_probability: f64,
    /// Repair time of random faults where the node names none; absent for never.
    pub repair: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        let horizon = Duration::from_hours(24.0 * 30.0);
        Self { trials: 1_000, seed: 1, horizon, targets: Vec::new(), failure_probability: 0.0, repair: None }
    }
}

/// Downtimes over all trials.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MonteCarlo {
    pub trials: u64,
    pub seed: u64,
    pub horizon_h: f64,
    pub targets: Vec<Downtime>,
    /// Mean over trials of weight times hours down, summed over all nodes.
    pub service_hours_lost: Spread,
    /// Events of all trials.
    pub events: u64,
}

/// The distribution of one node's hours down in a trial.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Downtime {
    pub node: String,
    pub down_h: Spread,
    /// Share of trials in which it went down at all.
    pub hit: f64,
    /// Share of trials in which it was still down at the horizon.
    pub not_back: f64,
    /// Share of trials in which an outage was longer than promised; absent without a promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promise_broken: Option<f64>,
    /// How often a node lies on the critical path of the return, as a share of the trials with a return; the largest
    /// 20 (the criticality index of project networks).
    pub criticality: Vec<Criticality>,
}

/// A node and the share of critical paths it lies on.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Criticality {
    pub node: String,
    pub index: f64,
}

/// Mean, its standard error, and percentiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Spread {
    pub mean: f64,
    /// Standard error of the mean.
    pub error: f64,
    pub p10: f64,
    pub p50: f64,
    pub p90: f64,
    pub p95: f64,
    pub max: f64,
}

impl Spread {
    /// The spread of a sample; all zero for none. Quantiles are order statistics (nearest rank).
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = |share: f64| sorted[((share * n).ceil() as usize).clamp(1, sorted.len()) - 1];
        Self {
            mean,
            error: if values.len() > 1 { (squares / (n - 1.0) / n).sqrt() } else { 0.0 },
            p10: rank(0.1),
            p50: rank(0.5),
            p90: rank(0.9),
            p95: rank(0.95),
            max: rank(1.0),
        }
    }
}

/// What one trial leaves.
struct Trial {
    /// Milliseconds down of each target.
    down: Vec<u64>,
    not_back: Vec<bool>,
    broken: Vec<bool>,
    /// For each target the nodes on the critical path of its last return.
    critical: Vec<Vec<u32>>,
    lost: f64,
    events: u64,
}

/// Draws the scenario of each trial: the model's faults, and random ones by probability.
pub(crate) struct Scenarios<'g> {
    graph: &'g Graph,
    options: &'g Options,
    timing_keys: std::sync::Arc<[u64]>,
    /// Nodes that can fault, by priority and id as the event queue wants them: key, the draw below which it is a fault,
    /// and number.
    random: Vec<(u64, u64, u32)>,
    cause_keys: Vec<u64>,
    repair: u32,
}

impl<'g> Scenarios<'g> {
    pub fn new(graph: &'g Graph, options: &'g Options, repair: u32) -> Self {
        let threshold = |own: &f64| {
            let probability = if *own > 0.0 { *own } else { options.failure_probability };
            (probability * u64::MAX as f64) as u64
        };
        let nodes = graph.failure_probability.iter().map(threshold).zip(0u32..).filter(|(own, _)| *own > 0);
        let mut random: Vec<(u64, u64, u32)> = nodes
            .map(|(own, node)| (mix(key(&graph.ids[node as usize]) ^ FAULT_DOMAIN), own, node))
            .collect();
        random.sort_by_key(|(_, _, node)| (graph.priority[*node as usize], graph.rank[*node as usize]));
        let cause_keys = graph.causes.iter().map(|cause| mix(key(&cause.id) ^ !FAULT_DOMAIN)).collect();
        Self { graph, options, timing_keys: timing_keys(graph), random, cause_keys, repair }
    }

    pub fn draw(&self, trial: u64) -> Draw<'g> {
        Draw::sampled(self.graph, self.timing_keys.clone(), self.options.seed, trial)
    }

    /// The faults of trial number `trial`, sorted as the event queue wants them.
    pub fn faults(&self, trial: u64, into: &mut Vec<FaultRow>) {
        into.clear();
        let key = mix(mix(self.options.seed ^ FAULT_DOMAIN) ^ trial);
        let graph = self.graph;
        for (own, threshold, node) in &self.random {
            if mix(own ^ key) < *threshold {
                into.push(self.fault(*node, NONE, self.repair));
            }
        }
        for (cause, own) in graph.causes.iter().zip(&self.cause_keys) {
            if (mix(own ^ key) as f64) < cause.failure_probability * u64::MAX as f64 {
                let repair = cause.repair_time.unwrap_or(self.repair);
                into.extend(cause.nodes.iter().map(|node| self.fault(*node, NONE, repair)));
                into.extend(
                    cause
                        .edges
                        .iter()
                        .map(|edge| self.fault(graph.edges[*edge as usize].supplier, *edge, repair)),
                );
            }
        }
        into.extend_from_slice(&graph.faults);
        into.sort_by_key(|fault| {
            let node = fault.node as usize;
            (fault.at, graph.priority[node], graph.rank[node], fault.edge)
        });
    }

    fn fault(&self, node: u32, edge: u32, otherwise: u32) -> FaultRow {
        let own = if edge == NONE { self.graph.repair_time[node as usize] } else { NONE };
        FaultRow { node, edge, at: 0, repair: if own == NONE { otherwise } else { own } }
    }
}

/// The nodes to report on.
fn targets(graph: &Graph, options: &Options) -> Vec<u32> {
    if !options.targets.is_empty() {
        return options.targets.clone();
    }
    let all = 0..graph.len() as u32;
    let promised: Vec<u32> = all.clone().filter(|node| graph.promise[*node as usize] != NEVER).collect();
    if !promised.is_empty() {
        return promised;
    }
    all.filter(|node| graph.run_out(*node).is_empty()).collect()
}

/// Runs the trials. The result depends on seed and model only, not on threads.
///
/// # Errors
/// `Oscillation` for a trial that never settles, `TooLarge` for more samples than memory should hold.
pub fn run(graph: &Graph, options: &Options) -> Result<MonteCarlo> {
    let mut graph = graph.clone();
    let repair = options.repair.map_or(NONE, |repair| graph.add_timing(repair));
    let graph = &graph;
    let targets = targets(graph, options);
    if options.trials.saturating_mul(targets.len() as u64) > MAXIMUM_SAMPLES {
        return Err(Error::TooLarge {
            what: "samples (trials times targets)".into(),
            limit: MAXIMUM_SAMPLES,
            advice: "name fewer targets".into(),
        });
    }
    let scenarios = Scenarios::new(graph, options, repair);
    let horizon = options.horizon.milliseconds();
    let trials: Vec<Trial> = in_shifts(
        options.trials,
        || Worker::new(graph, &targets),
        |worker, trial| worker.trial(&scenarios, trial, horizon),
    )?;
    let lost: Vec<f64> = trials.iter().map(|trial| trial.lost).collect();
    Ok(MonteCarlo {
        trials: options.trials,
        seed: options.seed,
        horizon_h: options.horizon.hours(),
        targets: targets.iter().enumerate().map(|(at, node)| downtime(graph, &trials, at, *node)).collect(),
        service_hours_lost: Spread::of(&lost),
        events: trials.iter().map(|trial| trial.events).sum(),
    })
}

/// One thread's memory.
pub(crate) struct Worker<'g> {
    graph: &'g Graph,
    queue: EventQueue<'g>,
    faults: Vec<FaultRow>,
    /// Place of a node among the targets, or [`NONE`].
    place: Vec<u32>,
    targets: usize,
}

impl<'g> Worker<'g> {
    pub fn new(graph: &'g Graph, targets: &[u32]) -> Self {
        let mut place = vec![NONE; graph.len()];
        for (at, node) in targets.iter().enumerate() {
            place[*node as usize] = at as u32;
        }
        Self { graph, queue: EventQueue::new(graph), faults: Vec::new(), place, targets: targets.len() }
    }

    /// Hours down of the first target under `draw`.
    pub fn first_target(&mut self, faults: &[FaultRow], draw: &Draw<'_>, horizon: u64) -> Result<f64> {
        self.queue.run(faults, draw, horizon)?;
        let of_target = self.queue.outages.iter().filter(|outage| self.place[outage.node as usize] == 0);
        Ok(hours(of_target.map(|outage| outage.up.min(horizon) - outage.down).sum()))
    }

    fn trial(&mut self, scenarios: &Scenarios<'g>, trial: u64, horizon: u64) -> Result<Trial> {
        scenarios.faults(trial, &mut self.faults);
        self.queue.run(&self.faults, &scenarios.draw(trial), horizon)?;
        let count = self.targets;
        let mut result = Trial {
            down: vec![0; count],
            not_back: vec![false; count],
            broken: vec![false; count],
            critical: vec![Vec::new(); count],
            lost: 0.0,
            events: self.queue.events,
        };
        for outage in &self.queue.outages {
            let node = outage.node as usize;
            let length = outage.up.min(horizon) - outage.down;
            result.lost += self.graph.weight[node] * hours(length);
            let at = self.place[node] as usize;
            if self.place[node] == NONE {
                continue;
            }
            result.down[at] += length;
            result.not_back[at] |= outage.up == NEVER;
            result.broken[at] |= outage.up == NEVER || length > self.graph.promise[node];
            result.critical[at] = chain(&self.queue.records, outage.record_up)
                .take(20 * MAXIMUM_STEPS)
                .filter(|record| record.began < record.at)
                .map(|record| record.node)
                .collect();
        }
        for path in &mut result.critical {
            path.sort_unstable();
            path.dedup();
        }
        Ok(result)
    }
}

fn downtime(graph: &Graph, trials: &[Trial], at: usize, node: u32) -> Downtime {
    let down: Vec<f64> = trials.iter().map(|trial| hours(trial.down[at])).collect();
    let share = |test: &dyn Fn(&Trial) -> bool| {
        trials.iter().filter(|trial| test(trial)).count() as f64 / trials.len().max(1) as f64
    };
    let mut on_path: std::collections::BTreeMap<u32, u64> = std::collections::BTreeMap::new();
    let mut returns = 0;
    for trial in trials.iter().filter(|trial| !trial.critical[at].is_empty()) {
        returns += 1;
        for other in &trial.critical[at] {
            *on_path.entry(*other).or_default() += 1;
        }
    }
    let mut criticality: Vec<Criticality> = on_path
        .into_iter()
        .map(|(other, count)| Criticality {
            node: graph.id(other).to_owned(),
            index: count as f64 / f64::from(returns),
        })
        .collect();
    criticality.sort_by(|a, b| b.index.total_cmp(&a.index).then_with(|| a.node.cmp(&b.node)));
    criticality.truncate(20);
    Downtime {
        node: graph.id(node).to_owned(),
        down_h: Spread::of(&down),
        hit: share(&|trial| trial.down[at] > 0 || trial.not_back[at]),
        not_back: share(&|trial| trial.not_back[at]),
        promise_broken: (graph.promise[node as usize] != NEVER).then(|| share(&|trial| trial.broken[at])),
        criticality,
    }
}

/// The difference that a what-if makes to one target, trial by trial with common random numbers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    pub node: String,
    /// Hours down with the patch minus without.
    pub hours: Spread,
    /// 95 % interval of the mean difference (normal approximation).
    pub low: f64,
    pub high: f64,
}

/// Compares a variant with the base on the same random numbers, target by target (by id).
///
/// # Errors
/// As [`run`], and `NotFound` for a target that the variant does not have.
pub fn what_if(base: &Graph, variant: &Graph, options: &Options) -> Result<Vec<Difference>> {
    let targets = targets(base, options);
    let ids: Vec<u32> = targets.iter().map(|node| variant.node(base.id(*node))).collect::<Result<_>>()?;
    let before = samples(base, options, &targets)?;
    let after = samples(variant, options, &ids)?;
    let difference = |(at, node): (usize, &u32)| {
        let hours: Vec<f64> = before.iter().zip(&after).map(|(b, a)| a[at] - b[at]).collect();
        let hours = Spread::of(&hours);
        let half = 1.959_963_985 * hours.error;
        Difference { node: base.id(*node).to_owned(), hours, low: hours.mean - half, high: hours.mean + half }
    };
    Ok(targets.iter().enumerate().map(difference).collect())
}

/// Hours down of every target in every trial.
fn samples(graph: &Graph, options: &Options, targets: &[u32]) -> Result<Vec<Vec<f64>>> {
    let mut graph = graph.clone();
    let repair = options.repair.map_or(NONE, |repair| graph.add_timing(repair));
    let scenarios = Scenarios::new(&graph, options, repair);
    let horizon = options.horizon.milliseconds();
    in_shifts(
        options.trials,
        || Worker::new(&graph, targets),
        |worker, trial| Ok(worker.trial(&scenarios, trial, horizon)?.down.into_iter().map(hours).collect()),
    )
}

/// Runs the trials on all threads, a few long shifts a thread, since a worker's memory is dear to set up. Results come
/// in the order of the trials.
pub(crate) fn in_shifts<W, R: Send>(
    trials: u64,
    worker: impl Fn() -> W + Sync,
    trial: impl Fn(&mut W, u64) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let shifts = (2 * rayon::current_num_threads() as u64).min(trials).max(1);
    let one = |shift: u64| {
        let mut worker = worker();
        (shift * trials / shifts..(shift + 1) * trials / shifts)
            .map(|number| trial(&mut worker, number))
            .collect()
    };
    let done: Vec<Vec<R>> = (0..shifts).into_par_iter().map(one).collect::<Result<_>>()?;
    Ok(done.into_iter().flatten().collect())
}
