//! How commits become rows: the one place of the rules that both data bases share.
//!
//! A store gathers waiting commits (group commit), reads the present state of the objects they name, calls
//! [`plan`], writes the rows and tells each caller its result. A commit that conflicts is left out whole.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use crate::{
    clock::Timestamp,
    error::{Error, Result},
    event::{Event, NewJob, Ticket},
    id::ObjectId,
    journal::{Entry, Hash},
    object::{LabelId, RecordKind, Relation},
};

/// A version to be saved, complete but for its row number.
#[derive(Debug, Clone)]
pub struct Save {
    pub id: ObjectId,
    pub kind: &'static str,
    /// The version read before, or `None` for a new object.
    pub expected: Option<u32>,
    pub schema: u16,
    pub body: String,
    pub label: LabelId,
    pub owner: Option<String>,
    pub author: ObjectId,
    pub synthetic: bool,
    pub fields: Vec<(&'static str, Vec<u8>)>,
    /// What [`crate::search::document`] made of its texts.
    pub text: String,
    pub salt: [u8; 16],
    pub commitment: Hash,
}

impl Save {
    pub fn version(&self) -> u32 {
        self.expected.map_or(1, |version| version + 1)
    }
}

#[derive(Debug, Clone)]
pub enum Change {
    Save(Box<Save>),
    /// Destroys salts and bodies of all versions.
    Erase {
        id: ObjectId,
        expected: u32,
        commitment: Hash,
    },
    Relate {
        relation: Relation,
        commitment: Hash,
    },
    Unrelate {
        relation: Relation,
        commitment: Hash,
    },
    Consent {
        id: ObjectId,
        version: u32,
        label: LabelId,
        commitment: Hash,
    },
    Event(Event),
    Job(NewJob),
    /// Ends the job on whose behalf this commit is made.
    Complete(Ticket),
}

/// Changes that are saved together or not at all.
#[derive(Debug, Clone)]
pub struct Commit {
    pub at: Timestamp,
    pub changes: Vec<Change>,
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    pub saved: Vec<(ObjectId, u32)>,
}

/// The present state of an object that a commit names.
#[derive(Debug, Clone)]
pub struct Current {
    pub sequence: i64,
    pub version: u32,
    pub label: LabelId,
    pub erased: bool,
    /// As [`encode_fields`] wrote it.
    pub fields: Vec<u8>,
}

/// The name of the field that every object of a kind has, with an empty value: lists and counts of a whole kind run
/// through the same rows as those of one value.
pub const WHOLE: &str = "";

/// Numbers of kinds and fields in a store.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    pub kinds: HashMap<String, i64>,
    names: HashMap<i64, Arc<str>>,
    /// The field [`WHOLE`] of each kind.
    whole: HashMap<i64, i64>,
    fields: HashMap<(i64, String), (i64, bool)>,
    facets: HashSet<i64>,
}

impl Dictionary {
    pub fn add_kind(&mut self, number: i64, name: &str) {
        self.kinds.insert(name.to_owned(), number);
        self.names.insert(number, name.into());
    }

    pub fn add_field(&mut self, kind: i64, number: i64, name: &str, facet: bool) {
        self.fields.insert((kind, name.to_owned()), (number, facet));
        if name == WHOLE {
            self.whole.insert(kind, number);
        }
        if facet {
            self.facets.insert(number);
        }
    }

    /// # Errors
    /// [`Error::Invalid`] for a kind that no capability declared.
    pub fn kind(&self, name: &str) -> Result<i64> {
        let number = self.kinds.get(name).copied();
        number.ok_or_else(|| Error::invalid("kind", format!("{name} is not a kind of record")))
    }

    pub fn kind_name(&self, number: i64) -> &str {
        self.names.get(&number).map_or("", |name| name)
    }

    /// # Errors
    /// [`Error::Invalid`] for a field that the kind did not declare.
    pub fn field(&self, kind: i64, name: &str) -> Result<i64> {
        let field = self.fields.get(&(kind, name.to_owned()));
        let undeclared = || Error::invalid(name, "is not a field that lists of this kind can use");
        field.map(|(number, _)| *number).ok_or_else(undeclared)
    }

