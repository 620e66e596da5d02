use shinayaka_kernel::object::read_body;

use super::*;

/// A body as schema 1 was saved. Never edit it: when the shape changes, add a sample of the new schema beside it and
/// teach `upgrade` to read this one.
const SCHEMA_1: &str = include_str!("samples/incident.1.json");

fn sample() -> Incident {
    read_body(1, SCHEMA_1).unwrap()
}

fn refused(change: impl FnOnce(&mut Incident)) -> String {
    let mut incident = sample();
    change(&mut incident);
    match incident.validate() {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("was {other:?}"),
    }
}

fn values(incident: &Incident, synthetic: bool) -> Vec<String> {
    let mut values = FieldValues::kept(synthetic);
    incident.index(&mut values);
    let text = |(name, value): (&str, Vec<u8>)| format!("{name}={}", String::from_utf8(value).unwrap());
    values.0.into_iter().map(text).collect()
}

#[test]
fn the_frozen_sample_of_schema_1_loads_and_loses_nothing() {
    let incident = sample();
    incident.validate().unwrap();
    let kept: serde_json::Value = serde_json::from_str(SCHEMA_1).unwrap();
    assert_eq!(serde_json::to_value(&incident).unwrap(), kept);
}

#[test]
fn a_schema_from_the_future_is_not_guessed_at() {
    assert!(matches!(read_body::<Incident>(2, SCHEMA_1), Err(Error::Unavailable(_))));
}

#[test]
fn every_bound_names_its_field() {
    assert_eq!(refused(|i| i.title_ja = "長".repeat(10 << 20)), "title_ja");
    assert_eq!(refused(|i| (i.title_ja, i.title_en) = Default::default()), "title_ja");
    assert_eq!(refused(|i| i.title_en = "two\nlines".into()), "title_ja");
    assert_eq!(refused(|i| i.summary_en = "x".repeat(MAXIMUM_SUMMARY_BYTES + 1)), "summary_en");
    assert_eq!(refused(|i| i.summary_ja = "a\0b".into()), "summary_ja");
    assert_eq!(refused(|i| i.summary_ja = " a".into()), "summary_ja");
    assert_eq!(refused(|i| i.end = "2003-04".parse().ok()), "end");
    assert_eq!(refused(|i| i.reported_on = "1999".parse().ok()), "reported_on");
    assert_eq!(refused(|i| i.place.country = Some("jp".into())), "place.country");
    assert_eq!(refused(|i| i.place.prefecture = Some("48".into())), "place.prefecture");
    assert_eq!(refused(|i| i.place.prefecture = Some("+1".into())), "place.prefecture");
    assert_eq!(refused(|i| i.place.country = Some("GB".into())), "place.prefecture");
    assert_eq!(refused(|i| i.magnitudes[0].upper = Some(210_000)), "magnitudes[0].upper");
    assert_eq!(refused(|i| i.magnitudes[0].value = u64::MAX), "magnitudes[0].value");
    assert_eq!(refused(|i| i.magnitudes = vec![i.magnitudes[0].clone(); 33]), "magnitudes");
    assert_eq!(refused(|i| i.costs[0].currency = "円".into()), "costs[0].currency");
    assert_eq!(refused(|i| i.costs[0].n = Some(0)), "costs[0].n");
    assert_eq!(refused(|i| i.costs[0].source = String::new()), "costs[0].source");
    assert_eq!(refused(|i| i.sources[0].title = String::new()), "sources[0].title");
    assert_eq!(refused(|i| i.sources[0].url = Some("javascript:alert(1)".into())), "sources[0].url");
    assert_eq!(refused(|i| i.founding.as_mut().unwrap().table = 3), "founding.table");
    assert_eq!(refused(|i| i.founding.as_mut().unwrap().number = 35), "founding.number");
}

#[test]
fn an_unknown_word_or_member_is_refused_with_the_words_that_exist() {
    let with = |from: &str, to: &str| {
        serde_json::from_str::<Incident>(&SCHEMA_1.replace(from, to)).unwrap_err().to_string()
    };
    assert!(with("\"insider\"", "\"gremlins\"").contains("`hardware_fault`"));
    assert!(with("\"channel\"", "\"chanel\"").contains("unknown field `chanel`"));
    assert!("gremlins".parse::<Cause>().unwrap_err().to_string().contains("nature"));
}

#[test]
fn whether_it_was_meant_follows_from_the_cause_unless_stated() {
    let mut incident = Incident { malicious: None, ..sample() };
    assert_eq!(incident.malice(), Malice::Yes);
    incident.cause = Cause::Nature;
    assert_eq!(incident.malice(), Malice::No);
    incident.cause = Cause::TheftLoss;
    assert_eq!(incident.malice(), Malice::Unknown);
    incident.malicious = Some(Malice::No);
    assert_eq!(incident.malice(), Malice::No);
}

#[test]
fn facts_and_inventions_are_counted_apart() {
    let (real, invented) = (values(&sample(), false), values(&sample(), true));
    assert!(real.contains(&"sector_cause=real/municipality/insider".to_owned()));
    assert!(real.contains(&"founding_cell=confidentiality_integrity/government".to_owned()));
    assert!(invented.contains(&"year_cause=synthetic/2003/insider".to_owned()));
    assert!(invented.contains(&"synthetic=true".to_owned()));
}

#[test]
fn no_combined_value_is_cut() {
    let longest = |words: &[&str]| words.iter().map(|word| word.len()).max().unwrap();
    let sectors: Vec<&str> = Sector::ALL.iter().map(|sector| sector.as_str()).collect();
    let causes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    let length = "synthetic//".len() + longest(&sectors) + longest(&causes);
    assert!(length <= shinayaka_kernel::object::MAXIMUM_FIELD_BYTES, "{length}");
}

#[test]
fn every_declared_field_is_indexed() {
    let written = values(&sample(), false);
    for field in Incident::FIELDS {
        assert!(written.iter().any(|value| value.starts_with(&format!("{}=", field.name))), "{}", field.name);
    }
}

#[test]
fn trimming_makes_one_form_of_a_text() {
    let mut incident = sample();
    incident.summary_en = "  one\r\ntwo\r ".into();
    incident.costs[0].source = "判決　".into();
    let incident = incident.trimmed();
    assert_eq!(incident.summary_en, "one\ntwo");
    assert_eq!(incident.costs[0].source, "判決");
    assert_eq!(incident.clone().trimmed(), incident);
}
