//! Reading objects: one by one, as lists, counts and search.

use std::collections::BTreeMap;

use async_trait::async_trait;
use shinayaka_kernel::{
    batch::{Commit, Receipt, WHOLE, sorted_page},
    canonical::to_canonical,
    clock::Timestamp,
    counter::{Counts, add, visible_sum},
    error::{Error, Result},
    id::ObjectId,
    label::Label,
    object::{LabelId, Object, RecordKind, Relation, VersionSummary},
    store::{Objects, Order, Query, Row as ListRow, SearchQuery, Visible},
};
use sqlx::{PgPool, Postgres, QueryBuilder, Row, postgres::PgRow};

use crate::{LOCK_LABEL, PostgresStore, unavailable};

pub fn object_id(row: &PgRow, column: usize) -> ObjectId {
    ObjectId::from_bytes(row.get::<Vec<u8>, _>(column).try_into().unwrap_or_default())
}

pub fn time(row: &PgRow, column: usize) -> Timestamp {
    Timestamp::from_microseconds(row.get(column))
}

pub fn small<T: TryFrom<i64> + Default>(row: &PgRow, column: usize) -> T {
    T::try_from(row.get::<i64, _>(column)).unwrap_or_default()
}

/// Reads the columns of `object_columns.sql`.
fn object(row: &PgRow, kind: &str) -> Object {
    Object {
        id: object_id(row, 0),
        kind: kind.to_owned(),
        version: small(row, 2),
        label: row.get(3),
        owner: row.get(4),
        created_at: time(row, 5),
        recorded_at: time(row, 6),
        synthetic: row.get(7),
        erased: row.get(8),
        schema: small(row, 9),
        author: object_id(row, 10),
        body: row.get::<Option<String>, _>(11).unwrap_or_default(),
    }
}

impl PostgresStore {
    pub async fn named(&self, row: &PgRow) -> Result<Object> {
        let number: i64 = row.get(1);
        if self.dictionary.read().await.kind_name(number).is_empty() {
            // Another process with more capabilities has registered it.
            self.reload_dictionary().await?;
        }
        Ok(object(row, self.dictionary.read().await.kind_name(number)))
    }

    /// The number of a field of a kind.
    async fn field(&self, kind: &str, field: &str, must_be_facet: bool) -> Result<i64> {
        let dictionary = self.dictionary.read().await;
        let kind = dictionary.kind(kind)?;
        if must_be_facet { dictionary.facet(kind, field) } else { dictionary.field(kind, field) }
    }

