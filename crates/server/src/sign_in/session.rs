//! Sessions of browsers and API tokens: secrets handed out once and kept as hashes.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shinayaka_kernel::{
    Error, Result,
    account::{Account, Credential, Purpose},
    clock::Timestamp,
    http::Problem,
    id::ObjectId,
    label::Role,
};

use crate::{configuration::ServerSection, messages::problem, node::Node};

/// A session's expiry is moved when it would move by more than this, not at every request.
const MOVE_SECONDS: i64 = 60;

/// The account behind a request and what proved it.
#[derive(Debug, Clone)]
pub struct Session {
    pub account: Account,
    pub credential: Credential,
}

impl Session {
    pub fn is_browser(&self) -> bool {
        self.credential.purpose == Purpose::Session
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthenticated)
    }
}

/// A session of a person: an API token may not change what proves its owner.
pub struct Person(pub Session);

impl<S: Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state).await?;
        if session.is_browser() {
            Ok(Self(session))
        } else {
            Err(Error::Forbidden("an API token cannot do this: sign in".into()).into())
        }
    }
}

/// A session of somebody who runs the node.
pub struct Operator(pub Session);

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state).await?;
        if session.account.roles.contains(&Role::Operator) {
            Ok(Self(session))
        } else {
            Err(Error::Forbidden("only an operator may do this".into()).into())
        }
    }
}

/// The hash under which a secret is kept.
pub fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Names a credential on lists: the beginning of its hash, from which nothing can be signed in with.
pub fn public_id(hash: &[u8; 32]) -> String {
    hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Node {
    /// A new secret with 256 bits of randomness.
    pub fn new_secret(&self) -> String {
        let mut bytes = [0; 32];
        self.kernel.entropy().fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Makes a credential; returns its secret, which is not kept.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not take it.
    pub async fn issue(
        &self,
        account: ObjectId,
        purpose: Purpose,
        name: &str,
        expires_at: Timestamp,
    ) -> Result<(String, Credential)> {
        let secret = self.new_secret();
        let credential = Credential {
            hash: hash_of(&secret),
            purpose,
            account,
            name: name.to_owned(),
            created_at: self.kernel.now(),
            expires_at,
        };
        self.store.save_credential(&credential).await?;
        Ok((secret, credential))
    }

    /// Starts a browser's session; returns the cookie to set.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not take it.
    pub async fn start_session(&self, account: &Account) -> Result<HeaderValue> {
        let section = &self.configuration.sign_in;
        let expires = self.kernel.now().plus_seconds(section.session_idle_minutes * 60);
        let (secret, _) = self.issue(account.id, Purpose::Session, "", expires).await?;
        Ok(cookie(&self.configuration.server, &secret, section.session_absolute_hours * 3600))
    }

    /// The session or token that a request carries, if it is good.
    ///
    /// # Errors
    /// A problem when a bearer token is named that is not good, or the store does not answer.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
            let session = match token {
                Some(token) => self.session_of(token.trim(), Purpose::Token).await?,
                None => None,
            };
            return match session {
                Some(session) => Ok(Some(session)),
                None => Err(problem(StatusCode::UNAUTHORIZED, "unauthenticated")
                    .with_detail("the token is not good (any more)")),
            };
        }
        match session_cookie(&self.configuration.server, headers) {
            Some(secret) => Ok(self.session_of(secret, Purpose::Session).await?),
            None => Ok(None),
        }
    }

    async fn session_of(&self, secret: &str, purpose: Purpose) -> Result<Option<Session>> {
        let now = self.kernel.now();
        let Some(mut credential) = self.store.credential(&hash_of(secret), now).await? else {
            return Ok(None);
        };
        if credential.purpose != purpose {
            return Ok(None);
        }
        let account = self.store.account(credential.account).await?;
        let Some(account) = account.filter(|account| !account.disabled) else { return Ok(None) };
        if purpose == Purpose::Session {
            let section = &self.configuration.sign_in;
            let end = credential.created_at.plus_seconds(section.session_absolute_hours * 3600);
            if end <= now {
                return Ok(None);
            }
            let expires = now.plus_seconds(section.session_idle_minutes * 60).min(end);
            if expires > credential.expires_at.plus_seconds(MOVE_SECONDS) {
                credential.expires_at = expires;
                self.store.save_credential(&credential).await?;
            }
        }
        Ok(Some(Session { account, credential }))
    }
}

fn cookie_name(server: &ServerSection) -> &'static str {
    // The prefix makes browsers refuse the cookie from anything but this host over TLS (RFC 6265bis, 4.1.3.2).
    if server.is_secure() { "__Host-shinayaka" } else { "shinayaka" }
}

fn cookie(server: &ServerSection, secret: &str, seconds: i64) -> HeaderValue {
    let secure = if server.is_secure() { "; Secure" } else { "" };
    let name = cookie_name(server);
    let text = format!("{name}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("base64url and fixed words are ASCII")
}

/// The cookie that ends the session in the browser.
pub fn ended_cookie(server: &ServerSection) -> HeaderValue {
    cookie(server, "", 0)
}

fn session_cookie<'a>(server: &ServerSection, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie_value(headers, cookie_name(server))
}

/// The value of a cookie.
pub fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}
