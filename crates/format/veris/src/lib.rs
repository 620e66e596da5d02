//! A reader of VERIS JSON: the Vocabulary for Event Recording and Incident Sharing, versions 1.2 to 1.4.
//!
//! Give [`read`] the bytes of a file: one record, an array of records, or one record a line (NDJSON). It answers every
//! record with the line on which it begins, and every record that is no VERIS with the line, the path and the reason.
//! It is lenient where real files are: a word may stand where a list of words should, a number may be written as text,
//! members of the community's own (`plus`) may be anything. Nothing is dropped silently: [`Entry::unread`] names
//! the members that the vocabulary does not have.
//!
//! Bounded by [`Limits`]; the depth of nesting is bounded by `serde_json` (128).

mod lenient;
mod reader;
mod record;

pub use reader::{Entry, Fault, Limits, TooMuch, read};
pub use record::{
    Action, Actions, Actor, Actors, Asset, Assets, Attributes, Availability, Confidentiality, Data, Duration,
    Impact, Incident, Integrity, Loss, Moment, Plus, PlusTimeline, Timeline, Victim,
};
