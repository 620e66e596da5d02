//! Debian: `[epoch:]upstream[-revision]`, Debian policy 5.6.12, as dpkg compares it.

use super::key::{number, take_digits};

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("an epoch that is not a number");
    }
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    if upstream.is_empty() {
        return Err("no upstream version");
    }
    if !rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-~:".contains(&byte)) {
        return Err("a character that Debian versions do not have");
    }
    number(out, epoch);
    part(upstream, out);
    part(revision, out);
    Ok(())
}

/// Pairs of non-digits and digits. A tilde sorts before the end, the end before letters, letters before the rest.
fn part(mut rest: &str, out: &mut Vec<u8>) {
    let mut first = true;
    while first || !rest.is_empty() {
        let end = rest.bytes().position(|byte| byte.is_ascii_digit()).unwrap_or(rest.len());
        for byte in rest[..end].bytes() {
            out.push(match byte {
                b'~' => 0x01,
                byte if byte.is_ascii_alphabetic() => byte,
                byte => byte | 0x80,
            });
        }
        let (digits, after) = take_digits(&rest[end..]);
        out.push(0x02);
        number(out, digits);
        rest = after;
        first = false;
    }
    out.push(0x02);
}
