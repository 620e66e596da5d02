//! The journal as anybody outside can hold this node to it.

use std::str::FromStr;

use ed25519_dalek::SigningKey;
use serde_json::Value;
use shinayaka_kernel::{
    journal::{Checkpoint, Hash, verify_consistency, verify_inclusion},
    label::Role,
};
use shinayaka_server::journal::{KEY_SETTING, verify};

use crate::house::House;

fn hash(value: &Value) -> Hash {
    let text = value.as_str().unwrap();
    let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

async fn checkpoint(house: &House) -> Checkpoint {
    let note = house.get("/api/v1/journal/checkpoint").await;
    assert_eq!(note.header("content-type"), "text/plain; charset=utf-8");
    let key: [u8; 32] = house.node.store.setting(KEY_SETTING).await.unwrap().unwrap().try_into().unwrap();
    Checkpoint::verify(&note.text, &SigningKey::from_bytes(&key).verifying_key()).unwrap()
}

#[tokio::test]
async fn checkpoints_are_signed_and_later_ones_hold_the_earlier() {
    let house = House::seeded().await;
    let earlier = checkpoint(&house).await;
    assert_eq!(earlier.origin, "shinayaka");
    for n in 0..300 {
        house.add(&format!("person{n}"), Role::Clerk, None).await;
    }
    house.settle().await;
    let later = checkpoint(&house).await;
    assert!(later.size >= earlier.size + 300);
    let proof =
        house.get(&format!("/api/v1/journal/proof?from={}&to={}", earlier.size, later.size)).await.json();
    let path = hashes(&proof["path"]);
    assert!(verify_consistency(earlier.size, &earlier.root, later.size, &later.root, &path));
    assert!(!verify_consistency(earlier.size, &later.root, later.size, &later.root, &path));
}

#[tokio::test]
async fn an_object_brings_its_proofs() {
    let house = House::seeded().await;
    let found =
        house.get("/api/v1/search?q=%E3%83%96%E3%83%A9%E3%82%B9%E3%82%BF%E3%83%BC&limit=1").await.json();
    let id = found["items"][0]["id"].as_str().expect("the accidents of the strategy are public");
    let object = house.get(&format!("/api/v1/objects/{id}")).await.json();
    assert_eq!(object["history"].as_array().unwrap().len(), 1);
    let proof = &object["proofs"][0];
    let (position, size) = (proof["position"].as_u64().unwrap(), proof["size"].as_u64().unwrap());
    let (leaf, root) = (hash(&proof["leaf"]), hash(&proof["root"]));
    assert!(verify_inclusion(&leaf, position, size, &hashes(&proof["path"]), &root));
    assert_eq!(checkpoint(&house).await.root, root);
    let entries = house.get(&format!("/api/v1/journal/entries?from={position}&limit=1")).await.json();
    assert_eq!(entries["items"][0]["leaf"], proof["leaf"]);
    assert_eq!(entries["items"][0]["entry"], proof["entry"]);
}

#[tokio::test]
async fn verification_finds_what_was_changed_behind_our_back() {
    let house = House::seeded().await;
    checkpoint(&house).await;
    let store = house.node.store.as_ref();
    let report = verify(store, |_, _| {}).await.unwrap().unwrap();
    assert_eq!((report.checkpoint, report.erased), (Some(report.size), 0));
    if store.name() != "sqlite" {
        return;
    }
    let options = sqlx::sqlite::SqliteConnectOptions::from_str("sqlite:").unwrap().filename(house.file());
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let sql = "UPDATE version SET body = replace(body, '2003', '2004') WHERE body LIKE '%2003%'";
    let changed = sqlx::query(sql).execute(&mut connection).await.unwrap();
    assert!(changed.rows_affected() > 0);
    let broken = verify(store, |_, _| {}).await.unwrap().unwrap_err();
    assert!(broken.position.is_some());
    assert!(broken.reason.contains("is not the one that was committed to"), "{}", broken.reason);
}

#[tokio::test]
async fn a_rewritten_journal_is_not_signed() {
    let house = House::seeded().await;
    checkpoint(&house).await;
    if house.node.store.name() != "sqlite" {
        return;
    }
    house.add("later", Role::Clerk, None).await;
    house.settle().await;
    let options = sqlx::sqlite::SqliteConnectOptions::from_str("sqlite:").unwrap().filename(house.file());
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let sql = "UPDATE tile SET hashes = zeroblob(length(hashes))";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    let answer = house.get("/api/v1/journal/checkpoint").await;
    assert_eq!(answer.status, axum::http::StatusCode::SERVICE_UNAVAILABLE);
}
