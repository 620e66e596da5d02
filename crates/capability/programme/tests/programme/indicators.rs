use shinayaka_kernel::{
    Error, Label, ObjectId, Principal,
    access::{FilterValue, Keep, ListRequest},
    label::{Action, Audience, Party, Role},
    object::{Grant, RecordKind, Scope},
};
use shinayaka_model::{
    contact::Contact,
    drill::{Drill, DrillResult},
    incident::{Cause, Cost, CostKind, Incident},
    indicator::{Literal, Method, Query, Reading, Selection, Subject},
    measure::{Evidence, MeasureStatus, Milestone},
};
use shinayaka_programme::{
    permissions, reference,
    service::{
        indicators::{EnteredReading, IndicatorState, IndicatorValue, enter, enter_for_item, values},
        measures::{board, change},
    },
};

use crate::node::{DAY, Node, field, incident, person};

async fn of_subject(node: &Node, subject: &str) -> Vec<IndicatorValue> {
    let principal = Principal::node();
    let wanted = |of: &Subject| of.as_str() == subject;
    let mut all = values(node.kernel.reader(&principal), wanted).await.unwrap();
    all.pop_first().unwrap().1
}

/// Every kind, field and path that a query names is there: a misspelt one would be "unknown" for ever.
#[test]
fn queries_name_kinds_and_fields_that_exist() {
    let mut kinds: Vec<RecordKind> = permissions::kinds();
    kinds.push(RecordKind::of::<Incident>(&[]));
    kinds.push(RecordKind::of::<Contact>(&[]));
    kinds.push(RecordKind::of::<Drill>(&[]));
    let declared = |kind: &str, field: &str, facet: bool| {
        let kind = kinds.iter().find(|one| one.name == kind).unwrap_or_else(|| panic!("no kind {kind}"));
        kind.fields.iter().any(|one| one.name == field && (one.facet || !facet))
    };
    let selected = |selection: &Selection, facet: bool| {
        // An empty name is no field, but finds out whether the kind is there.
        !declared(&selection.kind, "", false)
            && selection.condition().is_none_or(|(field, _)| declared(&selection.kind, field, facet))
    };
    let words: Vec<&str> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    for indicator in reference::indicators() {
        let Method::Query { query } = &indicator.method else { continue };
        let fine = match query {
            Query::Count { of } => selected(of, true),
            Query::Share { part, whole, .. } => selected(part, true) && selected(whole, true),
            Query::Coverage { kind, field, .. } => declared(kind, field, true),
            Query::Timely { among, list, due, done } => {
                selected(among, false)
                    && (list.as_str(), due.as_str(), done.as_str()) == ("milestones", "due", "done_on")
            }
            Query::MedianDays { among, from, to } => {
                selected(among, false) && (from.as_str(), to.as_str()) == ("made_on", "answer.answered_on")
            }
            Query::Recent { kind, field, .. } => declared(kind, field, true),
            Query::Latest { of, path, n } => {
                let figures = ["reach_rate", "median_minutes", "silent_in_three"];
                selected(of, true)
                    && n == "result.asked"
                    && path.strip_prefix("result.").is_some_and(|figure| figures.contains(&figure))
            }
        };
        assert!(fine, "{query}");
        if let Query::Share {
            part: Selection { field: Some(field), value: Some(Literal::Text(value)), .. },
            ..
        } = query
            && field == "cause"
        {
            assert!(words.contains(&value.as_str()), "{query}");
        }
    }
}

#[tokio::test]
async fn queries_follow_the_registry() {
    let node = Node::start().await;
    let registry = of_subject(&node, "M31").await;
    assert_eq!((registry[0].value, registry[0].state), (Some(0.0), IndicatorState::Measured));
    // A share of nothing is not zero.
    assert_eq!(
        (registry[1].value, registry[1].n, registry[1].state),
        (None, Some(0), IndicatorState::Unknown)
    );

    let mut costly = incident(Cause::SoftwareFault);
    costly.costs = vec![Cost {
        kind: CostKind::Total,
        amount: 1_000_000,
        currency: "JPY".into(),
        n: None,
        source: "調査".into(),
    }];
    node.record(&costly).await;
    for cause in [Cause::Malware, Cause::OperatingError, Cause::Nature] {
        node.record(&incident(cause)).await;
    }
    let registry = of_subject(&node, "M31").await;
    assert_eq!(registry[0].value, Some(4.0));
    assert_eq!((registry[1].value, registry[1].n), (Some(25.0), Some(4)));
    assert_eq!(registry[1].source, "count(incident[has_cost=true]) / count(incident)");
    let collection = of_subject(&node, "M34").await;
    assert_eq!(collection[0].value, Some(5.26), "one sector of nineteen");
    assert_eq!(collection[1].value, Some(75.0), "three of four were not meant");
    let interval = collection[1].interval.unwrap();
    assert!(interval.low < 75.0 && interval.high > 75.0, "{interval:?}");
    assert!(!collection[1].synthetic);
}

