//! `cascade economy`: a shock on an input-output table.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_cascade::economics::{inoperability, read_table, spectral_radius};

use super::input::{print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// Input-output table as CSV, sectors in rows and columns labelled industry/…
    table: PathBuf,
    /// A shock: part of a sector's name and the share of its function that is lost; may be repeated
    #[arg(long, value_name = "SECTOR=SHARE", required = true)]
    shock: Vec<String>,
    /// Which way the loss travels
    #[arg(long, value_enum, default_value = "supply")]
    driven: Driven,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Driven {
    /// Customers of the sector lose their input: q = (I - A')^-1 c
    Supply,
    /// Suppliers of the sector lose their customer: q = (I - A*)^-1 c
    Demand,
}

/// What `cascade economy --json` prints. An order of magnitude: fixed coefficients, no substitution.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    spectral_radius: f64,
    sectors: Vec<Sector>,
    /// Sum over sectors of inoperability times annual output, in the unit of the table.
    output_lost: f64,
    /// Sectors whose value lay outside 0..1 and was cut: the model has left its range.
    clipped: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Sector {
    sector: String,
    output: f64,
    /// Share of function lost, 0..1.
    inoperability: f64,
    /// Before clipping.
    raw: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let path = arguments.table.display().to_string();
    let table =
        read_table(std::fs::File::open(&arguments.table).with_context(|| path.clone())?).context(path)?;
    let mut c = vec![0.0; table.sectors.len()];
    for shock in &arguments.shock {
        let (name, share) =
            shock.rsplit_once('=').with_context(|| format!("--shock {shock}: needs SECTOR=SHARE"))?;
        let share: f64 = share.parse().with_context(|| format!("--shock {shock}: not a number"))?;
        ensure!((0.0..=1.0).contains(&share), "--shock {shock}: the share is not from 0 to 1");
        c[table.sector(name)?] = share;
    }
    let matrix = match arguments.driven {
        Driven::Supply => table.coefficients().transpose(),
        Driven::Demand => table.interdependence(),
    };
    let found = inoperability(&matrix, &c)?;
    let sector = |(at, name): (usize, &String)| Sector {
        sector: name.clone(),
        output: table.output[at],
        inoperability: found.q[at],
        raw: found.raw[at],
    };
    let sectors: Vec<Sector> = table.sectors.iter().enumerate().map(sector).collect();
    let report = Report {
        spectral_radius: spectral_radius(&table.coefficients()),
        output_lost: sectors.iter().map(|sector| sector.inoperability * sector.output).sum(),
        clipped: found.clipped.iter().map(|clipped| table.sectors[clipped.sector].clone()).collect(),
        sectors,
    };
    for sector in &report.clipped {
        eprintln!("warning: {sector} lay outside 0..1 and was cut; the model has left its range");
    }
    if arguments.json {
        print_json(&report)?
    } else {
        print_lines(lines(&report))?
    }
    Ok(if report.clipped.is_empty() { Outcome::Done } else { Outcome::Finding })
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> =
        report.sectors.iter().map(|row| format!("{:>9.5}  {}", row.inoperability, row.sector)).collect();
    lines.push(format!("annual output lost, as an order of magnitude: {:.0}", report.output_lost));
    lines
}
