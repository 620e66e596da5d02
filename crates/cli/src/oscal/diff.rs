//! `oscal diff`: what changed between two catalogues.

use std::path::PathBuf;

use shinayaka_oscal::diff::{Change, Difference, diff};

use super::files::{deliver, print_json, read};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    old: PathBuf,
    new: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let differences = diff(&read(&arguments.old)?, &read(&arguments.new)?)?;
    match arguments.json {
        true => print_json(&differences)?,
        false => deliver(&differences.iter().map(line).collect::<String>(), None)?,
    }
    Ok(if differences.is_empty() { Outcome::Done } else { Outcome::Finding })
}

fn line(difference: &Difference) -> String {
    let Difference { change, item, id, path, before, after } = difference;
    let short = |text: &Option<String>| {
        let text = text.clone().unwrap_or_else(|| "nothing".to_owned());
        match text.char_indices().nth(80) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    };
    match change {
        Change::Added => format!("+ {item} {id}: {}\n", short(after)),
        Change::Removed => format!("- {item} {id}: {}\n", short(before)),
        Change::Moved => format!("> {item} {id}: from {} to {}\n", short(before), short(after)),
        Change::Changed => format!("~ {item} {id} {path}: {} -> {}\n", short(before), short(after)),
    }
}
