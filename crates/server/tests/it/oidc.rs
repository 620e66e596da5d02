//! Sign-in through a small OpenID provider on loopback: discovery, keys, token endpoint with PKCE, signed identity tokens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shinayaka_kernel::label::Role;

use crate::house::{Answer, House, request};

/// What the provider was told when the browser came, and what it will say of the person.
#[derive(Default)]
struct Script {
    challenge: String,
    nonce: String,
    claims: Value,
    /// Signs with a key that it does not publish.
    forges: bool,
    wrong_nonce: bool,
}

#[derive(Clone)]
struct Provider {
    issuer: String,
    script: Arc<Mutex<Script>>,
}

fn signing_key(forged: bool) -> SigningKey {
    SigningKey::from_bytes(&[if forged { 9 } else { 8 }; 32])
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    }))
}

async fn keys() -> Json<Value> {
    let public = URL_SAFE_NO_PAD.encode(signing_key(false).verifying_key().as_bytes());
    Json(
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "one", "x": public }] }),
    )
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let script = provider.script.lock().unwrap();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    let basic = headers[header::AUTHORIZATION].to_str().unwrap().starts_with("Basic ");
    if form["code"] != "the-code" || challenge != script.challenge || !basic {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({
        "iss": provider.issuer, "aud": "node", "exp": now + 300, "iat": now,
        "nonce": if script.wrong_nonce { "another" } else { &script.nonce },
    });
    claims.as_object_mut().unwrap().extend(script.claims.as_object().unwrap().clone());
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed =
        format!("{}.{}", part(&json!({ "alg": "EdDSA", "typ": "JWT", "kid": "one" })), part(&claims));
    let signature = signing_key(script.forges).sign(signed.as_bytes());
    let id_token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()));
    (StatusCode::OK, Json(json!({ "access_token": "opaque", "token_type": "Bearer", "id_token": id_token })))
}

async fn start_provider() -> Provider {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let provider = Provider { issuer, script: Arc::default() };
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/keys", get(keys))
        .route("/token", post(token))
        .with_state(provider.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    provider
}

async fn house_of(provider: &Provider) -> House {
    let issuer = format!("\"{}\"", provider.issuer);
    House::with(&[
        ("oidc.issuer", issuer.leak()),
        ("oidc.client_id", "\"node\""),
        ("oidc.client_secret", "\"between us\""),
        ("oidc.roles.csirt", "\"analyst\""),
        ("oidc.roles.heads", "\"director\""),
    ])
    .await
}

/// Goes through the whole flow; returns the answer to the callback.
async fn flow(house: &House, provider: &Provider, claims: Value) -> Answer {
    let (url, cookie) = begin(house).await;
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
    {
        let mut script = provider.script.lock().unwrap();
        script.challenge.clone_from(&query["code_challenge"]);
        script.nonce.clone_from(&query["nonce"]);
        script.claims = claims;
    }
    let path = format!("/oidc/callback?code=the-code&state={}", query["state"]);
    house.ask(request(Method::GET, &path, None, Some(&("cookie", cookie)))).await
}

async fn begin(house: &House) -> (url::Url, String) {
    let started = house.get("/oidc/start").await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text);
    let cookie = started.header("set-cookie");
    assert!(cookie.contains("HttpOnly; SameSite=Lax"));
    (started.header("location").parse().unwrap(), cookie.split(';').next().unwrap().to_owned())
}

fn suzuki(groups: &[&str]) -> Value {
    json!({ "sub": "42", "preferred_username": "Suzuki", "groups": groups, "organisation": "県" })
}

async fn account(house: &House) -> Value {
    let account = house.node.store.account_named("suzuki").await.unwrap().unwrap();
    json!({ "roles": account.roles, "organisation": account.organisation, "subject": account.oidc_subject })
}

#[tokio::test]
async fn groups_give_roles_and_later_ones_replace_them() {
    let provider = start_provider().await;
    let house = house_of(&provider).await;
    assert_eq!(house.get("/api/v1/session").await.json()["node"]["oidc"], true);
    let done = flow(&house, &provider, suzuki(&["csirt", "choir"])).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", done.text);
    let proof = ("cookie", done.cookie());
    let session = house.ask(request(Method::GET, "/api/v1/session", None, Some(&proof))).await.json();
    assert_eq!(session["account"]["roles"], json!(["analyst"]));
    assert_eq!(session["account"]["organisation"], "県");

    flow(&house, &provider, suzuki(&["heads"])).await;
    let subject = format!("{} 42", provider.issuer);
    let wanted = json!({ "roles": ["director"], "organisation": "県", "subject": subject });
    assert_eq!(account(&house).await, wanted);
    assert_eq!(house.node.store.accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_group_nobody_gets_in() {
    let provider = start_provider().await;
    let house = house_of(&provider).await;
    assert_eq!(flow(&house, &provider, suzuki(&["choir"])).await.status, StatusCode::FORBIDDEN);
    assert!(house.node.store.accounts().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_local_account_is_not_taken_over_by_its_name() {
    let provider = start_provider().await;
    let house = house_of(&provider).await;
    house.add("suzuki", Role::Operator, None).await;
    assert_eq!(flow(&house, &provider, suzuki(&["csirt"])).await.status, StatusCode::CONFLICT);
    assert_eq!(account(&house).await["subject"], json!(null));
}

#[tokio::test]
async fn forged_tokens_replayed_nonces_and_foreign_states_are_refused() {
    let provider = start_provider().await;
    let house = house_of(&provider).await;
    provider.script.lock().unwrap().forges = true;
    assert_eq!(flow(&house, &provider, suzuki(&["csirt"])).await.status, StatusCode::FORBIDDEN);
    {
        let mut script = provider.script.lock().unwrap();
        (script.forges, script.wrong_nonce) = (false, true);
    }
    assert_eq!(flow(&house, &provider, suzuki(&["csirt"])).await.status, StatusCode::FORBIDDEN);
    provider.script.lock().unwrap().wrong_nonce = false;
    let (_, cookie) = begin(&house).await;
    let path = "/oidc/callback?code=the-code&state=of-somebody-else";
    let foreign = house.ask(request(Method::GET, path, None, Some(&("cookie", cookie)))).await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.get(path).await.status, StatusCode::BAD_REQUEST, "without the cookie");
    assert!(house.node.store.accounts().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_that_is_switched_off_stays_out() {
    let provider = start_provider().await;
    let house = house_of(&provider).await;
    flow(&house, &provider, suzuki(&["csirt"])).await;
    let account = house.node.store.account_named("suzuki").await.unwrap().unwrap();
    let rights = shinayaka_server::sign_in::accounts::Rights {
        roles: account.roles.clone(),
        organisation: None,
        communities: Default::default(),
        disabled: true,
    };
    house.node.change_account(account.id, &rights).await.unwrap();
    assert_eq!(flow(&house, &provider, suzuki(&["csirt"])).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_a_provider_there_is_no_such_sign_in() {
    let house = House::new().await;
    assert_eq!(house.get("/oidc/start").await.status, StatusCode::NOT_FOUND);
}
