//! The council's published reports, for anybody: what the public may see, and nothing of who asks.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use minijinja::{Value, context};
use shinayaka_kernel::{Kernel, ObjectId, Principal, Result, access::ListRequest, object::Stored};
use shinayaka_model::council::{AnswerKind, CouncilReport, ReportedMeasure, ReportedProposal};

use super::problem_page;
use crate::{
    messages::{Language, problem},
    node::Node,
};

/// Reports on the list; the newest.
const SHOWN: u32 = 100;

pub async fn list(State(node): State<Arc<Node>>, language: Language) -> Response {
    match published(&node.kernel).await {
        Ok(reports) => {
            let reports: Vec<Value> = reports
                .iter()
                .map(|report| {
                    context! {
                        id => report.id.to_string(),
                        title => report.record.title.clone(),
                        on => report.record.published_at.date(),
                        synthetic => report.synthetic,
                    }
                })
                .collect();
            node.pages.draw(&node, language, "reports.html", context! { reports => reports })
        }
        Err(error) => problem_page(&node, language, &error.into()),
    }
}

pub async fn show(State(node): State<Arc<Node>>, language: Language, Path(id): Path<String>) -> Response {
    // Whoever is signed in sees the page that everybody sees.
    let public = Principal::public();
    let Ok(id) = id.parse::<ObjectId>() else {
        return problem_page(&node, language, &problem(StatusCode::NOT_FOUND, "not-found"));
    };
    match node.kernel.reader(&public).get::<CouncilReport>(id).await {
        Ok(report) => node.pages.draw(&node, language, "report.html", drawn(language, &report)),
        Err(error) => problem_page(&node, language, &error.into()),
    }
}

async fn published(kernel: &Kernel) -> Result<Vec<Stored<CouncilReport>>> {
    let public = Principal::public();
    let request = ListRequest { limit: Some(SHOWN), ..ListRequest::default() };
    Ok(kernel.reader(&public).list::<CouncilReport>(&request).await?.items)
}

fn drawn(language: Language, stored: &Stored<CouncilReport>) -> Value {
    let report = &stored.record;
    context! {
        title => report.title.clone(),
        synthetic => stored.synthetic,
        published => report.published_at.date(),
        frozen => report.frozen_at.date(),
        members => report.members,
        members_scored => report.members_scored,
        alpha => report.alpha.map(|alpha| format!("{alpha:.2}")),
        measures => report.measures.iter().map(|one| measure(language, one)).collect::<Vec<_>>(),
        proposals => report.proposals.iter().map(|one| proposal(language, one)).collect::<Vec<_>>(),
    }
}

fn measure(language: Language, measure: &ReportedMeasure) -> Value {
    let title = match language {
        Language::Japanese => &measure.title_ja,
        Language::English => &measure.title_en,
    };
    let scores: Vec<String> = measure.scores.iter().map(ToString::to_string).collect();
    context! {
        no => format!("M{:02}", measure.no),
        title => title,
        status => language.text(&format!("page.report.status.{}", name_of(&measure.status))),
        owner => measure.owner.clone(),
        scores => scores.join(" "),
        conflicts => measure.conflicts,
        disagrees => measure.disagrees,
    }
}

fn proposal(language: Language, proposal: &ReportedProposal) -> Value {
    let answer = proposal.answer.as_ref().map(|answer| {
        let key = match answer.answer {
            AnswerKind::Accept => "page.report.answer.accept",
            AnswerKind::Part => "page.report.answer.part",
            AnswerKind::Refuse => "page.report.answer.refuse",
        };
        context! {
            kind => language.text(key),
            reason => answer.reason.clone(),
            by => answer.date.map(|date| date.to_string()),
        }
    });
    context! {
        number => proposal.number,
        no => format!("M{:02}", proposal.measure),
        text => proposal.text.clone(),
        addressee => proposal.addressee.clone(),
        follow_up => proposal.follow_up.to_string(),
        answer => answer,
    }
}

/// The word under which an enumeration is saved.
fn name_of<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
