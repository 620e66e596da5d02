//! `oscal convert`: the same document in another syntax.

use std::path::PathBuf;

use anyhow::bail;
use shinayaka_oscal::Syntax;

use super::files::{SyntaxName, deliver, read};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    file: PathBuf,
    /// The syntax to write
    #[arg(long, value_enum)]
    to: Option<SyntaxName>,
    /// Write here instead of printing; its ending decides when --to is not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let by_name = arguments.out.as_ref().and_then(|out| Syntax::of_name(&out.to_string_lossy()));
    let Some(syntax) = arguments.to.map(Syntax::from).or(by_name) else {
        bail!("say the syntax with --to, or by the ending of --out");
    };
    deliver(&read(&arguments.file)?.write(syntax), arguments.out.as_deref())?;
    Ok(Outcome::Done)
}
