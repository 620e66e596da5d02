//! Versions of which nobody says the scheme. Only what every scheme agrees on has an order: numbers between dots.

use super::key::{number, take_digits};

/// Numbers between dots, zeros at the end without weight. Anything else has no order (equal strings are still equal,
/// which [`super::Scheme::compare`] and ranges know).
pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let rest = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let mut zeros = 0;
    for part in rest.split('.') {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("only numbers between dots have an order when the scheme is not known");
        }
        if part.bytes().all(|byte| byte == b'0') {
            zeros += 1;
            continue;
        }
        for _ in 0..zeros {
            number(out, "");
        }
        zeros = 0;
        number(out, part);
    }
    out.push(0);
    Ok(())
}

/// `intdot` of the VERS types: the leading numbers between dots count, what follows them does not.
pub fn write_leading(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut rest = version;
    let mut numbers = 0;
    loop {
        let (digits, after) = take_digits(rest);
        if digits.is_empty() {
            break;
        }
        number(out, digits);
        numbers += 1;
        match after.strip_prefix('.') {
            Some(after) => rest = after,
            None => break,
        }
    }
    if numbers == 0 {
        return Err("no number at the start");
    }
    out.push(0);
    Ok(())
}