#[tokio::test]
async fn queries_follow_milestones_and_owners() {
    let node = Node::start().await;
    let director = person("director", Role::Director);
    let milestone = |due: &str, done: Option<&str>| Milestone {
        title: "x".into(),
        due: due.parse().unwrap(),
        done_on: done.map(|day| day.parse().unwrap()),
    };
    let mut draft = node.draft(&director, 7).await;
    draft.owner = Some("経済産業省".into());
    draft.status = MeasureStatus::Achieved;
    draft.evidence = vec![Evidence { title: "報告".into(), url: None, object: None }];
    draft.milestones = vec![
        milestone("2026-05-01", Some("2026-04-30")),
        milestone("2026-06-01", None),
        milestone("2027-06-01", None),
    ];
    change(&node.kernel, &director, 7, draft).await.unwrap();
    let own = of_subject(&node, "M07").await.pop().unwrap();
    assert_eq!((own.value, own.n), (Some(50.0), Some(2)));
    assert_eq!(of_subject(&node, "M08").await.pop().unwrap().value, None);
    assert_eq!(of_subject(&node, "S4").await[0].value, Some(50.0));
    assert_eq!(of_subject(&node, "S4").await[1].value, Some(2.38));
    assert_eq!(of_subject(&node, "S3").await[0].value, Some(2.38));
}

#[tokio::test]
async fn a_node_without_the_registry_says_unknown() {
    let node = Node::with(vec![]).await;
    let registry = of_subject(&node, "M31").await;
    assert_eq!((registry[0].value, registry[0].state), (None, IndicatorState::Unknown));
    assert_eq!(board(person("clerk", Role::Clerk).reader(&node.kernel)).await.unwrap().len(), 42);
}

fn figure(indicator: ObjectId, expires: &str) -> EnteredReading {
    EnteredReading {
        indicator,
        value: 46.1,
        n: Some(1741),
        source: "市町村調査".into(),
        expires: expires.parse().unwrap(),
    }
}

#[tokio::test]
async fn an_entered_figure_holds_until_it_expires() {
    let node = Node::start().await;
    let analyst = person("analyst", Role::Analyst);
    let before = of_subject(&node, "M17").await;
    assert_eq!((before[0].state, before[0].value), (IndicatorState::Unknown, None));
    enter(&node.kernel, &analyst, 17, figure(before[0].id, "2026-12-31")).await.unwrap();
    let now = &of_subject(&node, "M17").await[0];
    assert_eq!((now.state, now.value, now.n), (IndicatorState::Reported, Some(46.1), Some(1741)));
    assert_eq!(now.source, "市町村調査");
    // The last day still counts, the day after does not.
    node.clock.advance_seconds(39 * DAY);
    assert_eq!(of_subject(&node, "M17").await[0].state, IndicatorState::Reported);
    node.clock.advance_seconds(DAY);
    let after = &of_subject(&node, "M17").await[0];
    assert_eq!((after.state, after.value), (IndicatorState::Expired, None));
    assert_eq!(after.readings.len(), 1);
    assert_eq!(after.expires.unwrap().to_string(), "2026-12-31");
}

