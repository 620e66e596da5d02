//! Arch: `[epoch:]version[-release]`, as pacman's vercmp compares it.

use super::key::{number, take_digits, take_letters, text};

const LETTERS: u8 = 0x01;
const END: u8 = 0x02;
const SEPARATORS: u8 = 0x30;

/// Writes the key; true when the version names no release, so that it stands for every release of it (vercmp(8)).
pub fn write(version: &str, out: &mut Vec<u8>) -> Result<bool, &'static str> {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let epoch = if epoch.is_empty() { "0" } else { epoch };
    if !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("an epoch that is not a number");
    }
    number(out, epoch);
    match rest.rsplit_once('-') {
        Some((main, release)) => {
            part(main, out)?;
            part(release, out)?;
            Ok(false)
        }
        None => part(rest, out).map(|()| true),
    }
}

/// Runs of digits or letters with the count of separators in front. Letters straight after digits sort before the end
/// (1.5b is older than 1.5); more separators sort after fewer.
fn part(mut rest: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if rest.is_empty() {
        return Err("an empty part");
    }
    while !rest.is_empty() {
        let start = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let separators = rest.len() - start.len();
        if separators > 0 {
            out.push(SEPARATORS);
            number(out, &separators.to_string());
        }
        if start.is_empty() {
            return Err("a separator at the end, which vercmp orders differently from case to case");
        }
        let (digits, after) = take_digits(start);
        rest = if digits.is_empty() {
            let (letters, after) = take_letters(start);
            out.push(LETTERS);
            text(out, letters);
            after
        } else {
            number(out, digits);
            after
        };
    }
    out.push(END);
    Ok(())
}
