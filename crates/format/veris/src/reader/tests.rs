use proptest::prelude::*;

use super::*;

const LAPTOP: &str = include_str!("../../tests/fixtures/laptop.json");
const SEVERAL: &str = include_str!("../../tests/fixtures/several.ndjson");

fn all(text: &str) -> Vec<Result<Entry, Fault>> {
    read(text.as_bytes(), Limits::default()).unwrap()
}

#[test]
fn one_record_is_read_whole() {
    let entries = all(LAPTOP);
    let [Ok(entry)] = entries.as_slice() else { panic!("{entries:?}") };
    let incident = &entry.incident;
    assert_eq!(entry.line, 1);
    assert_eq!(incident.attribute.confidentiality.as_ref().unwrap().data_total, Some(1200.0));
    let availability = incident.attribute.availability.as_ref().unwrap();
    assert_eq!(availability.variety, ["Loss"]);
    assert_eq!(availability.duration.value, Some(36.5));
    assert_eq!(incident.actor.external.as_ref().unwrap().motive, ["Financial"]);
    assert_eq!(incident.victim.industry.as_deref(), Some("622110"));
    assert_eq!(incident.impact.loss.len(), 2);
    assert_eq!(incident.plus.timeline.notification.day, Some(20));
    assert_eq!(
        entry.unread,
        ["actor.external.country", "asset.cloud", "impact.loss[].rating", "plus.analyst"]
    );
}

#[test]
fn an_array_is_read_with_the_line_of_each_record() {
    let array = format!("\u{feff}\n[\n{LAPTOP},\n {{\"incident_id\": 7}},\n {{\"victim\": 5}}\n]\n");
    let entries = all(&array);
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0].as_ref().unwrap().line, 3);
    let second = entries[1].as_ref().unwrap();
    assert_eq!(second.line, 3 + u64::try_from(LAPTOP.lines().count()).unwrap() + 1);
    assert_eq!(second.incident.incident_id.as_deref(), Some("7"));
    let fault = entries[2].as_ref().unwrap_err();
    assert_eq!((fault.line, fault.path.as_str()), (second.line + 1, "victim"));
}

#[test]
fn one_record_a_line_is_read_past_the_broken_ones() {
    let entries = all(SEVERAL);
    let lines: Vec<_> =
        entries.iter().map(|entry| entry.as_ref().map(|e| e.line).map_err(|f| f.line)).collect();
    assert_eq!(lines, [Ok(1), Ok(3), Err(4), Err(5), Ok(6)]);
    assert_eq!(entries[2].as_ref().unwrap_err().path, "timeline.incident.year");
    // A day of 0 stands for an unknown day.
    assert_eq!(entries[4].as_ref().unwrap().incident.timeline.incident.day, None);
}

#[test]
fn what_is_no_json_is_one_fault_with_its_line() {
    let broken = all("{\n \"incident_id\": \"x\",\n \"victim\": }");
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].as_ref().unwrap_err().line, 3);
    assert_eq!(all("[\n{},\n{]")[0].as_ref().unwrap_err().line, 3);
    assert!(all("")[0].is_err());
    assert!(all("[]")[0].is_err());
    let latin = read(b"{\"summary\":\n\"caf\xe9\"}", Limits::default()).unwrap();
    assert_eq!(latin[0].as_ref().unwrap_err().line, 2);
}

#[test]
fn limits_hold() {
    let limits = Limits { records: 2, record_bytes: 100 };
    assert_eq!(read(b"[{},{},{}]", limits), Err(TooMuch { limit: 2 }));
    assert_eq!(read(b"{}\n{}\n{}", limits), Err(TooMuch { limit: 2 }));
    assert!(read(LAPTOP.as_bytes(), limits).unwrap()[0].is_err());
    let nested = |member: &str| format!("{{\"{member}\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(all(&nested("summary"))[0].as_ref().unwrap_err().reason.contains("recursion"));
    assert_eq!(all(&nested("other"))[0].as_ref().unwrap().unread, ["other"]);
}

proptest! {
    #[test]
    fn anything_is_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, Limits::default());
    }

    /// Every prefix of a true file is a fault or a record, never a panic.
    #[test]
    fn a_cut_file_is_told(cut in 0usize..1500) {
        let cut = cut.min(LAPTOP.trim_end().len() - 1);
        prop_assert!(all(&LAPTOP[..cut])[0].is_err());
    }
}
