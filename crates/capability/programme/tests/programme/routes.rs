//! The routes as a client meets them, as a story.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use shinayaka_kernel::{
    Principal,
    capability::Capability,
    http::{App, Viewer},
    label::Role,
};
use shinayaka_programme::capability;
use tower::ServiceExt;

use crate::node::{Node, person};

struct Client {
    router: Router,
}

impl Client {
    fn of(node: &Node) -> Self {
        let (router, _) = capability().routes().split_for_parts();
        Self { router: router.with_state(App { kernel: node.kernel.clone() }) }
    }

    async fn ask(&self, who: &Viewer, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).extension(who.clone());
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 8 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, who: &Viewer, path: &str) -> Value {
        let (status, body) = self.ask(who, "GET", path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

#[tokio::test]
async fn the_board_a_measure_and_its_change() {
    let node = Node::start().await;
    let client = Client::of(&node);
    let director = person("director", Role::Director);
    let whole = client.get(&director, "/programme").await;
    assert_eq!(whole["strategies"].as_array().unwrap().len(), 3);
    assert_eq!(whole["items"][4]["id"], "S5");
    assert_eq!(whole["items"][4]["indicators"][0]["kind"], "query");
    assert_eq!(whole["base_year"]["rows"][0]["staff"], 9);
    assert_eq!(whole["status_counts"]["unknown"], 42);
    let board = client.get(&director, "/programme/measures").await;
    let card = &board["items"][20];
    assert_eq!((&card["no"], &card["same_title_as"]), (&json!(21), &json!(17)));
    assert_eq!(card["indicators"][0]["value"], Value::Null);
    assert_eq!(card["may_edit"], true);

    let change = json!({
        "version": 1, "owner": "総務省", "partners": ["経済産業省"], "status": "in_progress",
        "milestones": [{"title": "指針", "due": "2027-03-31"}],
        "budget": {"amount": 1000000, "currency": "JPY", "fiscal_year": 2026, "source": "予算書"},
        "evidence": [{"title": "報道発表", "url": "https://example.jp/"}], "note": "",
    });
    let (status, stored) = client.ask(&director, "PUT", "/programme/measures/21", Some(change.clone())).await;
    assert_eq!((status, &stored["version"]), (StatusCode::OK, &json!(2)));
    let (status, problem) = client.ask(&director, "PUT", "/programme/measures/21", Some(change)).await;
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("urn:shinayaka:problem:conflict")));
    let view = client.get(&director, "/programme/measures/21").await;
    assert_eq!(view["measure"]["record"]["milestones"][0]["due"], "2027-03-31");
    assert_eq!(view["indicators"][0]["state"], "unknown");
}

#[tokio::test]
async fn broken_input_names_its_place() {
    let node = Node::start().await;
    let client = Client::of(&node);
    let director = person("director", Role::Director);
    let put = |body: Value| client.ask(&director, "PUT", "/programme/measures/1", Some(body));
    let fine = json!({"version": 1, "partners": [], "status": "planned", "milestones": [], "evidence": [], "note": ""});
    for (path, value, expected) in [
        ("status", json!("green"), "status"),
        ("milestones", json!([{"title": "x", "due": "2027-02-30"}]), "milestones[0].due"),
        ("version", json!("1"), "version"),
        (
            "budget",
            json!({"amount": -1, "currency": "JPY", "fiscal_year": 2026, "source": "x"}),
            "budget.amount",
        ),
        ("colour", json!(1), "colour"),
    ] {
        let mut body = fine.clone();
        body[path] = value;
        let (status, problem) = put(body).await;
        assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!(expected)), "{problem}");
    }
    for path in [
        "/programme/measures/0",
        "/programme/measures/43",
        "/programme/measures/x",
        "/programme/measures/999",
    ] {
        assert_eq!(client.ask(&director, "GET", path, None).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let (status, _) = client.ask(&director, "GET", "/programme/council/cycles/no-id", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, problem) = client.ask(&director, "GET", "/programme/council/cycles?limit=0", None).await;
    assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!("limit")));
}