#[tokio::test]
async fn no_number_enters_without_right_source_or_expiry() {
    let node = Node::start().await;
    let analyst = person("analyst", Role::Analyst);
    let indicators = of_subject(&node, "M17").await;
    let entered = indicators[0].id;
    let queried = indicators.last().unwrap().id;
    let kernel = &node.kernel;
    assert_eq!(field(enter(kernel, &analyst, 17, figure(queried, "2027-01-01")).await), "indicator");
    assert_eq!(field(enter(kernel, &analyst, 18, figure(entered, "2027-01-01")).await), "indicator");
    assert_eq!(
        field(enter(kernel, &analyst, 17, figure(ObjectId::named("x"), "2027-01-01")).await),
        "indicator"
    );
    assert_eq!(field(enter(kernel, &analyst, 17, figure(entered, "2026-11-21")).await), "expires");
    assert_eq!(field(enter(kernel, &analyst, 17, figure(entered, "2050-01-01")).await), "expires");
    let mut sourceless = figure(entered, "2027-01-01");
    sourceless.source = "  ".into();
    assert_eq!(field(enter(kernel, &analyst, 17, sourceless).await), "source");
    let mut impossible = figure(entered, "2027-01-01");
    impossible.value = 100.5;
    assert_eq!(field(enter(kernel, &analyst, 17, impossible).await), "value");
    for (name, role) in [("clerk", Role::Clerk), ("総務省", Role::Officer), ("member", Role::Council)] {
        let refused = enter(kernel, &person(name, role), 17, figure(entered, "2027-01-01")).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{name}: {refused:?}");
    }
    assert_eq!(of_subject(&node, "M17").await[0].state, IndicatorState::Unknown);
    // An officer of the owner may.
    let director = person("director", Role::Director);
    let mut draft = node.draft(&director, 17).await;
    draft.owner = Some("総務省".into());
    change(kernel, &director, 17, draft).await.unwrap();
    enter(kernel, &person("総務省", Role::Officer), 17, figure(entered, "2027-01-01")).await.unwrap();
}

#[tokio::test]
async fn items_take_figures_from_the_director_and_analysts() {
    let node = Node::start().await;
    let id = of_subject(&node, "S2").await[0].id;
    let refused =
        enter_for_item(&node.kernel, &person("x", Role::Officer), "S2", figure(id, "2027-01-01")).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let director = person("director", Role::Director);
    enter_for_item(&node.kernel, &director, "S2", figure(id, "2027-01-01")).await.unwrap();
    assert_eq!(of_subject(&node, "S2").await[0].value, Some(46.1));
    for wrong in ["M17", "S9", "x"] {
        let result = enter_for_item(&node.kernel, &director, wrong, figure(id, "2027-01-01")).await;
        assert!(matches!(result, Err(Error::NotFound)), "{wrong}");
    }
}

async fn readings_of(node: &Node, indicator: ObjectId) -> Vec<(u32, f64)> {
    let principal = Principal::node();
    let request = ListRequest {
        filters: vec![("indicator", FilterValue::Text(indicator.to_string()))],
        sort: Some(("at", false)),
        ..ListRequest::default()
    };
    let page = node.kernel.reader(&principal).list::<Reading>(&request).await.unwrap();
    page.items.iter().map(|one| (one.version, one.record.value)).collect()
}

#[tokio::test]
async fn an_event_moves_an_indicator_once() {
    let node = Node::start().await;
    let registry = of_subject(&node, "M31").await[0].id;
    node.record(&incident(Cause::Nature)).await;
    assert_eq!(node.work().await, 1);
    assert_eq!(readings_of(&node, registry).await, [(1, 1.0)]);
    // Nothing moved: doing it again writes nothing.
    let again = node.store.census().await.unwrap().versions;
    node.kernel_emits("incident.recorded").await;
    assert_eq!(node.work().await, 1);
    assert_eq!(node.store.census().await.unwrap().versions, again);
    // Later on the day it is a new version, on another day a new reading.
    node.record(&incident(Cause::Nature)).await;
    node.work().await;
    assert_eq!(readings_of(&node, registry).await, [(2, 2.0)]);
    node.clock.advance_seconds(DAY);
    node.record(&incident(Cause::Nature)).await;
    node.work().await;
    assert_eq!(readings_of(&node, registry).await, [(2, 2.0), (1, 3.0)]);
    let shown = &of_subject(&node, "M31").await[0];
    assert_eq!(shown.readings.iter().map(|point| point.value).collect::<Vec<_>>(), [2.0, 3.0]);
}

