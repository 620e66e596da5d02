//! One role in more plans than it has hands.

use std::collections::BTreeMap;

use super::{Findings, Plans, Rule, Text};

pub(super) const RULE: Rule = Rule {
    id: "role-overcommitted",
    title_en: "A role is needed in more plans at a time than it has hands",
    title_ja: "一つの役割が、担当者の数より多くの計画で同時に必要とされている",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, node) in plans.nodes() {
        for role in node.plan.iter().flat_map(|plan| &plan.roles) {
            users.entry(role).or_default().push(&node.id);
        }
    }
    for (role, nodes) in users {
        let hands = plans.node(role).and_then(|node| node.plan.as_ref()?.hands).unwrap_or(1);
        if nodes.len() > hands as usize {
            let count = nodes.len();
            let shown: Vec<&str> = nodes.into_iter().take(8).collect();
            findings.add(
                role,
                Text::new(
                    format!("`{role}` has {hands} hand(s) but stands in {count} plans: {}", shown.join(", ")),
                    format!(
                        "「{role}」の担当は {hands} 名ですが、{count} 件の計画に入っています: {}",
                        shown.join("、")
                    ),
                ),
            );
        }
    }
}
