//! The one connection that writes, and the group commit.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex as StdMutex, PoisonError},
};

use futures::future::BoxFuture;
use shinayaka_kernel::{
    archive::ArchiveRow,
    batch::{
        Batch, Change, Commit, CounterKey, Current, Dictionary, FieldRow, Receipt, SearchRow, State,
        objects_named, plan, take_group, tickets_named,
    },
    counter,
    error::{Error, Result},
    id::ObjectId,
    journal::{Entry, Hash, TileId, append},
    store::TextOf,
};
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection};
use tokio::{
    runtime::Runtime,
    sync::{Mutex, oneshot},
    task::JoinHandle,
};

use crate::{
    archive,
    insert::{insert, statements},
    unavailable,
};

/// Versions an object can have: `place` holds them in 20 bits.
const MAXIMUM_VERSION: u32 = (1 << 20) - 1;

type Waiting = (Commit, oneshot::Sender<Result<Receipt>>);

pub struct Writer {
    queue: Arc<StdMutex<VecDeque<Waiting>>>,
    side: Arc<Mutex<Option<Side>>>,
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

/// What only the writing connection knows.
pub struct Side {
    pub connection: SqliteConnection,
    dictionary: Dictionary,
    head: Head,
    /// `PRAGMA data_version` when `head` was read: another number means that another process has written.
    data_version: i64,
}

/// Where the next rows go.
#[derive(Default)]
struct Head {
    next_object: i64,
    journal_size: u64,
    /// The last tile of each level.
    last_tiles: BTreeMap<u32, Vec<u8>>,
}

impl Writer {
    pub async fn new(connection: SqliteConnection) -> Result<Self> {
        let mut side =
            Side { connection, dictionary: Dictionary::default(), head: Head::default(), data_version: -1 };
        side.dictionary = read_dictionary(&mut side.connection).await?;
        let thread = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("sqlite-writer")
            .build()
            .map_err(|error| Error::Unavailable(format!("the writing thread does not start: {error}")))?;
        Ok(Self { queue: Arc::default(), side: Arc::new(Mutex::new(Some(side))), thread: Some(thread) })
    }

    pub async fn close(&self) {
        if let Some(side) = self.side.lock().await.take() {
            // The last checkpoint folds the log into the file; a failure leaves the log, which is replayed at open.
            if let Err(error) = side.connection.close().await {
                tracing::warn!(%error, "closing the data base");
            }
        }
    }

    /// Waits for a place in the next transaction. A caller that stops waiting does not stop the transaction.
    pub async fn commit(&self, commit: Commit) -> Result<Receipt> {
        for change in &commit.changes {
            if let Change::Save(save) = change
                && save.version() > MAXIMUM_VERSION
            {
                return Err(Error::Conflict("the object has too many versions".into()));
            }
        }
        let (sender, receiver) = oneshot::channel();
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back((commit, sender));
        let (queue, side) = (self.queue.clone(), self.side.clone());
        self.spawn(async move {
            let mut side = side.lock().await;
            let group = take_group(&mut queue.lock().unwrap_or_else(PoisonError::into_inner));
            if group.is_empty() {
                return;
            }
            match side.as_mut() {
                Some(side) => side.write_group(group).await,
                None => answer_all(group, &closed()),
            }
        });
        receiver.await.unwrap_or_else(|_| Err(Error::Unavailable("the writer stopped".into())))
    }

    /// Runs something else in a transaction of its own.
    pub async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let side = self.side.clone();
        let task = self.spawn(async move {
            let mut side = side.lock().await;
            let side = side.as_mut().ok_or_else(closed)?;
            // Whatever the work changes, the next group looks again where its rows go.
            side.data_version = -1;
            let mut transaction = side.connection.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
            let out = work(&mut transaction).await?;
            transaction.commit().await.map_err(unavailable)?;
            Ok(out)
        });
        match task {
            Some(task) => task.await.unwrap_or_else(|_| Err(Error::Unavailable("the writer stopped".into()))),
            None => Err(closed()),
        }
    }

    /// Work of the writing thread; nothing once the writer is being dropped.
    fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<JoinHandle<T>> {
        self.thread.as_ref().map(|thread| thread.spawn(work))
    }

