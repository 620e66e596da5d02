//! Scenarios of others: bills of materials, advisories, and the verdict that each bill must come to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use shinayaka_matching::identity::map::Map;
use shinayaka_matching::import::{csaf, cve, osv, sbom};
use shinayaka_matching::index::{Builder, InventoryBuilder, Segment};
use shinayaka_matching::matcher::{Index, Moment};
use shinayaka_matching::verdict::{Policy, Verdict};

fn advisory(builder: &mut Builder, path: &Path) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let value: Value = serde_json::from_slice(&bytes).expect("JSON");
    if value.get("cveMetadata").is_some() {
        let entry = shinayaka_cve::read(bytes.as_slice(), shinayaka_cve::Limits::default()).next();
        let record = entry.expect("a record").expect("a record").record;
        cve::bulletins(&record).iter().for_each(|bulletin| builder.add(bulletin));
    } else if value.get("document").is_some() {
        builder.add(&csaf::bulletin(&shinayaka_csaf::read(&bytes).expect("CSAF"), ""));
    } else {
        let entry = shinayaka_osv::read(bytes.as_slice(), shinayaka_osv::Limits::default()).next();
        builder.add(&osv::bulletin(&entry.expect("a record").expect("a record").record));
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Affected => "affected",
        Verdict::UnderInvestigation => "under_investigation",
        Verdict::Undecidable => "undecidable",
        Verdict::Fixed => "fixed",
        Verdict::NotAffected => "not_affected",
    }
}

fn check(folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join("expected.json")).expect("expected.json");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let mut builder = Builder::default();
    for name in expected["advisories"].as_array().expect("advisories") {
        advisory(&mut builder, &folder.join(name.as_str().expect("a name")));
    }
    let segment = Segment::open(Arc::new(builder.finish().expect("a segment"))).expect("a segment");
    let names = Map::built_in().names().expect("the map");
    let index = Index::new(vec![segment], Policy::built_in(), names, Moment::now(1_900_000_000));
    let mut cases = 0;
    for (name, bill) in expected["sboms"].as_object().expect("bills") {
        let path = ["spdx.json", "cdx.json", "json"].iter().map(|end| folder.join(format!("{name}.{end}")));
        let path = path.into_iter().find(|path| path.exists()).expect("the bill");
        let file = std::io::BufReader::new(std::fs::File::open(&path).expect("the bill"));
        let bill_read = sbom::components(file, name, None).expect("a bill");
        let mut builder = InventoryBuilder::new(index.names());
        bill_read.components.iter().for_each(|component| builder.push(component));
        let findings = index.findings(&builder.open().expect("an inventory"), |_| true);
        for (id, verdict) in bill["correct"].as_object().expect("verdicts") {
            cases += 1;
            // The gravest verdict of any component is that of the bill.
            let found = findings.iter().filter(|f| f.vulnerability == *id).map(|f| f.verdict).min();
            assert_eq!(
                found.map_or("none", word),
                verdict.as_str().expect("a word"),
                "{name} {id}: {findings:#?}"
            );
        }
    }
    cases
}

#[test]
fn every_provided_scenario_comes_to_its_expected_verdicts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/trustify/scenarios");
    if !folder.is_dir() {
        println!("skipped: no ../shared");
        return;
    }
    let folders: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("folder").map(|e| e.expect("entry").path()).collect();
    let cases: usize = folders.iter().map(|folder| check(folder)).sum();
    assert!(cases >= 5, "the scenarios have gone");
}
