//! `shinayaka serve` and `shinayaka worker`.

use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use shinayaka_kernel::label::Role;
use shinayaka_server::{http, messages::Language, node::Node, pages::has_console, sign_in::accounts::Rights};
use tokio::net::TcpListener;

use super::{Location, open, start_log};
use crate::Outcome;

/// Sign-in name of the account that the first start makes.
const FIRST_OPERATOR: &str = "operator";

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    location: Location,
    /// Address and port, for example 127.0.0.1:8080
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

#[derive(Args)]
pub struct Worker {
    #[command(flatten)]
    location: Location,
}

impl Serve {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let options: Vec<_> = self.listen.into_iter().map(|listen| ("server.listen", listen)).collect();
        let settings = self.location.settings_with(&options)?;
        start_log(&settings)?;
        let node = open(settings, false).await?;
        node.seed().await?;
        let language = language();
        invite_first_operator(&node, language).await?;
        answer(node, language).await
    }
}

impl Worker {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.location.settings()?;
        start_log(&settings)?;
        let node = open(settings, false).await?;
        let stop = signal()?;
        http::work(node, stop).await;
        Ok(Outcome::Done)
    }
}

/// Listens and answers until a signal to stop.
pub async fn answer(node: Arc<Node>, language: Language) -> anyhow::Result<Outcome> {
    let address = node.configuration.server.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("server.listen {address}"))?;
    let stop = signal()?;
    if !has_console() {
        println!("{}", language.text("server.no_console"));
    }
    println!("{}", language.fill("server.listening", &[("url", &node.configuration.server.url())]));
    http::serve(node, listener, stop).await?;
    Ok(Outcome::Done)
}

/// Done when the process is told to end: Ctrl-C or the signal of a service manager.
fn signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = end.recv() => {}
        }
    })
}

/// While no operator can sign in, every start prints a fresh one-time link.
async fn invite_first_operator(node: &Node, language: Language) -> anyhow::Result<()> {
    let accounts = node.store.accounts().await?;
    let mut operators =
        accounts.iter().filter(|account| account.roles.contains(&Role::Operator) && !account.disabled);
    let signs_in = |account: &shinayaka_kernel::account::Account| {
        account.password_hash.is_some() || account.oidc_subject.is_some()
    };
    if operators.clone().any(signs_in) {
        return Ok(());
    }
    let id = match operators.next() {
        Some(account) => account.id,
        None => {
            let rights = Rights {
                roles: [Role::Operator].into(),
                organisation: None,
                communities: Default::default(),
                disabled: false,
            };
            node.add_account(FIRST_OPERATOR, &rights).await?.id
        }
    };
    let link = node.invite(id).await?;
    println!("{}", language.fill("server.first_link", &[("link", &link)]));
    Ok(())
}

/// The language of the terminal.
pub fn language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    if locale.is_some_and(|locale| locale.starts_with("ja")) { Language::Japanese } else { Language::English }
}
