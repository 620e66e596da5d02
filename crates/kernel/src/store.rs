//! What a data base must do for the kernel. Implemented by `store/sqlite` and `store/postgres`; both must pass
//! `store/conformance`. Capabilities never see these traits: they hold a [`crate::Reader`] or [`crate::Writer`].

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use crate::{
    account::{Account, Credential, Purpose},
    archive::ArchiveRow,
    batch::{Commit, Receipt},
    clock::Timestamp,
    error::Result,
    event::{Job, JobSummary, Ticket},
    id::ObjectId,
    journal::{Entry, TileId},
    label::Label,
    object::{LabelId, Object, RecordKind, Relation, VersionSummary},
    page::Cursor,
    search::Term,
};

/// The labels that a reader may see, with what the planner of a query needs to know. The numbers decide only *how* a
/// query runs, never what it answers.
#[derive(Debug, Clone)]
pub struct Visible {
    /// Sorted.
    pub labels: Arc<[LabelId]>,
    /// About how many of the objects asked for carry one of these labels.
    pub seen: u64,
    /// About how many there are.
    pub total: u64,
}

impl Visible {
    /// True when scanning the list and leaving out what may not be seen reads fewer rows than collecting what each
    /// label has. The better of the two reads at most √(limit · total) rows: 14,000 for a page of 50 in 4 million.
    pub fn prefers_scan(&self, limit: u32) -> bool {
        let scanned = f64::from(limit) * (self.total as f64 + 1.0) / (self.seen as f64 + 1.0);
        scanned <= (self.seen + self.labels.len() as u64) as f64
    }
}

/// How a list is sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// By the time of first saving, newest first.
    Newest,
    /// By a declared field; objects without a value are not in such a list.
    Field { name: &'static str, descending: bool },
}

/// A list of objects of one kind.
#[derive(Debug, Clone)]
pub struct Query {
    pub kind: &'static str,
    /// Declared fields and the encoded values that they must have.
    pub filters: Vec<(&'static str, Vec<u8>)>,
    pub order: Order,
    pub after: Option<Cursor>,
    pub limit: u32,
}

/// A row of a list: the object and the value that the list is sorted by.
#[derive(Debug, Clone)]
pub struct Row {
    pub object: Object,
    pub sort_value: Vec<u8>,
}

/// A full-text search, newest first.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// Empty means every kind.
    pub kinds: Vec<&'static str>,
    pub terms: Vec<Term>,
    pub after: Option<Cursor>,
    pub limit: u32,
}

#[async_trait]
pub trait Objects: Send + Sync {
    /// Makes the kinds and their fields known; called once at start.
    async fn register(&self, kinds: &[RecordKind]) -> Result<()>;
    /// The numbers of these labels, new ones given where needed.
    async fn intern_labels(&self, labels: &[Label]) -> Result<Vec<LabelId>>;
    /// Labels with a number greater than `after`, in order.
    async fn labels(&self, after: LabelId) -> Result<Vec<(LabelId, Label)>>;
    /// How many objects of a kind carry each label.
    async fn label_counts(&self, kind: &str) -> Result<BTreeMap<LabelId, u64>>;

    /// The newest version.
    async fn object(&self, id: ObjectId, visible: &Visible) -> Result<Option<Object>>;
    /// One version, if both it and the newest one may be seen.
    async fn version(&self, id: ObjectId, version: u32, visible: &Visible) -> Result<Option<Object>>;
    /// All versions that may be seen, newest first; empty when the object may not be seen.
    async fn history(&self, id: ObjectId, visible: &Visible) -> Result<Vec<VersionSummary>>;
    async fn list(&self, query: &Query, visible: &Visible) -> Result<Vec<Row>>;
    /// From counters. `filter` must be a facet field.
    async fn count(&self, kind: &str, filter: Option<(&str, &[u8])>, visible: &Visible) -> Result<u64>;
    /// From counters: how many objects have each value of a facet field, by value.
    async fn facet(&self, kind: &str, field: &str, visible: &Visible) -> Result<Vec<(Vec<u8>, u64)>>;
    async fn search(&self, query: &SearchQuery, visible: &Visible) -> Result<Vec<Object>>;
    /// Relations of an object to and from objects that may be seen too, sorted.
    async fn relations(&self, id: ObjectId, visible: &Visible) -> Result<Vec<Relation>>;
    /// True if the originator of the object consented to this label for this version.
    async fn has_consent(&self, id: ObjectId, version: u32, label: LabelId) -> Result<bool>;

    /// Applies the commit as a whole or not at all; durable when this returns `Ok`.
    ///
    /// # Errors
    /// `Conflict` when an object is no longer at the version named or the job's lease is lost, `NotFound` when an
    /// object is not there, `Unavailable` when the data base did not take it: then nothing was saved.
    async fn commit(&self, commit: Commit) -> Result<Receipt>;
}

/// An entry with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub position: u64,
    pub entry: Entry,
    /// The label of the object it speaks of; entries about accounts have none.
    pub label: Option<LabelId>,
}

