//! Warnings: told, delivered, answered, counted. A warning that nobody acknowledged did not happen, so for each one this
//! room knows who is affected, who was reached, who acted, who cannot and **who is silent**.
//!
//! Serves measures **M07** (early warning), **M12**, **M16** and **M20** (information reaches those who need it).
//!
//! * [`service`] the actions, the only place with rules: drafts and approval, audience, issue, update, cancel, answers,
//!   escalation, inbox, call list. [`permissions`] which role may do what.
//! * [`send`] e-mail and webhooks: at most once, with the reason when it failed. [`link`] the signed links of messages.
//! * [`board`] the counts in memory, kept up with what changes. [`http`] the routes, [`pages`] what people without an
//!   account see, [`cli`] the commands.
//!
//! **To add a way of delivery**: a word in `model/src/warning/vocabulary.rs`, an arm in [`send`], and in
//! `service/fan_out.rs` which contacts it is for. **To add a sentence**: both files of `i18n/` under `warning.`.
//! **To ask for a notice from another capability**: [`service::issue::issue_notice`].

pub mod board;
pub mod cli;
pub mod demonstration;
pub mod http;
pub mod link;
pub mod pages;
pub mod permissions;
pub mod room;
pub mod send;
pub mod service;
pub mod words;

use std::sync::Arc;

use async_trait::async_trait;
use clap::ArgMatches;
use shinayaka_kernel::{
    Error, Principal, Result,
    access::Kernel,
    capability::{Capability, Format, NodeFacts, Outcome},
    event::Job,
    http::{App, Viewer},
    object::RecordKind,
};
use utoipa_axum::router::OpenApiRouter;

use crate::room::Room;

/// How often seeding is tried when another process seeds the same data base at the same time.
const SEED_ATTEMPTS: usize = 5;
/// The public page as a folder of files.
const PUBLIC_SITE: &str = "public-site";

/// Warnings as a room of the house.
#[derive(Clone, Default)]
pub struct Warnings {
    pub room: Arc<Room>,
}

pub fn capability() -> Warnings {
    Warnings::default()
}

#[async_trait]
impl Capability for Warnings {
    fn name(&self) -> &'static str {
        "warning"
    }

    fn kinds(&self) -> Vec<RecordKind> {
        permissions::kinds()
    }

    fn begin(&self, facts: NodeFacts) -> Result<()> {
        self.room.begin(facts)
    }

    fn routes(&self) -> OpenApiRouter<App> {
        http::routes(self.room.clone())
    }

    fn pages(&self) -> axum::Router<App> {
        pages::routes(self.room.clone())
    }

    async fn run_job(&self, kernel: &Kernel, job: &Job) -> Result<()> {
        match job.name.as_str() {
            service::fan_out::SEND => send::send(&self.room, kernel, job).await,
            service::fan_out::FAN_OUT => service::fan_out::resume(kernel, job).await,
            service::escalate::ESCALATE => service::escalate::escalate(kernel, job).await,
            other => Err(Error::invalid("job", format!("{other} is not a job of warnings"))),
        }
    }

    async fn seed(&self, kernel: &Kernel) -> Result<()> {
        let node = Viewer(Principal::node());
        let mut attempt = 1;
        loop {
            match service::template::seed(kernel, &node).await {
                Err(Error::Conflict(_)) if attempt < SEED_ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }

    async fn demonstrate(&self, kernel: &Kernel) -> Result<()> {
        self.seed(kernel).await?;
        demonstration::demonstrate(kernel).await
    }

    fn command(&self) -> Option<clap::Command> {
        Some(cli::command())
    }

    async fn run_command(
        &self,
        kernel: Arc<Kernel>,
        principal: &Principal,
        matches: &ArgMatches,
    ) -> Result<Outcome> {
        cli::run(&self.room, &kernel, principal, matches).await
    }

    fn formats(&self) -> Vec<Format> {
        vec![Format { name: "cap", reads: true, writes: false }]
    }

    async fn import(
        &self,
        kernel: &Kernel,
        principal: &Principal,
        _format: &str,
        content: &[u8],
    ) -> Result<u64> {
        service::cap::import(kernel.writer(principal), content).await?;
        Ok(1)
    }

    fn folders(&self) -> Vec<&'static str> {
        vec![PUBLIC_SITE]
    }

    /// What everybody may see: the public page does not depend on who writes it out.
    async fn export_folder(
        &self,
        kernel: &Kernel,
        _principal: &Principal,
        _format: &str,
    ) -> Result<Vec<(String, Vec<u8>)>> {
        pages::public::site(&self.room, kernel).await
    }
}

/// The sources that name sentences of the catalogues.
#[cfg(test)]
pub(crate) fn sources_with_sentences() -> Vec<&'static str> {
    vec![
        include_str!("send/message.rs"),
        include_str!("pages/answer.rs"),
        include_str!("pages/public.rs"),
        include_str!("pages/replay.rs"),
        include_str!("pages/templates/replay.html"),
        include_str!("pages/templates/answer.html"),
        include_str!("pages/templates/sheet.html"),
        include_str!("pages/templates/public.html"),
        include_str!("pages/templates/notice.html"),
        include_str!("pages/templates/frame.html"),
    ]
}
