//! RTO below max over hard suppliers (supplier's RTO - buffer) + restart.

use super::{Findings, Plans, Rule, Text, is_hard};
use crate::model::{Duration, Gate, Timing};

pub(super) const RULE: Rule = Rule {
    id: "rto-unreachable",
    title_en: "The promised recovery time is shorter than its suppliers and its own restart allow",
    title_ja: "約束した目標復旧時間が、供給元の復旧と自身の再起動にかかる時間より短い",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        let Some(rto) = node.rto else { continue };
        let median = |timing: &Timing| timing.law.median().milliseconds();
        let restart = node.restart.as_ref().map_or(0, median);
        let edges = node.run.iter().chain(&node.start).flat_map(Gate::required).filter(|edge| is_hard(edge));
        let slowest = edges
            .filter_map(|edge| {
                let promised = edge.terms().contract_rto.or(plans.node(&edge.node)?.rto)?;
                let buffer = edge.terms().buffer.as_ref().map_or(0, median);
                Some((promised.milliseconds().saturating_sub(buffer), &edge.node))
            })
            .max_by_key(|(time, _)| *time);
        let (wait, supplier) = slowest.map_or((0, None), |(time, id)| (time, Some(id)));
        let achievable = Duration::from_milliseconds(wait.saturating_add(restart));
        if rto >= achievable {
            continue;
        }
        let id = &node.id;
        findings.add(id, match supplier {
            Some(supplier) if wait > 0 => Text::new(
                format!("`{id}` promises {rto}, but `{supplier}` and its own restart take {achievable}"),
                format!("「{id}」の目標復旧時間は {rto} ですが、「{supplier}」の復旧と再起動に {achievable} かかります"),
            ),
            _ => Text::new(
                format!("`{id}` promises {rto}, but its own restart takes {achievable}"),
                format!("「{id}」の目標復旧時間は {rto} ですが、再起動だけで {achievable} かかります"),
            ),
        });
    }
}
