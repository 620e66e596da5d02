//! A node with the constituency on a data base of its own, the people who use it, and a post office that remembers what it
//! was given.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::json;
use shinayaka_constituency::{Constituency, Dispatch, DrillCall, capability};
use shinayaka_kernel::{
    Error, Kernel, ObjectId, Principal, Result,
    capability::Capability,
    clock::{SeededEntropy, SetClock, Timestamp},
    label::{Action, Role},
    object::{Grant, RecordKind, Scope},
    store::Store,
};
use shinayaka_model::{
    contact::Contact,
    delivery::{Answer, AudiencePart, Delivery},
    organisation::Organisation,
};
use shinayaka_store_sqlite::SqliteStore;

/// 2026-11-22T00:00:00Z.
const NOW: i64 = 1_795_305_600_000_000;
/// What another capability keeps; here everybody who works for the node may write it.
const FOREIGN: &[Grant] =
    &[Grant { role: Role::Analyst, actions: &[Action::Read, Action::Create], scope: Scope::Any }];

/// Remembers the drills that it was asked to send.
#[derive(Default)]
pub struct PostOffice(pub Mutex<Vec<DrillCall>>);

impl PostOffice {
    pub fn notice() -> ObjectId {
        ObjectId::named("notice")
    }
}

#[async_trait]
impl Dispatch for PostOffice {
    async fn send(&self, _: &Kernel, _: &Principal, call: &DrillCall) -> Result<ObjectId> {
        self.0.lock().unwrap().push(call.clone());
        Ok(Self::notice())
    }
}

pub struct Node {
    pub kernel: Arc<Kernel>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<SetClock>,
    pub post: Arc<PostOffice>,
    pub room: Constituency,
    _folder: tempfile::TempDir,
}

impl Node {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&folder.path().join("node.sqlite")).await.unwrap());
        let clock = Arc::new(SetClock::new(Timestamp::from_microseconds(NOW)));
        let entropy = Arc::new(SeededEntropy::new(2003));
        let post = Arc::new(PostOffice::default());
        let room = capability(post.clone());
        let mut kinds = room.kinds();
        kinds.push(RecordKind::of::<AudiencePart>(FOREIGN));
        kinds.push(RecordKind::of::<Delivery>(FOREIGN));
        kinds.push(RecordKind::of::<Answer>(FOREIGN));
        let reactions = room.reactions().into_iter().map(|one| (one.event, one.job)).collect();
        let kernel = Kernel::open(store.clone(), clock.clone(), entropy, kinds, reactions).await.unwrap();
        Self { kernel: Arc::new(kernel), store, clock, post, room, _folder: folder }
    }

    pub async fn count<T: shinayaka_kernel::object::Record>(&self) -> u64 {
        self.kernel.reader(&Principal::node()).count::<T>(None).await.unwrap()
    }

    /// Registers an organisation with one e-mail contact.
    pub async fn register(&self, code: &str, hubs: &[&str]) -> ObjectId {
        let writer_of = person(Role::Analyst, "csirt", &[]);
        let writer = self.kernel.writer(&writer_of);
        let (record, contact) = (organisation(code, hubs), email(&format!("a@{code}.example")));
        shinayaka_constituency::service::organisations::register(writer, String::new(), record, contact)
            .await
            .unwrap()
            .0
    }

    /// Does every job that is due.
    pub async fn work(&self) {
        while let Some(job) = self.store.take_job(self.kernel.now()).await.unwrap() {
            if job.name.starts_with("test.") {
                self.store.complete_job(job.ticket).await.unwrap();
            } else {
                self.room.run_job(&self.kernel, &job).await.unwrap();
            }
        }
    }
}

pub fn organisation(code: &str, hubs: &[&str]) -> Organisation {
    Organisation {
        code: code.into(),
        name_ja: format!("{code}市"),
        hubs: hubs.iter().map(|hub| (*hub).to_owned()).collect(),
        ..Organisation::default()
    }
}

pub fn email(address: &str) -> Contact {
    serde_json::from_value(json!({"organisation": "", "channel": "email", "address": address})).unwrap()
}

/// Somebody with a role in an organisation and in communities.
pub fn person(role: Role, organisation: &str, communities: &[&str]) -> Principal {
    let name = format!("{role:?} of {organisation}").to_lowercase();
    Principal {
        account: Some(ObjectId::named(&name)),
        organisation: Some(organisation.to_owned()),
        name,
        communities: communities.iter().map(|name| (*name).to_owned()).collect(),
        roles: BTreeSet::from([role]),
    }
}

/// The field that an error names.
pub fn field(error: Error) -> String {
    match error {
        Error::Invalid { field, .. } => field,
        other => panic!("{other:?} names no field"),
    }
}
