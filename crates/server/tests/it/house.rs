//! A node for a test: its store, its clock, its people, and how to ask it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;
use shinayaka_kernel::{
    clock::{SeededEntropy, SetClock, Timestamp},
    label::Role,
    store::Store,
};
use shinayaka_server::{
    configuration::{Configuration, Layers, Settings, StoreSection},
    http,
    node::{Node, Parts},
    sign_in::accounts::Rights,
    store,
};
use sqlx::{Connection, PgConnection};
use tower::ServiceExt;

/// 2026-11-22T00:00:00Z.
pub const START: Timestamp = Timestamp::from_microseconds(1_795_305_600_000_000);
pub const PASSWORD: &str = "a long plain sentence";

pub struct House {
    pub node: Arc<Node>,
    pub clock: Arc<SetClock>,
    router: Router,
    folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The session cookie that the answer sets.
    pub fn cookie(&self) -> String {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        let cookie = cookies.into_iter().find(|cookie| cookie.contains("shinayaka=")).expect("a cookie");
        cookie.split(';').next().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The settings of a test: passwords cost little.
pub fn settings(options: &[(&'static str, &str)]) -> Configuration {
    let cheap = [("SHINAYAKA_SIGN_IN__HASH_MEMORY_KIB", "64"), ("SHINAYAKA_SIGN_IN__HASH_PASSES", "1")];
    let layers = Layers {
        variables: cheap.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        file: Some(("test.toml".into(), options_file(options))),
        ..Layers::default()
    };
    Settings::load(&layers).unwrap().configuration
}

fn options_file(options: &[(&'static str, &str)]) -> String {
    let mut sections: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, value) in options {
        let (section, key) = key.rsplit_once('.').unwrap();
        sections.entry(section).or_default().push(format!("{key} = {value}"));
    }
    sections.iter().map(|(section, lines)| format!("[{section}]\n{}\n", lines.join("\n"))).collect()
}

async fn open_store(folder: &tempfile::TempDir) -> Arc<dyn Store> {
    let mut section = StoreSection { database: String::new(), data: folder.path().to_owned() };
    if std::env::var_os("PGHOST").is_some() {
        let unique = folder.path().file_name().unwrap().to_str().unwrap();
        let name: String =
            unique.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let options = sqlx::postgres::PgConnectOptions::new();
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE server_{name}"));
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        section.database =
            sqlx::ConnectOptions::to_url_lossy(&options.database(&format!("server_{name}"))).into();
    }
    store::open(&section).await.unwrap()
}

impl House {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(options: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open_store(&folder).await;
        let clock = Arc::new(SetClock::new(START));
        let parts = Parts {
            store,
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(7)),
            capabilities: shinayaka_server::capabilities(),
            configuration: settings(options),
            demonstration: false,
        };
        let node = Node::open(parts).await.unwrap();
        let router = http::router(&node);
        Self { node, clock, router, folder }
    }

    /// With the reference data of every capability.
    pub async fn seeded() -> Self {
        let house = Self::new().await;
        house.node.seed().await.unwrap();
        house.settle().await;
        house
    }

    /// Where the SQLite file is.
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join(store::FILE)
    }

    /// Does all jobs and puts the journal in order.
    pub async fn settle(&self) {
        while self.node.work_once().await.unwrap() {}
        self.node.sequence().await.unwrap();
    }

    pub async fn add(&self, name: &str, role: Role, organisation: Option<&str>) {
        let rights = Rights {
            roles: [role].into(),
            organisation: organisation.map(str::to_owned),
            communities: Default::default(),
            disabled: false,
        };
        let account = self.node.add_account(name, &rights).await.unwrap();
        self.node.set_password(account, PASSWORD).await.unwrap();
    }

    /// A new account with the role, signed in.
    pub async fn somebody(&self, name: &str, role: Role) -> Person<'_> {
        self.add(name, role, None).await;
        self.sign_in(name).await
    }

    pub async fn sign_in(&self, name: &str) -> Person<'_> {
        let given = serde_json::json!({ "name": name, "password": PASSWORD });
        let answer = self.post("/api/v1/session", given).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        Person { house: self, proof: ("cookie", answer.cookie()) }
    }

    pub fn ask(&self, request: Request<Body>) -> BoxFuture<'_, Answer> {
        async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Answer { status: parts.status, headers: parts.headers, text }
        }
        .boxed()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(request(Method::GET, path, None, None)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(request(Method::POST, path, Some(&body), None)).await
    }
}

/// Somebody who has signed in, or a program with a token.
pub struct Person<'a> {
    pub house: &'a House,
    pub proof: (&'static str, String),
}

impl Person<'_> {
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.house.ask(request(method, path, body.as_ref(), Some(&self.proof))).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }
}

pub fn request(
    method: Method,
    path: &str,
    body: Option<&Value>,
    proof: Option<&(&'static str, String)>,
) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path).header(header::HOST, "node.example");
    if let Some((name, value)) = proof {
        builder = builder.header(*name, value);
    }
    match body {
        Some(body) => {
            let builder = builder.header(header::CONTENT_TYPE, "application/json");
            builder.body(Body::from(body.to_string())).unwrap()
        }
        None => builder.body(Body::empty()).unwrap(),
    }
}
