//! Accounts and what proves them. Rows of their own, not objects: secrets are never versioned, searched or shared.

use std::collections::BTreeSet;

use crate::{
    clock::Timestamp,
    id::ObjectId,
    label::{Principal, Role},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: ObjectId,
    /// Sign-in name, unique, lower case.
    pub name: String,
    pub organisation: Option<String>,
    pub communities: BTreeSet<String>,
    pub roles: BTreeSet<Role>,
    /// A PHC string (argon2id); absent until the one-time link has been used, or for OIDC accounts.
    pub password_hash: Option<String>,
    /// Secret of the time-based one-time password (RFC 6238), if the second factor is on.
    pub totp_secret: Option<Vec<u8>>,
    /// The last TOTP time step accepted, so that a code works once.
    pub totp_last_step: i64,
    /// `issuer subject` of an OpenID Connect identity.
    pub oidc_subject: Option<String>,
    pub disabled: bool,
    pub created_at: Timestamp,
}

impl Account {
    pub fn principal(&self) -> Principal {
        Principal {
            account: Some(self.id),
            name: self.name.clone(),
            organisation: self.organisation.clone(),
            communities: self.communities.clone(),
            roles: self.roles.clone(),
        }
    }
}

/// What a secret is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A browser that has signed in.
    Session,
    /// A program's API token.
    Token,
    /// A one-time link that sets the first password.
    Invitation,
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::Invitation => "invitation",
        }
    }
}

/// A secret that was handed out once and is kept as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    pub purpose: Purpose,
    pub account: ObjectId,
    /// What the owner calls it.
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
