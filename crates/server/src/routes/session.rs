//! Signing in and out.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    ObjectId,
    account::Account,
    http::{Body, Problem},
    label::Role,
};
use std::collections::BTreeSet;

use crate::{
    edge::Address,
    node::Node,
    sign_in::session::{Session, ended_cookie},
};

/// Who is signed in and what this node is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// Null when nobody is signed in.
    pub account: Option<AccountView>,
    pub node: NodeView,
    /// Rooms that this node has.
    pub capabilities: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountView {
    pub id: ObjectId,
    pub name: String,
    pub roles: BTreeSet<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    pub communities: BTreeSet<String>,
    /// The second factor is on.
    pub totp: bool,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            name: account.name.clone(),
            roles: account.roles.clone(),
            organisation: account.organisation.clone(),
            communities: account.communities.clone(),
            totp: account.totp_secret.is_some(),
        }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NodeView {
    pub name: String,
    pub version: String,
    /// The records here are invented.
    pub demonstration: bool,
    /// Sign-in through an OpenID Connect provider is possible, at `/oidc/start`.
    pub oidc: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    name: String,
    password: String,
    /// Of the second factor.
    code: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// What stands behind the # of the one-time link.
    secret: String,
    password: String,
}

impl Node {
    pub(crate) fn session_view(&self, account: Option<&Account>) -> SessionView {
        SessionView {
            account: account.map(AccountView::from),
            node: NodeView {
                name: self.configuration.server.name.clone(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                demonstration: self.demonstration,
                oidc: self.oidc.is_some(),
            },
            capabilities: self.capabilities.iter().map(|capability| capability.name().to_owned()).collect(),
        }
    }
}

async fn signed_in(node: &Node, account: &Account) -> Result<Response, Problem> {
    let cookie = node.start_session(account).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(node.session_view(Some(account)))).into_response())
}

/// Who is signed in
#[utoipa::path(get, path = "/session", tag = "session", operation_id = "session_show",
    responses((status = 200, body = SessionView)))]
pub async fn show(
    State(node): State<Arc<Node>>,
    session: Option<axum::Extension<Session>>,
) -> Json<SessionView> {
    Json(node.session_view(session.as_ref().map(|session| &session.account)))
}

/// Sign in
///
/// Answers 401 with `field` = `code` when the account has a second factor and the code is missing, wrong or used.
#[utoipa::path(post, path = "/session", tag = "session", operation_id = "session_sign_in",
    request_body = SignIn, responses((status = 200, body = SessionView)))]
pub async fn sign_in(
    State(node): State<Arc<Node>>,
    Address(address): Address,
    Body(given): Body<SignIn>,
) -> Result<Response, Problem> {
    let account = node.sign_in(address, &given.name, &given.password, given.code.as_deref()).await?;
    signed_in(&node, &account).await
}

/// Sign out
#[utoipa::path(delete, path = "/session", tag = "session", operation_id = "session_sign_out",
    responses((status = 204)))]
pub async fn sign_out(State(node): State<Arc<Node>>, session: Session) -> Result<Response, Problem> {
    if session.is_browser() {
        node.store.remove_credential(&session.credential.hash).await?;
    }
    let cookie = ended_cookie(&node.configuration.server);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Use a one-time link: set the password and sign in
///
/// An account with a second factor is not signed in by the link alone: 401 with `field` = `code` says that the password
/// is set and that the sign-in follows.
#[utoipa::path(post, path = "/session/invitation", tag = "session", operation_id = "session_accept_invitation",
    request_body = Acceptance, responses((status = 200, body = SessionView)))]
pub async fn accept_invitation(
    State(node): State<Arc<Node>>,
    Address(address): Address,
    Body(given): Body<Acceptance>,
) -> Result<Response, Problem> {
    node.count_public_form(address)?;
    let account = node.accept_invitation(&given.secret, &given.password).await?;
    if account.totp_secret.is_some() {
        let mut problem = Problem::unauthenticated()
            .with_detail("the password is set: sign in with it and the code of the second factor");
        problem.field = Some("code".into());
        return Err(problem);
    }
    signed_in(&node, &account).await
}
