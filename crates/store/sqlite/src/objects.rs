//! Reading objects: one by one, as lists, counts and search.

use std::collections::BTreeMap;

use async_trait::async_trait;
use shinayaka_kernel::{
    batch::{Commit, Receipt, WHOLE, sorted_page},
    canonical::to_canonical,
    clock::Timestamp,
    counter::{unpack, visible_sum},
    error::Result,
    id::ObjectId,
    label::Label,
    object::{LabelId, Object, RecordKind, Relation, VersionSummary},
    search::Term,
    store::{Objects, Order, Query, Row as ListRow, SearchQuery, Visible},
};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

use crate::{SqliteStore, unavailable};

/// Labels as SQLite can join them.
fn json_list(labels: &[LabelId]) -> String {
    format!("[{}]", labels.iter().map(i64::to_string).collect::<Vec<_>>().join(","))
}

pub fn object_id(row: &SqliteRow, column: usize) -> ObjectId {
    ObjectId::from_bytes(row.get::<Vec<u8>, _>(column).try_into().unwrap_or_default())
}

pub fn time(row: &SqliteRow, column: usize) -> Timestamp {
    Timestamp::from_microseconds(row.get(column))
}

/// Reads the columns of `object_columns.sql`, from `first` on.
fn object(row: &SqliteRow, first: usize, kind: &str) -> Object {
    Object {
        id: object_id(row, first),
        kind: kind.to_owned(),
        version: row.get(first + 2),
        label: row.get(first + 3),
        owner: row.get(first + 4),
        created_at: time(row, first + 5),
        recorded_at: time(row, first + 6),
        synthetic: row.get(first + 7),
        erased: row.get(first + 8),
        schema: row.get(first + 9),
        author: object_id(row, first + 10),
        body: row.get::<Option<String>, _>(first + 11).unwrap_or_default(),
    }
}

impl SqliteStore {
    async fn kind_name(&self, number: i64) -> Result<String> {
        let find = |names: &BTreeMap<i64, String>| names.get(&number).cloned();
        if let Some(name) = find(&*self.kind_names.read().await) {
            return Ok(name);
        }
        let rows: Vec<(i64, String)> = sqlx::query_as("SELECT number, name FROM kind")
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        *self.kind_names.write().await = rows.into_iter().collect();
        Ok(find(&*self.kind_names.read().await).unwrap_or_default())
    }

    /// The number of a kind and of one of its fields.
    async fn field(&self, kind: &str, field: &str, must_be_facet: bool) -> Result<i64> {
        let (kind, field, writer) = (kind.to_owned(), field.to_owned(), &self.fields);
        let key = (kind, field);
        if let Some((number, facet)) = writer.read().await.get(&key)
            && (*facet || !must_be_facet)
        {
            return Ok(*number);
        }
        let dictionary = self.writer.with_side(async |side| Ok(side.dictionary().clone())).await?;
        let kind = dictionary.kind(&key.0)?;
        let number =
            if must_be_facet { dictionary.facet(kind, &key.1)? } else { dictionary.field(kind, &key.1)? };
        self.fields.write().await.insert(key, (number, dictionary.is_facet(number)));
        Ok(number)
    }

    async fn sequence_of(&self, id: ObjectId) -> Result<i64> {
        let sequence: Option<i64> = sqlx::query_scalar("SELECT sequence FROM object WHERE id = ?")
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(sequence.unwrap_or(0))
    }

    /// Row numbers of the filters' fields and the values asked for.
    async fn filters(&self, query: &Query) -> Result<Vec<(i64, Vec<u8>)>> {
        let mut filters = Vec::new();
        for (name, value) in &query.filters {
            filters.push((self.field(query.kind, name, false).await?, value.clone()));
        }
        Ok(filters)
    }

    /// Where a list goes on: the value and the row number of the last one shown.
    async fn place_after(&self, query: &Query) -> Result<Option<(Vec<u8>, i64)>> {
        Ok(match &query.after {
            Some(after) => Some((after.value.clone(), self.sequence_of(after.id).await?)),
            None => None,
        })
    }

