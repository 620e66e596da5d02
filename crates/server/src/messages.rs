//! The sentences that people read, from `i18n/` at the root of the repository.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::http::{HeaderMap, StatusCode, header};
use shinayaka_kernel::http::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Japanese,
    English,
}

type Catalogue = BTreeMap<String, String>;

static JAPANESE: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../../i18n/ja.json")));
static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../../i18n/en.json")));

fn read(text: &str) -> Catalogue {
    serde_json::from_str(text).expect("the catalogues are built in and a test reads them")
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Japanese, Self::English];

    /// As HTML's `lang` writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
        }
    }

    pub fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::Japanese => &JAPANESE,
            Self::English => &ENGLISH,
        }
    }

    /// The language asked for by `?lang=`, else the one the browser prefers, else Japanese.
    pub fn choose(query: Option<&str>, headers: &HeaderMap) -> Self {
        let from_query = query.and_then(|query| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "lang")
                .and_then(|(_, value)| Self::ALL.into_iter().find(|language| language.code() == value))
        });
        from_query.unwrap_or_else(|| {
            let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            preferred(accepted.unwrap_or_default())
        })
    }

    /// The sentence with this key; the key itself when there is none, which a test refuses.
    pub fn text(self, key: &str) -> String {
        self.catalogue().get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// The sentence with its `{placeholders}` filled in.
    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        values.iter().fold(self.text(key), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

/// RFC 9110, 12.5.4: the language with the greatest weight among those that there are.
fn preferred(accepted: &str) -> Language {
    let mut best = (Language::Japanese, 0.0);
    for range in accepted.split(',').take(32) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |text| text.parse::<f32>().unwrap_or(0.0));
        let primary = tag.split('-').next().unwrap_or_default();
        if let Some(language) = Language::ALL.into_iter().find(|language| language.code() == primary)
            && weight > best.1
        {
            best = (language, weight);
        }
    }
    best.0
}

/// A problem whose titles are `problem.NAME` in both catalogues (dashes of the name become underscores).
pub fn problem(status: StatusCode, name: &str) -> Problem {
    let key = format!("problem.{}", name.replace('-', "_"));
    Problem::new(status, name, &Language::English.text(&key), &Language::Japanese.text(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_weight_wins_and_japanese_is_the_default() {
        assert_eq!(preferred(""), Language::Japanese);
        assert_eq!(preferred("fr, de;q=0.5"), Language::Japanese);
        assert_eq!(preferred("en-GB,en;q=0.9,ja;q=0.8"), Language::English);
        assert_eq!(preferred("en;q=0.3, ja-JP;q=0.8"), Language::Japanese);
    }

    #[test]
    fn both_catalogues_have_the_same_keys() {
        let keys = |language: Language| language.catalogue().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(Language::Japanese), keys(Language::English));
    }
}
