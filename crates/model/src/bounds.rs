//! The bounds that texts of a record keep; a fault names the field.

use shinayaka_kernel::{Error, Result};

/// Bytes of a name or a title.
pub const MAXIMUM_TITLE_BYTES: usize = 400;
/// Bytes of a note or an explanation.
pub const MAXIMUM_NOTE_BYTES: usize = 10_000;
/// The greatest integer that every JSON reader keeps exactly (2^53 - 1).
pub const MAXIMUM_NUMBER: u64 = 9_007_199_254_740_991;

/// # Errors
/// [`Error::Invalid`] for a text that is too long or holds control characters other than line ends and tabs.
pub fn check_text(field: &str, text: &str, maximum: usize) -> Result<()> {
    if text.len() > maximum {
        return Err(Error::invalid(field, format!("is {} bytes long; the limit is {maximum}", text.len())));
    }
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
        return Err(Error::invalid(field, "holds a control character"));
    }
    Ok(())
}

/// A text of one line that says something.
///
/// # Errors
/// As [`check_text`], and for an empty text or one of several lines.
pub fn check_line(field: &str, text: &str, maximum: usize) -> Result<()> {
    check_text(field, text, maximum)?;
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if text.contains(['\n', '\t']) {
        return Err(Error::invalid(field, "must be one line"));
    }
    Ok(())
}

/// # Errors
/// [`Error::Invalid`] for more entries than `maximum`.
pub fn check_entries(field: &str, count: usize, maximum: usize) -> Result<()> {
    if count > maximum {
        return Err(Error::invalid(field, format!("has {count} entries; the limit is {maximum}")));
    }
    Ok(())
}

/// A link that a browser may be given.
///
/// # Errors
/// [`Error::Invalid`] for anything but a web address of at most 1,000 bytes.
pub fn check_url(field: &str, url: &str) -> Result<()> {
    check_text(field, url, 1_000)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_none_or(str::is_empty) || url.contains(char::is_whitespace) {
        return Err(Error::invalid(field, "must begin with https:// or http:// and hold no space"));
    }
    Ok(())
}

/// A number that means something.
///
/// # Errors
/// [`Error::Invalid`] for a number that JSON cannot hold.
pub fn check_finite(field: &str, number: f64) -> Result<()> {
    if number.is_finite() { Ok(()) } else { Err(Error::invalid(field, "must be a finite number")) }
}
