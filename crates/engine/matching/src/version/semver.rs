//! Semantic Versioning 2.0.0, section 11, and the looser ways in which npm, Go and NuGet write it.

use super::key::{number, take_digits, text};

/// Which deviations from the three numbers are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// `1.2.3-rc.1+build`, one to three numbers (a missing one is 0), an optional `v` in front.
    Semantic,
    /// As above, and a `go` in front; `1.21rc2` is the toolchain's way to write `1.21.0-rc.2`.
    Go,
    /// Up to four numbers, prerelease without regard to case.
    NuGet,
}

pub fn write(version: &str, flavour: Flavour, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut rest = version.trim_start_matches(['=', ' ']);
    if flavour == Flavour::Go {
        rest = rest.strip_prefix("go").unwrap_or(rest);
    }
    rest = rest.strip_prefix(['v', 'V']).unwrap_or(rest);
    let core = rest.split('+').next().unwrap_or(rest);
    if let Some(build) = rest.split_once('+').map(|parts| parts.1)
        && !build.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte))
    {
        return Err("a build identifier with other characters than letters, digits, '.', '-'");
    }
    let wanted = if flavour == Flavour::NuGet { 4 } else { 3 };
    let mut rest = core;
    let mut found = 0;
    loop {
        let (digits, after) = take_digits(rest);
        if digits.is_empty() {
            return Err("not a number where one is needed");
        }
        if found == wanted {
            return Err("more numbers than the scheme has");
        }
        number(out, digits);
        found += 1;
        rest = after;
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => break,
        }
    }
    for _ in found..wanted {
        number(out, "");
    }
    prerelease(rest, flavour, out)
}

/// Identifiers from left to right, numbers below words, fewer below more; none at all is the release and the highest.
fn prerelease(rest: &str, flavour: Flavour, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if rest.is_empty() {
        out.push(0xFF);
        return Ok(());
    }
    let identifiers = rest.strip_prefix('-').unwrap_or(rest);
    if flavour == Flavour::Go && !rest.starts_with('-') {
        let (word, digits) = super::key::take_letters(rest);
        out.push(0x02);
        text(out, word);
        if !digits.is_empty() {
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("neither a release nor a release candidate of the toolchain");
            }
            out.push(0x01);
            number(out, digits);
        }
        out.push(0);
        return Ok(());
    }
    for identifier in identifiers.split('.') {
        if identifier.is_empty() {
            return Err("an empty prerelease identifier");
        }
        if !identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err("a prerelease identifier with other characters than letters, digits and '-'");
        }
        if identifier.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push(0x01);
            number(out, identifier);
        } else {
            out.push(0x02);
            match flavour {
                Flavour::NuGet => text(out, &identifier.to_ascii_lowercase()),
                _ => text(out, identifier),
            }
        }
    }
    out.push(0);
    Ok(())
}
