//! Group commit over a few connections.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use shinayaka_kernel::{
    batch::{
        Batch, Change, Commit, Current, Dictionary, FieldRow, ObjectRow, Receipt, SearchRow, State,
        VersionRow, objects_named, plan, take_group, tickets_named,
    },
    error::{Error, Result},
    event::Ticket,
    id::ObjectId,
    journal::Entry,
};
use sqlx::{PgConnection, PgPool, Row};
use tokio::{
    runtime::Runtime,
    sync::{Semaphore, oneshot},
};

use crate::{counters, search, unavailable};

/// Transactions of one process that write at the same time.
const WRITERS: usize = 4;
/// One more than writers, so that the thread can always get on.
pub const CONNECTIONS: u32 = 5;

type Queue = VecDeque<(Commit, oneshot::Sender<Result<Receipt>>)>;

/// Rows of counters that wait before they are added up.
const WAITING_COUNTS: usize = 4096;

pub struct Writer {
    /// Connections of the writing thread; never used from another.
    pool: PgPool,
    queue: Arc<Mutex<Queue>>,
    slots: Arc<Semaphore>,
    waiting_counts: Arc<AtomicUsize>,
    dictionary: RwLock<Arc<Dictionary>>,
    /// A thread of its own: between the statements of a transaction it never waits behind the work of requests.
    thread: Option<Runtime>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.shutdown_background();
        }
    }
}

impl Writer {
    pub fn new(pool: PgPool) -> Result<Self> {
        let thread = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgres-writer")
            .enable_all()
            .build()
            .map_err(|error| Error::Unavailable(format!("the writing thread does not start: {error}")))?;
        Ok(Self {
            pool,
            queue: Arc::default(),
            slots: Arc::new(Semaphore::new(WRITERS)),
            waiting_counts: Arc::default(),
            dictionary: RwLock::default(),
            thread: Some(thread),
        })
    }

    pub fn set_dictionary(&self, dictionary: Dictionary) {
        *self.dictionary.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(dictionary);
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Waits for a place in one of the next transactions. A caller that stops waiting does not stop the transaction.
    pub async fn commit(&self, commit: Commit) -> Result<Receipt> {
        let stopped = || Error::Unavailable("the writer stopped".into());
        let (sender, receiver) = oneshot::channel();
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back((commit, sender));
        let (queue, slots, pool) = (self.queue.clone(), self.slots.clone(), self.pool.clone());
        let waiting_counts = self.waiting_counts.clone();
        let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.thread.as_ref().ok_or_else(stopped)?.spawn(async move {
            // The semaphore is never closed; without a slot there would be no limit, not no work.
            let _slot = slots.acquire().await;
            let group = take_group(&mut queue.lock().unwrap_or_else(PoisonError::into_inner));
            if group.is_empty() {
                return;
            }
            let (commits, senders): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            let (results, waiting) = match write(&pool, &dictionary, commits).await {
                Ok(written) => written,
                Err(error) => (vec![Err(error); senders.len()], 0),
            };
            for (sender, result) in senders.into_iter().zip(results) {
                // A receiver that is gone has stopped waiting; there is nobody to tell.
                let _ = sender.send(result);
            }
            if waiting_counts.fetch_add(waiting, Ordering::Relaxed) + waiting >= WAITING_COUNTS {
                waiting_counts.store(0, Ordering::Relaxed);
                // Totals are right either way; the next one tries again.
                if let Err(error) = counters::add_up(&pool).await {
                    tracing::warn!(%error, "adding up the counters");
                }
            }
        });
        receiver.await.unwrap_or_else(|_| Err(stopped()))
    }
}

/// What became of each commit, and the rows of counters that wait to be added up.
type Written = (Vec<Result<Receipt>>, usize);

async fn write(pool: &PgPool, dictionary: &Dictionary, commits: Vec<Commit>) -> Result<Written> {
    let mut transaction = pool.begin().await.map_err(unavailable)?;
    let ids: Vec<ObjectId> = commits.iter().flat_map(objects_named).collect();
    let objects = read_current(&mut transaction, &ids).await?;
    let tickets: Vec<Ticket> = commits.iter().flat_map(tickets_named).collect();
    let leases = read_leases(&mut transaction, &tickets).await?;
    let changes = commits.iter().flat_map(|commit| &commit.changes);
    let new =
        changes.filter(|change| matches!(change, Change::Save(save) if save.expected.is_none())).count();
    let mut sequences = next_sequences(&mut transaction, new).await?.into_iter();
    let state = State { dictionary, objects: &objects, leases: &leases };
    // One number was fetched for each new object.
    let (batch, results) = plan(commits, &state, &mut || sequences.next().unwrap_or_default());
    write_rows(&mut transaction, &batch).await?;
    let waiting = counters::write(&mut transaction, &batch.counters).await?;
    transaction.commit().await.map_err(unavailable)?;
    Ok((results, waiting))
}

async fn next_sequences(connection: &mut PgConnection, count: usize) -> Result<Vec<i64>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT nextval('object_sequence') FROM generate_series(1, $1)")
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await
        .map_err(unavailable)
}

