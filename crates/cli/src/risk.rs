//! `shinayaka risk`: the loss engine on files.

mod input;
mod run;
mod text;

use clap::Subcommand;

use crate::Outcome;

/// What can be asked.
#[derive(Subcommand)]
pub enum Command {
    /// Simulate the years of a model, compute the exact distribution, and say whether the two agree (exit code 1: no).
    Simulate(run::Simulate),
    /// Compute the exact distribution alone.
    Exact(run::Exact),
    /// Print the JSON Schema of the model file.
    Schema(run::Schema),
}

pub fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Simulate(arguments) => run::simulate(arguments),
        Command::Exact(arguments) => run::exact(arguments),
        Command::Schema(arguments) => run::schema(&arguments),
    }
}
