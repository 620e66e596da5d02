//! Whom a warning concerns, and that it stays so.

use serde_json::json;
use shinayaka_kernel::label::Role;
use shinayaka_model::{
    contact::Channel,
    incident::Sector,
    organisation::{Inventory, Organisation},
    product_in_use::ProductInUse,
    warning::{Choice, DeliveryChannel, Exposure, Rung},
};
use shinayaka_warning::service::{audience, draft};

use crate::house::{House, contact, content, named, person};

async fn register(house: &House) {
    let of = |code: &str, sector, prefecture: &str, inventory| Organisation {
        sector: Some(sector),
        prefecture: Some(prefecture.into()),
        inventory,
        ..named(code)
    };
    let medical = Sector::Medical;
    house.organisation(of("runs", medical, "13", Inventory::Complete), Channel::Inbox, "").await;
    house.organisation(of("silent-list", medical, "13", Inventory::Unknown), Channel::Inbox, "").await;
    house.organisation(of("runs-not", medical, "13", Inventory::Complete), Channel::Inbox, "").await;
    house.organisation(of("elsewhere", medical, "27", Inventory::Unknown), Channel::Inbox, "").await;
    house.organisation(of("water", Sector::Water, "13", Inventory::Unknown), Channel::Inbox, "").await;
    let product: ProductInUse =
        serde_json::from_value(json!({ "organisation": "runs", "name": "Example  VPN", "version": "7.1" }))
            .unwrap();
    house.more(&product, "runs").await;
}

#[tokio::test]
async fn product_sector_and_area_make_the_audience_and_unknown_exposure_is_a_group_of_its_own() {
    let house = House::new().await;
    register(&house).await;
    let mut content = content(3);
    content.products = serde_json::from_value(json!([{ "name": "example vpn" }])).unwrap();
    content.target.sectors.insert(Sector::Medical);
    content.target.prefectures.insert("13".into());
    let (recipients, size) = audience::addressed(&house.kernel, &content).await.unwrap();
    let named: Vec<(&str, Exposure)> =
        recipients.iter().map(|one| (one.organisation.as_str(), one.exposure)).collect();
    assert_eq!(named, [("runs", Exposure::Affected), ("silent-list", Exposure::Unknown)]);
    assert_eq!((size.affected, size.unknown_exposure, size.not_affected), (1, 1, 1));
    content.target.organisations.insert("water".into());
    let (recipients, _) = audience::addressed(&house.kernel, &content).await.unwrap();
    assert!(recipients.iter().any(|one| one.organisation == "water" && one.exposure == Exposure::Affected));
}

#[tokio::test]
async fn the_audience_is_frozen_at_issue() {
    let house = House::new().await;
    register(&house).await;
    let id = house.issue(content(3)).await;
    house.organisation(named("later"), Channel::Inbox, "").await;
    let frozen = audience::frozen(&house.kernel, id).await.unwrap();
    assert_eq!(frozen.len(), 5);
    assert_eq!(house.warning(id).await.record.affected, 5);
}

#[tokio::test]
async fn a_draft_is_told_what_it_lacks_whom_it_addresses_and_what_says_the_same() {
    let house = House::new().await;
    register(&house).await;
    let open = house.issue(content(3)).await;
    let analyst = person("analyst", Role::Analyst);
    let mut content = content(5);
    content.sources.clear();
    content.plain.ja = "脆弱性があります。".into();
    let checked = draft::check(&house.kernel, analyst.reader(&house.kernel), &content, None).await.unwrap();
    assert_eq!(checked.missing.unwrap().field, "content.sources");
    assert_eq!(checked.duplicates[0].id, open);
    assert!(checked.needs_approval && checked.plain_language.len() == 1);
    assert_eq!(checked.level_ja, "レベル5特別警報");
    let own = draft::check(&house.kernel, analyst.reader(&house.kernel), &content, Some(open)).await.unwrap();
    assert!(own.duplicates.is_empty());
}

#[tokio::test]
async fn the_silent_are_asked_again_on_the_next_contact_at_their_hub_and_by_telephone() {
    let house = House::new().await;
    house.organisation(named("answers"), Channel::Inbox, "").await;
    house.organisation(named("silent"), Channel::Inbox, "").await;
    house.organisation(named("hub-a"), Channel::Inbox, "").await;
    house.more(&contact("silent", Channel::Webhook, "http://127.0.0.1:9/next", 2), "silent").await;
    house.more(&contact("silent", Channel::Telephone, "03-0000-0000", 3), "silent").await;
    let mut content = content(5);
    content.target.organisations.extend(["answers".to_owned(), "silent".to_owned()]);
    let id = house.issue(content).await;
    let new = serde_json::from_value(json!({ "organisation": "answers", "choice": Choice::Done })).unwrap();
    let source = shinayaka_warning::service::answer::Source {
        via: shinayaka_model::warning::AnswerVia::Telephone,
        by: "analyst".into(),
        delivery: None,
    };
    let node = shinayaka_kernel::Principal::node();
    shinayaka_warning::service::answer::record(&house.kernel, &node, id, &new, &source).await.unwrap();
    house.work().await;
    house.pass(3660, 60).await;
    let deliveries = house.deliveries(id).await;
    let made = |code: &str, rung, channel| {
        deliveries.iter().any(|one| {
            let record = &one.record;
            record.organisation == code && record.rung == rung && record.channel == channel
        })
    };
    assert!(made("silent", Rung::Reminder, DeliveryChannel::Inbox));
    assert!(made("silent", Rung::NextContact, DeliveryChannel::Webhook));
    assert!(made("silent", Rung::Telephone, DeliveryChannel::Telephone));
    assert!(made("hub-a", Rung::Hub, DeliveryChannel::Inbox), "one message to the hub");
    let asked_again = deliveries.iter().filter(|one| one.record.organisation == "answers");
    assert_eq!(asked_again.count(), 1, "whoever answered is left in peace");
}
