//! From a [`Model`] to a [`Graph`], refusing what no engine could answer.

use std::collections::{BTreeMap, HashMap};

use super::{
    CauseRow, CrewRow, Degrading, EdgeRow, FaultRow, GATE, GateRow, Graph, Member, NONE, Phase, TimingRow,
};
use crate::error::{Error, Result};
use crate::model::{Duration, EdgeGrade, Fault, Gate, Law, Model, Node, Supplier, Terms, Timing};

/// Deepest nesting of one gate tree.
const MAXIMUM_GATE_DEPTH: usize = 64;
/// Largest number of nodes, edges and gates: their numbers must fit below [`GATE`].
const MAXIMUM_ROWS: usize = 1 << 30;
/// Weights of a `weighted` gate are shares of this many parts.
const PARTS: f64 = 1e9;

/// Compiles a model.
///
/// # Errors
/// `Invalid` naming the node and phase for an unknown or duplicate id, a gate that can never hold, a share or probability
/// that is not a number in its range, a switch time or a degrading edge where it has no meaning; `TooLarge` for too
/// deep a gate.
pub fn build(model: &Model) -> Result<Graph> {
    let mut builder =
        Builder { graph: Graph { by_id: number_nodes(model)?, ..Graph::default() }, ..Builder::default() };
    let ids = &mut builder.graph.ids;
    ids.extend(model.nodes.iter().map(|node| node.id.clone()));
    builder.crews(model)?;
    for cause in &model.causes {
        let probability =
            share(cause.failure_probability, &format!("cause `{}`", cause.id), "failure_probability")?;
        let repair_time = cause
            .repair_time
            .map(|timing| builder.timing(Some(&timing), || format!("cause/{}/repair", cause.id)));
        let row = builder.causes.entry(cause.id.clone()).or_default();
        (row.failure_probability, row.repair_time) = (probability.unwrap_or(0.0), repair_time);
    }
    for (at, node) in model.nodes.iter().enumerate() {
        builder.node(at as u32, node)?;
    }
    for (at, fault) in model.faults.iter().enumerate() {
        builder.fault(at, fault, model)?;
    }
    builder.finish()
}

fn number_nodes(model: &Model) -> Result<HashMap<String, u32>> {
    if model.nodes.len() > MAXIMUM_ROWS {
        return Err(too_large("nodes"));
    }
    let mut by_id = HashMap::with_capacity(model.nodes.len());
    for (at, node) in model.nodes.iter().enumerate() {
        if node.id.is_empty() {
            return Err(Error::invalid(format!("nodes[{at}]"), "an empty id"));
        }
        if let Some(first) = by_id.insert(node.id.clone(), at as u32) {
            return Err(Error::invalid(
                format!("nodes[{at}]"),
                format!("`{}` is already nodes[{first}]", node.id),
            ));
        }
    }
    Ok(by_id)
}

fn too_large(what: &str) -> Error {
    Error::TooLarge { what: what.into(), limit: MAXIMUM_ROWS as u64, advice: "split the model".into() }
}

/// Checks that a number is a share 0..1.
fn share(value: Option<f64>, place: &str, what: &str) -> Result<Option<f64>> {
    match value {
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(Error::invalid(place, format!("{what} is {value}, not a number from 0 to 1")))
        }
        value => Ok(value),
    }
}

/// How the members of a gate add up.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    All,
    Any,
    Count(u32),
    Share(f64),
}

/// Where in the model the builder is, for messages.
#[derive(Clone, Copy)]
struct Place<'m> {
    node: &'m Node,
    number: u32,
    phase: Phase,
}

impl Place<'_> {
    fn error(&self, message: impl Into<String>) -> Error {
        Error::invalid(format!("node `{}`, {}", self.node.id, self.phase.name()), message)
    }
}

#[derive(Default)]
struct Builder {
    graph: Graph,
    crew_ids: HashMap<String, u32>,
    causes: BTreeMap<String, CauseRow>,
    /// Causes of edges, by the edge's number before sorting.
    edge_causes: Vec<(u32, String)>,
    edge_capacity: Vec<(u32, f64)>,
    gate_members: Vec<(u32, Member)>,
    /// Faults of causes, for the edges that carry them: cause, time, repair.
    cuts: Vec<(String, u64, u32)>,
}

