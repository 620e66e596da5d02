//! OpenSSL: up to 1.1.1 three numbers with patch letters (`1.0.2zk`), from 3.0 on semantic versions.

use super::key::{number, take_digits, take_letters, text};

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut rest = version.strip_prefix('v').unwrap_or(version);
    for at in 0..3 {
        let (digits, after) = take_digits(rest);
        if digits.is_empty() {
            return Err("an OpenSSL version starts with three numbers");
        }
        number(out, digits);
        rest = after;
        if at < 2 {
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if at == 1 => {
                    number(out, "");
                    break;
                }
                None => return Err("an OpenSSL version starts with three numbers"),
            }
        }
    }
    let rest = rest.split('+').next().unwrap_or(rest);
    let (letters, rest) = take_letters(rest);
    if !letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err("patch letters are lower case");
    }
    text(out, letters);
    match rest.strip_prefix('-') {
        None if rest.is_empty() => out.push(0xFF),
        Some(before) if !before.is_empty() => natural(before, out),
        _ => return Err("not the form of an OpenSSL version"),
    }
    Ok(())
}

/// Words and numbers in turn, so that alpha2 is before alpha17.
fn natural(mut rest: &str, out: &mut Vec<u8>) {
    while !rest.is_empty() {
        let (digits, after) = take_digits(rest);
        if digits.is_empty() {
            let end = rest.bytes().position(|byte| byte.is_ascii_digit()).unwrap_or(rest.len());
            out.push(0x30);
            text(out, &rest[..end]);
            rest = &rest[end..];
        } else {
            number(out, digits);
            rest = after;
        }
    }
    out.push(0x00);
}
