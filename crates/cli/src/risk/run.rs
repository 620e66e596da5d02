//! `risk simulate`, `risk exact`, `risk schema`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use shinayaka_loss::figures::Asked;
use shinayaka_loss::report::{self, Report, Request};
use shinayaka_loss::simulate::{Settings, Simd};
use shinayaka_loss::{band, curve, plot};

use super::input::{Input, Loaded};
use super::text;
use crate::Outcome;

/// Figures that both commands print.
#[derive(Args)]
pub struct Figures {
    /// Level of VaR and TVaR, may be repeated.
    #[arg(long = "level", value_name = "P", default_values_t = [0.99, 0.995, 0.999])]
    levels: Vec<f64>,
    /// Return period in years of the largest occurrence (OEP), may be repeated.
    #[arg(long = "return-period", value_name = "YEARS", default_values_t = [100.0, 200.0])]
    return_periods: Vec<f64>,
    /// Amount whose probability of being reached and of being exceeded in a year is wanted, may be repeated.
    #[arg(long = "amount", value_name = "MONEY")]
    amounts: Vec<f64>,
    /// Base-2 logarithm of the exact grid's size (10 to 22).
    #[arg(long, value_name = "N")]
    grid: Option<u32>,
    /// Print the published JSON instead of text.
    #[arg(long)]
    json: bool,
    /// Draw the loss exceedance curve, with band and tolerance line, as SVG.
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Draws of the outer loop over the model's uncertain numbers; 0 for no bands.
    #[arg(long, value_name = "DRAWS", default_value_t = 0)]
    bands: usize,
}

/// Arguments of `risk simulate`.
#[derive(Args)]
pub struct Simulate {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    figures: Figures,
    /// Simulated years.
    #[arg(long, default_value_t = 1_000_000)]
    years: usize,
    /// Seed; the same seed gives the same bits on any number of threads.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; 0 for as many as the machine has.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Blocks of 4,096 years per piece of work; changes no result.
    #[arg(long, default_value_t = 4)]
    chunk: usize,
    /// Kernel version; changes no result.
    #[arg(long, value_enum, default_value_t = SimdChoice::Auto)]
    simd: SimdChoice,
    /// Leave the exact engine and the verdict out.
    #[arg(long)]
    no_exact: bool,
}

/// Arguments of `risk exact`.
#[derive(Args)]
pub struct Exact {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    figures: Figures,
}

/// Arguments of `risk schema`.
#[derive(Args)]
pub struct Schema {
    /// Which.
    #[arg(value_enum, default_value_t = Published::Model)]
    of: Published,
}

#[derive(Clone, Copy, ValueEnum)]
enum Published {
    Model,
    Report,
    Plan,
    Prior,
}

#[derive(Clone, Copy, ValueEnum)]
enum SimdChoice {
    Auto,
    Baseline,
    Avx2,
    Avx512,
}

impl Figures {
    fn asked(&self) -> Asked {
        Asked {
            levels: self.levels.clone(),
            return_periods: self.return_periods.clone(),
            amounts: self.amounts.clone(),
        }
    }
}

pub fn simulate(arguments: Simulate) -> anyhow::Result<Outcome> {
    let loaded = arguments.input.load()?;
    let small = loaded.book.risks.len() <= 100;
    let request = Request {
        asked: arguments.figures.asked(),
        settings: Settings {
            years: arguments.years,
            seed: arguments.seed,
            threads: arguments.threads,
            chunk: arguments.chunk,
            simd: match arguments.simd {
                SimdChoice::Auto => None,
                SimdChoice::Baseline => Some(Simd::Baseline),
                SimdChoice::Avx2 => Some(Simd::Avx2),
                SimdChoice::Avx512 => Some(Simd::Avx512),
            },
        },
        log2: arguments.figures.grid,
        contributions: small && loaded.book.risks.len() > 1,
        loadings: small,
    };
    let progress = Progress::default();
    let show = |phase: &str, done: usize, all: usize| progress.show(phase, done, all);
    let (mut report, _table) = if arguments.no_exact {
        report::report_simulated(&loaded.book, &request, &show)?
    } else {
        report::report_both(&loaded.book, &request, &show)?
    };
    complete(&mut report, loaded, &arguments.figures, arguments.seed, &progress)?;
    Ok(if report.agree == Some(false) { Outcome::Finding } else { Outcome::Done })
}

pub fn exact(arguments: Exact) -> anyhow::Result<Outcome> {
    let loaded = arguments.input.load()?;
    let small = loaded.book.risks.len() <= 64;
    let request = Request {
        asked: arguments.figures.asked(),
        log2: arguments.figures.grid,
        contributions: small && loaded.book.risks.len() > 1,
        loadings: small,
        ..Request::default()
    };
    let progress = Progress::default();
    let mut report =
        report::report_exact(&loaded.book, &request, &|phase, done, all| progress.show(phase, done, all))?;
    complete(&mut report, loaded, &arguments.figures, 1, &progress)?;
    Ok(Outcome::Done)
}

/// Adds bands, curve, provenance; writes the plot; prints.
fn complete(
    report: &mut Report,
    loaded: Loaded,
    figures: &Figures,
    seed: u64,
    progress: &Progress,
) -> anyhow::Result<()> {
    if figures.bands > 0 {
        let show = |done: usize, all: usize| progress.show("varying parameters", done, all);
        let found = band::bands(&loaded.model, seed, figures.bands, &figures.levels, &curve::PERIODS, &show)?;
        report.bands = Some(found);
    }
    if let Some(path) = &figures.plot {
        let drawing = plot::svg(&report::drawing(report, &loaded.model));
        std::fs::write(path, drawing).with_context(|| format!("cannot write {}", path.display()))?;
    }
    progress.finish();
    report.model_sha256 = loaded.hash;
    report.unsourced = shinayaka_loss::model::unsourced(&loaded.model);
    print(report, figures.json)
}

pub fn schema(arguments: &Schema) -> anyhow::Result<Outcome> {
    let schema = match arguments.of {
        Published::Model => shinayaka_loss::model::schema(),
        Published::Report => report::schema(),
        Published::Plan => shinayaka_loss::plan::schema(),
        Published::Prior => shinayaka_loss::fit::prior::schema(),
    };
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(Outcome::Done)
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print!("{}", text::report(report));
    }
    Ok(())
}

/// A bar on standard error for work over a second, when that is a terminal.
pub struct Progress {
    start: Instant,
    bar: Mutex<Option<(String, ProgressBar)>>,
    visible: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self { start: Instant::now(), bar: Mutex::new(None), visible: std::io::stderr().is_terminal() }
    }
}

impl Progress {
    pub fn show(&self, phase: &str, done: usize, all: usize) {
        if !self.visible || self.start.elapsed() < Duration::from_secs(1) {
            return;
        }
        let Ok(mut bar) = self.bar.lock() else { return };
        if bar.as_ref().is_none_or(|(name, _)| name != phase) {
            let style = ProgressStyle::with_template("{msg} [{bar:40}] {percent} % {eta}");
            let fresh = ProgressBar::new(all as u64).with_message(phase.to_owned());
            if let Ok(style) = style {
                fresh.set_style(style);
            }
            if let Some((_, old)) = bar.replace((phase.to_owned(), fresh)) {
                old.finish_and_clear();
            }
        }
        if let Some((_, bar)) = bar.as_ref() {
            bar.set_position(done as u64);
        }
    }

    pub fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some((_, bar)) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}