impl Builder {
    fn crews(&mut self, model: &Model) -> Result<()> {
        for (at, crew) in model.crews.iter().enumerate() {
            if crew.size == 0 {
                return Err(Error::invalid(
                    format!("crew `{}`", crew.id),
                    "a crew of size 0 never repairs anything",
                ));
            }
            if self.crew_ids.insert(crew.id.clone(), at as u32).is_some() {
                return Err(Error::invalid(
                    format!("crews[{at}]"),
                    format!("`{}` stands there twice", crew.id),
                ));
            }
            self.graph.crews.push(CrewRow { size: crew.size, order: crew.order });
        }
        Ok(())
    }

    fn timing(&mut self, timing: Option<&Timing>, name: impl FnOnce() -> String) -> u32 {
        match timing {
            None => NONE,
            Some(Timing { law: Law::Fixed(value), .. }) if value.milliseconds() == 0 => NONE,
            Some(timing) => {
                self.graph.timings.push(TimingRow { law: timing.law, name: name() });
                (self.graph.timings.len() - 1) as u32
            }
        }
    }

    fn node(&mut self, number: u32, node: &Node) -> Result<()> {
        let place = format!("node `{}`", node.id);
        let probability = share(node.failure_probability, &place, "failure_probability")?;
        let minimum = share(node.minimum_performance, &place, "minimum_performance")?;
        self.graph.minimum_performance.push(minimum.unwrap_or(0.0));
        for (value, what) in [
            (node.weight, "weight"),
            (node.spare_capacity, "spare_capacity"),
            (node.growth_per_day, "growth_per_day"),
        ] {
            if value.is_some_and(|value| !value.is_finite() || value < 0.0) {
                return Err(Error::invalid(place, format!("{what} is not a number of at least 0")));
            }
        }
        let crew = match &node.crew {
            None => NONE,
            Some(crew) => *self.crew_ids.get(crew).ok_or_else(|| {
                Error::invalid(&place, format!("unknown crew `{crew}` (list it under crews)"))
            })?,
        };
        let restart = self.timing(node.restart.as_ref(), || format!("{}/restart", node.id));
        let repair_time = self.timing(node.repair_time.as_ref(), || format!("{}/repair_time", node.id));
        let has_repair_time = node.repair_time.is_some();
        let repair_time = if has_repair_time && repair_time == NONE {
            self.graph.add_timing(Duration::ZERO)
        } else {
            repair_time
        };
        self.graph.restart.push(restart);
        self.graph.repair_time.push(repair_time);
        self.graph.crew.push(crew);
        self.graph.priority.push(node.priority);
        self.graph.failure_probability.push(probability.unwrap_or(0.0));
        self.graph.weight.push(node.weight.unwrap_or(1.0));
        let promise = node.rto.into_iter().chain(node.mtpd).min();
        self.graph.promise.push(promise.map_or(u64::MAX, Duration::milliseconds));
        for cause in &node.causes {
            self.causes.entry(cause.clone()).or_default().nodes.push(number);
        }
        let mut roots = [NONE; 3];
        for (phase, gate) in Phase::ALL.into_iter().zip([&node.run, &node.start, &node.repair]) {
            if let Some(gate) = gate {
                let place = Place { node, number, phase };
                roots[phase as usize] = self.root(&place, gate)?;
            }
        }
        self.graph.roots.push(roots);
        Ok(())
    }

    fn root(&mut self, place: &Place<'_>, gate: &Gate) -> Result<u32> {
        let (rule, members) = rule_of(gate);
        let row = self.open_gate(place, NONE, 0);
        let total = match rule {
            Some(rule) => self.members(place, row, rule, members, 1)?,
            None => self.members(place, row, Rule::All, std::slice::from_ref(gate), 1)?,
        };
        if place.phase == Phase::Run {
            let conjuncts = if matches!(rule, None | Some(Rule::All)) { total as usize } else { 1 };
            self.graph.clauses += conjuncts;
        }
        if total == 0 && self.graph.gates[row as usize].threshold == 0 {
            self.graph.gates.pop();
            return Ok(NONE);
        }
        Ok(row)
    }

    fn open_gate(&mut self, place: &Place<'_>, parent: u32, weight: u32) -> u32 {
        let row = GateRow { threshold: 0, total: 0, parent, weight, node: place.number, phase: place.phase };
        self.graph.gates.push(row);
        (self.graph.gates.len() - 1) as u32
    }

