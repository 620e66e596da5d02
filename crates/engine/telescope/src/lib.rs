//! From packets, flows and logs to one stream of contacts, and from contacts to events and distinct-source series.
//!
//! A *contact* is one observation that a source touched a sensor. [`reader::read`] recognises the format of an input and hands
//! every contact to a [`Sink`]; [`event::EventTable`] folds contacts into events (source × service × kind, ended by an idle
//! time-out), [`series::SeriesBuilder`] counts packets and distinct sources per service at several resolutions.
//! Nothing here opens a file or reads a clock; memory is bounded by the limits that the caller gives.

pub mod capture;
pub mod clock;
pub mod compression;
pub mod contact;
pub mod distinct;
pub mod event;
pub mod frame;
pub mod hash;
pub mod reader;
pub mod scanner;
pub mod series;

pub use contact::{Contact, Kind, Service, Tools};
pub use event::{Event, EventLimits, EventTable};
pub use reader::{Format, ReadError, ReadReport, Sink, read};
pub use scanner::KnownScanners;
pub use series::{Resolution, SeriesBuilder, SeriesRow};
