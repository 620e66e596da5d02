//! For programs: Atom (RFC 4287), JSON Feed 1.1, the times of next updates as iCalendar (RFC 5545), and each warning as
//! signed CAP. What everybody may see, and nothing else.

use std::{fmt::Write, sync::Arc};

use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use shinayaka_kernel::{Kernel, ObjectId, Principal, Result, clock::Timestamp, object::Stored};
use shinayaka_model::warning::Warning;

use super::{cached, public::published};
use crate::{
    room::{Facts, SharedRoom},
    service::cap as cap_service,
    words::Words,
};

/// Seconds for which feeds may be kept.
const KEEP: u32 = 30;

fn answer(content_type: &'static str, text: Result<String>) -> Response {
    match text {
        Ok(text) => cached(content_type, text, KEEP),
        Err(shinayaka_kernel::Error::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a feed is not available");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

pub async fn atom(State(kernel): State<Arc<Kernel>>, Extension(room): Extension<SharedRoom>) -> Response {
    let text = async { Ok(atom_text(room.facts()?, &published(&kernel).await?)) };
    answer("application/atom+xml; charset=utf-8", text.await)
}

pub async fn json(State(kernel): State<Arc<Kernel>>, Extension(room): Extension<SharedRoom>) -> Response {
    let text = async { Ok(json_text(room.facts()?, &published(&kernel).await?)) };
    answer("application/feed+json; charset=utf-8", text.await)
}

pub async fn calendar(State(kernel): State<Arc<Kernel>>, Extension(room): Extension<SharedRoom>) -> Response {
    let text = async { Ok(calendar_text(room.facts()?, &published(&kernel).await?, kernel.now())) };
    answer("text/calendar; charset=utf-8", text.await)
}

pub async fn cap(
    State(kernel): State<Arc<Kernel>>,
    Extension(room): Extension<SharedRoom>,
    Path(id): Path<String>,
) -> Response {
    let text = async {
        let id: ObjectId = id.parse().map_err(|_| shinayaka_kernel::Error::NotFound)?;
        let public = Principal::public();
        let warning = kernel.reader(&public).get::<Warning>(id).await?;
        cap_service::document(room.facts()?, &warning)
    };
    answer("application/cap+xml; charset=utf-8", text.await)
}

fn changed(warning: &Stored<Warning>) -> Timestamp {
    let edition = warning.record.edition().map(|edition| edition.by.at);
    let correction = warning.record.corrections.last().map(|correction| correction.by.at);
    edition.max(correction).unwrap_or(warning.recorded_at)
}

fn link(facts: &Facts, warning: &Stored<Warning>, language: &str) -> String {
    format!("{}/public/{language}/warnings/{}", facts.url, warning.id)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn titled(warning: &Stored<Warning>, words: Words) -> String {
    let content = &warning.record.content;
    let level = content.level().ok();
    let level = level.map_or("", |level| if words.japanese { level.name_ja() } else { level.name_en() });
    let mark = if warning.synthetic { words.text("page.synthetic") } else { "" };
    let over = if warning.record.state.is_open() { "" } else { words.text("warning.mail.cancel") };
    let parts = [mark, over, level, content.headline.told(words.japanese)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

pub fn atom_text(facts: &Facts, warnings: &[Stored<Warning>]) -> String {
    let words = Words::of("ja");
    let newest = warnings.iter().map(changed).max().unwrap_or_default();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <id>{0}/public/feed.atom</id>\n<title>{1}</title>\n<updated>{newest}</updated>\n\
         <author><name>{1}</name></author>\n<link rel=\"self\" href=\"{0}/public/feed.atom\"/>\n",
        escaped(&facts.url),
        escaped(&facts.name),
    );
    for warning in warnings {
        let content = &warning.record.content;
        let issued = warning.record.issued_at().unwrap_or(warning.created_at);
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            "<entry>\n<id>urn:uuid:{0}</id>\n<title>{1}</title>\n<published>{issued}</published>\n\
             <updated>{2}</updated>\n<link rel=\"alternate\" hreflang=\"ja\" href=\"{3}\"/>\n\
             <link rel=\"related\" type=\"application/cap+xml\" href=\"{4}/public/warnings/{0}/cap.xml\"/>\n\
             <category term=\"level-{5}\"/>\n<summary>{6}</summary>\n</entry>\n",
            warning.id,
            escaped(&titled(warning, words)),
            changed(warning),
            escaped(&link(facts, warning, "ja")),
            escaped(&facts.url),
            content.level,
            escaped(content.plain.told(true)),
        );
    }
    out.push_str("</feed>\n");
    out
}

pub fn json_text(facts: &Facts, warnings: &[Stored<Warning>]) -> String {
    let item = |warning: &Stored<Warning>| {
        let content = &warning.record.content;
        json!({
            "id": format!("urn:uuid:{}", warning.id),
            "url": link(facts, warning, "ja"),
            "title": titled(warning, Words::of("ja")),
            "content_text": content.plain.told(true),
            "date_published": warning.record.issued_at(),
            "date_modified": changed(warning),
            "language": "ja",
            "tags": [format!("level-{}", content.level), warning.record.state.as_str()],
            "_shinayaka": {
                "level": content.level,
                "state": warning.record.state,
                "synthetic": warning.synthetic,
                "headline": content.headline,
                "plain": content.plain,
                "certainty": content.certainty,
                "sectors": content.target.sectors,
                "prefectures": content.target.prefectures,
                "next_update": content.next_update,
                "corrections": warning.record.corrections.iter().map(|correction| json!({
                    "at": correction.by.at, "was": correction.was, "is": correction.is,
                })).collect::<Vec<_>>(),
                "cap": format!("{}/public/warnings/{}/cap.xml", facts.url, warning.id),
            },
        })
    };
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": facts.name,
        "home_page_url": format!("{}/public", facts.url),
        "feed_url": format!("{}/public/feed.json", facts.url),
        "items": warnings.iter().map(item).collect::<Vec<_>>(),
    });
    format!("{feed}\n")
}

pub fn calendar_text(facts: &Facts, warnings: &[Stored<Warning>], now: Timestamp) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".into(),
        "PRODID:-//Shinayaka//Warnings//JA".into(),
        "METHOD:PUBLISH".into(),
    ];
    let words = Words::of("ja");
    for warning in warnings.iter().filter(|warning| warning.record.state.is_open()) {
        let Some(next) = warning.record.content.next_update else { continue };
        lines.push("BEGIN:VEVENT".into());
        lines.push(format!("UID:{}@{}", warning.id, facts.name));
        lines.push(format!("SEQUENCE:{}", warning.record.editions.len()));
        lines.push(format!("DTSTAMP:{}", basic(now)));
        lines.push(format!("DTSTART:{}", basic(next)));
        let summary = format!("{}: {}", words.text("warning.page.next_update"), titled(warning, words));
        lines.push(format!("SUMMARY:{}", calendar_escaped(&summary)));
        lines.push(format!("URL:{}", link(facts, warning, "ja")));
        lines.push("END:VEVENT".into());
    }
    lines.push("END:VCALENDAR".into());
    lines.iter().map(|line| folded(line)).collect()
}

/// `20261122T090000Z`.
fn basic(at: Timestamp) -> String {
    let text: String = at.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{text}Z")
}

fn calendar_escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// Lines of at most 75 octets, never cut inside a character (RFC 5545, section 3.1).
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for character in line.chars() {
        if width + character.len_utf8() > 74 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(character);
        width += character.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_folded_between_characters() {
        let folded = folded(&format!("SUMMARY:{}", "警".repeat(60)));
        assert!(folded.split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(folded.replace("\r\n ", "").trim_end().chars().count(), 68);
        assert_eq!(basic("2026-11-22T09:00:00Z".parse().unwrap()), "20261122T090000Z");
    }
}
