//! `shinayaka risk`: the loss engine on files.

mod decide;
mod estimate;
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
    /// Estimate severities, rates, credibility or reporting probability from data.
    Fit(estimate::FitArguments),
    /// Choose controls, retention and limit together.
    Plan(decide::PlanArguments),
    /// Damages for leaked personal data: the JO model as a ceiling, and what a claim rate makes of it.
    Leak(decide::LeakArguments),
    /// Score a model against what happened (exit code 1: rejected at 1 %).
    Backtest(estimate::BacktestArguments),
    /// Print the first Japanese prior table.
    Prior(estimate::PriorArguments),
    /// Print the JSON Schema of the model file or of the report.
    Schema(run::Schema),
}

pub fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Simulate(arguments) => run::simulate(arguments),
        Command::Exact(arguments) => run::exact(arguments),
        Command::Fit(arguments) => estimate::fit(arguments),
        Command::Plan(arguments) => decide::plan(arguments),
        Command::Leak(arguments) => decide::leak(arguments),
        Command::Backtest(arguments) => estimate::backtest(arguments),
        Command::Prior(arguments) => estimate::prior(&arguments),
        Command::Schema(arguments) => run::schema(&arguments),
    }
}
