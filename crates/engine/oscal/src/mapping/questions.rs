//! Answer once: which controls of several standards need a question, which follow from the answers to others.
//!
//! A claim that one union of controls contains another is a rule: when all of the larger are fulfilled, each of the
//! smaller is. Controls that imply one another form a class; a class that nothing outside implies must be asked, unless a
//! rule with several premises gives it. Without such rules the number of those classes is the optimum; with them a
//! search over the classes that a rule could give decides, and when it is cut off the gap to the lower bound is stated.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::network::Network;

/// How many subsets the exact search tries before it settles for a bound.
const MOST_TRIES: usize = 200_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// The whole control is asked.
    Whole,
    /// A part is covered by another answer; one question asks for what it has beyond that.
    Difference,
    /// Nothing is asked: the answer follows.
    Follows,
}

/// One step of a proof: what was concluded, from what, by which claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Step {
    pub from: Vec<String>,
    pub to: String,
    pub claim: String,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Asked {
    pub standard: String,
    pub control: String,
    pub title: String,
    pub ask: Ask,
    /// For a difference: the controls whose answers overlap with it.
    pub overlaps: Vec<String>,
    /// For what follows: the steps from questions that are asked.
    pub proof: Vec<Step>,
}

/// Controls that mean the same, and the claims that say so.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Duplicate {
    pub controls: Vec<String>,
    pub proof: Vec<String>,
}

/// Controls of a standard about which no claim says anything.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Gap {
    pub standard: String,
    pub controls: Vec<String>,
}

#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Questions {
    pub controls: usize,
    pub whole: usize,
    pub difference: usize,
    pub follow: usize,
    /// No smaller set of questions can do: the number that any set needs at least.
    pub at_least: usize,
    /// Whether the number of questions is that bound.
    pub exact: bool,
    pub asked: Vec<Asked>,
    pub duplicates: Vec<Duplicate>,
    pub gaps: Vec<Gap>,
}

/// When all of `from` are fulfilled, `to` is.
struct Rule {
    from: Vec<usize>,
    to: usize,
    claim: usize,
}

/// The smallest set of questions for the given standards of the network.
#[must_use]
pub fn ask(network: &Network) -> Questions {
    let rules = rules(network);
    let needed: Vec<usize> =
        (0..network.nodes.len()).filter(|&node| network.nodes[node].standard < network.given).collect();
    let solver = Solver::new(network.nodes.len(), &rules, &needed);
    let (chosen, at_least) = solver.solve();
    let derived = solver.derive(&chosen);
    let overlap = overlaps(network);
    let mut asked = Vec::new();
    for &node in &needed {
        let ask = if chosen.contains(&node) { Ask::Whole } else { Ask::Follows };
        let proof = if ask == Ask::Follows { proof(network, &rules, &derived, node) } else { Vec::new() };
        let standard = network.standards[network.nodes[node].standard].title.clone();
        let (control, title) = (network.id(node).to_owned(), network.title(node).to_owned());
        asked.push(Asked { standard, control, title, ask, overlaps: Vec::new(), proof });
    }
    settle_differences(network, &needed, &overlap, &|node| leaves(&rules, &derived, node), &mut asked);
    let count = |ask: Ask| asked.iter().filter(|item| item.ask == ask).count();
    let (whole, difference, follow) = (count(Ask::Whole), count(Ask::Difference), count(Ask::Follows));
    Questions {
        controls: needed.len(),
        whole,
        difference,
        follow,
        at_least,
        exact: whole + difference == at_least,
        duplicates: duplicates(network, &solver, &rules),
        gaps: gaps(network),
        asked,
    }
}

fn rules(network: &Network) -> Vec<Rule> {
    let mut out = Vec::new();
    for (claim, (sources, targets, entry)) in network.claims.iter().enumerate() {
        if entry.relation.is_within() {
            out.extend(sources.iter().map(|&to| Rule { from: targets.clone(), to, claim }));
        }
        if entry.relation.converse().is_within() {
            out.extend(targets.iter().map(|&to| Rule { from: sources.clone(), to, claim }));
        }
    }
    out.retain(|rule| !rule.from.contains(&rule.to));
    out
}

