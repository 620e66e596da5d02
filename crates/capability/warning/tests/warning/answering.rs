//! The page behind the link.

use std::time::Instant;

use axum::http::StatusCode;
use shinayaka_kernel::{ObjectId, Principal, clock::Timestamp};
use shinayaka_model::{contact::Channel, delivery::Answer, warning::Choice};

use crate::house::{House, content, named};

async fn link(house: &House) -> (ObjectId, String) {
    house.organisation(named("city"), Channel::Inbox, "").await;
    let id = house.issue(content(3)).await;
    let delivery = &house.deliveries(id).await[0];
    let facts = house.warnings.room.facts().unwrap();
    let link = shinayaka_warning::send::message::link(facts, delivery.id, delivery.record.queued_at);
    (id, link.strip_prefix("https://node.example").unwrap().to_owned())
}

async fn answer(house: &House, id: ObjectId) -> Option<Answer> {
    let node = Principal::node();
    house.kernel.reader(&node).get::<Answer>(Answer::id(id, "city")).await.ok().map(|stored| stored.record)
}

#[tokio::test]
async fn the_page_tells_the_one_thing_to_do_in_both_languages_and_looking_changes_nothing() {
    let house = House::new().await;
    let (id, link) = link(&house).await;
    let before = house.store.census().await.unwrap();
    for (language, expected) in [("ja", "更新を入れる"), ("en", "Install the update")] {
        let (status, text) = house.get(&format!("{link}?lang={language}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains(expected) && text.contains("name=\"choice\""), "{text}");
        assert!(!text.contains("<script"));
    }
    let after = house.store.census().await.unwrap();
    assert_eq!((before.versions, before.journal), (after.versions, after.journal));
    assert!(answer(&house, id).await.is_none());
}

#[tokio::test]
async fn pressing_again_is_safe_and_counted_and_the_newest_answer_holds() {
    let house = House::new().await;
    let (id, link) = link(&house).await;
    for _ in 0..3 {
        assert_eq!(house.press(&link, "choice=done").await.0, StatusCode::SEE_OTHER);
    }
    let done = answer(&house, id).await.unwrap();
    assert_eq!((done.choice, done.clicks), (Choice::Done, 3));
    assert_eq!(house.press(&link, "choice=cannot").await.0, StatusCode::BAD_REQUEST, "a reason is asked for");
    house.press(&link, "choice=cannot&reason=supplier&note=%E9%80%A3%E7%B5%A1%E6%B8%88").await;
    let cannot = answer(&house, id).await.unwrap();
    assert_eq!((cannot.choice, cannot.clicks, cannot.note.as_str()), (Choice::Cannot, 4, "連絡済"));
    let (_, text) = house.get(&format!("{link}?lang=ja")).await;
    assert!(text.contains("受け取りました") && text.contains("value=\"withdrawn\""));
}

#[tokio::test]
async fn an_answer_can_be_taken_back_for_ten_minutes() {
    let house = House::new().await;
    let (id, link) = link(&house).await;
    house.press(&link, "choice=done").await;
    house.clock.advance_seconds(599);
    assert_eq!(house.press(&link, "choice=withdrawn").await.0, StatusCode::SEE_OTHER);
    assert_eq!(answer(&house, id).await.unwrap().choice, Choice::Withdrawn);
    house.press(&link, "choice=call").await;
    house.clock.advance_seconds(601);
    assert_eq!(house.press(&link, "choice=withdrawn").await.0, StatusCode::CONFLICT);
    assert_eq!(answer(&house, id).await.unwrap().choice, Choice::Call);
}

#[tokio::test]
async fn a_warning_that_is_over_takes_no_answer_and_says_so() {
    let house = House::new().await;
    let (id, link) = link(&house).await;
    let analyst = crate::house::person("analyst", shinayaka_kernel::label::Role::Analyst);
    let version = house.warning(id).await.version;
    let why = shinayaka_model::warning::Wording::new("収まりました", "It has passed");
    shinayaka_warning::service::issue::cancel(&house.kernel, &analyst, id, version, why).await.unwrap();
    let (_, text) = house.get(&format!("{link}?lang=ja")).await;
    assert!(text.contains("収まりました") && !text.contains("value=\"done\""));
    assert_eq!(house.press(&link, "choice=done").await.0, StatusCode::CONFLICT);
    assert!(answer(&house, id).await.is_none());
}

#[tokio::test]
async fn links_that_open_nothing_are_answered_alike_in_content_and_in_time() {
    let house = House::new().await;
    let (_, link) = link(&house).await;
    let facts = house.warnings.room.facts().unwrap();
    let unknown = facts.links.token(ObjectId::named("nothing"), Timestamp::from_microseconds(i64::MAX));
    let mut forged = link.trim_start_matches("/a/").to_owned().into_bytes();
    forged[10] = if forged[10] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    house.clock.advance_seconds(31 * 86_400);
    let expired = link.trim_start_matches("/a/").to_owned();
    let kinds = [unknown, forged, expired, "x".into(), "A".repeat(200)];
    let mut texts = Vec::new();
    let mut times = vec![Vec::new(); kinds.len()];
    for round in 0..60 {
        for (place, token) in kinds.iter().enumerate() {
            let begun = Instant::now();
            let (status, text) = house.get(&format!("/a/{token}?lang=ja")).await;
            // The first rounds warm everything up.
            if round >= 10 {
                times[place].push(begun.elapsed());
            }
            assert_eq!(status, StatusCode::NOT_FOUND);
            texts.push(text);
            assert_eq!(house.press(&format!("/a/{token}"), "choice=done").await.0, StatusCode::NOT_FOUND);
        }
    }
    assert!(texts.iter().all(|text| *text == texts[0]));
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        })
        .collect();
    let (least, most) = medians.iter().fold((f64::MAX, 0.0f64), |(a, b), t| (a.min(*t), b.max(*t)));
    assert!(most < least * 3.0 + 0.002, "{medians:?}");
}