    /// A list for a reader of much: the index rows of one field, leaving out what may not be seen.
    async fn scan(&self, query: &Query, visible: &Visible) -> Result<Vec<ListRow>> {
        let mut filters = self.filters(query).await?;
        let (driver, by_value) = match &query.order {
            Order::Field { name, descending } => {
                ((self.field(query.kind, name, false).await?, None), Some(*descending))
            }
            Order::Newest if filters.is_empty() => {
                ((self.field(query.kind, WHOLE, false).await?, Some(Vec::new())), None)
            }
            Order::Newest => {
                let (field, value) = filters.remove(0);
                ((field, Some(value)), None)
            }
        };
        let mut sql = QueryBuilder::new(include_str!("../queries/object_columns.sql"));
        sql.push(", v.value FROM field_value v CROSS JOIN object o ON o.sequence = v.sequence");
        sql.push(" CROSS JOIN version b ON b.place = (o.sequence << 20) + o.version WHERE v.field = ");
        sql.push_bind(driver.0);
        if let Some(value) = driver.1 {
            sql.push(" AND v.value = ").push_bind(value);
        }
        sql.push(" AND v.label IN (SELECT value FROM json_each(");
        sql.push_bind(json_list(&visible.labels)).push("))");
        push_filters(&mut sql, filters, "v");
        let descending = by_value.unwrap_or(true);
        if let Some((value, sequence)) = self.place_after(query).await? {
            let comparison = if descending { " < " } else { " > " };
            if by_value.is_some() {
                sql.push(" AND (v.value, v.sequence)").push(comparison).push("(");
                sql.push_bind(value).push(", ").push_bind(sequence).push(")");
            } else {
                sql.push(" AND v.sequence").push(comparison).push_bind(sequence);
            }
        }
        let direction = if descending { "DESC" } else { "ASC" };
        sql.push(match (by_value.is_some(), descending) {
            (true, true) => " ORDER BY v.value DESC, v.sequence ",
            (true, false) => " ORDER BY v.value ASC, v.sequence ",
            (false, _) => " ORDER BY v.sequence ",
        });
        sql.push(direction).push(" LIMIT ").push_bind(query.limit);
        let rows = sql.build().fetch_all(&self.readers).await.map_err(unavailable)?;
        let read = |row: &SqliteRow| ListRow {
            object: object(row, 0, query.kind),
            sort_value: if by_value.is_some() { row.get(12) } else { Vec::new() },
        };
        Ok(rows.iter().map(read).collect())
    }

    /// A list for a reader of little: all that carries one of the labels, then its page.
    async fn collect(&self, query: &Query, visible: &Visible) -> Result<Vec<ListRow>> {
        let kind = self.writer.with_side(async |side| side.dictionary().kind(query.kind)).await?;
        let after = self.place_after(query).await?;
        let newest = query.order == Order::Newest;
        let mut sql = QueryBuilder::new("SELECT o.sequence, ");
        sql.push(if newest { "x''" } else { "o.fields" }).push(" FROM json_each(");
        sql.push_bind(json_list(&visible.labels));
        sql.push(") l CROSS JOIN object o INDEXED BY object_by_label ON o.label = l.value AND o.kind = ");
        sql.push_bind(kind).push(" WHERE o.erased = 0");
        push_filters(&mut sql, self.filters(query).await?, "o");
        if newest {
            if let Some((_, sequence)) = &after {
                sql.push(" AND o.sequence < ").push_bind(sequence);
            }
            sql.push(" ORDER BY o.sequence DESC LIMIT ").push_bind(query.limit);
        }
        let found: Vec<(i64, Vec<u8>)> =
            sql.build_query_as().fetch_all(&self.readers).await.map_err(unavailable)?;
        let page = match &query.order {
            Order::Newest => found.into_iter().map(|(sequence, _)| (Vec::new(), sequence)).collect(),
            Order::Field { name, descending } => {
                let field = self.field(query.kind, name, false).await?;
                sorted_page(&found, field, *descending, after.as_ref(), query.limit)
            }
        };
        let mut sql = QueryBuilder::new(include_str!("../queries/object_columns.sql"));
        sql.push(", o.sequence FROM json_each(");
        sql.push_bind(json_list(&page.iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>()));
        sql.push(") l CROSS JOIN object o ON o.sequence = l.value");
        sql.push(" CROSS JOIN version b ON b.place = (o.sequence << 20) + o.version");
        let rows = sql.build().fetch_all(&self.readers).await.map_err(unavailable)?;
        let objects: BTreeMap<i64, Object> =
            rows.iter().map(|row| (row.get(12), object(row, 0, query.kind))).collect();
        let row = |(sort_value, sequence)| {
            objects.get(&sequence).map(|object| ListRow { object: object.clone(), sort_value })
        };
        Ok(page.into_iter().filter_map(row).collect())
    }
}

