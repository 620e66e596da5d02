//! Any bytes as VERIS: every record is read or is a fault with its line; what can be taken over may be saved.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_incident::veris::map;
use shinayaka_kernel::object::Record;
use shinayaka_veris::{Limits, read};

fuzz_target!(|bytes: &[u8]| {
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let limits = Limits { records: 100, record_bytes: 1 << 16 };
    for entry in read(bytes, limits).unwrap_or_default() {
        match entry {
            Ok(entry) => {
                assert!((1..=lines).contains(&entry.line));
                if let Ok(mapped) = map(&entry) {
                    mapped.incident.validate().expect("what is taken over may be saved");
                }
            }
            Err(fault) => assert!((1..=lines).contains(&fault.line) && !fault.reason.is_empty()),
        }
    }
});
