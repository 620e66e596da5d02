//! Contacts that nobody has tried for a quarter.

use super::{Findings, Plans, Rule, Text};

pub(super) const RULE: Rule = Rule {
    id: "contact-stale",
    title_en: "A contact has not been confirmed within 90 days",
    title_ja: "90 日以内に確認されていない連絡先がある",
    check,
};

/// Days after which a contact counts as stale.
const DAYS: i32 = 90;

fn check(plans: &Plans<'_>, findings: &mut Findings) {
    for (_, node) in plans.nodes() {
        let Some(contact) = node.plan.as_ref().and_then(|plan| plan.contact.as_ref()) else { continue };
        let id = &node.id;
        match contact.confirmed {
            None => findings.add(
                id,
                Text::new(
                    format!("the contact of `{id}` has never been confirmed"),
                    format!("「{id}」の連絡先は一度も確認されていません"),
                ),
            ),
            Some(day) => {
                // Dates of the calendar are at most a few million days apart: the difference cannot fail.
                let age = plans.today.since((jiff::Unit::Day, day)).map_or(i32::MAX, |span| span.get_days());
                if age > DAYS {
                    findings.add(
                        id,
                        Text::new(
                            format!("the contact of `{id}` was last confirmed on {day}, {age} days ago"),
                            format!("「{id}」の連絡先は {day} の確認から {age} 日たっています"),
                        ),
                    );
                }
            }
        }
    }
}
