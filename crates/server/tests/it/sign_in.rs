//! Signing in, staying in, and getting out again.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use insta::assert_json_snapshot;
use serde_json::json;
use shinayaka_kernel::{clock::Clock, label::Role};

use crate::house::{House, PASSWORD, Person, request};

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let house = House::new().await;
    assert_json_snapshot!("session_of_nobody", house.get("/api/v1/session").await.json());
    let analyst = house.somebody("suzuki", Role::Analyst).await;
    assert_json_snapshot!("session_of_an_analyst", analyst.get("/api/v1/session").await.json());
    let answer = analyst.delete("/api/v1/session").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(analyst.get("/api/v1/session").await.json()["account"], json!(null));
    assert_eq!(analyst.delete("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let house = House::new().await;
    house.add("suzuki", Role::Analyst, None).await;
    let given = json!({ "name": "Suzuki ", "password": PASSWORD });
    let plain = house.post("/api/v1/session", given.clone()).await;
    assert!(plain.header("set-cookie").starts_with("shinayaka="));
    assert!(plain.header("set-cookie").ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"));

    let house = House::with(&[("server.public_url", "\"https://node.example\"")]).await;
    house.add("suzuki", Role::Analyst, None).await;
    let secure = house.post("/api/v1/session", given).await;
    assert!(secure.header("set-cookie").starts_with("__Host-shinayaka="));
    assert!(secure.header("set-cookie").ends_with("; Secure"));
    assert_eq!(secure.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_are_told_the_same() {
    let house = House::new().await;
    house.add("suzuki", Role::Analyst, None).await;
    let wrong =
        house.post("/api/v1/session", json!({ "name": "suzuki", "password": "not the password" })).await;
    let unknown = house.post("/api/v1/session", json!({ "name": "nobody", "password": PASSWORD })).await;
    let odd = house.post("/api/v1/session", json!({ "name": "no body\n", "password": PASSWORD })).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!((wrong.status, &wrong.text), (unknown.status, &unknown.text));
    assert_eq!((wrong.status, &wrong.text), (odd.status, &odd.text));
    assert_json_snapshot!("sign_in_refused", wrong.json());
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case() {
    let house = House::new().await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    // An hour is the idle limit; every request moves it.
    for _ in 0..13 {
        house.clock.advance_seconds(50 * 60);
        assert_ne!(person.get("/api/v1/session").await.json()["account"], json!(null));
    }
    let idle = house.sign_in("suzuki").await;
    house.clock.advance_seconds(61 * 60);
    assert_eq!(idle.get("/api/v1/session").await.json()["account"], json!(null));

    let busy = house.sign_in("suzuki").await;
    for _ in 0..14 {
        house.clock.advance_seconds(50 * 60);
        busy.get("/api/v1/session").await;
    }
    house.clock.advance_seconds(30 * 60);
    assert_eq!(busy.get("/api/v1/session").await.json()["account"], json!(null), "after twelve hours");
}

#[tokio::test]
async fn a_password_changes_by_the_old_one_and_ends_other_sessions() {
    let house = House::new().await;
    let here = house.somebody("suzuki", Role::Analyst).await;
    let elsewhere = house.sign_in("suzuki").await;
    let path = "/api/v1/account/password";
    let wrong = here.put(path, json!({ "current": "not it at all", "new": "another plain sentence" })).await;
    assert_eq!((wrong.status, &wrong.json()["field"]), (StatusCode::BAD_REQUEST, &json!("current")));
    let weak = here.put(path, json!({ "current": PASSWORD, "new": "short" })).await;
    assert_eq!((weak.status, &weak.json()["field"]), (StatusCode::BAD_REQUEST, &json!("new")));
    let done = here.put(path, json!({ "current": PASSWORD, "new": "another plain sentence" })).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    assert_ne!(here.get("/api/v1/session").await.json()["account"], json!(null));
    assert_eq!(elsewhere.get("/api/v1/session").await.json()["account"], json!(null));
    let old = house.post("/api/v1/session", json!({ "name": "suzuki", "password": PASSWORD })).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

/// The code that an authenticator application shows, by RFC 6238 over another implementation of base32.
fn code(secret: &str, seconds: i64) -> String {
    let bytes = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(bytes).build().unwrap();
    totp.generate(u64::try_from(seconds).unwrap()).to_string()
}

#[tokio::test]
async fn a_code_of_the_second_factor_works_once() {
    let house = House::new().await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    let seconds = || house.clock.now().microseconds() / 1_000_000;
    let offered = person.post("/api/v1/account/totp", json!({})).await.json();
    let secret = offered["secret"].as_str().unwrap();
    assert!(offered["uri"].as_str().unwrap().starts_with("otpauth://totp/"));
    let wrong = person.put("/api/v1/account/totp", json!({ "code": "000000" })).await;
    assert_eq!((wrong.status, &wrong.json()["field"]), (StatusCode::BAD_REQUEST, &json!("code")));
    let first = code(secret, seconds());
    assert_eq!(
        person.put("/api/v1/account/totp", json!({ "code": first })).await.status,
        StatusCode::NO_CONTENT
    );

    let sign_in = async |code: Option<&str>| {
        let given = json!({ "name": "suzuki", "password": PASSWORD, "code": code });
        house.post("/api/v1/session", given).await
    };
    let missing = sign_in(None).await;
    assert_eq!((missing.status, &missing.json()["field"]), (StatusCode::UNAUTHORIZED, &json!("code")));
    assert_eq!(sign_in(Some(&first)).await.status, StatusCode::UNAUTHORIZED, "confirming used it up");
    house.clock.advance_seconds(30);
    let second = code(secret, seconds());
    assert_eq!(sign_in(Some(&second)).await.status, StatusCode::OK);
    assert_eq!(sign_in(Some(&second)).await.status, StatusCode::UNAUTHORIZED, "a replay");
    assert_eq!(sign_in(Some(&first)).await.status, StatusCode::UNAUTHORIZED, "an older one");

    let conflict = person.post("/api/v1/account/totp", json!({})).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    let kept =
        person.send(Method::DELETE, "/api/v1/account/totp", Some(json!({ "password": "wrong" }))).await;
    assert_eq!(kept.status, StatusCode::BAD_REQUEST);
    let gone =
        person.send(Method::DELETE, "/api/v1/account/totp", Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let again = person.post("/api/v1/account/totp", json!({})).await.json();
    assert_ne!(again["secret"], offered["secret"], "a secret that was used is never offered again");
}

#[tokio::test]
async fn names_and_addresses_that_fail_too_often_wait() {
    let house =
        House::with(&[("sign_in.failures_per_name", "3"), ("sign_in.failures_per_address", "8")]).await;
    house.add("suzuki", Role::Analyst, None).await;
    let try_as = async |name: &str, password: &str| {
        house.post("/api/v1/session", json!({ "name": name, "password": password })).await
    };
    for _ in 0..3 {
        assert_eq!(try_as("suzuki", "wrong password").await.status, StatusCode::UNAUTHORIZED);
    }
    let waits = try_as("suzuki", PASSWORD).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(waits.header("retry-after"), "900");
    assert_json_snapshot!("too_many", waits.json());
    // Unknown names wait as known ones do: the limit does not tell who is here.
    for _ in 0..3 {
        assert_eq!(try_as("nobody", "wrong password").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(try_as("nobody", "wrong password").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        try_as("another", "wrong password").await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "the address"
    );
    house.clock.advance_seconds(901);
    assert_eq!(try_as("suzuki", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn asking_for_the_code_does_not_clear_wrong_codes() {
    let house = House::with(&[("sign_in.failures_per_name", "4")]).await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    let offered = person.post("/api/v1/account/totp", json!({})).await.json();
    let now = house.clock.now().microseconds() / 1_000_000;
    let first = code(offered["secret"].as_str().unwrap(), now);
    person.put("/api/v1/account/totp", json!({ "code": first })).await;
    let mut last = StatusCode::OK;
    for _ in 0..5 {
        house.post("/api/v1/session", json!({ "name": "suzuki", "password": PASSWORD })).await;
        let given = json!({ "name": "suzuki", "password": PASSWORD, "code": "000000" });
        last = house.post("/api/v1/session", given).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_token_reads_for_its_owner_and_cannot_change_what_proves_them() {
    let house = House::new().await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    let path = "/api/v1/account/tokens";
    let long = person.post(path, json!({ "name": "script", "days": 9999 })).await;
    assert_eq!((long.status, &long.json()["field"]), (StatusCode::BAD_REQUEST, &json!("days")));
    let made = person.post(path, json!({ "name": "script", "days": 30 })).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    let proof = ("authorization", format!("Bearer {}", made["token"].as_str().unwrap()));
    let program = Person { house: &house, proof };
    assert_eq!(program.get("/api/v1/session").await.json()["account"]["name"], "suzuki");
    assert_eq!(program.post(path, json!({ "name": "more", "days": 1 })).await.status, StatusCode::FORBIDDEN);
    let listed = person.get(path).await;
    assert_json_snapshot!("tokens", listed.json());
    assert!(!listed.text.contains(made["token"].as_str().unwrap()), "shown once");
    let stored = house.node.store.credentials(
        house.node.store.account_named("suzuki").await.unwrap().unwrap().id,
        shinayaka_kernel::account::Purpose::Token,
    );
    assert_eq!(stored.await.unwrap().len(), 1);
    let id = made["id"].as_str().unwrap();
    assert_eq!(person.delete(&format!("{path}/{id}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(person.delete(&format!("{path}/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_another_site_sends_is_refused() {
    let house = House::new().await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    let send = |name: &'static str, value: &'static str| {
        let mut request = request(Method::DELETE, "/api/v1/session", None, Some(&person.proof));
        request.headers_mut().insert(name, value.parse().unwrap());
        house.ask(request)
    };
    assert_eq!(send("sec-fetch-site", "cross-site").await.status, StatusCode::FORBIDDEN);
    assert_eq!(send("sec-fetch-site", "same-site").await.status, StatusCode::FORBIDDEN);
    assert_eq!(send("origin", "https://elsewhere.example").await.status, StatusCode::FORBIDDEN);
    assert_eq!(send("origin", "null").await.status, StatusCode::FORBIDDEN);
    assert_eq!(send("content-type", "text/plain").await.status, StatusCode::FORBIDDEN);
    let form = Request::post("/api/v1/session")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("name=suzuki&password=x"))
        .unwrap();
    assert_eq!(house.ask(form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send("origin", "http://node.example").await.status, StatusCode::NO_CONTENT);
}
