//! Is the plain version plain? Length and reading level, checked by rule.
//!
//! Japanese: characters in all and in a sentence, the share of kanji (texts for everybody keep near 30 %), long runs of
//! kanji, and words of the trade. English: words in all and in a sentence, and the Flesch-Kincaid grade (Kincaid and
//! others, 1975): `0.39 words/sentences + 11.8 syllables/words - 15.59`; public warnings aim at grade 8.

use serde::Serialize;
use shinayaka_model::warning::{Content, Purpose, Wording};

const JAPANESE_LONG: usize = 300;
const JAPANESE_TOO_LONG: usize = 600;
const JAPANESE_SENTENCE: usize = 60;
/// Per cent of kanji among all letters.
const JAPANESE_KANJI: usize = 42;
const JAPANESE_RUN: usize = 7;
const ENGLISH_LONG: usize = 120;
const ENGLISH_TOO_LONG: usize = 250;
const ENGLISH_SENTENCE: usize = 22;
const ENGLISH_GRADE: f64 = 9.0;

/// Words of the trade that somebody outside it need not know.
const TRADE: [&str; 22] = [
    "脆弱性",
    "パッチ",
    "マルウェア",
    "ランサムウェア",
    "エクスプロイト",
    "ファームウェア",
    "IoC",
    "ゼロデイ",
    "セグメント",
    "エンドポイント",
    "ペイロード",
    "vulnerability",
    "patch",
    "malware",
    "ransomware",
    "exploit",
    "firmware",
    "payload",
    "mitigate",
    "endpoint",
    "lateral movement",
    "zero-day",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    TooLong,
    Long,
    LongSentence,
    ManyKanji,
    KanjiRun,
    ReadingGrade,
    TradeWord,
}

/// A place that is not plain.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// `content.plain.ja`, `content.headline.en`, …
    pub field: String,
    pub rule: Rule,
    /// What was found, and what is right.
    pub found: f64,
    pub limit: f64,
    /// The sentence or word.
    pub text: String,
    /// It must not go out so.
    pub refused: bool,
}

/// Everything in a content that is not plain.
pub fn check(content: &Content) -> Vec<Finding> {
    let mut findings = Vec::new();
    if content.purpose == Purpose::Drill {
        return findings;
    }
    check_wording("content.plain", &content.plain, true, &mut findings);
    check_wording("content.headline", &content.headline, false, &mut findings);
    for (whom, action) in &content.actions {
        check_wording(&format!("content.actions.{whom}.text"), &action.text, false, &mut findings);
    }
    findings
}

fn check_wording(field: &str, wording: &Wording, words_too: bool, findings: &mut Vec<Finding>) {
    japanese(&format!("{field}.ja"), &wording.ja, findings);
    english(&format!("{field}.en"), &wording.en, findings);
    if words_too {
        for (language, text) in [("ja", &wording.ja), ("en", &wording.en)] {
            let lower = text.to_lowercase();
            for word in TRADE.iter().filter(|word| lower.contains(&word.to_lowercase())) {
                findings.push(Finding {
                    field: format!("{field}.{language}"),
                    rule: Rule::TradeWord,
                    found: 1.0,
                    limit: 0.0,
                    text: (*word).to_owned(),
                    refused: false,
                });
            }
        }
    }
}

fn note(findings: &mut Vec<Finding>, field: &str, rule: Rule, found: f64, limit: f64, text: &str) {
    let text: String = text.chars().take(120).collect();
    let refused = rule == Rule::TooLong;
    findings.push(Finding { field: field.to_owned(), rule, found, limit, text, refused });
}

const fn is_kanji(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々')
}

fn japanese(field: &str, text: &str, findings: &mut Vec<Finding>) {
    let letters = text.chars().filter(|letter| !letter.is_whitespace()).count();
    if letters == 0 {
        return;
    }
    if letters > JAPANESE_TOO_LONG {
        note(findings, field, Rule::TooLong, letters as f64, JAPANESE_TOO_LONG as f64, "");
    } else if letters > JAPANESE_LONG {
        note(findings, field, Rule::Long, letters as f64, JAPANESE_LONG as f64, "");
    }
    for sentence in text.split(['。', '！', '？', '\n']) {
        let length = sentence.trim().chars().count();
        if length > JAPANESE_SENTENCE {
            note(
                findings,
                field,
                Rule::LongSentence,
                length as f64,
                JAPANESE_SENTENCE as f64,
                sentence.trim(),
            );
        }
    }
    let kanji = text.chars().filter(|letter| is_kanji(*letter)).count();
    let share = 100 * kanji / letters;
    if letters >= 20 && share > JAPANESE_KANJI {
        note(findings, field, Rule::ManyKanji, share as f64, JAPANESE_KANJI as f64, "");
    }
    for run in text.split(|letter| !is_kanji(letter)) {
        let length = run.chars().count();
        if length >= JAPANESE_RUN {
            note(findings, field, Rule::KanjiRun, length as f64, (JAPANESE_RUN - 1) as f64, run);
        }
    }
}