/// The controls that surely share something with each control, by a claim between single controls.
fn overlaps(network: &Network) -> Vec<BTreeSet<usize>> {
    let mut out = vec![BTreeSet::new(); network.nodes.len()];
    for (sources, targets, entry) in &network.claims {
        if let ([source], [target]) = (&sources[..], &targets[..])
            && entry.relation.overlaps()
        {
            out[*source].insert(*target);
            out[*target].insert(*source);
        }
    }
    out
}

/// A difference is one to what is asked before, or to what follows from that alone.
fn settle_differences(
    network: &Network,
    needed: &[usize],
    overlap: &[BTreeSet<usize>],
    leaves: &impl Fn(usize) -> BTreeSet<usize>,
    asked: &mut [Asked],
) {
    let mut settled: BTreeSet<usize> = BTreeSet::new();
    for (at, &node) in needed.iter().enumerate() {
        if asked[at].ask == Ask::Follows {
            continue;
        }
        let before = overlap[node].iter().filter(|&&other| {
            let leaves = leaves(other);
            !leaves.is_empty() && leaves.is_subset(&settled)
        });
        asked[at].overlaps = before.map(|&other| network.label(other)).collect();
        asked[at].ask = if asked[at].overlaps.is_empty() { Ask::Whole } else { Ask::Difference };
        settled.insert(node);
    }
}

/// The questions from whose answers the answer to `node` follows; none when it does not follow.
fn leaves(rules: &[Rule], derived: &[Option<usize>], node: usize) -> BTreeSet<usize> {
    let (mut out, mut seen, mut waiting) = (BTreeSet::new(), BTreeSet::new(), vec![node]);
    while let Some(node) = waiting.pop() {
        if !seen.insert(node) {
            continue;
        }
        match derived[node].map(|index| rules.get(index)) {
            Some(Some(rule)) => waiting.extend(&rule.from),
            Some(None) => {
                out.insert(node);
            }
            None => {}
        }
    }
    out
}

struct Solver<'a> {
    nodes: usize,
    rules: &'a [Rule],
    needed: &'a [usize],
    /// The class of each node: nodes that imply one another by rules of one premise.
    class: Vec<usize>,
    /// Rules by premise.
    by_premise: Vec<Vec<usize>>,
}