#[tokio::test]
async fn a_job_whose_lease_was_lost_changes_nothing() {
    let node = Node::start().await;
    let registry = of_subject(&node, "M31").await[0].id;
    node.record(&incident(Cause::Nature)).await;
    let job = node.store.take_job(node.kernel.now()).await.unwrap().unwrap();
    let mut stale = job.clone();
    stale.ticket.lease += 1;
    let refused = shinayaka_programme::react::measure_indicators(&node.kernel, &stale).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert!(readings_of(&node, registry).await.is_empty());
    shinayaka_programme::react::measure_indicators(&node.kernel, &job).await.unwrap();
    assert_eq!(readings_of(&node, registry).await, [(1, 1.0)]);
}

impl Node {
    async fn kernel_emits(&self, event: &'static str) {
        let principal = Principal::node();
        let mut writer = self.kernel.writer(&principal);
        writer.emit(event, None, &serde_json::json!({})).unwrap();
        writer.commit().await.unwrap();
    }
}

fn contact(address: &str, verified: Option<&str>) -> Contact {
    serde_json::from_value(serde_json::json!({
        "organisation": "a", "channel": "email", "address": address,
        "verified_at": verified, "verified_by": verified.map(|_| "person"),
    }))
    .unwrap()
}

#[tokio::test]
async fn queries_follow_drills_and_contacts_and_tell_the_result_to_those_who_may_not_count() {
    const HOUSE: &[Grant] =
        &[Grant { role: Role::Analyst, actions: &[Action::Read, Action::Create], scope: Scope::Any }];
    let node = Node::with(vec![RecordKind::of::<Contact>(HOUSE), RecordKind::of::<Drill>(HOUSE)]).await;
    let house = Label { audience: Audience::any_of([Party::House]), ..Label::members() };
    let keep = Keep::labelled(house);
    let principal = Principal::node();
    let mut writer = node.kernel.writer(&principal);
    // The clock of the test stands at 2026-11-22: 90 days back is 2026-08-24.
    for (address, verified) in [
        ("a@a.example", Some("2026-11-01T00:00:00Z")),
        ("b@a.example", Some("2026-08-24T00:00:00Z")),
        ("c@a.example", Some("2026-08-23T23:59:59Z")),
        ("d@a.example", None),
    ] {
        writer.create(&contact(address, verified), &keep).await.unwrap();
    }
    let result = DrillResult {
        asked: 40,
        reached: 39,
        reach_rate: Some(97.5),
        median_minutes: Some(42.0),
        silent_in_three: 2,
        ..DrillResult::default()
    };
    let drill = Drill {
        title: "x".into(),
        audience: Default::default(),
        started_at: "2026-11-01T00:00:00Z".parse().unwrap(),
        closes_at: "2026-11-02T00:00:00Z".parse().unwrap(),
        notice: None,
        result: Some(result),
    };
    writer.create(&drill, &keep).await.unwrap();
    writer.emit("contact.saved", None, &serde_json::json!({})).unwrap();
    writer.emit("drill.closed", None, &serde_json::json!({})).unwrap();
    writer.commit().await.unwrap();

    let sharing = of_subject(&node, "M16").await;
    let value = |key: &str| {
        let known = sharing.iter().find(|one| one.name_en.contains(key)).unwrap();
        (known.value, known.n, known.state)
    };
    let measured = IndicatorState::Measured;
    assert_eq!(value("Reach rate"), (Some(97.5), Some(40), measured));
    assert_eq!(value("Median time to acknowledgement"), (Some(42.0), Some(40), measured));
    assert_eq!(value("verified in 90 days"), (Some(50.0), Some(4), measured));
    assert_eq!(value("silent in three drills"), (Some(2.0), Some(40), measured));

    let council = person("council", Role::Council);
    let wanted = |of: &Subject| of.as_str() == "M16";
    let told = |values: Vec<IndicatorValue>| {
        values.into_iter().find(|one| one.name_en.contains("Reach rate")).unwrap()
    };
    let before = values(council.reader(&node.kernel), wanted).await.unwrap().pop_first().unwrap().1;
    assert_eq!(told(before).value, None, "nothing was measured yet that everybody may know");
    node.work().await;
    let after = values(council.reader(&node.kernel), wanted).await.unwrap().pop_first().unwrap().1;
    let after = told(after);
    assert_eq!((after.value, after.n, after.state), (Some(97.5), Some(40), measured));
}
