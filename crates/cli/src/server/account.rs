//! `shinayaka account`: for whoever has the machine, when nobody can sign in any more.

use anyhow::Context;
use clap::{Args, Subcommand};
use shinayaka_kernel::{account, label::Role};
use shinayaka_server::{node::Node, routes::accounts::AccountRow, sign_in::accounts::Rights};

use super::{Location, print_json};
use crate::Outcome;

#[derive(Args)]
pub struct Account {
    #[command(flatten)]
    location: Location,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make an account; prints its one-time link
    Add {
        name: String,
        /// operator, director, analyst, secretary, officer, clerk, assessor, council; may be repeated
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
        #[arg(long)]
        organisation: Option<String>,
        /// May be repeated
        #[arg(long = "community")]
        communities: Vec<String>,
        #[arg(long)]
        json: bool,
    },
    /// List all accounts
    List {
        #[arg(long)]
        json: bool,
    },
    /// Print a new one-time link; earlier ones are void
    Link { name: String },
    /// Switch an account off and end its sessions and tokens
    Disable { name: String },
    /// Switch an account on again
    Enable { name: String },
}

fn role(text: &str) -> Result<Role, String> {
    let read = serde_json::from_value(serde_json::Value::String(text.to_owned()));
    read.map_err(|_| "is not a role".to_owned())
}

impl Account {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let node = self.location.node().await?;
        let done = act(&node, self.action).await;
        node.sequence().await?;
        node.store.close().await;
        done.map(|()| Outcome::Done)
    }
}

async fn act(node: &Node, action: Action) -> anyhow::Result<()> {
    match action {
        Action::Add { name, roles, organisation, communities, json } => {
            let rights = Rights {
                roles: roles.into_iter().collect(),
                organisation,
                communities: communities.into_iter().collect(),
                disabled: false,
            };
            let account = node.add_account(&name, &rights).await?;
            let link = node.invite(account.id).await?;
            if json {
                print_json(&serde_json::json!({ "id": account.id, "link": link }))?;
            } else {
                println!("{link}");
            }
        }
        Action::List { json } => list(&node.store.accounts().await?, json)?,
        Action::Link { name } => println!("{}", node.invite(find(node, &name).await?.id).await?),
        Action::Disable { name } => switch(node, &name, true).await?,
        Action::Enable { name } => switch(node, &name, false).await?,
    }
    Ok(())
}

fn list(accounts: &[account::Account], json: bool) -> anyhow::Result<()> {
    if json {
        let rows: Vec<AccountRow> = accounts.iter().map(AccountRow::from).collect();
        return print_json(&rows);
    }
    for account in accounts {
        let roles: Vec<String> =
            account.roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
        let state = if account.disabled { "disabled" } else { "" };
        let organisation = account.organisation.as_deref().unwrap_or("-");
        println!("{:<24} {:<32} {organisation} {state}", account.name, roles.join(","));
    }
    Ok(())
}

async fn find(node: &Node, name: &str) -> anyhow::Result<account::Account> {
    let account = node.store.account_named(&name.to_lowercase()).await?;
    account.with_context(|| format!("there is no account {name}"))
}

async fn switch(node: &Node, name: &str, disabled: bool) -> anyhow::Result<()> {
    let account = find(node, name).await?;
    let rights = Rights {
        roles: account.roles,
        organisation: account.organisation,
        communities: account.communities,
        disabled,
    };
    node.change_account(account.id, &rights).await?;
    Ok(())
}
