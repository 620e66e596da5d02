//! What a person manages of their own account.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error,
    account::{Credential, Purpose},
    clock::Timestamp,
    http::{Body, Problem},
    page::Page,
};

use crate::{
    edge::Address,
    node::Node,
    sign_in::{
        second_factor::Enrolment,
        session::{Person, public_id},
    },
};

/// Tokens of one account.
const MAXIMUM_TOKENS: usize = 50;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    current: String,
    new: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    code: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Password {
    password: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    name: String,
    /// For how many days it is good.
    days: i64,
}

/// A token that was made; the secret itself is not kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenView {
    pub id: String,
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl From<&Credential> for TokenView {
    fn from(credential: &Credential) -> Self {
        Self {
            id: public_id(&credential.hash),
            name: credential.name.clone(),
            created_at: credential.created_at,
            expires_at: credential.expires_at,
        }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    /// Shown this once: `Authorization: Bearer TOKEN`.
    pub token: String,
    pub id: String,
    pub expires_at: Timestamp,
}

/// Change one's password; other sessions end
#[utoipa::path(put, path = "/account/password", tag = "account", operation_id = "account_change_password",
    request_body = PasswordChange, responses((status = 204)))]
pub async fn change_password(
    State(node): State<Arc<Node>>,
    Person(session): Person,
    Address(address): Address,
    Body(given): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    node.change_password(&session, address, &given.current, &given.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Offer a secret for the second factor
#[utoipa::path(post, path = "/account/totp", tag = "account", operation_id = "account_offer_totp",
    responses((status = 200, body = Enrolment)))]
pub async fn offer_totp(
    State(node): State<Arc<Node>>,
    Person(session): Person,
) -> Result<Json<Enrolment>, Problem> {
    Ok(Json(node.offer_second_factor(&session.account)?))
}

/// Switch the second factor on by a first code
#[utoipa::path(put, path = "/account/totp", tag = "account", operation_id = "account_confirm_totp",
    request_body = Code, responses((status = 204)))]
pub async fn confirm_totp(
    State(node): State<Arc<Node>>,
    Person(session): Person,
    Body(given): Body<Code>,
) -> Result<StatusCode, Problem> {
    node.confirm_second_factor(&session.account, &given.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switch the second factor off
#[utoipa::path(delete, path = "/account/totp", tag = "account", operation_id = "account_remove_totp",
    request_body = Password, responses((status = 204)))]
pub async fn remove_totp(
    State(node): State<Arc<Node>>,
    Person(session): Person,
    Address(address): Address,
    Body(given): Body<Password>,
) -> Result<StatusCode, Problem> {
    let mut account = session.account;
    node.confirm_password(&account, address, &given.password, "password").await?;
    account.totp_secret = None;
    node.save_account(&account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's API tokens
#[utoipa::path(get, path = "/account/tokens", tag = "account", operation_id = "account_list_tokens",
    responses((status = 200, body = Page<TokenView>)))]
pub async fn list_tokens(
    State(node): State<Arc<Node>>,
    Person(session): Person,
) -> Result<Json<Page<TokenView>>, Problem> {
    let tokens = node.store.credentials(session.account.id, Purpose::Token).await?;
    let now = node.kernel.now();
    let good = tokens.iter().filter(|token| token.expires_at > now);
    Ok(Json(Page { items: good.map(TokenView::from).collect(), next: None }))
}

/// Make an API token, shown once
#[utoipa::path(post, path = "/account/tokens", tag = "account", operation_id = "account_make_token",
    request_body = NewToken, responses((status = 201, body = MadeToken)))]
pub async fn make_token(
    State(node): State<Arc<Node>>,
    Person(session): Person,
    Body(given): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let name = given.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::invalid("name", "must have 1 to 100 characters").into());
    }
    let longest = node.configuration.sign_in.token_days;
    if !(1..=longest).contains(&given.days) {
        return Err(Error::invalid("days", format!("must be from 1 to {longest}")).into());
    }
    if node.store.credentials(session.account.id, Purpose::Token).await?.len() >= MAXIMUM_TOKENS {
        return Err(Error::Conflict(format!("an account has at most {MAXIMUM_TOKENS} tokens")).into());
    }
    let expires_at = node.kernel.now().plus_seconds(given.days * 86_400);
    let (token, made) = node.issue(session.account.id, Purpose::Token, name, expires_at).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token, id: public_id(&made.hash), expires_at })))
}

/// End an API token
#[utoipa::path(delete, path = "/account/tokens/{id}", tag = "account", operation_id = "account_end_token",
    params(("id" = String, Path)), responses((status = 204)))]
pub async fn end_token(
    State(node): State<Arc<Node>>,
    Person(session): Person,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let tokens = node.store.credentials(session.account.id, Purpose::Token).await?;
    let token = tokens.iter().find(|token| public_id(&token.hash) == id).ok_or(Error::NotFound)?;
    node.store.remove_credential(&token.hash).await?;
    Ok(StatusCode::NO_CONTENT)
}
