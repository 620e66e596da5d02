//! The suite of `store/conformance` on SQLite.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use shinayaka_kernel::store::Store;
use shinayaka_store_conformance::{Backend, archive, suite};
use shinayaka_store_sqlite::SqliteStore;

/// A file in a folder of its own, which is removed with it; no folder for a file that somebody else made.
struct File {
    path: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

#[async_trait]
impl Backend for File {
    async fn fresh() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self { path: folder.path().join("node.sqlite"), _folder: Some(folder) })
    }

    fn at(address: &str) -> Self {
        Self { path: Path::new(address).to_owned(), _folder: None }
    }

    fn address(&self) -> String {
        self.path.to_str().expect("a path of ours").to_owned()
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.path).await.expect("opens"))
    }

    async fn discard(self) {}
}

suite!(File);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_carried_into_another_file() {
    let (one, other) = (File::fresh().await.expect("a file"), File::fresh().await.expect("a file"));
    archive::carries_over(&one, &other).await;
}
