use shinayaka_incident::{
    capability,
    reference::{founding, founding_id},
    service::{
        change::{change, erase, relabel},
        list::{Filter, Sort, get, list},
        matrix::{FoundingColumns, matrix},
        record::record,
        timeline::timeline,
    },
};
use shinayaka_kernel::{
    Error, Label, Principal,
    capability::Capability,
    label::{Action, Audience, Role},
    object::RecordKind,
};
use shinayaka_model::incident::{Cause, Column, Effect, Incident, Malice, Sector};

use crate::node::{Node, field, flood, person};

#[tokio::test]
async fn the_live_registry_reproduces_the_two_tables_of_the_strategy() {
    let node = Node::start().await;
    let public = Principal::public();
    let founding = matrix(node.kernel.reader(&public)).await.unwrap().founding;
    let columns = |government, critical_infrastructure, firms_individuals| FoundingColumns {
        government,
        critical_infrastructure,
        firms_individuals,
    };
    assert_eq!(founding.availability, columns(4, 9, 3));
    assert_eq!(founding.confidentiality_integrity, columns(6, 5, 7));
    let reader = node.kernel.reader(&public);
    for (column, n) in
        [(Column::Government, 10), (Column::CriticalInfrastructure, 14), (Column::FirmsIndividuals, 10)]
    {
        let filter = Filter { column: Some(column), ..Filter::default() };
        let page = list(reader, &filter, Sort::Date, None, Some(100)).await.unwrap();
        assert_eq!(page.items.len(), n, "{column}");
        assert!(page.items.iter().all(|entry| !entry.stored.synthetic));
    }
    // Table 1 is about services that stopped, table 2 about information.
    for number in 1..=34u8 {
        let incident = get(reader, founding_id(number)).await.unwrap().stored.record;
        let stopped = incident.effects.contains(&Effect::Availability);
        assert_eq!(stopped, number <= 16, "{number}");
        assert_eq!(
            incident.founding.map(|founding| (founding.number, founding.table)),
            Some((number, 1 + u8::from(number > 16)))
        );
        assert!(
            !incident.title_ja.is_empty() && !incident.summary_en.is_empty() && !incident.sources.is_empty()
        );
    }
    assert_eq!(
        founding_id(18).to_string(),
        shinayaka_kernel::ObjectId::named("incident/founding/18").to_string()
    );
}

#[tokio::test]
async fn seeding_and_demonstrating_twice_saves_once_and_respects_changes() {
    let node = Node::start().await;
    let director = person(Role::Director);
    let mut changed = founding().unwrap()[17].clone();
    changed.summary_en.push_str(" The city was later held liable.");
    change(node.kernel.writer(&director), founding_id(18), 1, changed.clone()).await.unwrap();
    erase(node.kernel.writer(&director), founding_id(34), 1).await.unwrap();
    let before = node.events().await;
    for _ in 0..2 {
        capability().seed(&node.kernel).await.unwrap();
    }
    assert_eq!(node.events().await, before);
    let reader = node.kernel.reader(&director);
    assert_eq!(get(reader, founding_id(18)).await.unwrap().stored.record, changed);
    assert_eq!(get(reader, founding_id(34)).await.unwrap_err(), Error::NotFound);
    for _ in 0..2 {
        capability().demonstrate(&node.kernel).await.unwrap();
    }
    assert_eq!(node.count(&director).await, 33 + 42);
    let filter = Filter { synthetic: Some(true), ..Filter::default() };
    let invented = list(reader, &filter, Sort::Recorded, None, Some(100)).await.unwrap().items;
    assert_eq!(invented.len(), 42);
    for entry in &invented {
        assert!(entry.stored.synthetic && entry.stored.record.place.text.contains("架空"));
    }
    for malice in [Malice::Yes, Malice::No] {
        assert!(invented.iter().filter(|entry| entry.derived.malicious == malice).count() >= 12, "{malice}");
    }
    for sector in &Sector::ALL[..15] {
        assert!(
            invented.iter().any(|entry| entry.stored.record.sector == *sector),
            "{sector} has no accident"
        );
    }
    // Some are for members only, and inventions change no founding count.
    assert!(node.count(&Principal::public()).await < 33 + 42);
    let counts = matrix(reader).await.unwrap();
    assert_eq!((counts.n, counts.synthetic, counts.founding.availability.government), (75, 42, 4));
}

