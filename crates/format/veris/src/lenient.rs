//! What real files write where the schema wants something else.

use serde::{Deserialize, Deserializer, de};

/// Entries of one list; longer ones are no list of words.
const MAXIMUM_WORDS: usize = 256;

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Nothing(()),
    One(String),
    Many(Vec<String>),
}

/// A list of words, one word, or nothing.
pub fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let wrong = |_| de::Error::custom("must be a word or a list of words");
    let words = match OneOrMany::deserialize(deserializer).map_err(wrong)? {
        OneOrMany::Nothing(()) => Vec::new(),
        OneOrMany::One(word) => vec![word],
        OneOrMany::Many(words) => words,
    };
    if words.len() > MAXIMUM_WORDS {
        return Err(de::Error::custom(format!("has more than {MAXIMUM_WORDS} words")));
    }
    Ok(words)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Nothing(()),
    Number(f64),
    Text(String),
}

/// A number that is not negative, perhaps written as text; nothing for an empty text or `Unknown`.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let wrong = || de::Error::custom("must be a number that is not negative");
    let number = match NumberOrText::deserialize(deserializer).map_err(|_| wrong())? {
        NumberOrText::Nothing(()) => return Ok(None),
        NumberOrText::Number(number) => number,
        NumberOrText::Text(text) => match text.trim() {
            "" | "NA" | "Unknown" => return Ok(None),
            text => text.replace(',', "").parse().map_err(|_| wrong())?,
        },
    };
    if number.is_finite() && number >= 0.0 { Ok(Some(number)) } else { Err(wrong()) }
}

/// A whole number for dates and counts of days; nothing when it is not one (`0` stands for unknown in old files).
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = number(deserializer)?;
    // The comparison makes the cast exact.
    Ok(number.filter(|n| n.fract() == 0.0 && (1.0..=999_999.0).contains(n)).map(|n| n as u32))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrOther {
    Text(String),
    Number(serde_json::Number),
    Other(de::IgnoredAny),
}

/// A text; a number becomes its digits, anything else nothing.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match TextOrOther::deserialize(deserializer)? {
        TextOrOther::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        TextOrOther::Number(number) => Some(number.to_string()),
        TextOrOther::Other(_) => None,
    })
}
