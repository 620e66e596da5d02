#![no_main]
//! Whatever the text, the event is read or refused, and what is read is answered.

use libfuzzer_sys::fuzz_target;
use shinayaka_obligation::report::report;
use shinayaka_obligation::{Event, Rulebook};

thread_local! {
    static RULEBOOK: Rulebook = Rulebook::embedded().expect("the files of the crate are whole");
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(event) = Event::read(text) else { return };
    // The history asks once a line: bounded by the lines, so that a long one is only slow.
    if event.fact.len() + event.report.len() < 50 {
        let at = "2026-11-22T00:00:00Z".parse().expect("a time");
        RULEBOOK.with(|rulebook| {
            let _ = report(rulebook, &event, at, &[]);
        });
    }
});
