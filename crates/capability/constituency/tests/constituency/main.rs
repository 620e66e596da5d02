//! The constituency as its users meet it: on a real data base, through its actions and its routes.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop where a test would")]

mod demonstration;
mod drills;
mod files;
mod node;
mod register;
mod routes;
mod visibility;