    /// Adds the members of one gate and closes it; the result is the number of members that count.
    fn members(&mut self, place: &Place<'_>, row: u32, rule: Rule, of: &[Gate], depth: usize) -> Result<u32> {
        let weights = weights_of(place, rule, of)?;
        let mut count = 0;
        for (member, weight) in of.iter().zip(weights) {
            count += self.member(place, row, rule, member, weight, depth)?;
        }
        let gate = &mut self.graph.gates[row as usize];
        gate.threshold = match rule {
            Rule::All => gate.total,
            Rule::Any => 1,
            Rule::Count(k) => k,
            // One part a member is the rounding error of the shares.
            Rule::Share(share) => {
                (share * PARTS - of.len() as f64).ceil().clamp(0.0, f64::from(gate.total)) as u32
            }
        };
        if gate.threshold > gate.total {
            let message = match rule {
                Rule::Count(k) => format!("{k} of {} members can never hold", gate.total),
                _ => "an `any` without members can never hold".into(),
            };
            return Err(place.error(message));
        }
        Ok(count)
    }

    fn member(
        &mut self,
        place: &Place<'_>,
        row: u32,
        rule: Rule,
        member: &Gate,
        weight: u32,
        depth: usize,
    ) -> Result<u32> {
        if depth > MAXIMUM_GATE_DEPTH {
            return Err(Error::TooLarge {
                what: format!("levels of the gate `{}` of node `{}`", place.phase.name(), place.node.id),
                limit: MAXIMUM_GATE_DEPTH as u64,
                advice: "name the inner parts as nodes of their own".into(),
            });
        }
        match (rule_of(member), rule) {
            ((None, _), _) => match member {
                Gate::Supplier(supplier) => self.edge(place, row, rule, supplier, weight),
                _ => self.member(place, row, rule, &member.members()[0], weight, depth + 1),
            },
            // `all` inside `all` and `any` inside `any` say nothing new, unless an alternative stands by for its own gate.
            ((Some(Rule::All), of), Rule::All) => self.flatten(place, row, rule, of, depth),
            ((Some(Rule::Any), of), Rule::Any) if !of.is_empty() && !of.iter().any(has_switch) => {
                self.flatten(place, row, rule, of, depth)
            }
            ((Some(Rule::Any), of), Rule::All) if all_degrading(of) => self.degrading_any(place, row, of),
            ((Some(inner), of), _) => {
                let child = self.open_gate(place, row, weight);
                self.members(place, child, inner, of, depth + 1)?;
                self.graph.gates[row as usize].total += weight;
                self.gate_members.push((row, Member { what: child | GATE, weight }));
                Ok(1)
            }
        }
    }

    fn flatten(&mut self, place: &Place<'_>, row: u32, rule: Rule, of: &[Gate], depth: usize) -> Result<u32> {
        let mut count = 0;
        for member in of {
            count += self.member(place, row, rule, member, 1, depth + 1)?;
        }
        Ok(count)
    }

    /// An `any` over degrading suppliers degrades when all of them are lost.
    fn degrading_any(&mut self, place: &Place<'_>, row: u32, of: &[Gate]) -> Result<u32> {
        if place.phase != Phase::Run || self.graph.gates[row as usize].parent != NONE {
            return Err(place.error("degrading suppliers have a meaning only in the `all` of `run`"));
        }
        let mut suppliers = Vec::new();
        let mut degraded_to = None;
        for supplier in of.iter().flat_map(Gate::suppliers) {
            let id = &supplier.node;
            check_terms(place, id, supplier.terms())?;
            let unknown = || place.error(format!("unknown node `{id}` (not among the ids)"));
            suppliers.push(*self.graph.by_id.get(id).ok_or_else(unknown)?);
            let level = supplier.terms().degraded_to.unwrap_or(0.5);
            degraded_to = Some(degraded_to.map_or(level, |other: f64| other.max(level)));
        }
        self.degrade(place, suppliers.into(), degraded_to);
        Ok(0)
    }

    fn degrade(&mut self, place: &Place<'_>, suppliers: Box<[u32]>, degraded_to: Option<f64>) {
        let degraded_to = degraded_to.unwrap_or(0.5);
        self.graph.degrading.push(Degrading { node: place.number, suppliers, degraded_to });
    }