#[tokio::test]
async fn the_charts_are_the_counts_of_the_list() {
    let node = Node::start().await;
    capability().demonstrate(&node.kernel).await.unwrap();
    let analyst = person(Role::Analyst);
    let reader = node.kernel.reader(&analyst);
    let all = list(reader, &Filter::default(), Sort::Date, None, Some(500)).await.unwrap().items;
    let counts = matrix(reader).await.unwrap();
    assert_eq!((counts.sectors.len(), counts.causes.len()), (19, 13));
    for sector in Sector::ALL {
        for cause in Cause::ALL {
            let of_cell =
                all.iter().filter(|e| (e.stored.record.sector, e.stored.record.cause) == (*sector, *cause));
            let cell = counts.cells.iter().find(|cell| (cell.sector, cell.cause) == (*sector, *cause));
            assert_eq!(cell.map_or(0, |cell| cell.n), of_cell.count() as u64, "{sector} {cause}");
        }
    }
    let years = timeline(reader).await.unwrap().years;
    assert!(years.is_sorted_by_key(|year| year.year));
    for year in &years {
        let of_year = all.iter().filter(|entry| entry.stored.record.date.year() == year.year.to_string());
        assert_eq!(year.n, of_year.count() as u64);
        assert_eq!(year.n, year.by_cause.values().sum::<u64>());
        assert_eq!(year.synthetic, if year.year > 2003 { year.n } else { 0 });
    }
    assert_eq!(years.iter().map(|year| year.n).sum::<u64>(), all.len() as u64);
    // Sorted by the date as far as it is known, and paged without gaps.
    let dates: Vec<_> = all.iter().map(|entry| entry.stored.record.date.clone()).collect();
    assert!(dates.is_sorted());
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = list(reader, &Filter::default(), Sort::DateDescending, after, Some(7)).await.unwrap();
        paged.extend(page.items.into_iter().map(|entry| entry.stored.record.date));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    paged.reverse();
    assert_eq!(paged, dates);
}

#[tokio::test]
async fn recording_and_changing_move_the_charts_and_tell_followers() {
    let node = Node::start().await;
    let clerk = person(Role::Clerk);
    let before = node.events().await;
    let (id, version) = record(node.kernel.writer(&clerk), flood(), None).await.unwrap();
    assert_eq!(node.events().await, before + 1);
    let entry = get(node.kernel.reader(&clerk), id).await.unwrap();
    assert!(entry.may_edit && entry.stored.owner.as_deref() == Some("clerk"));
    assert_eq!((entry.stored.label, entry.derived.malicious), (Label::members(), Malice::No));
    let other = Incident { cause: Cause::HardwareFault, ..flood() };
    let next = change(node.kernel.writer(&clerk), id, version, other.clone()).await.unwrap();
    assert_eq!((next, node.events().await), (2, before + 2));
    let cells = matrix(node.kernel.reader(&clerk)).await.unwrap().cells;
    let of = |cause| cells.iter().find(|c| (c.sector, c.cause) == (Sector::Water, cause)).map(|c| c.n);
    assert_eq!((of(Cause::Nature), of(Cause::HardwareFault)), (None, Some(1)));
    // Over a version that is no longer the newest, nothing is saved.
    let conflict = change(node.kernel.writer(&clerk), id, 1, flood()).await.unwrap_err();
    assert!(matches!(conflict, Error::Conflict(_)));
    assert_eq!(get(node.kernel.reader(&clerk), id).await.unwrap().stored.record, other);
}

