//! What the capability knows of its node, and what it keeps in memory.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use shinayaka_kernel::{Error, Result, capability::NodeFacts};

use crate::{board::Boards, link::LinkKey};

/// The mail server through which messages leave.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct MailSettings {
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

#[derive(Debug, Clone, Deserialize)]
pub struct WarningSettings {
    pub link_days: i64,
    pub small_cell: u32,
    pub webhook_seconds: u64,
    pub sender: String,
}

#[derive(Deserialize)]
struct Sections {
    mail: MailSettings,
    warning: WarningSettings,
}

/// The node, as this capability needs to know it.
pub struct Facts {
    pub name: String,
    pub url: String,
    pub demonstration: bool,
    pub mail: MailSettings,
    pub settings: WarningSettings,
    pub links: LinkKey,
    /// Signs webhooks and CAP messages; other parties are told what they need to check it.
    pub signing: [u8; 32],
}

/// Shared by the handlers, the pages and the jobs of one node.
#[derive(Default)]
pub struct Room {
    facts: OnceLock<Facts>,
    pub boards: Boards,
}

impl Room {
    /// # Errors
    /// [`Error::Invalid`] for settings that cannot be read.
    pub fn begin(&self, facts: NodeFacts) -> Result<()> {
        let sections: Sections = serde_json::from_value(facts.settings)
            .map_err(|error| Error::invalid("settings", error.to_string()))?;
        let mut mail = sections.mail;
        if !mail.password_file.is_empty() {
            let text = std::fs::read_to_string(&mail.password_file).map_err(|error| {
                Error::invalid("mail.password_file", format!("{}: {error}", mail.password_file))
            })?;
            text.trim_end().clone_into(&mut mail.password);
        }
        let begun = Facts {
            name: facts.name,
            url: facts.url,
            demonstration: facts.demonstration,
            mail,
            settings: sections.warning,
            links: LinkKey::derived(&facts.secret, "link"),
            signing: crate::link::derived(&facts.secret, "signature"),
        };
        self.facts.set(begun).map_err(|_| Error::invalid("node", "was told twice"))
    }

    /// # Errors
    /// [`Error::Unavailable`] when the node did not say what it is, which is a fault of the program.
    pub fn facts(&self) -> Result<&Facts> {
        self.facts.get().ok_or_else(|| Error::Unavailable("the node has not begun".into()))
    }
}

/// The room as handlers are given it.
pub type SharedRoom = Arc<Room>;
