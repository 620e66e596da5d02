//! Closed lists of words: how every record type declares them.

/// A closed list of words: an enum with its words, its list and its reader.
macro_rules! vocabulary {
    ($(#[$note:meta])* $name:ident ($field:literal) {
        $($(#[$word_note:meta])* $word:ident = $text:literal,)+
    }) => {
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        // One rule for all words, which the OpenAPI document sees, too; a rename of each word it would not.
        #[serde(rename_all = "snake_case")]
        $(#[$note])*
        pub enum $name {
            $($(#[$word_note])* $word,)+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = shinayaka_kernel::Error;

            fn from_str(text: &str) -> Result<Self, shinayaka_kernel::Error> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| {
                    let words: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    shinayaka_kernel::Error::invalid($field, format!("must be one of {}", words.join(", ")))
                })
            }
        }
    };
}

pub(crate) use vocabulary;
