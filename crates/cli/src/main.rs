//! The binary `shinayaka`: one thin command a file over the server and the engines.
//!
//! Exit codes: 0 done, 1 a finding (an engine's verdict is negative), 2 bad use or bad input.

mod forecast;
mod telescope;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "shinayaka", version, about = "Warn before, contain during, learn after")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// One variant a command; its arguments and its `run` live in the module of the same name.
#[derive(Subcommand)]
enum Command {
    /// Series to calibrated forecasts and their scores
    Forecast(forecast::Arguments),
    /// Packets, flows and logs to events and series
    Telescope(telescope::Arguments),
}

/// What a command reports to the shell besides its output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: the command worked and its answer is negative.
    Finding,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome: anyhow::Result<Outcome> = match arguments.command {
        Command::Forecast(arguments) => forecast::run(arguments),
        Command::Telescope(arguments) => telescope::run(arguments),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Finding) => ExitCode::from(1),
        Err(error) => {
            eprintln!("shinayaka: {error:#}");
            ExitCode::from(2)
        }
    }
}
