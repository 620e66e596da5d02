//! One normaliser for both data bases: what it writes is split at spaces by SQLite FTS5 and given to PostgreSQL
//! as a ready `tsvector`, so both find the same.
//!
//! NFKC, lower case; runs of Han, kana and hangul become overlapping pairs (侵入検知 -> 侵入 入検 検知 知), so that the
//! two-character words which carry most of Japanese are found without a dictionary; a CVE id is one token.

use unicode_normalization::UnicodeNormalization;

/// Tokens of one document that are indexed; a longer text is found by its beginning.
pub const MAXIMUM_TOKENS: usize = 4096;
/// Bytes of one token; longer ones (hashes, base64) are cut.
const MAXIMUM_TOKEN_BYTES: usize = 64;
/// Terms of one query.
const MAXIMUM_TERMS: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Written without spaces between words.
    Unspaced,
    Spaced,
    Separator,
}

fn script(character: char) -> Script {
    match character {
        'a'..='z' | '0'..='9' => Script::Spaced,
        '\0'..='\u{7f}' => Script::Separator,
        '々' | '〆' | 'ー' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => Script::Unspaced,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => Script::Unspaced,
        '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => Script::Unspaced,
        '\u{20000}'..='\u{3ffff}' => Script::Unspaced,
        other if other.is_alphanumeric() => Script::Spaced,
        _ => Script::Separator,
    }
}

/// Splits normalised text into runs of one script.
fn runs(text: &str, mut each: impl FnMut(Script, &str)) {
    let normal: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfkc().flat_map(char::to_lowercase).collect()
    };
    let normal = join_cve_ids(normal);
    let mut start = 0;
    let mut current = Script::Separator;
    for (place, character) in normal.char_indices() {
        let next = script(character);
        if next != current {
            if current != Script::Separator {
                each(current, &normal[start..place]);
            }
            start = place;
            current = next;
        }
    }
    if current != Script::Separator {
        each(current, &normal[start..]);
    }
}

/// `cve-2026-1234` -> `cve2026n1234`: one token made of letters and digits only.
fn join_cve_ids(text: String) -> String {
    if !text.contains("cve-") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(place) = rest.find("cve-") {
        let (before, id) = rest.split_at(place);
        out.push_str(before);
        let year = id.get(4..8).filter(|y| y.bytes().all(|b| b.is_ascii_digit()));
        let number = id.get(9..).map_or(0, |n| n.bytes().take_while(u8::is_ascii_digit).count());
        match year {
            Some(year) if id.as_bytes().get(8) == Some(&b'-') && number >= 4 => {
                out.push_str("cve");
                out.push_str(year);
                out.push('n');
                out.push_str(&id[9..9 + number]);
                rest = &id[9 + number..];
            }
            _ => {
                out.push_str("cve-");
                rest = &id[4..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn cut(token: &str) -> &str {
    let mut end = token.len().min(MAXIMUM_TOKEN_BYTES);
    while !token.is_char_boundary(end) {
        end -= 1;
    }
    &token[..end]
}

/// The tokens of a document, space-separated, in order.
pub fn document<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    let mut left = MAXIMUM_TOKENS;
    let mut push = |token: &str| {
        if left > 0 {
            left -= 1;
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(cut(token));
        }
    };
    for text in texts {
        runs(text, |script, run| match script {
            Script::Unspaced => pairs(run, true, &mut push),
            _ => push(run),
        });
    }
    out
}

/// Overlapping pairs of a run; `tail` adds the last character alone, so that a one-character query, which asks
/// for a prefix, finds it there too.
fn pairs(run: &str, tail: bool, push: &mut impl FnMut(&str)) {
    let mut starts: Vec<usize> = run.char_indices().map(|(place, _)| place).collect();
    starts.push(run.len());
    for window in starts.windows(3) {
        push(&run[window[0]..window[2]]);
    }
    if tail || starts.len() == 2 {
        push(&run[starts[starts.len() - 2]..]);
    }
}

/// One condition of a query; a document must meet all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// These tokens one after another.
    Phrase(Vec<String>),
    /// A token that begins so.
    Prefix(String),
}

/// What a reader typed, as conditions. Empty when nothing in it can be searched.
pub fn query(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    runs(text, |script, run| {
        let mut tokens = Vec::new();
        match script {
            Script::Unspaced => pairs(run, false, &mut |token: &str| tokens.push(token.to_owned())),
            _ => tokens.push(cut(run).to_owned()),
        }
        let single = script == Script::Unspaced && run.chars().count() == 1;
        if terms.len() < MAXIMUM_TERMS {
            terms.push(if single { Term::Prefix(tokens.remove(0)) } else { Term::Phrase(tokens) });
        }
    });
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn japanese_words_become_pairs() {
        assert_eq!(document(["侵入検知"]), "侵入 入検 検知 知");
        assert_eq!(document(["ｳｲﾙｽ対策 ＶＰＮ機器"]), "ウイ イル ルス ス対 対策 策 vpn 機器 器");
        assert_eq!(query("侵入"), [Term::Phrase(vec!["侵入".into()])]);
        assert_eq!(query("侵"), [Term::Prefix("侵".into())]);
        assert_eq!(query("VPN機器"), [Term::Phrase(vec!["vpn".into()]), Term::Phrase(vec!["機器".into()])]);
    }

    #[test]
    fn a_cve_id_is_one_token() {
        assert_eq!(document(["see CVE-2026-1234."]), "see cve2026n1234");
        assert_eq!(query("cve-2026-1234"), [Term::Phrase(vec!["cve2026n1234".into()])]);
        assert_eq!(document(["cve-20 x cve-2026-1"]), "cve 20 x cve 2026 1");
    }

    /// What both data bases do with the tokens, written plainly.
    fn finds(document: &str, terms: &[Term]) -> bool {
        let tokens: Vec<&str> = document.split(' ').collect();
        terms.iter().all(|term| match term {
            Term::Phrase(phrase) => tokens.windows(phrase.len()).any(|window| window == phrase.as_slice()),
            Term::Prefix(prefix) => tokens.iter().any(|token| token.starts_with(prefix.as_str())),
        })
    }

    proptest! {
        /// Whatever part of a Japanese text one types, the text is found.
        #[test]
        fn every_part_of_a_run_is_found(text in "[一-龥ぁ-んァ-ヶ]{1,12}", from in 0usize..12, len in 1usize..12) {
            let characters: Vec<char> = text.chars().collect();
            let from = from.min(characters.len() - 1);
            let part: String = characters.iter().skip(from).take(len).collect();
            prop_assert!(finds(&document([text.as_str()]), &query(&part)));
        }

        #[test]
        fn anything_is_normalised_without_panic(text in any::<String>()) {
            let out = document([text.as_str()]);
            prop_assert!(out.split(' ').all(|token| token.chars().all(char::is_alphanumeric) || token.is_empty()
                || !token.is_ascii()));
            let _ = query(&text);
        }
    }
}
