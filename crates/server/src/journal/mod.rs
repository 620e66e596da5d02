//! Signing the journal, proving from it and checking it.

mod verify;

use std::sync::atomic::{AtomicU64, Ordering};

use ed25519_dalek::{SigningKey, VerifyingKey};
use shinayaka_kernel::{
    Error, Result,
    journal::{self, Checkpoint, Hash},
    store::Store,
};
use tokio::sync::Mutex;

use crate::node::Node;
pub use verify::{Broken, Report, quick_check, verify};

/// Where the newest signed checkpoint is kept.
pub const CHECKPOINT_SETTING: &str = "journal.checkpoint";
/// Where the signing key is kept.
pub const KEY_SETTING: &str = "journal.signing_key";

/// The node's hold on its journal: the signing key and how long the journal is known to be.
pub struct JournalKeeper {
    origin: String,
    key: SigningKey,
    size: AtomicU64,
    signing: Mutex<()>,
}

impl JournalKeeper {
    pub fn new(origin: &str, key: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(key);
        Self { origin: origin.to_owned(), key, size: AtomicU64::new(0), signing: Mutex::new(()) }
    }

    pub fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Gives waiting leaves their place; true if there were any.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn sequence(&self, store: &dyn Store) -> Result<bool> {
        let size = store.sequence().await?;
        Ok(self.size.fetch_max(size, Ordering::AcqRel) < size)
    }

    /// The signed note over the journal as this process knows it. What was signed before must be a prefix of it:
    /// otherwise nothing is signed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer or the journal was rewritten.
    pub async fn checkpoint(&self, store: &dyn Store) -> Result<String> {
        let _one_at_a_time = self.signing.lock().await;
        let size = self.size();
        let kept =
            store.setting(CHECKPOINT_SETTING).await?.map(|note| String::from_utf8_lossy(&note).into_owned());
        // A node that was given another name signs a first checkpoint under it.
        let earlier = kept.as_ref().and_then(|note| Checkpoint::verify(note, &self.verifying_key()).ok());
        let earlier = earlier.filter(|earlier| earlier.origin == self.origin);
        if let (Some(earlier), Some(note)) = (&earlier, kept)
            && earlier.size >= size
        {
            return Ok(note);
        }
        if let Some(earlier) = earlier
            && root_at(store, earlier.size).await? != earlier.root
        {
            let reason = format!("the journal differs from the checkpoint signed at size {}", earlier.size);
            return Err(Error::Unavailable(reason));
        }
        let root = root_at(store, size).await?;
        let note = Checkpoint { origin: self.origin.clone(), size, root }.sign(&self.key);
        store.set_setting(CHECKPOINT_SETTING, note.as_bytes(), false).await?;
        Ok(note)
    }
}

impl Node {
    /// The signed note over the journal, see [`JournalKeeper::checkpoint`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer or the journal was rewritten.
    pub async fn checkpoint(&self) -> Result<String> {
        self.journal.checkpoint(self.store.as_ref()).await
    }
}

/// The root over the first `size` leaves.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer or a tile is missing.
pub async fn root_at(store: &dyn Store, size: u64) -> Result<Hash> {
    let tiles = store.tiles(&journal::tiles_for(size, &[])).await?;
    journal::root(size, &tiles)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
