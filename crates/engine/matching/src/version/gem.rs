//! RubyGems: `Gem::Version`, canonical segments; a word sorts before a number, so `1.0.a` is before `1.0`.

use super::key::{number, take_digits, take_letters, text};

const WORD: u8 = 0x01;
const ZERO_BEFORE_WORD: u8 = 0x02;
const END: u8 = 0x03;

enum Segment<'a> {
    Number(&'a str),
    Word(&'a str),
}

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut segments = Vec::new();
    let mut rest = version;
    if !rest.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("a gem version starts with a digit");
    }
    while !rest.is_empty() {
        let (digits, after) = take_digits(rest);
        let (letters, after) = if digits.is_empty() { take_letters(rest) } else { ("", after) };
        if digits.is_empty() && letters.is_empty() {
            // `1.0-x` reads as `1.0.pre.x`.
            let tail = match rest.as_bytes()[0] {
                b'.' => &rest[1..],
                b'-' => {
                    segments.push(Segment::Word("pre"));
                    &rest[1..]
                }
                _ => return Err("a character that gem versions do not have"),
            };
            if !tail.starts_with(|first: char| first.is_ascii_alphanumeric()) {
                return Err("an empty segment");
            }
            rest = tail;
            continue;
        }
        segments.push(if digits.is_empty() { Segment::Word(letters) } else { Segment::Number(digits) });
        rest = after;
    }
    write_segments(&segments, out);
    Ok(())
}

/// The end stands for zeros without end: zeros before it are left out, and a zero in the middle is only as high as
/// what follows it, which is lower than the end when the next segment that is not zero is a word.
fn write_segments(segments: &[Segment], out: &mut Vec<u8>) {
    let is_zero =
        |segment: &Segment| matches!(segment, Segment::Number(digits) if digits.bytes().all(|d| d == b'0'));
    let first_word =
        segments.iter().position(|segment| matches!(segment, Segment::Word(_))).unwrap_or(segments.len());
    let (numbers, rest) = segments.split_at(first_word);
    let trimmed =
        |part: &[Segment]| part.iter().rposition(|segment| !is_zero(segment)).map_or(0, |last| last + 1);
    for part in [&numbers[..trimmed(numbers)], &rest[..trimmed(rest)]] {
        for (at, segment) in part.iter().enumerate() {
            match segment {
                Segment::Word(word) => {
                    out.push(WORD);
                    text(out, word);
                }
                Segment::Number(_) if is_zero(segment) => {
                    let next = part[at..].iter().find(|segment| !is_zero(segment));
                    match next {
                        Some(Segment::Word(_)) => out.push(ZERO_BEFORE_WORD),
                        _ => number(out, ""),
                    }
                }
                Segment::Number(digits) => number(out, digits),
            }
        }
    }
    out.push(END);
}
