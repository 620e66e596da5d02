//! Sign-in through an OpenID Connect provider: authorization code with PKCE. Groups of the provider give roles; an account
//! whose groups give none does not get in.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
        CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shinayaka_kernel::{
    Error, ObjectId, Result, account::Account, clock::Timestamp, http::Problem, label::Role,
};
use tokio::sync::Mutex;

use super::{
    accounts::{Rights, sign_in_name},
    session::cookie_value,
};
use crate::{
    configuration::{Configuration, OidcSection},
    edge::Address,
    messages::{Language, problem},
    node::Node,
    pages::problem_page,
};

/// Bytes of an answer of the provider.
const MAXIMUM_ANSWER_BYTES: usize = 1 << 20;
/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a person may take at the provider, in seconds.
const FLOW_SECONDS: i64 = 600;
/// How long what the provider says about itself (its keys) is believed, in seconds.
const METADATA_SECONDS: i64 = 3600;
const COOKIE: &str = "shinayaka-oidc";

/// All claims of the identity token that the standard does not name.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims(BTreeMap<String, Value>);

impl AdditionalClaims for Claims {}

type IdFields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Client = openidconnect::Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<IdFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

pub struct Oidc {
    section: OidcSection,
    secret: Option<String>,
    redirect: RedirectUrl,
    transport: Transport,
    metadata: Mutex<Option<(Timestamp, CoreProviderMetadata)>>,
}

/// How the provider is asked: one request at a time is bounded in time and size, redirects are not followed.
#[derive(Clone)]
struct Transport(HttpClient<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Transport {
    async fn ask(self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let answer = tokio::time::timeout(PATIENCE, async {
            let response = self.0.request(request.map(|body| Full::new(Bytes::from(body)))).await;
            let (parts, body) = response.map_err(|error| Unreachable(error.to_string()))?.into_parts();
            let body = Limited::new(body, MAXIMUM_ANSWER_BYTES).collect().await;
            let bytes = body.map_err(|error| Unreachable(error.to_string()))?.to_bytes();
            Ok(HttpResponse::from_parts(parts, bytes.to_vec()))
        });
        answer.await.map_err(|_| Unreachable("no answer in time".into()))?
    }
}

impl<'c> AsyncHttpClient<'c> for Transport {
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreachable>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.clone().ask(request))
    }
}

/// Somebody whom the provider vouches for.
struct Identity {
    /// `issuer subject`: the only part that never changes.
    subject: String,
    name: String,
    rights: Rights,
}

