//! A second, slow solver that shares no code with the engine beyond the model: it walks the gate trees of the model
//! itself and steps through time hour by hour. And a generator of small random models.

use std::collections::BTreeMap;

use shinayaka_cascade::model::{
    Crew, CrewOrder, Duration, Fault, Gate, Law, Model, Node, Supplier, Terms, Timing,
};

/// SplitMix64: the same models on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value ^ (value >> 31)) % bound
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What a random model may contain.
#[derive(Clone, Copy)]
pub struct Shape {
    pub switches: bool,
    pub crews: bool,
    pub order: CrewOrder,
}

fn hours(count: u64) -> Timing {
    Timing::from(Duration::from_hours(count as f64))
}

pub fn whole_hours(timing: Option<&Timing>) -> u64 {
    match timing.map(|timing| timing.law) {
        None => 0,
        Some(Law::Fixed(value)) => value.hours() as u64,
        Some(other) => panic!("the reference knows fixed durations only, not {other:?}"),
    }
}

pub fn random_model(random: &mut Random, shape: Shape) -> Model {
    let count = 2 + random.below(7);
    let mut model = Model::default();
    if shape.crews {
        let size = 1 + random.below(2) as u32;
        model.crews.push(Crew { id: "crew".into(), size, order: shape.order });
    }
    for number in 0..count {
        let mut node = Node { id: format!("n{number}"), ..Node::default() };
        if random.chance(75) {
            node.run = Some(random_gate(random, count, 0, shape.switches));
        }
        if random.chance(25) {
            node.start = Some(random_gate(random, count, 1, false));
        }
        if random.chance(20) {
            node.repair = Some(random_gate(random, count, 1, false));
        }
        if random.chance(60) {
            node.restart = Some(hours(random.below(4)));
        }
        if shape.crews && random.chance(70) {
            node.crew = Some("crew".into());
            node.priority = random.below(3) as i32;
        }
        model.nodes.push(node);
    }
    for _ in 0..1 + random.below(4) {
        let node = Some(format!("n{}", random.below(count)));
        let repair = random.chance(90).then(|| hours(1 + random.below(12)));
        let at = Duration::from_hours(random.below(8) as f64);
        model.faults.push(Fault { node, at, repair, ..Fault::default() });
    }
    model
}

fn random_gate(random: &mut Random, nodes: u64, depth: u32, switches: bool) -> Gate {
    let kind = random.below(if depth > 2 { 1 } else { 6 });
    if kind <= 1 {
        return random_edge(random, nodes, false);
    }
    let inside_any = kind != 2;
    let members: Vec<Gate> = (0..1 + random.below(3))
        .map(|_| match random.below(3) {
            0 if depth < 2 => random_gate(random, nodes, depth + 1, switches),
            _ => random_edge(random, nodes, inside_any && switches),
        })
        .collect();
    match kind {
        2 => Gate::All(members),
        3 => Gate::Any(members),
        4 => {
            // Members that are all needed are an `all`, where a switch time has no meaning.
            let k = 1 + random.below((members.len() as u64 - 1).max(1)) as u32;
            Gate::KOfN { k, of: members }
        }
        _ => Gate::Weighted { share: (1 + random.below(4)) as f64 / 4.0, of: members },
    }
}

fn random_edge(random: &mut Random, nodes: u64, switches: bool) -> Gate {
    let mut terms = Terms::default();
    if random.chance(35) {
        terms.buffer = Some(hours(1 + random.below(6)));
    }
    if switches && random.chance(30) {
        terms.switch = Some(hours(1 + random.below(3)));
    }
    if random.chance(30) {
        terms.weight = Some((1 + random.below(3)) as f64);
    }
    let terms = (terms != Terms::default()).then(|| Box::new(terms));
    Gate::Supplier(Supplier { node: format!("n{}", random.below(nodes)), terms })
}

/// Whether a gate holds, given which nodes are down: all time left out.
pub fn holds(gate: &Gate, down: &dyn Fn(&str) -> bool) -> bool {
    match gate {
        Gate::Supplier(supplier) => !down(&supplier.node),
        Gate::All(of) => of.iter().all(|member| holds(member, down)),
        Gate::Any(of) => of.iter().any(|member| holds(member, down)),
        Gate::KOfN { k, of } => of.iter().filter(|member| holds(member, down)).count() >= *k as usize,
        Gate::Weighted { share, of } => {
            let weight = |member: &Gate| match member {
                Gate::Supplier(supplier) => supplier.terms().weight.unwrap_or(1.0),
                _ => 1.0,
            };
            let total: f64 = of.iter().map(weight).sum();
            let good: f64 = of.iter().filter(|member| holds(member, down)).map(weight).sum();
            good / total >= share - 1e-6
        }
    }
}

