//! Why a document, a profile or a mapping could not be used.

use std::fmt;

/// Where in a file something stands: lines and columns count from 1; 0 means unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(formatter, "an unknown line"),
            (line, 0) => write!(formatter, "line {line}"),
            (line, column) => write!(formatter, "line {line}, column {column}"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are no document of the syntax, or pass a bound.
    #[error("{place}: {reason} [{rule}]")]
    Syntax { place: Place, rule: &'static str, reason: String },
    /// The document is well formed and is not what was asked for.
    #[error("{path}: {reason} [{rule}]")]
    Document { path: String, rule: &'static str, reason: String },
    /// An import of a profile could not be followed; the chain is from the outermost profile inwards.
    #[error("import of {href}: {reason} [{rule}] (by way of {chain})")]
    Import { href: String, rule: &'static str, reason: String, chain: String },
    /// The input could not be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
}

impl Error {
    pub(crate) fn syntax(place: Place, rule: &'static str, reason: impl Into<String>) -> Error {
        Error::Syntax { place, rule, reason: reason.into() }
    }

    pub(crate) fn document(path: impl Into<String>, rule: &'static str, reason: impl Into<String>) -> Error {
        Error::Document { path: path.into(), rule, reason: reason.into() }
    }
}

pub type Result<T> = std::result::Result<T, Error>;
