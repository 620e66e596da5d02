//! `shinayaka cascade …`: dependence, failure and recovery on files alone.

mod because;
mod blast;
mod concentration;
mod convert;
mod cuts;
mod economy;
mod input;
mod lint;
mod monte_carlo;
mod run;
mod schema;

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
    Run(Box<run::Arguments>),
    /// What in the plan cannot hold, without simulating
    Lint(lint::Arguments),
    /// How much hangs on few, and how long the others would need to take over
    Concentration(concentration::Arguments),
    /// The smallest sets of failures that take a node down, and its exact failure probability
    Cuts(cuts::Arguments),
    /// Why a node goes down with others: what would have spared it
    Because(because::Arguments),
    /// Reads any format and writes the model, Graphviz or GraphML
    Convert(convert::Arguments),
    /// Spreads a sector's loss over an input-output table
    Economy(economy::Arguments),
    /// The JSON Schema of the model or of what a command prints with --json
    Schema(schema::Arguments),
}

pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        Command::Blast(arguments) => blast::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Concentration(arguments) => concentration::run(&arguments),
        Command::Cuts(arguments) => cuts::run(&arguments),
        Command::Because(arguments) => because::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Economy(arguments) => economy::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
    }
}
