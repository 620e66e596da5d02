#![no_main]
//! Whatever the bytes, the reader answers with a model or an error, and every model either compiles or says why not.

use libfuzzer_sys::fuzz_target;
use shinayaka_cascade::graph::build;
use shinayaka_cascade::import::{Format, read};
use shinayaka_cascade::lint::lint;
use shinayaka_cascade::model::Date;
use shinayaka_cascade::simulate::{Options, run};

fuzz_target!(|bytes: &[u8]| {
    let Ok(imported) = read(Format::Csv, bytes) else { return };
    let _ = lint(&imported.model, Date::constant(2026, 11, 22));
    let Ok(graph) = build(&imported.model) else { return };
    // A small model that loops without end is caught by the bound on outages.
    if graph.len() < 100 {
        let _ = run(&graph, &Options::default());
    }
});
