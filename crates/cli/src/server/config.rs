//! `shinayaka config`: the settings that hold, and where each came from.

use clap::Args;

use super::{Location, print, print_json};
use crate::Outcome;

#[derive(Args)]
pub struct Config {
    #[command(flatten)]
    location: Location,
    /// Print JSON with the origin of each value
    #[arg(long)]
    json: bool,
}

impl Config {
    pub fn run(self) -> anyhow::Result<Outcome> {
        let lines = self.location.settings()?.explain();
        if self.json {
            print_json(&lines)?;
            return Ok(Outcome::Done);
        }
        for line in lines {
            if line.origin == "default" {
                print(&format!("{} = {}\n", line.key, line.value))?;
            } else {
                print(&format!("{} = {}  # {}\n", line.key, line.value, line.origin))?;
            }
        }
        Ok(Outcome::Done)
    }
}
