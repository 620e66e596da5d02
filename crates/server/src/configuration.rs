//! Settings: one TOML of defaults that documents every key, and what is laid over it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{Error, Result, label::Role};
use toml::{Table, Value};

/// The committed file that documents every key.
pub const DEFAULTS: &str = include_str!("../../../config.default.toml");
/// Environment variables with this beginning and a `__` between section and key are settings.
const PREFIX: &str = "SHINAYAKA_";
/// What is printed in place of a secret.
const HIDDEN: &str = "(hidden)";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    pub server: ServerSection,
    pub store: StoreSection,
    pub sign_in: SignInSection,
    pub oidc: OidcSection,
    pub limits: LimitsSection,
    pub worker: WorkerSection,
    pub mail: MailSection,
    pub warning: WarningSection,
    pub log: LogSection,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSection {
    pub listen: SocketAddr,
    pub public_url: String,
    pub name: String,
    pub trusted_proxies: BTreeSet<IpAddr>,
    pub request_seconds: u64,
    pub shutdown_seconds: u64,
    pub maximum_upload_bytes: usize,
    pub maximum_concurrent_requests: usize,
}

impl ServerSection {
    /// Where people reach this node, without a slash at the end.
    pub fn url(&self) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", self.listen)
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }

    /// True when browsers talk TLS to this node, directly or through a proxy.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSection {
    pub database: String,
    pub data: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInSection {
    pub session_idle_minutes: i64,
    pub session_absolute_hours: i64,
    pub invitation_hours: i64,
    pub token_days: i64,
    pub failures_per_name: u32,
    pub failures_per_address: u32,
    pub failure_window_minutes: i64,
    pub hash_memory_kib: u32,
    pub hash_passes: u32,
    pub hash_concurrency: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSection {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    pub client_secret_file: String,
    pub scopes: Vec<String>,
    pub name_claim: String,
    pub groups_claim: String,
    pub organisation_claim: String,
    pub communities_claim: String,
    pub create_accounts: bool,
    pub roles: BTreeMap<String, Role>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    pub public_forms_per_minute: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerSection {
    pub concurrency: usize,
    pub poll_milliseconds: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

/// The mail server through which messages leave. Read by the capabilities that write to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSection {
    pub host: String,
    pub port: u16,
    pub tls: String,
    pub user: String,
    pub password: String,
    pub password_file: String,
    pub from: String,
    pub timeout_seconds: u64,
    pub connections: usize,
}

/// How warnings are answered and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarningSection {
    pub link_days: i64,
    pub small_cell: u32,
    pub webhook_seconds: u64,
    pub sender: String,
}

impl Configuration {
    /// What capabilities may know of the settings, by section.
    pub fn for_capabilities(&self) -> serde_json::Value {
        serde_json::json!({ "mail": self.mail, "warning": self.warning })
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Default,
    File(PathBuf),
    Variable(String),
    Option,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Variable(name) => write!(formatter, "${name}"),
            Self::Option => formatter.write_str("command line"),
        }
    }
}

/// The layers laid over the defaults.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// Path and text of the file given with `--config`.
    pub file: Option<(PathBuf, String)>,
    /// The environment; variables that are not settings are passed over.
    pub variables: Vec<(String, String)>,
    /// `section.key` and value of command-line options.
    pub options: Vec<(&'static str, String)>,
}

/// The settings that hold, with the origin of each.
#[derive(Debug, Clone)]
pub struct Settings {
    pub configuration: Configuration,
    values: BTreeMap<String, (Value, Origin)>,
}

/// One line of `shinayaka config` and `doctor`.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    pub key: String,
    pub value: String,
    pub origin: String,
}

