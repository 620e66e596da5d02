//! Alternatives that one cause takes away together.

use std::collections::HashMap;

use super::{Findings, Plans, Rule, Text};
use crate::model::{Gate, Supplier};

pub(super) const RULE: Rule = Rule {
    id: "alternative-shared-cause",
    title_en: "An alternative shares a cause of failure with the primary",
    title_ja: "代替手段が主たる手段と同じ原因で同時に止まりうる",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        let mut open: Vec<&Gate> = node.run.iter().chain(&node.start).chain(&node.repair).collect();
        while let Some(gate) = open.pop() {
            open.extend(gate.members().iter().rev());
            if matches!(gate, Gate::Supplier(_) | Gate::All(_)) {
                continue;
            }
            let alternatives: Vec<&Supplier> = gate.members().iter().flat_map(Gate::suppliers).collect();
            shared(plans, &node.id, &alternatives, findings);
        }
    }
}

fn shared(plans: &Plans<'_>, id: &str, alternatives: &[&Supplier], findings: &mut Findings) {
    let mut first: HashMap<&str, &str> = HashMap::new();
    for edge in alternatives {
        let Some(supplier) = plans.node(&edge.node) else { continue };
        let tags = supplier.causes.iter().chain(&edge.terms().causes).chain(&supplier.product);
        for tag in tags {
            let before = *first.entry(tag).or_insert(&edge.node);
            if before != edge.node {
                let other = &edge.node;
                findings.add(
                    id,
                    Text::new(
                        format!(
                            "`{before}` and `{other}` stand in for each other in `{id}` but share `{tag}`"
                        ),
                        format!(
                            "「{id}」で互いの代替とされる「{before}」と「{other}」は「{tag}」を共有しています"
                        ),
                    ),
                );
            }
        }
    }
}
