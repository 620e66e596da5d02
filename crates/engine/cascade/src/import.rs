//! Models from formats of others.

mod debian;

use crate::error::{Error, Result};
use crate::model::{Model, read_json, read_yaml};

pub use debian::read_debian;

/// A model and what the reader had to leave out or assume.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    pub model: Model,
    /// Sentences for the person who imports, each with a count.
    pub notes: Vec<String>,
}

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `shinayaka.cascade/1` as YAML.
    Yaml,
    /// `shinayaka.cascade/1` as JSON.
    Json,
    /// A Debian `Packages` index.
    Debian,
}

impl Format {
    /// Guesses the format from the content and, where that does not decide, the file name.
    pub fn detect(name: &str, bytes: &[u8]) -> Self {
        let name = name.to_ascii_lowercase();
        let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let head = &bytes[start..bytes.len().min(start + 4096)];
        if head.starts_with(b"Package:") || name.rsplit('/').next().is_some_and(|name| name == "packages") {
            Self::Debian
        } else if head.starts_with(b"{") {
            Self::Json
        } else {
            Self::Yaml
        }
    }
}

/// Reads a model from `bytes`.
///
/// # Errors
/// `Parse` or `Invalid` with the place, `TooLarge` for a file beyond the bounds.
pub fn read(format: Format, bytes: &[u8]) -> Result<Imported> {
    match format {
        Format::Yaml => Ok(Imported { model: read_yaml(text(bytes, "YAML")?)?, notes: Vec::new() }),
        Format::Json => Ok(Imported { model: read_json(text(bytes, "JSON")?)?, notes: Vec::new() }),
        Format::Debian => read_debian(text(bytes, "Packages index")?),
    }
}

/// The bytes as UTF-8, or the line that is not.
pub(crate) fn text<'b>(bytes: &'b [u8], format: &'static str) -> Result<&'b str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = good.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Error::Parse { format, line, column, message: "not UTF-8".into() }
    })
}
