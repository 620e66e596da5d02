//! A node with the programme on a data base of its own, and the people who use it.

use std::{collections::BTreeSet, sync::Arc};

use shinayaka_kernel::{
    Error, Kernel, Label, ObjectId, Principal,
    access::Keep,
    account::Account,
    capability::Capability,
    clock::{Clock, SeededEntropy, SetClock, Timestamp},
    http::Viewer,
    journal::{Entry, EntryKind},
    label::{Action, Role},
    object::{Grant, RecordKind, Scope},
    store::Store,
};
use shinayaka_model::incident::{Cause, Channel, Incident, Place, Sector};
use shinayaka_programme::{
    capability,
    service::measures::{MeasureChange, detail},
};
use shinayaka_store_sqlite::SqliteStore;

/// 2026-11-22T00:00:00Z.
const NOW: i64 = 1_795_305_600_000_000;
pub const DAY: i64 = 86_400;

/// The registry's records, without the registry: a query names them as text.
const INCIDENT: &[Grant] = &[Grant {
    role: Role::Analyst,
    actions: &[Action::Read, Action::Create, Action::Update],
    scope: Scope::Any,
}];

pub struct Node {
    pub kernel: Arc<Kernel>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<SetClock>,
    _folder: tempfile::TempDir,
}

impl Node {
    /// As a node is after its first start.
    pub async fn start() -> Self {
        Self::with(vec![RecordKind::of::<Incident>(INCIDENT)]).await
    }

    /// A node with these kinds besides those of the programme.
    pub async fn with(others: Vec<RecordKind>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&folder.path().join("node.sqlite")).await.unwrap());
        let clock = Arc::new(SetClock::new(Timestamp::from_microseconds(NOW)));
        let entropy = Arc::new(SeededEntropy::new(2003));
        let kinds = capability().kinds().into_iter().chain(others).collect();
        let reactions = capability().reactions().into_iter().map(|one| (one.event, one.job)).collect();
        let kernel = Kernel::open(store.clone(), clock.clone(), entropy, kinds, reactions).await.unwrap();
        let node = Self { kernel: Arc::new(kernel), store, clock, _folder: folder };
        capability().seed(&node.kernel).await.unwrap();
        node
    }

    /// Does every job that is due; returns how many there were.
    pub async fn work(&self) -> usize {
        let mut done = 0;
        while let Some(job) = self.store.take_job(self.clock.now()).await.unwrap() {
            capability().run_job(&self.kernel, &job).await.unwrap();
            done += 1;
        }
        done
    }

    /// An account that can be asked to score.
    pub async fn account(&self, name: &str, role: Role) -> Viewer {
        let viewer = person(name, role);
        let id = viewer.0.account.unwrap();
        let account = Account {
            id,
            name: name.into(),
            organisation: viewer.0.organisation.clone(),
            communities: BTreeSet::new(),
            roles: BTreeSet::from([role]),
            password_hash: None,
            totp_secret: None,
            totp_last_step: 0,
            oidc_subject: None,
            disabled: false,
            created_at: self.clock.now(),
        };
        let entry = Entry {
            kind: EntryKind::Account,
            object: id,
            version: 1,
            at: self.clock.now(),
            commitment: [0; 32],
        };
        self.store.save_account(&account, entry).await.unwrap();
        viewer
    }

    pub async fn record(&self, incident: &Incident) {
        let node = Principal::node();
        let mut writer = self.kernel.writer(&node);
        let id = writer.create(incident, &Keep::labelled(Label::members())).await.unwrap();
        writer.emit("incident.recorded", Some(id), &serde_json::json!({})).unwrap();
        writer.commit().await.unwrap();
    }

    /// The measure as it is, ready to be changed.
    pub async fn draft(&self, viewer: &Viewer, no: u8) -> MeasureChange {
        let read = detail(viewer.reader(&self.kernel), no).await.unwrap().measure;
        let record = read.record;
        MeasureChange {
            version: read.version,
            owner: record.owner,
            partners: record.partners,
            status: record.status,
            milestones: record.milestones,
            budget: record.budget,
            evidence: record.evidence,
            note: record.note,
        }
    }
}

/// Somebody with a role, in the organisation of the same name.
pub fn person(name: &str, role: Role) -> Viewer {
    Viewer(Principal {
        account: Some(ObjectId::named(name)),
        organisation: Some(name.into()),
        name: name.into(),
        communities: BTreeSet::new(),
        roles: BTreeSet::from([role]),
    })
}

pub fn incident(cause: Cause) -> Incident {
    Incident {
        title_ja: "事故".into(),
        title_en: String::new(),
        summary_ja: String::new(),
        summary_en: String::new(),
        date: "2026-06-11".parse().unwrap(),
        end: None,
        sector: Sector::Water,
        place: Place::default(),
        cause,
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
pub fn field<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?} names no field"),
    }
}
