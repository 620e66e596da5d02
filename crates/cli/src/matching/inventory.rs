//! `match inventory`: components into files that are mapped and searched by range.

use std::path::PathBuf;

use anyhow::Context;

use super::components::{Source, build};
use super::files::{names, put, with_ending};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Identity map instead of the one that comes with the program
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Components are publicly exposed, unless their list says otherwise
    #[arg(long)]
    exposed: bool,
    /// Folder for the inventory
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let names = names(arguments.map.as_deref())?;
    let builders = build(&arguments.source, &names, arguments.exposed.then_some(true))?;
    std::fs::create_dir_all(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    let before = with_ending(&arguments.out, "inventory")?;
    let components: usize =
        builders.iter().map(shinayaka_matching::index::InventoryBuilder::components).sum();
    let mut written = Vec::new();
    for (at, builder) in builders.into_iter().enumerate() {
        let path = arguments.out.join(format!("{at:04}.inventory"));
        put(&path, &builder.finish()?)?;
        written.push(path);
    }
    for old in before.iter().filter(|old| !written.contains(old)) {
        std::fs::remove_file(old).with_context(|| old.display().to_string())?;
    }
    eprintln!("{components} components in {} files", written.len());
    Ok(Outcome::Done)
}
