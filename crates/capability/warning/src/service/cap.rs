//! A warning as CAP 1.2, and the alerts of other agencies as drafts.

use shinayaka_cap::{Alert, Area, Info, Reference, sign};
use shinayaka_kernel::{Error, ObjectId, Result, access::Writer, clock::Timestamp, object::Stored};
use shinayaka_model::warning::{
    Action, ActionFor, Certainty, CertaintyWord, Content, Edition, EditionKind, Origin, Purpose, Target,
    Warning, WarningSource, Wording,
};

use super::draft;
use crate::room::Facts;

/// Characters of `event` (common practice of aggregators).
const EVENT_CHARACTERS: usize = 35;

/// The form of the standard, with the offset of Japan.
pub fn time(at: Timestamp) -> String {
    const JAPAN_SECONDS: i64 = 9 * 3600;
    let local = at.plus_seconds(JAPAN_SECONDS).to_string();
    format!("{}+09:00", local.get(..19).unwrap_or_default())
}

fn sender(facts: &Facts) -> String {
    let sender = if facts.settings.sender.is_empty() { &facts.name } else { &facts.settings.sender };
    sender.chars().map(|c| if c.is_whitespace() || ",<&".contains(c) { '-' } else { c }).collect()
}

fn identifier(id: ObjectId, edition: &Edition) -> String {
    format!("{id}.{}", edition.number)
}

/// The newest message of a warning as an alert, with references to all before it.
///
/// # Errors
/// [`Error::Conflict`] for a draft.
pub fn alert(facts: &Facts, warning: &Stored<Warning>) -> Result<Alert> {
    let record = &warning.record;
    let unissued = || Error::Conflict("a draft is not an alert".into());
    let newest = record.edition().ok_or_else(unissued)?;
    let sender = sender(facts);
    let before = record.editions.iter().filter(|edition| edition.number < newest.number);
    let references = before.map(|edition| Reference {
        sender: sender.clone(),
        identifier: identifier(warning.id, edition),
        sent: time(edition.by.at),
    });
    let exercise = record.content.purpose == Purpose::Drill || warning.synthetic;
    let public = record.content.public;
    Ok(Alert {
        identifier: identifier(warning.id, newest),
        sender: sender.clone(),
        sent: time(newest.by.at),
        status: if exercise { "Exercise" } else { "Actual" }.into(),
        msg_type: match newest.kind {
            EditionKind::Issue => "Alert",
            EditionKind::Update => "Update",
            EditionKind::Cancel => "Cancel",
        }
        .into(),
        source: None,
        scope: if public { "Public" } else { "Restricted" }.into(),
        restriction: (!public).then(|| "TLP:AMBER".to_owned()),
        note: (!newest.note.is_empty()).then(|| format!("{} / {}", newest.note.ja, newest.note.en)),
        references: references.collect(),
        infos: vec![info(facts, warning, newest, true), info(facts, warning, newest, false)],
        ..Alert::default()
    })
}

/// The signed document.
///
/// # Errors
/// As [`alert`], and for a text that the standard does not allow.
pub fn document(facts: &Facts, warning: &Stored<Warning>) -> Result<String> {
    let key = sign::Key::of_secret(&facts.signing);
    sign::signed(&alert(facts, warning)?, &key).map_err(|error| Error::invalid("cap", error.to_string()))
}

