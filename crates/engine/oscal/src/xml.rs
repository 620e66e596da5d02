//! XML in and out: elements and attributes follow the table of the model, markup becomes OSCAL's Markdown and back.

mod element;
mod read;
mod write;

pub(crate) use element::{Child, Element, escape};
pub use read::read;
pub use write::write;

/// The namespace of all OSCAL elements, of every version.
pub const NAMESPACE: &str = "http://csrc.nist.gov/ns/oscal/1.0";
