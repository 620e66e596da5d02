//! The commands that need a node: its settings, its store, its capabilities.

mod account;
mod archive;
mod config;
mod demo;
mod doctor;
mod journal;
mod openapi;
mod progress;
mod serve;
mod transfer;

use std::{io::Write, path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use shinayaka_kernel::{
    Principal,
    clock::{SystemClock, SystemEntropy},
    store::Store,
};
use shinayaka_server::{
    configuration::{Layers, Settings},
    logs,
    node::{Node, Parts},
    store,
};

use crate::Outcome;

#[derive(Subcommand)]
pub enum Command {
    /// Answer requests and work in the background
    Serve(serve::Serve),
    /// Start with a demonstration prefecture, ready to click
    Demo(demo::Demo),
    /// Work in the background only (beside `serve` processes on the same PostgreSQL)
    Worker(serve::Worker),
    /// Check data base, journal, clock, disk, settings; exit 1 when something is wrong
    Doctor(doctor::Doctor),
    /// Print the OpenAPI document
    Openapi,
    /// Print the settings that hold
    Config(config::Config),
    /// Accounts: add, list, one-time link, disable
    Account(account::Account),
    /// Write everything that the node keeps into one file (secrets included)
    Backup(archive::Backup),
    /// Load a backup into an empty data base
    Restore(archive::Restore),
    /// Verify the journal, sign a checkpoint, prove an object
    Journal(journal::Journal),
    /// Read files of a format into the node
    Import(transfer::Import),
    /// Write records in a format
    Export(transfer::Export),
}

/// Where the node's settings and records are. Valid after every command and subcommand.
#[derive(Args, Clone, Debug, Default)]
pub struct Location {
    /// Settings that differ from the defaults (TOML; see config.default.toml)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the SQLite file
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL instead: postgres://user:password@host/name
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

impl Location {
    /// The settings: defaults, file, environment, options.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        self.settings_with(&[])
    }

    pub fn settings_with(&self, more: &[(&'static str, String)]) -> anyhow::Result<Settings> {
        let mut layers = Layers { variables: std::env::vars().collect(), ..Layers::default() };
        if let Some(path) = &self.config {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            layers.file = Some((path.clone(), text));
        }
        if let Some(data) = &self.data {
            layers.options.push(("store.data", data.display().to_string()));
        }
        if let Some(database) = &self.database {
            layers.options.push(("store.database", database.clone()));
        }
        layers.options.extend(more.iter().cloned());
        Ok(Settings::load(&layers)?)
    }

    pub async fn store(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(store::open(&self.settings()?.configuration.store).await?)
    }

    /// The node, with its reference data, for a command that runs and ends.
    pub async fn node(&self) -> anyhow::Result<Arc<Node>> {
        let node = open(self.settings()?, false).await?;
        node.seed().await?;
        Ok(node)
    }
}

/// Opens a node of this binary.
pub async fn open(settings: Settings, demonstration: bool) -> anyhow::Result<Arc<Node>> {
    let store = store::open(&settings.configuration.store).await?;
    let parts = Parts {
        store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        capabilities: shinayaka_server::capabilities(),
        configuration: settings.configuration,
        demonstration,
    };
    Ok(Node::open(parts).await?)
}

/// Runs a command to its end on a runtime of its own.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

pub fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Serve(serve) => block_on(serve.run()),
        Command::Demo(demo) => block_on(demo.run()),
        Command::Worker(worker) => block_on(worker.run()),
        Command::Doctor(doctor) => block_on(doctor.run()),
        Command::Openapi => openapi::run(),
        Command::Config(config) => config.run(),
        Command::Account(account) => block_on(account.run()),
        Command::Backup(backup) => block_on(backup.run()),
        Command::Restore(restore) => block_on(restore.run()),
        Command::Journal(journal) => block_on(journal.run()),
        Command::Import(import) => block_on(import.run()),
        Command::Export(export) => block_on(export.run()),
    }
}

/// Whom a command acts as.
#[derive(Args, Clone, Debug, Default)]
pub struct Acting {
    /// Sign-in name of the account to act as; by default the node itself, which sees what every member sees
    #[arg(long = "as", global = true, value_name = "NAME")]
    name: Option<String>,
}

impl Acting {
    pub async fn principal(&self, node: &Node) -> anyhow::Result<Principal> {
        let Some(name) = &self.name else { return Ok(Principal::node()) };
        let account = node.store.account_named(&name.to_lowercase()).await?;
        let account = account.filter(|account| !account.disabled);
        let account =
            account.with_context(|| format!("there is no account {name}, or it is switched off"))?;
        Ok(account.principal())
    }
}

/// Adds the commands that capabilities bring, each with the options of a node.
pub fn add_capabilities(mut command: clap::Command) -> clap::Command {
    for own in shinayaka_server::capabilities().iter().filter_map(|capability| capability.command()) {
        command = command.subcommand(Acting::augment_args(Location::augment_args(own)));
    }
    command
}

/// Runs the command of a capability; `None` if another one was asked for.
pub fn run_capability(matches: &ArgMatches) -> Option<anyhow::Result<Outcome>> {
    let (name, matches) = matches.subcommand()?;
    let place = shinayaka_server::capabilities()
        .iter()
        .position(|capability| capability.command().is_some_and(|command| command.get_name() == name))?;
    Some(run_own(place, matches))
}

fn run_own(place: usize, matches: &ArgMatches) -> anyhow::Result<Outcome> {
    let location = Location::from_arg_matches(matches)?;
    let acting = Acting::from_arg_matches(matches)?;
    block_on(async {
        let node = location.node().await?;
        let principal = acting.principal(&node).await?;
        let capability = &node.capabilities[place];
        let outcome = capability.run_command(node.kernel.clone(), &principal, matches).await;
        node.store.close().await;
        Ok(match outcome? {
            shinayaka_kernel::capability::Outcome::Done => Outcome::Done,
            shinayaka_kernel::capability::Outcome::Finding => Outcome::Finding,
        })
    })
}

/// Starts the log as the settings say; a command that runs and ends writes none.
fn start_log(settings: &Settings) -> anyhow::Result<()> {
    Ok(logs::start(&settings.configuration.log)?)
}

/// Prints to standard output. A reader that has seen enough (`| head`) is no fault.
fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// Prints a value as indented JSON.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}