fn info(facts: &Facts, warning: &Stored<Warning>, edition: &Edition, japanese: bool) -> Info {
    let content = &warning.record.content;
    let told = |wording: &Wording| Some(wording.told(japanese).to_owned()).filter(|text| !text.is_empty());
    let level = content.level().ok();
    let name = level.map_or("", |level| if japanese { level.name_ja() } else { level.name_en() });
    let audience = if content.public { ActionFor::Public } else { ActionFor::Affected };
    let action = content.actions.get(&audience).or_else(|| content.actions.get(&ActionFor::Affected));
    let steps = action.into_iter().flat_map(|action| std::iter::once(&action.text).chain(&action.steps));
    let instruction: Vec<&str> = steps.map(|wording| wording.told(japanese)).collect();
    let (urgency, severity) = weight(content.level);
    let cancelled = edition.kind == EditionKind::Cancel;
    let mut parameters =
        vec![("level".to_owned(), content.level.to_string()), ("levelName".to_owned(), name.to_owned())];
    if let Some(percent) = content.certainty.percent {
        parameters.push(("probabilityPercent".to_owned(), percent.to_string()));
    }
    if let Some(next) = content.next_update.filter(|_| !cancelled) {
        parameters.push(("nextUpdate".to_owned(), time(next)));
    }
    parameters.extend(content.products.iter().map(|product| {
        let identifier = product.identifier.as_deref().unwrap_or(&product.name);
        ("product".to_owned(), format!("{identifier} {}", product.versions).trim_end().to_owned())
    }));
    parameters.extend(content.target.sectors.iter().map(|sector| ("sector".to_owned(), sector.to_string())));
    Info {
        language: Some(if japanese { "ja-JP" } else { "en-US" }.into()),
        categories: vec!["Infra".into(), "Security".into()],
        event: name.chars().take(EVENT_CHARACTERS).collect(),
        response_types: vec![response(content.level, cancelled).into()],
        urgency: if cancelled { "Past" } else { urgency }.into(),
        severity: severity.into(),
        certainty: certainty(content.certainty.word).into(),
        effective: Some(time(content.valid_from.unwrap_or(edition.by.at))),
        expires: content.valid_until.map(time),
        sender_name: Some(facts.name.clone()),
        headline: told(&content.headline),
        description: if cancelled { told(&edition.note) } else { told(&content.description) },
        instruction: (!instruction.is_empty() && !cancelled).then(|| instruction.join("\n")),
        web: content.public.then(|| {
            format!("{}/public/{}/warnings/{}", facts.url, if japanese { "ja" } else { "en" }, warning.id)
        }),
        parameters,
        areas: vec![area(content, japanese)],
        ..Info::default()
    }
}

fn area(content: &Content, japanese: bool) -> Area {
    let prefectures = &content.target.prefectures;
    if prefectures.is_empty() {
        let description = if japanese { "日本全国" } else { "Japan" };
        return Area { description: description.into(), geocodes: vec![("ISO3166-1".into(), "JP".into())] };
    }
    let words = crate::words::Words { japanese };
    let names: Vec<&str> =
        prefectures.iter().map(|code| words.text(crate::pages::public::prefecture_key(code))).collect();
    let geocodes = prefectures.iter().map(|code| ("JIS-X-0401".to_owned(), code.clone())).collect();
    Area { description: names.join(if japanese { "、" } else { ", " }), geocodes }
}

const fn weight(level: u8) -> (&'static str, &'static str) {
    match level {
        5 => ("Immediate", "Extreme"),
        4 => ("Immediate", "Severe"),
        3 => ("Expected", "Moderate"),
        _ => ("Future", "Minor"),
    }
}

const fn response(level: u8, cancelled: bool) -> &'static str {
    match (cancelled, level) {
        (true, _) => "AllClear",
        (false, 3..) => "Execute",
        (false, 2) => "Prepare",
        (false, _) => "Monitor",
    }
}

const fn certainty(word: CertaintyWord) -> &'static str {
    match word {
        CertaintyWord::Observed => "Observed",
        CertaintyWord::Likely => "Likely",
        CertaintyWord::Possible => "Possible",
        CertaintyWord::Unlikely => "Unlikely",
        CertaintyWord::Unknown => "Unknown",
    }
}

