//! The CRYPTREC policy item by item against LS-0001-2022R2 (2026-03-30), and what its years say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use shinayaka_cryptography::matrix::matrix;
use shinayaka_cryptography::names::{Component, Registry};
use shinayaka_cryptography::policy::{List, Policies};
use shinayaka_cryptography::verdict::{Judgement, Verdict, judge};

/// List, heading, names as the list prints them; the headings that the list prints without a name stand empty.
const TABLE: &[(List, bool, &str, &[&str])] = &[
    (List::Recommended, false, "signature", &["DSA", "ECDSA", "EdDSA", "RSA-PSS", "RSASSA-PKCS1-v1_5"]),
    (List::Recommended, false, "confidentiality", &["RSA-OAEP"]),
    (List::Recommended, false, "key-agreement", &["DH", "ECDH"]),
    (List::Recommended, false, "block-cipher-64", &[]),
    (List::Recommended, false, "block-cipher-128", &["AES", "Camellia"]),
    (List::Recommended, false, "stream-cipher", &["KCipher-2"]),
    (
        List::Recommended,
        false,
        "hash",
        &[
            "SHA-256",
            "SHA-384",
            "SHA-512",
            "SHA-512/256",
            "SHA3-256",
            "SHA3-384",
            "SHA3-512",
            "SHAKE128",
            "SHAKE256",
        ],
    ),
    (List::Recommended, false, "mode", &["CBC", "CFB", "CTR", "OFB", "XTS"]),
    (List::Recommended, false, "authenticated-mode", &["CCM", "GCM"]),
    (List::Recommended, false, "mac", &["CMAC", "HMAC"]),
    (List::Recommended, false, "authenticated-encryption", &["ChaCha20-Poly1305"]),
    (
        List::Recommended,
        false,
        "entity-authentication",
        &["ISO/IEC 9798-2", "ISO/IEC 9798-3", "ISO/IEC 9798-4"],
    ),
    (List::Recommended, true, "signature", &[]),
    (List::Recommended, true, "key-agreement", &["ML-KEM-768", "ML-KEM-1024"]),
    (List::Recommended, true, "block-cipher-128", &["AES-192", "AES-256"]),
    (List::Recommended, true, "hash", &["SHA-384", "SHA-512", "SHA3-384", "SHA3-512"]),
    (List::Candidate, false, "signature", &[]),
    (List::Candidate, false, "confidentiality", &[]),
    (List::Candidate, false, "key-agreement", &["PSEC-KEM"]),
    (List::Candidate, false, "block-cipher-64", &["CIPHERUNICORN-E", "Hierocrypt-L1", "MISTY1"]),
    (List::Candidate, false, "block-cipher-128", &["CIPHERUNICORN-A", "CLEFIA", "Hierocrypt-3"]),
    (List::Candidate, false, "stream-cipher", &["Enocoro-128v2", "MUGI", "MULTI-S01"]),
    (List::Candidate, false, "hash", &[]),
    (List::Candidate, false, "mode", &[]),
    (List::Candidate, false, "mac", &["PC-MAC-AES"]),
    (List::Monitored, false, "signature", &[]),
    (List::Monitored, false, "confidentiality", &["RSAES-PKCS1-v1_5"]),
    (List::Monitored, false, "key-agreement", &[]),
    (List::Monitored, false, "block-cipher-64", &["3-key Triple DES"]),
    (List::Monitored, false, "stream-cipher", &[]),
    (List::Monitored, false, "hash", &["RIPEMD-160", "SHA-1"]),
    (List::Monitored, false, "mac", &["CBC-MAC"]),
];

fn world() -> (Registry, Policies) {
    let registry = Registry::embedded().unwrap();
    let policies = Policies::embedded(&registry).unwrap();
    (registry, policies)
}

fn one(registry: &Registry, name: &str) -> Component {
    let found = registry.recognise(name);
    assert!(found.components.len() == 1 && found.unknown.is_empty(), "{name}: {found:?}");
    found.components[0]
}

fn ask(name: &str, policy: &str, year: i16) -> Judgement {
    let (registry, policies) = world();
    judge(&registry, policies.get(policy).unwrap(), one(&registry, name), year)
}