pub async fn read_dictionary(connection: &mut PgConnection) -> Result<Dictionary> {
    let mut dictionary = Dictionary::default();
    let kinds = sqlx::query_as::<_, (i64, String)>("SELECT number, name FROM kind");
    for (number, name) in kinds.fetch_all(&mut *connection).await.map_err(unavailable)? {
        dictionary.add_kind(number, &name);
    }
    let fields = sqlx::query_as::<_, (i64, i64, String, bool)>("SELECT kind, number, name, facet FROM field");
    for (kind, number, name, facet) in fields.fetch_all(&mut *connection).await.map_err(unavailable)? {
        dictionary.add_field(kind, number, &name, facet);
    }
    Ok(dictionary)
}

/// The present state of objects, locked until the transaction ends, in one order for everybody.
async fn read_current(connection: &mut PgConnection, ids: &[ObjectId]) -> Result<HashMap<ObjectId, Current>> {
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
    let mut current = HashMap::new();
    if ids.is_empty() {
        return Ok(current);
    }
    let rows = sqlx::query(include_str!("../queries/current.sql"))
        .bind(ids)
        .fetch_all(connection)
        .await
        .map_err(unavailable)?;
    for row in rows {
        let id: [u8; 16] = row.get::<Vec<u8>, _>(0).try_into().unwrap_or_default();
        let state = Current {
            sequence: row.get(1),
            version: u32::try_from(row.get::<i64, _>(2)).unwrap_or(0),
            label: row.get(3),
            erased: row.get(4),
            fields: row.get(5),
        };
        current.insert(ObjectId::from_bytes(id), state);
    }
    Ok(current)
}

async fn read_leases(connection: &mut PgConnection, tickets: &[Ticket]) -> Result<HashSet<(i64, i64)>> {
    let mut leases = HashSet::new();
    for ticket in tickets {
        let sql = "SELECT lease FROM job WHERE id = $1 AND lease = $2 AND state = 'leased' FOR UPDATE";
        let held: Option<i64> = sqlx::query_scalar(sql)
            .bind(ticket.job)
            .bind(ticket.lease)
            .fetch_optional(&mut *connection)
            .await
            .map_err(unavailable)?;
        leases.extend(held.map(|lease| (ticket.job, lease)));
    }
    Ok(leases)
}

