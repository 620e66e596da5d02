//! `shinayaka cascade …`: dependence, failure and recovery on files alone.

mod blast;
mod input;
mod run;

use clap::Subcommand;

use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// How many nodes go down with each single node, with given sets and with shared causes
    Blast(blast::Arguments),
    /// Plays the faults: who goes down when, who comes back when, what never does
    Run(run::Arguments),
}

pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        Command::Blast(arguments) => blast::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
    }
}
