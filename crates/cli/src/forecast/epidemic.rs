//! `forecast fan` and `forecast nowcast`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_forecast::epidemic::Worm;
use shinayaka_forecast::fan::{Action, Hour, Outbreak};
use shinayaka_forecast::growth::GrowthFilter;
use shinayaka_forecast::nowcast::{self, Nowcast};
use shinayaka_forecast::plot;
use shinayaka_forecast::series::seconds_of;

use super::{load, read, stem, write};
use crate::Outcome;

#[derive(Args)]
pub struct FanArguments {
    /// CSV of infected hosts so far, a time and a count a line; the growth is estimated from it
    series: Option<PathBuf>,
    /// Hosts that can be infected (from an exposure count)
    #[arg(long)]
    hosts: f64,
    /// Infected now [default: the last value of the series]
    #[arg(long)]
    infected: Option<f64>,
    /// Standard deviation of the logarithm of the infected number
    #[arg(long, default_value_t = 0.2)]
    infected_error: f64,
    /// Growth per hour while few are infected
    #[arg(long, conflicts_with = "scans_per_second")]
    growth: Option<f64>,
    /// Scans per second of an infected host, which give the growth of a uniformly scanning worm
    #[arg(long)]
    scans_per_second: Option<f64>,
    /// Standard deviation of the growth per hour [default: a tenth of it, or what the series tells]
    #[arg(long)]
    growth_error: Option<f64>,
    /// Hours ahead
    #[arg(long, default_value_t = 24)]
    hours: usize,
    /// Hours until action takes hold
    #[arg(long, requires = "act_share")]
    act_after: Option<f64>,
    /// Share of the hosts not yet infected that the action takes out of reach, 0 to 1
    #[arg(long, requires = "act_after")]
    act_share: Option<f64>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    /// Draw the fan
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

/// The impact fan.
#[derive(Serialize, JsonSchema)]
pub struct FanReport {
    outbreak: Outbreak,
    /// Minutes in which the early epidemic doubles.
    doubling_minutes: f64,
    /// Hours until half of the hosts are infected without action, in the middle case.
    half_after_hours: f64,
    /// Hours until 95 % are.
    saturation_after_hours: f64,
    action: Option<Action>,
    hours: Vec<Hour>,
}

/// Growth per hour, its standard deviation, and the last count of a series of infected hosts.
fn estimated(arguments: &FanArguments) -> anyhow::Result<Option<(f64, f64, f64)>> {
    let Some(path) = &arguments.series else { return Ok(None) };
    let series = load(path, None)?;
    let counts: Vec<f64> = series.values.iter().copied().flatten().collect();
    if counts.len() < 4 || counts.len() != series.values.len() {
        bail!("{}: at least four counts without gaps are needed", path.display());
    }
    let mut filter = GrowthFilter::new(1e-4, 1e-6);
    // Counts of all infected so far saturate: what is left to infect slows them, which is taken out.
    let mut unhindered = counts[0];
    filter.update(unhindered);
    for pair in counts.windows(2) {
        let left = (1.0 - pair[0] / arguments.hosts).max(0.05);
        let factor = ((pair[1] / pair[0].max(1e-9)).max(1e-9).ln() / left).exp();
        unhindered *= factor.clamp(0.1, 10.0);
        filter.update(unhindered);
    }
    let (factor, deviation) = filter.factor();
    if factor <= 1.0 {
        bail!("{}: the counts do not grow", path.display());
    }
    let per_hour = 3600.0 / series.step as f64;
    let last = counts.last().copied().unwrap_or_default();
    Ok(Some((factor.ln() * per_hour, deviation / factor * per_hour, last)))
}

pub fn fan(arguments: &FanArguments) -> anyhow::Result<Outcome> {
    let known = estimated(arguments)?;
    let infected =
        arguments.infected.or(known.map(|known| known.2)).context("--infected or a series is needed")?;
    if !(arguments.hosts >= 1.0
        && arguments.hosts.is_finite()
        && infected > 0.0
        && infected < arguments.hosts)
    {
        bail!("--hosts is at least 1, and the infected lie between 0 and --hosts");
    }
    let scanning = arguments.scans_per_second.map(|scans_per_second| {
        Worm { scans_per_second, hosts: arguments.hosts, seeds: infected }.growth() * 3600.0
    });
    let growth = arguments.growth.or(scanning).or(known.map(|known| known.0));
    let growth = growth.context("--growth, --scans-per-second or a series is needed")?;
    let error = arguments.growth_error.or(known.map(|known| known.1)).unwrap_or(0.1 * growth);
    let share = arguments.act_share.unwrap_or(0.0);
    if !(growth > 0.0 && error >= 0.0 && arguments.infected_error >= 0.0 && (0.0..=1.0).contains(&share)) {
        bail!("growth is above 0, errors are not negative, --act-share lies between 0 and 1");
    }
    if arguments.hours == 0 || arguments.hours > 10_000 {
        bail!("--hours lies between 1 and 10000");
    }
    let outbreak = Outbreak {
        hosts: arguments.hosts,
        infected: (infected, arguments.infected_error),
        growth: (growth, error),
    };
    let action = arguments.act_after.map(|after| Action { after: after.max(0.0), share });
    let report = FanReport {
        outbreak,
        doubling_minutes: 60.0 * std::f64::consts::LN_2 / growth,
        half_after_hours: outbreak.time_to(0.5),
        saturation_after_hours: outbreak.time_to(0.95),
        action,
        hours: outbreak.fan(arguments.hours, action),
    };
    if let Some(path) = &arguments.plot {
        let title = arguments.series.as_deref().map_or_else(|| "Impact fan".to_owned(), stem);
        write(path, &plot::impact(&title, &report.hours))?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(Outcome::Done);
    }
    println!(
        "growth {growth:.3} per hour, doubling {:.1} min ({:.2} s), half after {:.2} h, 95 % after {:.2} h",
        report.doubling_minutes,
        report.doubling_minutes * 60.0,
        report.half_after_hours,
        report.saturation_after_hours
    );
    println!("hour     5 %       50 %       95 %   with action: 5 %  50 %  95 %");
    for hour in &report.hours {
        let with = hour.with.map_or_else(String::new, |with| {
            format!("{:>12.0} {:>10.0} {:>10.0}", with[0], with[2], with[4])
        });
        println!(
            "{:>4} {:>10.0} {:>10.0} {:>10.0} {with}",
            hour.hour, hour.without[0], hour.without[2], hour.without[4]
        );
    }
    Ok(Outcome::Done)
}

#[derive(Args)]
pub struct NowcastArguments {
    /// CSV: the day on which it happened, the day on which it was reported
    reports: PathBuf,
    /// Day as of which is estimated [default: the last report]
    #[arg(long)]
    as_of: Option<String>,
    /// Longest delay in days that counts
    #[arg(long, default_value_t = 30)]
    longest: usize,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

const DAY: i64 = 86_400;

pub fn nowcast(arguments: &NowcastArguments) -> anyhow::Result<Outcome> {
    let name = arguments.reports.display().to_string();
    if arguments.longest == 0 || arguments.longest > 3650 {
        bail!("--longest lies between 1 and 3650 days");
    }
    let mut reports = Vec::new();
    for (index, line) in read(&arguments.reports)?.lines().enumerate() {
        let mut fields = line.split([',', ';', '\t']).map(|field| field.trim().trim_matches('"'));
        let (one, other) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        match (seconds_of(one), seconds_of(other)) {
            (Some(day), Some(known)) => reports.push((day.div_euclid(DAY), known.div_euclid(DAY))),
            _ if line.trim().is_empty() || reports.is_empty() && index == 0 => {}
            _ => bail!("{name}: line {}: two days are needed", index + 1),
        }
    }
    let last = reports.iter().map(|report| report.1).max().with_context(|| format!("{name}: no report"))?;
    let today = match &arguments.as_of {
        Some(text) => seconds_of(text).with_context(|| format!("\"{text}\" is no day"))?.div_euclid(DAY),
        None => last,
    };
    let found: Vec<Nowcast> = nowcast::nowcast(&reports, today, arguments.longest);
    if arguments.json {
        println!("{}", serde_json::to_string(&found)?);
        return Ok(Outcome::Done);
    }
    println!("day         reported  complete  expected   90 % interval");
    for one in &found {
        let day =
            jiff::Timestamp::from_second(one.day * DAY).map(|time| time.strftime("%Y-%m-%d").to_string())?;
        println!(
            "{day} {:>9} {:>8.0} % {:>9.1}   {:.0} to {:.0}",
            one.reported,
            100.0 * one.completeness,
            one.mean,
            one.quantiles[0],
            one.quantiles[4]
        );
    }
    Ok(Outcome::Done)
}
