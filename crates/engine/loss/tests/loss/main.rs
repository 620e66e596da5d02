//! The engine's tests, one binary.

mod engines;
mod estimation;
mod known_answers;
mod oracle;
mod reading;