impl Settings {
    /// # Errors
    /// [`Error::Invalid`] naming the key and where its value came from.
    pub fn load(layers: &Layers) -> Result<Self> {
        let mut values = BTreeMap::new();
        lay(&mut values, parse(DEFAULTS, "the defaults")?, &Origin::Default);
        let known: BTreeSet<String> = values.keys().cloned().collect();
        if let Some((path, text)) = &layers.file {
            let table = parse(text, &path.display().to_string())?;
            lay(&mut values, table, &Origin::File(path.clone()));
        }
        for (name, text) in &layers.variables {
            if let Some(key) = key_of_variable(name) {
                values.insert(key, (value_of_text(text), Origin::Variable(name.clone())));
            }
        }
        for (key, text) in &layers.options {
            values.insert((*key).to_owned(), (Value::String(text.clone()), Origin::Option));
        }
        for (key, (_, origin)) in &values {
            if !known.contains(key) && !key.starts_with("oidc.roles.") {
                return Err(Error::invalid(key.clone(), format!("is not a setting (from {origin})")));
            }
        }
        let configuration = assemble(&values)?;
        check(&configuration)?;
        Ok(Self { configuration, values })
    }

    /// Every key with its value, secrets hidden, and its origin.
    pub fn explain(&self) -> Vec<Explained> {
        let mut lines: Vec<_> = self
            .values
            .iter()
            .map(|(key, (value, origin))| Explained {
                key: key.clone(),
                value: shown(key, value),
                origin: origin.to_string(),
            })
            .collect();
        lines.sort_by(|one, other| one.key.cmp(&other.key));
        lines
    }
}

fn shown(key: &str, value: &Value) -> String {
    match (key, value) {
        ("oidc.client_secret" | "mail.password", Value::String(text)) if !text.is_empty() => {
            HIDDEN.to_owned()
        }
        ("store.database", Value::String(text)) => without_password(text),
        (_, value) => value.to_string(),
    }
}

/// A data base URL that can be shown.
pub fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            // The only failure is a URL that cannot have a password, and this one has.
            let _ = url.set_password(Some("hidden"));
            format!("{:?}", url.as_str())
        }
        _ => format!("{text:?}"),
    }
}

fn parse(text: &str, place: &str) -> Result<Table> {
    text.parse().map_err(|error: toml::de::Error| Error::invalid(place, error.to_string().trim_end()))
}

/// Lays the leaves of a table over what is there. `oidc.roles` is a table of the site's own keys.
fn lay(values: &mut BTreeMap<String, (Value, Origin)>, table: Table, origin: &Origin) {
    for (section, content) in table {
        match content {
            Value::Table(content) => {
                for (key, value) in content {
                    match value {
                        Value::Table(own) => {
                            for (name, value) in own {
                                let path = format!("{section}.{key}.{name}");
                                values.insert(path, (value, origin.clone()));
                            }
                        }
                        value => {
                            values.insert(format!("{section}.{key}"), (value, origin.clone()));
                        }
                    }
                }
            }
            value => {
                values.insert(section, (value, origin.clone()));
            }
        }
    }
}

fn key_of_variable(name: &str) -> Option<String> {
    let (section, key) = name.strip_prefix(PREFIX)?.split_once("__")?;
    Some(format!("{}.{}", section.to_lowercase(), key.to_lowercase()))
}

