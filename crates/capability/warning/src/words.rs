//! The sentences that people read, from `i18n/` at the root, in the language of one reader.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::http::{HeaderMap, header};
use shinayaka_kernel::clock::Timestamp;

type Catalogue = BTreeMap<String, String>;

static JAPANESE: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../../../i18n/ja.json")));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../../../i18n/en.json")));

fn read(text: &str) -> Catalogue {
    serde_json::from_str(text).expect("the catalogues are built in and a test reads them")
}

/// The sentences of one language.
#[derive(Clone, Copy)]
pub struct Words {
    pub japanese: bool,
}

impl Words {
    /// `en` is English; anything else Japanese.
    pub fn of(language: &str) -> Self {
        Self { japanese: language != "en" }
    }

    /// As `?lang=` asks, else as the browser prefers, else Japanese.
    pub fn chosen(query: Option<&str>, headers: &HeaderMap) -> Self {
        if let Some(language) = query {
            return Self::of(language);
        }
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let weight = |wanted: &str| {
            let ranges = accepted.unwrap_or_default().split(',').take(32);
            let weights = ranges.filter_map(|range| {
                let mut parts = range.split(';');
                let tag = parts.next()?.trim().to_ascii_lowercase();
                let fits = tag.split('-').next() == Some(wanted);
                let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok());
                fits.then_some(weight.unwrap_or(1.0))
            });
            weights.fold(0.0, f32::max)
        };
        Self { japanese: weight("en") <= weight("ja") }
    }

    pub const fn code(self) -> &'static str {
        if self.japanese { "ja" } else { "en" }
    }

    /// The sentence with this key; the key itself when there is none, which a test refuses.
    pub fn text(self, key: &str) -> &str {
        let catalogue = if self.japanese { &*JAPANESE } else { &*ENGLISH };
        catalogue.get(key).map_or(key, String::as_str)
    }

    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.text(key).to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    /// A moment as people in Japan read it, with the zone named.
    pub fn time(self, at: Timestamp) -> String {
        const JAPAN_SECONDS: i64 = 9 * 3600;
        let local = at.plus_seconds(JAPAN_SECONDS).to_string();
        let (date, time) = local.split_at_checked(10).unwrap_or((&local, ""));
        let clock = time.get(1..6).unwrap_or_default();
        if self.japanese {
            format!("{date} {clock}（日本時間）")
        } else {
            format!("{date} {clock} JST")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_that_of_japan_and_says_so() {
        let at: Timestamp = "2026-11-22T15:30:00Z".parse().unwrap();
        assert_eq!(Words::of("ja").time(at), "2026-11-23 00:30（日本時間）");
        assert_eq!(Words::of("en").time(at), "2026-11-23 00:30 JST");
    }

    #[test]
    fn every_sentence_that_this_crate_names_is_in_both_catalogues() {
        let mut named = 0;
        for text in crate::sources_with_sentences() {
            for part in text.split("\"warning.").skip(1) {
                let key = format!("warning.{}", part.split('"').next().unwrap_or_default());
                let dotted = key.matches('.').count() >= 2 && !key.contains(['{', ' ', '/']);
                if !dotted || key.starts_with("warning.job") {
                    continue;
                }
                for language in ["ja", "en"] {
                    assert_ne!(Words::of(language).text(&key), key, "{language}");
                }
                named += 1;
            }
        }
        assert!(named > 30, "{named}");
    }
}
