//! `cascade concentration`: shares, impact and relocation by layer.

use shinayaka_cascade::concentration::{Concentration, concentration};

use super::input::{Input, print_json, print_lines};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (model, graph) = arguments.input.graph()?;
    let report = concentration(&model, &graph)?;
    if report.layers.is_empty() {
        eprintln!("no node names a `layer`; concentration is computed layer by layer");
    }
    if arguments.json {
        print_json(&report)?
    } else {
        print_lines(lines(&report))?
    }
    Ok(Outcome::Done)
}

fn lines(report: &Concentration) -> Vec<String> {
    let hours = |time: Option<f64>| time.map_or("never".to_owned(), |hours| format!("{hours:.1} h"));
    let mut lines = Vec::new();
    for layer in &report.layers {
        let shares = &layer.shares;
        lines.push(format!(
            "{}: {} users, HHI {:.0}, CR1 {:.1} %, CR3 {:.1} %, effective number {:.2}, EMD {:.3}; by update channel HHI {:.0}",
            layer.layer,
            layer.consumers,
            shares.hhi * 1e4,
            shares.cr1 * 100.0,
            shares.cr3 * 100.0,
            shares.effective_number,
            shares.emd,
            layer.by_update_channel.hhi * 1e4
        ));
        lines.extend(
            layer.update_channels.iter().map(|(channel, of)| format!("  {channel}: {}", of.join(", "))),
        );
        for provider in &layer.providers {
            lines.push(format!(
                "  {:5.1} %  {}  C_p {}  I_p {}  half elsewhere {}  90 % elsewhere {}",
                provider.share * 100.0,
                provider.node,
                provider.impact.concentration,
                provider.impact.impact,
                hours(provider.relocation.half_h),
                hours(provider.relocation.ninety_h)
            ));
        }
    }
    lines
}
