//! Bad input is answered with the field that is wrong, and nothing of it is saved.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use shinayaka_kernel::label::Role;

use crate::house::{Answer, House, Person};

async fn send(person: &Person<'_>, method: Method, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, content_type);
    let request = request.header(person.proof.0, &person.proof.1).body(Body::from(body)).unwrap();
    person.house.ask(request).await
}

async fn tokens(person: &Person<'_>, body: &[u8]) -> Answer {
    send(person, Method::POST, "/api/v1/account/tokens", "application/json", body.to_vec()).await
}

#[tokio::test]
async fn a_broken_body_is_answered_with_its_place() {
    let house = House::new().await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    let mut answers = serde_json::Map::new();
    for (what, body) in [
        ("not JSON", &b"{name: 1}"[..]),
        ("cut off", &b"{\"name\": \"a\""[..]),
        ("more than one", &b"{\"name\": \"a\", \"days\": 1} {}"[..]),
        ("wrong type", &b"{\"name\": \"a\", \"days\": \"many\"}"[..]),
        ("missing field", &b"{\"name\": \"a\"}"[..]),
        ("unknown field", &b"{\"name\": \"a\", \"days\": 1, \"admin\": true}"[..]),
        ("invalid UTF-8", &b"{\"name\": \"\xff\xfe\", \"days\": 1}"[..]),
        ("too deep", &[b'['; 10_000][..]),
        ("out of range", &b"{\"name\": \"a\", \"days\": 99999999999999999999}"[..]),
    ] {
        let answer = tokens(&person, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
        let problem = answer.json();
        answers.insert(what.to_owned(), json!([problem["field"], problem["detail"]]));
    }
    assert_json_snapshot!("broken_bodies", Value::Object(answers));
    assert_eq!(person.get("/api/v1/account/tokens").await.json()["items"], json!([]), "nothing was saved");
}

#[tokio::test]
async fn a_title_of_ten_megabytes_is_too_large() {
    let house = House::new().await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    let body = format!("{{\"name\": \"{}\", \"days\": 1}}", "a".repeat(10 << 20));
    let answer = tokens(&person, body.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_json_snapshot!("too_large", answer.json());
}

#[tokio::test]
async fn a_measure_is_saved_whole_or_not_at_all() {
    let house = House::seeded().await;
    let director = house.somebody("director", Role::Director).await;
    let path = "/api/v1/programme/measures/1";
    let before = director.get(path).await.json();
    let whole = json!({
        "version": before["measure"]["version"],
        "partners": [], "status": "planned", "milestones": [], "evidence": [], "note": "",
    });
    let with = |name: &str, value: Value| {
        let mut changed = whole.clone();
        changed[name] = value;
        changed
    };
    for (changed, field) in [
        (with("status", json!("finished")), "status"),
        (with("status", json!(7)), "status"),
        (with("milestones", json!([{ "title": "a", "due": "soon" }])), "milestones[0].due"),
        (with("milestones", json!([{ "title": "a" }])), "milestones[0]"),
        (with("note", json!("あ".repeat(500_000))), "note"),
        (with("version", json!(-1)), "version"),
        (with("partners", json!("everybody")), "partners"),
    ] {
        let answer = director.put(path, changed).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {}", answer.text);
        let found = answer.json()["field"].as_str().unwrap_or_default().to_owned();
        assert!(found == field, "{field} is wrong, and {found} is named: {}", answer.text);
    }
    let stale = director.put(path, with("version", json!(999))).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);
    assert_eq!(director.get(path).await.json()["measure"], before["measure"]);
}

#[tokio::test]
async fn parameters_are_named_too() {
    let house = House::new().await;
    for (path, field) in [
        ("/api/v1/search", "q"),
        ("/api/v1/search?q=%20", "q"),
        ("/api/v1/search?q=a&limit=0", "limit"),
        ("/api/v1/search?q=a&limit=x", "limit"),
        ("/api/v1/search?q=a&kind=king", "kind"),
        ("/api/v1/search?q=a&after=%25%25", "after"),
        ("/api/v1/journal/proof?from=9", "from"),
        ("/api/v1/journal/proof?from=0&to=9", "to"),
        ("/api/v1/journal/entries?limit=501", "limit"),
    ] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text);
        let problem = answer.json();
        let names =
            problem["field"] == field || problem["detail"].as_str().is_some_and(|text| text.contains(field));
        assert!(names, "{path}: {problem}");
    }
    let answer = house.get("/api/v1/objects/not-an-id").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (StatusCode::BAD_REQUEST, "application/problem+json")
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let house = House::new().await;
    assert_json_snapshot!("no_such_route", house.get("/api/v1/nothing").await.json());
    let patch = Request::patch("/api/v1/session").body(Body::empty()).unwrap();
    let answer = house.ask(patch).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.header("allow").contains("POST"));
    assert_json_snapshot!("no_such_method", answer.json());
    let person = house.somebody("suzuki", Role::Analyst).await;
    let answer =
        send(&person, Method::PUT, "/api/v1/account/password", "application/xml", b"<a/>".to_vec()).await;
    assert_json_snapshot!("wrong_content_type", answer.json());
}
