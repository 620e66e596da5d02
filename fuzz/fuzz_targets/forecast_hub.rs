//! Any text as a quantile table: no panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_forecast::hub;

fuzz_target!(|text: &str| {
    if let Ok(issues) = hub::read(text, "outsider", 0) {
        assert!(!issues.is_empty());
    }
});
