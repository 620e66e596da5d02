//! `shinayaka openapi`: the document that the console's client is made from.

use shinayaka_server::routes::{document, document_text};

use super::print;
use crate::Outcome;

pub fn run() -> anyhow::Result<Outcome> {
    print(&document_text(&document(&shinayaka_server::capabilities()))?)?;
    Ok(Outcome::Done)
}
