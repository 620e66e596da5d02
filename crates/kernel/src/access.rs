//! The only handles through which a capability reads and writes.
//!
//! A [`Reader`] or [`Writer`] is made from a verified [`Principal`]; what it returns has passed
//! [`crate::label::permits`] and the grants of the kind. The store itself is private to the kernel and the server's
//! own plumbing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use crate::{
    batch::{Change, Commit, Receipt, Save},
    canonical::to_canonical,
    clock::{Clock, Entropy, Timestamp},
    error::{Error, Result},
    event::{Event, NewJob, Ticket},
    id::ObjectId,
    journal::{Hash, commitment},
    label::{Action, Label, Principal, Role, permits},
    object::{
        FieldValues, LabelId, MAXIMUM_BODY_BYTES, MAXIMUM_FIELDS, Object, Record, RecordKind, Relation,
        Scope, Stored, VersionSummary, encode_integer, encode_text, read_body,
    },
    page::{Cursor, DEFAULT_LIMIT, MAXIMUM_LIMIT, Page},
    search,
    store::{Order, Placed, Query, SearchQuery, Store, Visible},
};

mod by_name;

/// Principals whose permitted labels are remembered.
const REMEMBERED_PRINCIPALS: usize = 1000;
/// How long a label made by another process may stay unknown here, and how old the counts may be from which the
/// running of a query is chosen.
const REFRESH_SECONDS: i64 = 2;

/// The node: its store, clock and randomness, and what its capabilities declared.
pub struct Kernel {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    kinds: BTreeMap<&'static str, RecordKind>,
    /// Event name -> names of the jobs that react to it.
    reactions: BTreeMap<&'static str, Vec<&'static str>>,
    labels: RwLock<LabelBook>,
    permitted: Mutex<HashMap<Principal, PermittedLabels>>,
    counts: Mutex<HashMap<String, LabelCounts>>,
}

/// Of how many known labels, which ones may be read.
type PermittedLabels = (usize, Arc<[LabelId]>);
/// When they were counted, and how many objects carry each label.
type LabelCounts = (Timestamp, BTreeMap<LabelId, u64>);

/// The labels known here.
#[derive(Default)]
struct LabelBook {
    by_id: BTreeMap<LabelId, Arc<KnownLabel>>,
    by_label: HashMap<Label, LabelId>,
    refreshed: Timestamp,
}

struct KnownLabel {
    label: Label,
    /// Canonical JSON, which commitments cover.
    text: String,
}

