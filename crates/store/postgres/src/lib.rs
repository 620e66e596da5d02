//! The kernel on PostgreSQL (15 or newer), for when one machine or one process is too small.
//!
//! Several processes may serve the same data base. Each gathers waiting commits into groups ([`writer`]) and writes
//! with a few connections at once; row locks decide between two that change the same object. Leaves of the journal
//! are written without waiting for anybody and get their place from a sequencer ([`journal`]).
//!
//! **To change the schema** add `migrations/NNNN_what.sql` and list it in [`MIGRATIONS`]; a migration only adds
//! what the version before can live with.

mod accounts;
mod archive;
mod counters;
mod jobs;
mod journal;
mod objects;
mod promptness;
mod search;
mod writer;

use std::{str::FromStr, time::Duration};

use async_trait::async_trait;
use shinayaka_kernel::{
    batch::Dictionary,
    error::{Error, Result},
    store::Store,
};
use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::RwLock;

const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_kernel.sql")];
/// Connections of one process, besides those that write.
const CONNECTIONS: u32 = 10;
/// How long a request waits for a connection or for the data base to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// The advisory locks of this program: "shin" and a number.
const LOCK_MIGRATE: i64 = 0x7368_696e_0000_0001;
const LOCK_SEQUENCE: i64 = 0x7368_696e_0000_0002;
const LOCK_LABEL: i64 = 0x7368_696e_0000_0003;
const LOCK_COUNTERS: i64 = 0x7368_696e_0000_0004;

pub struct PostgresStore {
    pool: PgPool,
    writer: writer::Writer,
    dictionary: RwLock<Dictionary>,
}

impl PostgresStore {
    /// Connects to `postgres://user:password@host/name` and brings the schema up to date.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the server does not answer or the data base was written by a newer version of the
    /// program.
    pub async fn open(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| Error::invalid("database", error.to_string()))?
            .application_name("shinayaka")
            // Lists of labels decide how a query should run: plan each one for the labels it is given.
            .options([("plan_cache_mode", "force_custom_plan"), ("jit", "off"), ("lock_timeout", "10s")])
            .statement_cache_capacity(256);
        let port = options.get_port();
        let connections = |number| {
            PgPoolOptions::new()
                .after_connect(move |_, _| {
                    promptness::without_delay(port);
                    Box::pin(std::future::ready(Ok(())))
                })
                .max_connections(number)
                .acquire_timeout(PATIENCE)
        };
        // Those for writing are opened by the thread that writes.
        let writing = connections(writer::CONNECTIONS)
            // Words that wait for the index are sorted into it in one go.
            .connect_lazy_with(options.clone().options([("work_mem", "64MB")]));
        let pool = connections(CONNECTIONS).connect_with(options).await.map_err(unavailable)?;
        migrate(&mut *pool.acquire().await.map_err(unavailable)?).await?;
        let store = Self { writer: writer::Writer::new(writing)?, pool, dictionary: RwLock::default() };
        store.reload_dictionary().await?;
        Ok(store)
    }

    async fn reload_dictionary(&self) -> Result<()> {
        let fresh = writer::read_dictionary(&mut *self.pool.acquire().await.map_err(unavailable)?).await?;
        *self.dictionary.write().await = fresh.clone();
        self.writer.set_dictionary(fresh);
        Ok(())
    }
}

async fn migrate(connection: &mut PgConnection) -> Result<()> {
    let mut transaction = sqlx::Connection::begin(connection).await.map_err(unavailable)?;
    // Processes that start at once take turns; the lock ends with the transaction.
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK_MIGRATE)
        .execute(&mut *transaction)
        .await
        .map_err(unavailable)?;
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        .execute(&mut *transaction)
        .await
        .map_err(unavailable)?;
    let known: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM schema_version")
        .fetch_one(&mut *transaction)
        .await
        .map_err(unavailable)?;
    let known = usize::try_from(known.unwrap_or(0)).unwrap_or(0);
    if known > MIGRATIONS.len() {
        return Err(Error::Unavailable(format!(
            "the data base has schema {known}, this program knows {}: use a newer program",
            MIGRATIONS.len()
        )));
    }
    for (number, migration) in MIGRATIONS.iter().enumerate().skip(known) {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(unavailable)?;
        sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
            .bind(i64::try_from(number + 1).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await
            .map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
}

/// Whatever PostgreSQL says, for the caller it means: nothing was saved, look at the server, try again.
fn unavailable(error: sqlx::Error) -> Error {
    Error::Unavailable(format!("postgres: {error}"))
}

#[async_trait]
impl Store for PostgresStore {
    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map_err(unavailable)?;
        Ok(())
    }

    async fn close(&self) {
        self.writer.close().await;
        self.pool.close().await;
    }
}