    /// The number of a facet field.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the field is not declared, or is not counted.
    pub fn facet(&self, kind: i64, name: &str) -> Result<i64> {
        let number = self.field(kind, name)?;
        if self.facets.contains(&number) {
            Ok(number)
        } else {
            Err(Error::invalid(name, "is not counted by value"))
        }
    }

    pub fn is_facet(&self, field: i64) -> bool {
        self.facets.contains(&field)
    }

    /// Every kind and field that these record kinds need and the dictionary does not have yet.
    pub fn missing<'a>(&self, kinds: &'a [RecordKind]) -> Vec<&'a RecordKind> {
        let known = |kind: &RecordKind| {
            self.kinds.get(kind.name).is_some_and(|number| {
                self.whole.contains_key(number)
                    && kind.fields.iter().all(|field| {
                        self.fields
                            .get(&(*number, field.name.to_owned()))
                            .is_some_and(|(_, facet)| *facet == field.facet)
                    })
            })
        };
        kinds.iter().filter(|kind| !known(kind)).collect()
    }
}

/// A counter: field, value, label.
pub type CounterKey = (i64, Vec<u8>, LabelId);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRow {
    pub sequence: i64,
    pub id: ObjectId,
    pub kind: i64,
    pub label: LabelId,
    pub version: u32,
    pub owner: Option<String>,
    pub at: Timestamp,
    pub synthetic: bool,
    pub fields: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    pub sequence: i64,
    pub version: u32,
    pub schema: u16,
    pub label: LabelId,
    pub owner: Option<String>,
    pub author: ObjectId,
    pub at: Timestamp,
    pub synthetic: bool,
    pub salt: [u8; 16],
    pub body: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldRow {
    pub field: i64,
    pub value: Vec<u8>,
    pub sequence: i64,
    pub label: LabelId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRow {
    pub sequence: i64,
    pub kind: i64,
    pub label: LabelId,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRow {
    pub sequence: i64,
    pub version: u32,
    pub label: LabelId,
}

/// Rows to be written in one transaction, removals before additions.
#[derive(Debug, Default)]
pub struct Batch {
    pub inserted: Vec<ObjectRow>,
    pub updated: Vec<ObjectRow>,
    pub versions: Vec<VersionRow>,
    pub fields_removed: Vec<FieldRow>,
    pub fields_added: Vec<FieldRow>,
    pub search_removed: Vec<i64>,
    pub search_added: Vec<SearchRow>,
    pub counters: BTreeMap<CounterKey, i64>,
    /// With the row number of the object they speak of.
    pub entries: Vec<(i64, Entry)>,
    pub erased: Vec<i64>,
    pub related: Vec<(i64, String, i64)>,
    pub unrelated: Vec<(i64, String, i64)>,
    pub consents: Vec<ConsentRow>,
    pub events: Vec<Event>,
    pub jobs: Vec<NewJob>,
    pub completed: Vec<Ticket>,
}

/// Objects that a commit speaks of, whose present state [`plan`] must be given.
pub fn objects_named(commit: &Commit) -> impl Iterator<Item = ObjectId> {
    commit.changes.iter().flat_map(|change| match change {
        Change::Save(save) => vec![save.id],
        Change::Erase { id, .. } | Change::Consent { id, .. } => vec![*id],
        Change::Relate { relation, .. } | Change::Unrelate { relation, .. } => {
            vec![relation.from, relation.to]
        }
        _ => vec![],
    })
}

/// Jobs whose lease [`plan`] must be told to be held.
pub fn tickets_named(commit: &Commit) -> impl Iterator<Item = Ticket> {
    commit.changes.iter().filter_map(|change| match change {
        Change::Complete(ticket) => Some(*ticket),
        _ => None,
    })
}

/// Objects that a commit writes (not only names): two such commits on one object do not fit in one batch.
pub fn objects_written(commit: &Commit) -> impl Iterator<Item = ObjectId> {
    commit.changes.iter().filter_map(|change| match change {
        Change::Save(save) => Some(save.id),
        Change::Erase { id, .. } => Some(*id),
        _ => None,
    })
}

/// Changes that go into one transaction: enough to share the wait for the disk, few enough to keep it short.
const GROUP_CHANGES: usize = 4096;

/// Takes the commits of the next transaction from those that wait, each with whoever waits for it. A second commit on
/// an object that an earlier one writes stays in the queue, so that it meets the state that it will find.
pub fn take_group<W>(queue: &mut VecDeque<(Commit, W)>) -> Vec<(Commit, W)> {
    let mut group: Vec<(Commit, W)> = Vec::new();
    let mut written = HashSet::new();
    let mut later = VecDeque::new();
    let mut changes = 0;
    while changes < GROUP_CHANGES
        && let Some((commit, waiting)) = queue.pop_front()
    {
        if objects_written(&commit).any(|id| written.contains(&id)) {
            // What it writes must wait too, or a third commit would overtake it.
            written.extend(objects_written(&commit));
            later.push_back((commit, waiting));
            continue;
        }
        written.extend(objects_written(&commit));
        changes += commit.changes.len();
        group.push((commit, waiting));
    }
    while let Some(waiting) = later.pop_back() {
        queue.push_front(waiting);
    }
    group
}

/// The state that a batch is planned against.
pub struct State<'a> {
    pub dictionary: &'a Dictionary,
    pub objects: &'a HashMap<ObjectId, Current>,
    /// Leases that are held now.
    pub leases: &'a HashSet<(i64, i64)>,
}

/// Turns commits into rows. No two commits may write the same object ([`objects_written`]). `next_sequence` gives
/// row numbers for new objects, growing.
pub fn plan(
    commits: Vec<Commit>,
    state: &State<'_>,
    next_sequence: &mut dyn FnMut() -> i64,
) -> (Batch, Vec<Result<Receipt>>) {
    let mut batch = Batch::default();
    // Objects made by earlier changes of this batch, so that a relation can name them.
    let mut made = HashMap::new();
    let results = commits
        .into_iter()
        .map(|commit| {
            check(&commit, state, &made, &batch.completed)?;
            let mut receipt = Receipt::default();
            for change in commit.changes {
                apply(change, commit.at, state, &mut made, &mut batch, &mut receipt, next_sequence)?;
            }
            Ok(receipt)
        })
        .collect();
    (batch, results)
}

/// Refuses a commit before any of its rows is planned.
fn check(
    commit: &Commit,
    state: &State<'_>,
    made: &HashMap<ObjectId, (i64, LabelId)>,
    completed: &[Ticket],
) -> Result<()> {
    let mut new = HashSet::new();
    for change in &commit.changes {
        match change {
            Change::Save(save) => check_save(save, state, made, &mut new)?,
            Change::Erase { id, expected, .. } => {
                let current = state.objects.get(id).ok_or(Error::NotFound)?;
                check_version(current, *expected)?;
                if !new.insert(*id) {
                    return Err(Error::invalid("changes", "an object is written twice in one commit"));
                }
            }
            Change::Consent { id, version, .. } => {
                let current = state.objects.get(id).ok_or(Error::NotFound)?;
                check_version(current, *version)?;
            }
            Change::Relate { relation, .. } | Change::Unrelate { relation, .. } => {
                for id in [&relation.from, &relation.to] {
                    if !(state.objects.contains_key(id) || made.contains_key(id) || new.contains(id)) {
                        return Err(Error::NotFound);
                    }
                }
            }
            Change::Complete(ticket) => {
                // An earlier commit of this batch may have ended the job already.
                if completed.contains(ticket) || !state.leases.contains(&(ticket.job, ticket.lease)) {
                    return Err(Error::Conflict("the job was taken over by another worker".into()));
                }
            }
            Change::Event(_) | Change::Job(_) => {}
        }
    }
    Ok(())
}

fn check_save(
    save: &Save,
    state: &State<'_>,
    made: &HashMap<ObjectId, (i64, LabelId)>,
    new: &mut HashSet<ObjectId>,
) -> Result<()> {
    let kind = state.dictionary.kind(save.kind)?;
    for (field, _) in &save.fields {
        state.dictionary.field(kind, field)?;
    }
    if !new.insert(save.id) {
        return Err(Error::invalid("changes", "an object is written twice in one commit"));
    }
    match (save.expected, state.objects.get(&save.id)) {
        (None, None) if !made.contains_key(&save.id) => Ok(()),
        (None, _) => Err(Error::Conflict("an object with this id exists".into())),
        (Some(_), None) => Err(Error::NotFound),
        (Some(expected), Some(current)) => check_version(current, expected),
    }
}

fn check_version(current: &Current, expected: u32) -> Result<()> {
    if current.erased {
        return Err(Error::Conflict("its content has been erased".into()));
    }
    if current.version == expected {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "version {expected} was read, but version {} is the newest",
        current.version
    )))
}