fn english(field: &str, text: &str, findings: &mut Vec<Finding>) {
    let sentences: Vec<Vec<&str>> = text
        .split(['.', '!', '?', '\n'])
        .map(|sentence| {
            let words = sentence.split_whitespace();
            words.filter(|word| word.chars().any(char::is_alphanumeric)).collect::<Vec<_>>()
        })
        .filter(|words| !words.is_empty())
        .collect();
    let words: usize = sentences.iter().map(Vec::len).sum();
    if words == 0 {
        return;
    }
    if words > ENGLISH_TOO_LONG {
        note(findings, field, Rule::TooLong, words as f64, ENGLISH_TOO_LONG as f64, "");
    } else if words > ENGLISH_LONG {
        note(findings, field, Rule::Long, words as f64, ENGLISH_LONG as f64, "");
    }
    for sentence in sentences.iter().filter(|sentence| sentence.len() > ENGLISH_SENTENCE) {
        let text = sentence.join(" ");
        note(findings, field, Rule::LongSentence, sentence.len() as f64, ENGLISH_SENTENCE as f64, &text);
    }
    let syllables: usize = sentences.iter().flatten().map(|word| syllables(word)).sum();
    let grade = grade(sentences.len(), words, syllables);
    // A grade of one short line says nothing.
    if words >= 20 && grade > ENGLISH_GRADE {
        note(findings, field, Rule::ReadingGrade, (grade * 10.0).round() / 10.0, ENGLISH_GRADE, "");
    }
}

/// Flesch-Kincaid grade level.
pub fn grade(sentences: usize, words: usize, syllables: usize) -> f64 {
    0.39 * words as f64 / sentences as f64 + 11.8 * syllables as f64 / words as f64 - 15.59
}

/// Groups of vowels, without a silent e at the end; at least one.
fn syllables(word: &str) -> usize {
    let word: String = word.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    let vowel = |letter: char| "aeiouy".contains(letter);
    let mut count = 0;
    let mut before = false;
    for letter in word.chars() {
        count += usize::from(vowel(letter) && !before);
        before = vowel(letter);
    }
    if word.ends_with('e') && !word.ends_with("le") && count > 1 {
        count -= 1;
    }
    count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(ja: &str, en: &str) -> Vec<Rule> {
        let mut findings = Vec::new();
        check_wording("content.plain", &Wording::new(ja, en), true, &mut findings);
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn plain_sentences_pass() {
        let ja = "外から社内につなぐ機械に穴が見つかりました。きょう、会社の人に連絡して、ふさいでください。";
        let en = "The box that lets people in from outside has a hole. Call your supplier and have it closed today.";
        assert_eq!(rules(ja, en), Vec::<Rule>::new());
    }

    #[test]
    fn the_words_of_the_trade_long_sentences_and_runs_of_kanji_are_found() {
        assert_eq!(rules("脆弱性があります。", ""), [Rule::TradeWord]);
        assert_eq!(
            rules("情報処理安全確保支援士にきいてください。きょうのうちにおねがいします。", ""),
            [Rule::KanjiRun]
        );
        assert!(rules(&format!("{}。", "あ".repeat(61)), "").contains(&Rule::LongSentence));
        let long = "Organisations operating internationally interconnected administrative infrastructures \
                    should immediately investigate potentially unauthorised authentication activities \
                    affecting their externally accessible remote administration installations and associated systems.";
        let found = rules("", long);
        assert!(found.contains(&Rule::LongSentence) && found.contains(&Rule::ReadingGrade), "{found:?}");
    }

    #[test]
    fn a_text_that_nobody_would_read_is_refused() {
        let mut findings = Vec::new();
        japanese("x", &"あい。".repeat(400), &mut findings);
        assert!(findings.iter().any(|finding| finding.refused));
    }

    #[test]
    fn the_grade_is_that_of_the_published_formula() {
        // 1 sentence of 10 words and 15 syllables: 3.9 + 17.7 - 15.59.
        assert!((grade(1, 10, 15) - 6.01).abs() < 1e-9);
        assert_eq!(["update", "the", "table", "administration"].map(syllables), [2, 1, 2, 5]);
    }
}
