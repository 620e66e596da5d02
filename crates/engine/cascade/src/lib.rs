//! Dependence, failure and recovery: who falls with whom, when each comes back, and which promise cannot hold.
pub mod blast;
pub mod concentration;
pub mod economics;
pub mod error;
pub mod export;
pub mod graph;
pub mod import;
pub mod lint;
pub mod model;
pub mod monte_carlo;
pub mod network;
pub mod reliability;
pub mod simulate;
pub use error::{Error, Result};
