//! Alpine: `1.2.3a_rc1~hash-r4`, as apk-tools compares it.

use super::key::{number, take_digits, text};

const BEFORE: u8 = 0x01;
const END: u8 = 0x02;
const REVISION: u8 = 0x03;
const HASH: u8 = 0x04;
const SUFFIX_NUMBER: u8 = 0x05;
const AFTER: u8 = 0x06;
const LETTER: u8 = 0x07;
const COMPONENT: u8 = 0x08;

const SUFFIXES: [(&str, u8, u8); 9] = [
    ("alpha", BEFORE, 1),
    ("beta", BEFORE, 2),
    ("pre", BEFORE, 3),
    ("rc", BEFORE, 4),
    ("cvs", AFTER, 1),
    ("svn", AFTER, 2),
    ("git", AFTER, 3),
    ("hg", AFTER, 4),
    ("p", AFTER, 5),
];

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (digits, mut rest) = take_digits(version);
    if digits.is_empty() {
        return Err("an Alpine version starts with a digit");
    }
    number(out, digits);
    while let Some(after) = rest.strip_prefix('.') {
        let (digits, end) = take_digits(after);
        if digits.is_empty() {
            return Err("a number is missing after a dot");
        }
        component(digits, out);
        rest = end;
    }
    if let Some(letter) = rest.bytes().next().filter(u8::is_ascii_lowercase) {
        out.push(LETTER);
        out.push(letter);
        rest = &rest[1..];
    }
    rest = suffixes(rest, out)?;
    if let Some(after) = rest.strip_prefix('~') {
        let end = after.find('-').unwrap_or(after.len());
        if end == 0 || !after[..end].bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("a commit hash that is not hexadecimal");
        }
        out.push(HASH);
        text(out, &after[..end]);
        rest = &after[end..];
    }
    if let Some(after) = rest.strip_prefix("-r") {
        let (digits, end) = take_digits(after);
        if digits.is_empty() {
            return Err("a revision without number");
        }
        out.push(REVISION);
        number(out, digits);
        rest = end;
    }
    if !rest.is_empty() {
        return Err("not the form of an Alpine version");
    }
    out.push(END);
    Ok(())
}

/// A component that starts with 0 is a decimal fraction: it compares as text, and before every number.
fn component(digits: &str, out: &mut Vec<u8>) {
    out.push(COMPONENT);
    if digits.starts_with('0') {
        out.push(0x01);
        text(out, digits);
    } else {
        number(out, digits);
    }
}

fn suffixes<'a>(mut rest: &'a str, out: &mut Vec<u8>) -> Result<&'a str, &'static str> {
    while let Some(after) = rest.strip_prefix('_') {
        let Some((word, tag, rank)) = SUFFIXES.iter().find(|(word, _, _)| after.starts_with(word)) else {
            return Err("a suffix that Alpine does not have");
        };
        out.push(*tag);
        out.push(*rank);
        let (digits, end) = take_digits(&after[word.len()..]);
        if !digits.is_empty() {
            out.push(SUFFIX_NUMBER);
            number(out, digits);
        }
        rest = end;
    }
    Ok(rest)
}
