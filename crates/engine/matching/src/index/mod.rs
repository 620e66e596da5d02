//! The index: immutable segments of assertions, inventories likewise, and the one kernel that joins them.

pub mod build;
pub mod inventory;
pub mod join;
mod layout;
pub mod segment;
mod strings;

pub use build::Builder;
pub use inventory::{Component, Inventory, InventoryBuilder};
pub use join::{Hit, join, join_packages};
pub use layout::{Bytes, IndexError};
pub use segment::{AssertionView, Segment};
