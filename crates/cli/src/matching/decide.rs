//! `match decide`: a decision table of SSVC asked from the command line.

use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::json;
use shinayaka_matching::priority::{Table, decision};

use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// Decision table as CERT/CC publishes it (JSON); without one, the table of BOD 26-04 that comes with the program
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// POINT=VALUE for each decision point, by key, identifier or name
    #[arg(required = true)]
    values: Vec<String>,
    /// One JSON object: {"table": …, "outcome": …, "name": …}
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let table = match &arguments.table {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
            Table::read(&text).with_context(|| path.display().to_string())?
        }
        None => decision::directive(),
    };
    let mut given = Vec::new();
    for pair in &arguments.values {
        let (point, value) =
            pair.split_once('=').with_context(|| format!("\"{pair}\" is not POINT=VALUE"))?;
        let known = table.points.iter().any(|known| known.is(point));
        if !known {
            let points: Vec<&str> = table.points.iter().map(|point| point.id.as_str()).collect();
            bail!("the table has no decision point \"{point}\"; it has {}", points.join(", "));
        }
        given.push((point, value));
    }
    let answer = |point: &shinayaka_matching::priority::table::Point| {
        given.iter().find(|(name, _)| point.is(name)).map(|(_, value)| (*value).to_owned())
    };
    let (key, name) = table.decide(answer)?;
    if arguments.json {
        println!("{}", json!({ "table": table.id, "outcome": key, "name": name }));
    } else {
        println!("{name}");
    }
    Ok(Outcome::Done)
}
