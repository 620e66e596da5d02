#![no_main]
//! Whatever the bytes, the bill is read or refused, and what is read can be judged.

use libfuzzer_sys::fuzz_target;
use shinayaka_cryptography::inventory::bill;
use shinayaka_cryptography::names::Registry;
use shinayaka_cryptography::policy::Policies;
use shinayaka_cryptography::report::report;

thread_local! {
    static WORLD: (Registry, Policies) = {
        let registry = Registry::embedded().expect("the files of the crate are whole");
        let policies = Policies::embedded(&registry).expect("the files of the crate are whole");
        (registry, policies)
    };
}

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|(registry, policies)| {
        let Ok(assets) = bill::read(registry, bytes) else { return };
        for policy in policies.iter() {
            let _ = report(registry, policy, "fuzz", &assets, 2030, Vec::new());
        }
    });
});
