//! `shinayaka demo`: a node with invented records and accounts, ready to click.

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use shinayaka_kernel::{account::Account, label::Role};
use shinayaka_server::{
    node::{DEMONSTRATION_SETTING, Node},
    sign_in::accounts::Rights,
};

use super::{Location, open, serve, start_log};
use crate::Outcome;

/// Sign-in name, role, organisation and hub of the accounts of a demonstration.
const ACCOUNTS: [(&str, Role, Option<&str>, Option<&str>); 10] = [
    ("operator", Role::Operator, None, None),
    ("director", Role::Director, Some("内閣官房"), None),
    ("analyst", Role::Analyst, Some("内閣官房"), None),
    ("secretary", Role::Secretary, Some("総務省"), Some("medical-isac")),
    ("officer", Role::Officer, Some("経済産業省"), None),
    ("clerk", Role::Clerk, Some("hinode-city"), None),
    ("assessor", Role::Assessor, None, None),
    ("council1", Role::Council, None, None),
    ("council2", Role::Council, None, None),
    ("council3", Role::Council, None, None),
];

#[derive(Args)]
pub struct Demo {
    #[command(flatten)]
    location: Location,
    /// Address and port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8087")]
    listen: String,
    /// Also write the demonstration accounts with their passwords to this file (JSON)
    #[arg(long, value_name = "FILE")]
    accounts_file: Option<PathBuf>,
}

/// A line of the accounts file.
#[derive(Serialize)]
struct Card {
    name: &'static str,
    role: Role,
    password: String,
}

#[derive(Serialize)]
struct Cards {
    url: String,
    accounts: Vec<Card>,
}

impl Demo {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        // Held until the end: dropping it removes the folder.
        let mut folder = None;
        let mut options = vec![("server.listen", self.listen)];
        if self.location.data.is_none() && self.location.database.is_none() {
            let made = tempfile::Builder::new().prefix("shinayaka-demo-").tempdir()?;
            options.push(("store.data", made.path().display().to_string()));
            folder = Some(made);
        }
        let settings = self.location.settings_with(&options)?;
        let log = settings.clone();
        let language = serve::language();
        println!("{}", language.text("server.demo_preparing"));
        let node = open(settings, true).await?;
        prepare(&node).await?;
        let cards = Cards { url: node.configuration.server.url(), accounts: make_accounts(&node).await? };
        if let Some(path) = &self.accounts_file {
            write_private(path, &serde_json::to_string_pretty(&cards)?)?;
        }
        // Nothing happens before this that a person at the terminal is not told anyway.
        start_log(&log)?;
        println!("{}", language.text("server.demo_accounts"));
        for card in &cards.accounts {
            println!("  {:<10} {}", card.name, card.password);
        }
        let outcome = serve::answer(node, language).await;
        drop(folder);
        outcome
    }
}

/// Fills an empty store, or goes on with one that was filled by an earlier demonstration.
async fn prepare(node: &Node) -> anyhow::Result<()> {
    const BEGUN: &[u8] = b"begun";
    const COMPLETE: &[u8] = b"complete";
    match node.store.setting(DEMONSTRATION_SETTING).await?.as_deref() {
        Some(COMPLETE) => return Ok(()),
        Some(_) => {
            bail!("an earlier demonstration here was interrupted while it was made: use an empty folder")
        }
        None if node.store.census().await?.objects > 0 => {
            bail!("there are real records here: a demonstration needs an empty folder or data base")
        }
        None => {}
    }
    node.store.set_setting(DEMONSTRATION_SETTING, BEGUN, false).await?;
    node.seed().await?;
    node.demonstrate().await?;
    while node.work_once().await? {}
    node.sequence().await?;
    node.store.set_setting(DEMONSTRATION_SETTING, COMPLETE, false).await?;
    Ok(())
}

/// Accounts with random passwords, new ones at every start.
async fn make_accounts(node: &Node) -> anyhow::Result<Vec<Card>> {
    let mut cards = Vec::new();
    for (name, role, organisation, hub) in ACCOUNTS {
        let password = random_password(node);
        let account: Account = match node.store.account_named(name).await? {
            Some(account) => account,
            None => {
                let rights = Rights {
                    roles: BTreeSet::from([role]),
                    organisation: organisation.map(str::to_owned),
                    communities: hub.into_iter().map(str::to_owned).collect(),
                    disabled: false,
                };
                node.add_account(name, &rights).await?
            }
        };
        node.set_password(account, &password).await?;
        cards.push(Card { name, role, password });
    }
    Ok(cards)
}

/// Four groups of four letters and digits that cannot be mistaken for each other: 79 bits.
fn random_password(node: &Node) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    node.kernel.entropy().fill(&mut bytes);
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// Writes a file that only its owner can read.
pub fn write_private(path: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes()).with_context(|| path.display().to_string())
}
