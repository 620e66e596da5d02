//! Any bytes as JVNRSS or VULDEF: read or a fault with a line; what was read is read back when it is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shinayaka_jvn::{Channel, Entry, Limits, read, write_rss, write_vuldef};

fuzz_target!(|bytes: &[u8]| {
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let limits = Limits { text_bytes: 1 << 14, entry_bytes: 1 << 16, depth: 20 };
    let (mut overviews, mut details) = (Vec::new(), Vec::new());
    let result = read(bytes, limits, &mut |entry| match entry {
        Entry::Overview(overview) => overviews.push(overview),
        Entry::Detail(detail) => details.push(*detail),
    });
    match result {
        Err(fault) => assert!((1..=lines).contains(&fault.line) && !fault.reason.is_empty()),
        Ok(count) => {
            assert_eq!(count, (overviews.len() + details.len()) as u64);
            let rss = write_rss(&Channel::default(), &overviews);
            assert_eq!(read(rss.as_bytes(), Limits::default(), &mut |_| ()), Ok(overviews.len() as u64));
            let vuldef = write_vuldef(&details, "ja");
            assert_eq!(read(vuldef.as_bytes(), Limits::default(), &mut |_| ()), Ok(details.len() as u64));
        }
    }
});
