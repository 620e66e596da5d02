//! A node for a test: its store, its clock, its people, its register, and somebody who does its jobs.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use shinayaka_kernel::{
    Kernel, ObjectId, Principal,
    access::Keep,
    capability::{Capability, NodeFacts},
    clock::{SeededEntropy, SetClock, Timestamp},
    event::retry_seconds,
    http::{App, Viewer},
    label::{Action, Role},
    object::{Grant, RecordKind, Scope, Stored},
    store::Store,
};
use shinayaka_model::{
    contact::{Channel, Contact},
    delegation::Delegation,
    delivery::Delivery,
    organisation::{Inventory, Organisation},
    product_in_use::ProductInUse,
    warning::{Content, Warning},
};
use shinayaka_warning::{Warnings, board::changes, service};
use sqlx::{Connection, PgConnection};
use tower::ServiceExt;

/// 2026-11-22T00:00:00Z.
pub const START: Timestamp = Timestamp::from_microseconds(1_795_305_600_000_000);

const REGISTER: &[Grant] = &[
    Grant {
        role: Role::Analyst,
        actions: &[Action::Read, Action::Create, Action::Update],
        scope: Scope::Any,
    },
    Grant { role: Role::Director, actions: &[Action::Read], scope: Scope::Any },
    Grant { role: Role::Secretary, actions: &[Action::Read], scope: Scope::Any },
];

pub struct House {
    pub kernel: Arc<Kernel>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<SetClock>,
    pub warnings: Warnings,
    pages: Router,
    _folder: tempfile::TempDir,
}

async fn open_store(folder: &tempfile::TempDir) -> Arc<dyn Store> {
    if std::env::var_os("PGHOST").is_none() {
        let path = folder.path().join("test.sqlite");
        return Arc::new(shinayaka_store_sqlite::SqliteStore::open(&path).await.unwrap());
    }
    let unique = folder.path().file_name().unwrap().to_str().unwrap();
    let name: String = unique.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let options = sqlx::postgres::PgConnectOptions::new();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE warning_{name}"));
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    let url: String =
        sqlx::ConnectOptions::to_url_lossy(&options.database(&format!("warning_{name}"))).into();
    Arc::new(shinayaka_store_postgres::PostgresStore::open(&url).await.unwrap())
}

impl House {
    pub async fn new() -> Self {
        Self::with_mail(json!({ "port": 1, "host": "" })).await
    }

    /// With settings of the mail server laid over the defaults.
    pub async fn with_mail(mail: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open_store(&folder).await;
        let clock = Arc::new(SetClock::new(START));
        let warnings = shinayaka_warning::capability();
        let mut kinds = warnings.kinds();
        kinds.extend([
            RecordKind::of::<Organisation>(REGISTER),
            RecordKind::of::<Contact>(REGISTER),
            RecordKind::of::<ProductInUse>(REGISTER),
            RecordKind::of::<Delegation>(REGISTER),
        ]);
        let entropy = Arc::new(SeededEntropy::new(11));
        let kernel = Kernel::open(store.clone(), clock.clone(), entropy, kinds, Vec::new()).await.unwrap();
        let kernel = Arc::new(kernel);
        let mut settings = json!({
            "mail": {
                "host": "127.0.0.1", "port": 1, "tls": "none", "user": "", "password": "", "password_file": "",
                "from": "warning@node.example", "timeout_seconds": 1, "connections": 4,
            },
            "warning": { "link_days": 30, "small_cell": 10, "webhook_seconds": 1, "sender": "" },
        });
        for (key, value) in mail.as_object().unwrap() {
            settings["mail"][key] = value.clone();
        }
        let facts = NodeFacts {
            name: "node.example".into(),
            url: "https://node.example".into(),
            secret: [9; 32],
            settings,
            demonstration: false,
        };
        warnings.begin(facts).unwrap();
        let pages = warnings.pages().with_state(App { kernel: kernel.clone() });
        Self { kernel, store, clock, warnings, pages, _folder: folder }
    }

    /// Adds an organisation with one contact; an empty address is an inbox.
    pub async fn organisation(&self, record: Organisation, channel: Channel, address: &str) {
        let node = Principal::node();
        let mut writer = self.kernel.writer(&node);
        let label = record.label();
        let code = record.code.clone();
        let keep = Keep { label, owner: Some(code.clone()), synthetic: false };
        writer.create_with_id(Organisation::id_of(&code), &record, &keep).await.unwrap();
        writer.create(&contact(&code, channel, address, 1), &keep).await.unwrap();
        writer.commit().await.unwrap();
    }

