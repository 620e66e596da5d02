//! `shinayaka oscal …`: catalogues, profiles and mappings between standards, on files alone.

mod convert;
mod diff;
mod files;
mod map;
mod questions;
mod resolve;
mod schema;
mod validate;

use clap::Subcommand;

use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A profile and what it imports as one catalogue
    Resolve(resolve::Arguments),
    /// Whether documents are what OSCAL says, with rule, path and line of each fault
    Validate(validate::Arguments),
    /// A document in another syntax
    Convert(convert::Arguments),
    /// What changed between two catalogues
    Diff(diff::Arguments),
    /// What follows between two standards from mappings, over chains
    Map(map::Arguments),
    /// The smallest set of questions for several standards at once
    Questions(questions::Arguments),
    /// The JSON Schema of what a command prints with --json
    Schema(schema::Arguments),
}

pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        Command::Resolve(arguments) => resolve::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Map(arguments) => map::run(&arguments),
        Command::Questions(arguments) => questions::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
    }
}
