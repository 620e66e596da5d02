//! Four eyes above level 3, versions, cancellation, corrections.

use serde_json::json;
use shinayaka_kernel::{Error, label::Role};
use shinayaka_model::{
    contact::Channel,
    warning::{State, Wording},
};
use shinayaka_warning::service::{draft, issue};

use crate::house::{House, content, named, person};

#[tokio::test]
async fn the_author_cannot_approve_and_nothing_above_level_3_goes_out_without() {
    let house = House::new().await;
    house.organisation(named("city"), Channel::Inbox, "").await;
    let (author, other) = (person("author", Role::Analyst), person("other", Role::Analyst));
    let made = draft::make(author.writer(&house.kernel), content(4), None, None, false).await.unwrap();
    let refused = issue::issue(&house.kernel, &author, made.0, 1).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = draft::approve(author.writer(&house.kernel), made.0, 1).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let approved = draft::approve(other.writer(&house.kernel), made.0, 1).await.unwrap();
    assert_eq!(approved.record.state, State::Approved);
    // A change after the approval takes it away, and makes whoever changed it the author.
    let changed = draft::change(other.writer(&house.kernel), made.0, 2, content(5)).await.unwrap();
    assert_eq!(changed.record.state, State::Draft);
    assert!(matches!(issue::issue(&house.kernel, &author, made.0, 3).await, Err(Error::Forbidden(_))));
    assert!(matches!(draft::approve(other.writer(&house.kernel), made.0, 3).await, Err(Error::Forbidden(_))));
    draft::approve(author.writer(&house.kernel), made.0, 3).await.unwrap();
    let issued = issue::issue(&house.kernel, &other, made.0, 4).await.unwrap();
    assert_eq!((issued.affected, issued.deliveries), (1, 1));
    let again = issue::issue(&house.kernel, &other, made.0, 5).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "issued once only");
}

#[tokio::test]
async fn an_update_to_a_high_level_waits_for_a_second_person() {
    let house = House::new().await;
    house.organisation(named("city"), Channel::Inbox, "").await;
    let id = house.issue(content(2)).await;
    let (author, other) = (person("author", Role::Analyst), person("other", Role::Director));
    let version = house.warning(id).await.version;
    let update = serde_json::from_value(json!({ "version": version, "content": content(5) })).unwrap();
    let told = issue::update(&house.kernel, &author, id, update).await.unwrap();
    assert!(!told.told);
    assert_eq!(house.warning(id).await.record.content.level, 2);
    let own = issue::approve_update(&house.kernel, &author, id, told.version).await;
    assert!(matches!(own, Err(Error::Forbidden(_))));
    let told = issue::approve_update(&house.kernel, &other, id, told.version).await.unwrap();
    assert!(told.told && told.edition == 2);
    let warning = house.warning(id).await.record;
    assert_eq!((warning.content.level, warning.state), (5, State::Updated));
    assert!(warning.pending.is_none());
}

#[tokio::test]
async fn a_cancellation_needs_a_reason_and_ends_it_and_nothing_is_lost() {
    let house = House::new().await;
    house.organisation(named("city"), Channel::Inbox, "").await;
    let id = house.issue(content(2)).await;
    let analyst = person("analyst", Role::Analyst);
    let version = house.warning(id).await.version;
    let empty = issue::cancel(&house.kernel, &analyst, id, version, Wording::default()).await;
    assert!(matches!(empty, Err(Error::Invalid { .. })));
    let was = Wording::new("三組織", "three");
    let writer = analyst.writer(&house.kernel);
    let version = issue::correct(writer, id, version, was, Wording::new("四組織", "four")).await.unwrap();
    let why = Wording::new("終わりました", "It is over");
    issue::cancel(&house.kernel, &analyst, id, version, why).await.unwrap();
    let warning = house.warning(id).await.record;
    assert_eq!(warning.state, State::Cancelled);
    assert_eq!((warning.editions.len(), warning.corrections.len()), (2, 1));
    // First message and cancellation, both in the inbox.
    assert_eq!(house.deliveries(id).await.len(), 2);
}

#[tokio::test]
async fn whoever_is_not_of_the_house_sees_no_draft_and_writes_none() {
    let house = House::new().await;
    let analyst = person("analyst", Role::Analyst);
    let made = draft::make(analyst.writer(&house.kernel), content(2), None, None, false).await.unwrap();
    for role in [
        Role::Secretary,
        Role::Officer,
        Role::Clerk,
        Role::Assessor,
        Role::Council,
        Role::Operator,
        Role::Public,
    ] {
        let viewer = person("somebody", role);
        let found = shinayaka_warning::service::inbox::get(&house.kernel, &viewer, made.0).await;
        assert!(matches!(found, Err(Error::NotFound)), "{role:?}");
        let list = draft::list(&viewer, &house.kernel, &draft::WarningFilter::default(), None, None).await;
        assert!(list.unwrap().items.is_empty(), "{role:?}");
        let writes = draft::make(viewer.writer(&house.kernel), content(2), None, None, false).await;
        assert!(matches!(writes, Err(Error::Forbidden(_))), "{role:?}");
    }
}
