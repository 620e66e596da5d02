//! The public package-URL test suite, when it lies beside the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shinayaka_matching::identity::purl::Purl;

fn files() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/purl-spec/tests");
    if !folder.is_dir() {
        println!("skipped: no ../shared");
        return None;
    }
    let mut files = Vec::new();
    for part in ["spec", "types"] {
        for entry in std::fs::read_dir(folder.join(part)).expect("folder") {
            files.push(entry.expect("entry").path());
        }
    }
    Some(files)
}

fn parts(value: &Value) -> Purl {
    let text = |field: &str| value[field].as_str().map(str::to_owned);
    let qualifiers: BTreeMap<String, String> = value["qualifiers"]
        .as_object()
        .map(|map| {
            map.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or("").to_owned())).collect()
        })
        .unwrap_or_default();
    Purl {
        kind: text("type").unwrap_or_default(),
        namespace: text("namespace"),
        name: text("name").unwrap_or_default(),
        version: text("version"),
        qualifiers,
        subpath: text("subpath"),
    }
}

fn run(case: &Value) -> Result<(), String> {
    let found = match case["test_type"].as_str().expect("a type") {
        "build" => Purl::build(parts(&case["input"])),
        _ => Purl::parse(case["input"].as_str().expect("a string")),
    };
    match (found, case["expected_failure"].as_bool().unwrap_or(false)) {
        (Err(_), true) => Ok(()),
        (Err(error), false) => Err(error.to_string()),
        (Ok(purl), true) => Err(format!("accepted as {purl}")),
        (Ok(purl), false) => {
            let expected = &case["expected_output"];
            let same = match expected.as_str() {
                Some(text) => purl.to_string() == text,
                None => purl == parts(expected),
            };
            if same { Ok(()) } else { Err(format!("{purl:?}")) }
        }
    }
}

#[test]
fn every_case_of_the_purl_suite_holds() {
    let Some(files) = files() else { return };
    let mut wrong = Vec::new();
    let mut cases = 0;
    for path in files {
        let file: Value = serde_json::from_slice(&std::fs::read(&path).expect("file")).expect("JSON");
        for case in file["tests"].as_array().expect("tests") {
            cases += 1;
            if let Err(found) = run(case) {
                wrong.push(format!(
                    "{} {} -> {} but {found}",
                    case["test_type"], case["input"], case["expected_output"]
                ));
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 200, "the suite has gone");
    assert!(wrong.is_empty(), "{} of {cases} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
