//! Webhooks against a server that fails, hangs, and checks the signature.

use shinayaka_model::{contact::Channel, warning::DeliveryState};
use shinayaka_warning::send::webhook::{key_for, signature};

use crate::{
    house::{House, content, named},
    receivers::web_server,
};

#[tokio::test]
async fn a_failing_receiver_is_asked_again_with_the_same_key_and_checks_the_signature() {
    let (port, posts) = web_server(vec![500, 503, 200]).await;
    let house = House::new().await;
    let address = format!("http://127.0.0.1:{port}/in");
    house.organisation(named("city"), Channel::Webhook, &address).await;
    let id = house.issue(content(3)).await;
    house.work().await;
    house.pass(600, 30).await;
    let deliveries = house.deliveries(id).await;
    assert_eq!(deliveries[0].record.state, DeliveryState::Delivered, "{:?}", deliveries[0].record);
    assert_eq!(deliveries[0].record.attempts.len(), 3);
    let posts = posts.lock().unwrap();
    assert_eq!(posts.len(), 3);
    let key = format!("idempotency-key: {}", deliveries[0].id);
    let facts = house.warnings.room.facts().unwrap();
    for (head, body) in posts.iter() {
        assert!(head.contains(&key), "{head}");
        let line = head.lines().find(|line| line.starts_with("shinayaka-signature: ")).unwrap();
        let seconds: i64 = line.split("t=").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
        let expected = signature(&key_for(&facts.signing, &address), seconds, body.as_bytes());
        assert!(line.ends_with(&expected), "{line}");
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_may_have_taken_it_and_is_not_asked_again() {
    let (port, posts) = web_server(vec![0, 200]).await;
    let house = House::new().await;
    house.organisation(named("city"), Channel::Webhook, &format!("http://127.0.0.1:{port}/in")).await;
    let id = house.issue(content(3)).await;
    house.work().await;
    house.pass(600, 60).await;
    let delivery = &house.deliveries(id).await[0].record;
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert!(delivery.reason.as_deref().unwrap().starts_with("unknown whether sent"));
    assert_eq!(posts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_listening_is_tried_again_and_a_refusal_is_final() {
    let (port, posts) = web_server(vec![404]).await;
    let house = House::new().await;
    house.organisation(named("gone"), Channel::Webhook, "http://127.0.0.1:9/in").await;
    house.organisation(named("refuses"), Channel::Webhook, &format!("http://127.0.0.1:{port}/in")).await;
    let id = house.issue(content(2)).await;
    house.work().await;
    let deliveries = house.deliveries(id).await;
    let of = |code: &str| &deliveries.iter().find(|one| one.record.organisation == code).unwrap().record;
    assert_eq!(of("gone").state, DeliveryState::Queued);
    assert_eq!(of("refuses").state, DeliveryState::Failed);
    assert_eq!(posts.lock().unwrap().len(), 1);
}
