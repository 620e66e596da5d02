//! A node with the registry on a data base of its own, and the people who use it.

use std::{collections::BTreeSet, sync::Arc};

use shinayaka_incident::capability;
use shinayaka_kernel::{
    Error, Kernel, ObjectId, Principal,
    capability::Capability,
    clock::{SeededEntropy, SetClock, Timestamp},
    label::Role,
    store::Store,
};
use shinayaka_model::incident::{Cause, Channel, Incident, Place, Sector};
use shinayaka_store_sqlite::SqliteStore;

/// 2026-11-22T00:00:00Z.
const NOW: i64 = 1_795_305_600_000_000;

pub struct Node {
    pub kernel: Arc<Kernel>,
    pub store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

impl Node {
    /// With the founding accidents, and a reaction that lets tests count events.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&folder.path().join("node.sqlite")).await.unwrap());
        let clock = Arc::new(SetClock::new(Timestamp::from_microseconds(NOW)));
        let entropy = Arc::new(SeededEntropy::new(2003));
        let reactions = vec![("incident.recorded", "test.count")];
        let kernel =
            Kernel::open(store.clone(), clock, entropy, capability().kinds(), reactions).await.unwrap();
        let node = Self { kernel: Arc::new(kernel), store, _folder: folder };
        capability().seed(&node.kernel).await.unwrap();
        node
    }

    /// Jobs that events have made so far.
    pub async fn events(&self) -> usize {
        self.store.jobs(1000).await.unwrap().len()
    }

    pub async fn count(&self, who: &Principal) -> u64 {
        self.kernel.reader(who).count::<Incident>(None).await.unwrap()
    }
}

/// Somebody with a role, in the organisation of the same name.
pub fn person(role: Role) -> Principal {
    let name = format!("{role:?}").to_lowercase();
    Principal {
        account: Some(ObjectId::named(&name)),
        organisation: Some(name.clone()),
        name,
        communities: BTreeSet::new(),
        roles: BTreeSet::from([role]),
    }
}

pub fn flood() -> Incident {
    Incident {
        title_ja: "浄水場の浸水".into(),
        title_en: "Flooded waterworks".into(),
        summary_ja: "大雨で監視装置が止まった。".into(),
        summary_en: String::new(),
        date: "2026-06-11".parse().unwrap(),
        end: None,
        sector: Sector::Water,
        place: Place::default(),
        cause: Cause::Nature,
        malicious: None,
        effects: [].into(),
        magnitudes: vec![],
        channel: Channel::Own,
        reported_on: None,
        costs: vec![],
        sources: vec![],
        founding: None,
    }
}

/// The field that an error names.
pub fn field(error: Error) -> String {
    match error {
        Error::Invalid { field, .. } => field,
        other => panic!("{other:?} names no field"),
    }
}