    fn edge(
        &mut self,
        place: &Place<'_>,
        row: u32,
        rule: Rule,
        supplier: &Supplier,
        weight: u32,
    ) -> Result<u32> {
        let id = &supplier.node;
        let number = *self
            .graph
            .by_id
            .get(id)
            .ok_or_else(|| place.error(format!("unknown node `{id}` (not among the ids)")))?;
        let terms = supplier.terms();
        check_terms(place, id, terms)?;
        let gate = &mut self.graph.gates[row as usize];
        if terms.grade == EdgeGrade::Degrading {
            if rule != Rule::All || gate.parent != NONE || place.phase != Phase::Run {
                return Err(place
                    .error(format!("`{id}` is degrading; that has a meaning only in the `all` of `run`")));
            }
            self.degrade(place, [number].into(), terms.degraded_to);
            return Ok(0);
        }
        gate.total += weight;
        if rule == Rule::All && terms.switch.is_some() {
            return Err(place
                .error(format!("`{id}` has a switch time but no alternative (put it into any or k_of_n)")));
        }
        let at = self.graph.edges.len() as u32;
        let buffer = self.timing(terms.buffer.as_ref(), || edge_name(place, id, "buffer"));
        let switch = self.timing(terms.switch.as_ref(), || edge_name(place, id, "switch"));
        self.graph.edges.push(EdgeRow { supplier: number, gate: row, weight, buffer, switch });
        self.gate_members.push((row, Member { what: number, weight }));
        for cause in &terms.causes {
            self.causes.entry(cause.clone()).or_default();
            self.edge_causes.push((at, cause.clone()));
        }
        if let Some(capacity) = terms.capacity {
            self.edge_capacity.push((at, capacity));
        }
        Ok(1)
    }

