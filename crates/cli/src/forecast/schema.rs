//! `forecast schema`: the published JSON Schemas.

use std::collections::BTreeMap;

use clap::ValueEnum;
use schemars::schema_for;

use super::{detect, epidemic, log, replay, sums};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// What to describe
    #[arg(value_enum, default_value = "backtest")]
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Backtest,
    Run,
    Detect,
    Statistics,
    Sums,
    Nowcast,
    Fan,
    Verify,
    Precede,
    LogEntry,
    Board,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let schema = match arguments.what {
        What::Backtest => schema_for!(BTreeMap<String, shinayaka_forecast::HorizonScore>),
        What::Run => schema_for!(Vec<replay::Report>),
        What::Detect => schema_for!(Vec<detect::Alarm>),
        What::Statistics => schema_for!(Vec<detect::Statistics>),
        What::Sums => schema_for!(Vec<sums::Node>),
        What::Nowcast => schema_for!(Vec<shinayaka_forecast::nowcast::Nowcast>),
        What::Fan => schema_for!(epidemic::FanReport),
        What::Verify => schema_for!(shinayaka_forecast::verify::Verification),
        What::Precede => schema_for!(Vec<shinayaka_forecast::base_rate::Precedence>),
        What::LogEntry => schema_for!(shinayaka_forecast::log::Entry),
        What::Board => schema_for!(Vec<log::Standing>),
    };
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(Outcome::Done)
}
