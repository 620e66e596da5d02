//! The only handles through which a capability reads and writes.
//!
//! A [`Reader`] or [`Writer`] is made from a verified [`Principal`](crate::label::Principal); what it returns has
//! passed [`crate::label::permits`] and the grants of the kind. The store itself is private to the kernel and the
//! server's own plumbing.

mod by_name;
mod node;
mod reader;
mod writer;

pub use node::Kernel;
pub use reader::{FilterValue, Hit, ListRequest, Person, Reader};
pub use writer::{Envelope, Keep, Writer};
