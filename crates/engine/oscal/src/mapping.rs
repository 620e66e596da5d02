//! Mappings between standards as sets of requirements: relations, their composition over chains, the smallest set of
//! questions, and what contradicts itself (NIST IR 8477, "set theory relationship mapping").
//!
//! Only what is contained carries an answer: when `b` is fulfilled, so is each `a` that is equal to `b` or a subset of it.

mod collection;
mod compose;
mod network;
mod questions;
mod relation;

pub use collection::{Claim, Collection, Resource, read};
pub use compose::{Composed, Contradiction, chain, contradictions, to_collection};
pub use network::{Network, Requirement, Standard};
pub use questions::{Ask, Asked, Duplicate, Gap, Questions, Step, ask};
pub use relation::{Base, Relation};
