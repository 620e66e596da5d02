//! What stands in a message: the level, the one thing to do, until when, how, and the link to answer by.

use std::time::{Duration, SystemTime};

use serde_json::json;
use shinayaka_kernel::{ObjectId, object::Stored};
use shinayaka_model::{
    delivery::Delivery,
    warning::{EditionKind, Exposure, Purpose, Rung, Warning},
};

use crate::{room::Facts, words::Words};

/// A message, ready to leave on any way.
pub struct Letter {
    pub subject: String,
    pub text: String,
    /// For programs.
    pub json: String,
    pub date: SystemTime,
    /// Seconds since 1970.
    pub seconds: i64,
}

/// Silent members named in a message to their hub.
const NAMED: usize = 50;

/// The link under which a delivery is answered.
pub fn link(facts: &Facts, delivery: ObjectId, from: shinayaka_kernel::clock::Timestamp) -> String {
    let expires = from.plus_seconds(facts.settings.link_days * 86_400);
    format!("{}/a/{}", facts.url, facts.links.token(delivery, expires))
}

/// Writes the message of a delivery in the language of its contact.
pub fn write(
    facts: &Facts,
    warning: &Stored<Warning>,
    delivery: &Delivery,
    id: ObjectId,
    hub: &[String],
) -> Letter {
    let words = Words::of(&delivery.language);
    let record = &warning.record;
    let link = link(facts, id, delivery.queued_at);
    let subject = subject(&words, record, delivery);
    let mut lines = Vec::new();
    if warning.synthetic || record.content.purpose == Purpose::Drill {
        let key = if record.content.purpose == Purpose::Drill {
            "warning.mail.drill"
        } else {
            "warning.mail.synthetic"
        };
        lines.push(words.text(key).to_owned());
        lines.push(String::new());
    }
    lines.push(level_name(&words, record));
    lines.push(record.content.headline.told(words.japanese).to_owned());
    lines.push(String::new());
    if delivery.rung == Rung::Hub {
        let count = hub.len().to_string();
        lines.push(words.fill("warning.mail.hub", &[("count", &count)]));
        lines.extend(hub.iter().take(NAMED).map(|name| format!("- {name}")));
        lines.push(format!("{}/warnings/{}", facts.url, warning.id));
    } else {
        body(&words, record, &link, &mut lines);
    }
    lines.push(String::new());
    lines.push(words.fill("warning.mail.from", &[("node", &facts.name)]));
    let seconds = delivery.changed_at.microseconds() / 1_000_000;
    let edition = record.edition();
    let json = json!({
        "warning": warning.id,
        "edition": delivery.edition,
        "message": edition.map(|edition| edition.kind),
        "purpose": record.content.purpose,
        "organisation": delivery.organisation,
        "delivery": id,
        "level": record.content.level,
        "headline": record.content.headline,
        "action": record.action_for(Exposure::Affected),
        "synthetic": warning.synthetic,
        "answer": link,
        "cap": format!("{}/public/warnings/{}/cap.xml", facts.url, warning.id),
    });
    let since_epoch = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    Letter {
        subject,
        text: lines.join("\r\n"),
        json: json.to_string(),
        date: SystemTime::UNIX_EPOCH + since_epoch,
        seconds,
    }
}

fn level_name(words: &Words, warning: &Warning) -> String {
    if warning.content.purpose == Purpose::Drill {
        return words.text("warning.purpose.drill").to_owned();
    }
    let level = warning.content.level();
    level.map_or_else(
        |_| String::new(),
        |level| (if words.japanese { level.name_ja() } else { level.name_en() }).to_owned(),
    )
}

fn subject(words: &Words, warning: &Warning, delivery: &Delivery) -> String {
    let kind = match warning.edition().map(|edition| edition.kind) {
        Some(EditionKind::Update) => words.text("warning.mail.update"),
        Some(EditionKind::Cancel) => words.text("warning.mail.cancel"),
        _ if delivery.rung != Rung::First => words.text("warning.mail.again"),
        _ => "",
    };
    let headline = warning.content.headline.told(words.japanese);
    let level = level_name(words, warning);
    if kind.is_empty() { format!("[{level}] {headline}") } else { format!("[{level}] {kind} {headline}") }
}

fn body(words: &Words, warning: &Warning, link: &str, lines: &mut Vec<String>) {
    if let Some(edition) = warning.edition().filter(|edition| edition.kind != EditionKind::Issue) {
        lines.push(edition.note.told(words.japanese).to_owned());
        lines.push(String::new());
        if edition.kind == EditionKind::Cancel {
            return;
        }
    }
    if let Some(action) = warning.action_for(Exposure::Affected) {
        lines.push(format!("■ {}", words.text("warning.page.do")));
        lines.push(action.text.told(words.japanese).to_owned());
        for (number, step) in action.steps.iter().enumerate() {
            lines.push(format!("  {}. {}", number + 1, step.told(words.japanese)));
        }
        if let Some(by) = action.by {
            lines.push(words.fill("warning.page.until", &[("time", &words.time(by))]));
        }
        lines.push(String::new());
    }
    let plain = warning.content.plain.told(words.japanese);
    if !plain.is_empty() {
        lines.push(format!("■ {}", words.text("warning.page.what")));
        lines.push(plain.to_owned());
        lines.push(String::new());
    }
    lines.push(format!("■ {}", words.text("warning.mail.answer")));
    lines.push(link.to_owned());
}