impl Kernel {
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer, [`Error::Invalid`] if two capabilities declare a kind.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        kinds: Vec<RecordKind>,
        reactions: Vec<(&'static str, &'static str)>,
    ) -> Result<Self> {
        store.register(&kinds).await?;
        let mut by_name = BTreeMap::new();
        for kind in kinds {
            if by_name.insert(kind.name, kind).is_some() {
                return Err(Error::invalid("kind", format!("{} is declared twice", kind.name)));
            }
        }
        let mut by_event: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (event, reaction) in reactions {
            by_event.entry(event).or_default().push(reaction);
        }
        let kernel = Self {
            store,
            clock,
            entropy,
            kinds: by_name,
            reactions: by_event,
            labels: RwLock::default(),
            permitted: Mutex::default(),
            counts: Mutex::default(),
        };
        kernel.refresh_labels().await?;
        Ok(kernel)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    pub fn kinds(&self) -> impl Iterator<Item = &RecordKind> {
        self.kinds.values()
    }

    pub fn reader<'a>(&'a self, principal: &'a Principal) -> Reader<'a> {
        Reader { kernel: self, principal }
    }

    pub fn writer<'a>(&'a self, principal: &'a Principal) -> Writer<'a> {
        Writer { reader: self.reader(principal), at: self.now(), changes: Vec::new() }
    }

    fn kind(&self, name: &str) -> Result<&RecordKind> {
        self.kinds
            .get(name)
            .ok_or_else(|| Error::invalid("kind", format!("{name} is not a kind of record here")))
    }

    async fn refresh_labels(&self) -> Result<()> {
        let last = {
            let book = self.labels.read().unwrap_or_else(PoisonError::into_inner);
            book.by_id.keys().next_back().copied().unwrap_or(0)
        };
        let new = self.store.labels(last).await?;
        let mut book = self.labels.write().unwrap_or_else(PoisonError::into_inner);
        for (id, label) in new {
            let text = to_canonical(&label)?;
            book.by_label.insert(label.clone(), id);
            book.by_id.insert(id, Arc::new(KnownLabel { label, text }));
        }
        book.refreshed = self.now();
        Ok(())
    }

    async fn known_label(&self, id: LabelId) -> Result<Arc<KnownLabel>> {
        let find = || {
            let book = self.labels.read().unwrap_or_else(PoisonError::into_inner);
            book.by_id.get(&id).cloned()
        };
        if let Some(label) = find() {
            return Ok(label);
        }
        self.refresh_labels().await?;
        find().ok_or_else(|| Error::Unavailable(format!("label {id} is missing in the store")))
    }

    async fn label_id(&self, label: &Label) -> Result<LabelId> {
        let known = {
            let book = self.labels.read().unwrap_or_else(PoisonError::into_inner);
            book.by_label.get(label).copied()
        };
        if let Some(id) = known {
            return Ok(id);
        }
        let ids = self.store.intern_labels(std::slice::from_ref(label)).await?;
        self.refresh_labels().await?;
        ids.first().copied().ok_or_else(|| Error::Unavailable("the store gave no label number".into()))
    }

    /// The numbers of the labels that let this principal read.
    async fn permitted_labels(&self, principal: &Principal) -> Result<Arc<[LabelId]>> {
        let stale = {
            let book = self.labels.read().unwrap_or_else(PoisonError::into_inner);
            book.refreshed.plus_seconds(REFRESH_SECONDS) < self.now()
        };
        if stale {
            self.refresh_labels().await?;
        }
        let book = self.labels.read().unwrap_or_else(PoisonError::into_inner);
        let mut permitted = self.permitted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, ids)) = permitted.get(principal)
            && *known == book.by_id.len()
        {
            return Ok(ids.clone());
        }
        let readable = book.by_id.iter().filter(|(_, known)| permits(&known.label, principal, Action::Read));
        let ids: Arc<[LabelId]> = readable.map(|(id, _)| *id).collect();
        if permitted.len() >= REMEMBERED_PRINCIPALS {
            permitted.clear();
        }
        permitted.insert(principal.clone(), (book.by_id.len(), ids.clone()));
        Ok(ids)
    }

    /// How many objects of the kind carry each label; at most [`REFRESH_SECONDS`] old.
    async fn label_counts(&self, kind: &str) -> Result<BTreeMap<LabelId, u64>> {
        {
            let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, known)) = counts.get(kind)
                && at.plus_seconds(REFRESH_SECONDS) >= self.now()
            {
                return Ok(known.clone());
            }
        }
        let fresh = self.store.label_counts(kind).await?;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert(kind.to_owned(), (self.now(), fresh.clone()));
        Ok(fresh)
    }
}

/// What a list should show, in terms a caller can say.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    pub filters: Vec<(&'static str, FilterValue)>,
    /// A declared field to sort by, and whether the greatest comes first; by default the newest come first.
    pub sort: Option<(&'static str, bool)>,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// The value that a field must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterValue {
    Text(String),
    Integer(i64),
}

impl FilterValue {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => encode_text(text),
            Self::Integer(number) => encode_integer(*number),
        }
    }
}

/// A search hit or any object whose type the caller does not know.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Hit {
    pub id: ObjectId,
    pub kind: String,
    pub title: String,
    pub recorded_at: Timestamp,
    pub synthetic: bool,
}

/// Somebody with an account on this node, as others with an account may know them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Person {
    pub id: ObjectId,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
}

/// Reads what the principal may see.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    kernel: &'a Kernel,
    principal: &'a Principal,
}

