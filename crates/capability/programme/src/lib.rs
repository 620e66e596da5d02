//! The programme: the 3 strategies, 42 measures and items S1 to S6 of the strategy of 2003, steered today.
//!
//! **What it is for.** For each measure: an owner, a status, milestones, a budget, evidence, and indicators; so that
//! a director sees in half a minute what moves and what does not, and an advisory council can say so in public.
//! **Measures served:** all of M01 to M42, and S3 (roles of ministries), S4 (policy committee), S5 (advisory council).
//!
//! * [`reference`] the strategy as data (`data/programme.json`, `data/indicators.json`), with tests that count it.
//! * [`service`] the actions: [`service::measures`] the board and its changes, [`service::indicators`] values and
//!   entered figures, [`service::evaluation`] the queries, [`service::council`] cycles and blind scores,
//!   [`service::proposals`] and [`service::report`] what follows from them.
//! * [`agreement`] Krippendorff's alpha, pure.
//! * [`react`] measures the indicators anew when something happens elsewhere.
//! * [`permissions`] which role may do what to which record.
//!
//! **An indicator is a query or a figure with source and expiry**, never a free number. To add one, add a line to
//! `data/indicators.json` under a new key: nodes take it over at their next start. To make a query possible, declare
//! a facet field in the record type that it asks; a query names kinds and fields as text, so this crate needs no
//! other capability. A new form of query is a variant of `Query` in `model` and an arm in [`service::evaluation`].

pub mod agreement;
pub mod cli;
pub mod demonstration;
pub mod http;
pub mod permissions;
pub mod react;
pub mod reference;
pub mod service;

use std::sync::Arc;

use async_trait::async_trait;
use clap::ArgMatches;
use shinayaka_kernel::{
    Error, Principal, Result,
    access::Kernel,
    capability::{Capability, Outcome, Reaction},
    event::Job,
    http::{App, Viewer},
    object::RecordKind,
};
use utoipa_axum::router::OpenApiRouter;

/// How often seeding is tried when another process seeds the same data base at the same time.
const SEED_ATTEMPTS: usize = 5;

/// The programme as a room of the house.
#[derive(Debug, Clone, Copy, Default)]
pub struct Programme;

pub fn capability() -> Programme {
    Programme
}

#[async_trait]
impl Capability for Programme {
    fn name(&self) -> &'static str {
        "programme"
    }

    fn kinds(&self) -> Vec<RecordKind> {
        permissions::kinds()
    }

    fn routes(&self) -> OpenApiRouter<App> {
        http::routes()
    }

    fn reactions(&self) -> Vec<Reaction> {
        react::REACTIONS.to_vec()
    }

    async fn run_job(&self, kernel: &Kernel, job: &Job) -> Result<()> {
        match job.name.as_str() {
            react::MEASURE_INDICATORS => react::measure_indicators(kernel, job).await,
            other => Err(Error::invalid("job", format!("{other} is not a job of the programme"))),
        }
    }

    async fn seed(&self, kernel: &Kernel) -> Result<()> {
        let node = Viewer(Principal::node());
        let mut attempt = 1;
        loop {
            let seeded = match service::measures::seed(kernel, &node).await {
                Ok(()) => service::indicators::seed(kernel, &node).await,
                failed => failed,
            };
            match seeded {
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
        cli::run(&kernel, principal, matches).await
    }
}
