//! Conan 2: items between dots, `-` prerelease, `+` build.
//!
//! Conan compares a number with a word as text, which is no order for items that mix both ("2" < "10" < "1a" < "2").
//! Here the leading number of an item decides first; the two readings agree wherever Conan's is an order.

use super::key::{number, take_digits, text};

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (rest, build) = match version.rsplit_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (version, None),
    };
    let (main, before) = match rest.rsplit_once('-') {
        Some((main, before)) => (main, Some(before)),
        None => (rest, None),
    };
    if main.is_empty() {
        return Err("no version");
    }
    items(main, out);
    match before {
        Some(before) => {
            out.push(0x01);
            items(before, out);
        }
        None => out.push(0xFF),
    }
    match build {
        Some(build) => {
            out.push(0x01);
            items(build, out);
        }
        None => out.push(0x00),
    }
    Ok(())
}

/// `1.0` equals `1`: items at the end that are zero are left out.
fn items(part: &str, out: &mut Vec<u8>) {
    let all: Vec<&str> = if part.is_empty() { Vec::new() } else { part.split('.').collect() };
    let is_zero = |item: &&str| !item.is_empty() && item.bytes().all(|byte| byte == b'0');
    let kept = all.iter().rposition(|item| !is_zero(item)).map_or(0, |last| last + 1);
    for item in &all[..kept] {
        let (digits, rest) = take_digits(item);
        if digits.is_empty() {
            // Letters sort after digits in text, the few signs before them.
            out.push(if rest.as_bytes().first().is_some_and(|&first| first < b'0') { 0x01 } else { 0x30 });
            text(out, rest);
        } else {
            number(out, digits);
            text(out, rest);
        }
    }
    out.push(0x00);
}
