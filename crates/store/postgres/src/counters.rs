//! Totals: changes are written by any number of writers, and added up by one at a time.

use std::collections::BTreeMap;

use shinayaka_kernel::{
    batch::CounterKey,
    counter::{self, BlockKey, Counts},
    error::Result,
};
use sqlx::{PgConnection, PgPool};

use crate::{LOCK_COUNTERS, unavailable};

type Rows = Vec<(i64, Vec<u8>, i64, Vec<u8>)>;

fn packed(blocks: &BTreeMap<BlockKey, Counts>) -> Vec<Vec<u8>> {
    blocks.iter().map(|(key, counts)| counter::pack(key.2, counts)).collect()
}

fn columns(blocks: &BTreeMap<BlockKey, Counts>) -> (Vec<i64>, Vec<&[u8]>, Vec<i64>) {
    let fields = blocks.keys().map(|(field, ..)| *field).collect();
    let values = blocks.keys().map(|(_, value, _)| value.as_slice()).collect();
    (fields, values, blocks.keys().map(|(.., block)| *block).collect())
}

/// Writes the changes of a transaction down. Gives how many rows wait because of it.
pub async fn write(connection: &mut PgConnection, changes: &BTreeMap<CounterKey, i64>) -> Result<usize> {
    let blocks = counter::by_block(changes);
    if blocks.is_empty() {
        return Ok(0);
    }
    let (fields, values, numbers) = columns(&blocks);
    sqlx::query(include_str!("../queries/count_changes.sql"))
        .bind(fields)
        .bind(values)
        .bind(numbers)
        .bind(packed(&blocks))
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(blocks.len())
}

/// Adds up what waits. Whoever comes while another does it has nothing to do.
pub async fn add_up(pool: &PgPool) -> Result<()> {
    let mut transaction = pool.begin().await.map_err(unavailable)?;
    let mine: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)")
        .bind(LOCK_COUNTERS)
        .fetch_one(&mut *transaction)
        .await
        .map_err(unavailable)?;
    if !mine {
        return Ok(());
    }
    let changes: Rows = sqlx::query_as(include_str!("../queries/take_count_changes.sql"))
        .fetch_all(&mut *transaction)
        .await
        .map_err(unavailable)?;
    let mut blocks = BTreeMap::new();
    add(&mut blocks, changes);
    if !blocks.is_empty() {
        let (fields, values, numbers) = columns(&blocks);
        let known: Rows = sqlx::query_as(include_str!("../queries/counted.sql"))
            .bind(fields)
            .bind(values)
            .bind(numbers)
            .fetch_all(&mut *transaction)
            .await
            .map_err(unavailable)?;
        add(&mut blocks, known);
        let (fields, values, numbers) = columns(&blocks);
        sqlx::query(include_str!("../queries/save_counts.sql"))
            .bind(fields)
            .bind(values)
            .bind(numbers)
            .bind(packed(&blocks))
            .execute(&mut *transaction)
            .await
            .map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
}

fn add(blocks: &mut BTreeMap<BlockKey, Counts>, rows: Rows) {
    for (field, value, block, counts) in rows {
        counter::add(blocks.entry((field, value, block)).or_default(), block, &counts);
    }
}
