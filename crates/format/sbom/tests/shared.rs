//! The test documents of CycloneDX 1.6, told apart, and the bills of trustify's scenario, read.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use shinayaka_sbom::{Item, Limits, read, validate};

fn shared(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data").join(file);
    if !path.exists() {
        println!("skipped: no ../shared");
        return None;
    }
    Some(path)
}

#[test]
fn valid_and_invalid_documents_are_told_apart() {
    let Some(path) = shared("cyclonedx/test-documents-1.6.tar.zst") else { return };
    let mut archive = tar::Archive::new(zstd::Decoder::new(File::open(path).unwrap()).unwrap());
    let (mut valid, mut invalid, mut wrong) = (0, 0, Vec::new());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".json") && !name.ends_with(".xml") {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let expected = name.starts_with("valid-");
        if expected {
            valid += 1
        } else {
            invalid += 1
        }
        let found = validate(&bytes, Limits::default());
        if matches!(&found, Ok(findings) if findings.is_empty()) != expected {
            wrong.push(format!("{name}: {found:?}"));
        }
        // What is valid can be read.
        if expected && let Err(fault) = read(&bytes[..], Limits::default(), &mut |_| ()) {
            wrong.push(format!("{name}: {fault}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((valid, invalid), (92, 52));
}

#[test]
fn the_bills_of_the_scenario_are_read() {
    let Some(folder) = shared("trustify/scenarios/S2a_cpe_golang_oci") else { return };
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().contains("sbom_") {
            continue;
        }
        files += 1;
        let (mut purls, mut cpes) = (0, 0);
        let bytes = fs::read(&path).unwrap();
        let summary = read(&bytes[..], Limits::default(), &mut |item| {
            if let Item::Component(component) = item {
                purls += component.purls.len();
                cpes += component.cpes.len();
            }
        })
        .unwrap();
        assert!((2..=3).contains(&summary.components) && summary.problems.is_empty(), "{path:?}");
        assert!(purls == 1 && (1..=2).contains(&cpes), "{path:?}: {purls} {cpes}");
    }
    assert_eq!(files, 5);
}
