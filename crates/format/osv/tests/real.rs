//! Real records of PyPA and RustSec: all are read, nothing is lost, and what was read may be published again.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use serde_json::Value;
use shinayaka_osv::{
    Limits, check, read,
    rustsec::{self, Collection},
};

fn shared(file: &str) -> Option<File> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data").join(file);
    File::open(path).inspect_err(|_| println!("skipped: no ../shared")).ok()
}

#[test]
fn every_pypa_record_is_read_without_loss() {
    let Some(file) = shared("pypa/advisories.ndjson.zst") else { return };
    let mut text = String::new();
    zstd::Decoder::new(file).unwrap().read_to_string(&mut text).unwrap();
    let (mut records, mut versions) = (0, 0);
    for (line, entry) in text.lines().zip(read(BufReader::new(text.as_bytes()), Limits::default())) {
        let record = entry.unwrap().record;
        records += 1;
        versions += record.affected.iter().map(|affected| affected.versions.len()).sum::<usize>();
        let expected: Value = serde_json::from_str(line).unwrap();
        let mut found = serde_json::to_value(&record).unwrap();
        // Empty lists are not written.
        for (name, value) in expected.as_object().unwrap() {
            if value == &Value::Array(Vec::new()) {
                found[name] = value.clone();
            }
        }
        for (place, affected) in expected["affected"].as_array().unwrap().iter().enumerate() {
            for name in ["versions", "ranges"] {
                if affected[name] == Value::Array(Vec::new()) {
                    found["affected"][place][name] = Value::Array(Vec::new());
                }
            }
        }
        assert_eq!(found, expected, "{}", record.id);
        let findings = check(&record);
        assert!(findings.is_empty(), "{}: {findings:?}", record.id);
    }
    assert_eq!((records, versions), (1_328, 70_329));
}

#[test]
fn every_rustsec_advisory_is_read() {
    let Some(file) = shared("rustsec/advisory-db.tar.zst") else { return };
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).unwrap());
    let (mut crates, mut toolchain, mut informational) = (0, 0, 0);
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        if !path.ends_with(".md") || !(path.contains("crates/") || path.contains("rust/")) {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let collection = if path.contains("crates/") { Collection::Crates } else { Collection::Rust };
        let record = rustsec::read(&text, collection).unwrap_or_else(|fault| panic!("{path}: {fault}"));
        if path.contains("crates/") {
            crates += 1
        } else {
            toolchain += 1
        }
        assert!(path.contains(&record.id));
        informational +=
            usize::from(!record.affected[0].database_specific.as_ref().unwrap()["informational"].is_null());
        assert_eq!(check(&record), [], "{path}");
    }
    assert_eq!((crates, toolchain), (1_205, 20));
    assert_eq!(informational, 476);
}
