//! Any bytes as a table of accidents: every row is an accident that may be saved or a fault with its place, and what
//! was read is the same after writing and reading again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_incident::table::{read, write};
use shinayaka_kernel::{ObjectId, object::Record};

fn rows(bytes: &[u8]) -> (Vec<read::Row>, Vec<read::RowFault>) {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    read::read(bytes, |row| match row {
        Ok(row) => rows.push(row),
        Err(found) => faults.extend(found),
    });
    (rows, faults)
}

fuzz_target!(|bytes: &[u8]| {
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let (found, faults) = rows(bytes);
    for fault in &faults {
        assert!((1..=lines).contains(&fault.line) && !fault.field.is_empty() && !fault.reason.is_empty());
    }
    for row in &found {
        row.incident.validate().expect("what is read may be saved");
        assert!((2..=lines).contains(&row.line));
    }
    let id = ObjectId::named("fuzz");
    let mut written = write::header();
    let accidents = found.iter().map(|row| (id, row.synthetic, &row.incident));
    written.extend(write::lines(accidents).expect("what is read can be written"));
    let (again, faults) = rows(&written);
    assert!(faults.is_empty(), "{faults:?}");
    assert!(found.iter().map(|row| &row.incident).eq(again.iter().map(|row| &row.incident)));
});
