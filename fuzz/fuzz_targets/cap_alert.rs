//! Any bytes as CAP: read or refused with a place; what is read can be written, read again the same, and saved as a draft.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_cap::{Error, read, write};
use shinayaka_warning::service::cap::content_of;

fuzz_target!(|bytes: &[u8]| {
    match read::document(bytes) {
        Ok(alert) => {
            content_of(&alert).check().expect("what was read fits a draft");
            if let Ok(text) = write::document(&alert) {
                let again = read::document(text.as_bytes()).expect("what we write can be read");
                assert_eq!(again.infos.len(), alert.infos.len());
                assert_eq!(again.identifier, alert.identifier);
            }
        }
        Err(Error::Invalid { line, reason }) => {
            assert!((1..=1 + bytes.iter().filter(|byte| **byte == b'\n').count()).contains(&line) && !reason.is_empty());
        }
        Err(Error::Rule { element, reason }) => assert!(!element.is_empty() && !reason.is_empty()),
    }
});
