//! The journal: its sequencer and its readers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use shinayaka_kernel::{
    error::{Error, Result},
    id::ObjectId,
    journal::{Entry, Hash, TileId, append, leaf_hash},
    object::Object,
    store::{Census, Content, Journal, Placed},
};
use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    LOCK_SEQUENCE, PostgresStore, counters,
    objects::{object_id, small, time},
    unavailable,
};

/// Leaves that get their place in one transaction.
const LEAVES_AT_ONCE: i64 = 20_000;

fn entry(row: &PgRow, column: usize) -> Result<Entry> {
    let bytes: Vec<u8> = row.get(column);
    Entry::from_bytes(&bytes).ok_or_else(|| Error::Unavailable("a journal entry is unreadable".into()))
}

fn placed(row: &PgRow) -> Result<Placed> {
    Ok(Placed { position: row.get::<i64, _>(0).cast_unsigned(), entry: entry(row, 1)?, label: row.get(2) })
}

#[async_trait]
impl Journal for PostgresStore {
    /// One process at a time moves waiting leaves into the journal; whoever else comes waits and finds less to do.
    async fn sequence(&self) -> Result<u64> {
        loop {
            let waiting: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM leaf)")
                .fetch_one(&self.pool)
                .await
                .map_err(unavailable)?;
            if !waiting {
                return size(&mut *self.pool.acquire().await.map_err(unavailable)?).await;
            }
            let mut transaction = self.pool.begin().await.map_err(unavailable)?;
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(LOCK_SEQUENCE)
                .execute(&mut *transaction)
                .await
                .map_err(unavailable)?;
            place_leaves(&mut transaction).await?;
            transaction.commit().await.map_err(unavailable)?;
            counters::add_up(&self.pool).await?;
        }
    }

    async fn tiles(&self, ids: &[TileId]) -> Result<BTreeMap<TileId, Vec<u8>>> {
        let mut tiles = BTreeMap::new();
        for id in ids {
            let hashes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hashes FROM tile WHERE key = $1")
                .bind(id.key())
                .fetch_optional(&self.pool)
                .await
                .map_err(unavailable)?;
            tiles.extend(hashes.map(|hashes| (*id, hashes)));
        }
        Ok(tiles)
    }

    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<Placed>> {
        let rows = sqlx::query(include_str!("../queries/entries.sql"))
            .bind(from.cast_signed())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        rows.iter().map(placed).collect()
    }

    async fn entries_of(&self, object: ObjectId) -> Result<Vec<Placed>> {
        let rows = sqlx::query(include_str!("../queries/entries_of.sql"))
            .bind(object.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        rows.iter().map(placed).collect()
    }

    async fn contents(&self, from: u64, limit: u32) -> Result<Vec<Content>> {
        let rows = sqlx::query(include_str!("../queries/contents.sql"))
            .bind(from.cast_signed())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        rows.iter().map(content).collect()
    }

    async fn census(&self) -> Result<Census> {
        let row = sqlx::query(include_str!("../queries/census.sql"))
            .fetch_one(&self.pool)
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
        sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)
    }

    async fn set_setting(&self, name: &str, value: &[u8], only_if_absent: bool) -> Result<Vec<u8>> {
        sqlx::query_scalar(include_str!("../queries/set_setting.sql"))
            .bind(name)
            .bind(value)
            .bind(only_if_absent)
            .fetch_one(&self.pool)
            .await
            .map_err(unavailable)
    }
}

async fn size(connection: &mut PgConnection) -> Result<u64> {
    let size: i64 = sqlx::query_scalar("SELECT coalesce(max(position) + 1, 0) FROM journal")
        .fetch_one(connection)
        .await
        .map_err(unavailable)?;
    Ok(size.cast_unsigned())
}

/// Gives the next waiting leaves their place and brings the tiles up to date.
async fn place_leaves(connection: &mut PgConnection) -> Result<()> {
    let size = size(connection).await?;
    let mut last_tiles = BTreeMap::new();
    for id in TileId::lasts(size) {
        let hashes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hashes FROM tile WHERE key = $1")
            .bind(id.key())
            .fetch_optional(&mut *connection)
            .await
            .map_err(unavailable)?;
        last_tiles.extend(hashes.map(|hashes| (id.level, hashes)));
    }
    let mut rows = sqlx::query(include_str!("../queries/place_leaves.sql"))
        .bind(size.cast_signed())
        .bind(LEAVES_AT_ONCE)
        .fetch_all(&mut *connection)
        .await
        .map_err(unavailable)?;
    rows.sort_by_key(|row| row.get::<i64, _>(0));
    let leaves: Vec<Hash> = rows.iter().map(|row| leaf_hash(row.get(1))).collect();
    let tiles = append(size, &leaves, &mut last_tiles);
    sqlx::query(include_str!("../queries/save_tiles.sql"))
        .bind(tiles.iter().map(|(id, _)| id.key()).collect::<Vec<_>>())
        .bind(tiles.iter().map(|(_, hashes)| hashes.as_slice()).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

fn content(row: &PgRow) -> Result<Content> {
    let salt: Option<Vec<u8>> = row.get(2);
    let body: Option<String> = row.get(3);
    let saved = match (salt.and_then(|salt| salt.try_into().ok()), body) {
        (Some(salt), Some(body)) => Some((salt, saved_version(row, body))),
        _ => None,
    };
    Ok(Content { position: row.get::<i64, _>(0).cast_unsigned(), entry: entry(row, 1)?, saved })
}

fn saved_version(row: &PgRow, body: String) -> Object {
    Object {
        id: object_id(row, 4),
        kind: row.get(5),
        version: small(row, 6),
        schema: small(row, 7),
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
