//! Reading.

use super::Kernel;
use crate::{
    clock::Timestamp,
    error::{Error, Result},
    id::ObjectId,
    label::{Action, Principal, Role, permits},
    object::{
        Object, Record, RecordKind, Relation, Scope, Stored, VersionSummary, encode_integer, encode_text,
        read_body,
    },
    page::{Cursor, DEFAULT_LIMIT, MAXIMUM_LIMIT, Page},
    search,
    store::{Order, Placed, Query, SearchQuery, Visible},
};

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
    pub(super) fn encode(&self) -> Vec<u8> {
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
    pub(super) kernel: &'a Kernel,
    pub(super) principal: &'a Principal,
}

impl<'a> Reader<'a> {
    pub(super) fn new(kernel: &'a Kernel, principal: &'a Principal) -> Self {
        Self { kernel, principal }
    }

    pub fn principal(&self) -> &'a Principal {
        self.principal
    }

    pub fn now(&self) -> Timestamp {
        self.kernel.now()
    }

    /// What the principal may see, planned for objects of `kind` (`None`: of any kind).
    pub(super) async fn visible(&self, kind: Option<&str>) -> Result<Visible> {
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
    pub(super) async fn permitted(&self) -> Result<Visible> {
        Ok(Visible { labels: self.kernel.permitted_labels(self.principal).await?, seen: 0, total: 0 })
    }

    /// True if the principal's roles let it do `action` to this object. Reading is asked the same way.
    pub(super) fn granted(
        &self,
        kind: &RecordKind,
        action: Action,
        owner: Option<&str>,
        author: ObjectId,
    ) -> bool {
        match kind.scope(self.principal, action) {
            None => false,
            Some(Scope::Any) => true,
            Some(Scope::Own) => {
                self.principal.account == Some(author)
                    || owner.is_some_and(|owner| self.principal.organisation.as_deref() == Some(owner))
            }
        }
    }

    pub(super) fn may_read(&self, object: &Object) -> Result<bool> {
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

    pub(super) async fn object(&self, id: ObjectId) -> Result<Object> {
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

    pub(super) fn as_hit(&self, object: &Object) -> Result<Option<Hit>> {
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
