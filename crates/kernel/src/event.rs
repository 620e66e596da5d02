//! Events and jobs: rows written in the same transaction as the records they speak of (outbox).

use serde::Serialize;

use crate::{clock::Timestamp, id::ObjectId};

/// Attempts of a job before it is dead. Dead jobs are shown, never lost.
pub const MAXIMUM_ATTEMPTS: u32 = 8;
/// How long a worker may hold a job before another one takes it.
pub const LEASE_SECONDS: i64 = 60;

/// Something that happened, told to whoever follows it by name (`incident.recorded`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    pub name: &'static str,
    pub object: Option<ObjectId>,
    pub at: Timestamp,
    /// What followers need beyond the object, as canonical JSON.
    pub payload: String,
}

/// Work to be done by a worker, at least once; its effect is made exactly once by saving through a writer that
/// also completes the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Which handler does it: `capability.reaction`.
    pub name: String,
    pub payload: String,
    pub run_at: Timestamp,
    /// A second job with the same key is not made while the first is known.
    pub unique_key: Option<String>,
}

/// A job in the hands of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: i64,
    pub name: String,
    pub payload: String,
    /// This attempt included.
    pub attempts: u32,
    pub ticket: Ticket,
}

/// Proof that a worker still holds a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    pub job: i64,
    pub lease: i64,
}

/// A job that has failed for good, or any job on an operator's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct JobSummary {
    pub id: i64,
    pub name: String,
    pub state: String,
    pub attempts: u32,
    pub run_at: Timestamp,
    pub last_error: Option<String>,
}

/// When to try again after `attempts` failures: 2, 8, 32 … seconds, at most an hour.
pub fn retry_seconds(attempts: u32) -> i64 {
    (2 << (2 * attempts.saturating_sub(1)).min(16)).min(3600)
}
