use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use shinayaka_incident::capability;
use shinayaka_kernel::{
    Principal,
    capability::Capability,
    http::{App, Viewer},
    label::Role,
};
use tower::ServiceExt;

use crate::node::{Node, flood, person};

struct Edge {
    router: Router,
    node: Node,
}

impl Edge {
    async fn start() -> Self {
        let node = Node::start().await;
        let (router, _) = capability().routes().split_for_parts();
        Self { router: router.with_state(App { kernel: node.kernel.clone() }), node }
    }

    async fn send(
        &self,
        who: &Principal,
        request: Request<Body>,
    ) -> (StatusCode, header::HeaderMap, Vec<u8>) {
        let mut request = request;
        request.extensions_mut().insert(Viewer(who.clone()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, to_bytes(body, usize::MAX).await.unwrap().into())
    }

    async fn json(
        &self,
        who: &Principal,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let (status, _, bytes) = self.send(who, request.body(body).unwrap()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn file(&self, who: &Principal, path: &str, kind: &str, content: Vec<u8>) -> (StatusCode, Value) {
        let request =
            Request::post(path).header(header::CONTENT_TYPE, kind).body(Body::from(content)).unwrap();
        let (status, _, bytes) = self.send(who, request).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn an_accident_is_added_read_changed_and_erased() {
    let edge = Edge::start().await;
    let director = person(Role::Director);
    let new = json!({ "record": flood() });
    let (status, saved) = edge.json(&director, "POST", "/registry/incidents", Some(new)).await;
    assert_eq!((status, saved["version"].as_u64()), (StatusCode::CREATED, Some(1)));
    let path = format!("/registry/incidents/{}", saved["id"].as_str().unwrap());
    let (status, entry) = edge.json(&director, "GET", &path, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(entry["record"]["cause"], "nature");
    assert_eq!(
        entry["derived"],
        json!({ "malicious": "no", "column": "critical_infrastructure", "precision": "day" })
    );
    assert_eq!(
        (&entry["may_edit"], &entry["synthetic"], &entry["owner"]),
        (&json!(true), &json!(false), &json!("director"))
    );
    let mut record = entry["record"].clone();
    record["reported_on"] = json!("2026-06-13");
    let (status, saved) =
        edge.json(&director, "PUT", &path, Some(json!({ "version": 1, "record": record }))).await;
    assert_eq!((status, saved["version"].as_u64()), (StatusCode::OK, Some(2)));
    let (status, problem) =
        edge.json(&director, "PUT", &path, Some(json!({ "version": 1, "record": record }))).await;
    assert_eq!(
        (status, problem["type"].as_str()),
        (StatusCode::CONFLICT, Some("urn:shinayaka:problem:conflict"))
    );
    let label = json!({ "tlp": "CLEAR", "audience": [["public"]], "pap": "CLEAR", "view": "technical" });
    let (status, _) = edge
        .json(&director, "PUT", &format!("{path}/label"), Some(json!({ "version": 2, "label": label })))
        .await;
    assert_eq!(status, StatusCode::OK);
    let (_, entry) = edge.json(&Principal::public(), "GET", &path, None).await;
    assert_eq!(entry["derived"]["reporting_delay_days"], json!({ "least": 2, "most": 2 }));
    let (status, _) = edge.json(&director, "DELETE", &format!("{path}?version=3"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(edge.json(&director, "GET", &path, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn wrong_input_is_answered_with_its_field_and_saves_nothing() {
    let edge = Edge::start().await;
    let analyst = person(Role::Analyst);
    let mut record = serde_json::to_value(flood()).unwrap();
    record["cause"] = json!("gremlins");
    let (status, problem) =
        edge.json(&analyst, "POST", "/registry/incidents", Some(json!({ "record": record }))).await;
    assert_eq!((status, problem["field"].as_str()), (StatusCode::BAD_REQUEST, Some("record.cause")));
    record["cause"] = json!("nature");
    record["title_ja"] = json!("長".repeat(1000));
    let (_, problem) =
        edge.json(&analyst, "POST", "/registry/incidents", Some(json!({ "record": record }))).await;
    assert_eq!(problem["field"], "title_ja");
    record["titel"] = json!("x");
    let (_, problem) =
        edge.json(&analyst, "POST", "/registry/incidents", Some(json!({ "record": record }))).await;
    assert_eq!(problem["field"], "record.titel");
    for (query, field) in [
        ("sector=moon", "sector"),
        ("sort=title", "sort"),
        ("limit=0", "limit"),
        ("year=never", "year"),
        ("synthetic=perhaps", "synthetic"),
        ("after=x", "after"),
    ] {
        let (status, problem) =
            edge.json(&analyst, "GET", &format!("/registry/incidents?{query}"), None).await;
        assert_eq!((status, problem["field"].as_str()), (StatusCode::BAD_REQUEST, Some(field)), "{query}");
    }
    assert_eq!(edge.node.count(&analyst).await, 34);
}

#[tokio::test]
async fn the_list_filters_sorts_and_pages() {
    let edge = Edge::start().await;
    let public = Principal::public();
    let (_, page) =
        edge.json(&public, "GET", "/registry/incidents?cause=insider&sort=-date&limit=2", None).await;
    let titles: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|item| &item["record"]["date"]).collect();
    assert_eq!(titles, ["2000-05", "1998-01"]);
    let next = page["next"].as_str().unwrap();
    let path = format!("/registry/incidents?cause=insider&sort=-date&limit=2&after={next}");
    let (_, page) = edge.json(&public, "GET", &path, None).await;
    assert_eq!((page["items"][0]["record"]["date"].as_str(), page.get("next")), (Some("1995"), None));
    let (_, page) = edge.json(&public, "GET", "/registry/incidents?effect=safety&malicious=yes", None).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let (_, chart) = edge.json(&public, "GET", "/registry/matrix", None).await;
    assert_eq!(
        chart["founding"]["availability"],
        json!({ "government": 4, "critical_infrastructure": 9, "firms_individuals": 3 })
    );
    let (_, years) = edge.json(&public, "GET", "/registry/timeline", None).await;
    assert_eq!(
        years["years"][0],
        json!({ "year": 1995, "n": 1, "synthetic": 0, "by_cause": { "insider": 1 } })
    );
}

#[tokio::test]
async fn a_file_is_tried_then_taken_whole_or_not_at_all() {
    let edge = Edge::start().await;
    let clerk = person(Role::Clerk);
    let good = "title_ja,date,sector,cause,channel\nよい,2003,water,nature,own\n";
    let bad = format!("{good}わるい,2003,water,nature,rumour\n");
    let (status, tried) =
        edge.file(&clerk, "/registry/import?format=csv&dry_run=true", "text/csv", bad.clone().into()).await;
    assert_eq!((status, &tried["rows"], &tried["saved"]), (StatusCode::OK, &json!(2), &json!(0)));
    assert_eq!((&tried["errors"][0]["line"], &tried["errors"][0]["field"]), (&json!(3), &json!("channel")));
    let (status, refused) = edge.file(&clerk, "/registry/import?format=csv", "text/csv", bad.into()).await;
    assert_eq!((status, &refused["saved"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(0)));
    assert_eq!(edge.node.count(&clerk).await, 34);
    let (status, taken) = edge.file(&clerk, "/registry/import?format=csv", "text/csv", good.into()).await;
    assert_eq!((status, &taken["saved"], edge.node.count(&clerk).await), (StatusCode::OK, &json!(1), 35));
    let (status, problem) = edge.file(&clerk, "/registry/import?format=csv", "text/plain", good.into()).await;
    assert_eq!((status, problem["field"].as_str()), (StatusCode::BAD_REQUEST, Some("content-type")));
    let (status, problem) = edge.file(&clerk, "/registry/import?format=xlsx", "text/csv", good.into()).await;
    assert_eq!((status, problem["field"].as_str()), (StatusCode::BAD_REQUEST, Some("format")));
    let large = vec![b'x'; (64 << 20) + 1];
    let (status, problem) =
        edge.file(&clerk, "/registry/import?format=csv&dry_run=true", "text/csv", large).await;
    assert_eq!((status, problem["status"].as_u64()), (StatusCode::PAYLOAD_TOO_LARGE, Some(413)));
}

#[tokio::test]
async fn the_export_is_a_file_for_those_who_may_take_it() {
    let edge = Edge::start().await;
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let analyst = person(Role::Analyst);
    let (status, headers, csv) = edge.send(&analyst, get("/registry/export?format=csv&sector=water")).await;
    assert_eq!(
        (status, headers[header::CONTENT_TYPE].to_str().unwrap()),
        (StatusCode::OK, "text/csv; charset=utf-8")
    );
    let text = String::from_utf8(csv).unwrap();
    assert!(text.starts_with("\u{feff}id,title_ja") && text.lines().count() == 2, "{text}");
    let (_, headers, json) = edge.send(&analyst, get("/registry/export?format=json")).await;
    assert!(headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("incidents.json"));
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&json).unwrap().len(), 34);
    let (_, empty) = edge.json(&analyst, "GET", "/registry/export?format=json&sector=gas", None).await;
    assert_eq!(empty, json!([]));
    for (who, expected) in
        [(person(Role::Council), StatusCode::FORBIDDEN), (Principal::public(), StatusCode::UNAUTHORIZED)]
    {
        assert_eq!(edge.send(&who, get("/registry/export?format=csv")).await.0, expected);
    }
}

/// Every route that changes something refuses who has not signed in, whatever is sent to it.
#[tokio::test]
async fn nobody_changes_anything_without_an_account() {
    let edge = Edge::start().await;
    let (_, document) = capability().routes().split_for_parts();
    let id = shinayaka_incident::reference::founding_id(1).to_string();
    let mut tried = 0;
    for (path, item) in document.paths.paths {
        let item = serde_json::to_value(item).unwrap();
        for method in ["post", "put", "delete"] {
            if item.get(method).is_some() {
                let path = path.replace("{id}", &id);
                let (status, _) =
                    edge.json(&Principal::public(), &method.to_uppercase(), &path, Some(json!({}))).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 5);
}

/// The document names no type that it does not describe, and knows every word of the closed lists.
#[tokio::test]
async fn the_document_is_whole() {
    let (_, document) = capability().routes().split_for_parts();
    let document = serde_json::to_value(document).unwrap();
    let schemas = &document["components"]["schemas"];
    let mut named = std::collections::BTreeSet::new();
    let mut rest = vec![&document];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(members) => {
                rest.extend(members.values());
                named.extend(members.get("$ref").and_then(Value::as_str));
            }
            _ => {}
        }
    }
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        let schema = name.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.get(schema).is_some(), "{name} is not described");
    }
    assert_eq!(schemas["Cause"]["enum"].as_array().map(Vec::len), Some(13));
    assert_eq!(schemas["Sector"]["enum"].as_array().map(Vec::len), Some(19));
}
