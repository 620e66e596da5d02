//! Clients that write as fast as the server acknowledges, and remember what it acknowledged.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::server::{Answer, Server, request};

const CLIENTS: usize = 8;

/// Ids of records with the newest version that was acknowledged.
#[derive(Default)]
pub struct Storm {
    pub acknowledged: BTreeMap<String, u64>,
}

pub struct Running {
    clients: Vec<JoinHandle<()>>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    acknowledged: Mutex<BTreeMap<String, u64>>,
    refused: Mutex<Option<Answer>>,
    succeeded_after_refusal: AtomicBool,
}

fn incident(client: usize, number: usize) -> Value {
    json!({
        "title_ja": format!("嵐{client}の{number}"),
        "summary_ja": "書き込みの最中に落とす試験".repeat(20),
        "date": "2026-11-22",
        "sector": "railway",
        "cause": "unknown",
        "channel": "press",
    })
}

impl Storm {
    pub fn begin(&self, server: &Server, cookie: &str) -> Running {
        let seen = Arc::new(Seen::default());
        let clients = (0..CLIENTS).map(|client| {
            let (seen, address, cookie) = (seen.clone(), server.address, cookie.to_owned());
            std::thread::spawn(move || write(client, address, &cookie, &seen))
        });
        Running { clients: clients.collect(), seen: seen.clone() }
    }

    /// Stops the clients and takes over what they know.
    pub fn end(&mut self, running: Running) {
        running.seen.stop.store(true, Ordering::SeqCst);
        for client in running.clients {
            client.join().expect("a client works until it is stopped");
        }
        self.acknowledged.append(&mut running.seen.acknowledged.lock().expect("no client panicked"));
    }
}

/// Adds a record and changes it, again and again.
fn write(client: usize, address: SocketAddr, cookie: &str, seen: &Seen) {
    for number in 0.. {
        if seen.stop.load(Ordering::SeqCst) {
            return;
        }
        let record = incident(client, number);
        let new = json!({ "record": record });
        let Some(made) = send(seen, address, "POST", "/api/v1/registry/incidents", cookie, &new) else {
            // A server that refuses or is gone is not asked more often than that.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let id = made["id"].as_str().expect("an id").to_owned();
        acknowledge(seen, &id, &made);
        let path = format!("/api/v1/registry/incidents/{id}");
        let changed = json!({ "version": made["version"], "record": record });
        if let Some(saved) = send(seen, address, "PUT", &path, cookie, &changed) {
            acknowledge(seen, &id, &saved);
        }
    }
}

fn acknowledge(seen: &Seen, id: &str, answer: &Value) {
    let version = answer["version"].as_u64().expect("a version");
    seen.acknowledged.lock().expect("no client panicked").insert(id.to_owned(), version);
}

fn send(
    seen: &Seen,
    address: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    body: &Value,
) -> Option<Value> {
    let answer = request(address, method, path, Some(cookie), Some(body))?;
    if answer.status < 300 {
        if seen.refused.lock().expect("no client panicked").is_some() {
            seen.succeeded_after_refusal.store(true, Ordering::SeqCst);
        }
        return Some(answer.json());
    }
    seen.succeeded_after_refusal.store(false, Ordering::SeqCst);
    seen.refused.lock().expect("no client panicked").get_or_insert(answer);
    None
}

impl Running {
    fn wait<T>(&self, longest: Duration, what: &str, mut look: impl FnMut(&Seen) -> Option<T>) -> T {
        let until = Instant::now() + longest;
        loop {
            if let Some(found) = look(&self.seen) {
                return found;
            }
            assert!(Instant::now() < until, "{what} did not come in {longest:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The first answer that was not a success.
    pub fn first_refusal(&self, longest: Duration) -> Answer {
        self.wait(longest, "a refusal", |seen| {
            let refused = seen.refused.lock().expect("no client panicked");
            refused.as_ref().map(|answer| Answer {
                status: answer.status,
                head: answer.head.clone(),
                body: answer.body.clone(),
            })
        })
    }

    pub fn first_success_after_refusal(&self, longest: Duration) {
        self.wait(longest, "a success after the refusal", |seen| {
            seen.succeeded_after_refusal.load(Ordering::SeqCst).then_some(())
        });
    }
}

/// Everything that was acknowledged is there, at least in the version that was.
pub fn check(server: &Server, cookie: &str, storm: &Storm) {
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/registry/incidents?sector=railway&limit=500{after}");
        let answer = request(server.address, "GET", &path, Some(cookie), None).expect("answers");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page = answer.json();
        for item in page["items"].as_array().expect("a page") {
            let id = item["id"].as_str().expect("an id").to_owned();
            assert!(
                found.insert(id, item["version"].as_u64().expect("a version")).is_none(),
                "nothing twice"
            );
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    for (id, version) in &storm.acknowledged {
        let kept = found.get(id).copied().unwrap_or(0);
        assert!(kept >= *version, "{id}: version {version} was acknowledged, version {kept} is there");
    }
}
