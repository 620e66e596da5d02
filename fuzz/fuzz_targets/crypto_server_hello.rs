#![no_main]
//! Whatever a server sends, the answer is read or refused, and a probe of such a server ends.

use std::io;

use libfuzzer_sys::fuzz_target;
use shinayaka_cryptography::names::Registry;
use shinayaka_cryptography::tls::answer::{enough, read};
use shinayaka_cryptography::tls::probe::{Transport, assets, probe};

struct Always<'a>(&'a [u8]);

impl Transport for Always<'_> {
    fn exchange(&mut self, _: &[u8], _: &dyn Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
        Ok(self.0.to_vec())
    }
}

thread_local! {
    static REGISTRY: Registry = Registry::embedded().expect("the file of the crate is whole");
}

fuzz_target!(|bytes: &[u8]| {
    let _ = enough(bytes);
    let _ = read(bytes);
    if let Ok(speaks) = probe(&mut Always(bytes), Some("localhost"), [7; 32]) {
        REGISTRY.with(|registry| {
            let _ = assets(registry, &speaks);
        });
    }
});
