//! Any bytes as CVE records, in any chunks: each is read or is a fault with a line of the file; what may be published is read back.
#![no_main]

use std::io::BufReader;

use libfuzzer_sys::fuzz_target;
use shinayaka_cve::{Limits, read, write};

fuzz_target!(|bytes: &[u8]| {
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let limits = Limits { record_bytes: 1 << 16 };
    let whole: Vec<_> = read(bytes, limits).take(1000).collect();
    let chunk = 1 + usize::from(bytes.first().copied().unwrap_or(0) % 32);
    let pieces: Vec<_> = read(BufReader::with_capacity(chunk, bytes), limits).take(1000).collect();
    assert_eq!(whole, pieces);
    for entry in whole {
        match entry {
            Ok(entry) => {
                assert!((1..=lines).contains(&entry.line));
                if let Ok(text) = write(&entry.record) {
                    let back = read(text.as_bytes(), Limits::default()).next().expect("a record").expect("readable");
                    assert_eq!(back.record.containers, entry.record.containers);
                }
            }
            Err(fault) => assert!((1..=lines).contains(&fault.line) && !fault.reason.is_empty()),
        }
    }
});