    /// Writes something together with a journal entry that speaks of no object (an account).
    pub async fn run_with_entry<F>(&self, entry: Entry, work: F) -> Result<()>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<()>> + Send + 'static,
    {
        self.run(move |connection| {
            Box::pin(async move {
                let head = read_head(connection).await?;
                work(connection).await?;
                sqlx::query("INSERT OR FAIL INTO journal (position, object, entry) VALUES (?, NULL, ?)")
                    .bind(head.journal_size.cast_signed())
                    .bind(entry.to_bytes().to_vec())
                    .execute(&mut *connection)
                    .await
                    .map_err(unavailable)?;
                let mut last_tiles = head.last_tiles;
                let tiles = append(head.journal_size, &[entry.leaf_hash()], &mut last_tiles);
                write_tiles(connection, &tiles).await
            })
        })
        .await
    }

    /// Loads an archive; nothing else is written meanwhile.
    pub async fn load(
        &self,
        rows: &mut (dyn Iterator<Item = Result<ArchiveRow>> + Send),
        text_of: TextOf<'_>,
    ) -> Result<()> {
        let mut side = self.side.lock().await;
        let side = side.as_mut().ok_or_else(closed)?;
        side.data_version = -1;
        let mut transaction = side.connection.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
        archive::load(&mut transaction, rows, text_of).await?;
        transaction.commit().await.map_err(unavailable)?;
        side.reload_dictionary().await
    }

    /// Runs something that needs to know where the next rows go.
    pub async fn with_side<T>(&self, work: impl AsyncFnOnce(&mut Side) -> Result<T>) -> Result<T> {
        work(self.side.lock().await.as_mut().ok_or_else(closed)?).await
    }
}

fn closed() -> Error {
    Error::Unavailable("the data base has been closed".into())
}

fn answer_all(group: Vec<Waiting>, error: &Error) {
    for (_, sender) in group {
        // A receiver that is gone has stopped waiting; there is nobody to tell.
        let _ = sender.send(Err(error.clone()));
    }
}

impl Side {
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    pub async fn reload_dictionary(&mut self) -> Result<()> {
        self.dictionary = read_dictionary(&mut self.connection).await?;
        Ok(())
    }

    async fn write_group(&mut self, group: Vec<Waiting>) {
        let (commits, senders): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let results = match self.write(commits).await {
            Ok(results) => results,
            Err(error) => {
                // The transaction was rolled back; what we thought the next places are may be wrong.
                self.data_version = -1;
                vec![Err(error); senders.len()]
            }
        };
        for (sender, result) in senders.into_iter().zip(results) {
            let _ = sender.send(result);
        }
    }

    async fn write(&mut self, commits: Vec<Commit>) -> Result<Vec<Result<Receipt>>> {
        let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await.map_err(unavailable)?;
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut *transaction)
            .await
            .map_err(unavailable)?;
        if version != self.data_version {
            self.head = read_head(&mut transaction).await?;
            self.data_version = version;
        }
        let objects = read_current(&mut transaction, commits.iter().flat_map(objects_named)).await?;
        let tickets: Vec<_> = commits.iter().flat_map(tickets_named).collect();
        let leases = read_leases(&mut transaction, &tickets).await?;
        let state = State { dictionary: &self.dictionary, objects: &objects, leases: &leases };
        let mut next = self.head.next_object;
        let (batch, results) = plan(commits, &state, &mut || {
            next += 1;
            next - 1
        });
        let leaves: Vec<Hash> = batch.entries.iter().map(|(_, entry)| entry.leaf_hash()).collect();
        write_rows(&mut transaction, Arc::new(batch), self.head.journal_size).await?;
        let mut last_tiles = self.head.last_tiles.clone();
        let tiles = append(self.head.journal_size, &leaves, &mut last_tiles);
        write_tiles(&mut transaction, &tiles).await?;
        transaction.commit().await.map_err(unavailable)?;
        self.head = Head {
            next_object: next,
            journal_size: self.head.journal_size + leaves.len() as u64,
            last_tiles,
        };
        Ok(results)
    }
}

