//! Jobs: taken with a lease, given back with a reason.

use async_trait::async_trait;
use shinayaka_kernel::{
    clock::Timestamp,
    error::{Error, Result},
    event::{Job, JobSummary, LEASE_SECONDS, MAXIMUM_ATTEMPTS, Ticket},
    store::Jobs,
};
use sqlx::{PgConnection, Row};

use crate::{
    PostgresStore,
    objects::{small, time},
    unavailable,
};

/// Ends a job if its lease is still held; called inside the transaction that holds the job's effect.
pub async fn complete(connection: &mut PgConnection, ticket: Ticket) -> Result<()> {
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
impl Jobs for PostgresStore {
    async fn take_job(&self, now: Timestamp) -> Result<Option<Job>> {
        let row = sqlx::query(include_str!("../queries/take_job.sql"))
            .bind(now.microseconds())
            .bind(now.plus_seconds(LEASE_SECONDS).microseconds())
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(row.map(|row| Job {
            id: row.get(0),
            name: row.get(1),
            payload: row.get(2),
            attempts: small(&row, 3),
            ticket: Ticket { job: row.get(0), lease: row.get(4) },
        }))
    }

    async fn complete_job(&self, ticket: Ticket) -> Result<()> {
        complete(&mut *self.pool.acquire().await.map_err(unavailable)?, ticket).await
    }

    async fn fail_job(&self, ticket: Ticket, error: &str, retry_at: Timestamp) -> Result<()> {
        let done = sqlx::query(include_str!("../queries/fail_job.sql"))
            .bind(ticket.job)
            .bind(ticket.lease)
            .bind(error)
            .bind(retry_at.microseconds())
            .bind(i64::from(MAXIMUM_ATTEMPTS))
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        held(done.rows_affected())
    }

    async fn jobs(&self, limit: u32) -> Result<Vec<JobSummary>> {
        let rows = sqlx::query(include_str!("../queries/jobs.sql"))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        let summary = |row: &sqlx::postgres::PgRow| JobSummary {
            id: row.get(0),
            name: row.get(1),
            state: row.get(2),
            attempts: small(row, 3),
            run_at: time(row, 4),
            last_error: row.get(5),
        };
        Ok(rows.iter().map(summary).collect())
    }

    async fn revive_job(&self, id: i64, now: Timestamp) -> Result<()> {
        let sql =
            "UPDATE job SET state = 'ready', attempts = 0, run_at = $1 WHERE id = $2 AND state = 'dead'";
        let done = sqlx::query(sql)
            .bind(now.microseconds())
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound) }
    }
}