#[tokio::test]
async fn what_must_not_be_saved_is_refused_with_its_field() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst);
    let refused =
        async |incident| field(record(node.kernel.writer(&analyst), incident, None).await.unwrap_err());
    assert_eq!(refused(Incident { title_ja: "長".repeat(10 << 20), ..flood() }).await, "title_ja");
    assert_eq!(refused(Incident { date: "2026-11-24".parse().unwrap(), ..flood() }).await, "date");
    assert_eq!(refused(Incident { end: "2027".parse().ok(), ..flood() }).await, "end");
    assert_eq!(refused(Incident { reported_on: "2026-12".parse().ok(), ..flood() }).await, "reported_on");
    let founding = founding().unwrap().remove(0);
    assert_eq!(refused(founding.clone()).await, "founding");
    let without = Incident { founding: None, ..founding };
    let error = change(node.kernel.writer(&analyst), founding_id(1), 1, without).await.unwrap_err();
    assert_eq!(field(error), "founding");
    assert_eq!(node.count(&analyst).await, 34);
    // Today is tomorrow somewhere on earth.
    record(node.kernel.writer(&analyst), Incident { date: "2026-11-23".parse().unwrap(), ..flood() }, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn roles_may_do_what_the_matrix_says() {
    let node = Node::start().await;
    let (id, _) = record(node.kernel.writer(&person(Role::Officer)), flood(), None).await.unwrap();
    for role in Role::ALL {
        let mut who = person(role);
        if role == Role::Public {
            who = Principal::public();
        }
        let saved = record(node.kernel.writer(&who), flood(), None).await;
        let may_create =
            matches!(role, Role::Director | Role::Analyst | Role::Secretary | Role::Officer | Role::Clerk);
        assert_eq!(saved.is_ok(), may_create, "{role:?}");
        let changed = change(node.kernel.writer(&who), id, 1, flood()).await;
        match role {
            Role::Public => assert_eq!(changed, Err(Error::NotFound)),
            Role::Director => assert_eq!(changed, Ok(2)),
            // Every other role reads it; only those with the right get as far as the conflict.
            Role::Analyst | Role::Officer => {
                assert!(changed.is_ok() || matches!(changed, Err(Error::Conflict(_))))
            }
            _ => assert!(
                matches!(changed, Err(Error::Forbidden(_) | Error::Conflict(_))),
                "{role:?} {changed:?}"
            ),
        }
        let kind = RecordKind::of::<Incident>(shinayaka_incident::service::GRANTS);
        assert_eq!(kind.scope(&who, Action::Erase).is_some(), role == Role::Director, "{role:?}");
        assert_eq!(
            kind.scope(&who, Action::Export).is_some(),
            matches!(role, Role::Director | Role::Analyst)
        );
        assert!(kind.scope(&who, Action::Read).is_some(), "{role:?}");
    }
    // Another clerk's accident is read, not changed.
    let (own, _) = record(node.kernel.writer(&person(Role::Clerk)), flood(), None).await.unwrap();
    let secretary = person(Role::Secretary);
    assert!(!get(node.kernel.reader(&secretary), own).await.unwrap().may_edit);
    let refused = change(node.kernel.writer(&secretary), own, 1, flood()).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)));
}

#[tokio::test]
async fn labels_decide_who_sees_it_in_lists_and_counts() {
    let node = Node::start().await;
    let (director, public) = (person(Role::Director), Principal::public());
    let (id, _) = record(node.kernel.writer(&director), flood(), None).await.unwrap();
    assert_eq!(get(node.kernel.reader(&public), id).await.unwrap_err(), Error::NotFound);
    assert_eq!((node.count(&director).await, node.count(&public).await), (35, 34));
    assert_eq!(matrix(node.kernel.reader(&public)).await.unwrap().n, 34);
    relabel(node.kernel.writer(&director), id, 1, Label::public()).await.unwrap();
    assert_eq!(matrix(node.kernel.reader(&public)).await.unwrap().n, 35);
    let nobody = Label { audience: Audience::nobody(), ..Label::public() };
    relabel(node.kernel.writer(&director), id, 2, nobody).await.unwrap();
    assert_eq!(get(node.kernel.reader(&director), id).await.unwrap_err(), Error::NotFound);
    assert_eq!(matrix(node.kernel.reader(&director)).await.unwrap().n, 34);
}

#[tokio::test]
async fn the_founding_accidents_are_found_by_their_words() {
    let node = Node::start().await;
    let public = Principal::public();
    let reader = node.kernel.reader(&public);
    for (text, number) in [("宇治", 18), ("Slammer", 6), ("国分寺", 32), ("sewage", 9)] {
        let hits = reader.search(text, &["incident"], None, None).await.unwrap().items;
        assert!(hits.iter().any(|hit| hit.id == founding_id(number)), "{text}");
    }
    assert!(reader.search("侵入", &["incident"], None, None).await.unwrap().items.len() >= 5);
}
