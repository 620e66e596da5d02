//! A promise that rests on a supplier who promises nothing.

use super::{Findings, Plans, Rule, Text, is_hard};
use crate::model::{Gate, Kind};

pub(super) const RULE: Rule = Rule {
    id: "supplier-rto-absent",
    title_en: "A promised service hangs on an outside supplier without a contractual recovery time",
    title_ja: "復旧時間を約束した業務が、契約上の復旧時間のない外部の供給元に依存している",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes().filter(|(_, node)| node.rto.is_some() || node.mtpd.is_some()) {
        for edge in node.run.iter().chain(&node.start).flat_map(Gate::required).filter(|edge| is_hard(edge)) {
            let Some(supplier) = plans.node(&edge.node) else { continue };
            let outside = matches!(supplier.kind, Some(Kind::Supplier | Kind::Contract | Kind::Organisation));
            if outside && edge.terms().contract_rto.is_none() && supplier.rto.is_none() {
                let (id, other) = (&node.id, &edge.node);
                findings.add(
                    id,
                    Text::new(
                        format!(
                            "`{id}` cannot run without `{other}`, whose contract states no recovery time"
                        ),
                        format!(
                            "「{id}」は「{other}」なしでは動きませんが、契約に復旧時間の定めがありません"
                        ),
                    ),
                );
            }
        }
    }
}