impl Oidc {
    /// `None` when no provider is configured.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the setting.
    pub fn new(configuration: &Configuration) -> Result<Option<Self>> {
        let section = &configuration.oidc;
        if section.issuer.is_empty() {
            return Ok(None);
        }
        let secret = match (&section.client_secret, &section.client_secret_file) {
            (secret, _) if !secret.is_empty() => Some(secret.clone()),
            (_, file) if !file.is_empty() => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| Error::invalid("oidc.client_secret_file", format!("{file}: {error}")))?;
                Some(text.trim().to_owned())
            }
            _ => None,
        };
        let issuer = url::Url::parse(&section.issuer)
            .map_err(|error| Error::invalid("oidc.issuer", error.to_string()))?;
        let loopback = matches!(issuer.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        if issuer.scheme() != "https" && !loopback {
            return Err(Error::invalid("oidc.issuer", "must begin with https://"));
        }
        let redirect = RedirectUrl::new(format!("{}/oidc/callback", configuration.server.url()))
            .map_err(|error| Error::invalid("server.public_url", error.to_string()))?;
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|error| Error::Unavailable(format!("certificates of this machine: {error}")))?;
        let connector = if loopback { connector.https_or_http() } else { connector.https_only() };
        let http = HttpClient::builder(TokioExecutor::new()).build(connector.enable_http1().build());
        let (section, transport) = (section.clone(), Transport(http));
        Ok(Some(Self { section, secret, redirect, transport, metadata: Mutex::new(None) }))
    }

    async fn client(&self, now: Timestamp) -> Result<Client> {
        let mut kept = self.metadata.lock().await;
        let fresh = kept.as_ref().filter(|(at, _)| at.plus_seconds(METADATA_SECONDS) > now);
        let metadata = match fresh {
            Some((_, metadata)) => metadata.clone(),
            None => {
                let issuer = IssuerUrl::new(self.section.issuer.clone())
                    .map_err(|error| Error::invalid("oidc.issuer", error.to_string()))?;
                let found = CoreProviderMetadata::discover_async(issuer, &self.transport).await;
                let found = found.map_err(|error| unreachable(&error))?;
                *kept = Some((now, found.clone()));
                found
            }
        };
        let id = ClientId::new(self.section.client_id.clone());
        let secret = self.secret.clone().map(ClientSecret::new);
        Ok(Client::from_provider_metadata(metadata, id, secret).set_redirect_uri(self.redirect.clone()))
    }

    /// Exchanges the code and checks the identity token: signature, issuer, audience, expiry, nonce.
    async fn identify(&self, code: String, flow: &Flow, now: Timestamp) -> Result<Identity> {
        let client = self.client(now).await?;
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Error::Unavailable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()));
        let answer = exchange.request_async(&self.transport).await;
        let answer = answer.map_err(|error| refused(format!("the code was not taken: {error}")))?;
        let token = answer.id_token().ok_or_else(|| refused("the provider gave no identity token"))?;
        let verifier = client.id_token_verifier();
        let claims = token
            .claims(&verifier, &Nonce::new(flow.nonce.clone()))
            .map_err(|error| refused(format!("the identity token is not good: {error}")))?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(|error| refused(error.to_string()))?;
            let key = token.signing_key(&verifier).map_err(|error| refused(error.to_string()))?;
            let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
            if actual.map_err(|error| refused(error.to_string()))? != *expected {
                return Err(refused("the access token is another one"));
            }
        }
        let subject = format!("{} {}", self.section.issuer, claims.subject().as_str());
        // The standard claims are read by their own names too, so that any of them can be the sign-in name.
        let whole = serde_json::to_value(claims).map_err(|error| refused(error.to_string()))?;
        self.read_claims(subject, &whole)
    }

    fn read_claims(&self, subject: String, claims: &Value) -> Result<Identity> {
        let texts = |claim: &str| -> BTreeSet<String> {
            match claims.get(claim) {
                Some(Value::String(text)) => BTreeSet::from([text.clone()]),
                Some(Value::Array(items)) => {
                    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
                }
                _ => BTreeSet::new(),
            }
        };
        let name = claims.get(&self.section.name_claim).and_then(Value::as_str);
        let name =
            name.ok_or_else(|| refused(format!("the claim {} is missing", self.section.name_claim)))?;
        let groups = texts(&self.section.groups_claim);
        let given = self.section.roles.iter().filter(|(group, _)| groups.contains(*group));
        let roles: BTreeSet<Role> = given.map(|(_, role)| *role).collect();
        if roles.is_empty() {
            return Err(Error::Forbidden("none of your groups has a role on this node".into()));
        }
        let rights = Rights {
            roles,
            organisation: texts(&self.section.organisation_claim).into_iter().next(),
            communities: texts(&self.section.communities_claim),
            disabled: false,
        };
        rights.check()?;
        Ok(Identity { subject, name: sign_in_name(name)?, rights })
    }
}

/// What must come back with the person, kept in a cookie of their browser until then.
#[derive(Debug)]
struct Flow {
    state: String,
    nonce: String,
    verifier: String,
}

impl Flow {
    fn cookie_text(&self) -> String {
        format!("{}.{}.{}", self.state, self.nonce, self.verifier)
    }

    fn from_cookie(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::to_owned);
        Some(Self { state: parts.next()?, nonce: parts.next()?, verifier: parts.next()? })
    }
}

#[derive(Debug)]
struct Unreachable(String);

impl std::fmt::Display for Unreachable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

fn unreachable(error: &dyn std::error::Error) -> Error {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    Error::Unavailable(format!("identity provider: {text}"))
}

fn refused(reason: impl Into<String>) -> Error {
    Error::Forbidden(reason.into())
}

/// Sends the browser to the provider.
pub async fn start(State(node): State<Arc<Node>>, language: Language, Address(address): Address) -> Response {
    let started = async {
        node.count_public_form(address)?;
        begin(&node).await.map_err(Problem::from)
    };
    started.await.unwrap_or_else(|problem| problem_page(&node, language, &problem))
}

