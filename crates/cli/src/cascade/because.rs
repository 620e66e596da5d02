//! `cascade because`: what would have spared a node.

use shinayaka_cascade::reliability::because_of;

use super::input::{Input, print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// The node to explain
    node: String,
    /// A node that fails; may be repeated
    #[arg(long, value_name = "NODE", required = true)]
    fail: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (_, graph) = arguments.input.graph()?;
    let failed = arguments.fail.iter().map(|id| graph.node(id)).collect::<Result<Vec<u32>, _>>()?;
    let because = because_of(&graph, &failed, graph.node(&arguments.node)?);
    if arguments.json {
        print_json(&because)?;
    } else if !because.down {
        print_lines([format!("{} stays up", because.node)])?;
    } else if because.because_of.is_empty() {
        print_lines([format!("{} goes down, and no single node would have spared it", because.node)])?;
    } else {
        print_lines([format!(
            "{} goes down because of {}",
            because.node,
            because.because_of.join(", then ")
        )])?;
    }
    Ok(Outcome::Done)
}
