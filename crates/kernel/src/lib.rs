//! The kernel: what every capability of the house stands on. Types, traits and pure code; nothing here opens
//! a file, a socket or a data base.
//!
//! ```text
//!   capability ──► Reader / Writer (access) ──► Store (store) ◄── store/sqlite, store/postgres
//!                        │                        │
//!                 permits (label)          plan (batch): one place that turns changes into rows
//! ```
//!
//! * [`object`] what is kept: typed records at the edge ([`object::Record`]), canonical JSON inside.
//! * [`label`] who may see what; [`access`] the only handles through which a capability reads and writes.
//! * [`journal`] the Merkle log over every change; [`batch`] how a commit becomes rows on any data base; [`counter`] totals.
//! * [`event`] events and jobs that are written in the same transaction as the records they speak of.
//! * [`search`] the one normaliser that makes both data bases find Japanese words alike.
//! * [`capability`] what a room of the house must say about itself; [`http`] the edge they share.
//!
//! **To add a record type**: write a struct in `model`, implement [`object::Record`] for it, list its
//! [`object::RecordKind`] in the capability that owns it, and add its row to the golden permission matrix.

pub mod access;
pub mod account;
pub mod archive;
pub mod batch;
pub mod canonical;
pub mod capability;
pub mod clock;
pub mod counter;
pub mod error;
pub mod event;
pub mod http;
pub mod id;
pub mod journal;
pub mod label;
pub mod object;
pub mod page;
pub mod search;
pub mod store;

pub use access::{Kernel, Reader, Writer};
pub use error::{Error, Result};
pub use id::ObjectId;
pub use label::{Label, Principal};
