//! Python: PEP 440, "Version specifiers", with its normalisations. What is not PEP 440 has no order here.

use super::key::{number, take_digits, text};

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let lower = version.to_ascii_lowercase();
    let rest = lower.strip_prefix('v').unwrap_or(&lower);
    let (public, local) = match rest.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (rest, None),
    };
    let rest = match public.split_once('!') {
        Some((epoch, rest)) if !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit()) => {
            number(out, epoch);
            rest
        }
        Some(_) => return Err("an epoch that is not a number"),
        None => {
            number(out, "");
            public
        }
    };
    let rest = release(rest, out)?;
    let (before, rest) = labelled(rest, &BEFORE);
    let (after, rest) = post(rest);
    let (development, rest) = labelled(rest, &DEVELOPMENT);
    if !rest.is_empty() {
        return Err("not a version of PEP 440");
    }
    match before {
        Some((rank, digits)) => {
            out.push(rank);
            number(out, digits);
        }
        // A development release of the final version sorts before its first alpha.
        None if after.is_none() && development.is_some() => out.push(0),
        None => out.push(0xFF),
    }
    match after {
        Some(digits) => number(out, digits),
        None => out.push(0),
    }
    match development {
        Some((_, digits)) => number(out, digits),
        None => out.push(0xFF),
    }
    write_local(local, out)
}

/// `1.0` equals `1`: zeros at the end are left out, and the end sorts before any further number.
fn release<'a>(mut rest: &'a str, out: &mut Vec<u8>) -> Result<&'a str, &'static str> {
    let mut parts = Vec::new();
    loop {
        let (digits, after) = take_digits(rest);
        if digits.is_empty() {
            return Err("not a version of PEP 440: a number is missing");
        }
        parts.push(digits);
        rest = after;
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|first: char| first.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    let kept =
        parts.iter().rposition(|digits| digits.bytes().any(|byte| byte != b'0')).map_or(0, |last| last + 1);
    for digits in &parts[..kept] {
        number(out, digits);
    }
    out.push(0);
    Ok(rest)
}

const BEFORE: [(&str, u8); 8] =
    [("alpha", 1), ("beta", 2), ("preview", 3), ("pre", 3), ("rc", 3), ("a", 1), ("b", 2), ("c", 3)];
const DEVELOPMENT: [(&str, u8); 1] = [("dev", 1)];
const AFTER: [(&str, u8); 3] = [("post", 1), ("rev", 1), ("r", 1)];

fn separator(rest: &str) -> &str {
    rest.strip_prefix(['-', '_', '.']).unwrap_or(rest)
}

type Labelled<'a> = (Option<(u8, &'a str)>, &'a str);

/// An optional separator, a word, an optional separator, an optional number (0 when it is missing).
fn labelled<'a>(rest: &'a str, words: &[(&str, u8)]) -> Labelled<'a> {
    let start = separator(rest);
    for (word, rank) in words {
        if let Some(after) = start.strip_prefix(word) {
            let (digits, end) = take_digits(separator(after));
            return if digits.is_empty() {
                (Some((*rank, "0")), after)
            } else {
                (Some((*rank, digits)), end)
            };
        }
    }
    (None, rest)
}

fn post(rest: &str) -> (Option<&str>, &str) {
    if let Some(after) = rest.strip_prefix('-') {
        let (digits, end) = take_digits(after);
        if !digits.is_empty() {
            return (Some(digits), end);
        }
    }
    let (found, rest) = labelled(rest, &AFTER);
    (found.map(|(_, digits)| digits), rest)
}

fn write_local(local: Option<&str>, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let Some(local) = local else {
        out.push(0);
        return Ok(());
    };
    out.push(1);
    for part in local.split(['-', '_', '.']) {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("a local version with other characters than letters, digits and separators");
        }
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            number(out, part);
        } else {
            out.push(2);
            text(out, part);
        }
    }
    out.push(0);
    Ok(())
}
