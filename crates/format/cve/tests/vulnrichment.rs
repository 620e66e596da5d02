//! Real records: every one is read, and nothing of what the format has is lost on the way back.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use serde_json::Value;
use shinayaka_cve::{Limits, State, read};

const FILE: &str = "../../../../shared/data/vulnrichment/cve-records-to-2024h1.ndjson.zst";

/// Members that only their provider knows, and single metrics that the vector repeats.
fn without_what_is_passed_over(value: &mut Value, inside_cvss: bool) {
    const CVSS: [&str; 6] =
        ["version", "vectorString", "baseScore", "baseSeverity", "temporalScore", "environmentalScore"];
    match value {
        Value::Object(members) => {
            members.retain(|name, value| {
                !name.starts_with("x_")
                    && (!inside_cvss || CVSS.contains(&name.as_str()))
                    // Empty lists and the default status say nothing.
                    && value.as_array().is_none_or(|list| !list.is_empty())
                    && !(name == "defaultStatus" && value == "unknown")
            });
            for (name, value) in members {
                if name != "content" {
                    without_what_is_passed_over(value, name.starts_with("cvssV"));
                }
                if let Some(number) = value.as_f64() {
                    *value = number.into();
                }
            }
        }
        Value::Array(list) => {
            list.iter_mut().for_each(|value| without_what_is_passed_over(value, inside_cvss))
        }
        _ => {}
    }
}

#[test]
fn every_real_record_is_read_without_loss() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let Ok(file) = File::open(path) else {
        println!("skipped: no ../shared");
        return;
    };
    let lines = BufReader::new(zstd::Decoder::new(file).unwrap());
    let (mut records, mut rejected, mut affected, mut versions, mut ssvc) = (0, 0, 0, 0, 0);
    for (index, line) in lines.lines().enumerate() {
        let line = line.unwrap();
        let record = read(line.as_bytes(), Limits::default()).next().unwrap().unwrap().record;
        records += 1;
        rejected += usize::from(record.metadata.state == State::Rejected);
        affected += record.affected().count();
        versions += record.affected().map(|(_, affected)| affected.versions.len()).sum::<usize>();
        let metrics = record.containers().flat_map(|container| &container.metrics);
        ssvc +=
            metrics.filter(|metric| metric.other.as_ref().is_some_and(|other| other.kind == "ssvc")).count();
        // Every fiftieth in full, to keep the test short.
        if index % 50 == 0 {
            let mut expected: Value = serde_json::from_str(&line).unwrap();
            let mut found = serde_json::to_value(&record).unwrap();
            without_what_is_passed_over(&mut expected, false);
            without_what_is_passed_over(&mut found, false);
            // Two junk members that the format does not have.
            for product in expected
                .pointer_mut("/containers/cna/affected")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                product.as_object_mut().unwrap().remove("versionType");
            }
            assert_eq!(found, expected, "{}", record.metadata.id);
        }
    }
    assert_eq!((records, rejected, affected, versions), (32_142, 72, 100_639, 203_508));
    assert_eq!(ssvc, 32_070);
}
