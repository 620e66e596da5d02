//! Reading a model from YAML or JSON.

use serde::de::DeserializeOwned;

use super::{Model, SCHEMA};
use crate::error::{Error, Result};

/// Largest text that is read, in bytes.
pub const MAXIMUM_BYTES: usize = 1 << 30;
/// Deepest nesting of YAML collections; JSON is bounded by its reader at 128.
const MAXIMUM_DEPTH: usize = 128;

/// Reads a model from YAML (or JSON, which is YAML).
///
/// # Errors
/// `Parse` with line and column when the text is not YAML or not of the model's form, `Invalid` for another schema
/// version, `TooLarge` for more than a gibibyte.
pub fn read_yaml(text: &str) -> Result<Model> {
    check_size(text)?;
    let model = yaml(text)?;
    check_version(model)
}

/// Reads a model from JSON.
///
/// # Errors
/// As [`read_yaml`].
pub fn read_json(text: &str) -> Result<Model> {
    check_size(text)?;
    check_version(json(text)?)
}

pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Parse {
        format: "JSON",
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
    })
}

pub(super) fn yaml<T: DeserializeOwned>(text: &str) -> Result<T> {
    // The reader's own bounds are for small configuration files; a graph of a million nodes is legitimate, an
    // alias that multiplies itself is not.
    let size = text.len();
    let options = serde_saphyr::options! {
        with_snippet: false,
        // `y` and `on` are ids as good as any other; only true and false are booleans.
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: Some(MAXIMUM_BYTES),
            max_events: 2 * size + 64,
            max_nodes: 2 * size + 64,
            max_total_scalar_bytes: 2 * size + 64,
            max_depth: MAXIMUM_DEPTH,
            max_documents: 1,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location();
        Error::Parse {
            format: "YAML",
            line: place.map_or(1, |place| place.line() as usize),
            column: place.map_or(1, |place| place.column() as usize),
            message: error.to_string(),
        }
    })
}

fn check_size(text: &str) -> Result<()> {
    if text.len() <= MAXIMUM_BYTES {
        return Ok(());
    }
    Err(Error::TooLarge {
        what: "bytes of the model".into(),
        limit: MAXIMUM_BYTES as u64,
        advice: "split it".into(),
    })
}

fn check_version(model: Model) -> Result<Model> {
    match model.schema.as_deref() {
        None | Some(SCHEMA) => Ok(model),
        Some(other) => Err(Error::invalid("schema", format!("`{other}` is not {SCHEMA}"))),
    }
}
