#![no_main]
//! Whatever the text: package URLs, CPE names, ranges, native ranges and versions answer or say why not, and what is
//! written is read back as the same.

use libfuzzer_sys::fuzz_target;
use shinayaka_matching::identity::cpe::Cpe;
use shinayaka_matching::identity::purl::Purl;
use shinayaka_matching::version::{Range, Scheme, from_native};

fuzz_target!(|text: &str| {
    if let Ok(purl) = Purl::parse(text) {
        let canonical = purl.to_string();
        let again = Purl::parse(&canonical).expect("the canonical form is a package URL");
        assert_eq!(again.to_string(), canonical);
    }
    if let Ok(cpe) = Cpe::parse(text) {
        let _ = cpe.relate(&cpe);
        let _ = cpe.to_string();
    }
    if let Ok(range) = Range::parse(text) {
        let _ = range.compile();
        let again = Range::parse(&range.to_string()).expect("what is written is a range");
        assert_eq!(again.to_string(), range.to_string());
    }
    let (left, right) = text.split_once(' ').unwrap_or((text, "1.0"));
    for name in Scheme::names() {
        let Some(scheme) = Scheme::from_name(name) else { continue };
        let forth = scheme.compare(left, right);
        let back = scheme.compare(right, left);
        assert_eq!(forth.is_ok(), back.is_ok());
        if let (Ok(forth), Ok(back)) = (forth, back) {
            assert_eq!(forth, back.reverse());
        }
        if let Ok(range) = from_native(scheme, text) {
            let _ = range.compile();
        }
    }
});
