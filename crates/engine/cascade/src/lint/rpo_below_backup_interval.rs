//! Backups too rare for the promised recovery point.

use super::{Findings, Plans, Rule, Text};

pub(super) const RULE: Rule = Rule {
    id: "rpo-below-backup-interval",
    title_en: "Backups are rarer than the recovery point objective allows",
    title_ja: "バックアップの間隔が目標復旧時点より長い",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        let every = node.plan.as_ref().and_then(|plan| plan.backup.as_ref()?.every);
        if let (Some(rpo), Some(every)) = (node.rpo, every)
            && rpo < every
        {
            let id = &node.id;
            findings.add(
                id,
                Text::new(
                    format!("`{id}` may lose {rpo} of data at most, but is backed up every {every}"),
                    format!(
                        "「{id}」で失ってよいデータは {rpo} 分までですが、バックアップは {every} ごとです"
                    ),
                ),
            );
        }
    }
}
