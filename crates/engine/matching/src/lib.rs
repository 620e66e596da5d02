//! Which components are affected by which vulnerabilities, in both directions, with the proof of each verdict.
//!
//! Pure code: no file, no clock, no network. Start at [`version`] (orders of versions), [`identity`] (names of
//! products), then the assertions and the index over them.

pub mod alias;
pub mod assertion;
pub mod identity;
pub mod import;
pub mod index;
pub mod matcher;
pub mod priority;
pub mod verdict;
pub mod version;