impl<'a> Solver<'a> {
    fn new(nodes: usize, rules: &'a [Rule], needed: &'a [usize]) -> Solver<'a> {
        let mut by_premise = vec![Vec::new(); nodes];
        for (index, rule) in rules.iter().enumerate() {
            rule.from.iter().for_each(|&premise| by_premise[premise].push(index));
        }
        let class = classes(nodes, rules, &by_premise);
        Solver { nodes, rules, needed, class, by_premise }
    }

    /// What follows from a set: for each node the rule that gave it, or none; asked nodes have the rule `usize::MAX`.
    fn derive(&self, asked: &BTreeSet<usize>) -> Vec<Option<usize>> {
        let mut why = vec![None; self.nodes];
        let mut missing: Vec<usize> = self.rules.iter().map(|rule| rule.from.len()).collect();
        let mut queue: std::collections::VecDeque<usize> = asked.iter().copied().collect();
        asked.iter().for_each(|&node| why[node] = Some(usize::MAX));
        while let Some(node) = queue.pop_front() {
            for &index in &self.by_premise[node] {
                missing[index] -= 1;
                let rule = &self.rules[index];
                if missing[index] == 0 && why[rule.to].is_none() {
                    why[rule.to] = Some(index);
                    queue.push_back(rule.to);
                }
            }
        }
        why
    }

    fn covers(&self, asked: &BTreeSet<usize>) -> bool {
        let why = self.derive(asked);
        self.needed.iter().all(|&node| why[node].is_some())
    }

    /// The chosen nodes, and how many any choice needs.
    fn solve(&self) -> (BTreeSet<usize>, usize) {
        let sources = self.sources();
        let given: BTreeSet<usize> =
            self.rules.iter().filter(|rule| rule.from.len() > 1).map(|rule| self.class[rule.to]).collect();
        let (open, must): (Vec<usize>, Vec<usize>) =
            sources.iter().copied().partition(|&node| given.contains(&self.class[node]));
        let must: BTreeSet<usize> = must.into_iter().collect();
        if self.covers(&must) {
            let count = must.len();
            return (must, count);
        }
        let mut tries = 0;
        for size in 1..=open.len() {
            let mut picked = Vec::new();
            match self.search(&must, &open, 0, size, &mut picked, &mut tries) {
                Some(true) => {
                    let chosen: BTreeSet<usize> = must.iter().copied().chain(picked).collect();
                    let count = chosen.len();
                    return (chosen, count);
                }
                Some(false) => {}
                None => return (self.greedy(&must, &open), must.len() + size),
            }
        }
        let chosen: BTreeSet<usize> = must.into_iter().chain(open).collect();
        let count = chosen.len();
        (chosen, count)
    }

    /// One node of each class that no rule of one premise gives from outside and that holds a needed control or leads to
    /// one. A standard in between is never asked for itself when a given one can be asked in its place.
    fn sources(&self) -> Vec<usize> {
        let needed: BTreeSet<usize> = self.needed.iter().copied().collect();
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        (0..self.nodes).for_each(|node| members.entry(self.class[node]).or_default().push(node));
        let mut implied = BTreeSet::new();
        // Only what can be asked implies: a class without a needed control is no question.
        let mut reached: BTreeSet<usize> = BTreeSet::new();
        let mut order: Vec<usize> = members.keys().copied().collect();
        order.sort_unstable();
        for &class in &order {
            let Some(&start) = members[&class].iter().find(|node| needed.contains(node)) else { continue };
            let mut queue = vec![start];
            let mut seen = BTreeSet::from([start]);
            while let Some(node) = queue.pop() {
                for &index in &self.by_premise[node] {
                    let rule = &self.rules[index];
                    if rule.from.len() == 1 && seen.insert(rule.to) {
                        queue.push(rule.to);
                        if self.class[rule.to] != class {
                            implied.insert(self.class[rule.to]);
                        }
                    }
                }
            }
            reached.insert(class);
        }
        let askable = order.iter().filter(|class| reached.contains(class) && !implied.contains(class));
        askable
            .filter_map(|class| members[class].iter().copied().find(|node| needed.contains(node)))
            .collect()
    }

    /// Whether `size` more of `open` from `at` on suffice; none when the tries are used up.
    fn search(
        &self,
        must: &BTreeSet<usize>,
        open: &[usize],
        at: usize,
        size: usize,
        picked: &mut Vec<usize>,
        tries: &mut usize,
    ) -> Option<bool> {
        if size == 0 {
            *tries += 1;
            if *tries * (self.nodes + self.rules.len()) > MOST_TRIES * 100 {
                return None;
            }
            let chosen = must.iter().chain(picked.iter()).copied().collect();
            return Some(self.covers(&chosen));
        }
        for next in at..open.len().saturating_sub(size - 1) {
            picked.push(open[next]);
            if self.search(must, open, next + 1, size - 1, picked, tries)? {
                return Some(true);
            }
            picked.pop();
        }
        Some(false)
    }

    /// Leaves out one after the other whatever the rest still implies.
    fn greedy(&self, must: &BTreeSet<usize>, open: &[usize]) -> BTreeSet<usize> {
        let mut chosen: BTreeSet<usize> = must.iter().chain(open).copied().collect();
        for node in open {
            chosen.remove(node);
            if !self.covers(&chosen) {
                chosen.insert(*node);
            }
        }
        chosen
    }
}

