//! Gentoo: Package Manager Specification, chapter 3, "Version comparison".

use super::key::{number, take_digits, text};

/// `_p` sorts after the plain version, which is 5 in this ranking.
const SUFFIXES: [(&str, u8); 5] = [("alpha", 1), ("beta", 2), ("pre", 3), ("rc", 4), ("p", 6)];
const NO_SUFFIX: u8 = 5;

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (digits, mut rest) = take_digits(version);
    if digits.is_empty() {
        return Err("a Gentoo version starts with a digit");
    }
    number(out, digits);
    while let Some(after) = rest.strip_prefix('.') {
        let (digits, end) = take_digits(after);
        if digits.is_empty() {
            return Err("a number is missing after a dot");
        }
        if digits.starts_with('0') {
            out.push(1);
            text(out, digits.trim_end_matches('0'));
        } else {
            number(out, digits);
        }
        rest = end;
    }
    out.push(0);
    match rest.bytes().next().filter(u8::is_ascii_lowercase) {
        Some(letter) => {
            out.push(letter);
            rest = &rest[1..];
        }
        None => out.push(0),
    }
    while let Some(after) = rest.strip_prefix('_') {
        let Some((word, rank)) = SUFFIXES.iter().find(|(word, _)| after.starts_with(word)) else {
            return Err("a suffix that Gentoo does not have");
        };
        out.push(*rank);
        let (digits, end) = take_digits(&after[word.len()..]);
        number(out, digits);
        rest = end;
    }
    out.push(NO_SUFFIX);
    let (revision, rest) = match rest.strip_prefix("-r") {
        Some(after) => take_digits(after),
        None => ("0", rest),
    };
    if revision.is_empty() || !rest.is_empty() {
        return Err("not the form of a Gentoo version");
    }
    number(out, revision);
    Ok(())
}
