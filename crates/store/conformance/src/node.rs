//! A node on the store under test, the people who use it, and randomness that can be repeated.

use std::{collections::BTreeSet, sync::Arc};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use shinayaka_kernel::{
    Kernel, Label, ObjectId, Principal,
    access::{Keep, ListRequest},
    clock::{SetClock, SystemEntropy, Timestamp},
    label::{Audience, Party, ReleaseView, Role, Tlp},
    object::{LabelId, Record, Stored},
    store::{Store, Visible},
};

use crate::{
    Backend,
    records::{Notice, kinds},
};

/// 2026-11-22T00:00:00Z.
const START: i64 = 1_795_305_600_000_000;

pub struct Node {
    pub kernel: Kernel,
    pub store: Arc<dyn Store>,
    pub clock: Arc<SetClock>,
}

impl Node {
    pub async fn start(backend: &dyn Backend) -> Self {
        Self::on(backend.open().await).await
    }

    pub async fn on(store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(SetClock::new(Timestamp::from_microseconds(START)));
        let reactions =
            vec![("notice.recorded", "conformance.count"), ("notice.recorded", "conformance.tell")];
        let kernel = Kernel::open(store.clone(), clock.clone(), Arc::new(SystemEntropy), kinds(), reactions);
        Self { kernel: kernel.await.expect("a kernel opens on the store"), store, clock }
    }

    pub async fn create(&self, who: &Principal, notice: &Notice, label: &Label) -> ObjectId {
        self.create_owned(who, notice, label, None).await
    }

    pub async fn create_owned(
        &self,
        who: &Principal,
        notice: &Notice,
        label: &Label,
        owner: Option<&str>,
    ) -> ObjectId {
        let mut writer = self.kernel.writer(who);
        let keep = Keep { label: label.clone(), owner: owner.map(str::to_owned), synthetic: false };
        let id = writer.create(notice, &keep).await.expect("may create");
        writer.commit().await.expect("is saved");
        id
    }

    /// Reads, changes, saves.
    pub async fn change(&self, who: &Principal, id: ObjectId, change: impl FnOnce(&mut Notice)) {
        let read = self.get(who, id).await;
        let mut record = read.record.clone();
        change(&mut record);
        let mut writer = self.kernel.writer(who);
        writer.update(&read, &record).await.expect("may update");
        writer.commit().await.expect("is saved");
    }

    pub async fn relabel(&self, who: &Principal, id: ObjectId, label: Label) {
        let read = self.get(who, id).await;
        let mut writer = self.kernel.writer(who);
        writer.relabel(&read, label).await.expect("may relabel");
        writer.commit().await.expect("is saved");
    }

    pub async fn erase(&self, who: &Principal, id: ObjectId) {
        let read = self.get(who, id).await;
        let mut writer = self.kernel.writer(who);
        writer.erase(&read).expect("may erase");
        writer.commit().await.expect("is saved");
    }

    pub async fn get(&self, who: &Principal, id: ObjectId) -> Stored<Notice> {
        self.kernel.reader(who).get::<Notice>(id).await.expect("is there")
    }

    /// Every page of a list, one after another.
    pub async fn list_all<T: Record>(&self, who: &Principal, request: &ListRequest) -> Vec<Stored<T>> {
        let mut request = request.clone();
        let mut all = Vec::new();
        loop {
            let page = self.kernel.reader(who).list::<T>(&request).await.expect("lists");
            let limit = request.limit.unwrap_or(shinayaka_kernel::page::DEFAULT_LIMIT) as usize;
            assert!(page.items.len() <= limit, "a page is never longer than asked");
            assert!(page.next.is_none() || page.items.len() == limit, "only the last page is short");
            all.extend(page.items);
            request.after = page.next;
            if request.after.is_none() {
                return all;
            }
        }
    }

    /// The ids of every hit, page after page.
    pub async fn search_all(&self, who: &Principal, text: &str, limit: u32) -> Vec<ObjectId> {
        let (mut ids, mut after) = (Vec::new(), None::<String>);
        loop {
            let reader = self.kernel.reader(who);
            let page = reader.search(text, &[], after.as_deref(), Some(limit)).await.expect("searches");
            ids.extend(page.items.into_iter().map(|hit| hit.id));
            after = page.next;
            if after.is_none() {
                return ids;
            }
        }
    }

    /// Every label of the store, as if somebody could see them all.
    pub async fn everything(&self) -> Visible {
        let labels = self.store.labels(0).await.expect("labels");
        let labels: Arc<[LabelId]> = labels.into_iter().map(|(id, _)| id).collect();
        Visible { labels, seen: 1, total: 1 }
    }
}

