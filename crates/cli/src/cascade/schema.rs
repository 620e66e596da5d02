//! `cascade schema`: the published JSON Schemas.

use clap::ValueEnum;
use schemars::schema_for;

use super::input::print_json;
use super::{blast, cuts, economy, lint, monte_carlo};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// What to describe
    #[arg(value_enum, default_value = "model")]
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Model,
    Blast,
    Run,
    MonteCarlo,
    Logic,
    Lint,
    Concentration,
    Cuts,
    Because,
    Economy,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let schema = match arguments.what {
        What::Model => schema_for!(shinayaka_cascade::model::Model),
        What::Blast => schema_for!(blast::Report),
        What::Run => schema_for!(shinayaka_cascade::simulate::Run),
        What::MonteCarlo => schema_for!(monte_carlo::Report),
        What::Logic => schema_for!(monte_carlo::LogicReport),
        What::Lint => schema_for!(lint::Report),
        What::Concentration => schema_for!(shinayaka_cascade::concentration::Concentration),
        What::Cuts => schema_for!(cuts::Report),
        What::Because => schema_for!(shinayaka_cascade::reliability::Because),
        What::Economy => schema_for!(economy::Report),
    };
    print_json(&schema)?;
    Ok(Outcome::Done)
}
