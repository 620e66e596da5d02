//! The node: its store, clock and randomness, what its capabilities declared, and which labels it knows.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use super::{Reader, Writer};
use crate::{
    canonical::to_canonical,
    clock::{Clock, Entropy, Timestamp},
    error::{Error, Result},
    label::{Action, Label, Principal, permits},
    object::{LabelId, RecordKind},
    store::Store,
};

/// Principals whose permitted labels are remembered.
const REMEMBERED_PRINCIPALS: usize = 1000;
/// How long a label made by another process may stay unknown here, and how old the counts may be from which the
/// running of a query is chosen.
const REFRESH_SECONDS: i64 = 2;

/// The node: its store, clock and randomness, and what its capabilities declared.
pub struct Kernel {
    pub(super) store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) kinds: BTreeMap<&'static str, RecordKind>,
    /// Event name -> names of the jobs that react to it.
    pub(super) reactions: BTreeMap<&'static str, Vec<&'static str>>,
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

pub struct KnownLabel {
    pub label: Label,
    /// Canonical JSON, which commitments cover.
    pub text: String,
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
        Reader::new(self, principal)
    }

    pub fn writer<'a>(&'a self, principal: &'a Principal) -> Writer<'a> {
        Writer::new(self.reader(principal))
    }

    pub(super) fn kind(&self, name: &str) -> Result<&RecordKind> {
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

    pub(super) async fn known_label(&self, id: LabelId) -> Result<Arc<KnownLabel>> {
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

    pub(super) async fn label_id(&self, label: &Label) -> Result<LabelId> {
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

    pub(super) async fn prepare_labels(&self, labels: &[Label]) -> Result<()> {
        let unknown: Vec<Label> = {
            let book = self.labels.read().unwrap_or_else(PoisonError::into_inner);
            labels.iter().filter(|label| !book.by_label.contains_key(label)).cloned().collect()
        };
        if unknown.is_empty() {
            return Ok(());
        }
        self.store.intern_labels(&unknown).await?;
        self.refresh_labels().await
    }

    /// The numbers of the labels that let this principal read.
    pub(super) async fn permitted_labels(&self, principal: &Principal) -> Result<Arc<[LabelId]>> {
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
    pub(super) async fn label_counts(&self, kind: &str) -> Result<BTreeMap<LabelId, u64>> {
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
