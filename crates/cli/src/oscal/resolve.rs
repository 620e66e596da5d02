//! `oscal resolve`: a profile becomes a catalogue.

use std::path::PathBuf;

use anyhow::Context;
use shinayaka_oscal::Syntax;
use shinayaka_oscal::resolve::resolve;

use super::files::{Imports, SyntaxName, deliver, normal, read};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// The profile, as JSON, YAML or XML
    profile: PathBuf,
    /// Write here instead of printing; the ending decides on the syntax
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The syntax of the result; by default that of --out, or of the profile
    #[arg(long, value_enum)]
    to: Option<SyntaxName>,
    #[command(flatten)]
    imports: Imports,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let profile = read(&arguments.profile)?;
    let location = normal(&arguments.profile).to_string_lossy().into_owned();
    let resolved = resolve(&profile, &location, &arguments.imports, &arguments.imports.settings());
    let resolved = resolved.with_context(|| location.clone())?;
    for warning in &resolved.warnings {
        eprintln!("shinayaka: {location}: warning: {warning}");
    }
    let by_name = arguments.out.as_ref().and_then(|out| Syntax::of_name(&out.to_string_lossy()));
    let syntax = arguments.to.map(Syntax::from).or(by_name).unwrap_or(profile.syntax);
    deliver(&resolved.catalog.write(syntax), arguments.out.as_deref())?;
    match resolved.refused.into_iter().next() {
        // None of the imports could be had: the catalogue is without controls, and the reason is an error.
        Some(reason) => Err(anyhow::Error::new(reason).context(location)),
        None => Ok(Outcome::Done),
    }
}
