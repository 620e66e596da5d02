//! All CVE, RustSec and PyPA records that lie beside the repository are read, become assertions, and their published
//! scores are recomputed.

use std::io::Read;
use std::path::{Path, PathBuf};

use shinayaka_matching::import::{cve, osv};
use shinayaka_matching::index::{Builder, Segment};

fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data").join(path);
    if !path.exists() {
        println!("skipped: no ../shared");
        return None;
    }
    Some(path)
}

fn unpacked(path: &Path) -> impl std::io::BufRead {
    let file = std::fs::File::open(path).expect("file");
    std::io::BufReader::with_capacity(1 << 20, zstd::Decoder::new(file).expect("packed"))
}

fn opened(builder: Builder) -> Segment {
    Segment::open(std::sync::Arc::new(builder.finish().expect("a segment"))).expect("a segment")
}

#[test]
fn every_cve_record_is_read_and_recomputed() {
    let Some(path) = data("vulnrichment/cve-records-to-2024h1.ndjson.zst") else { return };
    let (mut records, mut selections, mut contradictions) = (0, 0, Vec::new());
    let mut builder = Builder::default();
    for entry in shinayaka_cve::read(unpacked(&path), shinayaka_cve::Limits::default()) {
        let record = entry.expect("every record is readable").record;
        records += 1;
        cve::bulletins(&record).iter().for_each(|bulletin| builder.add(bulletin));
        selections += cve::selections(&record).len();
        contradictions.extend(cve::contradictions(&record));
    }
    let assertions = builder.assertions();
    let segment = opened(builder);
    println!(
        "{records} records, {assertions} assertions, {} packages, {selections} SSVC selections, {} contradictions",
        segment.packages(),
        contradictions.len()
    );
    assert_eq!(records, 32_142);
    assert!(assertions > 100_000 && selections > 30_000);
    // About one published score in a hundred is not the one that its vector gives.
    assert!((100..2000).contains(&contradictions.len()), "{}", contradictions.len());
    assert!(contradictions.iter().all(|found| (found.published - found.computed).abs() > 0.04));
}

#[test]
fn every_rustsec_advisory_is_read() {
    let Some(path) = data("rustsec/advisory-db.tar.zst") else { return };
    let mut archive = tar::Archive::new(unpacked(&path));
    let mut builder = Builder::default();
    let mut records = 0;
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").into_owned();
        let mut text = String::new();
        if name.extension().is_none_or(|end| end != "md") || entry.read_to_string(&mut text).is_err() {
            continue;
        }
        if !text.trim_start().starts_with("```toml") {
            continue;
        }
        let toolchain = name.components().any(|part| part.as_os_str() == "rust");
        let collection = match toolchain {
            true => shinayaka_osv::rustsec::Collection::Rust,
            false => shinayaka_osv::rustsec::Collection::Crates,
        };
        let record = shinayaka_osv::rustsec::read(&text, collection);
        builder.add(&osv::bulletin(&record.unwrap_or_else(|fault| panic!("{}: {fault}", name.display()))));
        records += 1;
    }
    assert_eq!(records, 1225);
    assert!(opened(builder).packages() > 500);
}

#[test]
fn every_listed_version_of_pypa_lies_in_its_record() {
    let Some(path) = data("pypa/advisories.ndjson.zst") else { return };
    let mut builder = Builder::default();
    let (mut records, mut listed) = (0, 0);
    let mut purls: Vec<(String, String)> = Vec::new();
    for entry in shinayaka_osv::read(unpacked(&path), shinayaka_osv::Limits::default()) {
        let record = entry.expect("every record is readable").record;
        records += 1;
        let bulletin = osv::bulletin(&record);
        if record.withdrawn.is_none() {
            for affected in &record.affected {
                let Some(package) = &affected.package else { continue };
                for version in &affected.versions {
                    listed += 1;
                    let name = package.name.to_lowercase().replace('_', "-");
                    purls.push((format!("pkg:pypi/{name}@{}", version.to_lowercase()), record.id.clone()));
                }
            }
        }
        builder.add(&bulletin);
    }
    assert_eq!(records, 1328);
    let names = shinayaka_matching::identity::map::Map::built_in().names().expect("the map");
    let policy = shinayaka_matching::verdict::Policy::built_in();
    let moment = shinayaka_matching::matcher::Moment::now(1_900_000_000);
    let index = shinayaka_matching::matcher::Index::new(vec![opened(builder)], policy, names, moment);
    let mut inventory = shinayaka_matching::index::InventoryBuilder::new(index.names());
    let mut distinct: Vec<&String> = purls.iter().map(|(purl, _)| purl).collect();
    distinct.sort();
    distinct.dedup();
    distinct.iter().for_each(|purl| inventory.push_purl(purl));
    let findings = index.findings(&inventory.open().expect("an inventory"), |_| true);
    let affected: std::collections::HashSet<(&str, &str)> = findings
        .iter()
        .filter(|f| f.verdict == shinayaka_matching::verdict::Verdict::Affected)
        .flat_map(|f| {
            let aliases = f.aliases.iter().map(String::as_str);
            aliases.chain([f.vulnerability.as_str()]).map(|name| (f.component.as_str(), name))
        })
        .collect();
    let missing: Vec<_> =
        purls.iter().filter(|(purl, id)| !affected.contains(&(purl.as_str(), id.as_str()))).collect();
    println!(
        "{listed} listed versions, {} not found affected: {:?}",
        missing.len(),
        missing.iter().take(5).collect::<Vec<_>>()
    );
    assert!(listed > 60_000);
    // A data base that lists a version is heard even where its own range disagrees.
    assert!(missing.len() * 1000 < listed, "{} of {listed}", missing.len());
}