    pub async fn more<T: shinayaka_kernel::object::Record>(&self, record: &T, code: &str) {
        let node = Principal::node();
        let mut writer = self.kernel.writer(&node);
        let label = named(code).label();
        let keep = Keep { label, owner: Some(code.to_owned()), synthetic: false };
        writer.create(record, &keep).await.unwrap();
        writer.commit().await.unwrap();
    }

    /// Drafts and issues; the analyst writes, the director approves.
    pub async fn issue(&self, content: Content) -> ObjectId {
        let (analyst, director) = (person("analyst", Role::Analyst), person("director", Role::Director));
        let made = service::draft::make(analyst.writer(&self.kernel), content, None, None, false).await;
        let (id, mut version) = made.unwrap();
        if self.warning(id).await.record.content.level > 3 {
            let approved = service::draft::approve(director.writer(&self.kernel), id, version).await;
            version = approved.unwrap().version;
        }
        service::issue::issue(&self.kernel, &analyst, id, version).await.unwrap();
        id
    }

    pub async fn warning(&self, id: ObjectId) -> Stored<Warning> {
        let node = Principal::node();
        self.kernel.reader(&node).get(id).await.unwrap()
    }

    pub async fn deliveries(&self, id: ObjectId) -> Vec<Stored<Delivery>> {
        let node = Principal::node();
        changes::deliveries(self.kernel.reader(&node), id, None, usize::MAX).await.unwrap()
    }

    /// Does the jobs that are due, as a worker does.
    pub async fn work(&self) {
        while let Some(job) = self.store.take_job(self.kernel.now()).await.unwrap() {
            match self.warnings.run_job(&self.kernel, &job).await {
                Ok(()) => {
                    let _ = self.store.complete_job(job.ticket).await;
                }
                Err(error) => {
                    let again = self.kernel.now().plus_seconds(retry_seconds(job.attempts));
                    self.store.fail_job(job.ticket, &error.to_string(), again).await.unwrap();
                }
            }
        }
    }

    /// Lets time go by in steps, and does what falls due.
    pub async fn pass(&self, seconds: i64, step: i64) {
        for _ in 0..seconds / step {
            self.clock.advance_seconds(step);
            self.work().await;
        }
    }

    pub async fn page(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let place = response.headers().get(header::LOCATION);
        let place = place.map_or_else(String::new, |value| value.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
        (status, place, String::from_utf8(bytes.to_vec()).unwrap())
    }

    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let (status, _, text) = self.page(Request::get(path).body(Body::empty()).unwrap()).await;
        (status, text)
    }

    pub async fn press(&self, path: &str, form: &str) -> (StatusCode, String) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        let (status, _, text) = self.page(request.unwrap()).await;
        (status, text)
    }
}

pub fn contact(code: &str, channel: Channel, address: &str, order: u8) -> Contact {
    serde_json::from_value(json!({
        "organisation": code, "channel": channel, "address": address, "order": order, "name": "情報係",
    }))
    .unwrap()
}

pub fn named(code: &str) -> Organisation {
    Organisation {
        code: code.into(),
        name_ja: format!("{code}市"),
        hubs: BTreeSet::from(["hub-a".to_owned()]),
        inventory: Inventory::Unknown,
        ..Organisation::default()
    }
}

pub fn person(name: &str, role: Role) -> Viewer {
    Viewer(Principal {
        account: Some(ObjectId::named(name)),
        name: name.into(),
        organisation: None,
        communities: BTreeSet::new(),
        roles: BTreeSet::from([role]),
    })
}

pub fn of_organisation(name: &str, role: Role, code: &str) -> Viewer {
    let mut viewer = person(name, role);
    viewer.0.organisation = Some(code.into());
    viewer
}

/// A complete content for everybody.
pub fn content(level: u8) -> Content {
    serde_json::from_value(json!({
        "level": level,
        "headline": { "ja": "VPN機器の更新をしてください", "en": "Update the VPN appliance" },
        "description": { "ja": "弱点を突く攻撃が続いています。", "en": "Attacks on a flaw go on." },
        "plain": { "ja": "機械に穴があります。きょうふさいでください。", "en": "There is a hole. Close it today." },
        "actions": {
            "affected": { "text": { "ja": "更新を入れる", "en": "Install the update" },
                "steps": [{ "ja": "画面を開く", "en": "Open the screen" }], "by": "2026-11-22T08:00:00Z" },
            "public": { "text": { "ja": "案内を待つ", "en": "Wait for news" } },
        },
        "certainty": { "word": "likely", "percent": 70 },
        "sources": [{ "title": "製造元", "url": "https://vendor.example/1" }],
        "not_known": [{ "ja": "被害の数", "en": "How many" }],
        "next_update": "2026-11-22T09:00:00Z",
    }))
    .unwrap()
}
