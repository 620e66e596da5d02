//! Pages for people without an account: where a warning is answered, the public page, the sheets of the print pack, and
//! the feeds. Drawn here, readable without JavaScript, nothing loaded from elsewhere.

pub mod answer;
pub mod feeds;
pub mod public;
pub mod replay;
pub mod sheet;

use std::sync::LazyLock;

use axum::{
    Extension, Router,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use minijinja::{Environment, Value, context};
use shinayaka_kernel::{Error, Result, http::App};

use crate::{
    room::{Facts, SharedRoom},
    words::Words,
};

pub const STYLE: &str = include_str!("pages/templates/warning.css");
const TEMPLATES: [(&str, &str); 6] = [
    ("frame.html", include_str!("pages/templates/frame.html")),
    ("answer.html", include_str!("pages/templates/answer.html")),
    ("sheet.html", include_str!("pages/templates/sheet.html")),
    ("public.html", include_str!("pages/templates/public.html")),
    ("notice.html", include_str!("pages/templates/notice.html")),
    ("replay.html", include_str!("pages/templates/replay.html")),
];

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).expect("the templates are built in and a test draws each");
    }
    environment.add_function("t", |state: &minijinja::State<'_, '_>, key: &str| {
        let language = state.lookup("lang").unwrap_or_default();
        Words::of(language.as_str().unwrap_or("ja")).text(key).to_owned()
    });
    environment
});

/// Everything of this capability outside the API.
pub fn routes(room: SharedRoom) -> Router<App> {
    Router::new()
        .route("/a/{token}", get(answer::show).post(answer::answer))
        .route("/replays/{id}", get(replay::show))
        .route("/public", get(public::choose))
        .route("/public/warning.css", get(style))
        .route("/public/{language}/", get(public::show))
        .route("/public/{language}/warnings/{id}", get(public::notice))
        .route("/public/warnings/{id}/cap.xml", get(feeds::cap))
        .route("/public/feed.atom", get(feeds::atom))
        .route("/public/feed.json", get(feeds::json))
        .route("/public/updates.ics", get(feeds::calendar))
        .layer(Extension(room))
}

async fn style() -> Response {
    cached("text/css; charset=utf-8", STYLE.to_owned(), 3600)
}

/// An answer that anybody may keep for so many seconds.
fn cached(content_type: &'static str, text: String, seconds: u32) -> Response {
    let keep = HeaderValue::try_from(format!("public, max-age={seconds}"));
    let keep = keep.unwrap_or(HeaderValue::from_static("no-cache"));
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type)), (header::CACHE_CONTROL, keep)], text)
        .into_response()
}

/// Draws a template; `values` are its own, the frame's are added.
fn draw(facts: &Facts, words: Words, template: &str, values: Value) -> Result<String> {
    let frame =
        context! { lang => words.code(), node => facts.name.clone(), demonstration => facts.demonstration };
    let drawn = PAGES.get_template(template).and_then(|found| found.render(context! { ..values, ..frame }));
    drawn.map_err(|error| Error::Unavailable(format!("{template}: {error:#}")))
}

fn page(drawn: Result<String>) -> Response {
    match drawn {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be drawn");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_hold_nothing_inline_and_nothing_from_elsewhere() {
        for (name, text) in TEMPLATES {
            for forbidden in ["<style", "style=", "onclick", "javascript:", "<script", "//cdn", "https://"] {
                assert!(!text.contains(forbidden), "{name} has {forbidden}");
            }
        }
    }
}