async fn begin(node: &Node) -> Result<Response> {
    let oidc = node.oidc.as_ref().ok_or(Error::NotFound)?;
    let client = oidc.client(node.kernel.now()).await?;
    let flow = Flow { state: node.new_secret(), nonce: node.new_secret(), verifier: node.new_secret() };
    let verifier = PkceCodeVerifier::new(flow.verifier.clone());
    let (state, nonce) = (flow.state.clone(), flow.nonce.clone());
    let mut request = client.authorize_url(
        CoreAuthenticationFlow::AuthorizationCode,
        move || CsrfToken::new(state),
        move || Nonce::new(nonce),
    );
    for scope in oidc.section.scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    let (url, _, _) =
        request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier)).url();
    let cookie = flow_cookie(node, &flow.cookie_text(), FLOW_SECONDS);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(url.as_str())).into_response())
}

fn flow_cookie(node: &Node, value: &str, seconds: i64) -> HeaderValue {
    let secure = if node.configuration.server.is_secure() { "; Secure" } else { "" };
    // Lax: the provider sends the person back from another site.
    let text = format!("{COOKIE}={value}; Path=/oidc; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("base64url and fixed words are ASCII")
}

#[derive(Deserialize)]
pub struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Takes the person back from the provider.
pub async fn callback(
    State(node): State<Arc<Node>>,
    language: Language,
    Address(address): Address,
    headers: HeaderMap,
    Query(given): Query<Callback>,
) -> Response {
    let finished = async {
        node.count_public_form(address)?;
        finish(&node, &headers, given).await
    };
    finished.await.unwrap_or_else(|problem| problem_page(&node, language, &problem))
}

async fn finish(node: &Node, headers: &HeaderMap, given: Callback) -> Result<Response, Problem> {
    let oidc = node.oidc.as_ref().ok_or(Error::NotFound)?;
    let not_started = || problem(StatusCode::BAD_REQUEST, "sign-in-not-started");
    let flow = cookie_value(headers, COOKIE).and_then(Flow::from_cookie).ok_or_else(not_started)?;
    if given.state.as_deref() != Some(flow.state.as_str()) {
        return Err(not_started());
    }
    if let Some(error) = given.error {
        tracing::warn!(error, "the identity provider refused");
        return Err(problem(StatusCode::FORBIDDEN, "forbidden"));
    }
    let code = given.code.ok_or_else(not_started)?;
    let identity = oidc.identify(code, &flow, node.kernel.now()).await?;
    let account = node.account_of(identity).await?;
    let session = node.start_session(&account).await?;
    let cookies = [(header::SET_COOKIE, session), (header::SET_COOKIE, flow_cookie(node, "", 0))];
    Ok((AppendHeaders(cookies), Redirect::to("/")).into_response())
}

impl Node {
    /// The account of an identity, made on the first sign-in; its rights follow what the provider says.
    async fn account_of(&self, identity: Identity) -> Result<Account> {
        let Some(account) = self.store.account_of_subject(&identity.subject).await? else {
            return self.first_sign_in(identity).await;
        };
        if account.disabled {
            return Err(refused("the account is switched off"));
        }
        let present = Rights {
            roles: account.roles.clone(),
            organisation: account.organisation.clone(),
            communities: account.communities.clone(),
            disabled: false,
        };
        if present == identity.rights {
            return Ok(account);
        }
        self.change_account(account.id, &identity.rights).await
    }

    async fn first_sign_in(&self, identity: Identity) -> Result<Account> {
        let may_create = self.oidc.as_ref().is_some_and(|oidc| oidc.section.create_accounts);
        if !may_create {
            return Err(refused("there is no account for you yet: ask an operator"));
        }
        let now = self.kernel.now();
        let account = Account {
            id: ObjectId::new(now, self.kernel.entropy()),
            // A local account of the same name stays its owner's: saving this one is a conflict then.
            name: identity.name,
            organisation: identity.rights.organisation,
            communities: identity.rights.communities,
            roles: identity.rights.roles,
            password_hash: None,
            totp_secret: None,
            totp_last_step: 0,
            oidc_subject: Some(identity.subject),
            disabled: false,
            created_at: now,
        };
        self.save_account(&account).await?;
        tracing::info!(account = %account.id, "account made for an OpenID Connect identity");
        Ok(account)
    }
}
