//! Any bytes against the tests of CSAF: each comes to an end with a result.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_csaf::{Group, validate};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(report) = validate(bytes, Group::Informative) {
        assert!(report.results.len() > 70);
    }
});