/// Each filter as a look into the index rows of the object that `row` stands for.
fn push_filters(sql: &mut QueryBuilder<Sqlite>, filters: Vec<(i64, Vec<u8>)>, row: &str) {
    for (field, value) in filters {
        sql.push(" AND EXISTS (SELECT 1 FROM field_value f WHERE f.field = ").push_bind(field);
        sql.push(" AND f.value = ").push_bind(value).push(" AND f.sequence = ").push(row).push(".sequence)");
    }
}

/// An FTS5 expression; every token is quoted, so nothing that a reader types is syntax.
fn expression(query: &SearchQuery, kinds: &[i64], visible: &Visible) -> String {
    let mut parts: Vec<String> = query
        .terms
        .iter()
        .map(|term| match term {
            Term::Phrase(tokens) => format!("content : \"{}\"", tokens.join(" ")),
            Term::Prefix(token) => format!("content : \"{token}\" *"),
        })
        .collect();
    let any = |tokens: Vec<String>| format!("handling : ({})", tokens.join(" OR "));
    if !kinds.is_empty() {
        parts.push(any(kinds.iter().map(|kind| format!("\"k{kind}\"")).collect()));
    }
    if !visible.prefers_scan(query.limit) {
        parts.push(any(visible.labels.iter().map(|label| format!("\"l{label}\"")).collect()));
    }
    parts.join(" AND ")
}

#[async_trait]
impl Objects for SqliteStore {
    async fn register(&self, kinds: &[RecordKind]) -> Result<()> {
        let kinds: Vec<RecordKind> = self
            .writer
            .with_side(async |side| Ok(side.dictionary().missing(kinds).into_iter().copied().collect()))
            .await?;
        if kinds.is_empty() {
            return Ok(());
        }
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    for kind in kinds {
                        register_kind(connection, &kind).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.writer.with_side(async |side| side.reload_dictionary().await).await
    }

    async fn intern_labels(&self, labels: &[Label]) -> Result<Vec<LabelId>> {
        let texts = labels.iter().map(to_canonical).collect::<Result<Vec<_>>>()?;
        self.writer
            .run(move |connection| {
                Box::pin(async move {
                    let mut ids = Vec::with_capacity(texts.len());
                    for text in texts {
                        let id = sqlx::query_scalar(include_str!("../queries/intern_label.sql"))
                            .bind(text)
                            .fetch_one(&mut *connection)
                            .await
                            .map_err(unavailable)?;
                        ids.push(id);
                    }
                    Ok(ids)
                })
            })
            .await
    }

    async fn labels(&self, after: LabelId) -> Result<Vec<(LabelId, Label)>> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT number, content FROM label WHERE number > ? ORDER BY number")
                .bind(after)
                .fetch_all(&self.readers)
                .await
                .map_err(unavailable)?;
        let read = |(id, text): (i64, String)| {
            let label = serde_json::from_str(&text).map_err(|error| {
                shinayaka_kernel::Error::Unavailable(format!("stored label {id} is unreadable: {error}"))
            })?;
            Ok((id, label))
        };
        rows.into_iter().map(read).collect()
    }

    async fn label_counts(&self, kind: &str) -> Result<BTreeMap<LabelId, u64>> {
        let field = self.field(kind, WHOLE, true).await?;
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(include_str!("../queries/count.sql"))
            .bind(field)
            .bind(Vec::<u8>::new())
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        let counts = rows.iter().flat_map(|(block, counts)| unpack(*block, counts));
        Ok(counts.map(|(label, n)| (label, n.cast_unsigned())).collect())
    }

