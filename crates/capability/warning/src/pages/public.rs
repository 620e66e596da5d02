//! The public page: level by sector and prefecture, open warnings, corrections, next updates. The same files serve a
//! separate network (`shinayaka export public-site DIR`).

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::{Value, context};
use shinayaka_kernel::{
    Error, Kernel, ObjectId, Principal, Result,
    access::{ListRequest, Reader},
    clock::Timestamp,
    object::Stored,
};
use shinayaka_model::{
    incident::Sector,
    warning::{ActionFor, Exposure, Purpose, Warning},
};

use super::{STYLE, answer::message, cached, draw, feeds};
use crate::{
    room::{Facts, Room, SharedRoom},
    service::cap,
    words::Words,
};

/// Warnings on the page and in the feeds.
const SHOWN: u32 = 200;
/// Seconds for which a page may be kept.
const KEEP: u32 = 30;

/// Warnings that everybody may see, newest first; drills are nobody's else business.
///
/// # Errors
/// When the store does not answer.
pub async fn published(kernel: &Kernel) -> Result<Vec<Stored<Warning>>> {
    let public = Principal::public();
    let reader: Reader<'_> = kernel.reader(&public);
    let request = ListRequest { limit: Some(SHOWN), ..ListRequest::default() };
    let mut items = reader.list::<Warning>(&request).await?.items;
    items.retain(|warning| warning.record.content.purpose == Purpose::Warning);
    Ok(items)
}

pub async fn choose(headers: HeaderMap) -> Response {
    Redirect::temporary(&format!("/public/{}/", Words::chosen(None, &headers).code())).into_response()
}

pub async fn show(
    State(kernel): State<Arc<Kernel>>,
    Extension(room): Extension<SharedRoom>,
    Path(language): Path<String>,
) -> Response {
    let text = async {
        let warnings = published(&kernel).await?;
        index(room.facts()?, Words::of(&language), &warnings, kernel.now(), &Places::SERVED)
    };
    answer(&language, text.await)
}

pub async fn notice(
    State(kernel): State<Arc<Kernel>>,
    Extension(room): Extension<SharedRoom>,
    Path((language, id)): Path<(String, String)>,
) -> Response {
    let text = async {
        let id: ObjectId = id.parse().map_err(|_| Error::NotFound)?;
        let public = Principal::public();
        let warning = kernel.reader(&public).get::<Warning>(id).await?;
        one(room.facts()?, Words::of(&language), &warning, &Places::SERVED)
    };
    answer(&language, text.await)
}

