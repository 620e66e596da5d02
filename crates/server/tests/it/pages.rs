//! Pages drawn by the server, and the headers of every answer.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use shinayaka_kernel::label::Role;
use shinayaka_server::messages::Language;

use crate::house::{Answer, House, PASSWORD};

async fn form(house: &House, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .unwrap();
    house.ask(request).await
}

#[tokio::test]
async fn every_answer_has_the_strict_headers() {
    let house = House::new().await;
    let person = house.somebody("suzuki", Role::Analyst).await;
    let mut answers = Vec::new();
    for path in [
        "/",
        "/health",
        "/ready",
        "/metrics",
        "/nothing.js",
        "/pages/sign-in",
        "/pages/welcome",
        "/pages/pages.css",
        "/public/reports",
        "/public/reports/x",
        "/oidc/start",
        "/oidc/callback",
        "/api/v1/session",
        "/api/v1/nothing",
        "/api/v1/accounts",
        "/api/v1/openapi.json",
        "/api/v1/journal/checkpoint",
    ] {
        answers.push((path, house.get(path).await));
        answers.push((path, person.get(path).await));
    }
    for (path, answer) in answers {
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self'; "), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
        if answer.status.is_client_error() {
            let json = answer.header("content-type") == "application/problem+json";
            assert!(json || answer.header("content-type").starts_with("text/html"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_person_signs_in_without_javascript() {
    let house = House::new().await;
    house.add("suzuki", Role::Analyst, None).await;
    let page = house.get("/pages/sign-in").await;
    assert!(page.text.contains("<html lang=\"ja\">") && !page.text.contains("<script"), "{}", page.text);
    assert!(house.get("/pages/sign-in?lang=en").await.text.contains("<html lang=\"en\">"));
    let wrong = form(&house, "/pages/sign-in", &[("name", "suzuki\"><script>"), ("password", "no")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("role=\"alert\"") && !wrong.text.contains("<script>"), "{}", wrong.text);
    let done = form(&house, "/pages/sign-in", &[("name", "suzuki"), ("password", PASSWORD)]).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"));
    assert!(done.cookie().starts_with("shinayaka="));
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let house = House::new().await;
    let request = Request::post("/pages/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://elsewhere.example")
        .body(Body::from("name=a&password=b"))
        .unwrap();
    assert_eq!(house.ask(request).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_one_time_link_works_without_javascript() {
    let house = House::new().await;
    house.add("operator", Role::Operator, None).await;
    let account = house.node.store.account_named("operator").await.unwrap().unwrap();
    let link = house.node.invite(account.id).await.unwrap();
    let secret = link.split_once('#').unwrap().1;
    let new = "quite another sentence";
    let differ = [("secret", secret), ("password", new), ("again", "something else again")];
    assert_eq!(form(&house, "/pages/welcome", &differ).await.status, StatusCode::BAD_REQUEST);
    let good = [("secret", secret), ("password", new), ("again", new)];
    assert_eq!(form(&house, "/pages/welcome", &good).await.status, StatusCode::SEE_OTHER);
    let used = form(&house, "/pages/welcome?lang=en", &good).await;
    assert_eq!(used.status, StatusCode::BAD_REQUEST);
    assert!(used.text.contains(&Language::English.text("page.welcome.link_used")), "{}", used.text);
}

#[tokio::test]
async fn public_forms_are_limited() {
    let house = House::with(&[("limits.public_forms_per_minute", "3")]).await;
    let fields = [("secret", "guess"), ("password", PASSWORD), ("again", PASSWORD)];
    for _ in 0..3 {
        assert_eq!(form(&house, "/pages/welcome", &fields).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(form(&house, "/pages/welcome", &fields).await.status, StatusCode::TOO_MANY_REQUESTS);
    house.clock.advance_seconds(61);
    assert_eq!(form(&house, "/pages/welcome", &fields).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn watchers_are_answered() {
    let house = House::new().await;
    assert_eq!(house.get("/health").await.text, "alive\n");
    assert_eq!(house.get("/ready").await.text, "ready\n");
    assert_eq!(house.get("/metrics").await.status, StatusCode::UNAUTHORIZED);
    let analyst = house.somebody("suzuki", Role::Analyst).await;
    assert_eq!(analyst.get("/metrics").await.status, StatusCode::FORBIDDEN);
    let operator = house.somebody("operator", Role::Operator).await;
    let metrics = operator.get("/metrics").await;
    let counted = "shinayaka_http_requests_total{method=\"POST\",route=\"/api/v1/session\",status=\"200\"} 2";
    assert!(metrics.text.contains(counted), "{}", metrics.text);
    assert!(metrics.text.contains("shinayaka_rows{of=\"journal\"}"));
    assert!(metrics.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let house = House::new().await;
    for coding in ["gzip", "br"] {
        let request = Request::get("/api/v1/openapi.json").header(header::ACCEPT_ENCODING, coding);
        let answer = house.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("content-encoding"), coding);
    }
}
