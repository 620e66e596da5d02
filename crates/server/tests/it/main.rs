//! The server through its front door: requests into the router, answers out of it.
//!
//! On SQLite in a folder of its own; with `PGHOST` set every test also has a PostgreSQL data base of its own instead.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop there")]

mod accounts;
mod bad_input;
mod command_settings;
#[cfg(feature = "capability-constituency")]
mod constituency;
mod every_route;
mod house;
mod journal;
mod oidc;
mod pages;
mod permission_matrix;
mod sign_in;
mod visibility;
