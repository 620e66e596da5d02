//! What can go wrong, named for what the caller can do about it. Every message names the place.

use thiserror::Error;

/// An error of this engine. `Parse` and `Invalid` are faults of the input, `NotFound` of the question.
#[derive(Debug, Error)]
pub enum Error {
    /// The text is not the format it claims to be.
    #[error("{format}, line {line}, column {column}: {message}")]
    Parse { format: &'static str, line: usize, column: usize, message: String },
    /// The text is well formed, its content is not a model.
    #[error("{place}: {message}")]
    Invalid { place: String, message: String },
    /// The model has no such node, crew or cause.
    #[error("the model has no {what} `{id}`")]
    NotFound { what: &'static str, id: String },
    /// A bound on size, depth or work was reached.
    #[error("{what}: more than {limit}; {advice}")]
    TooLarge { what: String, limit: u64, advice: String },
    /// The simulated system never settles: these nodes go down and up without end (a Zeno loop).
    #[error("the nodes {} go down and up without end after {hours} h: a loop of buffers and restarts", nodes.join(", "))]
    Oscillation { nodes: Vec<String>, hours: f64 },
    /// Reading failed below the format.
    #[error("cannot read: {0}")]
    Read(#[from] std::io::Error),
}

/// Short for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn invalid(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), message: message.into() }
    }

    pub(crate) fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }
}
