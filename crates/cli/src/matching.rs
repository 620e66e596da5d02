//! `shinayaka match …`: components against vulnerabilities, in both directions, on files alone.

mod components;
mod decide;
mod explain;
mod files;
mod index;
mod inventory;
mod purl;
mod run;
mod versions;
mod who;

use clap::Subcommand;

use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Records and catalogues into an index, or as a delta beside one
    Index(index::Arguments),
    /// Bills of materials and lists of components into an inventory
    Inventory(inventory::Arguments),
    /// What bears on the components: a verdict with proof and priority a line
    Run(run::Arguments),
    /// Which components an advisory bears on
    Who(who::Arguments),
    /// Statements of an advisory that bear on nothing in the inventory
    Dead(who::Arguments),
    /// Everything said about a component, and how it was decided
    Explain(explain::Arguments),
    /// Asks a decision table
    Decide(decide::Arguments),
    /// Order of two versions in a scheme, or why there is none
    Versions(versions::Arguments),
    /// Versions against a range, and native ranges as VERS
    Range(versions::RangeArguments),
    /// A package URL in its parts and in canonical form
    Purl(purl::Arguments),
}

pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        Command::Index(arguments) => index::run(&arguments),
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Who(arguments) => who::run(&arguments),
        Command::Dead(arguments) => who::dead(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Decide(arguments) => decide::run(&arguments),
        Command::Versions(arguments) => versions::run(&arguments),
        Command::Range(arguments) => versions::range(&arguments),
        Command::Purl(arguments) => purl::run(&arguments),
    }
}
