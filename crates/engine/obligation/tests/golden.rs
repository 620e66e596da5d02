//! The golden tables: at least five events a regime, with deadlines that were worked out apart from the engine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};
use shinayaka_obligation::report::{DutyRecord, report};
use shinayaka_obligation::{Event, Rulebook};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    zone: String,
    at: jiff::Timestamp,
    #[serde(default)]
    calendars: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    facts: Value,
    #[serde(default)]
    fact: Vec<Value>,
    #[serde(default)]
    report: Vec<Value>,
    expect: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    duty: String,
    status: String,
    due: Option<String>,
    anchor: Option<String>,
    clock: Option<String>,
    regime_status: Option<String>,
    latest_reading: Option<String>,
    aim: Option<String>,
    planned: Option<String>,
    missing: Option<Vec<String>>,
    before_due: Option<String>,
    before_status: Option<String>,
}

fn check(place: &str, expected: &Expected, duty: &DutyRecord) {
    let text = |value: &shinayaka_obligation::Status| {
        serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
    };
    assert_eq!(text(&duty.status), expected.status, "{place}: {}", duty.because);
    // A duty that runs without an instant has none; one that has a deadline must be told in the table.
    if expected.due.is_some() || matches!(expected.status.as_str(), "running" | "met" | "late") {
        assert_eq!(duty.due, expected.due, "{place}");
    }
    let same = |what: &str, wanted: &Option<String>, found: Option<&String>| {
        if let Some(wanted) = wanted {
            assert_eq!(found, Some(wanted), "{place}: {what}");
        }
    };
    same("anchor", &expected.anchor, duty.anchor.as_ref().map(|anchor| &anchor.name));
    same("clock", &expected.clock, duty.clock.as_ref());
    same("regime status", &expected.regime_status, Some(&duty.regime_status));
    same("latest reading", &expected.latest_reading, duty.latest_reading.as_ref());
    same("aim", &expected.aim, duty.aim.as_ref());
    same("planned", &expected.planned, duty.planned.as_ref());
    let before = duty.before.last();
    same("due before", &expected.before_due, before.and_then(|before| before.due.as_ref()));
    same("status before", &expected.before_status, before.map(|before| text(&before.status)).as_ref());
    if let Some(missing) = &expected.missing {
        assert_eq!(&duty.missing_facts, missing, "{place}: missing");
    }
}

#[test]
fn every_regime_keeps_its_golden_table() {
    let rulebook = Rulebook::embedded().unwrap();
    for regime in rulebook.regimes() {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(format!("{}.toml", regime.id));
        let table: Table = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert!(table.case.len() >= 5, "{}: {} events", regime.id, table.case.len());
        for case in &table.case {
            let event = json!({
                "schema": "shinayaka.event/1", "id": case.name, "zone": case.zone, "calendars": case.calendars,
                "parameters": case.parameters, "facts": case.facts, "fact": case.fact, "report": case.report,
            });
            let event = Event::read(&event.to_string()).unwrap();
            let answer = report(&rulebook, &event, case.at, std::slice::from_ref(&regime.id))
                .unwrap_or_else(|error| panic!("{}, {}: {error}", regime.id, case.name));
            for expected in &case.expect {
                let place = format!("{}/{}, {}", regime.id, expected.duty, case.name);
                let duty = answer.duties.iter().find(|duty| duty.duty == expected.duty).unwrap();
                check(&place, expected, duty);
            }
        }
    }
}