impl<'a> Reader<'a> {
    pub fn principal(&self) -> &'a Principal {
        self.principal
    }

    pub fn now(&self) -> Timestamp {
        self.kernel.now()
    }

    /// What the principal may see, planned for objects of `kind` (`None`: of any kind).
    async fn visible(&self, kind: Option<&str>) -> Result<Visible> {
        let labels = self.kernel.permitted_labels(self.principal).await?;
        let names: Vec<&str> = match kind {
            Some(kind) => vec![kind],
            None => self.kernel.kinds.keys().copied().collect(),
        };
        let (mut seen, mut all) = (0, 0);
        for name in names {
            for (label, count) in self.kernel.label_counts(name).await? {
                all += count;
                if labels.binary_search(&label).is_ok() {
                    seen += count;
                }
            }
        }
        Ok(Visible { labels, seen, total: all })
    }

    /// Only what lets an object be seen; its kind does not matter.
    async fn permitted(&self) -> Result<Visible> {
        Ok(Visible { labels: self.kernel.permitted_labels(self.principal).await?, seen: 0, total: 0 })
    }

    /// True if the principal's roles let it do `action` to this object. Reading is asked the same way.
    fn granted(&self, kind: &RecordKind, action: Action, owner: Option<&str>, author: ObjectId) -> bool {
        match kind.scope(self.principal, action) {
            None => false,
            Some(Scope::Any) => true,
            Some(Scope::Own) => {
                self.principal.account == Some(author)
                    || owner.is_some_and(|owner| self.principal.organisation.as_deref() == Some(owner))
            }
        }
    }

    fn may_read(&self, object: &Object) -> Result<bool> {
        let kind = self.kernel.kind(&object.kind)?;
        Ok(self.granted(kind, Action::Read, object.owner.as_deref(), object.author))
    }

    async fn typed<T: Record>(&self, object: Object) -> Result<Stored<T>> {
        if object.erased || object.kind != T::KIND {
            return Err(Error::NotFound);
        }
        Ok(Stored {
            id: object.id,
            version: object.version,
            label: self.kernel.known_label(object.label).await?.label.clone(),
            owner: object.owner,
            author: object.author,
            created_at: object.created_at,
            recorded_at: object.recorded_at,
            synthetic: object.synthetic,
            record: read_body(object.schema, &object.body)?,
        })
    }

    async fn object(&self, id: ObjectId) -> Result<Object> {
        let object = self.kernel.store.object(id, &self.permitted().await?).await?.ok_or(Error::NotFound)?;
        if self.may_read(&object)? { Ok(object) } else { Err(Error::NotFound) }
    }

    /// The newest version of an object.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there, of another kind, erased, or not for this reader.
    pub async fn get<T: Record>(&self, id: ObjectId) -> Result<Stored<T>> {
        let object = self.object(id).await?;
        self.typed(object).await
    }

    /// An earlier version of an object, as it was saved.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub async fn version<T: Record>(&self, id: ObjectId, version: u32) -> Result<Stored<T>> {
        self.object(id).await?;
        let object = self.kernel.store.version(id, version, &self.permitted().await?).await?;
        self.typed(object.ok_or(Error::NotFound)?).await
    }

    /// A version of an object of any kind, with its body as JSON: for history pages.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub async fn raw_version(&self, id: ObjectId, version: u32) -> Result<Object> {
        self.object(id).await?;
        let object = self.kernel.store.version(id, version, &self.permitted().await?).await?;
        object.filter(|object| !object.erased).ok_or(Error::NotFound)
    }

    /// Which versions of an object exist, newest first. Answers for erased objects too: that something was
    /// erased is itself on record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the object is not there or not for this reader.
    pub async fn history(&self, id: ObjectId) -> Result<Vec<VersionSummary>> {
        self.object(id).await?;
        self.kernel.store.history(id, &self.permitted().await?).await
    }

    /// Relations of an object to and from objects that this reader may see too.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the object is not there or not for this reader.
    pub async fn relations(&self, id: ObjectId) -> Result<Vec<Relation>> {
        self.object(id).await?;
        let mut visible = Vec::new();
        for relation in self.kernel.store.relations(id, &self.permitted().await?).await? {
            let other = if relation.from == id { relation.to } else { relation.from };
            match self.object(other).await {
                Ok(_) => visible.push(relation),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(visible)
    }

    /// Name and kind of any object.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there, erased, or not for this reader.
    pub async fn hit(&self, id: ObjectId) -> Result<Hit> {
        let object = self.object(id).await?;
        self.as_hit(&object)?.ok_or(Error::NotFound)
    }

    fn as_hit(&self, object: &Object) -> Result<Option<Hit>> {
        if object.erased || !self.may_read(object)? {
            return Ok(None);
        }
        Ok(Some(Hit {
            id: object.id,
            kind: object.kind.clone(),
            title: (self.kernel.kind(&object.kind)?.title)(object.schema, &object.body)?,
            recorded_at: object.recorded_at,
            synthetic: object.synthetic,
        }))
    }

    /// One page of the objects of a kind.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an undeclared field, a page token of another list, or a limit out of range.
    pub async fn list<T: Record>(&self, request: &ListRequest) -> Result<Page<Stored<T>>> {
        let kind = self.kernel.kind(T::KIND)?;
        let limit = checked_limit(request.limit)?;
        let Some(scope) = kind.scope(self.principal, Action::Read) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut query = Query {
            kind: T::KIND,
            filters: request.filters.iter().map(|(field, value)| (*field, value.encode())).collect(),
            order: match request.sort {
                None => Order::Newest,
                Some((name, descending)) => Order::Field { name, descending },
            },
            after: request.after.as_deref().map(Cursor::decode).transpose()?,
            limit: limit + 1,
        };
        let visible = self.visible(Some(T::KIND)).await?;
        let mut rows = Vec::new();
        loop {
            let found = self.kernel.store.list(&query, &visible).await?;
            let full = found.len() > limit as usize;
            query.after = found.last().map(|row| cursor_of(&row.object, &row.sort_value));
            rows.extend(found.into_iter().filter(|row| {
                let object = &row.object;
                scope == Scope::Any
                    || self.granted(kind, Action::Read, object.owner.as_deref(), object.author)
            }));
            if !full || rows.len() > limit as usize {
                break;
            }
        }
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| cursor_of(&row.object, &row.sort_value).encode());
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(self.typed(row.object).await?);
        }
        Ok(Page { items, next })
    }

    /// How many objects of a kind the principal may see; with a filter on a facet field, how many of those have the
    /// value. From counters kept in the transaction of every save, so exact and cheap.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the field is not a facet field.
    pub async fn count<T: Record>(&self, filter: Option<(&'static str, FilterValue)>) -> Result<u64> {
        if !self.counts_all::<T>()? {
            return Ok(0);
        }
        let visible = self.permitted().await?;
        let encoded = filter.map(|(field, value)| (field, value.encode()));
        let filter = encoded.as_ref().map(|(field, value)| (*field, value.as_slice()));
        self.kernel.store.count(T::KIND, filter, &visible).await
    }

    /// How many objects of a kind have each value of a facet field, by value.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the field is not a facet field.
    pub async fn facet<T: Record>(&self, field: &'static str) -> Result<Vec<(String, u64)>> {
        if !self.counts_all::<T>()? {
            return Ok(Vec::new());
        }
        let counts = self.kernel.store.facet(T::KIND, field, &self.permitted().await?).await?;
        let named = counts.into_iter().map(|(value, n)| (String::from_utf8_lossy(&value).into_owned(), n));
        Ok(named.collect())
    }

    /// Counters know labels, not owners: a role that reads only its own objects of a kind gets no totals of it.
    fn counts_all<T: Record>(&self) -> Result<bool> {
        Ok(self.kernel.kind(T::KIND)?.scope(self.principal, Action::Read) == Some(Scope::Any))
    }

    /// Full-text search over the kinds given (none: all), newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is nothing in the text to search for.
    pub async fn search(
        &self,
        text: &str,
        kinds: &[&'static str],
        after: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<Hit>> {
        let terms = search::query(text);
        if terms.is_empty() {
            return Err(Error::invalid("q", "type at least one letter, digit or Japanese character"));
        }
        let limit = checked_limit(limit)?;
        let mut query = SearchQuery {
            kinds: kinds.to_vec(),
            terms,
            after: after.map(Cursor::decode).transpose()?,
            limit: limit + 1,
        };
        let visible = self.visible(match kinds {
            [one] => Some(*one),
            _ => None,
        });
        let visible = visible.await?;
        let mut hits = Vec::new();
        loop {
            let found = self.kernel.store.search(&query, &visible).await?;
            let full = found.len() > limit as usize;
            query.after = found.last().map(|object| cursor_of(object, &[]));
            for object in &found {
                if let Some(hit) = self.as_hit(object)? {
                    hits.push(hit);
                }
            }
            if !full || hits.len() > limit as usize {
                break;
            }
        }
        let more = hits.len() > limit as usize;
        hits.truncate(limit as usize);
        let next = hits.last().filter(|_| more).map(|hit| Cursor { value: Vec::new(), id: hit.id }.encode());
        Ok(Page { items: hits, next })
    }

    /// The journal entries about an object.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the object is not there or not for this reader.
    pub async fn entries(&self, id: ObjectId) -> Result<Vec<Placed>> {
        self.object(id).await?;
        self.kernel.store.entries_of(id).await
    }

    /// True if this reader may be shown what a journal entry is about.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn may_see_entry(&self, placed: &Placed) -> Result<bool> {
        match self.object(placed.entry.object).await {
            Ok(_) => Ok(placed.label.is_some()),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// True if the principal may do `action` to this stored record.
    pub fn may<T: Record>(&self, stored: &Stored<T>, action: Action) -> bool {
        self.kernel.kinds.get(T::KIND).is_some_and(|kind| {
            permits(&stored.label, self.principal, action)
                && self.granted(kind, action, stored.owner.as_deref(), stored.author)
        })
    }

    /// Refuses a principal none of whose roles may do `action` to any record of this kind.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn demand<T: Record>(&self, action: Action) -> Result<()> {
        if self.kernel.kind(T::KIND)?.scope(self.principal, action).is_some() {
            return Ok(());
        }
        let words = format!("{action:?}").to_lowercase();
        Err(Error::Forbidden(format!("your roles may not {words} a {}", T::KIND)))
    }

    /// Who holds a role on this node, by name: for choosing whom to ask. Accounts that are disabled are left out.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without an account.
    pub async fn people(&self, role: Role) -> Result<Vec<Person>> {
        if self.principal.account.is_none() {
            return Err(Error::Forbidden("sign in first".into()));
        }
        let accounts = self.kernel.store.accounts().await?;
        let holders =
            accounts.into_iter().filter(|account| !account.disabled && account.roles.contains(&role));
        let mut people: Vec<Person> = holders
            .map(|account| Person { id: account.id, name: account.name, organisation: account.organisation })
            .collect();
        people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(people)
    }

    /// True if one of the principal's roles may make records of this kind.
    pub fn may_create<T: Record>(&self) -> bool {
        self.kernel
            .kinds
            .get(T::KIND)
            .is_some_and(|kind| kind.scope(self.principal, Action::Create).is_some())
    }
}

fn checked_limit(limit: Option<u32>) -> Result<u32> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAXIMUM_LIMIT => Ok(limit),
        _ => Err(Error::invalid("limit", format!("must be from 1 to {MAXIMUM_LIMIT}"))),
    }
}

