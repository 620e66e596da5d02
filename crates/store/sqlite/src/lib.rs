//! The kernel on SQLite: one file, no set-up.
//!
//! WAL with `synchronous=FULL`: what `commit` has acknowledged survives a power cut. One connection writes; commits
//! that arrive while it is busy are written together in the next transaction (group commit, [`writer`]). Readers
//! have connections of their own and never wait for the writer.
//!
//! **To change the schema** add `migrations/NNNN_what.sql` and list it in [`MIGRATIONS`]; a migration only adds
//! what the version before can live with.

mod accounts;
mod archive;
mod insert;
mod jobs;
mod journal;
mod objects;
mod writer;

use std::{collections::BTreeMap, path::Path, str::FromStr, time::Duration};

use async_trait::async_trait;
use shinayaka_kernel::{
    error::{Error, Result},
    store::Store,
};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::RwLock;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_kernel.sql"),
    include_str!("../migrations/0002_search_gathers_more.sql"),
];
/// Connections that read at the same time.
const READERS: u32 = 4;
/// How long to wait for another process that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub struct SqliteStore {
    readers: SqlitePool,
    writer: writer::Writer,
    /// Names of kinds by number, and numbers of fields by kind and name with "is a facet": remembered for readers, who
    /// must not wait for the writer.
    kind_names: RwLock<BTreeMap<i64, String>>,
    fields: RwLock<BTreeMap<(String, String), (i64, bool)>>,
}

impl SqliteStore {
    /// Opens the file, made if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file cannot be opened or was written by a newer version of the program.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::from_str("sqlite:")
            .map_err(unavailable)?
            .filename(path)
            .create_if_missing(true)
            .page_size(8192)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(256)
            .pragma("cache_size", "-131072")
            .pragma("wal_autocheckpoint", "8192")
            .pragma("temp_store", "memory")
            // What is erased on a lawful request must not stay readable in free pages.
            .pragma("secure_delete", "on");
        let mut connection = options.connect().await.map_err(unavailable)?;
        migrate(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.pragma("query_only", "on").pragma("mmap_size", "4294967296"))
            .await
            .map_err(unavailable)?;
        Ok(Self {
            readers,
            writer: writer::Writer::new(connection).await?,
            kind_names: RwLock::default(),
            fields: RwLock::default(),
        })
    }
}

async fn migrate(connection: &mut SqliteConnection) -> Result<()> {
    // Two processes may open a new file at once: the second one waits here and finds the work done.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
    let known: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await.map_err(unavailable)?;
    let known = usize::try_from(known).unwrap_or(0);
    if known > MIGRATIONS.len() {
        return Err(Error::Unavailable(format!(
            "the data base has schema {known}, this program knows {}: use a newer program",
            MIGRATIONS.len()
        )));
    }
    for migration in &MIGRATIONS[known..] {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(unavailable)?;
    }
    let version = format!("PRAGMA user_version = {}", MIGRATIONS.len());
    sqlx::raw_sql(sqlx::AssertSqlSafe(version)).execute(&mut *transaction).await.map_err(unavailable)?;
    transaction.commit().await.map_err(unavailable)
}

/// Whatever SQLite says, for the caller it means: nothing was saved, look at the disk, try again.
fn unavailable(error: sqlx::Error) -> Error {
    Error::Unavailable(format!("sqlite: {error}"))
}

#[async_trait]
impl Store for SqliteStore {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await.map_err(unavailable)?;
        Ok(())
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
