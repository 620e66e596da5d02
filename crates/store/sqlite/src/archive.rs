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
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

use crate::{
    SqliteStore, unavailable,
    writer::{write_counters, write_fields, write_search},
};

/// Rows that are written together.
const CHUNK: usize = 1000;

fn select(table: &Table) -> QueryBuilder<Sqlite> {
    let columns: Vec<&str> = table
        .columns
        .iter()
        .map(|(name, _)| match (table.name, *name) {
            ("version", "object") => "place >> 20",
            ("version", "version") => "place & 1048575",
            (_, name) => name,
        })
        .collect();
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(columns.join(", ")).push(" FROM ").push(table.name).push(" ORDER BY 1, 2");
    sql
}

fn archived(table: &Table, row: &SqliteRow) -> ArchiveRow {
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

async fn insert_row(connection: &mut SqliteConnection, table: &Table, row: &ArchiveRow) -> Result<()> {
    let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO ");
    sql.push(table.name).push(" (");
    let skip = usize::from(table.name == "version") * 2;
    let names: Vec<&str> = table.columns[skip..].iter().map(|(name, _)| *name).collect();
    if skip > 0 {
        sql.push("place, ");
    }
    sql.push(names.join(", ")).push(") VALUES (");
    let mut list = sql.separated(", ");
    if skip > 0 {
        list.push_bind((row.integer(0) << 20) + row.integer(1));
    }
    for value in &row.values[skip..] {
        match value {
            Value::Null => list.push_bind(None::<i64>),
            Value::Integer(number) => list.push_bind(*number),
            Value::Text(text) => list.push_bind(text.as_str()),
            Value::Bytes(Base64(bytes)) => list.push_bind(bytes.as_slice()),
        };
    }
    sql.push(")");
    sql.build().execute(connection).await.map_err(unavailable)?;
    Ok(())
}

/// Makes the search text of every newest version anew.
async fn rebuild_search(connection: &mut SqliteConnection, text_of: TextOf<'_>) -> Result<()> {
    let mut after = 0_i64;
    loop {
        let rows: Vec<(i64, i64, i64, String, u16, String)> =
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
            search.push(SearchRow { sequence, kind, label, text: text_of(&name, schema, &body)? });
        }
        write_search(connection, &search).await?;
    }
}

#[async_trait]
impl Archive for SqliteStore {
    async fn dump(&self, sink: &mut (dyn FnMut(ArchiveRow) -> Result<()> + Send)) -> Result<()> {
        let mut connection = self.readers.acquire().await.map_err(unavailable)?;
        // One read transaction: everything is of one moment, and writers go on meanwhile.
        let mut transaction = connection.begin().await.map_err(unavailable)?;
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
        self.writer.load(rows, text_of).await
    }
}

/// Loads an archive inside a transaction of the caller.
pub async fn load(
    connection: &mut SqliteConnection,
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
    let mut counters = BTreeMap::new();
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
                fields.extend(derived_rows(sequence, label, row.bytes(10), is_facet, &mut counters));
            }
            _ => {}
        }
        if fields.len() >= CHUNK {
            write_fields(connection, &fields).await?;
            fields.clear();
        }
    }
    write_fields(connection, &fields).await?;
    write_counters(connection, &counters).await?;
    rebuild_search(connection, text_of).await
}