fn apply(
    change: Change,
    at: Timestamp,
    state: &State<'_>,
    made: &mut HashMap<ObjectId, (i64, LabelId)>,
    batch: &mut Batch,
    receipt: &mut Receipt,
    next_sequence: &mut dyn FnMut() -> i64,
) -> Result<()> {
    use crate::journal::EntryKind::{Consented, Erased, Related, Saved, Unrelated};
    let entry = |kind, object, version, commitment| Entry { kind, object, version, at, commitment };
    let sequence_of = |id: &ObjectId, made: &HashMap<ObjectId, (i64, LabelId)>| {
        let known = state.objects.get(id).map(|current| current.sequence);
        known.or_else(|| made.get(id).map(|(sequence, _)| *sequence)).ok_or(Error::NotFound)
    };
    match change {
        Change::Save(save) => {
            let (id, version, label) = (save.id, save.version(), save.label);
            let saved = entry(Saved, id, version, save.commitment);
            let sequence = apply_save(*save, at, state, batch, next_sequence)?;
            made.insert(id, (sequence, label));
            batch.entries.push((sequence, saved));
            receipt.saved.push((id, version));
        }
        Change::Erase { id, expected, commitment } => {
            let current = state.objects.get(&id).ok_or(Error::NotFound)?;
            remove_index(current, batch);
            forget_counts(current, state.dictionary, batch);
            batch.erased.push(current.sequence);
            batch.search_removed.push(current.sequence);
            batch.entries.push((current.sequence, entry(Erased, id, expected, commitment)));
        }
        Change::Consent { id, version, label, commitment } => {
            let sequence = sequence_of(&id, made)?;
            batch.consents.push(ConsentRow { sequence, version, label });
            batch.entries.push((sequence, entry(Consented, id, version, commitment)));
        }
        Change::Relate { relation, commitment } => {
            let (from, to) = (sequence_of(&relation.from, made)?, sequence_of(&relation.to, made)?);
            batch.related.push((from, relation.name, to));
            batch.entries.push((from, entry(Related, relation.from, 0, commitment)));
        }
        Change::Unrelate { relation, commitment } => {
            let (from, to) = (sequence_of(&relation.from, made)?, sequence_of(&relation.to, made)?);
            batch.unrelated.push((from, relation.name, to));
            batch.entries.push((from, entry(Unrelated, relation.from, 0, commitment)));
        }
        Change::Event(event) => batch.events.push(event),
        Change::Job(job) => batch.jobs.push(job),
        Change::Complete(ticket) => batch.completed.push(ticket),
    }
    Ok(())
}

