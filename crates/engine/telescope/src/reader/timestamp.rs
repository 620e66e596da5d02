//! Time stamps of logs, parsed by hand: they are half of the work of a line.

const NANOSECONDS: i64 = 1_000_000_000;

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    bytes
        .get(at..at + count)?
        .iter()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
#[must_use]
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Nanoseconds since 1970 of `YYYY-MM-DD[T ]hh:mm:ss[.fraction][Z|±hh:mm|±hhmm]`; UTC where no offset is given.
#[must_use]
pub fn iso(text: &[u8]) -> Option<i64> {
    let (year, month, day) = (digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?);
    let (hour, minute, second) = (digits(text, 11, 2)?, digits(text, 14, 2)?, digits(text, 17, 2)?);
    let marks = text[4] == b'-'
        && text[7] == b'-'
        && matches!(text[10], b'T' | b' ')
        && text[13] == b':'
        && text[16] == b':';
    if !marks
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let mut at = 19;
    let mut fraction = 0;
    if matches!(text.get(at), Some(b'.' | b',')) {
        at += 1;
        let mut scale = NANOSECONDS / 10;
        while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
            fraction += i64::from(digit - b'0') * scale;
            scale /= 10;
            at += 1;
        }
    }
    let offset = offset(text.get(at..)?)?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    seconds.checked_mul(NANOSECONDS)?.checked_add(fraction)
}

fn offset(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    let sign = match text.first() {
        None | Some(b'Z' | b'z') => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let minutes_at = if text.get(3) == Some(&b':') { 4 } else { 3 };
    Some(sign * (digits(text, 1, 2)? * 3600 + digits(text, minutes_at, 2)? * 60))
}

/// Nanoseconds since 1970 of seconds with a fraction, such as `1258531221.486539`.
#[must_use]
pub fn seconds(text: &[u8]) -> Option<i64> {
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    if point == 0 || point > 10 {
        return None;
    }
    let whole = digits(text, 0, point)?;
    let mut scale = NANOSECONDS / 10;
    let mut fraction = 0;
    for byte in text.get(point + 1..).unwrap_or_default() {
        if !byte.is_ascii_digit() {
            return None;
        }
        fraction += i64::from(byte - b'0') * scale;
        scale /= 10;
    }
    Some(whole * NANOSECONDS + fraction)
}

/// Nanoseconds since 1970 of `Nov 22 20:52:20` (RFC 3164) in the given year, UTC.
#[must_use]
pub fn bsd(text: &[u8], year: i16) -> Option<i64> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let month = MONTHS.iter().position(|name| text.starts_with(name))? as i64 + 1;
    let day = if *text.get(4)? == b' ' { digits(text, 5, 1)? } else { digits(text, 4, 2)? };
    let (hour, minute, second) = (digits(text, 7, 2)?, digits(text, 10, 2)?, digits(text, 13, 2)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    (days(i64::from(year), month, day) * 86_400 + hour * 3600 + minute * 60 + second).checked_mul(NANOSECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn iso_agrees_with_the_calendar_library(second in -2_000_000_000i64..7_000_000_000, microsecond in 0i64..1_000_000) {
            let time = jiff::Timestamp::new(second, 0).expect("in range");
            let text = format!("{}.{microsecond:06}+0900", time.strftime("%Y-%m-%dT%H:%M:%S"));
            prop_assert_eq!(iso(text.as_bytes()), Some((second - 9 * 3600) * NANOSECONDS + microsecond * 1000));
        }

        #[test]
        fn any_bytes_are_refused_or_read(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (iso(&text), seconds(&text), bsd(&text, 2026));
        }
    }

    #[test]
    fn known_forms() {
        assert_eq!(iso(b"1970-01-02 00:00:00"), Some(86_400 * NANOSECONDS));
        assert_eq!(iso(b"2026-11-22T20:52:20Z"), iso(b"2026-11-22T22:52:20.0+02:00"));
        assert_eq!(iso(b"2003-01-25 05:30:00 -05:00"), iso(b"2003-01-25T10:30:00Z"));
        assert_eq!(seconds(b"1258531221.486539"), Some(1_258_531_221_486_539_000));
        assert_eq!(bsd(b"Nov  2 01:02:03 host", 2026), iso(b"2026-11-02T01:02:03Z"));
        assert_eq!(iso(b"2026-13-01T00:00:00Z"), None);
    }
}
