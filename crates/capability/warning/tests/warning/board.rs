//! The board: exactly once, and each sees only what they may.

use serde_json::json;
use shinayaka_kernel::{Error, Principal, label::Role};
use shinayaka_model::{contact::Channel, organisation::Organisation, warning::AnswerVia};
use shinayaka_warning::{
    board::{
        counts::ProtectedCounts,
        view::{Group, RecipientFilter, View, draw, recipients},
    },
    service::answer::{Source, record},
};

use crate::house::{House, content, named, of_organisation, person};

async fn say(
    house: &House,
    id: shinayaka_kernel::ObjectId,
    code: &str,
    choice: &str,
) -> shinayaka_kernel::Result<()> {
    let new = serde_json::from_value(json!({ "organisation": code, "choice": choice })).unwrap();
    let source = Source { via: AnswerVia::Telephone, by: "analyst".into(), delivery: None };
    let node = Principal::node();
    record(&house.kernel, &node, id, &new, &source).await.map(|_| ())
}

#[tokio::test]
async fn answers_that_come_at_once_are_counted_exactly_once_while_the_board_is_watched() {
    let house = House::new().await;
    for number in 0..60 {
        house.organisation(named(&format!("city-{number:02}")), Channel::Inbox, "").await;
    }
    let id = house.issue(content(3)).await;
    let answers = (0..60).flat_map(|number| {
        let house = &house;
        let code = format!("city-{number:02}");
        // Everybody presses twice, the second time something else for every third.
        let second = if number % 3 == 0 { "call" } else { "done" };
        [(code.clone(), "done"), (code, second)].into_iter().map(move |(code, choice)| async move {
            say(house, id, &code, choice).await.unwrap();
        })
    });
    let watching = async {
        for _ in 0..10 {
            let board = house.warnings.room.boards.fresh(&house.kernel, id).await.unwrap();
            let counts = board.read().unwrap().counts(|_| true);
            assert_eq!(counts.acted + counts.cannot + counts.call + counts.silent, 60);
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
    };
    tokio::join!(futures::future::join_all(answers), watching);
    tokio::time::sleep(shinayaka_warning::board::FRESH).await;
    let board = house.warnings.room.boards.fresh(&house.kernel, id).await.unwrap();
    let counts = board.read().unwrap().counts(|_| true);
    assert_eq!((counts.affected, counts.silent, counts.acted + counts.call), (60, 0, 60));
    // Another process that looks for the first time sees the same.
    let other = shinayaka_warning::board::Boards::default();
    let anew = other.fresh(&house.kernel, id).await.unwrap();
    assert_eq!(anew.read().unwrap().counts(|_| true), counts);
}

#[tokio::test]
async fn a_member_sees_itself_a_hub_its_members_the_house_all_and_strangers_nothing() {
    let house = House::new().await;
    for number in 0..12 {
        let hub = if number < 4 { "hub-a" } else { "hub-b" };
        let organisation =
            Organisation { hubs: [hub.to_owned()].into(), ..named(&format!("city-{number:02}")) };
        house.organisation(organisation, Channel::Inbox, "").await;
    }
    let id = house.issue(content(3)).await;
    say(&house, id, "city-00", "done").await.unwrap();
    assert!(matches!(say(&house, id, "stranger", "done").await, Err(Error::NotFound)));
    let board = house.warnings.room.boards.fresh(&house.kernel, id).await.unwrap();
    let board = board.read().unwrap();
    let drawn = |viewer: &shinayaka_kernel::http::Viewer| {
        draw(&board, &View::of(&viewer.0).unwrap(), house.kernel.now(), 10)
    };
    let all = drawn(&person("director", Role::Director));
    assert_eq!((all.totals.affected, all.totals.acted, all.by_hub.len()), (12, 1, 2));
    assert!(all.everybody.is_none());
    let mut secretary = person("secretary", Role::Secretary);
    secretary.0.communities.insert("hub-a".into());
    let hub = drawn(&secretary);
    assert_eq!((hub.totals.affected, hub.by_hub.len()), (4, 1));
    let own = drawn(&of_organisation("clerk", Role::Clerk, "city-00"));
    assert_eq!((own.totals.affected, own.totals.acted, own.by_hub.len()), (1, 1, 0));
    // One of twelve acted: too few to be told to others.
    let protected = ProtectedCounts { affected: Some(12), reached: None, acted: None };
    assert_eq!(own.everybody, Some(protected));
    let view = View::of(&of_organisation("clerk", Role::Clerk, "city-00").0).unwrap();
    let list = recipients(&board, &view, &RecipientFilter::default(), None, None).unwrap();
    assert_eq!(list.items.iter().map(|one| one.organisation.as_str()).collect::<Vec<_>>(), ["city-00"]);
    for role in [Role::Assessor, Role::Council, Role::Operator, Role::Public] {
        assert!(matches!(View::of(&person("x", role).0), Err(Error::NotFound)), "{role:?}");
    }
}

#[tokio::test]
async fn the_silent_can_be_drilled_down_to_in_pages() {
    let house = House::new().await;
    for number in 0..7 {
        house.organisation(named(&format!("city-{number}")), Channel::Inbox, "").await;
    }
    let id = house.issue(content(3)).await;
    say(&house, id, "city-3", "done").await.unwrap();
    let board = house.warnings.room.boards.fresh(&house.kernel, id).await.unwrap();
    let board = board.read().unwrap();
    let filter = RecipientFilter { group: Some(Group::Silent), ..RecipientFilter::default() };
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = recipients(&board, &View::House, &filter, after.as_deref(), Some(2)).unwrap();
        seen.extend(page.items.into_iter().map(|one| one.organisation));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["city-0", "city-1", "city-2", "city-4", "city-5", "city-6"]);
}
