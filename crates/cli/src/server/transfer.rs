//! `shinayaka import` and `shinayaka export`: files of the formats that capabilities read and write.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use shinayaka_kernel::capability::{Capability, Format};
use shinayaka_server::node::Node;

use super::{Acting, Location, print_bytes, progress};
use crate::Outcome;

#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    acting: Acting,
    /// Name of the format; a wrong one lists those that there are
    format: String,
    /// Each file is saved as a whole or not at all
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    acting: Acting,
    format: String,
    /// Standard output by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn find<'a>(node: &'a Node, name: &str, fits: fn(&Format) -> bool) -> anyhow::Result<&'a dyn Capability> {
    let knows = |capability: &dyn Capability| {
        capability.formats().iter().any(|format| format.name == name && fits(format))
    };
    if let Some(capability) = node.capabilities.iter().map(AsRef::as_ref).find(|one| knows(*one)) {
        return Ok(capability);
    }
    let known: Vec<&str> = node
        .capabilities
        .iter()
        .flat_map(|capability| capability.formats())
        .filter(fits)
        .map(|format| format.name)
        .collect();
    bail!("{name} is not a format for this; there are: {}", known.join(", "))
}

impl Import {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let node = self.location.node().await?;
        let principal = self.acting.principal(&node).await?;
        let capability = find(&node, &self.format, |format| format.reads)?;
        let bar = progress::bar(&self.format, self.files.len() as u64);
        let limit = node.configuration.server.maximum_upload_bytes as u64;
        for path in &self.files {
            let place = || path.display().to_string();
            let size = tokio::fs::metadata(path).await.with_context(place)?.len();
            if size > limit {
                bail!("{}: {size} bytes; server.maximum_upload_bytes is {limit}", place());
            }
            let content = tokio::fs::read(path).await.with_context(place)?;
            let saved = capability.import(&node.kernel, &principal, &self.format, &content).await;
            let saved = saved.with_context(place)?;
            bar.inc(1);
            println!("{}: {saved}", place());
        }
        bar.finish_and_clear();
        node.sequence().await?;
        node.store.close().await;
        Ok(Outcome::Done)
    }
}

impl Export {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let node = self.location.node().await?;
        let principal = self.acting.principal(&node).await?;
        let capability = find(&node, &self.format, |format| format.writes)?;
        let bar = progress::bar(&self.format, 0);
        let bytes = capability.export(&node.kernel, &principal, &self.format).await?;
        bar.finish_and_clear();
        node.store.close().await;
        match &self.out {
            Some(path) => std::fs::write(path, &bytes).with_context(|| path.display().to_string())?,
            None => print_bytes(&bytes)?,
        }
        Ok(Outcome::Done)
    }
}