/// The blast by repeating "who cannot run falls" until nothing changes.
pub fn blast(model: &Model, failed: &[usize]) -> Vec<usize> {
    let mut down: Vec<usize> = failed.to_vec();
    loop {
        let is_down = |id: &str| down.iter().any(|node| model.nodes[*node].id == id);
        let next = (0..model.nodes.len()).find(|node| {
            !down.contains(node) && model.nodes[*node].run.as_ref().is_some_and(|gate| !holds(gate, &is_down))
        });
        match next {
            Some(node) => down.push(node),
            None => break,
        }
    }
    down.sort_unstable();
    down.dedup();
    down
}

/// Half of an instant: first everything rises, then everything falls.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    Rise,
    Fall,
}

struct Job {
    node: usize,
    left: Option<u64>,
    taken: bool,
    done: bool,
    key: (u64, i32, String, usize),
}

/// An alternative's state: since when it is wanted and there, and whether it carries the load.
#[derive(Default, Clone)]
struct Switch {
    since: Option<u64>,
    engaged: bool,
}

pub struct Stepper<'m> {
    model: &'m Model,
    index: BTreeMap<&'m str, usize>,
    up: Vec<bool>,
    lost_at: Vec<u64>,
    faults: Vec<u32>,
    ready_since: Vec<Option<u64>>,
    jobs: Vec<Job>,
    free: BTreeMap<String, u32>,
    switches: BTreeMap<*const Supplier, Switch>,
    pub outages: Vec<Vec<(u64, Option<u64>)>>,
}

impl<'m> Stepper<'m> {
    pub fn solve(model: &'m Model, until: u64) -> Self {
        let count = model.nodes.len();
        let mut stepper = Self {
            model,
            index: model.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect(),
            up: vec![true; count],
            lost_at: vec![u64::MAX; count],
            faults: vec![0; count],
            ready_since: vec![None; count],
            jobs: Vec::new(),
            free: model.crews.iter().map(|crew| (crew.id.clone(), crew.size)).collect(),
            switches: BTreeMap::new(),
            outages: vec![Vec::new(); count],
        };
        stepper.engage_what_rest_needs();
        for now in 0..until {
            while stepper.rise(now) {}
            stepper.break_things(now);
            while stepper.fall(now) {}
            stepper.dispatch(now, Half::Fall);
            stepper.work(now);
        }
        stepper
    }

    /// Alternatives that a gate needs even while everything is up carry the load from the beginning.
    fn engage_what_rest_needs(&mut self) {
        for node in &self.model.nodes {
            for gate in node.run.iter().chain(&node.start).chain(&node.repair) {
                self.tick(gate, 0, Half::Rise, true);
            }
        }
    }

    fn delivers(&self, supplier: &Supplier, now: u64, half: Half) -> bool {
        let node = self.index[supplier.node.as_str()];
        let buffer = whole_hours(supplier.terms().buffer.as_ref());
        let end = self.lost_at[node].saturating_add(buffer);
        self.up[node] || if half == Half::Rise { now <= end && buffer > 0 } else { now < end }
    }

    /// Whether a gate holds; `with_switches` false leaves its own alternatives out.
    fn value(&self, gate: &Gate, now: u64, half: Half, with_switches: bool) -> bool {
        let member = |member: &Gate| match member {
            Gate::Supplier(supplier) if supplier.terms().switch.is_some() => {
                with_switches
                    && self.switches.get(&std::ptr::from_ref(supplier)).is_some_and(|switch| switch.engaged)
            }
            Gate::Supplier(supplier) => self.delivers(supplier, now, half),
            _ => self.value(member, now, half, true),
        };
        match gate {
            Gate::Supplier(_) => member(gate),
            Gate::All(of) => of.iter().all(member),
            Gate::Any(of) => of.iter().any(member),
            Gate::KOfN { k, of } => of.iter().filter(|inner| member(inner)).count() >= *k as usize,
            Gate::Weighted { share, of } => {
                let weight = |member: &Gate| match member {
                    Gate::Supplier(supplier) => supplier.terms().weight.unwrap_or(1.0),
                    _ => 1.0,
                };
                let total: f64 = of.iter().map(weight).sum();
                let good: f64 = of.iter().filter(|inner| member(inner)).map(weight).sum();
                good / total >= share - 1e-6
            }
        }
    }

    /// Moves the alternatives of a gate on; whether something changed.
    fn tick(&mut self, gate: &Gate, now: u64, half: Half, at_rest: bool) -> bool {
        let mut changed = false;
        for member in gate.members() {
            changed |= self.tick(member, now, half, at_rest);
        }
        let needed = !self.value(gate, now, half, false);
        for member in gate.members() {
            let Gate::Supplier(supplier) = member else { continue };
            let Some(time) = supplier.terms().switch.as_ref() else { continue };
            let wanted = needed && (at_rest || self.delivers(supplier, now, half));
            let switch = self.switches.entry(std::ptr::from_ref(supplier)).or_default();
            let before = (switch.since, switch.engaged);
            if !wanted {
                *switch = Switch::default();
            } else if at_rest {
                *switch = Switch { since: Some(0), engaged: true };
            } else {
                let since = *switch.since.get_or_insert(now);
                if half == Half::Rise && now - since >= whole_hours(Some(time)) {
                    switch.engaged = true;
                }
            }
            changed |= before != (switch.since, switch.engaged);
        }
        changed
    }