fn account(name: &str) -> ObjectId {
    ObjectId::named(&format!("conformance/{name}"))
}

/// Somebody with an account.
pub fn person(name: &str, role: Role, organisation: Option<&str>, communities: &[&str]) -> Principal {
    Principal {
        account: Some(account(name)),
        name: name.into(),
        organisation: organisation.map(str::to_owned),
        communities: communities.iter().map(|community| (*community).to_owned()).collect(),
        roles: BTreeSet::from([role]),
    }
}

pub fn analyst() -> Principal {
    person("analyst", Role::Analyst, Some("house"), &["hub"])
}

/// An analyst of another organisation who is in no community.
pub fn stranger() -> Principal {
    person("stranger", Role::Analyst, Some("elsewhere"), &[])
}

pub fn community(name: &str) -> Label {
    Label { tlp: Tlp::Amber, audience: Audience::any_of([Party::Community(name.into())]), ..Label::members() }
}

pub fn organisation(name: &str) -> Label {
    let audience = Audience::any_of([Party::Organisation(name.into())]);
    Label { tlp: Tlp::AmberStrict, audience, ..Label::members() }
}

pub fn nobody() -> Label {
    Label { audience: Audience::nobody(), ..Label::public() }
}

/// A generator whose seed is printed, so that a failure can be repeated.
pub fn random() -> StdRng {
    let given = std::env::var("SHINAYAKA_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| rand::rng().random::<u32>().into());
    eprintln!("SHINAYAKA_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

pub fn pick<T: Clone>(random: &mut StdRng, from: &[T]) -> T {
    from[random.random_range(0..from.len())].clone()
}

pub const ORGANISATIONS: [&str; 3] = ["house", "elsewhere", "third"];
pub const COMMUNITIES: [&str; 3] = ["hub", "ring", "net"];

/// Any label: wide and narrow ones, several parties, several sets, nobody at all.
pub fn random_label(random: &mut StdRng) -> Label {
    let tlps = [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red];
    let views = [ReleaseView::Technical, ReleaseView::Technical, ReleaseView::Victim, ReleaseView::Whole];
    let mut sets = BTreeSet::new();
    for _ in 0..pick(random, &[0, 1, 1, 1, 1, 1, 2]) {
        let parties = random.random_range(0..4);
        sets.insert((0..parties).map(|_| random_party(random)).collect());
    }
    Label {
        tlp: pick(random, &tlps),
        audience: Audience(sets),
        pap: Label::members().pap,
        view: pick(random, &views),
    }
}

fn random_party(random: &mut StdRng) -> Party {
    match random.random_range(0..8) {
        0 => Party::Public,
        1 | 2 => Party::Members,
        3 | 4 => Party::Community(pick(random, &COMMUNITIES).into()),
        5 | 6 => Party::Organisation(pick(random, &ORGANISATIONS).into()),
        _ => Party::Person(account(pick(random, &["p0", "p1", "p2"]))),
    }
}

pub fn random_principal(random: &mut StdRng) -> Principal {
    let roles = [Role::Analyst, Role::Analyst, Role::Assessor, Role::Officer, Role::Operator, Role::Public];
    let role = pick(random, &roles);
    if role == Role::Public {
        return Principal::public();
    }
    let communities: Vec<&str> = COMMUNITIES.into_iter().filter(|_| random.random_range(0..3) == 0).collect();
    let organisation = pick(random, &[Some("house"), Some("elsewhere"), Some("third"), None]);
    person(pick(random, &["p0", "p1", "p2"]), role, organisation, &communities)
}

/// A notice whose words, fields and tags are drawn from small sets, so that they meet.
pub fn random_notice(random: &mut StdRng, number: usize) -> Notice {
    let words = ["侵入", "検知", "攻撃", "障害", "停電", "vpn", "mail", "ウイルス", "操作誤り"];
    let sectors = ["water", "power", "rail", "finance"];
    let text: String = (0..random.random_range(0..5)).map(|_| pick(random, &words)).collect();
    let mut tags: Vec<String> = (0..random.random_range(0..3)).map(|_| pick(random, &words).into()).collect();
    tags.sort();
    tags.dedup();
    Notice {
        title: format!("{}{number}", pick(random, &words)),
        text,
        sector: pick(random, &sectors).into(),
        severity: random.random_range(-2..3),
        due: (random.random_range(0..4) > 0).then(|| random.random_range(-5..400)),
        tags,
    }
}
