//! A node that needs itself.

use super::{Findings, Plans, Rule, Text};

pub(super) const RULE: Rule = Rule {
    id: "self-dependence",
    title_en: "A node needs itself to run or to start",
    title_ja: "自分自身がなければ稼働または起動できない",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (number, node) in plans.nodes() {
        if plans.required(node.run.iter().chain(&node.start)).contains(&number) {
            let id = &node.id;
            findings.add(
                id,
                Text::new(
                    format!("`{id}` needs itself: once down it never starts again"),
                    format!("「{id}」は自分自身に依存しています。一度止まると二度と起動できません"),
                ),
            );
        }
    }
}
