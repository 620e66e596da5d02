//! The kernel on SQLite.
