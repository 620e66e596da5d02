//! The public VERS test suite, when it lies beside the repository.

use std::path::{Path, PathBuf};

use serde_json::Value;
use shinayaka_matching::version::{Range, Scheme, from_native};

fn suite() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/vers-spec/tests");
    if !folder.is_dir() {
        println!("skipped: no ../shared");
        return None;
    }
    Some(folder)
}

fn scheme(input: &Value, field: &str) -> Scheme {
    let name = input[field].as_str().expect("a scheme");
    Scheme::from_name(name).unwrap_or_else(|| panic!("unknown scheme {name}"))
}

fn order(case: &Value) -> Result<(), String> {
    let input = &case["input"];
    let scheme = scheme(input, "input_scheme");
    let versions: Vec<&str> =
        input["versions"].as_array().expect("versions").iter().filter_map(Value::as_str).collect();
    let order = scheme.compare(versions[0], versions[1]).map_err(|error| error.to_string())?;
    if case["test_type"] == "equality" {
        let equal = order.is_eq();
        return if Some(equal) == case["expected_output"].as_bool() {
            Ok(())
        } else {
            Err(format!("{order:?}"))
        };
    }
    let expected: Vec<&str> =
        case["expected_output"].as_array().expect("list").iter().filter_map(Value::as_str).collect();
    // Expected strings can be normalised: they are recognised by being equal in the scheme.
    let first = scheme.compare(versions[0], expected[0]).map_err(|error| error.to_string())?.is_eq();
    let kept = if order.is_eq() { true } else { first == order.is_lt() };
    if kept { Ok(()) } else { Err(format!("{order:?}")) }
}

fn run(case: &Value) -> Result<(), String> {
    let input = &case["input"];
    let expected = &case["expected_output"];
    let text = || input.as_str().expect("a string");
    let equal = |found: String| {
        if Some(found.as_str()) == expected.as_str() { Ok(()) } else { Err(format!("found {found}")) }
    };
    match case["test_type"].as_str().expect("a type") {
        "comparison" | "equality" => order(case),
        "containment" => {
            let range =
                Range::parse(input["vers"].as_str().expect("vers")).map_err(|error| error.to_string())?;
            let found = range
                .contains(input["version"].as_str().expect("version"))
                .map_err(|error| error.to_string())?;
            if Some(found) == expected.as_bool() { Ok(()) } else { Err(found.to_string()) }
        }
        "from_native" => {
            let native = input["native_range"].as_str().expect("a range");
            equal(
                from_native(scheme(input, "scheme"), native).map_err(|error| error.to_string())?.to_string(),
            )
        }
        "validate" => equal(Range::parse(text()).map_err(|error| error.to_string())?.to_string()),
        "parse" => {
            match (Range::parse_canonical(text()), case["expected_failure"].as_bool().unwrap_or(false)) {
                (Err(error), true)
                    if Some(error.to_string().as_str()) == case["expected_message"].as_str() =>
                {
                    Ok(())
                }
                (Err(error), _) => Err(error.to_string()),
                (Ok(range), true) => Err(format!("accepted as {range}")),
                (Ok(range), false) => {
                    let sign = |sign: &str| if sign.is_empty() { "=".to_owned() } else { sign.to_owned() };
                    let found: Vec<Value> = range
                        .constraints
                        .iter()
                        .map(|c| serde_json::json!([sign(c.comparator.sign()), c.version]))
                        .collect();
                    if Value::from(found) == expected["version_constraints"]
                        && range.scheme.name() == expected["scheme"]
                    {
                        Ok(())
                    } else {
                        Err(range.to_string())
                    }
                }
            }
        }
        other => Err(format!("test type {other} is not known here")),
    }
}

#[test]
fn every_case_of_the_vers_suite_holds() {
    let Some(folder) = suite() else { return };
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let file: Value = serde_json::from_slice(&std::fs::read(&path).expect("file")).expect("JSON");
        for case in file["tests"].as_array().expect("tests") {
            cases += 1;
            if let Err(found) = run(case) {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                wrong.push(format!("{name:?} {} -> {} but {found}", case["input"], case["expected_output"]));
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 1000, "the suite has gone");
    assert!(wrong.is_empty(), "{} of {cases} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
