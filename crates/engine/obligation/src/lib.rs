//! Who must be told by when after an accident: law, duty, trigger, clock, form, recipient.
//!
//! A regime is data (`regimes/*.toml`): duties with a trigger over the facts of an event, a delay from a *named anchor*
//! and a calendar rule. [`Rulebook::embedded`] holds all of them, [`Event::read`] reads the facts,
//! [`Rulebook::assess`] answers for one moment and what was known at it, [`report::report`] adds what was believed before.
//!
//! **To add a regime**: one file in `regimes/`, one line in [`rulebook`], a golden table in `tests/golden/`.
mod assess;
pub mod belief;
pub mod calendar;
pub mod clock;
pub mod condition;
pub mod error;
pub mod event;
pub mod facts;
pub mod form;
pub mod regime;
pub mod report;
pub mod rulebook;

pub use assess::{Anchor, Answer, Assessment, Status};
pub use error::{Error, Result};
pub use event::Event;
pub use rulebook::Rulebook;
