//! Warnings through their service, their jobs and their pages, with real servers at the other end. On SQLite in a folder
//! of its own; with `PGHOST` set every test has a PostgreSQL data base of its own instead.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should stop there")]

mod answering;
mod approval;
mod audience;
mod board;
mod house;
mod mail;
mod publishing;
mod receivers;
mod webhook;
