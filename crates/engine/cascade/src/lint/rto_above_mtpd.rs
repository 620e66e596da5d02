//! The objective lies beyond what can be tolerated.

use super::{Findings, Plans, Rule, Text};

pub(super) const RULE: Rule = Rule {
    id: "rto-above-mtpd",
    title_en: "The recovery time objective is longer than the maximum tolerable period of disruption",
    title_ja: "目標復旧時間が最大許容停止時間を超えている",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        if let (Some(rto), Some(mtpd)) = (node.rto, node.mtpd)
            && rto > mtpd
        {
            let id = &node.id;
            findings.add(
                id,
                Text::new(
                    format!("`{id}` aims at {rto}, but tolerates {mtpd} at most"),
                    format!("「{id}」の目標復旧時間 {rto} は、最大許容停止時間 {mtpd} を超えています"),
                ),
            );
        }
    }
}
