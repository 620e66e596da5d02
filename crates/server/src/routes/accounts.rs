//! Accounts, as operators administer them.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    ObjectId,
    account::Account,
    clock::Timestamp,
    http::{Body, Problem},
    label::Role,
    page::Page,
};

use super::session::AccountView;
use crate::{
    node::Node,
    sign_in::{accounts::Rights, session::Operator},
};

/// An account on the operators' list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccountRow {
    #[serde(flatten)]
    pub account: AccountView,
    pub disabled: bool,
    /// False until the one-time link has been used.
    pub password: bool,
    /// Signs in through OpenID Connect.
    pub oidc: bool,
    pub created_at: Timestamp,
}

impl From<&Account> for AccountRow {
    fn from(account: &Account) -> Self {
        Self {
            account: AccountView::from(account),
            disabled: account.disabled,
            password: account.password_hash.is_some(),
            oidc: account.oidc_subject.is_some(),
            created_at: account.created_at,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    name: String,
    roles: BTreeSet<Role>,
    organisation: Option<String>,
    #[serde(default)]
    communities: BTreeSet<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeAccount {
    pub id: ObjectId,
    /// One-time link that sets the first password.
    pub link: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Link {
    pub link: String,
}

/// All accounts
#[utoipa::path(get, path = "/accounts", tag = "accounts", operation_id = "accounts_list",
    responses((status = 200, body = Page<AccountRow>)))]
pub async fn list_accounts(
    State(node): State<Arc<Node>>,
    _operator: Operator,
) -> Result<Json<Page<AccountRow>>, Problem> {
    let accounts = node.store.accounts().await?;
    Ok(Json(Page { items: accounts.iter().map(AccountRow::from).collect(), next: None }))
}

/// Make an account and a one-time link for it
#[utoipa::path(post, path = "/accounts", tag = "accounts", operation_id = "accounts_add",
    request_body = NewAccount, responses((status = 201, body = MadeAccount)))]
pub async fn add_account(
    State(node): State<Arc<Node>>,
    _operator: Operator,
    Body(given): Body<NewAccount>,
) -> Result<(StatusCode, Json<MadeAccount>), Problem> {
    let rights = Rights {
        roles: given.roles,
        organisation: given.organisation,
        communities: given.communities,
        disabled: false,
    };
    let account = node.add_account(&given.name, &rights).await?;
    let link = node.invite(account.id).await?;
    Ok((StatusCode::CREATED, Json(MadeAccount { id: account.id, link })))
}

/// Change the rights of an account, or switch it off
///
/// The last operator cannot be switched off or made something else (409).
#[utoipa::path(put, path = "/accounts/{id}", tag = "accounts", operation_id = "accounts_change",
    params(("id" = ObjectId, Path)), request_body = Rights, responses((status = 200, body = AccountRow)))]
pub async fn change_account(
    State(node): State<Arc<Node>>,
    _operator: Operator,
    Path(id): Path<ObjectId>,
    Body(rights): Body<Rights>,
) -> Result<Json<AccountRow>, Problem> {
    let account = node.change_account(id, &rights).await?;
    Ok(Json(AccountRow::from(&account)))
}

/// A new one-time link; earlier ones are void
#[utoipa::path(post, path = "/accounts/{id}/invitation", tag = "accounts", operation_id = "accounts_invite",
    params(("id" = ObjectId, Path)), responses((status = 201, body = Link)))]
pub async fn invite(
    State(node): State<Arc<Node>>,
    _operator: Operator,
    Path(id): Path<ObjectId>,
) -> Result<(StatusCode, Json<Link>), Problem> {
    let link = node.invite(id).await?;
    Ok((StatusCode::CREATED, Json(Link { link })))
}
