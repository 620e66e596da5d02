use shinayaka_kernel::{capability::Capability, label::Role};
use shinayaka_model::measure::MeasureStatus;
use shinayaka_programme::{
    capability,
    service::{
        council::{detail, list},
        indicators::IndicatorState,
        measures::{board, change},
        report,
    },
};

use crate::node::{Node, person};

#[tokio::test]
async fn everything_invented_is_marked_and_made_once() {
    let node = Node::start().await;
    capability().demonstrate(&node.kernel).await.unwrap();
    let versions = node.store.census().await.unwrap().versions;
    capability().demonstrate(&node.kernel).await.unwrap();
    assert_eq!(node.store.census().await.unwrap().versions, versions);

    let director = person("director", Role::Director);
    let reader = director.reader(&node.kernel);
    let cards = board(reader).await.unwrap();
    assert!(cards.iter().all(|card| card.synthetic && card.version == 2));
    for status in MeasureStatus::ALL {
        assert!(cards.iter().any(|card| card.status == status), "no measure is {}", status.as_str());
    }
    let values = || cards.iter().flat_map(|card| &card.indicators);
    assert!(values().any(|value| value.state == IndicatorState::Reported && value.readings.len() == 6));
    assert!(values().any(|value| value.state == IndicatorState::Expired && value.value.is_none()));
    assert!(values().any(|value| value.state == IndicatorState::Unknown));
    let invented = |state| values().filter(move |value| value.state == state);
    assert!(invented(IndicatorState::Reported).all(|value| value.synthetic));
    // The registry of this node holds nothing invented.
    assert!(values().filter(|value| value.source.contains("incident")).all(|value| !value.synthetic));

    let cycles = list(reader, None, None).await.unwrap().items;
    assert_eq!(cycles.len(), 1);
    let view = detail(reader, cycles[0].id).await.unwrap();
    assert!(view.cycle.synthetic);
    let agreement = view.cycle.record.agreement.unwrap();
    assert_eq!((agreement.members, agreement.by_measure[22].conflicts), (3, 1));
    let alpha = agreement.alpha.unwrap();
    assert!((0.5..0.99).contains(&alpha), "{alpha}");
    assert!(agreement.by_measure.iter().any(|measure| measure.disagrees));
    assert_eq!(view.proposals.iter().filter(|proposal| proposal.answer.is_some()).count(), 2);
    let reports = report::list(&node.kernel, None, None).await.unwrap().items;
    assert!(reports.len() == 1 && reports[0].synthetic && reports[0].unanswered == 1);
}

#[tokio::test]
async fn an_invented_measure_stays_marked_when_somebody_changes_it() {
    let node = Node::start().await;
    capability().demonstrate(&node.kernel).await.unwrap();
    let director = person("director", Role::Director);
    let mut draft = node.draft(&director, 35).await;
    draft.owner = Some("内閣官房".into());
    let stored = change(&node.kernel, &director, 35, draft).await.unwrap();
    assert!(stored.synthetic && stored.version == 3);
}

#[tokio::test]
async fn the_officers_of_the_demonstration_own_measures() {
    let node = Node::start().await;
    capability().demonstrate(&node.kernel).await.unwrap();
    let officer = person("経済産業省", Role::Officer);
    let cards = board(officer.reader(&node.kernel)).await.unwrap();
    assert!(cards.iter().filter(|card| card.may_edit).count() > 5);
    assert!(cards.iter().any(|card| card.owner.is_none()));
}
