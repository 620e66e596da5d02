//! The suite of `store/conformance` on PostgreSQL: the server of `DATABASE_URL`, or of `PGHOST`, `PGPORT`, `PGUSER` and
//! `PGPASSWORD`. Every test makes a data base of its own. Without a server the tests say so and pass, unless `CI=true`.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use shinayaka_kernel::store::Store;
use shinayaka_store_conformance::{Backend, archive, suite};
use shinayaka_store_postgres::PostgresStore;
use shinayaka_store_sqlite::SqliteStore;
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

struct Database {
    options: PgConnectOptions,
}

/// The server on which data bases are made.
fn server() -> Option<PgConnectOptions> {
    if let Ok(url) = std::env::var("DATABASE_URL") {
        return Some(url.parse().expect("DATABASE_URL is a PostgreSQL URL"));
    }
    if std::env::var_os("PGHOST").is_some() || std::env::var_os("PGPORT").is_some() {
        return Some(PgConnectOptions::new().database("postgres"));
    }
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "CI needs a PostgreSQL: set DATABASE_URL or PGHOST"
    );
    eprintln!("skipped: no PostgreSQL");
    None
}

async fn administer(server: &PgConnectOptions, sql: String) {
    let mut connection = PgConnection::connect_with(server).await.expect("the server answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("the server obeys");
    connection.close().await.expect("says good-bye");
}

#[async_trait]
impl Backend for Database {
    async fn fresh() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = server()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("shinayaka_test_{}_{number}", std::process::id());
        // A process of the same number may have been killed before it could tidy up.
        administer(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        administer(&server, format!("CREATE DATABASE {name}")).await;
        Some(Self { options: server.database(&name) })
    }

    fn at(address: &str) -> Self {
        Self { options: address.parse().expect("an address that `address` gave") }
    }

    fn address(&self) -> String {
        self.options.to_url_lossy().into()
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(PostgresStore::open(&self.address()).await.expect("opens"))
    }

    async fn discard(self) {
        let name = self.options.get_database().expect("has a name").to_owned();
        let server = self.options.clone().database("postgres");
        administer(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}

/// The other data base of the house, to carry archives to and from.
struct File(PathBuf);

#[async_trait]
impl Backend for File {
    async fn fresh() -> Option<Self> {
        None
    }

    fn at(address: &str) -> Self {
        Self(address.into())
    }

    fn address(&self) -> String {
        self.0.to_str().expect("a path of ours").to_owned()
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.0).await.expect("opens"))
    }

    async fn discard(self) {}
}

suite!(Database);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn archives_are_carried_between_the_data_bases() {
    let (Some(one), Some(other)) = (Database::fresh().await, Database::fresh().await) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (File(folder.path().join("from.sqlite")), File(folder.path().join("to.sqlite")));
    archive::carries_over(&from, &one).await;
    archive::carries_over(&other, &to).await;
    one.discard().await;
    other.discard().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_carried_into_another_data_base() {
    let (Some(one), Some(other)) = (Database::fresh().await, Database::fresh().await) else { return };
    archive::carries_over(&one, &other).await;
    one.discard().await;
    other.discard().await;
}
