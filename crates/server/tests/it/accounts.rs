//! Accounts as operators administer them, and one-time links.

use axum::http::StatusCode;
use insta::assert_json_snapshot;
use serde_json::json;
use shinayaka_kernel::{journal::EntryKind, label::Role};

use crate::house::{House, PASSWORD};

#[tokio::test]
async fn an_operator_makes_an_account_that_sets_its_own_password() {
    let house = House::new().await;
    let operator = house.somebody("operator", Role::Operator).await;
    let given =
        json!({ "name": "Tanaka", "roles": ["clerk"], "organisation": "一市", "communities": ["県"] });
    let made = operator.post("/api/v1/accounts", given).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let link = made.json()["link"].as_str().unwrap().to_owned();
    let (page, secret) = link.split_once('#').unwrap();
    assert_eq!(page, "http://127.0.0.1:8080/welcome");

    let path = "/api/v1/session/invitation";
    let weak = house.post(path, json!({ "secret": secret, "password": "tanaka" })).await;
    assert_eq!((weak.status, &weak.json()["field"]), (StatusCode::BAD_REQUEST, &json!("password")));
    let done = house.post(path, json!({ "secret": secret, "password": PASSWORD })).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert_eq!(done.json()["account"]["organisation"], "一市");
    let again = house.post(path, json!({ "secret": secret, "password": "somebody else's choice" })).await;
    assert_eq!((again.status, &again.json()["field"]), (StatusCode::BAD_REQUEST, &json!("secret")));
    house.sign_in("tanaka").await;
    assert_json_snapshot!("accounts", operator.get("/api/v1/accounts").await.json());
}

#[tokio::test]
async fn a_link_is_void_after_a_new_one_and_after_its_time() {
    let house = House::new().await;
    let operator = house.somebody("operator", Role::Operator).await;
    let made =
        operator.post("/api/v1/accounts", json!({ "name": "tanaka", "roles": ["clerk"] })).await.json();
    let secret = |link: &serde_json::Value| link.as_str().unwrap().split_once('#').unwrap().1.to_owned();
    let first = secret(&made["link"]);
    let path = format!("/api/v1/accounts/{}/invitation", made["id"].as_str().unwrap());
    let second = secret(&operator.post(&path, json!({})).await.json()["link"]);
    let accept = async |secret: &str| {
        let given = json!({ "secret": secret, "password": PASSWORD });
        house.post("/api/v1/session/invitation", given).await.status
    };
    assert_eq!(accept(&first).await, StatusCode::BAD_REQUEST);
    house.clock.advance_seconds(73 * 3600);
    assert_eq!(accept(&second).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_last_operator_stays() {
    let house = House::new().await;
    let operator = house.somebody("operator", Role::Operator).await;
    let accounts = operator.get("/api/v1/accounts").await.json();
    let id = accounts["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/accounts/{id}");
    let off = json!({ "roles": ["operator"], "disabled": true });
    assert_eq!(operator.put(&path, off.clone()).await.status, StatusCode::CONFLICT);
    assert_eq!(operator.put(&path, json!({ "roles": ["analyst"] })).await.status, StatusCode::CONFLICT);
    house.add("second", Role::Operator, None).await;
    assert_eq!(operator.put(&path, off).await.status, StatusCode::OK);
    assert_eq!(operator.get("/api/v1/accounts").await.status, StatusCode::UNAUTHORIZED, "the session ended");
}

#[tokio::test]
async fn every_change_of_an_account_is_in_the_journal() {
    let house = House::new().await;
    let operator = house.somebody("operator", Role::Operator).await;
    let made =
        operator.post("/api/v1/accounts", json!({ "name": "tanaka", "roles": ["clerk"] })).await.json();
    let id: shinayaka_kernel::ObjectId = made["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/api/v1/accounts/{id}");
    operator.put(&path, json!({ "roles": ["clerk", "analyst"] })).await;
    house.settle().await;
    let mut entries = house.node.store.entries(0, 100).await.unwrap();
    entries.retain(|placed| placed.entry.object == id);
    let kinds: Vec<EntryKind> = entries.iter().map(|placed| placed.entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Account, EntryKind::Account]);
    assert_ne!(entries[0].entry.commitment, entries[1].entry.commitment);
}

#[tokio::test]
async fn roles_that_nobody_can_have_and_names_that_are_taken_are_refused() {
    let house = House::new().await;
    let operator = house.somebody("operator", Role::Operator).await;
    for (given, field) in [
        (json!({ "name": "a", "roles": ["public"] }), "roles"),
        (json!({ "name": "a b", "roles": [] }), "name"),
        (json!({ "name": "a", "roles": ["king"] }), "roles[0]"),
        (json!({ "name": "a", "roles": [], "organisation": " " }), "organisation"),
        (json!({ "name": "a", "roles": [], "admin": true }), "admin"),
    ] {
        let answer = operator.post("/api/v1/accounts", given.clone()).await;
        assert_eq!(
            (answer.status, &answer.json()["field"]),
            (StatusCode::BAD_REQUEST, &json!(field)),
            "{given}"
        );
    }
    let taken = operator.post("/api/v1/accounts", json!({ "name": "OPERATOR", "roles": [] })).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
}