/// Strongly connected components over rules of one premise (Tarjan's algorithm without recursion).
fn classes(nodes: usize, rules: &[Rule], by_premise: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let (mut number, mut low, mut class) = (vec![NEW; nodes], vec![0; nodes], vec![NEW; nodes]);
    let (mut stack, mut counter) = (Vec::new(), 0);
    for root in 0..nodes {
        if number[root] != NEW {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some(&mut (node, ref mut next)) = calls.last_mut() {
            if *next == 0 {
                (number[node], low[node]) = (counter, counter);
                counter += 1;
                stack.push(node);
            }
            let edge = by_premise[node].get(*next).map(|&index| &rules[index]);
            *next += 1;
            match edge {
                Some(rule) if rule.from.len() > 1 => {}
                Some(rule) if number[rule.to] == NEW => calls.push((rule.to, 0)),
                Some(rule) if class[rule.to] == NEW => low[node] = low[node].min(number[rule.to]),
                Some(_) => {}
                None => {
                    if low[node] == number[node] {
                        while let Some(member) = stack.pop() {
                            class[member] = node;
                            if member == node {
                                break;
                            }
                        }
                    }
                    calls.pop();
                    if let Some(&(parent, _)) = calls.last() {
                        low[parent] = low[parent].min(low[node]);
                    }
                }
            }
        }
    }
    class
}

fn proof(network: &Network, rules: &[Rule], derived: &[Option<usize>], node: usize) -> Vec<Step> {
    let mut out = Vec::new();
    let mut done = BTreeSet::new();
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        let Some(rule) = derived[node].and_then(|index| rules.get(index)) else { continue };
        if !done.insert(node) {
            continue;
        }
        let (sources, targets, entry) = &network.claims[rule.claim];
        let names =
            |nodes: &[usize]| nodes.iter().map(|&node| network.id(node)).collect::<Vec<_>>().join(" + ");
        let claim = format!("{} {} {} ({})", names(sources), entry.wording, names(targets), entry.place);
        out.push(Step {
            from: rule.from.iter().map(|&from| network.label(from)).collect(),
            to: network.label(node),
            claim,
        });
        waiting.extend(&rule.from);
    }
    out.reverse();
    out
}

fn duplicates(network: &Network, solver: &Solver<'_>, rules: &[Rule]) -> Vec<Duplicate> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in 0..network.nodes.len() {
        members.entry(solver.class[node]).or_default().push(node);
    }
    let several = members.into_values().filter(|nodes| {
        nodes.iter().filter(|&&node| network.nodes[node].standard < network.given).count() > 1
    });
    several
        .map(|nodes| {
            let inside = |rule: &&Rule| {
                rule.from.len() == 1 && nodes.contains(&rule.from[0]) && nodes.contains(&rule.to)
            };
            let claims: BTreeSet<usize> = rules.iter().filter(inside).map(|rule| rule.claim).collect();
            let proof = claims.into_iter().map(|claim| {
                let (sources, targets, entry) = &network.claims[claim];
                format!(
                    "{} {} {} ({})",
                    network.label(sources[0]),
                    entry.wording,
                    network.label(targets[0]),
                    entry.place
                )
            });
            Duplicate {
                controls: nodes.iter().map(|&node| network.label(node)).collect(),
                proof: proof.collect(),
            }
        })
        .collect()
}

fn gaps(network: &Network) -> Vec<Gap> {
    let mut spoken = vec![false; network.nodes.len()];
    for (sources, targets, _) in &network.claims {
        sources.iter().chain(targets).for_each(|&node| spoken[node] = true);
    }
    let gap = |standard: usize| {
        let silent = (0..network.nodes.len())
            .filter(|&node| network.nodes[node].standard == standard && !spoken[node]);
        Gap {
            standard: network.standards[standard].title.clone(),
            controls: silent.map(|node| network.id(node).to_owned()).collect(),
        }
    };
    (0..network.given).map(gap).filter(|gap| !gap.controls.is_empty()).collect()
}
