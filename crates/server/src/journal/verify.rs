//! Recomputing the whole journal from what is kept.

use std::collections::{BTreeMap, HashMap, HashSet};

use ed25519_dalek::SigningKey;
use shinayaka_kernel::{
    Error, ObjectId, Result,
    access::Envelope,
    canonical::to_canonical,
    journal::{self, Checkpoint, EntryKind, Hash, TileId},
    object::LabelId,
    store::{Content, Store},
};

use super::{CHECKPOINT_SETTING, KEY_SETTING, hex};

/// Entries read at a time.
const CHUNK: u32 = 4096;

/// What was checked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Leaves of the journal.
    pub size: u64,
    /// Root hash over them, hexadecimal.
    pub root: String,
    /// Saved versions whose commitment was recomputed.
    pub versions: u64,
    /// Saved versions whose content was erased on record.
    pub erased: u64,
    /// Size of the newest signed checkpoint, which was found consistent.
    pub checkpoint: Option<u64>,
}

/// The first thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// Place in the journal, where it can be told.
    pub position: Option<u64>,
    pub reason: String,
}

fn broken<T>(position: u64, reason: impl Into<String>) -> Result<T, Broken> {
    Err(Broken { position: Some(position), reason: reason.into() })
}

/// Recomputes every commitment, leaf, tile and the root from the contents, compares the counts, and checks the stored
/// checkpoint. `progress` is told how many leaves of how many are done.
///
/// # Errors
/// When the store does not answer; what does not hold is in the inner result.
pub async fn verify(store: &dyn Store, mut progress: impl FnMut(u64, u64)) -> Result<Result<Report, Broken>> {
    let size = store.sequence().await?;
    let labels = label_texts(store).await?;
    let mut walk = Walk { labels, ..Walk::default() };
    while walk.place < size {
        let contents = store.contents(walk.place, CHUNK).await?;
        let expected = walk.place;
        let contents: Vec<Content> = contents.into_iter().filter(|found| found.position < size).collect();
        if contents.is_empty() {
            return Ok(broken(expected, "the entry is missing"));
        }
        if let Err(found) = walk.check(&contents) {
            return Ok(Err(found));
        }
        let leaves: Vec<Hash> = contents.iter().map(|content| content.entry.leaf_hash()).collect();
        let tiles = journal::append(expected, &leaves, &mut walk.last);
        if let Err(found) = compare_tiles(store, size, tiles).await? {
            return Ok(Err(found));
        }
        progress(walk.place, size);
    }
    if let Err(found) = walk.check_erasures() {
        return Ok(Err(found));
    }
    if let Err(found) = compare_counts(store, size, &walk).await? {
        return Ok(Err(found));
    }
    let root = super::root_at(store, size).await?;
    let checkpoint = match check_checkpoint(store, size).await? {
        Ok(checkpoint) => checkpoint,
        Err(found) => return Ok(Err(found)),
    };
    Ok(Ok(Report { size, root: hex(&root), versions: walk.versions, erased: walk.erased, checkpoint }))
}

/// Checks the stored checkpoint against the tiles only; returns the size of the journal.
///
/// # Errors
/// When the store does not answer; what does not hold is in the inner result.
pub async fn quick_check(store: &dyn Store) -> Result<Result<u64, Broken>> {
    let size = store.sequence().await?;
    super::root_at(store, size).await?;
    Ok(check_checkpoint(store, size).await?.map(|_| size))
}

async fn label_texts(store: &dyn Store) -> Result<HashMap<LabelId, String>> {
    let mut texts = HashMap::new();
    for (id, label) in store.labels(0).await? {
        texts.insert(id, to_canonical(&label)?);
    }
    Ok(texts)
}

/// The state of a walk from the first entry to the last.
#[derive(Default)]
struct Walk {
    labels: HashMap<LabelId, String>,
    place: u64,
    versions: u64,
    objects: u64,
    erased: u64,
    /// Objects with contents that are gone, and where the first such entry is.
    gone: BTreeMap<ObjectId, u64>,
    /// Objects that an entry says were erased.
    erasures: HashSet<ObjectId>,
    /// The last tile of each level.
    last: BTreeMap<u32, Vec<u8>>,
}