    fn tick_all(&mut self, now: u64, half: Half) -> bool {
        let model = self.model;
        let mut changed = false;
        for node in &model.nodes {
            for gate in node.run.iter().chain(&node.start).chain(&node.repair) {
                changed |= self.tick(gate, now, half, false);
            }
        }
        changed
    }

    fn phase(&self, gate: &Option<Gate>, now: u64, half: Half) -> bool {
        gate.as_ref().is_none_or(|gate| self.value(gate, now, half, true))
    }

    fn rise(&mut self, now: u64) -> bool {
        let mut changed = self.tick_all(now, Half::Rise);
        for at in 0..self.jobs.len() {
            let job = &mut self.jobs[at];
            if job.taken && !job.done && job.left == Some(0) {
                job.done = true;
                self.faults[job.node] -= 1;
                let crew = self.model.nodes[job.node].crew.clone();
                if let Some(crew) = crew {
                    *self.free.get_mut(&crew).unwrap() += 1;
                }
                changed = true;
            }
        }
        changed |= self.dispatch(now, Half::Rise);
        for (at, node) in self.model.nodes.iter().enumerate() {
            if self.up[at] || self.faults[at] > 0 {
                continue;
            }
            if self.phase(&node.run, now, Half::Rise) && self.phase(&node.start, now, Half::Rise) {
                let since = *self.ready_since[at].get_or_insert(now);
                if now - since >= whole_hours(node.restart.as_ref()) {
                    self.up[at] = true;
                    self.lost_at[at] = u64::MAX;
                    self.outages[at].last_mut().unwrap().1 = Some(now);
                    changed = true;
                }
            }
        }
        changed
    }

    /// Strict order: nobody overtakes.
    fn dispatch(&mut self, now: u64, half: Half) -> bool {
        let mut changed = false;
        for crew in &self.model.crews {
            loop {
                let mut waiting: Vec<usize> = (0..self.jobs.len())
                    .filter(|job| {
                        let job = &self.jobs[*job];
                        !job.taken
                            && job.left.is_some()
                            && self.model.nodes[job.node].crew.as_ref() == Some(&crew.id)
                    })
                    .collect();
                waiting.sort_by(|a, b| self.jobs[*a].key.cmp(&self.jobs[*b].key));
                let Some(first) = waiting.first().copied() else { break };
                let gate = &self.model.nodes[self.jobs[first].node].repair;
                if self.free[&crew.id] == 0 || !self.phase(gate, now, half) {
                    break;
                }
                *self.free.get_mut(&crew.id).unwrap() -= 1;
                self.jobs[first].taken = true;
                changed = true;
            }
        }
        changed
    }

    fn break_things(&mut self, now: u64) {
        let mut due: Vec<(usize, &Fault)> = self
            .model
            .faults
            .iter()
            .enumerate()
            .filter(|(_, fault)| fault.at.hours() as u64 == now)
            .collect();
        due.sort_by_key(|(at, fault)| {
            let node = &self.model.nodes[self.index[fault.node.as_deref().unwrap()]];
            (node.priority, node.id.clone(), *at)
        });
        for (at, fault) in due {
            let number = self.index[fault.node.as_deref().unwrap()];
            let node = &self.model.nodes[number];
            self.faults[number] += 1;
            self.ready_since[number] = None;
            self.go_down(number, now);
            let key = (now, node.priority, node.id.clone(), at);
            let left = fault.repair.as_ref().map(|repair| whole_hours(Some(repair)));
            self.jobs.push(Job { node: number, left, taken: node.crew.is_none(), done: false, key });
        }
    }

    fn go_down(&mut self, node: usize, now: u64) {
        if std::mem::replace(&mut self.up[node], false) {
            self.lost_at[node] = now;
            self.ready_since[node] = None;
            self.outages[node].push((now, None));
        }
    }

    fn fall(&mut self, now: u64) -> bool {
        let mut changed = self.tick_all(now, Half::Fall);
        for (at, node) in self.model.nodes.iter().enumerate() {
            let runs = self.phase(&node.run, now, Half::Fall);
            if self.up[at] && !runs {
                self.go_down(at, now);
                changed = true;
            }
            if !self.up[at] && (!runs || !self.phase(&node.start, now, Half::Fall)) {
                changed |= self.ready_since[at].take().is_some();
            }
        }
        changed
    }

    /// An hour of repair work.
    fn work(&mut self, now: u64) {
        for at in 0..self.jobs.len() {
            let gate = &self.model.nodes[self.jobs[at].node].repair;
            let can = self.phase(gate, now, Half::Fall);
            let job = &mut self.jobs[at];
            if let (true, true, Some(left)) = (job.taken, can, job.left.as_mut()) {
                *left = left.saturating_sub(1);
            }
        }
    }
}
