//! Every operation of the OpenAPI document, called by nobody and by a stranger. The answer must be 401, 403 or 404, but for
//! those on the two lists below; a new route that forgets to ask fails here.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use shinayaka_kernel::account::Account;
use shinayaka_server::{
    routes::{document, document_text},
    sign_in::accounts::Rights,
};

use crate::house::{House, PASSWORD, Person, request};

const COMMITTED: &str = include_str!("../../../../openapi/shinayaka.json");
/// `METHOD path` of what anybody may call, with or without an account; what they see is decided by labels.
const PUBLIC: &str = include_str!("public_routes.txt");
/// What anybody with an account may call beyond that, also without any role: things of their own.
const OWN: &str = include_str!("own_routes.txt");

const NOBODYS: &str = "00000000-0000-7000-8000-000000000000";

struct Operation {
    method: Method,
    path: String,
    name: String,
    body: Option<Value>,
}

fn whole() -> Value {
    serde_json::from_str(&document_text(&document(&shinayaka_server::capabilities())).unwrap()).unwrap()
}

fn operations() -> Vec<Operation> {
    let document = whole();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if !matches!(method, Method::GET | Method::POST | Method::PUT | Method::DELETE | Method::PATCH) {
                continue;
            }
            let takes_json = operation["requestBody"]["content"].get("application/json").is_some();
            found.push(Operation {
                name: format!("{method} {path}"),
                path: format!("/api/v1{}", filled(path, operation)),
                method,
                body: takes_json.then(|| example(&document, operation)),
            });
        }
    }
    assert!(found.len() > 30, "the document holds the whole API");
    found
}

/// The path with values that are well formed and name nothing; needed query parameters too.
fn filled(path: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let schema = parameter["schema"].to_string();
        let value = if schema.contains("uuid") || schema.contains("ObjectId") {
            NOBODYS
        } else if schema.contains("integer") {
            "1"
        } else {
            "csv"
        };
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), value);
        } else if parameter["required"] == true {
            query.push(format!("{name}={value}"));
        }
    }
    assert!(!path.contains('{'), "{path} has a parameter that the document does not describe");
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// A body that fits the schema, so that a refusal is about the person and not about the body.
fn example(document: &Value, operation: &Value) -> Value {
    value_of(document, &operation["requestBody"]["content"]["application/json"]["schema"])
}

fn value_of(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return value_of(document, &document["components"]["schemas"][name]);
    }
    for one in ["oneOf", "anyOf"] {
        let choices = schema[one].as_array().into_iter().flatten();
        if let Some(choice) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return value_of(document, choice);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = serde_json::Map::new();
        for part in parts {
            whole.extend(value_of(document, part).as_object().cloned().unwrap_or_default());
        }
        return Value::Object(whole);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    let types = schema["type"].to_string();
    if types.contains("object") {
        let needed: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let needed = properties.filter(|(name, _)| needed.contains(name.as_str()));
        return needed.map(|(name, schema)| (name.clone(), value_of(document, schema))).collect();
    }
    match () {
        () if types.contains("array") => json!([]),
        () if types.contains("boolean") => json!(false),
        () if types.contains("integer") || types.contains("number") => {
            schema["minimum"].as_i64().map_or(json!(1), |least| json!(least))
        }
        () => match schema["format"].as_str() {
            Some("uuid") => json!(NOBODYS),
            Some("date") => json!("2026-11-22"),
            Some("date-time") => json!("2026-11-22T00:00:00Z"),
            // Fits a title as well as a date of any precision.
            _ => json!("2026-11-22"),
        },
    }
}

fn listed(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Somebody with an account and without any role, organisation or community.
async fn stranger(house: &House) -> Person<'_> {
    let rights =
        Rights { roles: BTreeSet::new(), organisation: None, communities: BTreeSet::new(), disabled: false };
    let account: Account = house.node.add_account("stranger", &rights).await.unwrap();
    house.node.set_password(account, PASSWORD).await.unwrap();
    house.sign_in("stranger").await
}

#[tokio::test]
async fn nobody_and_strangers_are_turned_away() {
    let house = House::seeded().await;
    let (public, own) = (listed(PUBLIC), listed(OWN));
    let mut let_in: BTreeMap<String, StatusCode> = BTreeMap::new();
    drop(stranger(&house).await);
    for operation in operations() {
        let Operation { method, path, name, body } = &operation;
        let nobody = house.ask(request(method.clone(), path, body.as_ref(), None)).await.status;
        let refused = |status| {
            matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
        };
        if !public.contains(name.as_str()) && !refused(nobody) {
            let_in.insert(format!("{name} (nobody)"), nobody);
        }
        if !public.contains(name.as_str()) && !own.contains(name.as_str()) {
            // A stranger of its own for each, as some of the calls end the session.
            let person = house.sign_in("stranger").await;
            let answer = person.send(method.clone(), path, body.clone()).await;
            if !refused(answer.status) {
                let_in.insert(format!("{name} (stranger): {}", answer.text), answer.status);
            }
        }
    }
    assert!(let_in.is_empty(), "let in: {let_in:#?}");
}

#[test]
fn the_lists_name_routes_that_exist() {
    let names: BTreeSet<String> = operations().into_iter().map(|operation| operation.name).collect();
    for name in listed(PUBLIC).iter().chain(&listed(OWN)) {
        assert!(names.contains(*name), "{name} is on a list, but not in the API");
    }
}

#[test]
fn the_committed_document_is_the_present_one() {
    let present = document_text(&document(&shinayaka_server::capabilities())).unwrap();
    if std::env::var_os("SHINAYAKA_UPDATE_GOLDEN").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/shinayaka.json");
        return std::fs::write(file, &present).unwrap();
    }
    assert!(present == COMMITTED, "openapi/shinayaka.json is stale: run `make openapi`");
}

#[test]
fn operations_have_names_of_their_own_and_say_how_errors_look() {
    let document = whole();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(names.insert(name.to_owned()), "{method} {path}: {name} is used twice");
            assert!(operation["responses"]["default"]["content"].get("application/problem+json").is_some());
        }
    }
}

#[tokio::test]
async fn the_node_serves_its_document() {
    let house = House::new().await;
    let served = house.get("/api/v1/openapi.json").await;
    assert_eq!(served.json(), whole());
}
