//! Jobs: taken with a lease, given back with a reason.

use async_trait::async_trait;
use shinayaka_kernel::{
    clock::Timestamp,
    error::{Error, Result},
    event::{Job, JobSummary, LEASE_SECONDS, MAXIMUM_ATTEMPTS, Ticket},
    store::Jobs,
};
use sqlx::{Row, SqliteConnection};

use crate::{SqliteStore, objects::time, unavailable};

/// Ends a job if its lease is still held; called inside the transaction that holds the job's effect.
pub async fn complete(connection: &mut SqliteConnection, ticket: Ticket) -> Result<()> {
    let done = sqlx::query(include_str!("../queries/complete_job.sql"))
        .bind(ticket.job)
        .bind(ticket.lease)
        .execute(connection)
        .await
        .map_err(unavailable)?;
    held(done.rows_affected())
}

fn held(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::Conflict("the job was taken over by another worker".into())) }
}

#[async_trait]
impl Jobs for SqliteStore {
    async fn take_job(&self, now: Timestamp) -> Result<Option<Job>> {
        // Looking costs no write: an idle worker does not touch the disk.
        let due: Option<i64> = sqlx::query_scalar(include_str!("../queries/due_job.sql"))
            .bind(now.microseconds())
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)?;
        if due.is_none() {
            return Ok(None);
        }
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    let row = sqlx::query(include_str!("../queries/take_job.sql"))
                        .bind(now.microseconds())
                        .bind(now.plus_seconds(LEASE_SECONDS).microseconds())
                        .fetch_optional(connection)
                        .await
                        .map_err(unavailable)?;
                    Ok(row.map(|row| Job {
                        id: row.get(0),
                        name: row.get(1),
                        payload: row.get(2),
                        attempts: row.get(3),
                        ticket: Ticket { job: row.get(0), lease: row.get(4) },
                    }))
                })
            })
            .await
    }

    async fn complete_job(&self, ticket: Ticket) -> Result<()> {
        self.writer.run(move |connection| Box::pin(complete(connection, ticket))).await
    }

    async fn fail_job(&self, ticket: Ticket, error: &str, retry_at: Timestamp) -> Result<()> {
        let error = error.to_owned();
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query(include_str!("../queries/fail_job.sql"))
                        .bind(ticket.job)
                        .bind(ticket.lease)
                        .bind(error)
                        .bind(retry_at.microseconds())
                        .bind(MAXIMUM_ATTEMPTS)
                        .execute(connection)
                        .await
                        .map_err(unavailable)?;
                    held(done.rows_affected())
                })
            })
            .await
    }

    async fn jobs(&self, limit: u32) -> Result<Vec<JobSummary>> {
        let rows = sqlx::query(include_str!("../queries/jobs.sql"))
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        let summary = |row: &sqlx::sqlite::SqliteRow| JobSummary {
            id: row.get(0),
            name: row.get(1),
            state: row.get(2),
            attempts: row.get(3),
            run_at: time(row, 4),
            last_error: row.get(5),
        };
        Ok(rows.iter().map(summary).collect())
    }

    async fn revive_job(&self, id: i64, now: Timestamp) -> Result<()> {
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    let sql = "UPDATE job SET state = 'ready', attempts = 0, run_at = ? WHERE id = ? AND state = 'dead'";
                    let done = sqlx::query(sql)
                        .bind(now.microseconds())
                        .bind(id)
                        .execute(connection)
                        .await
                        .map_err(unavailable)?;
                    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound) }
                })
            })
            .await
    }
}
