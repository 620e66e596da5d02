//! The constituency on a whole node: who sees whom, and a drill that travels the road of a warning.

use axum::http::StatusCode;
use serde_json::{Value, json};
use shinayaka_kernel::label::Role;

use crate::house::{House, Person};

async fn register(who: &Person<'_>, code: &str) -> String {
    let new = json!({
        "record": { "code": code, "name_ja": code, "sector": "medical" },
        "contact": { "organisation": "", "channel": "email", "address": format!("soc@{code}.example") },
    });
    let answer = who.post("/api/v1/constituency/organisations", new).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn codes(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["record"]["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_member_sees_itself_and_the_house_everybody() {
    let house = House::new().await;
    let analyst = house.somebody("analyst", Role::Analyst).await;
    let (own, other) = (register(&analyst, "a-hospital").await, register(&analyst, "b-hospital").await);
    house.add("clerk", Role::Clerk, Some("a-hospital")).await;
    let clerk = house.sign_in("clerk").await;
    let list = "/api/v1/constituency/organisations";
    assert_eq!(codes(&analyst.get(list).await.json()), ["a-hospital", "b-hospital"]);
    assert_eq!(codes(&clerk.get(list).await.json()), ["a-hospital"]);
    assert_eq!(clerk.get(&format!("{list}/{own}")).await.status, StatusCode::OK);
    // There and not for the clerk, and not there at all: the same answer.
    let hidden = clerk.get(&format!("{list}/{other}")).await;
    let missing = clerk.get(&format!("{list}/00000000-0000-7000-8000-000000000000")).await;
    assert_eq!((hidden.status, &hidden.text), (StatusCode::NOT_FOUND, &missing.text));
    let found = clerk.get("/api/v1/search?q=b-hospital").await.json();
    assert_eq!(found["items"], json!([]));
    let entries = clerk.get(&format!("/api/v1/objects/{other}")).await;
    assert_eq!(entries.status, StatusCode::NOT_FOUND);
}

#[cfg(feature = "capability-warning")]
#[tokio::test]
async fn a_drill_travels_the_road_of_a_warning() {
    let house = House::seeded().await;
    let director = house.somebody("director", Role::Director).await;
    for code in ["a-hospital", "b-hospital"] {
        register(&director, code).await;
    }
    let new = json!({ "title": "疎通確認", "audience": { "sector": "medical" }, "hours": 1 });
    let started = director.post("/api/v1/constituency/drills", new).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text);
    let path = format!("/api/v1/constituency/drills/{}", started.json()["id"].as_str().unwrap());
    let open = director.get(&path).await.json();
    assert_eq!((&open["open"], &open["figures"]["asked"]), (&json!(true), &json!(2)));
    house.clock.advance_seconds(2 * 3_600);
    house.settle().await;
    // The session has run out meanwhile.
    let director = house.sign_in("director").await;
    let closed = director.get(&path).await.json();
    assert_eq!((&closed["open"], &closed["figures"]["asked"]), (&json!(false), &json!(2)), "{closed}");
    assert_eq!(closed["figures"]["answered"], 0);
}
