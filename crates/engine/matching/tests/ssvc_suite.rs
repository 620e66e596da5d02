//! The decision tables of CERT/CC, every row asked back, when they lie beside the repository.

use std::path::{Path, PathBuf};

use serde_json::Value;
use shinayaka_matching::priority::{Table, decision};

fn tables() -> Option<Vec<PathBuf>> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/ssvc/json/decision_tables");
    if !folder.is_dir() {
        println!("skipped: no ../shared");
        return None;
    }
    let mut files = Vec::new();
    for part in std::fs::read_dir(folder).expect("folder") {
        for entry in std::fs::read_dir(part.expect("entry").path()).expect("folder") {
            files.push(entry.expect("entry").path());
        }
    }
    files.sort();
    Some(files)
}

#[test]
fn every_row_of_every_table_is_answered_exactly() {
    let Some(files) = tables() else { return };
    let mut rows = 0;
    for path in &files {
        let text = std::fs::read_to_string(path).expect("file");
        let table = Table::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let raw: Value = serde_json::from_str(&text).expect("JSON");
        let outcome = raw["outcome"].as_str().expect("outcome");
        for row in raw["mapping"].as_array().expect("mapping") {
            let found =
                table.decide(|point| row[&point.id].as_str().map(str::to_owned)).expect("a value each");
            assert_eq!(found.0, row[outcome].as_str().expect("outcome"), "{}: {row}", path.display());
            rows += 1;
        }
    }
    assert_eq!((files.len(), rows), (16, 1574));
}

#[test]
fn our_table_of_the_directive_is_the_published_one() {
    let Some(files) = tables() else { return };
    let path = files.iter().find(|path| path.to_string_lossy().contains("bod_26_04")).expect("the directive");
    let theirs = Table::read(&std::fs::read_to_string(path).expect("file")).expect("a table");
    let ours = decision::directive();
    let names = [
        ("FSU", "on_upgrade"),
        ("60D", "60_days"),
        ("14D", "14_days"),
        ("3D", "3_days"),
        ("3DF", "3_days_and_forensics"),
    ];
    for case in 0..16u32 {
        let yes = |bit: u32| case >> bit & 1 == 1;
        let word = |bit: u32| if yes(bit) { "Y" } else { "N" };
        let theirs = theirs.decide(|point| {
            let value = match point.id.as_str() {
                "cisa:KEV:1.0.0" => word(0),
                "cisa:PE:1.0.0" => word(1),
                "ssvc:A:2.0.0" => word(2),
                _ if yes(3) => "T",
                _ => "P",
            };
            Some(value.to_owned())
        });
        let ours = ours.decide(|point| {
            let bit = |bit: u32| if yes(bit) { "yes" } else { "no" };
            let value = match point.id.as_str() {
                "known_exploited" => bit(0),
                "publicly_exposed" => bit(1),
                "automatable" => bit(2),
                _ if yes(3) => "total",
                _ => "partial",
            };
            Some(value.to_owned())
        });
        let (theirs, ours) = (theirs.expect("a row"), ours.expect("a row"));
        assert!(
            names.contains(&(theirs.0.as_str(), ours.0.as_str())),
            "{case:04b}: {} and {}",
            theirs.0,
            ours.0
        );
    }
}

#[test]
fn tables_with_gaps_or_repetitions_are_refused() {
    assert!(Table::read_plain("t", "a,b,out\nyes,yes,x\nyes,no,x\nno,yes,y").is_err());
    assert!(Table::read_plain("t", "a,out\nyes,x\nyes,y").is_err());
    assert!(Table::read_plain("t", "a,out\nyes,x\nno,y").is_ok());
    assert!(Table::read("{}").is_err());
}
