//! Over HTTP: statuses, files, content types.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use shinayaka_kernel::{
    Principal,
    capability::Capability,
    http::{App, Viewer},
    label::Role,
};
use shinayaka_model::organisation::Organisation;
use tower::ServiceExt;

use crate::node::{Node, person};

struct Edge {
    router: Router,
    node: Node,
}

impl Edge {
    async fn start() -> Self {
        let node = Node::start().await;
        let (router, _) = node.room.routes().split_for_parts();
        Self { router: router.with_state(App { kernel: node.kernel.clone() }), node }
    }

    async fn send(&self, who: &Principal, mut request: Request<Body>) -> (StatusCode, String, Vec<u8>) {
        request.extensions_mut().insert(Viewer(who.clone()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let kind = response.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        let status = response.status();
        (status, kind.unwrap_or_default(), to_bytes(response.into_body(), usize::MAX).await.unwrap().into())
    }

    async fn json(
        &self,
        who: &Principal,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        let (status, _, bytes) = self.send(who, request).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn file(&self, who: &Principal, path: &str, kind: &str, content: &str) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(content.to_owned()))
            .unwrap();
        let (status, _, bytes) = self.send(who, request).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

#[tokio::test]
async fn an_organisation_is_registered_read_and_verified() {
    let edge = Edge::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let new = json!({
        "record": { "code": "", "name_ja": "日の出市" },
        "contact": { "organisation": "", "channel": "email", "address": "soc@hinode.example" },
    });
    let (status, saved) = edge.json(&analyst, "POST", "/constituency/organisations", Some(new)).await;
    assert_eq!(status, StatusCode::CREATED, "{saved}");
    let path = format!("/constituency/organisations/{}", saved["id"].as_str().unwrap());
    let (_, file) = edge.json(&analyst, "GET", &path, None).await;
    assert!(file["record"]["code"].as_str().unwrap().starts_with("o-"));
    let contact = file["contacts"][0]["id"].as_str().unwrap().to_owned();
    let verify = format!("/constituency/contacts/{contact}/verify");
    let (status, _) = edge.json(&analyst, "POST", &verify, Some(json!({"version": 1}))).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = edge.json(&analyst, "POST", &verify, Some(json!({"version": 1}))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (_, health) = edge.json(&analyst, "GET", "/constituency/health", None).await;
    assert_eq!(health["contacts"], json!({"verified": 1, "stale": 0, "dead": 0}));
    let product = json!({"record": {"organisation": "", "cpe": "wrong"}});
    let (status, problem) = edge.json(&analyst, "POST", &format!("{path}/products"), Some(product)).await;
    assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &json!("cpe")));
    let removal = format!("/constituency/contacts/{contact}?version=2");
    let (status, _) = edge.json(&analyst, "DELETE", &removal, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn files_answer_with_the_difference_or_the_bad_rows() {
    let edge = Edge::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let file = "code,name_ja,contact_channel\na,あ市,inbox\n";
    let path = "/constituency/import?format=csv";
    let (status, trial) = edge.file(&analyst, &format!("{path}&dry_run=true"), "text/csv", file).await;
    assert_eq!((status, &trial["created"], &trial["saved"]), (StatusCode::OK, &json!(1), &json!(false)));
    let bad = "code,name_ja,contact_channel\na,あ市,pigeon\n";
    let (status, refused) = edge.file(&analyst, path, "text/csv", bad).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["errors"][0]["field"], "contact_channel");
    let (status, saved) = edge.file(&analyst, path, "text/csv; charset=utf-8", file).await;
    assert_eq!((status, &saved["saved"]), (StatusCode::OK, &json!(true)));
    let (status, _) = edge.file(&analyst, path, "application/x-www-form-urlencoded", file).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let export = Request::get("/constituency/export?format=csv&kind=unknown").body(Body::empty()).unwrap();
    let (status, kind, content) = edge.send(&analyst, export).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert!(String::from_utf8(content).unwrap().contains("a,あ市"));
    assert_eq!(edge.node.count::<Organisation>().await, 1);
}

#[tokio::test]
async fn a_drill_is_started_once_and_nobody_without_an_account_gets_in() {
    let edge = Edge::start().await;
    let director = person(Role::Director, "csirt", &[]);
    let new = json!({"title": "年次", "audience": {"sector": "medical"}});
    let (status, started) = edge.json(&director, "POST", "/constituency/drills", Some(new.clone())).await;
    assert_eq!(status, StatusCode::CREATED, "{started}");
    let (_, list) = edge.json(&director, "GET", "/constituency/drills", None).await;
    assert_eq!(list["items"][0]["figures"]["asked"], 0);
    assert_eq!(list["items"][0]["open"], true);
    let (status, _) = edge.json(&director, "GET", "/constituency/drills/comparison", None).await;
    assert_eq!(status, StatusCode::OK);
    for path in ["organisations", "contacts", "health", "drills", "drills/silent", "export?format=csv"] {
        let (status, _) =
            edge.json(&Principal::public(), "GET", &format!("/constituency/{path}"), None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let clerk = person(Role::Clerk, "a", &[]);
    let (status, _) = edge.json(&clerk, "POST", "/constituency/drills", Some(new)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = edge.json(&clerk, "GET", "/constituency/drills", None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
