//! What can go wrong, named for what the caller can do about it.

use serde::{Deserialize, Serialize};

/// One wrong place of an input file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Fault {
    /// Line in the file, counted from 1; 0 when the value did not come from a text.
    pub line: usize,
    /// Path of the field, for example `scenario[0].frequency.rate`.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line > 0 {
            write!(formatter, "line {}: ", self.line)?;
        }
        if self.field.is_empty() {
            write!(formatter, "{}", self.reason)
        } else {
            write!(formatter, "{}: {}", self.field, self.reason)
        }
    }
}

/// The errors of this engine.
#[derive(Debug, thiserror::Error)]
pub enum LossError {
    /// The input is not usable; every fault names its place.
    #[error("{}", list(.0))]
    Invalid(Vec<Fault>),
    /// The input is larger than the reader accepts.
    #[error("the {what} is larger than {limit} bytes")]
    TooLarge {
        /// What was read.
        what: &'static str,
        /// The bound in bytes.
        limit: u64,
    },
    /// The question has no finite or no defined answer; the message says why and what would give one.
    #[error("{0}")]
    Refused(String),
    /// The bytes could not be read.
    #[error("cannot read: {0}")]
    Read(#[from] std::io::Error),
}

impl LossError {
    /// An error about one field that did not come from a text.
    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::at(0, field, reason)
    }

    /// An error about one field at a line.
    pub fn at(line: usize, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault { line, field: field.into(), reason: reason.into() }])
    }
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
