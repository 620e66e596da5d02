//! A buffer that nobody has seen work.

use super::{Findings, Plans, Rule, Text};
use crate::model::Gate;

pub(super) const RULE: Rule = Rule {
    id: "buffer-untested",
    title_en: "A buffer is claimed that no exercise or incident has shown to last",
    title_ja: "訓練でも実際の障害でも確かめられていない備え（蓄電池、在庫、手作業など）がある",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        for edge in node.run.iter().chain(&node.start).chain(&node.repair).flat_map(Gate::suppliers) {
            let Some(buffer) = &edge.terms().buffer else { continue };
            let evidence = buffer.evidence.or(edge.terms().evidence);
            if evidence.is_some_and(|evidence| evidence.grade.is_tested()) {
                continue;
            }
            let (id, other, length) = (&node.id, &edge.node, buffer.law.median());
            let (known, known_ja) = match evidence {
                Some(evidence) => {
                    (format!("known from `{evidence}` only"), format!("根拠は「{evidence}」だけです"))
                }
                None => ("without evidence".to_owned(), "根拠が示されていません".to_owned()),
            };
            findings.add(
                id,
                Text::new(
                    format!("`{id}` counts on {length} without `{other}`, {known}"),
                    format!("「{id}」は「{other}」なしで {length} 持つとされていますが、{known_ja}"),
                ),
            );
        }
    }
}
