//! `shinayaka match …`: components against vulnerabilities, in both directions, on files alone.

mod purl;
mod versions;

use clap::Subcommand;

use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Order of two versions in a scheme, or why there is none
    Versions(versions::Arguments),
    /// Versions against a range, and native ranges as VERS
    Range(versions::RangeArguments),
    /// A package URL in its parts and in canonical form
    Purl(purl::Arguments),
}

pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        Command::Versions(arguments) => versions::run(&arguments),
        Command::Range(arguments) => versions::range(&arguments),
        Command::Purl(arguments) => purl::run(&arguments),
    }
}
