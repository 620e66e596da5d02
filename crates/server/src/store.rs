//! Opening the data base that a node keeps its records in.

use std::sync::Arc;

use shinayaka_kernel::{Error, Result, store::Store};

use crate::configuration::StoreSection;

/// The name of the SQLite file in the data folder.
pub const FILE: &str = "shinayaka.sqlite";

/// Opens PostgreSQL by URL, or the SQLite file in the data folder, which is made when missing.
///
/// # Errors
/// [`Error::Invalid`] for an address that is none, [`Error::Unavailable`] when the data base cannot be opened.
pub async fn open(section: &StoreSection) -> Result<Arc<dyn Store>> {
    if section.database.is_empty() {
        let folder = &section.data;
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|error| Error::Unavailable(format!("{}: {error}", folder.display())))?;
        let store = shinayaka_store_sqlite::SqliteStore::open(&folder.join(FILE)).await?;
        return Ok(Arc::new(store));
    }
    if !["postgres://", "postgresql://"].iter().any(|scheme| section.database.starts_with(scheme)) {
        return Err(Error::invalid("store.database", "must begin with postgres://"));
    }
    let store = shinayaka_store_postgres::PostgresStore::open(&section.database).await?;
    Ok(Arc::new(store))
}
