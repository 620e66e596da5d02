//! Building blocks of byte keys: whatever is written here compares by `memcmp` as the values do.

/// A number of any length, given as ASCII digits. Numbers compare by value; the first byte is 0x10 or more, so that a
/// scheme can put tags below it (sorts before any number) or from 0x30 on (sorts after).
pub fn number(out: &mut Vec<u8>, digits: &str) {
    let digits = digits.trim_start_matches('0');
    match digits.len() {
        0 => out.push(0x10),
        1..=19 => small(out, digits.bytes().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))),
        longer => {
            out.push(0x20);
            out.extend_from_slice(&u32::try_from(longer).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(digits.as_bytes());
        }
    }
}

/// As [`number`], of a value at hand.
pub fn small(out: &mut Vec<u8>, value: u64) {
    let bytes = value.to_be_bytes();
    let skip = (value.leading_zeros() / 8) as usize;
    out.push(0x10 + u8::try_from(8 - skip).unwrap_or(8));
    out.extend_from_slice(&bytes[skip..]);
}

/// A text without NUL: a prefix sorts before its continuation.
pub fn text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(0);
}

/// Splits off the leading ASCII digits.
pub fn take_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// Splits off the leading ASCII letters.
pub fn take_letters(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(text.len());
    text.split_at(end)
}