/// Numbers, booleans and lists as TOML writes them; everything else is a text.
fn value_of_text(text: &str) -> Value {
    let table = format!("value = {text}").parse::<Table>();
    let value = table.ok().and_then(|mut table| if table.len() == 1 { table.remove("value") } else { None });
    match value {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn assemble(values: &BTreeMap<String, (Value, Origin)>) -> Result<Configuration> {
    let mut root = Table::new();
    for (path, (value, _)) in values {
        let mut parts: Vec<&str> = path.splitn(3, '.').collect();
        let Some(leaf) = parts.pop() else { continue };
        let mut table = &mut root;
        for part in parts {
            let next = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(next) = next else {
                return Err(Error::invalid(path.clone(), "is a value and a section at once"));
            };
            table = next;
        }
        table.insert(leaf.to_owned(), value.clone());
    }
    // A site without groups has no key below this one.
    if let Some(Value::Table(oidc)) = root.get_mut("oidc") {
        oidc.entry("roles").or_insert_with(|| Value::Table(Table::new()));
    }
    serde_path_to_error::deserialize(Value::Table(root)).map_err(|error| {
        let key = error.path().to_string();
        let origin = values.get(&key).map_or_else(String::new, |(_, origin)| format!(" (from {origin})"));
        let reason = error.into_inner().to_string();
        Error::invalid(key, format!("{}{origin}", reason.trim_end()))
    })
}

/// Values that can be read but must not hold.
fn check(configuration: &Configuration) -> Result<()> {
    let demand = |holds: bool, key: &str, reason: &str| {
        if holds { Ok(()) } else { Err(Error::invalid(key, reason)) }
    };
    let Configuration { server, sign_in, oidc, worker, mail, warning, .. } = configuration;
    let ways = ["none", "starttls", "tls"];
    demand(ways.contains(&mail.tls.as_str()), "mail.tls", "must be none, starttls or tls")?;
    demand((1..=12).contains(&mail.timeout_seconds), "mail.timeout_seconds", "must be from 1 to 12")?;
    demand((1..=16).contains(&mail.connections), "mail.connections", "must be from 1 to 16")?;
    demand((1..=366).contains(&warning.link_days), "warning.link_days", "must be from 1 to 366")?;
    demand((1..=12).contains(&warning.webhook_seconds), "warning.webhook_seconds", "must be from 1 to 12")?;
    demand((1..=1000).contains(&warning.small_cell), "warning.small_cell", "must be from 1 to 1000")?;
    let name = &server.name;
    demand(!name.trim().is_empty() && name.len() <= 255, "server.name", "must be 1 to 255 bytes long")?;
    let plain = !name.contains(|c: char| c.is_control() || c == '+' || c.is_whitespace());
    demand(plain, "server.name", "must be without white space, control characters and '+'")?;
    let url = &server.public_url;
    let web = url.is_empty() || url.starts_with("http://") || url.starts_with("https://");
    demand(web, "server.public_url", "must begin with http:// or https://")?;
    demand((1..=600).contains(&server.request_seconds), "server.request_seconds", "must be from 1 to 600")?;
    demand(server.shutdown_seconds <= 600, "server.shutdown_seconds", "must be at most 600")?;
    let concurrent = server.maximum_concurrent_requests;
    demand(concurrent > 0, "server.maximum_concurrent_requests", "must be positive")?;
    demand(sign_in.session_idle_minutes > 0, "sign_in.session_idle_minutes", "must be positive")?;
    demand(sign_in.session_absolute_hours > 0, "sign_in.session_absolute_hours", "must be positive")?;
    demand(sign_in.invitation_hours > 0, "sign_in.invitation_hours", "must be positive")?;
    demand(sign_in.token_days > 0, "sign_in.token_days", "must be positive")?;
    demand(sign_in.failures_per_name > 0, "sign_in.failures_per_name", "must be positive")?;
    demand(sign_in.failures_per_address > 0, "sign_in.failures_per_address", "must be positive")?;
    let memory = (8..=4 << 20).contains(&sign_in.hash_memory_kib);
    demand(memory, "sign_in.hash_memory_kib", "must be from 8 to 4194304")?;
    demand((1..=100).contains(&sign_in.hash_passes), "sign_in.hash_passes", "must be from 1 to 100")?;
    demand(
        (1..=256).contains(&sign_in.hash_concurrency),
        "sign_in.hash_concurrency",
        "must be from 1 to 256",
    )?;
    demand(worker.concurrency <= 256, "worker.concurrency", "must be at most 256")?;
    demand(worker.poll_milliseconds >= 10, "worker.poll_milliseconds", "must be at least 10")?;
    let named = oidc.issuer.is_empty() || !oidc.client_id.is_empty();
    demand(named, "oidc.client_id", "is needed with oidc.issuer")?;
    let public = oidc.roles.values().any(|role| *role == Role::Public);
    demand(!public, "oidc.roles", "public is not a role that can be given")
}
