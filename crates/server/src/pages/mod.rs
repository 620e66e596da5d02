//! Pages that the server draws itself: readable without JavaScript, and most without an account.

mod console;
mod form;
mod report;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use minijinja::{Environment, Value, context};
use shinayaka_kernel::http::{App, Problem};

use crate::{messages::Language, node::Node};

const STYLE: &str = include_str!("templates/pages.css");
const WELCOME_SCRIPT: &str = include_str!("templates/welcome.js");
/// Every template with its text.
const TEMPLATES: [(&str, &str); 7] = [
    ("page.html", include_str!("templates/page.html")),
    ("problem.html", include_str!("templates/problem.html")),
    ("report.html", include_str!("templates/report.html")),
    ("reports.html", include_str!("templates/reports.html")),
    ("sign_in.html", include_str!("templates/sign_in.html")),
    ("no_console.html", include_str!("templates/no_console.html")),
    ("welcome.html", include_str!("templates/welcome.html")),
];

pub struct Pages(Environment<'static>);

impl Default for Pages {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            environment.add_template(name, text).expect("the templates are built in and a test draws each");
        }
        environment.add_function("t", |state: &minijinja::State<'_, '_>, key: &str| {
            let code = state.lookup("lang").unwrap_or_default();
            let japanese = code.as_str() != Some(Language::English.code());
            (if japanese { Language::Japanese } else { Language::English }).text(key)
        });
        Self(environment)
    }
}

impl Pages {
    /// A page drawn from a template; `values` are its own, the frame's are added.
    fn draw(&self, node: &Node, language: Language, template: &str, values: Value) -> Response {
        let other = if language == Language::Japanese { Language::English } else { Language::Japanese };
        let frame = context! {
            lang => language.code(),
            other_lang => other.code(),
            node => node.configuration.server.name.clone(),
            demonstration => node.demonstration,
        };
        let drawn =
            self.0.get_template(template).and_then(|found| found.render(context! { ..values, ..frame }));
        match drawn {
            Ok(text) => Html(text).into_response(),
            Err(error) => {
                tracing::error!(template, error = format!("{error:#}"), "a page cannot be drawn");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// An error as a page.
pub(crate) fn problem_page(node: &Node, language: Language, problem: &Problem) -> Response {
    let title = match language {
        Language::Japanese => &problem.title_ja,
        Language::English => &problem.title,
    };
    let values = context! { title => title, status => problem.status, detail => problem.detail.clone() };
    let mut response = node.pages.draw(node, language, "problem.html", values);
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// Everything outside the API.
pub fn routes() -> Router<Arc<Node>> {
    Router::new()
        .route("/pages/pages.css", get(|| async { asset(STYLE, "text/css; charset=utf-8") }))
        .route("/pages/welcome.js", get(|| async { asset(WELCOME_SCRIPT, "text/javascript; charset=utf-8") }))
        .route("/pages/sign-in", get(form::show_sign_in).post(form::sign_in))
        .route("/pages/welcome", get(form::show_welcome).post(form::welcome))
        .route("/public/reports", get(report::list))
        .route("/public/reports/{id}", get(report::show))
        .route("/oidc/start", get(crate::sign_in::oidc::start))
        .route("/oidc/callback", get(crate::sign_in::oidc::callback))
        .fallback(fallback)
}

/// Pages that capabilities draw themselves.
pub fn of_capabilities(node: &Arc<Node>) -> Router {
    let app = App { kernel: node.kernel.clone() };
    let mut router = Router::new();
    for capability in &node.capabilities {
        router = router.merge(capability.pages().with_state(app.clone()));
    }
    router
}

fn asset(text: &'static str, content_type: &'static str) -> Response {
    let cache = HeaderValue::from_static("max-age=3600");
    let content_type = HeaderValue::from_static(content_type);
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, cache)], text).into_response()
}

/// A file of the console, a page of the console, or nothing.
async fn fallback(State(node): State<Arc<Node>>, language: Language, request: Request) -> Response {
    let missing = || crate::messages::problem(StatusCode::NOT_FOUND, "not-found");
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return missing().into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let problem = crate::messages::problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed");
        return problem_page(&node, language, &problem);
    }
    if let Some(file) = console::file(path.trim_start_matches('/')) {
        return file;
    }
    // A name with an ending is a file; a page of the console has none.
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file {
        return problem_page(&node, language, &missing());
    }
    match (console::index(), path) {
        (Some(index), _) => index,
        (None, "/sign-in") => Redirect::to("/pages/sign-in").into_response(),
        // The browser carries what stands behind the # over.
        (None, "/welcome") => Redirect::to("/pages/welcome").into_response(),
        (None, "/") => node.pages.draw(&node, language, "no_console.html", context! {}),
        (None, _) => problem_page(&node, language, &missing()),
    }
}

/// True when the console is part of this program (or, in a debug build, stands beside it).
pub fn has_console() -> bool {
    console::index().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_that_a_template_names_is_in_the_catalogues() {
        let mut found = 0;
        for (name, text) in TEMPLATES {
            for part in text.split("t(\"").skip(1) {
                let key = part.split('"').next().unwrap();
                assert!(Language::Japanese.catalogue().contains_key(key), "{name} names {key}");
                found += 1;
            }
        }
        assert!(found > 20);
    }

    #[test]
    fn templates_hold_nothing_inline() {
        for (name, text) in TEMPLATES {
            for forbidden in ["<style", "style=", "onclick", "onsubmit", "javascript:", "//cdn", "<script>"] {
                assert!(!text.contains(forbidden), "{name} has {forbidden}");
            }
        }
    }
}
