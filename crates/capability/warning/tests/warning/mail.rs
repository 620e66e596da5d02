//! E-mail against a server that takes, refuses, greylists, hangs, is full, is silent after the data, and is gone.

use serde_json::json;
use shinayaka_kernel::Principal;
use shinayaka_model::{
    contact::Channel,
    delivery::Delivery,
    warning::{DeliveryState, Rung},
};

use crate::{
    house::{House, content, named},
    receivers::{MailServer, Manner},
};

async fn house(server: &MailServer, recipients: usize) -> House {
    let house = House::with_mail(json!({ "port": server.port })).await;
    for number in 0..recipients {
        let code = format!("city-{number:03}");
        house.organisation(named(&code), Channel::Email, &format!("{code}@example.jp")).await;
    }
    house
}

fn states(deliveries: &[shinayaka_kernel::object::Stored<Delivery>]) -> Vec<DeliveryState> {
    deliveries.iter().map(|delivery| delivery.record.state).collect()
}

#[tokio::test]
async fn everybody_gets_the_message_once_with_link_level_and_receipt() {
    let server = MailServer::start(Manner::Takes).await;
    let house = house(&server, 40).await;
    let id = house.issue(content(3)).await;
    house.work().await;
    // The job that looks whether something is missing finds nothing, and nothing is sent again.
    house.pass(60, 10).await;
    let deliveries = house.deliveries(id).await;
    assert_eq!(deliveries.len(), 40);
    for delivery in &deliveries {
        assert_eq!(delivery.record.state, DeliveryState::Delivered, "{:?}", delivery.record);
        assert_eq!(delivery.record.receipt.as_deref(), Some("250 queued as T1"));
        assert_eq!(server.taken_by(&delivery.record.address), 1);
    }
    let log = server.log.lock().unwrap();
    let text = &log.taken[0].1;
    assert!(text.contains("Auto-Submitted: auto-generated"), "{text}");
    let id_of = deliveries.iter().find(|one| one.record.address == log.taken[0].0).unwrap();
    assert!(text.contains(id_of.record.message_id.as_deref().unwrap()), "{text}");
}

#[tokio::test]
async fn a_refusal_is_final_and_says_why() {
    let server = MailServer::start(Manner::Refuses).await;
    let house = house(&server, 2).await;
    let id = house.issue(content(2)).await;
    house.work().await;
    house.pass(3600, 300).await;
    for delivery in house.deliveries(id).await {
        assert_eq!(delivery.record.state, DeliveryState::Failed);
        assert!(delivery.record.reason.unwrap().contains("no such user"));
        assert_eq!(delivery.record.attempts.len(), 1);
    }
}

#[tokio::test]
async fn greylisting_and_a_full_mailbox_are_tried_again() {
    for manner in [Manner::Greylists, Manner::Full] {
        let server = MailServer::start(manner).await;
        let house = house(&server, 3).await;
        let id = house.issue(content(2)).await;
        house.work().await;
        assert_eq!(states(&house.deliveries(id).await), [DeliveryState::Queued; 3], "{manner:?}");
        if manner == Manner::Full {
            server.behave(Manner::Takes);
        }
        house.pass(120, 30).await;
        for delivery in house.deliveries(id).await {
            assert_eq!(delivery.record.state, DeliveryState::Delivered);
            assert_eq!(server.taken_by(&delivery.record.address), 1);
            assert_eq!(delivery.record.attempts.len(), 2);
        }
    }
}

