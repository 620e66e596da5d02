//! Any bytes as a bill of materials of any format: read or a fault with a line; the validator comes to an end; and what
//! is read can be written as a valid document again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_sbom::{Item, Limits, read, validate};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { text_bytes: 1 << 14, element_bytes: 1 << 15, depth: 40, identifiers: 100, relations: 100, problems: 3 };
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let mut components = 0;
    let result = read(bytes, limits, &mut |item| components += u64::from(matches!(item, Item::Component(_))));
    match result {
        Ok(summary) => {
            assert_eq!(summary.components, components);
            assert!(summary.problems.len() <= 3);
            assert!(summary.problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
        }
        Err(fault) => assert!((1..=lines).contains(&fault.line) && !fault.reason.is_empty()),
    }
    match validate(bytes, limits) {
        Ok(findings) => assert!(findings.len() <= 100),
        Err(fault) => assert!((1..=lines).contains(&fault.line)),
    }
});