#[test]
fn the_list_item_by_item() {
    let (registry, policies) = world();
    let policy = policies.get("cryptrec-2026").unwrap();
    assert_eq!((policy.document.as_str(), policy.date.as_str()), ("LS-0001-2022R2", "2026-03-30"));
    let mut rows = 0;
    for (list, quantum, heading, names) in TABLE {
        let entries = policy.entries.iter().filter(|entry| {
            (entry.list, entry.quantum) == (*list, *quantum) && entry.uses.iter().any(|row| row == heading)
        });
        let mut found = BTreeSet::new();
        for entry in entries {
            rows += 1;
            for id in &entry.algorithms {
                let parameters = entry.parameters.iter().map(|parameter| Some(*parameter));
                let parameters: Vec<Option<u32>> =
                    if entry.parameters.is_empty() { vec![None] } else { parameters.collect() };
                found.extend(parameters.into_iter().map(|parameter| (id.clone(), parameter)));
            }
        }
        let expected: BTreeSet<(String, Option<u32>)> = names
            .iter()
            .map(|name| {
                let component = one(&registry, name);
                (registry.algorithm(component).id.clone(), component.parameter)
            })
            .collect();
        assert_eq!(found, expected, "{list:?}, quantum {quantum}, {heading}");
    }
    assert_eq!(rows, policy.entries.len(), "every row of the policy stands in the table");
}

#[test]
fn lists_become_verdicts() {
    let verdict = |name: &str| ask(name, "cryptrec-2026", 2026).verdict;
    assert_eq!(verdict("AES-256"), Verdict::Recommended);
    assert_eq!(verdict("CLEFIA-128"), Verdict::Candidate);
    // The criteria of strength say what counts as recommended; a monitored hash stays monitored.
    assert_eq!(verdict("SHA-1"), Verdict::Monitored);
    assert_eq!(verdict("RC4"), Verdict::NotListed);
    assert_eq!(verdict("ML-KEM-768"), Verdict::Recommended);
    assert_eq!(verdict("ML-KEM-512"), Verdict::NotListed);
    assert_eq!(verdict("ML-DSA-65"), Verdict::NotListed, "the row of signatures is empty");
    assert_eq!(verdict("SLH-DSA"), Verdict::NotListed);
    assert_eq!(ask("ML-DSA-65", "nist", 2026).verdict, Verdict::Recommended);
    assert_eq!(verdict("RSAES-PKCS1-v1_5"), Verdict::Monitored);
}

#[test]
fn key_lengths_are_a_timetable() {
    let verdict = |name: &str, year| ask(name, "cryptrec-2026", year).verdict;
    assert_eq!(verdict("RSASSA-PSS-2048", 2030), Verdict::Expires { year: 2030 });
    assert_eq!(verdict("RSASSA-PSS-2048", 2031), Verdict::Expired { year: 2030 });
    assert_eq!(verdict("RSASSA-PSS-1024", 2026), Verdict::Disallowed);
    assert_eq!(verdict("RSASSA-PSS-3072", 2040), Verdict::Recommended);
    assert_eq!(verdict("RSASSA-PSS-3072", 2041), Verdict::Expires { year: 2050 });
    assert_eq!(verdict("AES-128", 2051), Verdict::Expired { year: 2050 });
    assert_eq!(verdict("AES-256", 2070), Verdict::Recommended);
    assert_eq!(
        verdict("ML-KEM-1024", 2060),
        Verdict::Recommended,
        "the criteria do not apply to it for the time being"
    );
    let named = ask("RSASSA-PSS-2048", "cryptrec-2026", 2031);
    assert!(named.clauses.iter().any(|clause| clause.contains("LS-0003-2022R1")), "{:?}", named.clauses);
    assert!(ask("RSA-PSS", "cryptrec-2026", 2026).condition.is_some(), "the length was not said");
}

#[test]
fn camellia_stands_in_the_matrix_as_a_conflict() {
    let (registry, policies) = world();
    let matrix = matrix(&registry, &policies, 2026);
    let row =
        matrix.rows.iter().find(|row| row.algorithm == "camellia" && row.parameter == Some(128)).unwrap();
    assert!(row.conflict);
    let cell = |policy: &str| row.cells.iter().find(|cell| cell.policy == policy).unwrap();
    assert_eq!(cell("cryptrec-2026").verdict, Verdict::Recommended);
    assert_eq!(cell("ncsc-nl").verdict, Verdict::PhaseOut { year: None });
    let ml_dsa =
        matrix.rows.iter().find(|row| row.algorithm == "ml-dsa" && row.parameter == Some(65)).unwrap();
    assert!(ml_dsa.conflict, "listed by NIST, not by CRYPTREC");
    let aes = matrix.rows.iter().find(|row| row.algorithm == "aes" && row.parameter == Some(256)).unwrap();
    assert!(
        !aes.conflict,
        "{:?}",
        aes.cells.iter().map(|cell| (&cell.policy, cell.verdict)).collect::<Vec<_>>()
    );
}