    pub async fn sequence_of(&self, id: ObjectId) -> Result<i64> {
        let sequence: Option<i64> = sqlx::query_scalar("SELECT sequence FROM object WHERE id = $1")
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(sequence.unwrap_or(0))
    }

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
        let descending = by_value.unwrap_or(true);
        let order = match (by_value.is_some(), descending) {
            (true, true) => " ORDER BY v.value DESC, v.sequence DESC LIMIT ",
            (true, false) => " ORDER BY v.value, v.sequence LIMIT ",
            (false, _) => " ORDER BY v.sequence DESC LIMIT ",
        };
        let mut sql = QueryBuilder::new(include_str!("../queries/object_columns.sql"));
        sql.push(", v.value FROM (SELECT v.value, v.sequence FROM field_value v WHERE v.field = ");
        sql.push_bind(driver.0);
        if let Some(value) = driver.1 {
            sql.push(" AND v.value = ").push_bind(value);
        }
        sql.push(" AND v.label = ANY (").push_bind(visible.labels.to_vec()).push(")");
        push_filters(&mut sql, filters, "v");
        if let Some((value, sequence)) = self.place_after(query).await? {
            let comparison = if descending { " < " } else { " > " };
            if by_value.is_some() {
                sql.push(" AND (v.value, v.sequence)").push(comparison).push("(");
                sql.push_bind(value).push(", ").push_bind(sequence).push(")");
            } else {
                sql.push(" AND v.sequence").push(comparison).push_bind(sequence);
            }
        }
        sql.push(order)
            .push_bind(i64::from(query.limit))
            .push(") v JOIN object o ON o.sequence = v.sequence ");
        sql.push("JOIN version b ON b.object = o.sequence AND b.version = o.version");
        sql.push(order).push_bind(i64::from(query.limit));
        let rows = sql.build().fetch_all(&self.pool).await.map_err(unavailable)?;
        let read = |row: &PgRow| ListRow {
            object: object(row, query.kind),
            sort_value: if by_value.is_some() { row.get(12) } else { Vec::new() },
        };
        Ok(rows.iter().map(read).collect())
    }

    /// A list for a reader of little: all that carries one of the labels, then its page.
    async fn collect(&self, query: &Query, visible: &Visible) -> Result<Vec<ListRow>> {
        let kind = self.dictionary.read().await.kind(query.kind)?;
        let after = self.place_after(query).await?;
        let newest = query.order == Order::Newest;
        // For each label its own rows: the index is read where it has them.
        let mut sql = QueryBuilder::new("SELECT o.sequence, o.fields FROM unnest(");
        sql.push_bind(visible.labels.to_vec()).push("::BIGINT[]) l (label) CROSS JOIN LATERAL (");
        sql.push(if newest {
            "SELECT o.sequence, ''::BYTEA AS fields"
        } else {
            "SELECT o.sequence, o.fields"
        });
        sql.push(" FROM object o WHERE o.label = l.label AND o.kind = ").push_bind(kind);
        sql.push(" AND NOT o.erased");
        push_filters(&mut sql, self.filters(query).await?, "o");
        if newest {
            if let Some((_, sequence)) = &after {
                sql.push(" AND o.sequence < ").push_bind(*sequence);
            }
            sql.push(" ORDER BY o.sequence DESC LIMIT ").push_bind(i64::from(query.limit));
            sql.push(") o ORDER BY o.sequence DESC LIMIT ").push_bind(i64::from(query.limit));
        } else {
            sql.push(" OFFSET 0) o");
        }
        let found: Vec<(i64, Vec<u8>)> =
            sql.build_query_as().fetch_all(&self.pool).await.map_err(unavailable)?;
        let page = match &query.order {
            Order::Newest => found.into_iter().map(|(sequence, _)| (Vec::new(), sequence)).collect(),
            Order::Field { name, descending } => {
                let field = self.field(query.kind, name, false).await?;
                sorted_page(&found, field, *descending, after.as_ref(), query.limit)
            }
        };
        let mut sql = QueryBuilder::new(include_str!("../queries/object_columns.sql"));
        sql.push(", o.sequence FROM object o ");
        sql.push(
            "JOIN version b ON b.object = o.sequence AND b.version = o.version WHERE o.sequence = ANY (",
        );
        sql.push_bind(page.iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>()).push(")");
        let rows = sql.build().fetch_all(&self.pool).await.map_err(unavailable)?;
        let objects: BTreeMap<i64, Object> =
            rows.iter().map(|row| (row.get(12), object(row, query.kind))).collect();
        let row = |(sort_value, sequence)| {
            objects.get(&sequence).map(|object| ListRow { object: object.clone(), sort_value })
        };
        Ok(page.into_iter().filter_map(row).collect())
    }
}

/// Each filter as a look into the index rows of the object that `row` stands for.
fn push_filters(sql: &mut QueryBuilder<Postgres>, filters: Vec<(i64, Vec<u8>)>, row: &str) {
    for (field, value) in filters {
        sql.push(" AND EXISTS (SELECT 1 FROM field_value f WHERE f.field = ").push_bind(field);
        sql.push(" AND f.value = ").push_bind(value);
        sql.push(" AND f.sequence = ").push(row).push(".sequence OFFSET 0)");
    }
}

#[async_trait]
impl Objects for PostgresStore {
    async fn register(&self, kinds: &[RecordKind]) -> Result<()> {
        let missing: Vec<RecordKind> =
            self.dictionary.read().await.missing(kinds).into_iter().copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut transaction = self.pool.begin().await.map_err(unavailable)?;
        for kind in missing {
            register_kind(&mut transaction, &kind).await?;
        }
        transaction.commit().await.map_err(unavailable)?;
        self.reload_dictionary().await
    }

    async fn intern_labels(&self, labels: &[Label]) -> Result<Vec<LabelId>> {
        let mut ids = Vec::with_capacity(labels.len());
        for label in labels {
            ids.push(intern_label(&self.pool, &to_canonical(label)?).await.map_err(unavailable)?);
        }
        Ok(ids)
    }

