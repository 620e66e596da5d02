//! What can go wrong, named for what the caller can do about it.

/// The result of everything that the kernel and the capabilities do.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not there, or the reader may not know that it is.
    #[error("not found")]
    NotFound,
    /// Somebody else was faster: read again, then decide.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The caller is known and may see the thing, but may not do this to it.
    #[error("not permitted: {0}")]
    Forbidden(String),
    /// The input is wrong at `field` (a JSON path, a CSV line, a query parameter).
    #[error("{field}: {reason}")]
    Invalid { field: String, reason: String },
    /// The data base, disk or network does not answer: nothing was saved, try again later.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

impl Error {
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }
}