fn apply_save(
    save: Save,
    at: Timestamp,
    state: &State<'_>,
    batch: &mut Batch,
    next_sequence: &mut dyn FnMut() -> i64,
) -> Result<i64> {
    let (kind, version) = (state.dictionary.kind(save.kind)?, save.version());
    let mut values = Vec::with_capacity(save.fields.len() + 1);
    values.push((state.dictionary.field(kind, WHOLE)?, Vec::new()));
    for (name, value) in &save.fields {
        values.push((state.dictionary.field(kind, name)?, value.clone()));
    }
    let current = state.objects.get(&save.id);
    let sequence = current.map_or_else(next_sequence, |current| current.sequence);
    let row = ObjectRow {
        sequence,
        id: save.id,
        kind,
        label: save.label,
        version,
        owner: save.owner.clone(),
        at,
        synthetic: save.synthetic,
        fields: encode_fields(&values),
    };
    if let Some(current) = current {
        remove_index(current, batch);
        forget_counts(current, state.dictionary, batch);
        batch.search_removed.push(sequence);
        batch.updated.push(row);
    } else {
        batch.inserted.push(row);
    }
    for (field, value) in values {
        if state.dictionary.facets.contains(&field) {
            *batch.counters.entry((field, value.clone(), save.label)).or_default() += 1;
        }
        batch.fields_added.push(FieldRow { field, value, sequence, label: save.label });
    }
    batch.search_added.push(SearchRow { sequence, kind, label: save.label, text: save.text });
    batch.versions.push(VersionRow {
        sequence,
        version,
        schema: save.schema,
        label: save.label,
        owner: save.owner,
        author: save.author,
        at,
        synthetic: save.synthetic,
        salt: save.salt,
        body: save.body,
    });
    Ok(sequence)
}

