//! A capability is a value: a room of the house says here what it is made of; the server is a list of them.

use std::sync::Arc;

use async_trait::async_trait;
use clap::ArgMatches;
use utoipa_axum::router::OpenApiRouter;

use crate::{access::Kernel, error::Result, event::Job, http::App, label::Principal, object::RecordKind};

/// A reaction to an event: a job that is made in the transaction of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reaction {
    /// The event followed: `incident.recorded`.
    pub event: &'static str,
    /// The job made: `programme.measure_indicators`.
    pub job: &'static str,
}

/// A file format that a capability reads (`shinayaka import NAME FILE`) or writes (`shinayaka export NAME`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    pub name: &'static str,
    pub reads: bool,
    pub writes: bool,
}

/// What a command tells the shell: 0 done, 1 a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Finding,
}

/// What a capability is told about its node, once, before anything else is asked of it.
#[derive(Clone)]
pub struct NodeFacts {
    /// The name of the node.
    pub name: String,
    /// Where people reach it, without a slash at the end.
    pub url: String,
    /// A secret that only this capability on this node knows; the same at every start and in every process.
    pub secret: [u8; 32],
    /// The settings by section, without those of the data base and of sign-in.
    pub settings: serde_json::Value,
    /// Shows text on pages that the whole node is a demonstration.
    pub demonstration: bool,
}

#[async_trait]
pub trait Capability: Send + Sync {
    /// The name of its crate, of its part of the API and of its pages in the console.
    fn name(&self) -> &'static str;

    fn kinds(&self) -> Vec<RecordKind>;

    /// Takes over what it needs to know of its node. A capability that was told nothing must still say what it is.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a setting that cannot be used.
    fn begin(&self, _facts: NodeFacts) -> Result<()> {
        Ok(())
    }

    /// Its routes under `/api/v1`, with their OpenAPI.
    fn routes(&self) -> OpenApiRouter<App>;

    /// Pages that it draws itself for people without an account, outside the API.
    fn pages(&self) -> axum::Router<App> {
        axum::Router::new()
    }

    fn reactions(&self) -> Vec<Reaction> {
        Vec::new()
    }

    /// Does a job whose name begins with this capability's name. Must be idempotent: either save through a writer
    /// that completes the job, or do nothing that hurts twice.
    ///
    /// # Errors
    /// Any error puts the job back; after [`crate::event::MAXIMUM_ATTEMPTS`] it is dead and shown.
    async fn run_job(&self, _kernel: &Kernel, _job: &Job) -> Result<()> {
        Ok(())
    }

    /// Reference data that every node has (the 42 measures): saves what is missing, leaves the rest alone.
    ///
    /// # Errors
    /// When the store does not take it.
    async fn seed(&self, _kernel: &Kernel) -> Result<()> {
        Ok(())
    }

    /// Invented records for a demonstration, all marked synthetic.
    ///
    /// # Errors
    /// When the store does not take it.
    async fn demonstrate(&self, _kernel: &Kernel) -> Result<()> {
        Ok(())
    }

    /// Its command line (`shinayaka NAME …`), if it has one.
    fn command(&self) -> Option<clap::Command> {
        None
    }

    /// Runs its command; prints to standard output.
    ///
    /// # Errors
    /// Anything that makes the command fail (exit code 2).
    async fn run_command(
        &self,
        _kernel: Arc<Kernel>,
        _principal: &Principal,
        _matches: &ArgMatches,
    ) -> Result<Outcome> {
        Ok(Outcome::Done)
    }

    fn formats(&self) -> Vec<Format> {
        Vec::new()
    }

    /// Formats that it writes as a folder of files (`shinayaka export NAME DIR`).
    fn folders(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Writes one of [`Capability::folders`]: paths relative to the folder, and contents.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn export_folder(
        &self,
        _kernel: &Kernel,
        _principal: &Principal,
        format: &str,
    ) -> Result<Vec<(String, Vec<u8>)>> {
        Err(crate::Error::invalid("format", format!("{format} cannot be written as a folder")))
    }

    /// Reads a file of one of its formats; all of it or nothing is saved. Returns how many records were saved.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming the line or path.
    async fn import(
        &self,
        _kernel: &Kernel,
        _principal: &Principal,
        format: &str,
        _content: &[u8],
    ) -> Result<u64> {
        Err(crate::Error::invalid("format", format!("{format} cannot be read")))
    }

    /// Writes what the principal may take out of the node in one of its formats.
    ///
    /// # Errors
    /// When the store does not answer.
    async fn export(&self, _kernel: &Kernel, _principal: &Principal, format: &str) -> Result<Vec<u8>> {
        Err(crate::Error::invalid("format", format!("{format} cannot be written")))
    }
}
