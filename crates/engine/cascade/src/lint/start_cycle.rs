//! Nodes that need each other to start: together down, they stay down.

use super::{Findings, Plans, Rule, Text};
use crate::graph::strongly_connected;

pub(super) const RULE: Rule = Rule {
    id: "start-cycle",
    title_en: "Nodes need each other before any of them can start",
    title_ja: "互いが動いていなければ起動できない循環がある",
    check,
};

/// Names in a message before it says "and n more".
const NAMED: usize = 8;

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    let needs: Vec<Vec<u32>> =
        plans.nodes().map(|(_, node)| plans.required(node.run.iter().chain(&node.start))).collect();
    let mut groups = strongly_connected(needs.len(), |node, at| needs[node as usize].get(at).copied());
    groups.retain(|group| group.len() > 1);
    groups.sort_unstable();
    for group in groups {
        let names: Vec<&str> = group.iter().take(NAMED).map(|node| plans.id(*node)).collect();
        let rest = group.len().saturating_sub(NAMED);
        let (more, more_ja) = match rest {
            0 => (String::new(), String::new()),
            rest => (format!(" and {rest} more"), format!("ほか {rest} 件")),
        };
        findings.add(
            names[0],
            Text::new(
                format!(
                    "{}{more} wait for each other to start; decide which one starts without the others",
                    names.join(", ")
                ),
                format!(
                    "{}{more_ja} は互いの起動を待ち合います。どれを単独で起動するか決めてください",
                    names.join("、")
                ),
            ),
        );
    }
}
