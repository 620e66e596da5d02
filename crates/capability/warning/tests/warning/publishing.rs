//! What everybody may see: the public page, the feeds, CAP, and the same as files.

use axum::http::StatusCode;
use shinayaka_kernel::{Principal, capability::Capability, label::Role};
use shinayaka_model::{
    contact::Channel,
    warning::{State, Wording},
};
use shinayaka_warning::service::{cap, issue};

use crate::house::{House, content, named, person};

async fn published() -> (House, shinayaka_kernel::ObjectId, shinayaka_kernel::ObjectId) {
    let house = House::new().await;
    house.organisation(named("city"), Channel::Inbox, "").await;
    let mut open = content(3);
    open.public = true;
    open.target.prefectures.insert("13".into());
    let public = house.issue(open).await;
    let mut closed = content(2);
    closed.headline = Wording::new("内部だけの警報", "For members only");
    let private = house.issue(closed).await;
    (house, public, private)
}

#[tokio::test]
async fn the_public_page_shows_public_warnings_only_and_nothing_of_their_recipients() {
    let (house, public, private) = published().await;
    for language in ["ja", "en"] {
        let (status, text) = house.get(&format!("/public/{language}/")).await;
        assert_eq!(status, StatusCode::OK);
        // The template writes a stroke as a character reference.
        let text = text.replace("&#x2f;", "/");
        assert!(text.contains(&format!("warnings/{public}")));
        assert!(!text.contains(&private.to_string()) && !text.contains("内部だけ") && !text.contains("city"));
        assert!(text.contains("p13 level-3") && text.contains("p27 level-0"));
        let (status, text) = house.get(&format!("/public/{language}/warnings/{public}")).await;
        assert!(status == StatusCode::OK && !text.contains("analyst"), "who wrote it is not told");
        assert_eq!(
            house.get(&format!("/public/{language}/warnings/{private}")).await.0,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(house.get(&format!("/public/warnings/{private}/cap.xml")).await.0, StatusCode::NOT_FOUND);
    for feed in ["feed.atom", "feed.json", "updates.ics"] {
        let (status, text) = house.get(&format!("/public/{feed}")).await;
        assert!(status == StatusCode::OK && !text.contains(&private.to_string()), "{feed}");
        assert!(text.replace("\r\n ", "").contains(&public.to_string()), "{feed}: {text}");
    }
}

#[tokio::test]
async fn the_same_is_written_as_files_that_name_each_other_and_nothing_outside() {
    let (house, public, _) = published().await;
    let node = Principal::node();
    let files = house.warnings.export_folder(&house.kernel, &node, "public-site").await.unwrap();
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    for (path, content) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        // The template writes a stroke as a character reference.
        let text = String::from_utf8(content.clone()).unwrap().replace("&#x2f;", "/");
        for part in text.split("href=\"").skip(1) {
            let href = part.split('"').next().unwrap();
            if href.starts_with("https://vendor.example") {
                continue;
            }
            let mut place: Vec<&str> = path.split('/').collect();
            place.pop();
            for step in href.split('/') {
                match step {
                    ".." => drop(place.pop()),
                    "" => panic!("{path}: {href}"),
                    step => place.push(step),
                }
            }
            assert!(paths.contains(&place.join("/").as_str()), "{path}: {href}");
        }
    }
    assert!(paths.contains(&format!("warnings/{public}/cap.xml").as_str()));
}

#[tokio::test]
async fn a_chain_of_messages_is_a_chain_of_alerts_and_comes_back_as_a_draft() {
    let (house, public, _) = published().await;
    let analyst = person("analyst", Role::Analyst);
    let facts = house.warnings.room.facts().unwrap();
    let first = cap::alert(facts, &house.warning(public).await).unwrap();
    assert_eq!((first.msg_type.as_str(), first.infos.len(), first.references.len()), ("Alert", 2, 0));
    assert!(first.infos.iter().all(|info| info.event.chars().count() <= 35));
    let version = house.warning(public).await.version;
    let why = Wording::new("収まりました", "It has passed");
    issue::cancel(&house.kernel, &analyst, public, version, why).await.unwrap();
    let last = cap::alert(facts, &house.warning(public).await).unwrap();
    assert_eq!(last.msg_type, "Cancel");
    assert_eq!(last.references[0].identifier, first.identifier);
    assert_eq!(last.references[0].sent, first.sent);
    let (status, document) = house.get(&format!("/public/warnings/{public}/cap.xml")).await;
    assert_eq!(status, StatusCode::OK);
    let draft = cap::import(analyst.writer(&house.kernel), document.as_bytes()).await.unwrap();
    let draft = house.warning(draft.0).await.record;
    assert_eq!(draft.state, State::Draft);
    assert_eq!(draft.content.headline, content(3).headline);
    assert_eq!(draft.origin.unwrap().identifier, last.identifier);
    assert!(draft.content.target.prefectures.contains("13"));
}