fn answer(language: &str, text: Result<String>) -> Response {
    match text {
        Ok(text) if matches!(language, "ja" | "en") => cached("text/html; charset=utf-8", text, KEEP),
        Ok(_) | Err(Error::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "the public page is not available");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// How pages name each other: by address on the server, by relative path in a folder.
struct Places {
    style: &'static str,
    feeds: &'static str,
    ending: &'static str,
    index: &'static str,
}

impl Places {
    const SERVED: Self = Self { style: "/public/warning.css", feeds: "/public", ending: "", index: "" };
    const FOLDER: Self = Self { style: "../warning.css", feeds: "..", ending: ".html", index: "index.html" };
    const FOLDER_BELOW: Self =
        Self { style: "../../warning.css", feeds: "../..", ending: ".html", index: "index.html" };
}

fn index(
    facts: &Facts,
    words: Words,
    warnings: &[Stored<Warning>],
    now: Timestamp,
    places: &Places,
) -> Result<String> {
    let open: Vec<&Stored<Warning>> =
        warnings.iter().filter(|warning| warning.record.state.is_open() && !is_over(warning, now)).collect();
    let line = |warning: &&Stored<Warning>| {
        let action = warning.record.content.actions.get(&ActionFor::Public);
        context! {
            href => format!("warnings/{}{}", warning.id, places.ending),
            ..message(words, warning, action.or_else(|| warning.record.action_for(Exposure::Affected)))
        }
    };
    let past = warnings.iter().filter(|warning| !open.iter().any(|one| one.id == warning.id));
    let corrections = corrections(words, warnings, places);
    let values = context! {
        title => words.text("warning.public.title"),
        style => places.style,
        feeds => places.feeds,
        other_href => format!("../{}/{}", if words.japanese { "en" } else { "ja" }, places.index),
        now => words.time(now),
        open => open.iter().map(line).collect::<Vec<Value>>(),
        past => past.take(20).map(|warning| line(&warning)).collect::<Vec<Value>>(),
        corrections => corrections,
        sectors => sectors(words, &open),
        prefectures => prefectures(words, &open),
    };
    draw(facts, words, "public.html", values)
}

fn is_over(warning: &Stored<Warning>, now: Timestamp) -> bool {
    warning.record.content.valid_until.is_some_and(|until| until <= now)
}

fn corrections(words: Words, warnings: &[Stored<Warning>], places: &Places) -> Vec<Value> {
    let mut found: Vec<(Timestamp, Value)> = Vec::new();
    for warning in warnings {
        for correction in &warning.record.corrections {
            let value = context! {
                at => words.time(correction.by.at),
                was => correction.was.told(words.japanese),
                is => correction.is.told(words.japanese),
                title => warning.record.content.headline.told(words.japanese),
                href => format!("warnings/{}{}", warning.id, places.ending),
            };
            found.push((correction.by.at, value));
        }
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    found.into_iter().map(|(_, value)| value).collect()
}

/// The fifteen sectors with the highest level that is open for each.
fn sectors(words: Words, open: &[&Stored<Warning>]) -> Vec<Value> {
    let fifteen = Sector::ALL.iter().take(15);
    fifteen
        .map(|sector| {
            let level = highest(open, |warning| {
                let targets = &warning.content.target.sectors;
                targets.is_empty() || targets.contains(sector)
            });
            context! { name => words.text(sector_key(*sector)), level => level }
        })
        .collect()
}

/// The 47 prefectures with the highest level that is open for each.
fn prefectures(words: Words, open: &[&Stored<Warning>]) -> Vec<Value> {
    (1..=47)
        .map(|number| {
            let code = format!("{number:02}");
            let level = highest(open, |warning| {
                let targets = &warning.content.target.prefectures;
                targets.is_empty() || targets.contains(&code)
            });
            context! { name => words.text(prefecture_key(&code)), level => level, code => code }
        })
        .collect()
}

fn highest(open: &[&Stored<Warning>], concerns: impl Fn(&Warning) -> bool) -> u8 {
    let levels = open.iter().filter(|warning| concerns(&warning.record));
    levels.map(|warning| warning.record.content.level).max().unwrap_or(0)
}

fn one(facts: &Facts, words: Words, warning: &Stored<Warning>, places: &Places) -> Result<String> {
    if warning.record.content.purpose != Purpose::Warning {
        return Err(Error::NotFound);
    }
    let action = warning.record.content.actions.get(&ActionFor::Public);
    let action = action.or_else(|| warning.record.action_for(Exposure::Affected));
    let editions: Vec<Value> = warning
        .record
        .editions
        .iter()
        .map(|edition| {
            context! {
                number => edition.number,
                at => words.time(edition.by.at),
                level => edition.level,
                note => edition.note.told(words.japanese),
            }
        })
        .collect();
    let values = context! {
        style => places.style,
        feeds => places.feeds,
        home => format!("../{}", places.index),
        other_href => format!("../../{}/warnings/{}{}", if words.japanese { "en" } else { "ja" }, warning.id, places.ending),
        cap => format!("{}/warnings/{}/cap.xml", places.feeds, warning.id),
        editions => editions,
        ..message(words, warning, action)
    };
    draw(facts, words, "notice.html", values)
}

/// The whole public page as files.
///
/// # Errors
/// When the store does not answer.
pub async fn site(room: &Room, kernel: &Kernel) -> Result<Vec<(String, Vec<u8>)>> {
    let facts = room.facts()?;
    let warnings = published(kernel).await?;
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    files.insert("warning.css".into(), STYLE.into());
    for words in [Words::of("ja"), Words::of("en")] {
        let language = words.code();
        let page = index(facts, words, &warnings, kernel.now(), &Places::FOLDER)?;
        files.insert(format!("{language}/index.html"), page);
        for warning in &warnings {
            let page = one(facts, words, warning, &Places::FOLDER_BELOW)?;
            files.insert(format!("{language}/warnings/{}.html", warning.id), page);
        }
    }
    for warning in &warnings {
        files.insert(format!("warnings/{}/cap.xml", warning.id), cap::document(facts, warning)?);
    }
    let first = "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><title>Shinayaka</title>\
                 <meta http-equiv=\"refresh\" content=\"0; url=ja/index.html\"><p><a href=\"ja/index.html\">日本語</a> \
                 <a href=\"en/index.html\" lang=\"en\">English</a></p></html>\n";
    files.insert("index.html".into(), first.into());
    files.insert("feed.atom".into(), feeds::atom_text(facts, &warnings));
    files.insert("feed.json".into(), feeds::json_text(facts, &warnings));
    files.insert("updates.ics".into(), feeds::calendar_text(facts, &warnings, kernel.now()));
    Ok(files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect())
}

fn sector_key(sector: Sector) -> &'static str {
    static KEYS: std::sync::LazyLock<BTreeMap<Sector, String>> = std::sync::LazyLock::new(|| {
        Sector::ALL.iter().map(|sector| (*sector, format!("registry.sector.{sector}"))).collect()
    });
    KEYS.get(&sector).map_or("", String::as_str)
}

/// The key of the name of a prefecture; of nothing for what is no code.
pub fn prefecture_key(code: &str) -> &'static str {
    static KEYS: std::sync::LazyLock<BTreeMap<String, String>> = std::sync::LazyLock::new(|| {
        (1..=47).map(|number| (format!("{number:02}"), format!("console.prefecture.{number:02}"))).collect()
    });
    KEYS.get(code).map_or("", String::as_str)
}
