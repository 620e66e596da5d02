//! `cascade convert`: from any format that is read to the model, Graphviz or GraphML.

use clap::ValueEnum;
use shinayaka_cascade::export::{dot, graphml};

use super::input::{Input, print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// What to write
    #[arg(long, value_enum, default_value = "model")]
    to: Target,
}

#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// The model as JSON
    Model,
    Dot,
    Graphml,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (model, _) = arguments.input.graph()?;
    match arguments.to {
        Target::Model => print_json(&model)?,
        Target::Dot => print_lines([dot(&model, None)])?,
        Target::Graphml => print_lines([graphml(&model, None)])?,
    }
    Ok(Outcome::Done)
}