    async fn object(&self, id: ObjectId, visible: &Visible) -> Result<Option<Object>> {
        let sql =
            concat!(include_str!("../queries/object_columns.sql"), include_str!("../queries/object.sql"));
        let row = sqlx::query(sql)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)?;
        let Some(row) = row else { return Ok(None) };
        // Looked up here: to hand ten thousand labels over for one row costs more than the row.
        let found = object(&row, 0, &self.kind_name(row.get(1)).await?);
        Ok(Some(found).filter(|found| visible.labels.binary_search(&found.label).is_ok()))
    }

    async fn version(&self, id: ObjectId, version: u32, visible: &Visible) -> Result<Option<Object>> {
        let row = sqlx::query(include_str!("../queries/version.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(json_list(&visible.labels))
            .bind(version)
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)?;
        match row {
            Some(row) => Ok(Some(object(&row, 0, &self.kind_name(row.get(1)).await?))),
            None => Ok(None),
        }
    }

    async fn history(&self, id: ObjectId, visible: &Visible) -> Result<Vec<VersionSummary>> {
        let rows = sqlx::query(include_str!("../queries/history.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(json_list(&visible.labels))
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        let summary = |row: &SqliteRow| VersionSummary {
            version: row.get(0),
            author: object_id(row, 1),
            recorded_at: time(row, 2),
            erased: row.get(3),
        };
        Ok(rows.iter().map(summary).collect())
    }

    async fn list(&self, query: &Query, visible: &Visible) -> Result<Vec<ListRow>> {
        if visible.labels.is_empty() {
            return Ok(Vec::new());
        }
        if visible.prefers_scan(query.limit) {
            self.scan(query, visible).await
        } else {
            self.collect(query, visible).await
        }
    }

    async fn count(&self, kind: &str, filter: Option<(&str, &[u8])>, visible: &Visible) -> Result<u64> {
        let (name, value) = filter.unwrap_or((WHOLE, &[]));
        let field = self.field(kind, name, true).await?;
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(include_str!("../queries/count.sql"))
            .bind(field)
            .bind(value)
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        let sum = |(block, counts): &(i64, Vec<u8>)| visible_sum(*block, counts, &visible.labels);
        Ok(rows.iter().map(sum).sum::<i64>().cast_unsigned())
    }

    async fn facet(&self, kind: &str, field: &str, visible: &Visible) -> Result<Vec<(Vec<u8>, u64)>> {
        let field = self.field(kind, field, true).await?;
        let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = sqlx::query_as(include_str!("../queries/facet.sql"))
            .bind(field)
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        let mut totals: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
        for (value, block, counts) in rows {
            *totals.entry(value).or_default() += visible_sum(block, &counts, &visible.labels);
        }
        Ok(totals.into_iter().filter(|(_, n)| *n > 0).map(|(value, n)| (value, n.cast_unsigned())).collect())
    }

    async fn search(&self, query: &SearchQuery, visible: &Visible) -> Result<Vec<Object>> {
        if visible.labels.is_empty() {
            return Ok(Vec::new());
        }
        let mut kinds = Vec::new();
        for kind in &query.kinds {
            kinds.push(self.writer.with_side(async |side| side.dictionary().kind(kind)).await?);
        }
        let mut sql = QueryBuilder::new(include_str!("../queries/object_columns.sql"));
        sql.push(" FROM search CROSS JOIN object o ON o.sequence = search.rowid ");
        sql.push("CROSS JOIN version b ON b.place = (o.sequence << 20) + o.version WHERE search MATCH ");
        sql.push_bind(expression(query, &kinds, visible));
        sql.push(" AND o.label IN (SELECT value FROM json_each(")
            .push_bind(json_list(&visible.labels))
            .push("))");
        if let Some(after) = &query.after {
            sql.push(" AND search.rowid < ").push_bind(self.sequence_of(after.id).await?);
        }
        sql.push(" ORDER BY search.rowid DESC LIMIT ").push_bind(query.limit);
        let rows = sql.build().fetch_all(&self.readers).await.map_err(unavailable)?;
        let mut objects = Vec::with_capacity(rows.len());
        for row in rows {
            objects.push(object(&row, 0, &self.kind_name(row.get(1)).await?));
        }
        Ok(objects)
    }

    async fn relations(&self, id: ObjectId, visible: &Visible) -> Result<Vec<Relation>> {
        let rows = sqlx::query(include_str!("../queries/relations.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(json_list(&visible.labels))
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        let relation =
            |row: &SqliteRow| Relation { from: object_id(row, 0), name: row.get(1), to: object_id(row, 2) };
        Ok(rows.iter().map(relation).collect())
    }

    async fn has_consent(&self, id: ObjectId, version: u32, label: LabelId) -> Result<bool> {
        sqlx::query_scalar(include_str!("../queries/consent.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(version)
            .bind(label)
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)
    }

    async fn commit(&self, commit: Commit) -> Result<Receipt> {
        self.writer.commit(commit).await
    }
}

async fn register_kind(connection: &mut sqlx::SqliteConnection, kind: &RecordKind) -> Result<()> {
    sqlx::query("INSERT INTO kind (name) VALUES (?) ON CONFLICT DO NOTHING")
        .bind(kind.name)
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
    let whole = [(WHOLE, true)];
    for (name, facet) in whole.into_iter().chain(kind.fields.iter().map(|field| (field.name, field.facet))) {
        sqlx::query(include_str!("../queries/register_field.sql"))
            .bind(kind.name)
            .bind(name)
            .bind(facet)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}
