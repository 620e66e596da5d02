//! `shinayaka import` and `shinayaka export`: files of the formats that capabilities read and write.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use shinayaka_kernel::{
    Principal,
    capability::{Capability, Format},
};
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
    /// For formats that are folders of files: where they go
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
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
        if let Some(folder) = &self.folder {
            let written = write_folder(&node, &principal, &self.format, folder).await;
            node.store.close().await;
            println!("{}: {}", folder.display(), written?);
            return Ok(Outcome::Done);
        }
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

/// Writes a format that is a folder; returns the number of files. Files go beside their places first, so that whoever
/// serves the folder meanwhile never reads half a file.
async fn write_folder(
    node: &Node,
    principal: &Principal,
    format: &str,
    folder: &Path,
) -> anyhow::Result<usize> {
    let knows = |capability: &dyn Capability| capability.folders().contains(&format);
    let Some(capability) = node.capabilities.iter().map(AsRef::as_ref).find(|one| knows(*one)) else {
        bail!("{format} is not a format that is written as a folder");
    };
    let files = capability.export_folder(&node.kernel, principal, format).await?;
    for (path, content) in &files {
        let place = folder.join(path);
        let parent = place.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        let mut file =
            tempfile::NamedTempFile::new_in(parent).with_context(|| parent.display().to_string())?;
        std::io::Write::write_all(&mut file, content)?;
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(file.path(), readable)?;
        file.persist(&place).with_context(|| place.display().to_string())?;
    }
    Ok(files.len())
}
