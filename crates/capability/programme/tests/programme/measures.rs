use shinayaka_kernel::{Error, Principal, capability::Capability, http::Viewer, label::Role};
use shinayaka_model::measure::{Evidence, Measure, MeasureStatus, Milestone};
use shinayaka_programme::{
    capability,
    service::measures::{all, board, change, detail, programme},
};

use crate::node::{Node, field, person};

#[tokio::test]
async fn seeding_twice_makes_42_measures_once() {
    let node = Node::start().await;
    capability().seed(&node.kernel).await.unwrap();
    let analyst = person("analyst", Role::Analyst);
    let measures = all(analyst.reader(&node.kernel)).await.unwrap();
    assert!(measures.iter().map(|measure| measure.record.no).eq(1..=42));
    assert!(measures.iter().all(|measure| measure.version == 1 && !measure.synthetic));
    assert_eq!(measures[17].id, Measure::id_of(18));
}

#[tokio::test]
async fn the_director_hands_a_measure_to_an_organisation_whose_officer_then_steers_it() {
    let node = Node::start().await;
    let director = person("director", Role::Director);
    let officer = person("経済産業省", Role::Officer);
    let mut draft = node.draft(&director, 6).await;
    draft.owner = Some("経済産業省".into());
    draft.status = MeasureStatus::Planned;
    // Before it is handed over, the officer may not touch it.
    let refused = change(&node.kernel, &officer, 6, draft.clone()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let stored = change(&node.kernel, &director, 6, draft).await.unwrap();
    assert_eq!((stored.version, stored.owner.as_deref()), (2, Some("経済産業省")));

    let mut draft = node.draft(&officer, 6).await;
    draft.status = MeasureStatus::InProgress;
    draft.milestones =
        vec![Milestone {
            title: "届出の受付".into(), due: "2027-03-31".parse().unwrap(), done_on: None
        }];
    let stored = change(&node.kernel, &officer, 6, draft).await.unwrap();
    assert_eq!(stored.record.status, MeasureStatus::InProgress);
    // The officer cannot give it away, and cannot touch another one.
    let mut draft = node.draft(&officer, 6).await;
    draft.owner = Some("総務省".into());
    assert!(matches!(change(&node.kernel, &officer, 6, draft).await, Err(Error::Forbidden(_))));
    let draft = node.draft(&officer, 7).await;
    assert!(matches!(change(&node.kernel, &officer, 7, draft).await, Err(Error::Forbidden(_))));

    let cards = board(officer.reader(&node.kernel)).await.unwrap();
    assert_eq!(cards.iter().filter(|card| card.may_edit).map(|card| card.no).collect::<Vec<_>>(), [6]);
    assert_eq!(cards[5].next_milestone.as_ref().unwrap().title, "届出の受付");
    let whole = programme(officer.reader(&node.kernel)).await.unwrap();
    assert_eq!((whole.status_counts["in_progress"], whole.status_counts["unknown"]), (1, 41));
    assert_eq!(whole.status_counts.values().sum::<u64>(), 42);
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_and_saves_nothing() {
    let node = Node::start().await;
    let director = person("director", Role::Director);
    let draft = node.draft(&director, 1).await;
    change(&node.kernel, &director, 1, draft.clone()).await.unwrap();
    let stale = change(&node.kernel, &director, 1, draft).await;
    assert!(matches!(stale, Err(Error::Conflict(_))), "{stale:?}");
    assert_eq!(detail(director.reader(&node.kernel), 1).await.unwrap().measure.version, 2);
}

#[tokio::test]
async fn faults_name_their_field() {
    let node = Node::start().await;
    let director = person("director", Role::Director);
    let draft = node.draft(&director, 1).await;
    let mut early = draft.clone();
    early.milestones = vec![Milestone {
        title: "x".into(),
        due: "2026-12-01".parse().unwrap(),
        done_on: Some("2026-11-23".parse().unwrap()),
    }];
    assert_eq!(field(change(&node.kernel, &director, 1, early).await), "milestones[0].done_on");
    let mut bare = draft.clone();
    bare.status = MeasureStatus::Achieved;
    assert_eq!(field(change(&node.kernel, &director, 1, bare).await), "evidence");
    let mut nowhere = draft.clone();
    let object = Some(shinayaka_kernel::ObjectId::named("nothing"));
    nowhere.evidence = vec![Evidence { title: "x".into(), url: None, object }];
    assert_eq!(field(change(&node.kernel, &director, 1, nowhere).await), "evidence[0].object");
    let mut long = draft.clone();
    long.note = "長".repeat(4_000);
    assert_eq!(field(change(&node.kernel, &director, 1, long).await), "note");
    assert!(matches!(change(&node.kernel, &director, 43, draft).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn without_a_role_or_an_account_nothing_is_shown() {
    let node = Node::start().await;
    let mut stranger = person("stranger", Role::Clerk);
    stranger.0.roles.clear();
    for viewer in [stranger, Viewer(Principal::public())] {
        let reader = viewer.reader(&node.kernel);
        assert!(matches!(board(reader).await, Err(Error::Forbidden(_))));
        assert!(matches!(programme(reader).await, Err(Error::Forbidden(_))));
        assert!(matches!(detail(reader, 1).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn dependencies_are_shown_from_both_ends() {
    let node = Node::start().await;
    let analyst = person("analyst", Role::Analyst);
    let rating = detail(analyst.reader(&node.kernel), 27).await.unwrap();
    assert_eq!(rating.needs[0].needs, [31, 34]);
    let quantified = detail(analyst.reader(&node.kernel), 31).await.unwrap();
    assert_eq!(quantified.needed_by, [27, 32]);
}
