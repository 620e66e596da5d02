//! The way to the repair leads through the thing to be repaired.

use std::collections::HashSet;

use super::{Findings, Plans, Rule, Text};
use crate::graph::strongly_connected;

pub(super) const RULE: Rule = Rule {
    id: "repair-needs-itself",
    title_en: "The repair of a node needs the node itself",
    title_ja: "復旧作業そのものが、復旧させる対象に依存している",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    if plans.nodes().all(|(_, node)| node.repair.is_none()) {
        return;
    }
    let runs: Vec<Vec<u32>> = plans.nodes().map(|(_, node)| plans.required(&node.run)).collect();
    let repairs: Vec<Vec<u32>> = plans.nodes().map(|(_, node)| plans.required(&node.repair)).collect();
    let next =
        |node: u32, at: usize| runs[node as usize].iter().chain(&repairs[node as usize]).nth(at).copied();
    // Only nodes on a common cycle of run and repair edges can be concerned; the search stays inside it.
    for group in strongly_connected(runs.len(), next) {
        let inside: HashSet<u32> = group.iter().copied().collect();
        let concerned = group.iter().copied().filter(|node| !repairs[*node as usize].is_empty());
        for node in concerned.take(MAXIMUM_SEARCHES) {
            if let Some(first) = leads_back(node, &runs, &repairs, &inside) {
                report(plans, node, first, findings);
            }
        }
    }
    findings.found.sort_by_key(|finding| plans.number(&finding.node));
}

/// Searches in one cycle: a cycle of more repairs than this is reported by its first ones.
const MAXIMUM_SEARCHES: usize = 100;

/// The supplier of the repair from which run edges lead back to the node.
fn leads_back(node: u32, runs: &[Vec<u32>], repairs: &[Vec<u32>], inside: &HashSet<u32>) -> Option<u32> {
    repairs[node as usize].iter().copied().find(|first| {
        let mut seen = HashSet::new();
        let mut open = vec![*first];
        while let Some(here) = open.pop() {
            if here == node {
                return true;
            }
            if inside.contains(&here) && seen.insert(here) {
                open.extend(&runs[here as usize]);
            }
        }
        false
    })
}

fn report(plans: &Plans<'_>, node: u32, first: u32, findings: &mut Findings) {
    let (id, first) = (plans.id(node), plans.id(first));
    findings.add(
        id,
        if id == first {
            Text::new(
                format!("the repair of `{id}` needs `{id}`"),
                format!("「{id}」の復旧作業が「{id}」自身を必要とします"),
            )
        } else {
            Text::new(
                format!("the repair of `{id}` needs `{first}`, which needs `{id}`"),
                format!(
                    "「{id}」の復旧作業は「{first}」を必要とし、「{first}」は「{id}」がなければ動きません"
                ),
            )
        },
    );
}