    fn fault(&mut self, at: usize, fault: &Fault, model: &Model) -> Result<()> {
        let place = format!("faults[{at}]");
        let nodes = match (&fault.node, &fault.cause) {
            (Some(node), None) => {
                let unknown = || Error::invalid(&place, format!("unknown node `{node}`"));
                vec![*self.graph.by_id.get(node).ok_or_else(unknown)?]
            }
            (None, Some(cause)) => {
                let row = self.causes.get(cause);
                row.ok_or_else(|| Error::invalid(&place, format!("nothing carries the cause `{cause}`")))?
                    .nodes
                    .clone()
            }
            _ => return Err(Error::invalid(place, "a fault names a `node` or a `cause`")),
        };
        let from_cause = fault.cause.as_ref().and_then(|cause| self.causes[cause].repair_time);
        for node in nodes {
            let id = &model.nodes[node as usize].id;
            let repair = match &fault.repair {
                Some(timing) => match self.timing(Some(timing), || format!("{id}/fault/{}/repair", fault.at))
                {
                    NONE => self.graph.add_timing(Duration::ZERO),
                    repair => repair,
                },
                None => match self.graph.repair_time[node as usize] {
                    NONE => from_cause.unwrap_or(NONE),
                    repair => repair,
                },
            };
            self.graph.faults.push(FaultRow { node, edge: NONE, at: fault.at.milliseconds(), repair });
        }
        if let Some(cause) = &fault.cause {
            let repair = match &fault.repair {
                Some(timing) => {
                    match self.timing(Some(timing), || format!("cause/{cause}/{}/repair", fault.at)) {
                        NONE => self.graph.add_timing(Duration::ZERO),
                        repair => repair,
                    }
                }
                None => from_cause.unwrap_or(NONE),
            };
            self.cuts.push((cause.clone(), fault.at.milliseconds(), repair));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Graph> {
        let graph = &mut self.graph;
        if graph.edges.len() > MAXIMUM_ROWS || graph.gates.len() > MAXIMUM_ROWS {
            return Err(too_large("edges or gates"));
        }
        let nodes = graph.ids.len();
        let mut order: Vec<u32> = (0..graph.edges.len() as u32).collect();
        order.sort_by_key(|edge| {
            let row = &graph.edges[*edge as usize];
            (row.supplier, graph.gates[row.gate as usize].phase, *edge)
        });
        let mut place = vec![0; order.len()];
        for (to, from) in order.iter().enumerate() {
            place[*from as usize] = to as u32;
        }
        graph.edges = order.iter().map(|edge| graph.edges[*edge as usize]).collect();
        graph.out_start = starts(nodes, graph.edges.iter().map(|edge| edge.supplier));
        graph.run_end = (0..nodes)
            .map(|node| {
                let out = graph.out(node as u32);
                let is_run = |edge: &EdgeRow| graph.gates[edge.gate as usize].phase == Phase::Run;
                (out.start + graph.edges[out].partition_point(is_run)) as u32
            })
            .collect();
        self.gate_members.sort_by_key(|(gate, _)| *gate);
        graph.member_start = starts(graph.gates.len(), self.gate_members.iter().map(|(gate, _)| *gate));
        graph.members = self.gate_members.into_iter().map(|(_, member)| member).collect();
        let with_switch = graph.edges.iter().enumerate().filter(|(_, edge)| edge.switch != NONE);
        graph.switches = with_switch.map(|(at, edge)| (edge.gate, at as u32)).collect();
        graph.switches.sort_unstable();
        graph.capacity =
            self.edge_capacity.into_iter().map(|(at, share)| (place[at as usize], share)).collect();
        for (edge, cause) in self.edge_causes {
            self.causes.entry(cause).or_default().edges.push(place[edge as usize]);
        }
        for (cause, at, repair) in self.cuts {
            for edge in &self.causes[&cause].edges {
                let node = graph.edges[*edge as usize].supplier;
                graph.faults.push(FaultRow { node, edge: *edge, at, repair });
            }
        }
        graph.causes = self.causes.into_iter().map(|(id, row)| CauseRow { id, ..row }).collect();
        graph.rank = ranks(&graph.ids);
        graph.sort_faults();
        Ok(self.graph)
    }
}

/// The rule and members of a gate; `None` for a supplier and for a gate with a single member that must hold.
fn rule_of(gate: &Gate) -> (Option<Rule>, &[Gate]) {
    let of = gate.members();
    let rule = match gate {
        Gate::Supplier(_) => None,
        Gate::All(_) => Some(Rule::All),
        Gate::Any(_) => Some(Rule::Any),
        Gate::KOfN { k: 1, .. } => Some(Rule::Any),
        Gate::KOfN { k, .. } if *k as usize == of.len() => Some(Rule::All),
        Gate::KOfN { k, .. } => Some(Rule::Count(*k)),
        Gate::Weighted { share, .. } => Some(Rule::Share(*share)),
    };
    // A single alternative with a switch time still has to be switched to, so `any` keeps its one member.
    if matches!(gate, Gate::All(of) if of.len() == 1) { (None, of) } else { (rule, of) }
}

fn has_switch(gate: &Gate) -> bool {
    matches!(gate, Gate::Supplier(supplier) if supplier.terms().switch.is_some())
}

fn all_degrading(of: &[Gate]) -> bool {
    let degrading = |gate: &Gate| matches!(gate, Gate::Supplier(supplier) if supplier.terms().grade == EdgeGrade::Degrading);
    !of.is_empty() && of.iter().all(degrading)
}

fn weights_of(place: &Place<'_>, rule: Rule, of: &[Gate]) -> Result<Vec<u32>> {
    let Rule::Share(share) = rule else { return Ok(vec![1; of.len()]) };
    if !(0.0..=1.0).contains(&share) {
        return Err(place.error(format!("the share of `weighted` is {share}, not a number from 0 to 1")));
    }
    let weight = |gate: &Gate| match gate {
        Gate::Supplier(supplier) => supplier.terms().weight.unwrap_or(1.0),
        _ => 1.0,
    };
    let total: f64 = of.iter().map(weight).sum();
    if !(total.is_finite() && total > 0.0) {
        return Err(place.error("the weights of `weighted` do not add up to a number above 0"));
    }
    Ok(of.iter().map(|gate| (weight(gate) / total * PARTS).round() as u32).collect())
}

fn check_terms(place: &Place<'_>, id: &str, terms: &Terms) -> Result<()> {
    let at = || format!("node `{}`, {}, supplier `{id}`", place.node.id, place.phase.name());
    share(terms.capacity, &at(), "capacity")?;
    share(terms.degraded_to, &at(), "degraded_to")?;
    if terms.weight.is_some_and(|weight| !weight.is_finite() || weight < 0.0) {
        return Err(Error::invalid(at(), "weight is not a number of at least 0"));
    }
    Ok(())
}

fn edge_name(place: &Place<'_>, supplier: &str, what: &str) -> String {
    format!("{}/{}/{supplier}/{what}", place.node.id, place.phase.name())
}

/// Start of each group in a list sorted by group number, with the end appended.
fn starts(groups: usize, sorted: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0u32; groups + 1];
    for group in sorted {
        starts[group as usize + 1] += 1;
    }
    for at in 0..groups {
        starts[at + 1] += starts[at];
    }
    starts
}

fn ranks(ids: &[String]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..ids.len() as u32).collect();
    order.sort_unstable_by(|a, b| ids[*a as usize].cmp(&ids[*b as usize]));
    let mut rank = vec![0; ids.len()];
    for (place, node) in order.into_iter().enumerate() {
        rank[node as usize] = place as u32;
    }
    rank
}
