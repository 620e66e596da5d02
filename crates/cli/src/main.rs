//! The binary `shinayaka`: one thin command a file over the server and the engines.
//!
//! Exit codes: 0 done, 1 a finding (an engine's verdict is negative), 2 bad use or bad input.
//!
//! **To add a command of an engine**: a module with its arguments (`clap::Args`) and `run`, a variant of [`Command`]
//! and an arm in [`run`]. Commands that need a node are in [`server`], behind the feature of that name.

mod cascade;
mod crypto;
mod duties;
mod forecast;
mod matching;
mod oscal;
mod risk;
#[cfg(feature = "server")]
mod server;
mod telescope;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "shinayaka", version, about = "Warn before, contain during, learn after")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// One variant a command; its arguments and its `run` live in the module of the same name.
#[derive(Subcommand)]
enum Command {
    /// Quantify risk: loss distributions, layers, estimation, decisions
    #[command(subcommand)]
    Risk(risk::Command),
    /// Dependence, failure and recovery on a model file
    Cascade(cascade::Arguments),
    /// Cryptography in use, judged by national policy and year
    Crypto(Box<crypto::Arguments>),
    /// Who must be told by when after an accident
    Duties(Box<duties::Arguments>),
    /// Series to calibrated forecasts and their scores
    Forecast(forecast::Arguments),
    /// Components against vulnerabilities, both directions, with proofs
    Match(matching::Arguments),
    /// Catalogues, profiles and mappings between standards
    Oscal(Box<oscal::Arguments>),
    /// Packets, flows and logs to events and series
    Telescope(telescope::Arguments),
    #[cfg(feature = "server")]
    #[command(flatten)]
    Server(server::Command),
}

/// What a command reports to the shell besides its output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: the command worked and its answer is negative.
    Finding,
}

fn command() -> clap::Command {
    let command = Arguments::command();
    #[cfg(feature = "server")]
    let command = server::add_capabilities(command);
    command
}

fn run(matches: &ArgMatches) -> anyhow::Result<Outcome> {
    #[cfg(feature = "server")]
    if let Some(outcome) = server::run_capability(matches) {
        return outcome;
    }
    match Arguments::from_arg_matches(matches)?.command {
        Command::Risk(arguments) => risk::run(arguments),
        Command::Cascade(arguments) => cascade::run(arguments),
        Command::Crypto(arguments) => crypto::run(*arguments),
        Command::Duties(arguments) => duties::run(&arguments),
        Command::Forecast(arguments) => forecast::run(arguments),
        Command::Match(arguments) => matching::run(arguments),
        Command::Oscal(arguments) => oscal::run(*arguments),
        Command::Telescope(arguments) => telescope::run(arguments),
        #[cfg(feature = "server")]
        Command::Server(command) => server::run(command),
    }
}

/// A reader that has seen enough (`| head`) ends a command quietly, as a shell expects, not with a panic of `println!`.
fn end_quietly_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to stdout") && message.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

/// Whether an error is that the reader of our output has gone.
fn nobody_reads(error: &anyhow::Error) -> bool {
    let broken = |io: &std::io::Error| io.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(broken))
}

fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    match run(&command().get_matches()) {
        Err(error) if nobody_reads(&error) => ExitCode::SUCCESS,
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Finding) => ExitCode::from(1),
        Err(error) => {
            eprintln!("shinayaka: {error:#}");
            ExitCode::from(2)
        }
    }
}
