//! Backups whose restore nobody has timed.

use super::{Findings, Plans, Rule, Text};

pub(super) const RULE: Rule = Rule {
    id: "restore-untimed",
    title_en: "A backup exists whose restore has never been timed",
    title_ja: "復元にかかる時間を一度も計っていないバックアップがある",
    check,
};

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        let Some(backup) = node.plan.as_ref().and_then(|plan| plan.backup.as_ref()) else { continue };
        let timed = backup
            .restore
            .and_then(|restore| restore.evidence)
            .is_some_and(|evidence| evidence.grade.is_tested());
        if !timed {
            let id = &node.id;
            findings.add(id, Text::new(
                format!("the restore of the backup of `{id}` has never been timed in an exercise or an incident"),
                format!("「{id}」のバックアップは、訓練でも実際の障害でも復元時間を計ったことがありません"),
            ));
        }
    }
}
