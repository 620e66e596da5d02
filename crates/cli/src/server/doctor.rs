//! `shinayaka doctor`: what is well and what is not, with what to do.

use std::net::IpAddr;

use clap::Args;
use serde::Serialize;
use shinayaka_kernel::{
    clock::{Clock, SystemClock, Timestamp},
    label::Role,
    store::Store,
};
use shinayaka_server::{
    configuration::{Configuration, Settings, without_password},
    journal::quick_check,
    pages::has_console,
    store,
};

use super::{Location, print_json};
use crate::Outcome;

/// Free space under which it is time to act.
const LOW_BYTES: u64 = 1 << 30;
/// A clock before this is wrong: 2026-01-01.
const EARLIEST: Timestamp = Timestamp::from_microseconds(1_767_225_600_000_000);

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    location: Location,
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Well,
    Note,
    Wrong,
}

#[derive(Serialize)]
struct Line {
    about: String,
    state: State,
    says: String,
}

fn line(about: &str, state: State, says: impl Into<String>) -> Line {
    Line { about: about.to_owned(), state, says: says.into() }
}

impl Doctor {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.location.settings()?;
        let mut lines = explain(&settings);
        let configuration = &settings.configuration;
        lines.push(console());
        lines.push(address(configuration));
        lines.extend(disk(configuration));
        match store::open(&configuration.store).await {
            Ok(store) => {
                lines.extend(data_base(store.as_ref(), configuration).await);
                store.close().await;
            }
            Err(error) => lines.push(line("data base", State::Wrong, error.to_string())),
        }
        if self.json {
            print_json(&lines)?;
        } else {
            for Line { about, state, says } in &lines {
                let mark = match state {
                    State::Well => "well ",
                    State::Note => "note ",
                    State::Wrong => "WRONG",
                };
                println!("{mark}  {about}: {says}");
            }
        }
        let wrong = lines.iter().any(|line| line.state == State::Wrong);
        Ok(if wrong { Outcome::Finding } else { Outcome::Done })
    }
}

/// Every value that is not the default, and where it came from.
fn explain(settings: &Settings) -> Vec<Line> {
    let changed = settings.explain().into_iter().filter(|explained| explained.origin != "default");
    let mut lines: Vec<Line> = changed
        .map(|explained| {
            let says = format!("{} = {} (from {})", explained.key, explained.value, explained.origin);
            line("setting", State::Note, says)
        })
        .collect();
    if lines.is_empty() {
        lines.push(line("settings", State::Well, "all are the defaults"));
    }
    lines
}

fn console() -> Line {
    if has_console() {
        line("console", State::Well, "is built in")
    } else {
        line("console", State::Note, "is not built in: run `make console` and build again")
    }
}

/// Cookies without TLS belong to one machine only.
fn address(configuration: &Configuration) -> Line {
    let server = &configuration.server;
    let local = matches!(server.listen.ip(), IpAddr::V4(ip) if ip.is_loopback())
        || matches!(server.listen.ip(), IpAddr::V6(ip) if ip.is_loopback());
    if server.is_secure() || local {
        line("address", State::Well, server.url())
    } else {
        let says = "is reachable from other machines without TLS: set server.public_url to an https address";
        line("address", State::Wrong, says)
    }
}

fn disk(configuration: &Configuration) -> Option<Line> {
    if !configuration.store.database.is_empty() {
        return None;
    }
    // The folder may not be there yet: the disk is that of the nearest one above it.
    let data = std::path::absolute(&configuration.store.data).ok()?;
    let folder = data.ancestors().find(|folder| folder.exists())?;
    let line = match rustix::fs::statvfs(folder) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let says = format!("{:.1} GiB free for {}", free as f64 / (1 << 30) as f64, data.display());
            line("disk", if free < LOW_BYTES { State::Wrong } else { State::Well }, says)
        }
        Err(error) => line("disk", State::Wrong, format!("{}: {error}", folder.display())),
    };
    Some(line)
}

async fn data_base(store: &dyn Store, configuration: &Configuration) -> Vec<Line> {
    let place = match configuration.store.database.as_str() {
        "" => configuration.store.data.display().to_string(),
        url => without_password(url),
    };
    let mut lines = Vec::new();
    match store.ping().await {
        Ok(()) => lines.push(line("data base", State::Well, format!("{} at {place} answers", store.name()))),
        Err(error) => {
            lines.push(line("data base", State::Wrong, error.to_string()));
            return lines;
        }
    }
    for checked in [journal(store).await, clock(store).await, jobs(store).await, operators(store).await] {
        lines.push(checked.unwrap_or_else(|error| line("data base", State::Wrong, error.to_string())));
    }
    lines
}

async fn journal(store: &dyn Store) -> shinayaka_kernel::Result<Line> {
    Ok(match quick_check(store).await? {
        Ok(size) => {
            let says =
                format!("{size} entries; the last checkpoint is consistent (`journal verify` checks all)");
            line("journal", State::Well, says)
        }
        Err(broken) => line("journal", State::Wrong, broken.reason),
    })
}

/// The clock must not be behind what it wrote itself.
async fn clock(store: &dyn Store) -> shinayaka_kernel::Result<Line> {
    let now = SystemClock.now();
    let size = store.sequence().await?;
    let last = store.entries(size.saturating_sub(1), 1).await?.pop().map(|placed| placed.entry.at);
    Ok(match last {
        _ if now < EARLIEST => line("clock", State::Wrong, format!("says {now}")),
        Some(last) if last > now => {
            line("clock", State::Wrong, format!("says {now}, but the newest entry was written at {last}"))
        }
        _ => line("clock", State::Well, now.to_string()),
    })
}

async fn jobs(store: &dyn Store) -> shinayaka_kernel::Result<Line> {
    let census = store.census().await?;
    let says = format!("{} waiting, {} dead", census.jobs_ready, census.jobs_dead);
    Ok(line("jobs", if census.jobs_dead > 0 { State::Wrong } else { State::Well }, says))
}

async fn operators(store: &dyn Store) -> shinayaka_kernel::Result<Line> {
    let accounts = store.accounts().await?;
    let can = accounts.iter().any(|account| {
        let proves = account.password_hash.is_some() || account.oidc_subject.is_some();
        account.roles.contains(&Role::Operator) && !account.disabled && proves
    });
    Ok(if can {
        line("operators", State::Well, "somebody can sign in as an operator")
    } else {
        let says =
            "nobody can sign in as an operator yet: `serve` prints a one-time link, or `account link NAME`";
        line("operators", State::Note, says)
    })
}
