//! A node: the kernel, its capabilities and everything that signs in, signs the journal and works for them.

use std::sync::Arc;

use shinayaka_kernel::{
    Kernel, Result,
    capability::{Capability, NodeFacts},
    clock::{Clock, Entropy},
    http::Viewer,
    journal::commitment,
    store::Store,
};
use tokio::sync::{Mutex, Notify};

use crate::{
    configuration::Configuration,
    journal::JournalKeeper,
    metrics::Metrics,
    pages::Pages,
    sign_in::{oidc::Oidc, password::Passwords, session::Session, throttle::Throttle},
};

/// Set in the store when its records are invented for a demonstration.
pub const DEMONSTRATION_SETTING: &str = "node.demonstration";

pub struct Node {
    pub kernel: Arc<Kernel>,
    pub capabilities: Vec<Box<dyn Capability>>,
    pub configuration: Configuration,
    /// True when the records here are invented for a demonstration.
    pub demonstration: bool,
    pub store: Arc<dyn Store>,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) metrics: Metrics,
    pub(crate) journal: JournalKeeper,
    pub(crate) oidc: Option<Oidc>,
    pub(crate) pages: Pages,
    pub(crate) account_changes: Mutex<()>,
    /// Told after every request that may have saved something.
    pub(crate) work: Notify,
    pub(crate) leaves: Notify,
    secret: [u8; 32],
}

/// What a node is opened with.
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub capabilities: Vec<Box<dyn Capability>>,
    pub configuration: Configuration,
    pub demonstration: bool,
}

impl Node {
    /// Opens the kernel over the store and reads (on the first start: makes) the keys of the node.
    ///
    /// # Errors
    /// When the store does not answer or a setting cannot be used.
    pub async fn open(parts: Parts) -> Result<Arc<Self>> {
        let Parts { store, clock, entropy, capabilities, configuration, demonstration } = parts;
        let kinds = capabilities.iter().flat_map(|capability| capability.kinds()).collect();
        let reactions = capabilities
            .iter()
            .flat_map(|capability| capability.reactions())
            .map(|reaction| (reaction.event, reaction.job))
            .collect();
        let demonstration = demonstration || store.setting(DEMONSTRATION_SETTING).await?.is_some();
        let kernel = Kernel::open(store.clone(), clock, entropy.clone(), kinds, reactions).await?;
        let secret = key(store.as_ref(), entropy.as_ref(), "node.secret").await?;
        let signing = key(store.as_ref(), entropy.as_ref(), "journal.signing_key").await?;
        for capability in &capabilities {
            capability.begin(NodeFacts {
                name: configuration.server.name.clone(),
                url: configuration.server.url(),
                secret: derive(&secret, &[b"capability", capability.name().as_bytes()]),
                settings: configuration.for_capabilities(),
                demonstration,
            })?;
        }
        let node = Self {
            kernel: Arc::new(kernel),
            passwords: Passwords::new(&configuration.sign_in, entropy.as_ref())?,
            throttle: Throttle::default(),
            metrics: Metrics::default(),
            journal: JournalKeeper::new(&configuration.server.name, &signing),
            oidc: Oidc::new(&configuration)?,
            pages: Pages::default(),
            account_changes: Mutex::new(()),
            work: Notify::new(),
            leaves: Notify::new(),
            secret,
            capabilities,
            configuration,
            demonstration,
            store,
        };
        Ok(Arc::new(node))
    }

    /// Saves the reference data of every capability, where it is missing.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn seed(&self) -> Result<()> {
        for capability in &self.capabilities {
            capability.seed(&self.kernel).await?;
        }
        Ok(())
    }

    /// Saves the invented records of every capability.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn demonstrate(&self) -> Result<()> {
        for capability in &self.capabilities {
            capability.demonstrate(&self.kernel).await?;
        }
        Ok(())
    }

    /// A value that only this node can work out.
    pub(crate) fn derive(&self, parts: &[&[u8]]) -> [u8; 32] {
        derive(&self.secret, parts)
    }

    pub(crate) fn wake_sequencer(&self) {
        self.leaves.notify_one();
    }

    /// Something may have been saved: workers and the sequencer look at once.
    pub(crate) fn wake(&self) {
        self.work.notify_one();
        self.leaves.notify_one();
    }

    pub(crate) fn viewer(session: Option<&Session>) -> Viewer {
        session.map_or_else(
            || Viewer(shinayaka_kernel::Principal::public()),
            |session| Viewer(session.account.principal()),
        )
    }
}

fn derive(secret: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut all: Vec<&[u8]> = vec![secret];
    all.extend_from_slice(parts);
    commitment(&[0; 16], &all)
}

/// A key of the node, made once for all processes.
async fn key(store: &dyn Store, entropy: &dyn Entropy, name: &str) -> Result<[u8; 32]> {
    let mut fresh = [0; 32];
    entropy.fill(&mut fresh);
    let kept = store.set_setting(name, &fresh, true).await?;
    kept.try_into().map_err(|_| {
        shinayaka_kernel::Error::Unavailable(format!("the stored {name} is not a key of 32 bytes"))
    })
}