impl Walk {
    fn check(&mut self, contents: &[Content]) -> Result<(), Broken> {
        for content in contents {
            if content.position != self.place {
                return broken(self.place, "the entry is missing");
            }
            self.place += 1;
            match content.entry.kind {
                EntryKind::Saved => self.check_saved(content)?,
                EntryKind::Erased => {
                    self.erasures.insert(content.entry.object);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_saved(&mut self, content: &Content) -> Result<(), Broken> {
        let (position, entry) = (content.position, &content.entry);
        self.versions += 1;
        self.objects += u64::from(entry.version == 1);
        let Some((salt, object)) = &content.saved else {
            self.erased += 1;
            self.gone.entry(entry.object).or_insert(position);
            return Ok(());
        };
        if object.id != entry.object || object.version != entry.version || object.recorded_at != entry.at {
            return broken(position, "the version kept is another one than the entry names");
        }
        let Some(label) = self.labels.get(&object.label) else {
            return broken(position, format!("label {} is missing", object.label));
        };
        let envelope = Envelope {
            kind: &object.kind,
            schema: object.schema,
            label,
            owner: object.owner.as_deref(),
            author: object.author,
            synthetic: object.synthetic,
        };
        if envelope.commitment(salt, &object.body) == entry.commitment {
            Ok(())
        } else {
            let what = format!("version {} of {} {}", object.version, object.kind, object.id);
            broken(position, format!("the content of {what} is not the one that was committed to"))
        }
    }

    /// Content may be gone only where an entry says so.
    fn check_erasures(&self) -> Result<(), Broken> {
        match self.gone.iter().find(|(object, _)| !self.erasures.contains(object)) {
            Some((_, position)) => {
                broken(*position, "the content is gone, but no entry says that it was erased")
            }
            None => Ok(()),
        }
    }
}

async fn compare_tiles(
    store: &dyn Store,
    size: u64,
    expected: Vec<(TileId, Vec<u8>)>,
) -> Result<Result<(), Broken>> {
    let ids: Vec<TileId> = expected.iter().map(|(id, _)| *id).collect();
    let kept = store.tiles(&ids).await?;
    for (id, bytes) in expected {
        let first = id.number << (8 * (id.level + 1));
        // The last tile of a level may have grown since the contents were read.
        let same = kept.get(&id).is_some_and(|kept| kept.starts_with(&bytes));
        if !same {
            let reason = format!("tile {} of level {} is not made of its entries", id.number, id.level);
            return Ok(broken(first.min(size.saturating_sub(1)), reason));
        }
    }
    Ok(Ok(()))
}

async fn compare_counts(store: &dyn Store, size: u64, walk: &Walk) -> Result<Result<(), Broken>> {
    let census = store.census().await?;
    if store.sequence().await? != size || census.journal != size {
        // Others save while we read: their rows were not part of this walk.
        let enough =
            census.journal >= size && census.versions >= walk.versions && census.objects >= walk.objects;
        return Ok(if enough {
            Ok(())
        } else {
            Err(Broken { position: None, reason: "the store has fewer rows than its journal".into() })
        });
    }
    for (name, kept, walked) in
        [("versions", census.versions, walk.versions), ("objects", census.objects, walk.objects)]
    {
        if kept != walked {
            let reason = format!("the store has {kept} {name}, its journal {walked}");
            return Ok(Err(Broken { position: None, reason }));
        }
    }
    Ok(Ok(()))
}

async fn check_checkpoint(store: &dyn Store, size: u64) -> Result<Result<Option<u64>, Broken>> {
    let Some(note) = store.setting(CHECKPOINT_SETTING).await? else { return Ok(Ok(None)) };
    let without_position = |reason: String| Broken { position: None, reason };
    let key = store.setting(KEY_SETTING).await?.and_then(|key| <[u8; 32]>::try_from(key).ok());
    let Some(key) = key else { return Ok(Err(without_position("the signing key is missing".into()))) };
    let key = SigningKey::from_bytes(&key).verifying_key();
    let checkpoint = match Checkpoint::verify(&String::from_utf8_lossy(&note), &key) {
        Ok(checkpoint) => checkpoint,
        Err(Error::Invalid { field, reason }) => {
            return Ok(Err(without_position(format!("{field}: {reason}"))));
        }
        Err(error) => return Err(error),
    };
    if checkpoint.size > size {
        let reason = format!("{} entries were signed, {size} are there", checkpoint.size);
        return Ok(broken(size, reason));
    }
    if super::root_at(store, checkpoint.size).await? != checkpoint.root {
        let reason = format!("the first {} entries are not those that were signed", checkpoint.size);
        return Ok(Err(without_position(reason)));
    }
    Ok(Ok(Some(checkpoint.size)))
}
