use shinayaka_kernel::object::Record;
use shinayaka_model::incident::{Cause, Malice, Sector};
use shinayaka_veris::{Limits, read};

use super::*;

const LAPTOP: &str = include_str!("../../../../format/veris/tests/fixtures/laptop.json");
const SEVERAL: &str = include_str!("../../../../format/veris/tests/fixtures/several.ndjson");

fn mapped(text: &str) -> Vec<Result<Mapped, RowFault>> {
    let entries = read(text.as_bytes(), Limits::default()).unwrap();
    entries.into_iter().flatten().map(|entry| map(&entry)).collect()
}

fn one(action: &str, rest: &str) -> Result<Mapped, RowFault> {
    let text = format!("{{\"timeline\":{{\"incident\":{{\"year\":2020}}}},\"action\":{{{action}}}{rest}}}");
    mapped(&text).remove(0)
}

fn cause(action: &str, rest: &str) -> (Cause, Malice) {
    let incident = one(action, rest).unwrap().incident;
    (incident.cause, incident.malice())
}

#[test]
fn a_whole_record_is_taken_over() {
    let Mapped { incident, unmapped } = mapped(LAPTOP).remove(0).unwrap();
    incident.validate().unwrap();
    assert_eq!(
        incident.title_en,
        "A laptop with the records of 1,200 patients was stolen from a parked car."
    );
    assert_eq!(incident.date.as_str(), "2024-05-17");
    assert_eq!(incident.reporting_delay_days(), Some((3, 3)));
    assert_eq!(
        (incident.sector, incident.cause, incident.malice()),
        (Sector::Medical, Cause::TheftLoss, Malice::Yes)
    );
    assert_eq!(incident.place, Place { country: Some("JP".into()), prefecture: None, text: "Minato".into() });
    let effects: Vec<_> = incident.effects.iter().map(|effect| effect.as_str()).collect();
    assert_eq!(effects, ["availability", "confidentiality"]);
    let magnitudes: Vec<_> = incident.magnitudes.iter().map(|m| (m.value, m.unit)).collect();
    assert_eq!(
        magnitudes,
        [(1200, Unit::Records), (1, Unit::Systems), (2, Unit::Sites), (2190, Unit::Minutes)]
    );
    let costs: Vec<_> = incident.costs.iter().map(|c| (c.kind, c.amount, c.currency.as_str())).collect();
    assert_eq!(costs, [(CostKind::Total, 3_500_000, "JPY"), (CostKind::ResponseRecovery, 2_500_000, "JPY")]);
    assert_eq!(incident.sources.len(), 3);
    assert_eq!(incident.sources[0].title, "VERIS minato minato-0001");
    assert_eq!(incident.sources[2].url.as_deref(), Some("https://example.jp/b"));
    assert_eq!(incident.channel, Channel::Press);
    for path in ["plus.analyst", "victim.employee_count", "asset.assets", "timeline.discovery", "confidence"]
    {
        assert!(unmapped.contains(path), "{path} is not told");
    }
}

#[test]
fn the_cause_is_the_first_action_that_says_one() {
    use Cause::*;
    for (action, rest, expected) in [
        (r#""hacking":{"variety":["SQLi"]},"malware":{}"#, "", (Malware, Malice::Yes)),
        (r#""hacking":{"variety":["DoS"]}"#, "", (DenialOfService, Malice::Yes)),
        (r#""hacking":{}"#, r#","actor":{"internal":{}}"#, (Insider, Malice::Yes)),
        (r#""social":{"variety":["Phishing"]}"#, "", (Intrusion, Malice::Yes)),
        (r#""misuse":{"variety":["Privilege abuse"]}"#, "", (Insider, Malice::Yes)),
        (
            r#""misuse":{"variety":["Net misuse"]}"#,
            r#","actor":{"internal":{"motive":["Convenience"]}}"#,
            (Misuse, Malice::No),
        ),
        (
            r#""misuse":{"variety":["Net misuse"]}"#,
            r#","actor":{"internal":{"motive":["Grudge"]}}"#,
            (Misuse, Malice::Yes),
        ),
        (r#""physical":{"variety":["Theft"]}"#, "", (TheftLoss, Malice::Yes)),
        (r#""physical":{"variety":["Tampering"]}"#, "", (Intrusion, Malice::Yes)),
        (r#""error":{"variety":["Loss"]}"#, "", (TheftLoss, Malice::No)),
        (r#""error":{"variety":["Misdelivery"]}"#, "", (OperatingError, Malice::No)),
        (r#""error":{"variety":["Misconfiguration"]}"#, "", (ConfigurationError, Malice::No)),
        (r#""error":{"variety":["Malfunction"]}"#, "", (HardwareFault, Malice::No)),
        (
            r#""error":{"variety":["Programming error"]}"#,
            r#","actor":{"partner":{}}"#,
            (Supplier, Malice::No),
        ),
        (r#""environmental":{"variety":["Power failure"]}"#, "", (Supplier, Malice::Unknown)),
        (r#""environmental":{"variety":["Flood"]}"#, "", (Nature, Malice::No)),
        (r#""unknown":{}"#, "", (Unknown, Malice::Unknown)),
    ] {
        assert_eq!(cause(action, rest), expected, "{action} {rest}");
    }
}

#[test]
fn what_is_no_accident_is_refused_with_its_path() {
    let field = |result: Result<Mapped, RowFault>| result.unwrap_err().field;
    assert_eq!(field(one("", "")), "action");
    assert_eq!(field(one(r#""error":{}"#, r#","security_incident":"False positive""#)), "security_incident");
    assert_eq!(field(mapped(r#"{"action":{"error":{}}}"#).remove(0)), "timeline.incident.year");
}

#[test]
fn an_amount_without_its_currency_is_told_not_guessed() {
    let mapped = one(r#""error":{}"#, r#","impact":{"overall_amount":5}"#).unwrap();
    assert!(mapped.incident.costs.is_empty());
    assert!(mapped.unmapped.contains("impact.overall_amount"));
}

#[test]
fn several_records_keep_as_much_of_their_dates_as_holds() {
    let dates: Vec<_> =
        mapped(SEVERAL).into_iter().map(|mapped| mapped.unwrap().incident.date.to_string()).collect();
    assert_eq!(dates, ["2023", "2022-02", "2021-09"]);
}