fn cursor_of(object: &Object, value: &[u8]) -> Cursor {
    Cursor { value: value.to_vec(), id: object.id }
}

/// How a new object is to be kept.
#[derive(Debug, Clone)]
pub struct Keep {
    pub label: Label,
    pub owner: Option<String>,
    pub synthetic: bool,
}

impl Keep {
    pub fn labelled(label: Label) -> Self {
        Self { label, owner: None, synthetic: false }
    }
}

/// Gathers changes and saves them together. Dropping it without [`Writer::commit`] saves nothing.
pub struct Writer<'a> {
    reader: Reader<'a>,
    at: Timestamp,
    changes: Vec<Change>,
}

impl<'a> Writer<'a> {
    pub fn reader(&self) -> Reader<'a> {
        self.reader
    }

    /// The time that everything in this commit carries.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn kernel(&self) -> &'a Kernel {
        self.reader.kernel
    }

    fn author(&self) -> Result<ObjectId> {
        let nobody = || Error::Forbidden("sign in first".into());
        self.reader.principal.account.ok_or_else(nobody)
    }

    fn salt(&self) -> [u8; 16] {
        let mut salt = [0; 16];
        self.kernel().entropy.fill(&mut salt);
        salt
    }

    /// Adds a new object. Returns its id, which is valid once the commit has succeeded.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if no role of the principal may create the kind, [`Error::Invalid`] from the record's
    /// own check.
    pub async fn create<T: Record>(&mut self, record: &T, keep: &Keep) -> Result<ObjectId> {
        let id = ObjectId::new(self.at, self.kernel().entropy.as_ref());
        self.create_with_id(id, record, keep).await?;
        Ok(id)
    }

    /// As [`Writer::create`] for reference data whose id is the same on every node.
    ///
    /// # Errors
    /// As [`Writer::create`].
    pub async fn create_with_id<T: Record>(&mut self, id: ObjectId, record: &T, keep: &Keep) -> Result<()> {
        let kind = self.kernel().kind(T::KIND)?;
        let own = keep.owner.is_none() || keep.owner == self.reader.principal.organisation;
        match kind.scope(self.reader.principal, Action::Create) {
            Some(Scope::Any) => {}
            Some(Scope::Own) if own => {}
            _ => return Err(Error::Forbidden(format!("your roles may not create a {}", T::KIND))),
        }
        self.save(id, None, record, keep).await
    }

    /// Saves a new version of an object over the version that was read.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the principal may not change it, [`Error::Invalid`] from the record's own check. A
    /// version that is no longer the newest is found at commit.
    pub async fn update<T: Record>(&mut self, read: &Stored<T>, record: &T) -> Result<()> {
        self.demand(read, Action::Update)?;
        let keep = Keep { label: read.label.clone(), owner: read.owner.clone(), synthetic: read.synthetic };
        self.save(read.id, Some(read.version), record, &keep).await
    }

    /// As [`Writer::update`], and gives the object to another organisation or marks it as invented. Handing over
    /// needs the right to change objects of every owner; the mark of an invention is never taken away by a save.
    ///
    /// # Errors
    /// As [`Writer::update`].
    pub async fn update_as<T: Record>(
        &mut self,
        read: &Stored<T>,
        record: &T,
        owner: Option<String>,
        synthetic: bool,
    ) -> Result<()> {
        self.demand(read, Action::Update)?;
        let scope = self.kernel().kind(T::KIND)?.scope(self.reader.principal, Action::Update);
        if owner != read.owner && scope != Some(Scope::Any) {
            return Err(Error::Forbidden(format!(
                "your roles may not give this {} to another owner",
                T::KIND
            )));
        }
        let keep = Keep { label: read.label.clone(), owner, synthetic: read.synthetic || synthetic };
        self.save(read.id, Some(read.version), record, &keep).await
    }

    /// As [`Writer::update`] for the decisions that a record asks for (publish, answer, score).
    ///
    /// # Errors
    /// As [`Writer::update`].
    pub async fn decide<T: Record>(&mut self, read: &Stored<T>, record: &T) -> Result<()> {
        self.demand(read, Action::Decide)?;
        let keep = Keep { label: read.label.clone(), owner: read.owner.clone(), synthetic: read.synthetic };
        self.save(read.id, Some(read.version), record, &keep).await
    }

    /// Gives an object another label. A narrower one needs only the right to label; one that lets anybody new see
    /// it, or permits anything new, needs the originator: either as the principal, or by recorded consent.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right or the consent.
    pub async fn relabel<T: Record>(&mut self, read: &Stored<T>, label: Label) -> Result<()> {
        self.demand(read, Action::Label)?;
        if !label.is_at_most_as_wide_as(&read.label) && !self.is_originator(read) {
            let id = self.kernel().label_id(&label).await?;
            if !self.kernel().store.has_consent(read.id, read.version, id).await? {
                return Err(Error::Forbidden("the originator has not consented to a wider label".into()));
            }
        }
        let keep = Keep { label, owner: read.owner.clone(), synthetic: read.synthetic };
        self.save(read.id, Some(read.version), &read.record, &keep).await
    }

    /// Records the originator's consent to a wider label for the version that was read.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the principal is not the originator.
    pub async fn consent<T: Record>(&mut self, read: &Stored<T>, label: &Label) -> Result<()> {
        if !self.is_originator(read) {
            return Err(Error::Forbidden("only the originator can consent".into()));
        }
        let text = to_canonical(label)?;
        let commitment = commitment(&self.salt(), &[read.id.as_bytes(), text.as_bytes()]);
        let label = self.kernel().label_id(label).await?;
        self.changes.push(Change::Consent { id: read.id, version: read.version, label, commitment });
        Ok(())
    }

    /// The organisation that owns an object is its originator; without an owner it is the author.
    fn is_originator<T>(&self, read: &Stored<T>) -> bool {
        match &read.owner {
            Some(owner) => self.reader.principal.organisation.as_ref() == Some(owner),
            None => self.reader.principal.account == Some(read.author),
        }
    }

    /// Destroys the content of all versions of an object on a lawful request. That it happened, when and to which
    /// object stays in the journal, and every proof stays valid.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right.
    pub fn erase<T: Record>(&mut self, read: &Stored<T>) -> Result<()> {
        self.demand(read, Action::Erase)?;
        let commitment = commitment(&self.salt(), &[read.id.as_bytes()]);
        self.changes.push(Change::Erase { id: read.id, expected: read.version, commitment });
        Ok(())
    }

    /// Ties two objects together. Both must be visible; the right to change the first is asked.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right, [`Error::NotFound`] if `to` is not there for this principal.
    pub async fn relate<T: Record>(&mut self, from: &Stored<T>, name: &str, to: ObjectId) -> Result<()> {
        self.demand(from, Action::Update)?;
        self.reader.object(to).await?;
        let relation = Relation { from: from.id, name: name.to_owned(), to };
        let commitment = self.commit_to_relation(&relation);
        self.changes.push(Change::Relate { relation, commitment });
        Ok(())
    }

    /// Ties two objects that were created in this same commit, or one of them.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if `from` was not made in this commit.
    pub fn relate_new(&mut self, from: ObjectId, name: &str, to: ObjectId) -> Result<()> {
        let made = |id| {
            let mut saves = self.changes.iter();
            saves.any(
                |change| matches!(change, Change::Save(save) if save.id == id && save.expected.is_none()),
            )
        };
        if !made(from) {
            return Err(Error::Forbidden("only a new object can be tied so".into()));
        }
        let relation = Relation { from, name: name.to_owned(), to };
        let commitment = self.commit_to_relation(&relation);
        self.changes.push(Change::Relate { relation, commitment });
        Ok(())
    }

    /// Ends a relation.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to change `from`.
    pub fn unrelate<T: Record>(&mut self, from: &Stored<T>, name: &str, to: ObjectId) -> Result<()> {
        self.demand(from, Action::Update)?;
        let relation = Relation { from: from.id, name: name.to_owned(), to };
        let commitment = self.commit_to_relation(&relation);
        self.changes.push(Change::Unrelate { relation, commitment });
        Ok(())
    }

    fn commit_to_relation(&self, relation: &Relation) -> Hash {
        let parts = [relation.from.as_bytes().as_slice(), relation.name.as_bytes(), relation.to.as_bytes()];
        commitment(&self.salt(), &parts)
    }

    /// Tells followers that something happened: one job for each reaction, in the same transaction.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the payload has no JSON form.
    pub fn emit<P: serde::Serialize>(
        &mut self,
        name: &'static str,
        object: Option<ObjectId>,
        payload: &P,
    ) -> Result<()> {
        let event = Event { name, object, at: self.at, payload: to_canonical(payload)? };
        for reaction in self.kernel().reactions.get(name).into_iter().flatten() {
            let payload = serde_json::json!({ "event": name, "object": object, "at": self.at });
            self.enqueue(NewJob {
                name: (*reaction).to_owned(),
                payload: payload.to_string(),
                run_at: self.at,
                unique_key: None,
            });
        }
        self.changes.push(Change::Event(event));
        Ok(())
    }

    pub fn enqueue(&mut self, job: NewJob) {
        self.changes.push(Change::Job(job));
    }

    /// Makes this commit the effect of a job: it succeeds once only, while the worker holds the lease.
    pub fn complete(&mut self, ticket: Ticket) {
        self.changes.push(Change::Complete(ticket));
    }

    /// Saves everything, or nothing; durable when this returns.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else was faster, [`Error::Unavailable`] when nothing could be saved.
    pub async fn commit(self) -> Result<Receipt> {
        if self.changes.is_empty() {
            return Ok(Receipt::default());
        }
        self.reader.kernel.store.commit(Commit { at: self.at, changes: self.changes }).await
    }

    fn demand<T: Record>(&self, read: &Stored<T>, action: Action) -> Result<()> {
        self.author()?;
        if self.reader.may(read, action) {
            return Ok(());
        }
        let words = format!("{action:?}").to_lowercase();
        Err(Error::Forbidden(format!("your roles may not {words} this {}", T::KIND)))
    }

    async fn save<T: Record>(
        &mut self,
        id: ObjectId,
        expected: Option<u32>,
        record: &T,
        keep: &Keep,
    ) -> Result<()> {
        record.validate()?;
        let author = self.author()?;
        let body = to_canonical(record)?;
        if body.len() > MAXIMUM_BODY_BYTES {
            let reason = format!("is {} bytes long; the limit is {MAXIMUM_BODY_BYTES}", body.len());
            return Err(Error::invalid("body", reason));
        }
        let label = self.kernel().label_id(&keep.label).await?;
        let known = self.kernel().known_label(label).await?;
        let salt = self.salt();
        let mut fields = FieldValues::kept(keep.synthetic);
        record.index(&mut fields);
        fields.0.sort();
        fields.0.dedup();
        if fields.0.len() > MAXIMUM_FIELDS {
            return Err(Error::invalid("body", format!("has more than {MAXIMUM_FIELDS} indexed values")));
        }
        let envelope = Envelope {
            kind: T::KIND,
            schema: T::SCHEMA,
            label: &known.text,
            owner: keep.owner.as_deref(),
            author,
            synthetic: keep.synthetic,
        };
        self.changes.push(Change::Save(Box::new(Save {
            id,
            kind: T::KIND,
            expected,
            schema: T::SCHEMA,
            label,
            owner: keep.owner.clone(),
            author,
            synthetic: keep.synthetic,
            fields: fields.0,
            text: search::document(record.texts()),
            salt,
            commitment: envelope.commitment(&salt, &body),
            body,
        })));
        Ok(())
    }
}

/// What a saved version's commitment covers besides the body.
pub struct Envelope<'a> {
    pub kind: &'a str,
    pub schema: u16,
    /// Canonical JSON of the label.
    pub label: &'a str,
    pub owner: Option<&'a str>,
    pub author: ObjectId,
    pub synthetic: bool,
}

impl Envelope<'_> {
    pub fn commitment(&self, salt: &[u8; 16], body: &str) -> Hash {
        let parts: [&[u8]; 7] = [
            self.kind.as_bytes(),
            &self.schema.to_be_bytes(),
            self.label.as_bytes(),
            self.owner.unwrap_or("").as_bytes(),
            self.author.as_bytes(),
            &[u8::from(self.synthetic)],
            body.as_bytes(),
        ];
        commitment(salt, &parts)
    }
}
