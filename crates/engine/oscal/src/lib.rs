//! OSCAL: lossless documents in JSON, YAML and XML, validation with the place of each fault, profile resolution,
//! differences of catalogues, and the composition of mappings between standards, so that a question is answered once.
//!
//! Start at [`Document`]; the methods and their sources are on the page `docs/methods/oscal.md`.

pub mod check;
pub mod diff;
mod document;
mod error;
mod json;
mod limits;
pub mod mapping;
mod markup;
pub mod model;
pub mod resolve;
pub mod tree;
mod xml;
mod yaml;

pub use document::{Document, Kind, Syntax};
pub use error::{Error, Place, Result};
pub use limits::Limits;
