//! Any text as stated probabilities: no panic, and finite scores of what is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_forecast::verify::{read_stated, verify};

fuzz_target!(|text: &str| {
    if let Ok(stated) = read_stated(text) {
        let found = verify(&stated);
        assert!(found.brier.brier.is_finite() && found.n == stated.len());
    }
});
