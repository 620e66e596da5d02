//! Any bytes as OSV records and as an advisory of RustSec: read or a fault; what may be published is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_osv::{
    Limits, read,
    rustsec::{self, Collection},
    write,
};

fuzz_target!(|bytes: &[u8]| {
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    for entry in read(bytes, Limits { record_bytes: 1 << 16 }).take(1000) {
        match entry {
            Ok(entry) => {
                assert!((1..=lines).contains(&entry.line));
                if let Ok(text) = write(&entry.record) {
                    let back = read(text.as_bytes(), Limits::default()).next().expect("a record").expect("readable");
                    assert_eq!(back.record.affected, entry.record.affected);
                }
            }
            Err(fault) => assert!((1..=lines).contains(&fault.line) && !fault.reason.is_empty()),
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Err(fault) = rustsec::read(text, Collection::Crates)
    {
        assert!((1..=lines).contains(&fault.line));
    }
});