/// What a journal entry commits to, as found in the store: for checking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub position: u64,
    pub entry: Entry,
    /// Salt and object version for `Saved` entries that have not been erased.
    pub saved: Option<([u8; 16], Object)>,
}

/// Numbers of the whole store, for `journal verify` and `doctor`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Census {
    pub objects: u64,
    pub versions: u64,
    pub journal: u64,
    pub jobs_ready: u64,
    pub jobs_dead: u64,
}

#[async_trait]
pub trait Journal: Send + Sync {
    /// Gives waiting leaves their place; returns the size of the journal.
    async fn sequence(&self) -> Result<u64>;
    async fn tiles(&self, ids: &[TileId]) -> Result<BTreeMap<TileId, Vec<u8>>>;
    /// Entries from `from` on, at most `limit`.
    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<Placed>>;
    /// The entries about an object that have a place.
    async fn entries_of(&self, object: ObjectId) -> Result<Vec<Placed>>;
    async fn contents(&self, from: u64, limit: u32) -> Result<Vec<Content>>;
    async fn census(&self) -> Result<Census>;
    /// Small named values of the node: its signing key, its last checkpoint.
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>>;
    /// Sets a value; with `only_if_absent` an existing one stays. Returns the value that holds afterwards.
    async fn set_setting(&self, name: &str, value: &[u8], only_if_absent: bool) -> Result<Vec<u8>>;
}

#[async_trait]
pub trait Jobs: Send + Sync {
    /// Takes the next job that is due and leases it.
    async fn take_job(&self, now: Timestamp) -> Result<Option<Job>>;
    /// Marks a job done that saved nothing. Jobs that save complete through [`crate::batch::Change::Complete`].
    async fn complete_job(&self, ticket: Ticket) -> Result<()>;
    /// Gives a job back with the reason, to be tried again at `retry_at`; dead after the last attempt.
    async fn fail_job(&self, ticket: Ticket, error: &str, retry_at: Timestamp) -> Result<()>;
    /// Jobs that are not done, dead ones first.
    async fn jobs(&self, limit: u32) -> Result<Vec<JobSummary>>;
    /// Makes a dead job ready again.
    async fn revive_job(&self, id: i64, now: Timestamp) -> Result<()>;
}

#[async_trait]
pub trait Accounts: Send + Sync {
    /// Makes or changes an account and writes the entry into the journal in the same transaction.
    ///
    /// # Errors
    /// `Conflict` when another account has the name or the OpenID subject.
    async fn save_account(&self, account: &Account, entry: Entry) -> Result<()>;
    async fn account(&self, id: ObjectId) -> Result<Option<Account>>;
    async fn account_named(&self, name: &str) -> Result<Option<Account>>;
    async fn account_of_subject(&self, subject: &str) -> Result<Option<Account>>;
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Remembers that a TOTP step was used; false if it or a later one was used before.
    async fn use_totp_step(&self, account: ObjectId, step: i64) -> Result<bool>;

    async fn save_credential(&self, credential: &Credential) -> Result<()>;
    /// The credential with this hash, if it has not expired.
    async fn credential(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<Credential>>;
    /// Removes a credential; true if it was there, so that an invitation is used by one only.
    async fn remove_credential(&self, hash: &[u8; 32]) -> Result<bool>;
    async fn credentials(&self, account: ObjectId, purpose: Purpose) -> Result<Vec<Credential>>;
    /// Ends all credentials of an account for a purpose, but for one hash.
    async fn remove_credentials(
        &self,
        account: ObjectId,
        purpose: Purpose,
        keep: Option<&[u8; 32]>,
    ) -> Result<()>;
    async fn remove_expired(&self, now: Timestamp) -> Result<()>;
}

/// Everything a node keeps, as rows that do not depend on the data base: `shinayaka backup` writes them to one file,
/// `restore` puts them into an empty store of either kind.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Calls `sink` with every row of one consistent moment, table by table in the order of
    /// [`crate::archive::TABLES`].
    async fn dump(&self, sink: &mut (dyn FnMut(ArchiveRow) -> Result<()> + Send)) -> Result<()>;
    /// Loads rows into this store, which must be empty; all or nothing. What is derived (index values, counters, search
    /// text by `text_of`) is made anew.
    async fn load(
        &self,
        rows: &mut (dyn Iterator<Item = Result<ArchiveRow>> + Send),
        text_of: TextOf<'_>,
    ) -> Result<()>;
}

/// The search text of a stored body: kind, schema, body.
pub type TextOf<'a> = &'a (dyn Fn(&str, u16, &str) -> Result<String> + Send + Sync);

/// A data base that can carry the house.
#[async_trait]
pub trait Store: Objects + Journal + Jobs + Accounts + Archive {
    /// `sqlite` or `postgres`.
    fn name(&self) -> &'static str;
    /// Answers when the data base does.
    async fn ping(&self) -> Result<()>;
    /// Finishes what is under way and closes.
    async fn close(&self);
}