#[tokio::test]
async fn a_cycle_from_opening_to_the_public_report() {
    let node = Node::start().await;
    let client = Client::of(&node);
    let director = person("director", Role::Director);
    let (one, two) = (node.account("one", Role::Council).await, node.account("two", Role::Council).await);
    let offered = client.get(&director, "/programme/council/members").await;
    let members: Vec<&Value> =
        offered["items"].as_array().unwrap().iter().map(|person| &person["id"]).collect();
    let new = json!({"title": "第1回", "members": members, "due": "2026-12-31"});
    let (status, made) = client.ask(&director, "POST", "/programme/council/cycles", Some(new)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let cycle = format!("/programme/council/cycles/{}", made["id"].as_str().unwrap());
    for (member, score) in [(&one, 1), (&two, 4)] {
        let sent = json!({"scores": [{"measure": 7, "score": score, "conflict": false}, {"measure": 8, "conflict": true}]});
        let (status, own) = client.ask(member, "POST", &format!("{cycle}/scores"), Some(sent)).await;
        assert_eq!((status, &own["scores"][0]["score"]), (StatusCode::OK, &json!(score)));
    }
    let (status, agreed) = client.ask(&director, "POST", &format!("{cycle}/close"), None).await;
    assert_eq!((status, &agreed["by_measure"][6]["spread"]), (StatusCode::OK, &json!(3)));
    assert_eq!(client.get(&one, &format!("{cycle}/agreement")).await, agreed);
    let proposal =
        json!({"measure": 7, "text": "公表すること", "addressee": "気象庁", "follow_up": "2027-06-01"});
    let (status, made) = client.ask(&two, "POST", &format!("{cycle}/proposals"), Some(proposal)).await;
    assert_eq!((status, &made["number"]), (StatusCode::CREATED, &json!(1)));
    let answer = json!({"answer": "refuse", "reason": "所管外"});
    let officer = person("気象庁", Role::Officer);
    let (status, _) =
        client.ask(&officer, "POST", &format!("{cycle}/proposals/1/answer"), Some(answer)).await;
    assert_eq!(status, StatusCode::OK);
    let (status, report) = client.ask(&director, "POST", &format!("{cycle}/publish"), None).await;
    assert_eq!(status, StatusCode::OK, "{report}");

    let public = Viewer(Principal::public());
    let reports = client.get(&public, "/programme/council/reports").await;
    let id = reports["items"][0]["id"].as_str().unwrap();
    let report = client.get(&public, &format!("/programme/council/reports/{id}")).await;
    assert_eq!(report["record"]["proposals"][0]["answer"]["answer"], "refuse");
    assert_eq!(report["record"]["measures"][6]["scores"], json!([1, 4]));
}

/// Every operation of the document: refused without an account unless it says that none is needed, and never
/// answered to somebody without a role.
#[tokio::test]
async fn routes_are_closed_to_the_public_and_to_strangers() {
    let node = Node::start().await;
    let client = Client::of(&node);
    let (_, document) = capability().routes().split_for_parts();
    let document = serde_json::to_value(&document).unwrap();
    let mut stranger = person("stranger", Role::Clerk);
    stranger.0.roles.clear();
    let mut open = Vec::new();
    let mut count = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let place = path.replace("{no}", "7").replace("{number}", "1");
        let place = place
            .replace("items/{id}", "items/S1")
            .replace("{id}", &shinayaka_kernel::ObjectId::named("x").to_string());
        for (method, operation) in operations.as_object().unwrap() {
            count += 1;
            let body = operation.get("requestBody").map(|_| json!({}));
            if operation.get("security").is_some_and(|needed| needed == &json!([{}])) {
                open.push(path.clone());
                continue;
            }
            let method = method.to_uppercase();
            let public = Viewer(Principal::public());
            let (status, _) = client.ask(&public, &method, &place, body.clone()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {place}");
            let (status, _) = client.ask(&stranger, &method, &place, body).await;
            let closed = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
            assert!(closed.contains(&status), "{method} {place}: {status}");
        }
    }
    assert_eq!(open, ["/programme/council/reports", "/programme/council/reports/{id}"]);
    assert_eq!(count, 18);
    // One name, one meaning: the registry has a schema `Unit` of its own.
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("IndicatorUnit") && !schemas.contains_key("Unit"));
}
