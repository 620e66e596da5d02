//! `oscal schema`: the published JSON Schemas.

use clap::ValueEnum;
use schemars::schema_for;

use super::files::print_json;
use super::{map, questions, validate};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// What to describe
    #[arg(value_enum)]
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Validate,
    Diff,
    Map,
    Questions,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    print_json(&match arguments.what {
        What::Validate => schema_for!(Vec<validate::Report>),
        What::Diff => schema_for!(Vec<shinayaka_oscal::diff::Difference>),
        What::Map => schema_for!(map::Report),
        What::Questions => schema_for!(questions::Report),
    })?;
    Ok(Outcome::Done)
}
