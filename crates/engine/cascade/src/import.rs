//! Models from formats of others.

mod csv_edges;
mod cyclonedx;
mod debian;
mod dora;
mod graphml;
mod links;
mod xml;

use crate::error::{Error, Result};
use crate::model::{Model, read_json, read_yaml};

pub use csv_edges::read_csv;
pub use cyclonedx::read_cyclonedx;
pub use debian::read_debian;
pub use dora::read_dora;
pub use graphml::read_graphml;

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
    /// CycloneDX, JSON or XML.
    CycloneDx,
    /// An edge list.
    Csv,
    GraphMl,
    /// A Debian `Packages` index.
    Debian,
    /// A DORA register of information (XBRL-CSV in a zip).
    Dora,
}

impl Format {
    /// Guesses the format from the content and, where that does not decide, the file name.
    pub fn detect(name: &str, bytes: &[u8]) -> Self {
        let name = name.to_ascii_lowercase();
        let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        let head = &bytes[start..bytes.len().min(start + 4096)];
        if head.starts_with(b"Package:") || name.rsplit('/').next().is_some_and(|name| name == "packages") {
            Self::Debian
        } else if head.starts_with(b"PK") {
            Self::Dora
        } else if head.starts_with(b"<") {
            if contains(head, b"<graphml") { Self::GraphMl } else { Self::CycloneDx }
        } else if head.starts_with(b"{") {
            if contains(bytes, b"\"CycloneDX\"") { Self::CycloneDx } else { Self::Json }
        } else if name.ends_with(".csv") || name.ends_with(".as-rel.txt") {
            Self::Csv
        } else {
            Self::Yaml
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text[..text.len().min(1 << 20)].windows(part.len()).any(|window| window == part)
}

/// Reads a model from `bytes`.
///
/// # Errors
/// `Parse` or `Invalid` with the place, `TooLarge` for a file beyond the bounds.
pub fn read(format: Format, bytes: &[u8]) -> Result<Imported> {
    match format {
        Format::Yaml => Ok(Imported { model: read_yaml(text(bytes, "YAML")?)?, notes: Vec::new() }),
        Format::Json => Ok(Imported { model: read_json(text(bytes, "JSON")?)?, notes: Vec::new() }),
        Format::CycloneDx => read_cyclonedx(text(bytes, "CycloneDX")?),
        Format::Csv => read_csv(text(bytes, "CSV edge list")?),
        Format::GraphMl => read_graphml(text(bytes, "GraphML")?),
        Format::Dora => read_dora(bytes),
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
