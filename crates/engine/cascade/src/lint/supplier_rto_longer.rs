//! A supplier's contract allows a longer outage than the dependent promises.

use super::{Findings, Plans, Rule, Text, is_hard};
use crate::model::{Duration, Gate};

pub(super) const RULE: Rule = Rule {
    id: "supplier-rto-longer",
    title_en: "A supplier's contractual recovery time is longer than the promise that rests on it",
    title_ja: "供給元の契約上の復旧時間が、それに支えられる約束より長い",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        let Some(promise) = node.rto.into_iter().chain(node.mtpd).min() else { continue };
        for edge in node.run.iter().chain(&node.start).flat_map(Gate::required).filter(|edge| is_hard(edge)) {
            let Some(contract) = edge.terms().contract_rto else { continue };
            let buffer = edge.terms().buffer.as_ref().map_or(Duration::ZERO, |buffer| buffer.law.median());
            if contract.milliseconds() > promise.milliseconds().saturating_add(buffer.milliseconds()) {
                let (id, other) = (&node.id, &edge.node);
                findings.add(id, Text::new(
                    format!("`{other}` may take {contract} by contract; `{id}` promises {promise} with {buffer} of buffer"),
                    format!("「{other}」の契約上の復旧時間は {contract} です。「{id}」の約束は {promise}、備えは {buffer} 分しかありません"),
                ));
            }
        }
    }
}