/// Takes the index rows of the newest version away, exactly those which were written.
fn remove_index(current: &Current, batch: &mut Batch) {
    for (field, value) in decode_fields(&current.fields) {
        batch.fields_removed.push(FieldRow {
            field,
            value,
            sequence: current.sequence,
            label: current.label,
        });
    }
}

fn forget_counts(current: &Current, dictionary: &Dictionary, batch: &mut Batch) {
    for (field, value) in decode_fields(&current.fields) {
        if dictionary.facets.contains(&field) {
            *batch.counters.entry((field, value, current.label)).or_default() -= 1;
        }
    }
}

/// The rows that are derived from an object's index values: for a restored object, which no commit makes.
pub fn derived_rows(
    sequence: i64,
    label: LabelId,
    fields: &[u8],
    is_facet: impl Fn(i64) -> bool,
    counters: &mut BTreeMap<CounterKey, i64>,
) -> Vec<FieldRow> {
    let row = |(field, value): (i64, Vec<u8>)| {
        if is_facet(field) {
            *counters.entry((field, value.clone(), label)).or_default() += 1;
        }
        FieldRow { field, value, sequence, label }
    };
    decode_fields(fields).into_iter().map(row).collect()
}

/// The index values of an object in one column: field number (u16), length (u8), bytes.
pub fn encode_fields(values: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len() * 16);
    for (field, value) in values {
        let (Ok(field), Ok(length)) = (u16::try_from(*field), u8::try_from(value.len())) else { continue };
        out.extend_from_slice(&field.to_be_bytes());
        out.push(length);
        out.extend_from_slice(value);
    }
    out
}

/// The page of a list sorted by a field, from all objects that may be in it: row numbers with what [`encode_fields`]
/// wrote. Gives (value, row number) in the order of the list; an object with several values has several rows.
pub fn sorted_page(
    objects: &[(i64, Vec<u8>)],
    field: i64,
    descending: bool,
    after: Option<&(Vec<u8>, i64)>,
    limit: u32,
) -> Vec<(Vec<u8>, i64)> {
    let mut rows: Vec<(Vec<u8>, i64)> = objects
        .iter()
        .flat_map(|(sequence, fields)| {
            let values = decode_fields(fields).into_iter().filter(|(number, _)| *number == field);
            values.map(|(_, value)| (value, *sequence))
        })
        .filter(|row| after.is_none_or(|after| if descending { row < after } else { row > after }))
        .collect();
    rows.sort_unstable();
    if descending {
        rows.reverse();
    }
    rows.truncate(limit as usize);
    rows
}

pub fn decode_fields(mut bytes: &[u8]) -> Vec<(i64, Vec<u8>)> {
    let mut values = Vec::new();
    while let Some(([high, low, length], rest)) = bytes.split_first_chunk::<3>() {
        let Some((value, rest)) = rest.split_at_checked(usize::from(*length)) else { break };
        values.push((i64::from(u16::from_be_bytes([*high, *low])), value.to_vec()));
        bytes = rest;
    }
    values
}
