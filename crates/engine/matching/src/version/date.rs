//! Instants of RFC 3339, compared as instants; and plain dates (`2024-05-01`, `20240501`, `2024.05.01`).

use super::key::take_digits;

pub fn write(version: &str, instant_only: bool, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let bytes = version.as_bytes();
    if let Some(at) = bytes.iter().position(|byte| matches!(byte, b'T' | b't')) {
        let seconds = day_number(&version[..at])? * 86_400;
        return time(&version[at + 1..], seconds, out);
    }
    if instant_only {
        return Err("not an instant of RFC 3339");
    }
    write_seconds(day_number(version)? * 86_400, "", out);
    Ok(())
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn day_number(date: &str) -> Result<i64, &'static str> {
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let separators = date.len() - digits.len();
    let separated = date.len() == 10
        && matches!((&date.as_bytes()[4], &date.as_bytes()[7]), (b'-', b'-') | (b'.', b'.') | (b'/', b'/'));
    if digits.len() != 8 || !(separators == 0 || separators == 2 && separated) {
        return Err("not a date with year, month and day");
    }
    let field = |range: std::ops::Range<usize>| digits[range].parse::<i64>().map_err(|_| "not a date");
    let (year, month, day) = (field(0..4)?, field(4..6)?, field(6..8)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err("a month beyond 12"),
    };
    if day < 1 || day > length {
        return Err("a day that the month does not have");
    }
    // Years counted from March, so that the leap day is the last one.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Ok(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn time(text: &str, midnight: i64, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let two = |at: usize| {
        text.get(at..at + 2).filter(|d| d.bytes().all(|b| b.is_ascii_digit())).ok_or("not a time")
    };
    let value = |digits: &str| digits.parse::<i64>().map_err(|_| "not a time");
    let (hour, minute, second) = (value(two(0)?)?, value(two(3)?)?, value(two(6)?)?);
    if text.as_bytes()[2] != b':' || text.as_bytes()[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return Err("not a time");
    }
    let mut rest = &text[8..];
    let mut fraction = "";
    if let Some(after) = rest.strip_prefix('.') {
        (fraction, rest) = take_digits(after);
        if fraction.is_empty() {
            return Err("a fraction without digits");
        }
    }
    let offset = match rest.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2]
            if [h1, h2, m1, m2].iter().all(|d| d.is_ascii_digit()) =>
        {
            let pair = |a: u8, b: u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
            let minutes = pair(*h1, *h2) * 60 + pair(*m1, *m2);
            if *sign == b'+' { minutes } else { -minutes }
        }
        _ => return Err("an instant needs Z or an offset"),
    };
    write_seconds(midnight + hour * 3600 + minute * 60 + second - offset * 60, fraction, out);
    Ok(())
}

fn write_seconds(seconds: i64, fraction: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(seconds.wrapping_sub(i64::MIN) as u64).to_be_bytes());
    super::key::text(out, fraction.trim_end_matches('0'));
}
