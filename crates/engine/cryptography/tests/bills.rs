//! Every document of the CycloneDX test suite: valid ones are read, invalid ones refused with their place.

use std::io::Read;
use std::path::Path;

use shinayaka_cryptography::inventory::{AssetKind, bill};
use shinayaka_cryptography::ledger::{Horizon, Progress, ledger};
use shinayaka_cryptography::names::Registry;
use shinayaka_cryptography::policy::Policies;
use shinayaka_cryptography::report::report;
use shinayaka_cryptography::verdict::Verdict;

#[test]
fn the_documents_of_others() {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let archive = folders.find_map(|folder| {
        Some(folder.join("../shared/data/cyclonedx/test-documents-1.6.tar.zst")).filter(|path| path.is_file())
    });
    let Some(archive) = archive else {
        println!("skipped: no ../shared");
        return;
    };
    let registry = Registry::embedded().unwrap();
    let decoded = zstd::decode_all(std::fs::File::open(archive).unwrap()).unwrap();
    let mut archive = tar::Archive::new(decoded.as_slice());
    let (mut valid, mut invalid, mut wrong) = (0, 0, Vec::new());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry
            .path()
            .unwrap()
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let read = bill::read(&registry, &bytes);
        if name.starts_with("valid-") {
            valid += 1;
            if let Err(error) = &read {
                wrong.push(format!("{name}: {error}"));
            }
            if name.starts_with("valid-cryptography-full") {
                let assets = read.unwrap();
                assert!(assets.iter().any(|asset| asset.kind == AssetKind::CipherSuite), "{name}");
                assert!(assets.iter().any(|asset| asset.kind == AssetKind::Key), "{name}");
            }
        } else if name.starts_with("invalid-") {
            invalid += 1;
            if read.is_ok() {
                wrong.push(format!("{name} is read"));
            }
        }
    }
    assert_eq!((valid, invalid), (92, 52));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const BILL: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [
 {"type": "cryptographic-asset", "bom-ref": "sig", "name": "SHA256withRSA", "cryptoProperties": {"assetType": "algorithm",
   "algorithmProperties": {"primitive": "signature", "parameterSetIdentifier": "2048"}}},
 {"type": "cryptographic-asset", "bom-ref": "kem", "name": "X25519MLKEM768", "cryptoProperties": {"assetType": "algorithm",
   "algorithmProperties": {"primitive": "kem"}}},
 {"type": "cryptographic-asset", "bom-ref": "cipher", "name": "KCipher-2", "cryptoProperties": {"assetType": "algorithm",
   "algorithmProperties": {"primitive": "stream-cipher"}}},
 {"type": "cryptographic-asset", "name": "Twofish", "cryptoProperties": {"assetType": "algorithm",
   "algorithmProperties": {"primitive": "block-cipher", "parameterSetIdentifier": "256", "mode": "ecb"}}},
 {"type": "cryptographic-asset", "name": "house cipher", "cryptoProperties": {"assetType": "algorithm"}},
 {"type": "cryptographic-asset", "name": "tls", "cryptoProperties": {"assetType": "protocol", "protocolProperties":
   {"type": "tls", "version": "1.1", "cipherSuites": [{"name": "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}]}}},
 {"type": "cryptographic-asset", "name": "server", "cryptoProperties": {"assetType": "certificate", "certificateProperties":
   {"notValidAfter": "2031-01-01T00:00:00Z", "signatureAlgorithmRef": "sig"}}}]}"#;

#[test]
fn a_bill_is_judged_and_migrated() {
    let registry = Registry::embedded().unwrap();
    let policies = Policies::embedded(&registry).unwrap();
    let policy = policies.get("cryptrec-2026").unwrap();
    let assets = bill::read(&registry, BILL.as_bytes()).unwrap();
    let report = report(&registry, policy, "bill", &assets, 2026, Vec::new());
    let verdict =
        |name: &str| report.assets.iter().find(|asset| asset.name.starts_with(name)).unwrap().verdict;
    assert_eq!(verdict("SHA256withRSA"), Some(Verdict::Expires { year: 2030 }));
    assert_eq!(verdict("X25519MLKEM768"), Some(Verdict::Recommended));
    assert_eq!(verdict("KCipher-2"), Some(Verdict::Recommended));
    assert_eq!(verdict("Twofish"), Some(Verdict::NotListed));
    assert_eq!(verdict("house cipher"), Some(Verdict::Unknown));
    assert_eq!(verdict("TLS_RSA_WITH_3DES"), Some(Verdict::Expires { year: 2030 }.max(Verdict::Monitored)));
    assert_eq!(verdict("server"), Some(Verdict::Expires { year: 2030 }));
    let old = report.assets.iter().find(|asset| asset.name == "tls 1.1").unwrap();
    assert!(old.obsolete.is_some() && !old.is_fine());
    let horizon = Horizon { year: 2026, shelf_life: 10, migration: 5, threat: 2035 };
    let ledger = ledger(&registry, policy, &assets, horizon);
    let line = |name: &str| ledger.lines.iter().find(|line| line.name.starts_with(name)).unwrap();
    assert_eq!(line("X25519MLKEM768").progress, Progress::Hybrid);
    let signature = line("SHA256withRSA");
    // Mosca: 2035 - (10 + 5) = 2020; the policy's own end, 2030 - 5 = 2025, is later.
    assert_eq!(
        (signature.progress, signature.late, signature.begin_by),
        (Progress::Vulnerable, true, Some(2020))
    );
    assert!(!signature.has_target, "the list has no signature against quantum computers yet");
}

#[test]
fn refusals_name_place_and_rule() {
    let registry = Registry::embedded().unwrap();
    let broken = BILL.replace("\"assetType\": \"algorithm\"", "\"assetType\": \"magic\"");
    let message = bill::read(&registry, broken.as_bytes()).unwrap_err().to_string();
    assert!(message.contains("/components/0"), "{message}");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(bill::read(&registry, deep.as_bytes()).is_err());
    let bomb = "<!DOCTYPE bom [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\" version=\"1\">&b;</bom>";
    assert!(bill::read(&registry, bomb.as_bytes()).is_err());
}
