//! RPM: `[epoch:]version[-release]`, as rpmvercmp compares it, with tilde (before) and caret (after) of RPM 4.15.

use super::key::{number, take_digits, take_letters, text};

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let epoch = if epoch.is_empty() { "0" } else { epoch };
    if !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("an epoch that is not a number");
    }
    let (main, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
    if main.is_empty() {
        return Err("no version");
    }
    number(out, epoch);
    part(main, out);
    part(release, out);
    Ok(())
}

const BEFORE: u8 = 0x01;
const END: u8 = 0x02;
const AFTER: u8 = 0x03;
const LETTERS: u8 = 0x04;

fn part(mut rest: &str, out: &mut Vec<u8>) {
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^');
        match rest.bytes().next() {
            None => break,
            Some(b'~') => {
                out.push(BEFORE);
                rest = &rest[1..];
            }
            Some(b'^') => {
                out.push(AFTER);
                rest = &rest[1..];
            }
            Some(byte) if byte.is_ascii_digit() => {
                let (digits, after) = take_digits(rest);
                number(out, digits);
                rest = after;
            }
            Some(_) => {
                let (letters, after) = take_letters(rest);
                out.push(LETTERS);
                text(out, letters);
                rest = after;
            }
        }
    }
    out.push(END);
}
