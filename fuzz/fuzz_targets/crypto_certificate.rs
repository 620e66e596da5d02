#![no_main]
//! Whatever the bytes, certificates are read or refused.

use libfuzzer_sys::fuzz_target;
use shinayaka_cryptography::inventory::certificate;
use shinayaka_cryptography::names::Registry;

thread_local! {
    static REGISTRY: Registry = Registry::embedded().expect("the file of the crate is whole");
}

fuzz_target!(|bytes: &[u8]| {
    REGISTRY.with(|registry| {
        let _ = certificate::read(registry, bytes);
        let _ = certificate::one(registry, bytes, 1);
    });
});
