//! What can go wrong, named for what the caller can do about it. Every message names the place.

use thiserror::Error;

/// An error of this engine. `Parse` and `Invalid` are faults of the input, `NotFound` of the question.
#[derive(Debug, Error)]
pub enum Error {
    /// The bytes are not the format that they claim to be.
    #[error("{place}: {message}")]
    Parse { place: String, message: String },
    /// Well formed, but against the rules of its format.
    #[error("{place}: {message}")]
    Invalid { place: String, message: String },
    /// There is no such policy or algorithm.
    #[error("there is no {what} `{id}`; known: {known}")]
    NotFound { what: &'static str, id: String, known: String },
    /// A bound on size was reached.
    #[error("{what}: more than {limit}")]
    TooLarge { what: &'static str, limit: usize },
    /// The server could not be reached or did not answer.
    #[error("{place}: {source}")]
    Unavailable { place: String, source: std::io::Error },
}

/// Short for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn parse(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Parse { place: place.into(), message: message.into() }
    }

    pub(crate) fn invalid(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), message: message.into() }
    }
}