    async fn labels(&self, after: LabelId) -> Result<Vec<(LabelId, Label)>> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT number, content FROM label WHERE number > $1 ORDER BY number")
                .bind(after)
                .fetch_all(&self.pool)
                .await
                .map_err(unavailable)?;
        let read = |(id, text): (i64, String)| {
            let label = serde_json::from_str(&text)
                .map_err(|error| Error::Unavailable(format!("stored label {id} is unreadable: {error}")))?;
            Ok((id, label))
        };
        rows.into_iter().map(read).collect()
    }

    async fn label_counts(&self, kind: &str) -> Result<BTreeMap<LabelId, u64>> {
        let field = self.field(kind, WHOLE, true).await?;
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(include_str!("../queries/count.sql"))
            .bind(field)
            .bind(Vec::<u8>::new())
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        let mut counts = Counts::new();
        for (block, packed) in rows {
            add(&mut counts, block, &packed);
        }
        Ok(counts.into_iter().map(|(label, n)| (label, n.cast_unsigned())).collect())
    }

    async fn object(&self, id: ObjectId, visible: &Visible) -> Result<Option<Object>> {
        let sql =
            concat!(include_str!("../queries/object_columns.sql"), include_str!("../queries/object.sql"));
        let row = sqlx::query(sql)
            .bind(id.as_bytes().as_slice())
            .bind(visible.labels.as_ref())
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)?;
        match row {
            Some(row) => Ok(Some(self.named(&row).await?)),
            None => Ok(None),
        }
    }

    async fn version(&self, id: ObjectId, version: u32, visible: &Visible) -> Result<Option<Object>> {
        let row = sqlx::query(include_str!("../queries/version.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(visible.labels.as_ref())
            .bind(i64::from(version))
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)?;
        match row {
            Some(row) => Ok(Some(self.named(&row).await?)),
            None => Ok(None),
        }
    }

    async fn history(&self, id: ObjectId, visible: &Visible) -> Result<Vec<VersionSummary>> {
        let rows = sqlx::query(include_str!("../queries/history.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(visible.labels.as_ref())
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        let summary = |row: &PgRow| VersionSummary {
            version: small(row, 0),
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
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        let sum = |(block, counts): &(i64, Vec<u8>)| visible_sum(*block, counts, &visible.labels);
        Ok(rows.iter().map(sum).sum::<i64>().cast_unsigned())
    }

    async fn facet(&self, kind: &str, field: &str, visible: &Visible) -> Result<Vec<(Vec<u8>, u64)>> {
        let field = self.field(kind, field, true).await?;
        let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = sqlx::query_as(include_str!("../queries/facet.sql"))
            .bind(field)
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        let mut totals: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
        for (value, block, counts) in rows {
            *totals.entry(value).or_default() += visible_sum(block, &counts, &visible.labels);
        }
        Ok(totals.into_iter().filter(|(_, n)| *n > 0).map(|(value, n)| (value, n.cast_unsigned())).collect())
    }

    async fn search(&self, query: &SearchQuery, visible: &Visible) -> Result<Vec<Object>> {
        self.find(query, visible).await
    }

    async fn relations(&self, id: ObjectId, visible: &Visible) -> Result<Vec<Relation>> {
        let rows = sqlx::query(include_str!("../queries/relations.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(visible.labels.as_ref())
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        let relation =
            |row: &PgRow| Relation { from: object_id(row, 0), name: row.get(1), to: object_id(row, 2) };
        Ok(rows.iter().map(relation).collect())
    }

    async fn has_consent(&self, id: ObjectId, version: u32, label: LabelId) -> Result<bool> {
        sqlx::query_scalar(include_str!("../queries/consent.sql"))
            .bind(id.as_bytes().as_slice())
            .bind(i64::from(version))
            .bind(label)
            .fetch_one(&self.pool)
            .await
            .map_err(unavailable)
    }

    async fn commit(&self, commit: Commit) -> Result<Receipt> {
        self.writer.commit(commit).await
    }
}

async fn register_kind(connection: &mut sqlx::PgConnection, kind: &RecordKind) -> Result<()> {
    sqlx::query("INSERT INTO kind (name) VALUES ($1) ON CONFLICT DO NOTHING")
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

/// The number of a label. New ones are made one at a time, so that numbers become visible in their order: a reader that
/// knows the newest has missed none.
async fn intern_label(pool: &PgPool, text: &str) -> std::result::Result<LabelId, sqlx::Error> {
    let known = sqlx::query_scalar("SELECT number FROM label WHERE content = $1");
    if let Some(id) = known.bind(text).fetch_optional(pool).await? {
        return Ok(id);
    }
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK_LABEL).execute(&mut *transaction).await?;
    let id = sqlx::query_scalar(include_str!("../queries/intern_label.sql"))
        .bind(text)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(id)
}
