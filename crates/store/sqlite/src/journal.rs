//! Reading the journal.

use std::collections::BTreeMap;

use async_trait::async_trait;
use shinayaka_kernel::{
    error::{Error, Result},
    id::ObjectId,
    journal::{Entry, TileId},
    object::Object,
    store::{Census, Content, Journal, Placed},
};
use sqlx::{Row, sqlite::SqliteRow};

use crate::{
    SqliteStore,
    objects::{object_id, time},
    unavailable,
};

fn entry(row: &SqliteRow, column: usize) -> Result<Entry> {
    let bytes: Vec<u8> = row.get(column);
    Entry::from_bytes(&bytes).ok_or_else(|| Error::Unavailable("a journal entry is unreadable".into()))
}

fn placed(row: &SqliteRow) -> Result<Placed> {
    Ok(Placed { position: row.get::<i64, _>(0).cast_unsigned(), entry: entry(row, 1)?, label: row.get(2) })
}

#[async_trait]
impl Journal for SqliteStore {
    /// Entries get their place when they are written: there is one writer.
    async fn sequence(&self) -> Result<u64> {
        let size: i64 = sqlx::query_scalar("SELECT coalesce(max(position) + 1, 0) FROM journal")
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(size.cast_unsigned())
    }

    async fn tiles(&self, ids: &[TileId]) -> Result<BTreeMap<TileId, Vec<u8>>> {
        let mut tiles = BTreeMap::new();
        for id in ids {
            let hashes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hashes FROM tile WHERE key = ?")
                .bind(id.key())
                .fetch_optional(&self.readers)
                .await
                .map_err(unavailable)?;
            tiles.extend(hashes.map(|hashes| (*id, hashes)));
        }
        Ok(tiles)
    }

    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<Placed>> {
        let rows = sqlx::query(include_str!("../queries/entries.sql"))
            .bind(from.cast_signed())
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        rows.iter().map(placed).collect()
    }

    async fn entries_of(&self, object: ObjectId) -> Result<Vec<Placed>> {
        let rows = sqlx::query(include_str!("../queries/entries_of.sql"))
            .bind(object.as_bytes().as_slice())
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        rows.iter().map(placed).collect()
    }

    async fn contents(&self, from: u64, limit: u32) -> Result<Vec<Content>> {
        let rows = sqlx::query(include_str!("../queries/contents.sql"))
            .bind(from.cast_signed())
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        rows.iter().map(content).collect()
    }

    async fn census(&self) -> Result<Census> {
        let row = sqlx::query(include_str!("../queries/census.sql"))
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)?;
        let count = |column: usize| row.get::<i64, _>(column).cast_unsigned();
        Ok(Census {
            objects: count(0),
            versions: count(1),
            journal: count(2),
            jobs_ready: count(3),
            jobs_dead: count(4),
        })
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        sqlx::query_scalar("SELECT value FROM setting WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)
    }

    async fn set_setting(&self, name: &str, value: &[u8], only_if_absent: bool) -> Result<Vec<u8>> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    sqlx::query_scalar(include_str!("../queries/set_setting.sql"))
                        .bind(name)
                        .bind(value)
                        .bind(only_if_absent)
                        .fetch_one(connection)
                        .await
                        .map_err(unavailable)
                })
            })
            .await
    }
}

fn content(row: &SqliteRow) -> Result<Content> {
    let salt: Option<Vec<u8>> = row.get(2);
    let body: Option<String> = row.get(3);
    let saved = match (salt.and_then(|salt| salt.try_into().ok()), body) {
        (Some(salt), Some(body)) => Some((salt, saved_version(row, body))),
        _ => None,
    };
    Ok(Content { position: row.get::<i64, _>(0).cast_unsigned(), entry: entry(row, 1)?, saved })
}

fn saved_version(row: &SqliteRow, body: String) -> Object {
    Object {
        id: object_id(row, 4),
        kind: row.get(5),
        version: row.get(6),
        schema: row.get(7),
        body,
        label: row.get(8),
        owner: row.get(9),
        author: object_id(row, 10),
        created_at: time(row, 11),
        recorded_at: time(row, 12),
        synthetic: row.get(13),
        erased: false,
    }
}
