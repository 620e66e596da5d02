//! What can go wrong, named for what the caller can do about it. Every message names the place.

use thiserror::Error;

/// An error of this engine. `Parse` and `Invalid` are faults of the input, `NotFound` of the question.
#[derive(Debug, Error)]
pub enum Error {
    /// The text is not TOML or JSON, or not of the published form. The message carries line or path.
    #[error("{place}: {message}")]
    Parse { place: String, message: String },
    /// Well formed, but its content contradicts the vocabulary.
    #[error("{place}: {message}")]
    Invalid { place: String, message: String },
    /// There is no such regime, duty or calendar.
    #[error("there is no {what} `{id}`; known: {known}")]
    NotFound { what: &'static str, id: String, known: String },
    /// A bound on size was reached.
    #[error("{what}: more than {limit}")]
    TooLarge { what: &'static str, limit: usize },
}

/// Short for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn invalid(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), message: message.into() }
    }

    pub(crate) fn parse(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Parse { place: place.into(), message: message.into() }
    }
}
