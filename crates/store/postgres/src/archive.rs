//! Everything as rows, out and in again.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::TryStreamExt;
use shinayaka_kernel::{
    archive::{ArchiveRow, Base64, Column, TABLES, Table, Value},
    batch::{FieldRow, SearchRow, derived_rows},
    error::{Error, Result},
    store::{Archive, TextOf},
};
use sqlx::{PgConnection, Postgres, QueryBuilder, Row, postgres::PgRow};

use crate::{
    PostgresStore, counters, unavailable,
    writer::{write_fields, write_search},
};

/// Rows that are written together.
const CHUNK: usize = 1000;

fn select(table: &Table) -> QueryBuilder<Postgres> {
    let columns: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(columns.join(", ")).push(" FROM ").push(table.name).push(" ORDER BY 1, 2");
    sql
}

fn archived(table: &Table, row: &PgRow) -> ArchiveRow {
    let value = |(place, (_, column)): (usize, &(&str, Column))| {
        let value = match column {
            Column::Integer => row.get::<Option<i64>, _>(place).map(Value::Integer),
            Column::Flag => row.get::<Option<bool>, _>(place).map(|flag| Value::Integer(i64::from(flag))),
            Column::Text => row.get::<Option<String>, _>(place).map(Value::Text),
            Column::Bytes => row.get::<Option<Vec<u8>>, _>(place).map(|bytes| Value::Bytes(Base64(bytes))),
        };
        value.unwrap_or(Value::Null)
    };
    ArchiveRow { table: table.name.to_owned(), values: table.columns.iter().enumerate().map(value).collect() }
}

async fn insert_row(connection: &mut PgConnection, table: &Table, row: &ArchiveRow) -> Result<()> {
    let mut sql = QueryBuilder::<Postgres>::new("INSERT INTO ");
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    sql.push(table.name).push(" (").push(names.join(", ")).push(") VALUES (");
    let mut list = sql.separated(", ");
    for (value, (_, column)) in row.values.iter().zip(table.columns) {
        match (value, column) {
            (Value::Null, Column::Integer) => list.push_bind(None::<i64>),
            (Value::Null, Column::Flag) => list.push_bind(None::<bool>),
            (Value::Null, Column::Text) => list.push_bind(None::<String>),
            (Value::Null, Column::Bytes) => list.push_bind(None::<Vec<u8>>),
            (Value::Integer(number), Column::Flag) => list.push_bind(*number == 1),
            (Value::Integer(number), _) => list.push_bind(*number),
            (Value::Text(text), _) => list.push_bind(text.as_str()),
            (Value::Bytes(Base64(bytes)), _) => list.push_bind(bytes.as_slice()),
        };
    }
    sql.push(")");
    sql.build().execute(connection).await.map_err(unavailable)?;
    Ok(())
}

/// Numbers given from now on must be larger than those which were loaded.
async fn advance_identities(connection: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql(include_str!("../queries/advance_identities.sql"))
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// Makes the search text of every newest version anew.
async fn rebuild_search(connection: &mut PgConnection, text_of: TextOf<'_>) -> Result<()> {
    let mut after = 0_i64;
    loop {
        let rows: Vec<(i64, i64, i64, String, i64, String)> =
            sqlx::query_as(include_str!("../queries/bodies.sql"))
                .bind(after)
                .bind(i64::try_from(CHUNK).unwrap_or(i64::MAX))
                .fetch_all(&mut *connection)
                .await
                .map_err(unavailable)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.0;
        let mut search = Vec::with_capacity(rows.len());
        for (sequence, kind, label, name, schema, body) in rows {
            search.push(SearchRow {
                sequence,
                kind,
                label,
                text: text_of(&name, u16::try_from(schema).unwrap_or(0), &body)?,
            });
        }
        write_search(connection, &search).await?;
    }
}

#[async_trait]
impl Archive for PostgresStore {
    async fn dump(&self, sink: &mut (dyn FnMut(ArchiveRow) -> Result<()> + Send)) -> Result<()> {
        // Leaves that still wait for their place belong into the archive too.
        shinayaka_kernel::store::Journal::sequence(self).await?;
        let mut transaction = self.pool.begin().await.map_err(unavailable)?;
        // Everything is of one moment, and writers go on meanwhile.
        sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(&mut *transaction)
            .await
            .map_err(unavailable)?;
        for table in TABLES {
            let mut sql = select(table);
            let mut rows = sql.build().fetch(&mut *transaction);
            while let Some(row) = rows.try_next().await.map_err(unavailable)? {
                sink(archived(table, &row))?;
            }
        }
        Ok(())
    }

    async fn load(
        &self,
        rows: &mut (dyn Iterator<Item = Result<ArchiveRow>> + Send),
        text_of: TextOf<'_>,
    ) -> Result<()> {
        let mut transaction = self.pool.begin().await.map_err(unavailable)?;
        load(&mut transaction, rows, text_of).await?;
        transaction.commit().await.map_err(unavailable)?;
        self.reload_dictionary().await
    }
}

/// Loads an archive inside a transaction of the caller.
async fn load(
    connection: &mut PgConnection,
    rows: &mut (dyn Iterator<Item = Result<ArchiveRow>> + Send),
    text_of: TextOf<'_>,
) -> Result<()> {
    let used: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM kind) OR EXISTS (SELECT 1 FROM account)")
            .fetch_one(&mut *connection)
            .await
            .map_err(unavailable)?;
    if used {
        return Err(Error::Conflict("the data base is not empty: restore into a new one".into()));
    }
    let mut facets = BTreeSet::new();
    let mut totals = BTreeMap::new();
    let mut fields: Vec<FieldRow> = Vec::new();
    for row in rows {
        let row = row?;
        let table = row.checked_table()?;
        insert_row(connection, table, &row).await?;
        match table.name {
            "field" if row.integer(3) == 1 => {
                facets.insert(row.integer(0));
            }
            "object" => {
                let is_facet = |field| facets.contains(&field);
                let (sequence, label) = (row.integer(0), row.integer(3));
                fields.extend(derived_rows(sequence, label, row.bytes(10), is_facet, &mut totals));
            }
            _ => {}
        }
        if fields.len() >= CHUNK {
            write_fields(connection, &fields).await?;
            fields.clear();
        }
    }
    write_fields(connection, &fields).await?;
    counters::write(connection, &totals).await?;
    advance_identities(connection).await?;
    rebuild_search(connection, text_of).await
}
