//! The programme on a real data base: one file a part of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop where a test would")]

mod command;
mod council;
mod demonstration;
mod indicators;
mod measures;
mod node;
mod routes;