async fn write_rows(connection: &mut PgConnection, batch: &Batch) -> Result<()> {
    remove_rows(connection, batch).await?;
    insert_objects(connection, &batch.inserted).await?;
    for object in &batch.updated {
        sqlx::query(include_str!("../queries/update_object.sql"))
            .bind(object.label)
            .bind(i64::from(object.version))
            .bind(object.owner.as_deref())
            .bind(object.at.microseconds())
            .bind(object.synthetic)
            .bind(object.fields.as_slice())
            .bind(object.sequence)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    insert_versions(connection, &batch.versions).await?;
    write_fields(connection, &batch.fields_added).await?;
    write_search(connection, &batch.search_added).await?;
    write_leaves(connection, &batch.entries).await?;
    write_companions(connection, batch).await
}

async fn remove_rows(connection: &mut PgConnection, batch: &Batch) -> Result<()> {
    if !batch.fields_removed.is_empty() {
        let rows = &batch.fields_removed;
        sqlx::query(include_str!("../queries/remove_fields.sql"))
            .bind(rows.iter().map(|row| row.field).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.value.as_slice()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.sequence).collect::<Vec<_>>())
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    if !batch.search_removed.is_empty() {
        sqlx::query("DELETE FROM search WHERE sequence = ANY ($1)")
            .bind(&batch.search_removed)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    if !batch.erased.is_empty() {
        sqlx::query("UPDATE version SET salt = NULL, body = NULL WHERE object = ANY ($1)")
            .bind(&batch.erased)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
        sqlx::query("UPDATE object SET erased = TRUE, fields = '' WHERE sequence = ANY ($1)")
            .bind(&batch.erased)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

async fn insert_objects(connection: &mut PgConnection, rows: &[ObjectRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let done = sqlx::query(include_str!("../queries/insert_objects.sql"))
        .bind(rows.iter().map(|row| row.sequence).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.id.as_bytes().as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.label).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| i64::from(row.version)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.owner.as_deref()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.at.microseconds()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.synthetic).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.fields.as_slice()).collect::<Vec<_>>())
        .execute(connection)
        .await;
    match done {
        Ok(_) => Ok(()),
        // Another process made an object with the same id between our look and our write.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(Error::Conflict("an object with this id was made at the same time".into()))
        }
        Err(error) => Err(unavailable(error)),
    }
}

async fn insert_versions(connection: &mut PgConnection, rows: &[VersionRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("../queries/insert_versions.sql"))
        .bind(rows.iter().map(|row| row.sequence).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| i64::from(row.version)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| i64::from(row.schema)).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.label).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.owner.as_deref()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.author.as_bytes().as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.at.microseconds()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.synthetic).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.salt.as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.body.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

pub async fn write_fields(connection: &mut PgConnection, rows: &[FieldRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("../queries/insert_fields.sql"))
        .bind(rows.iter().map(|row| row.field).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.value.as_slice()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.sequence).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.label).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// A `tsvector` as text. Tokens are letters and digits only, so nothing needs quoting; PostgreSQL keeps positions up to
/// 16,383, more than a document has tokens.
fn vector(row: &SearchRow) -> String {
    let mut out = format!("K{} L{} S{}", row.kind, row.label, search::stretch(row.sequence));
    for (token, position) in row.text.split(' ').filter(|token| !token.is_empty()).zip(1..) {
        out.push(' ');
        out.push_str(token);
        out.push(':');
        out.push_str(&i32::to_string(&position));
    }
    out
}

pub async fn write_search(connection: &mut PgConnection, rows: &[SearchRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(include_str!("../queries/insert_search.sql"))
        .bind(rows.iter().map(|row| row.sequence).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.label).collect::<Vec<_>>())
        .bind(rows.iter().map(vector).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

pub async fn write_leaves(connection: &mut PgConnection, entries: &[(i64, Entry)]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    // Object 0 is none: entries about accounts.
    sqlx::query(include_str!("../queries/insert_leaves.sql"))
        .bind(entries.iter().map(|(object, _)| *object).collect::<Vec<_>>())
        .bind(entries.iter().map(|(_, entry)| entry.to_bytes().to_vec()).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map_err(unavailable)?;
    Ok(())
}

/// Relations, consents, events and jobs.
async fn write_companions(connection: &mut PgConnection, batch: &Batch) -> Result<()> {
    for (source, name, target) in &batch.related {
        sqlx::query("INSERT INTO relation (source, name, target) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(source)
            .bind(name)
            .bind(target)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    for (source, name, target) in &batch.unrelated {
        sqlx::query("DELETE FROM relation WHERE source = $1 AND name = $2 AND target = $3")
            .bind(source)
            .bind(name)
            .bind(target)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    for consent in &batch.consents {
        sqlx::query(
            "INSERT INTO consent (object, version, label) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(consent.sequence)
        .bind(i64::from(consent.version))
        .bind(consent.label)
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
    }
    for event in &batch.events {
        sqlx::query("INSERT INTO event (name, object, at, payload) VALUES ($1, $2, $3, $4)")
            .bind(event.name)
            .bind(event.object.map(|id| id.as_bytes().to_vec()))
            .bind(event.at.microseconds())
            .bind(&event.payload)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    for job in &batch.jobs {
        sqlx::query(include_str!("../queries/insert_job.sql"))
            .bind(&job.name)
            .bind(&job.payload)
            .bind(job.run_at.microseconds())
            .bind(&job.unique_key)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    for ticket in &batch.completed {
        crate::jobs::complete(connection, *ticket).await?;
    }
    Ok(())
}
