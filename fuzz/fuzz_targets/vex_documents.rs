//! Any bytes as VEX: read or a fault; what may be published is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_vex::{read, write_cyclonedx, write_openvex};

fuzz_target!(|bytes: &[u8]| {
    match read(bytes) {
        Ok(document) => {
            if let Ok(text) = write_openvex(&document) {
                let back = read(text.as_bytes()).expect("what was written can be read");
                assert_eq!(back.statements.len(), document.statements.len());
            }
            if let Ok(text) = write_cyclonedx(&document) {
                let back = read(text.as_bytes()).expect("what was written can be read");
                assert_eq!(back.statements.len(), document.statements.len());
            }
        }
        Err(fault) => assert!(!fault.reason.is_empty()),
    }
});
