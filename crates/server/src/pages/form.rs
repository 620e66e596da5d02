//! Sign-in and one-time link as plain forms. That they come from this node was checked at the edge.

use std::sync::Arc;

use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::context;
use serde::{Deserialize, de::DeserializeOwned};
use shinayaka_kernel::{Error, account::Account, http::Problem};

use super::problem_page;
use crate::{edge::Address, messages::Language, node::Node, sign_in::session::Session};

#[derive(Deserialize)]
pub struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub struct WelcomeForm {
    secret: String,
    password: String,
    again: String,
}

pub async fn show_sign_in(
    State(node): State<Arc<Node>>,
    language: Language,
    session: Option<axum::Extension<Session>>,
) -> Response {
    if session.is_some() {
        return Redirect::to("/").into_response();
    }
    sign_in_page(&node, language, "", None)
}

pub async fn show_welcome(State(node): State<Arc<Node>>, language: Language) -> Response {
    welcome_page(&node, language, None)
}

pub async fn sign_in(
    State(node): State<Arc<Node>>,
    language: Language,
    Address(address): Address,
    request: Request,
) -> Response {
    let form: SignInForm = match read(request).await {
        Ok(form) => form,
        Err(problem) => return problem_page(&node, language, &problem),
    };
    let code = Some(form.code.as_str());
    match node.sign_in(address, &form.name, &form.password, code).await {
        Ok(account) => signed_in(&node, language, &account).await,
        Err(problem) => sign_in_page(&node, language, &form.name, Some(&problem)),
    }
}

pub async fn welcome(
    State(node): State<Arc<Node>>,
    language: Language,
    Address(address): Address,
    request: Request,
) -> Response {
    let form: WelcomeForm = match read(request).await {
        Ok(form) => form,
        Err(problem) => return problem_page(&node, language, &problem),
    };
    let accepted = async {
        node.count_public_form(address)?;
        if form.password != form.again {
            let reason = language.text("page.welcome.differ");
            return Err(Problem::from(Error::invalid("again", reason)));
        }
        Ok(node.accept_invitation(&form.secret, &form.password).await?)
    };
    match accepted.await {
        // The link alone does not replace a second factor.
        Ok(account) if account.totp_secret.is_some() => Redirect::to("/pages/sign-in").into_response(),
        Ok(account) => signed_in(&node, language, &account).await,
        Err(problem) => welcome_page(&node, language, Some(&problem)),
    }
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let form = Form::<T>::from_request(request, &()).await;
    form.map(|Form(form)| form).map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::too_large(shinayaka_kernel::http::MAXIMUM_JSON_BYTES)
        } else {
            Error::invalid("form", rejection.body_text()).into()
        }
    })
}

async fn signed_in(node: &Node, language: Language, account: &Account) -> Response {
    match node.start_session(account).await {
        Ok(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        Err(error) => problem_page(node, language, &error.into()),
    }
}

fn sign_in_page(node: &Node, language: Language, name: &str, problem: Option<&Problem>) -> Response {
    let values = context! {
        name => name,
        oidc => node.oidc.is_some(),
        error => problem.map(|problem| told(language, problem, "page.sign_in.wrong")),
    };
    with_status(node.pages.draw(node, language, "sign_in.html", values), problem)
}

fn welcome_page(node: &Node, language: Language, problem: Option<&Problem>) -> Response {
    let error = problem.map(|problem| told(language, problem, "page.welcome.bad"));
    with_status(node.pages.draw(node, language, "welcome.html", context! { error => error }), problem)
}

/// What a form says about a problem: the sentence of the field where there is one, else the problem's title.
fn told(language: Language, problem: &Problem, wrong: &str) -> String {
    match (problem.status, problem.field.as_deref()) {
        (401, Some("code")) => language.text("page.sign_in.code_wrong"),
        (401, _) => language.text(wrong),
        (400, Some("secret")) => language.text("page.welcome.link_used"),
        (400, Some("password")) => language.text("page.welcome.weak"),
        (400, Some("again")) => language.text("page.welcome.differ"),
        (429, _) => {
            let seconds = problem.retry_after.unwrap_or(60).to_string();
            language.fill("page.wait", &[("seconds", &seconds)])
        }
        _ if language == Language::Japanese => problem.title_ja.clone(),
        _ => problem.title.clone(),
    }
}

fn with_status(mut response: Response, problem: Option<&Problem>) -> Response {
    if let Some(problem) = problem {
        *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    }
    response
}
