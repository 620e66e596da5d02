//! Laws that hold for any input.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::LazyLock;

use proptest::prelude::*;
use shinayaka_cryptography::inventory::{bill, certificate};
use shinayaka_cryptography::names::Registry;
use shinayaka_cryptography::policy::Policies;
use shinayaka_cryptography::tls::answer;
use shinayaka_cryptography::verdict::{Verdict, judge};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::embedded().unwrap());

#[test]
fn a_verdict_never_gets_better_with_the_years() {
    let registry = Registry::embedded().unwrap();
    let policies = Policies::embedded(&registry).unwrap();
    for policy in policies.iter() {
        for algorithm in registry.algorithms() {
            for parameter in [None, Some(128), Some(256), Some(768), Some(2048), Some(3072), Some(15360)] {
                let component = registry.component(&algorithm.id, parameter).unwrap();
                let verdicts: Vec<Verdict> =
                    (2020..2080).map(|year| judge(&registry, policy, component, year).verdict).collect();
                assert!(
                    verdicts.is_sorted(),
                    "{} {parameter:?} under {}: {verdicts:?}",
                    algorithm.id,
                    policy.id
                );
            }
        }
    }
}

#[test]
fn every_alias_is_read_as_its_algorithm() {
    let registry = Registry::embedded().unwrap();
    for algorithm in registry.algorithms() {
        for alias in &algorithm.aliases {
            let found = registry.recognise(alias);
            assert!(found.unknown.is_empty(), "{alias}: {found:?}");
            assert_eq!(registry.algorithm(found.components[0]).id, algorithm.id, "{alias}");
        }
    }
}

proptest! {
    #[test]
    fn any_name_is_read(name in "\\PC{0,120}") {
        let _ = REGISTRY.recognise(&name);
        let _ = REGISTRY.oid(&name);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = answer::read(&bytes);
        let _ = answer::enough(&bytes);
        let _ = certificate::read(&REGISTRY, &bytes);
        let _ = bill::read(&REGISTRY, &bytes);
    }
}
