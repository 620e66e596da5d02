//! Dependence, failure and recovery: who falls with whom, when each comes back, and which promise cannot hold.
pub mod blast;
pub mod error;
pub mod graph;
pub mod import;
pub mod lint;
pub mod model;
pub mod monte_carlo;
pub mod simulate;
pub use error::{Error, Result};
