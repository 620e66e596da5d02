//! The standard's own test documents: each case is judged as it says, or the test is listed as missing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read,
    path::Path,
};

use serde_json::Value;
use shinayaka_csaf::{Group, Outcome, read, validate, write};

/// Files of an archive by their path.
fn files(archive: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/csaf").join(archive);
    let Ok(file) = File::open(path) else {
        println!("skipped: no ../shared");
        return None;
    };
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).unwrap());
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(path, bytes);
    }
    Some(files)
}

/// Cases that agree, tests that are missing with their number of cases, and cases that differ.
fn judge(files: &BTreeMap<String, Vec<u8>>) -> (usize, BTreeMap<String, usize>, Vec<String>) {
    let (list, text) =
        files.iter().find(|(path, _)| path.ends_with("validator/data/testcases.json")).unwrap();
    let folder = list.trim_end_matches("testcases.json");
    let cases: Value = serde_json::from_slice(text).unwrap();
    let (mut agree, mut missing, mut wrong) = (0, BTreeMap::new(), Vec::new());
    for test in cases["tests"].as_array().unwrap() {
        let id = test["id"].as_str().unwrap();
        for (group, should_pass) in [("failures", false), ("valid", true)] {
            for case in test[group].as_array().into_iter().flatten() {
                let name = case["name"].as_str().unwrap();
                let bytes = &files[&format!("{folder}{name}")];
                let report = match validate(bytes, Group::Informative) {
                    Ok(report) => report,
                    Err(fault) => {
                        wrong.push(format!("{id} {name}: {fault}"));
                        continue;
                    }
                };
                match report.result(id) {
                    None | Some(Outcome::NotImplemented) => *missing.entry(id.to_owned()).or_default() += 1,
                    Some(Outcome::Passed) if should_pass => agree += 1,
                    Some(Outcome::Failed(_)) if !should_pass => agree += 1,
                    Some(other) => {
                        wrong.push(format!("{id} {name}: should pass {should_pass}, is {other:?}"))
                    }
                }
            }
        }
    }
    (agree, missing, wrong)
}

#[test]
fn every_case_of_2_0() {
    let Some(files) = files("csaf-2.0-tests.tar.zst") else { return };
    let (agree, missing, wrong) = judge(&files);
    println!("{agree} agree, missing {missing:?}");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((agree, missing.values().sum::<usize>()), (230, 9));
}

#[test]
fn every_case_of_2_1() {
    let Some(files) = files("csaf-2.1-tests.tar.zst") else { return };
    let (agree, missing, wrong) = judge(&files);
    println!("{agree} agree, missing {missing:?}");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((agree, missing.values().sum::<usize>()), (778, 78));
}

#[test]
fn every_document_is_read_and_written_without_loss() {
    for archive in ["csaf-2.0-tests.tar.zst", "csaf-2.1-tests.tar.zst"] {
        let Some(files) = files(archive) else { return };
        let (mut documents, mut statements) = (0, 0);
        let mut refused = BTreeSet::new();
        for (path, bytes) in &files {
            let data =
                path.contains("validator/data/") && !path.contains("testcases") && !path.contains(".result.");
            if !data || !path.ends_with(".json") {
                continue;
            }
            let Ok(advisory) = read(bytes) else {
                refused.insert(path.clone());
                continue;
            };
            documents += 1;
            let expected: Value = serde_json::from_slice(bytes).unwrap();
            let found: Value = serde_json::from_str(&write(&advisory)).unwrap();
            assert_eq!(without_empty(found), without_empty(expected), "{path}");
            statements += advisory.vulnerabilities.iter().map(|one| one.statements().len()).sum::<usize>();
        }
        println!("{documents} documents, {statements} statements, refused {refused:?}");
        assert!(documents > 200 && statements > 100);
    }
}

/// Empty lists say nothing.
fn without_empty(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
            for (_, value) in members {
                *value = without_empty(value.take());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| *value = without_empty(value.take())),
        _ => {}
    }
    value
}
