//! Any bytes as CSAF: read or a fault; what is read says the same when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_csaf::{read, remediation_changed, write};

fuzz_target!(|bytes: &[u8]| {
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    match read(bytes) {
        Err(fault) => assert!((1..=lines).contains(&fault.line) && !fault.reason.is_empty()),
        Ok(advisory) => {
            let back = read(write(&advisory).as_bytes()).expect("what was written can be read");
            assert_eq!(back, advisory);
            let products = advisory.products();
            let statements: usize = advisory.vulnerabilities.iter().map(|one| one.statements().len()).sum();
            assert!(products.len() + statements <= bytes.len());
            for product in products {
                assert!(!remediation_changed(&advisory, &back, "CVE-2030-0001", product.id));
            }
        }
    }
});