async fn read_dictionary(connection: &mut SqliteConnection) -> Result<Dictionary> {
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

async fn read_head(connection: &mut SqliteConnection) -> Result<Head> {
    let (next_object, size): (i64, i64) = sqlx::query_as(include_str!("../queries/head.sql"))
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
    let journal_size = size.cast_unsigned();
    let mut last_tiles = BTreeMap::new();
    for id in TileId::lasts(journal_size) {
        let hashes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hashes FROM tile WHERE key = ?")
            .bind(id.key())
            .fetch_optional(&mut *connection)
            .await
            .map_err(unavailable)?;
        // A level whose first tile is not full yet has nothing above it.
        let Some(hashes) = hashes else { break };
        last_tiles.insert(id.level, hashes);
    }
    Ok(Head { next_object, journal_size, last_tiles })
}

async fn read_current(
    connection: &mut SqliteConnection,
    ids: impl Iterator<Item = ObjectId>,
) -> Result<HashMap<ObjectId, Current>> {
    let ids: Vec<ObjectId> = ids.collect();
    let mut current = HashMap::new();
    let mut rest = ids.as_slice();
    let mut size = 128;
    while !rest.is_empty() {
        while size > rest.len() {
            size /= 2;
        }
        let (now, later) = rest.split_at(size);
        let mut statement = QueryBuilder::new(include_str!("../queries/current.sql"));
        let mut list = statement.separated(", ");
        for id in now {
            list.push_bind(id.as_bytes().as_slice());
        }
        list.push_unseparated(")");
        for row in statement.build().fetch_all(&mut *connection).await.map_err(unavailable)? {
            let id: [u8; 16] = row.get::<Vec<u8>, _>(0).try_into().unwrap_or_default();
            let state = Current {
                sequence: row.get(1),
                version: row.get(2),
                label: row.get(3),
                erased: row.get(4),
                fields: row.get(5),
            };
            current.insert(ObjectId::from_bytes(id), state);
        }
        rest = later;
    }
    Ok(current)
}

async fn read_leases(
    connection: &mut SqliteConnection,
    tickets: &[shinayaka_kernel::event::Ticket],
) -> Result<HashSet<(i64, i64)>> {
    let mut leases = HashSet::new();
    for ticket in tickets {
        let held: Option<i64> =
            sqlx::query_scalar("SELECT lease FROM job WHERE id = ? AND lease = ? AND state = 'leased'")
                .bind(ticket.job)
                .bind(ticket.lease)
                .fetch_optional(&mut *connection)
                .await
                .map_err(unavailable)?;
        leases.extend(held.map(|lease| (ticket.job, lease)));
    }
    Ok(leases)
}

/// Rows that a bulk import is made of, in statements.
const OBJECTS: &str = "INSERT OR FAIL INTO object \
    (sequence, id, kind, label, version, owner, created_at, recorded_at, synthetic, fields) ";
const VERSIONS: &str = "INSERT OR FAIL INTO version \
    (place, schema, label, owner, author, recorded_at, synthetic, salt, body) ";

/// Statements waiting to be executed. They are bound on another thread meanwhile.
const STATEMENTS_AHEAD: usize = 4;

async fn write_rows(connection: &mut SqliteConnection, batch: Arc<Batch>, journal_size: u64) -> Result<()> {
    remove_rows(connection, &batch).await?;
    update_objects(connection, &batch).await?;
    let (sender, mut receiver) = tokio::sync::mpsc::channel(STATEMENTS_AHEAD);
    let bound = batch.clone();
    tokio::task::spawn_blocking(move || {
        // Whoever executes has stopped when a statement finds no taker.
        let _ = bulk(&bound, journal_size).try_for_each(|statement| sender.blocking_send(statement));
    });
    while let Some(mut statement) = receiver.recv().await {
        statement.build().execute(&mut *connection).await.map_err(unavailable)?;
    }
    write_counters(connection, &batch.counters).await?;
    write_companions(connection, &batch).await
}

fn bulk(batch: &Batch, journal_size: u64) -> impl Iterator<Item = QueryBuilder<Sqlite>> {
    let objects = statements(OBJECTS, "", &batch.inserted, |row, object| {
        row.push_bind(object.sequence)
            .push_bind(object.id.as_bytes().as_slice())
            .push_bind(object.kind)
            .push_bind(object.label)
            .push_bind(object.version)
            .push_bind(object.owner.as_deref())
            .push_bind(object.at.microseconds())
            .push_bind(object.at.microseconds())
            .push_bind(object.synthetic)
            .push_bind(object.fields.as_slice());
    });
    let versions = statements(VERSIONS, "", &batch.versions, |row, version| {
        row.push_bind(place(version.sequence, version.version))
            .push_bind(version.schema)
            .push_bind(version.label)
            .push_bind(version.owner.as_deref())
            .push_bind(version.author.as_bytes().as_slice())
            .push_bind(version.at.microseconds())
            .push_bind(version.synthetic)
            .push_bind(version.salt.as_slice())
            .push_bind(version.body.as_str());
    });
    objects
        .chain(versions)
        .chain(field_statements(&batch.fields_added))
        .chain(search_statements(&batch.search_added))
        .chain(journal_statements(&batch.entries, journal_size))
}

fn field_statements(fields: &[FieldRow]) -> impl Iterator<Item = QueryBuilder<Sqlite>> {
    statements(
        "INSERT OR FAIL INTO field_value (field, value, sequence, label) ",
        "",
        fields,
        |row, field| {
            row.push_bind(field.field)
                .push_bind(field.value.as_slice())
                .push_bind(field.sequence)
                .push_bind(field.label);
        },
    )
}

fn search_statements(search: &[SearchRow]) -> impl Iterator<Item = QueryBuilder<Sqlite>> {
    statements("INSERT OR FAIL INTO search (rowid, handling, content) ", "", search, |row, search| {
        row.push_bind(search.sequence)
            .push_bind(format!("k{} l{}", search.kind, search.label))
            .push_bind(search.text.as_str());
    })
}

fn journal_statements(
    entries: &[(i64, Entry)],
    journal_size: u64,
) -> impl Iterator<Item = QueryBuilder<Sqlite>> {
    let mut position = journal_size.cast_signed();
    statements(
        "INSERT OR FAIL INTO journal (position, object, entry) ",
        "",
        entries,
        move |row, (object, entry)| {
            row.push_bind(position).push_bind(object).push_bind(entry.to_bytes().to_vec());
            position += 1;
        },
    )
}

pub async fn write_fields(connection: &mut SqliteConnection, fields: &[FieldRow]) -> Result<()> {
    for mut statement in field_statements(fields) {
        statement.build().execute(&mut *connection).await.map_err(unavailable)?;
    }
    Ok(())
}

pub async fn write_search(connection: &mut SqliteConnection, search: &[SearchRow]) -> Result<()> {
    for mut statement in search_statements(search) {
        statement.build().execute(&mut *connection).await.map_err(unavailable)?;
    }
    Ok(())
}

pub async fn write_counters(
    connection: &mut SqliteConnection,
    changes: &BTreeMap<CounterKey, i64>,
) -> Result<()> {
    let mut blocks = counter::by_block(changes);
    add_counted(connection, &mut blocks).await?;
    let rows: Vec<_> = blocks.into_iter().map(|(key, counts)| (counter::pack(key.2, &counts), key)).collect();
    insert(
        connection,
        "INSERT OR FAIL INTO counter (field, value, block, counts) ",
        " ON CONFLICT DO UPDATE SET counts = excluded.counts",
        &rows,
        |row, (counts, (field, value, block))| {
            row.push_bind(field).push_bind(value.as_slice()).push_bind(block).push_bind(counts.as_slice());
        },
    )
    .await
}

/// Adds what the data base has counted so far to changes.
async fn add_counted(
    connection: &mut SqliteConnection,
    blocks: &mut BTreeMap<counter::BlockKey, counter::Counts>,
) -> Result<()> {
    let keys: Vec<counter::BlockKey> = blocks.keys().cloned().collect();
    let mut rest = keys.as_slice();
    let mut size = 1024;
    while !rest.is_empty() {
        while size > rest.len() {
            size /= 2;
        }
        let (now, later) = rest.split_at(size);
        let mut statement = QueryBuilder::<Sqlite>::new("WITH touched (field, value, block) AS (");
        statement.push_values(now, |mut row, (field, value, block)| {
            row.push_bind(field).push_bind(value.as_slice()).push_bind(block);
        });
        statement.push(") ").push(include_str!("../queries/counted.sql"));
        for row in statement.build().fetch_all(&mut *connection).await.map_err(unavailable)? {
            let key: counter::BlockKey = (row.get(0), row.get(1), row.get(2));
            let block = key.2;
            counter::add(blocks.entry(key).or_default(), block, row.get(3));
        }
        rest = later;
    }
    Ok(())
}

pub fn place(sequence: i64, version: u32) -> i64 {
    (sequence << 20) | i64::from(version)
}

async fn remove_rows(connection: &mut SqliteConnection, batch: &Batch) -> Result<()> {
    for row in &batch.fields_removed {
        sqlx::query("DELETE FROM field_value WHERE field = ? AND value = ? AND sequence = ?")
            .bind(row.field)
            .bind(row.value.as_slice())
            .bind(row.sequence)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    for sequence in &batch.search_removed {
        sqlx::query("DELETE FROM search WHERE rowid = ?")
            .bind(sequence)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    for sequence in &batch.erased {
        sqlx::query("UPDATE version SET salt = NULL, body = NULL WHERE place BETWEEN ? AND ?")
            .bind(place(*sequence, 0))
            .bind(place(*sequence, MAXIMUM_VERSION))
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
        sqlx::query("UPDATE object SET erased = 1, fields = x'' WHERE sequence = ?")
            .bind(sequence)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

async fn update_objects(connection: &mut SqliteConnection, batch: &Batch) -> Result<()> {
    for object in &batch.updated {
        sqlx::query(include_str!("../queries/update_object.sql"))
            .bind(object.label)
            .bind(object.version)
            .bind(object.owner.as_deref())
            .bind(object.at.microseconds())
            .bind(object.synthetic)
            .bind(object.fields.as_slice())
            .bind(object.sequence)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

/// Relations, consents, events and jobs.
async fn write_companions(connection: &mut SqliteConnection, batch: &Batch) -> Result<()> {
    insert(
        connection,
        "INSERT OR FAIL INTO relation (source, name, target) ",
        " ON CONFLICT DO NOTHING",
        &batch.related,
        |row, (source, name, target)| {
            row.push_bind(source).push_bind(name.as_str()).push_bind(target);
        },
    )
    .await?;
    for (source, name, target) in &batch.unrelated {
        sqlx::query("DELETE FROM relation WHERE source = ? AND name = ? AND target = ?")
            .bind(source)
            .bind(name.as_str())
            .bind(target)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    insert(
        connection,
        "INSERT OR FAIL INTO consent (object, version, label) ",
        " ON CONFLICT DO NOTHING",
        &batch.consents,
        |row, consent| {
            row.push_bind(consent.sequence).push_bind(consent.version).push_bind(consent.label);
        },
    )
    .await?;
    insert(
        connection,
        "INSERT OR FAIL INTO event (name, object, at, payload) ",
        "",
        &batch.events,
        |row, event| {
            row.push_bind(event.name)
                .push_bind(event.object.map(|id| id.as_bytes().to_vec()))
                .push_bind(event.at.microseconds())
                .push_bind(event.payload.as_str());
        },
    )
    .await?;
    insert(
        connection,
        "INSERT OR FAIL INTO job (name, payload, run_at, unique_key) ",
        " ON CONFLICT DO NOTHING",
        &batch.jobs,
        |row, job| {
            row.push_bind(job.name.as_str())
                .push_bind(job.payload.as_str())
                .push_bind(job.run_at.microseconds())
                .push_bind(job.unique_key.as_deref());
        },
    )
    .await?;
    for ticket in &batch.completed {
        crate::jobs::complete(connection, *ticket).await?;
    }
    Ok(())
}

pub async fn write_tiles(connection: &mut SqliteConnection, tiles: &[(TileId, Vec<u8>)]) -> Result<()> {
    insert(
        connection,
        "INSERT OR FAIL INTO tile (key, hashes) ",
        " ON CONFLICT DO UPDATE SET hashes = excluded.hashes",
        tiles,
        |row, (id, hashes)| {
            row.push_bind(id.key()).push_bind(hashes.as_slice());
        },
    )
    .await
}