#[tokio::test]
async fn a_server_that_is_gone_for_ten_minutes_costs_nobody_the_message() {
    let server = MailServer::start(Manner::Takes).await;
    let house = house(&server, 20).await;
    server.disappear().await;
    let id = house.issue(content(2)).await;
    house.work().await;
    house.pass(600, 30).await;
    assert!(states(&house.deliveries(id).await).iter().all(|state| *state == DeliveryState::Queued));
    server.come_back().await;
    house.pass(1200, 30).await;
    for delivery in house.deliveries(id).await {
        assert_eq!(delivery.record.state, DeliveryState::Delivered);
        assert_eq!(server.taken_by(&delivery.record.address), 1);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_the_end_with_the_reason() {
    let server = MailServer::start(Manner::Hangs).await;
    let house = house(&server, 1).await;
    let id = house.issue(content(2)).await;
    house.work().await;
    house.pass(2 * 86_400, 7_200).await;
    let deliveries = house.deliveries(id).await;
    assert!(
        deliveries.iter().any(|one| one.record.reason.as_deref().is_some_and(|r| r.contains("12 tries")))
    );
    // Reminders that the ladder sent later have not used up their tries yet.
    let mut first = deliveries.iter().filter(|one| one.record.rung == Rung::First);
    assert!(first.all(|one| one.record.state == DeliveryState::Failed));
    assert!(deliveries.iter().all(|one| one.record.state != DeliveryState::Delivered));
    assert!(server.log.lock().unwrap().taken.is_empty());
}

#[tokio::test]
async fn a_server_that_is_silent_after_the_data_is_not_sent_it_twice() {
    let server = MailServer::start(Manner::SilentAfterData).await;
    let house = house(&server, 2).await;
    let id = house.issue(content(2)).await;
    house.work().await;
    server.behave(Manner::Takes);
    house.pass(3600, 300).await;
    for delivery in house.deliveries(id).await {
        assert_eq!(delivery.record.state, DeliveryState::Failed);
        assert!(delivery.record.reason.unwrap().starts_with("unknown whether sent"));
        assert_eq!(server.taken_by(&delivery.record.address), 1);
    }
}

#[tokio::test]
async fn an_intent_without_an_outcome_is_never_sent_again() {
    let server = MailServer::start(Manner::Takes).await;
    let house = house(&server, 5).await;
    let id = house.issue(content(2)).await;
    // Another worker put its intents on record and died.
    let node = Principal::node();
    let mut writer = house.kernel.writer(&node);
    for delivery in house.deliveries(id).await.iter().take(3) {
        let mut record = delivery.record.clone();
        record.state = DeliveryState::Sending;
        writer.update(delivery, &record).await.unwrap();
    }
    writer.commit().await.unwrap();
    house.work().await;
    house.pass(600, 60).await;
    let deliveries = house.deliveries(id).await;
    let unknown = |one: &&shinayaka_kernel::object::Stored<Delivery>| {
        one.record.reason.as_deref().is_some_and(|reason| reason.starts_with("unknown whether sent"))
    };
    assert_eq!(deliveries.iter().filter(unknown).count(), 3);
    assert_eq!(server.log.lock().unwrap().taken.len(), 2);
    assert!(deliveries.iter().all(|one| one.record.is_over()));
}

#[tokio::test]
async fn what_was_not_sent_before_an_update_is_not_sent_late() {
    let server = MailServer::start(Manner::Greylists).await;
    let house = house(&server, 2).await;
    let id = house.issue(content(2)).await;
    house.work().await;
    let analyst = crate::house::person("analyst", shinayaka_kernel::label::Role::Analyst);
    let version = house.warning(id).await.version;
    let mut newer = content(3);
    newer.headline.ja = "あたらしい知らせ".into();
    let update: shinayaka_warning::service::issue::Update =
        serde_json::from_value(json!({ "version": version, "content": newer })).unwrap();
    let told = shinayaka_warning::service::issue::update(&house.kernel, &analyst, id, update).await.unwrap();
    assert!(told.told && told.edition == 2);
    house.pass(120, 30).await;
    let deliveries = house.deliveries(id).await;
    let count = |state| deliveries.iter().filter(|one| one.record.state == state).count();
    assert_eq!((count(DeliveryState::Withdrawn), count(DeliveryState::Delivered)), (2, 2));
    assert_eq!(server.log.lock().unwrap().taken.len(), 2);
}
