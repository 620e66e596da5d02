//! Laws that hold for any event.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::LazyLock;

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::{Value, json};
use shinayaka_obligation::report::report;
use shinayaka_obligation::{Event, Rulebook};

static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const ROLES: &[&str] = &[
    "nis2-entity",
    "dora-financial-entity",
    "cra-manufacturer",
    "gdpr-controller",
    "sec-registrant",
    "appi-business-operator",
    "ch-critical-infrastructure",
];
const MOMENTS: &[&str] =
    &["awareness", "classification", "fix_available", "materiality_determination", "discovery"];
const FLAGS: &[&str] =
    &["significant", "personal_data", "sensitive_data", "wrongful_purpose", "extortion", "ongoing"];

fn moment(minutes: i64) -> Timestamp {
    "2026-09-20T00:00:00Z".parse::<Timestamp>().unwrap() + minutes.minutes()
}

fn event(statements: &[Value], reports: &[Value]) -> Event {
    let event = json!({
        "schema": "shinayaka.event/1", "id": "law", "zone": "Europe/Berlin", "facts": {"roles": ROLES},
        "fact": statements, "report": reports,
    });
    Event::read(&event.to_string()).unwrap()
}

/// A statement: what, its value in minutes or as a flag, when it became known.
fn statement() -> impl Strategy<Value = (i64, Value)> {
    let minutes = 0_i64..100_000;
    (0..MOMENTS.len() + FLAGS.len(), minutes.clone(), any::<bool>(), minutes).prop_map(
        |(what, value, flag, known)| {
            let (name, value) = match MOMENTS.get(what) {
                Some(name) => (*name, json!(moment(value).to_string())),
                None => (FLAGS[what - MOMENTS.len()], json!(flag)),
            };
            (known, json!({"name": name, "value": value, "known": moment(known).to_string()}))
        },
    )
}

fn submission() -> impl Strategy<Value = (i64, Value)> {
    let duties = prop::sample::select(vec![
        "eu-nis2/notification",
        "eu-dora/initial",
        "eu-gdpr/notification",
        "ch-isg/report",
    ]);
    (duties, 0_i64..100_000).prop_map(|(duty, minutes)| {
        (minutes, json!({"duty": duty, "submitted": moment(minutes).to_string()}))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_becomes_known_later_changes_no_earlier_answer(
        statements in prop::collection::vec(statement(), 0..12),
        reports in prop::collection::vec(submission(), 0..4),
        at in 0_i64..100_000,
    ) {
        let values = |list: &[(i64, Value)], until: i64| -> Vec<Value> {
            list.iter().filter(|(known, _)| *known <= until).map(|(_, value)| value.clone()).collect()
        };
        let whole = event(&values(&statements, i64::MAX), &values(&reports, i64::MAX));
        let then = event(&values(&statements, at), &values(&reports, at));
        let answer = |event: &Event| serde_json::to_value(report(&RULEBOOK, event, moment(at), &[]).unwrap()).unwrap();
        prop_assert_eq!(answer(&whole), answer(&then));
    }

    #[test]
    fn hours_are_elapsed_hours_everywhere(minutes in 0_i64..200_000, zone in prop::sample::select(vec!["Europe/Berlin", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"])) {
        let event = json!({
            "schema": "shinayaka.event/1", "id": "law", "zone": zone,
            "facts": {"roles": ["gdpr-controller"], "personal_data": true, "awareness": moment(minutes).to_string()},
        });
        let event = Event::read(&event.to_string()).unwrap();
        let answer = report(&RULEBOOK, &event, moment(0), &["eu-gdpr".into()]).unwrap();
        let due: Timestamp = answer.duties[0].due.as_ref().unwrap().parse().unwrap();
        prop_assert_eq!(due, moment(minutes + 72 * 60));
    }

    #[test]
    fn any_text_is_an_event_or_an_error(text in "\\PC{0,200}") {
        let _ = Event::read(&text);
    }
}
