//! The page behind the link of a message: what happened, the one thing to do, three buttons. Looking changes nothing (the
//! scanners of mail servers look, too); only pressing does. Links that are unknown, expired or no links at all are
//! answered alike.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::context;
use serde::Deserialize;
use shinayaka_kernel::{Error, Kernel, ObjectId, Principal, Result, object::Stored};
use shinayaka_model::{
    delivery::{Answer, Delivery},
    warning::{Action, AnswerVia, CannotReason, Choice, EditionKind, Exposure, Purpose, Warning},
};

use super::{draw, page};
use crate::{
    room::{Facts, SharedRoom},
    service::answer::{self, NewAnswer, Source, UNDO_SECONDS},
    words::Words,
};

#[derive(Deserialize)]
pub struct Asked {
    lang: Option<String>,
}

/// What a press of a button sends.
#[derive(Deserialize)]
pub struct Pressed {
    choice: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
}

struct Opened {
    delivery: Stored<Delivery>,
    warning: Stored<Warning>,
    answer: Option<Stored<Answer>>,
}

/// What a link opens. For one that opens nothing the same is read, for a delivery that is not there.
async fn open(facts: &Facts, kernel: &Kernel, token: &str) -> Result<Option<Opened>> {
    let opened = facts.links.open(token, kernel.now());
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let nobody = ObjectId::from_bytes([0; 16]);
    let delivery = match reader.get::<Delivery>(opened.map_or(nobody, |opened| opened.delivery)).await {
        Ok(delivery) => delivery,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let warning = reader.get::<Warning>(delivery.record.warning).await?;
    let id = Answer::id(warning.id, &delivery.record.organisation);
    let answer = match reader.get::<Answer>(id).await {
        Ok(answer) => Some(answer),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    Ok(Some(Opened { delivery, warning, answer }))
}

pub async fn show(
    State(kernel): State<Arc<Kernel>>,
    Extension(room): Extension<SharedRoom>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let words = Words::chosen(asked.lang.as_deref(), &headers);
    let Ok(facts) = room.facts() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    match open(facts, &kernel, &token).await {
        Ok(Some(opened)) => page(drawn(facts, words, &kernel, &token, &opened, "")),
        Ok(None) => closed(facts, words),
        Err(error) => unavailable(&error),
    }
}

/// One answer for every link that opens nothing.
fn closed(facts: &Facts, words: Words) -> Response {
    let values = context! {
        state => "closed", title => words.text("warning.page.closed"), other => other(words), told => "",
    };
    let mut response = page(draw(facts, words, "answer.html", values));
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

fn unavailable(error: &Error) -> Response {
    tracing::error!(%error, "an answer page is not available");
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response()
}

fn other(words: Words) -> &'static str {
    if words.japanese { "en" } else { "ja" }
}

pub async fn answer(
    State(kernel): State<Arc<Kernel>>,
    Extension(room): Extension<SharedRoom>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    form: std::result::Result<Form<Pressed>, axum::extract::rejection::FormRejection>,
) -> Response {
    let words = Words::chosen(asked.lang.as_deref(), &headers);
    let Ok(facts) = room.facts() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let opened = match open(facts, &kernel, &token).await {
        Ok(Some(opened)) => opened,
        Ok(None) => return closed(facts, words),
        Err(error) => return unavailable(&error),
    };
    let pressed = form.ok().and_then(|Form(pressed)| read(pressed, &opened));
    let Some(new) = pressed else {
        let text = words.text("warning.page.say_why");
        let mut response = page(drawn(facts, words, &kernel, &token, &opened, text));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    let by = opened.delivery.record.address.clone();
    let source = Source { via: AnswerVia::Link, by, delivery: Some(opened.delivery.id) };
    let node = Principal::node();
    match answer::record(&kernel, &node, opened.warning.id, &new, &source).await {
        // The page is asked for anew, so that going back or reloading presses nothing twice.
        Ok(_) => Redirect::to(&format!("/a/{token}?lang={}", words.code())).into_response(),
        Err(Error::Conflict(_)) => {
            let text = words.text("warning.page.too_late");
            let mut response = page(drawn(facts, words, &kernel, &token, &opened, text));
            *response.status_mut() = StatusCode::CONFLICT;
            response
        }
        Err(Error::Invalid { .. }) => {
            let text = words.text("warning.page.note_too_long");
            let mut response = page(drawn(facts, words, &kernel, &token, &opened, text));
            *response.status_mut() = StatusCode::BAD_REQUEST;
            response
        }
        Err(error) => unavailable(&error),
    }
}

fn read(pressed: Pressed, opened: &Opened) -> Option<NewAnswer> {
    let choice: Choice = pressed.choice.parse().ok()?;
    let reason = match choice {
        Choice::Cannot => Some(pressed.reason.parse::<CannotReason>().ok()?),
        _ => None,
    };
    let organisation = Some(opened.delivery.record.organisation.clone());
    let note = pressed.note.replace("\r\n", "\n");
    Some(NewAnswer { organisation, choice, reason, note })
}

fn drawn(
    facts: &Facts,
    words: Words,
    kernel: &Kernel,
    token: &str,
    opened: &Opened,
    told: &str,
) -> Result<String> {
    let warning = &opened.warning.record;
    let said = opened.answer.as_ref().map(|answer| &answer.record);
    let choice = said.map(|answer| answer.choice).filter(|choice| *choice != Choice::Withdrawn);
    let until = said.map(|answer| answer.at.plus_seconds(UNDO_SECONDS)).filter(|until| *until > kernel.now());
    let state = match (warning.state.is_open(), choice) {
        (false, _) => "over",
        (true, Some(_)) => "answered",
        (true, None) => "open",
    };
    let values = context! {
        state => state,
        token => token,
        other => other(words),
        told => told,
        choice => choice.map(Choice::as_str),
        choice_told => choice.map(|choice| words.text(choice_key(choice)).to_owned()),
        reason_told => said.and_then(|answer| answer.reason).map(|reason| words.text(reason_key(reason)).to_owned()),
        undo_until => until.filter(|_| choice.is_some()).map(|until| words.time(until)),
        reasons => CannotReason::ALL.iter().map(|reason| context! {
            word => reason.as_str(), told => words.text(reason_key(*reason)).to_owned(),
        }).collect::<Vec<_>>(),
        ..message(words, &opened.warning, warning.action_for(Exposure::Affected)),
    };
    draw(facts, words, "answer.html", values)
}

/// What a page says of a warning.
pub fn message(words: Words, stored: &Stored<Warning>, action: Option<&Action>) -> minijinja::Value {
    let warning = &stored.record;
    let content = &warning.content;
    let told = |wording: &shinayaka_model::warning::Wording| wording.told(words.japanese).to_owned();
    let drill = content.purpose == Purpose::Drill;
    let level = content.level().ok();
    let name = level.map_or("", |level| if words.japanese { level.name_ja() } else { level.name_en() });
    let edition = warning.edition();
    let certainty = words.text(certainty_key(content.certainty.word)).to_owned();
    let percent = content.certainty.percent.map(|percent| format!(" ({percent} %)")).unwrap_or_default();
    context! {
        title => told(&content.headline),
        drill => drill,
        synthetic => stored.synthetic,
        level => content.level,
        level_name => if drill { words.text("warning.purpose.drill").to_owned() } else { name.to_owned() },
        action => action.map(|action| context! {
            text => told(&action.text),
            steps => action.steps.iter().map(told).collect::<Vec<_>>(),
            by => action.by.map(|by| words.time(by)),
        }),
        plain => told(&content.plain),
        description => told(&content.description),
        products => content.products.iter().map(|product| {
            format!("{} {}", product.name, product.versions).trim_end().to_owned()
        }).collect::<Vec<_>>(),
        certainty => format!("{certainty}{percent}"),
        sources => content.sources.iter().map(|source| context! {
            title => source.title.clone(), url => source.url.clone(),
        }).collect::<Vec<_>>(),
        known => content.known.iter().map(told).collect::<Vec<_>>(),
        not_known => content.not_known.iter().map(told).collect::<Vec<_>>(),
        next_update => content.next_update.filter(|_| warning.state.is_open()).map(|at| words.time(at)),
        valid_until => content.valid_until.map(|at| words.time(at)),
        issued => warning.issued_at().map(|at| words.time(at)),
        cancelled => edition.filter(|edition| edition.kind == EditionKind::Cancel).map(|edition| told(&edition.note)),
        note => edition.map(|edition| told(&edition.note)).unwrap_or_default(),
        corrections => warning.corrections.iter().map(|correction| context! {
            at => words.time(correction.by.at), was => told(&correction.was), is => told(&correction.is),
        }).collect::<Vec<_>>(),
    }
}

fn certainty_key(word: shinayaka_model::warning::CertaintyWord) -> &'static str {
    use shinayaka_model::warning::CertaintyWord::{Likely, Observed, Possible, Unknown, Unlikely};
    match word {
        Observed => "warning.certainty.observed",
        Likely => "warning.certainty.likely",
        Possible => "warning.certainty.possible",
        Unlikely => "warning.certainty.unlikely",
        Unknown => "warning.certainty.unknown",
    }
}

fn choice_key(choice: Choice) -> &'static str {
    match choice {
        Choice::Done => "warning.choice.done",
        Choice::Cannot => "warning.choice.cannot",
        Choice::Call => "warning.choice.call",
        Choice::Withdrawn => "warning.choice.withdrawn",
    }
}

fn reason_key(reason: CannotReason) -> &'static str {
    match reason {
        CannotReason::NoAuthority => "warning.reason.no_authority",
        CannotReason::Supplier => "warning.reason.supplier",
        CannotReason::NoTime => "warning.reason.no_time",
        CannotReason::CannotStop => "warning.reason.cannot_stop",
        CannotReason::NotUnderstood => "warning.reason.not_understood",
        CannotReason::NotOurs => "warning.reason.not_ours",
        CannotReason::Other => "warning.reason.other",
    }
}
