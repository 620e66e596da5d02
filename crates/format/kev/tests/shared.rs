//! CISA's catalogue up to 2024: JSON and CSV say the same.

use std::{fs, path::Path};

use shinayaka_kev::read;

#[test]
fn both_forms_of_the_catalogue_say_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/kev");
    let file = |end: &str| fs::read(folder.join(format!("known_exploited_vulnerabilities-to-2024.{end}")));
    let (Ok(json), Ok(csv)) = (file("json"), file("csv")) else {
        println!("skipped: no ../shared");
        return;
    };
    let json = read(&json).unwrap();
    let csv = read(&csv).unwrap();
    assert_eq!(json.version.as_deref(), Some("2024.12.31"));
    assert_eq!(json.entries.len(), 1_239);
    assert_eq!(json.entries.iter().filter(|entry| entry.ransomware == Some(true)).count(), 274);
    assert_eq!(csv.entries, json.entries);
}
