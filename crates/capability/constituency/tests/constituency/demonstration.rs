//! The invented prefecture: whole, marked, saved once, and its drills compared.

use shinayaka_constituency::service::{
    contacts, drill_report,
    organisations::{self, OrganisationFilter},
};
use shinayaka_kernel::{capability::Capability, label::Role};
use shinayaka_model::{
    contact::Contact,
    drill::{Drill, DrillOutcome},
    organisation::Organisation,
};

use crate::node::{Node, person};

#[tokio::test]
async fn it_is_saved_once_and_marked() {
    let node = Node::start().await;
    node.room.demonstrate(&node.kernel).await.unwrap();
    let counts = async || {
        (
            node.count::<Organisation>().await,
            node.count::<Contact>().await,
            node.count::<Drill>().await,
            node.count::<DrillOutcome>().await,
        )
    };
    let first = counts().await;
    assert_eq!((first.0, first.2, first.3), (45, 7, 195));
    node.room.demonstrate(&node.kernel).await.unwrap();
    assert_eq!(counts().await, first);
    let analyst = person(Role::Analyst, "csirt", &[]);
    let reader = node.kernel.reader(&analyst);
    let real = OrganisationFilter { synthetic: Some(false), ..OrganisationFilter::default() };
    assert!(organisations::list(reader, &real, None, None).await.unwrap().items.is_empty());
    let health = contacts::health(reader).await.unwrap();
    assert!(health.contacts.verified > 50 && health.contacts.stale > 10 && health.contacts.dead == 3);
}

#[tokio::test]
async fn the_years_are_compared_by_audience() {
    let node = Node::start().await;
    node.room.demonstrate(&node.kernel).await.unwrap();
    let analyst = person(Role::Analyst, "csirt", &[]);
    let reader = node.kernel.reader(&analyst);
    let compared = drill_report::comparison(reader).await.unwrap();
    assert_eq!(compared.len(), 2);
    let prefecture = compared.iter().find(|one| one.audience.prefecture.is_some()).unwrap();
    let years: Vec<&str> = prefecture.years.iter().map(|year| year.year.as_str()).collect();
    assert_eq!(years, ["2023", "2024", "2025", "2026"]);
    let (first, last) = (&prefecture.years[0].result, &prefecture.years[3].result);
    assert!(last.answer_rate > first.answer_rate && last.median_minutes < first.median_minutes);
    let silent = drill_report::silent(reader).await.unwrap();
    let codes: Vec<&str> = silent.iter().map(|one| one.code.as_str()).collect();
    assert!(codes.contains(&"furukawa-village") && codes.contains(&"kawabe-clinic"), "{codes:?}");
    assert!(last.silent_in_three >= 3);
    assert_eq!(last.dead_channels, 3);
    assert!(silent.iter().all(|one| one.drills >= 3));
    let file = String::from_utf8(drill_report::export(reader).await.unwrap()).unwrap();
    assert_eq!(file.lines().count(), 8);

    // The hub sees its own drills, its own members, and no others.
    let secretary = person(Role::Secretary, "medical-isac", &["medical-isac"]);
    let reader = node.kernel.reader(&secretary);
    assert_eq!(drill_report::comparison(reader).await.unwrap().len(), 1);
    let silent = drill_report::silent(reader).await.unwrap();
    assert!(silent.iter().all(|one| one.code != "furukawa-village"));
    assert!(silent.iter().any(|one| one.code == "kawabe-clinic"), "{silent:?}");
}