/// Makes a draft of the alert of another agency. It says what the alert says; whom it concerns here and what they should
/// do is for a person to add.
///
/// # Errors
/// [`Error::Invalid`] naming the line or element.
pub async fn import(writer: Writer<'_>, bytes: &[u8]) -> Result<(ObjectId, u32)> {
    let alert = shinayaka_cap::read::document(bytes).map_err(|error| match error {
        shinayaka_cap::Error::Invalid { line, reason } => Error::invalid(format!("line {line}"), reason),
        shinayaka_cap::Error::Rule { element, reason } => Error::invalid(element, reason),
    })?;
    let origin = Origin {
        sender: alert.sender.clone(),
        identifier: alert.identifier.clone(),
        sent: alert.sent.clone(),
    };
    let synthetic = alert.status != "Actual";
    draft::make(writer, content_of(&alert), None, Some(origin), synthetic).await
}

/// Cut at a sign, to what a field holds.
fn cut(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect()
}

fn line(text: &str) -> String {
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), 400)
}

/// What of an alert fits a warning of ours.
pub fn content_of(alert: &Alert) -> Content {
    let language = |info: &&Info, wanted: &str| {
        info.language.as_deref().unwrap_or("en-US").to_ascii_lowercase().starts_with(wanted)
    };
    let japanese = alert.infos.iter().find(|info| language(info, "ja"));
    let english = alert.infos.iter().find(|info| language(info, "en"));
    let first = japanese.or(english).or(alert.infos.first());
    let wording = |part: fn(&Info) -> Option<&String>, form: fn(&str) -> String| {
        let text = |info: Option<&Info>| info.and_then(part).map(|text| form(text)).unwrap_or_default();
        let mut wording = Wording { ja: text(japanese), en: text(english) };
        if wording.is_empty() {
            wording.en = text(first);
        }
        wording
    };
    let mut headline = wording(|info| info.headline.as_ref(), line);
    if headline.is_empty() {
        headline = wording(|info| Some(&info.event), line);
    }
    let instruction = wording(|info| info.instruction.as_ref(), line);
    let mut actions = std::collections::BTreeMap::new();
    if !instruction.is_empty() {
        actions.insert(ActionFor::Affected, Action { text: instruction, steps: Vec::new(), by: None });
    }
    let level = match first.map(|info| info.severity.as_str()) {
        Some("Extreme") => 5,
        Some("Severe") => 4,
        Some("Moderate") => 3,
        Some("Minor") => 2,
        _ => 1,
    };
    let word = match first.map(|info| info.certainty.as_str()) {
        Some("Observed") => CertaintyWord::Observed,
        Some("Likely") => CertaintyWord::Likely,
        Some("Possible") => CertaintyWord::Possible,
        Some("Unlikely") => CertaintyWord::Unlikely,
        _ => CertaintyWord::Unknown,
    };
    let at = |text: Option<&String>| text.and_then(|text| text.parse::<Timestamp>().ok());
    let web = first.and_then(|info| info.web.clone());
    let url = web.filter(|web| shinayaka_model::bounds::check_url("web", web).is_ok());
    let prefectures = first.into_iter().flat_map(|info| &info.areas).flat_map(|area| &area.geocodes);
    let prefectures = prefectures.filter(|(name, _)| name == "JIS-X-0401").map(|(_, code)| code.clone());
    let valid = |code: &String| shinayaka_model::area::check_prefecture("area", code).is_ok();
    Content {
        purpose: Purpose::Warning,
        level,
        headline,
        description: wording(|info| info.description.as_ref(), |text| cut(text, 6_000)),
        plain: Wording::default(),
        actions,
        products: Vec::new(),
        target: Target { prefectures: prefectures.filter(valid).collect(), ..Target::default() },
        valid_from: None,
        valid_until: at(first.and_then(|info| info.expires.as_ref())),
        certainty: Certainty { word, percent: None },
        sources: vec![WarningSource { title: line(&format!("{} {}", alert.sender, alert.identifier)), url }],
        known: Vec::new(),
        not_known: Vec::new(),
        next_update: None,
        public: false,
        ladder: Vec::new(),
    }
}
