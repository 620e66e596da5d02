//! What one may not see does not exist: not in lists, search, counts, history, journal or error texts.

use axum::http::StatusCode;
use serde_json::{Value, json};
use shinayaka_kernel::{
    ObjectId, Principal,
    access::Keep,
    label::{Audience, Label, Pap, Party, ReleaseView, Role, Tlp},
};
use shinayaka_model::council::CouncilReport;

use crate::house::{House, START};

const MISSING: &str = "01932f5e-0000-7000-8000-000000000001";

fn report(title: &str) -> CouncilReport {
    let cycle: ObjectId = MISSING.parse().unwrap();
    CouncilReport {
        cycle,
        title: title.to_owned(),
        frozen_at: START,
        closed_at: START,
        published_at: START,
        members: 0,
        members_scored: 0,
        alpha: None,
        measures: Vec::new(),
        proposals: Vec::new(),
        follow_ups: Vec::new(),
    }
}

fn label(audience: Audience) -> Label {
    Label { tlp: Tlp::Clear, audience, pap: Pap::Clear, view: ReleaseView::Technical }
}

async fn keep(house: &House, title: &str, audience: Audience) -> ObjectId {
    let director = Principal { roles: [Role::Director].into(), ..Principal::node() };
    let mut writer = house.node.kernel.writer(&director);
    let id = writer.create(&report(title), &Keep::labelled(label(audience))).await.unwrap();
    writer.commit().await.unwrap();
    house.settle().await;
    id
}

#[tokio::test]
async fn an_object_for_nobody_is_seen_by_nobody() {
    let house = House::new().await;
    let hidden = keep(&house, "秘匿の報告", Audience::nobody()).await;
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Public) {
        let name = format!("person-{}", serde_json::to_value(role).unwrap().as_str().unwrap());
        let person = house.somebody(&name, role).await;
        let shown = person.get(&format!("/api/v1/objects/{hidden}")).await;
        let missing = person.get(&format!("/api/v1/objects/{MISSING}")).await;
        assert_eq!(shown.status, StatusCode::NOT_FOUND, "{role:?}");
        assert_eq!(shown.text, missing.text, "{role:?}: hidden and missing are told the same");
        let version = person.get(&format!("/api/v1/objects/{hidden}/versions/1")).await;
        assert_eq!(version.text, missing.text, "{role:?}");
        let found = person.get("/api/v1/search?q=%E7%A7%98%E5%8C%BF").await;
        assert_eq!(found.json(), json!({ "items": [] }), "{role:?}");
        let entries = person.get("/api/v1/journal/entries").await;
        assert!(!entries.text.contains(&hidden.to_string()), "{role:?}");
        let page = person.get(&format!("/public/reports/{hidden}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{role:?}");
        assert!(!page.text.contains("秘匿"), "{role:?}");
        assert!(!person.get("/public/reports").await.text.contains("秘匿"), "{role:?}");
    }
}

#[tokio::test]
async fn what_one_party_may_see_is_hidden_from_the_others() {
    let house = House::new().await;
    house.add("inside", Role::Director, Some("県")).await;
    house.add("outside", Role::Director, Some("市")).await;
    let audience = Audience::any_of([Party::Organisation("県".into())]);
    let id = keep(&house, "県だけの報告", audience).await;
    let (inside, outside) = (house.sign_in("inside").await, house.sign_in("outside").await);
    let path = format!("/api/v1/objects/{id}");
    let seen = inside.get(&path).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert_eq!(seen.json()["hit"]["title"], "県だけの報告");
    assert_eq!(outside.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get(&path).await.status, StatusCode::NOT_FOUND);
    // The journal has the same number of lines for everybody; the entry is shown to those who may see the object.
    let line = |entries: Value| {
        let items = entries["items"].as_array().unwrap().clone();
        let shown = items.iter().filter(|item| item["entry"]["object"] == json!(id)).count();
        (items.len(), shown)
    };
    let (all, shown) = line(inside.get("/api/v1/journal/entries").await.json());
    assert_eq!(shown, 1);
    assert_eq!(line(outside.get("/api/v1/journal/entries").await.json()), (all, 0));
    assert_eq!(line(house.get("/api/v1/journal/entries").await.json()), (all, 0));
}
