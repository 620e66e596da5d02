//! Any text as a forecast log: no panic, and what is read accounts for every entry.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_forecast::log::Log;

fuzz_target!(|text: &str| {
    if let Ok(log) = Log::parse(text) {
        assert_eq!(log.open().count() + 2 * log.scored().count(), log.entries().len());
    }
});
