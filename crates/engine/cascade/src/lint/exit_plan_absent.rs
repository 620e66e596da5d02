//! No plan for leaving a supplier (DORA register of information, B_07.01).

use super::{Findings, Plans, Rule, Text, is_hard};
use crate::model::{Gate, Kind};

pub(super) const RULE: Rule = Rule {
    id: "exit-plan-absent",
    title_en: "A promised service hangs on an outside supplier without an exit plan",
    title_ja: "復旧時間を約束した業務が、離脱計画のない外部の供給元に依存している",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        let promised = node.rto.is_some() || node.mtpd.is_some();
        for edge in node.run.iter().flat_map(Gate::required).filter(|edge| is_hard(edge)) {
            let Some(supplier) = plans.node(&edge.node) else { continue };
            let stated = edge.terms().exit_plan.or(supplier.plan.as_ref().and_then(|plan| plan.exit_plan));
            let outside = matches!(supplier.kind, Some(Kind::Supplier | Kind::Contract));
            if stated == Some(false) || (stated.is_none() && outside && promised) {
                let (id, other) = (&node.id, &edge.node);
                findings.add(
                    id,
                    Text::new(
                        format!("`{id}` cannot run without `{other}` and has no plan for leaving it"),
                        format!("「{id}」は「{other}」なしでは動きませんが、離脱計画がありません"),
                    ),
                );
            }
        }
    }
}
