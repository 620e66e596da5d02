//! `risk fit`, `risk prior`, `risk backtest`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use shinayaka_loss::LossError;
use shinayaka_loss::backtest::{self, Backtest, Test};
use shinayaka_loss::exact::{Exact, ExactSettings};
use shinayaka_loss::fit::channel::{Reporting, reporting};
use shinayaka_loss::fit::count::{CountFit, Period, fit_counts};
use shinayaka_loss::fit::credibility::{Credibility, Group, Series, buhlmann_straub, gamma_poisson};
use shinayaka_loss::fit::prior::{self, PriorTable};
use shinayaka_loss::fit::severity::{FAMILIES, Family, Fit, compare};
use shinayaka_loss::fit::{Counts, Data, read_data};

use super::input::{Input, named, text_of};
use super::text::number;
use crate::Outcome;

/// Arguments of `risk fit`.
#[derive(Args)]
pub struct FitArguments {
    /// CSV: value, or low and high (bins), with optional left, right, count, class; or events, exposure, time, group; or
    /// channel_1, channel_2, count.
    data: PathBuf,
    /// Families to compare; all when absent.
    #[arg(long = "law", value_enum)]
    laws: Vec<Law>,
    /// Losses up to this were not recorded.
    #[arg(long, default_value_t = 0.0)]
    left: f64,
    /// Losses above this were not recorded.
    #[arg(long)]
    right: Option<f64>,
    /// Release name of the prior table.
    #[arg(long, default_value = "draft")]
    version: String,
    /// Unit of the losses.
    #[arg(long, default_value = "JPY")]
    unit: String,
    /// Print the published JSON instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Law {
    Lognormal,
    LognormalMixture,
    Gamma,
    Weibull,
    Gpd,
    Pareto,
}

impl Law {
    fn family(self) -> Family {
        match self {
            Self::Lognormal => Family::Lognormal,
            Self::LognormalMixture => Family::LognormalMixture,
            Self::Gamma => Family::Gamma,
            Self::Weibull => Family::Weibull,
            Self::Gpd => Family::Gpd,
            Self::Pareto => Family::Pareto,
        }
    }
}

/// What `risk fit --json` prints.
#[derive(Serialize)]
struct FitReport {
    schema: &'static str,
    data_sha256: String,
    /// Families by class, best first.
    severities: BTreeMap<String, Vec<Fit>>,
    /// Part of the losses by class.
    class_weights: BTreeMap<String, f64>,
    counts: Option<CountFit>,
    gamma_poisson: Option<Credibility>,
    buhlmann_straub: Option<Credibility>,
    reporting: Option<Reporting>,
    prior_table: Option<PriorTable>,
}

pub fn fit(arguments: FitArguments) -> anyhow::Result<Outcome> {
    let text = text_of(&arguments.data)?;
    let right = arguments.right.unwrap_or(f64::INFINITY);
    anyhow::ensure!(
        arguments.left >= 0.0 && arguments.left < right,
        "--left must be 0 or more and below --right"
    );
    let report = report(&arguments, &text, right)
        .map_err(|error| named(error, &arguments.data.display().to_string()))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show(&report);
    }
    Ok(Outcome::Done)
}

fn report(arguments: &FitArguments, text: &str, right: f64) -> Result<FitReport, LossError> {
    let data = read_data(text.as_bytes(), arguments.left, right)?;
    let mut report = FitReport {
        schema: "shinayaka.risk-fit/1",
        data_sha256: prior::sha256(text.as_bytes()),
        severities: BTreeMap::new(),
        class_weights: BTreeMap::new(),
        counts: None,
        gamma_poisson: None,
        buhlmann_straub: None,
        reporting: None,
        prior_table: None,
    };
    match data {
        Data::Losses(classes) => {
            let families: Vec<Family> = if arguments.laws.is_empty() {
                FAMILIES.to_vec()
            } else {
                arguments.laws.iter().map(|law| law.family()).collect()
            };
            let count = |list: &[shinayaka_loss::fit::severity::Observation]| {
                list.iter().map(|item| item.count).sum::<f64>()
            };
            let all: f64 = classes.values().map(|list| count(list)).sum();
            let mut best = Vec::new();
            for (class, list) in classes {
                let fits = compare(&families, &list)?;
                best.extend(fits.first().cloned().map(|fit| (class.clone(), fit)));
                report.class_weights.insert(class.clone(), count(&list) / all);
                report.severities.insert(class, fits);
            }
            let title = "Severities fitted to a data file";
            report.prior_table =
                Some(prior::from_fits(&arguments.version, title, text.as_bytes(), &arguments.unit, &best));
        }
        Data::Counts(rows) => counts(&mut report, &rows)?,
        Data::Channels(overlap) => report.reporting = Some(reporting(overlap)?),
    }
    Ok(report)
}

/// One group: trend and over-dispersion. Several: credibility as well.
fn counts(report: &mut FitReport, rows: &[Counts]) -> Result<(), LossError> {
    let mut periods: BTreeMap<u64, Period> = BTreeMap::new();
    let mut groups: BTreeMap<&str, Vec<&Counts>> = BTreeMap::new();
    for row in rows {
        groups.entry(&row.group).or_default().push(row);
        let empty = Period { time: row.time, events: 0.0, exposure: 0.0 };
        let period = periods.entry(row.time.to_bits()).or_insert(empty);
        period.events += row.events;
        period.exposure += row.exposure;
    }
    let periods: Vec<Period> = periods.into_values().collect();
    if periods.len() >= 3 {
        report.counts = Some(fit_counts(&periods)?);
    }
    if groups.len() >= 2 {
        let total =
            |rows: &[&Counts], pick: fn(&Counts) -> f64| rows.iter().map(|row| pick(row)).sum::<f64>();
        let list: Vec<Group> = groups
            .iter()
            .map(|(id, rows)| Group {
                id: (*id).to_owned(),
                events: total(rows, |row| row.events),
                exposure: total(rows, |row| row.exposure),
            })
            .collect();
        report.gamma_poisson = Some(gamma_poisson(&list)?);
        if groups.values().any(|rows| rows.len() > 1) {
            let list: Vec<Series> = groups
                .iter()
                .map(|(id, rows)| Series {
                    id: (*id).to_owned(),
                    periods: rows.iter().map(|row| (row.events / row.exposure, row.exposure)).collect(),
                })
                .collect();
            report.buhlmann_straub = Some(buhlmann_straub(&list)?);
        }
    }
    if report.counts.is_none() && report.gamma_poisson.is_none() {
        return Err(LossError::field("events", "needs three periods or two groups"));
    }
    Ok(())
}

fn show(report: &FitReport) {
    println!("data {}", &report.data_sha256[..12]);
    for (class, fits) in &report.severities {
        if !class.is_empty() {
            println!("class {class}: {:.1} % of the losses", 100.0 * report.class_weights[class]);
        }
        for fit in fits {
            let parameters: Vec<String> = fit
                .parameters
                .iter()
                .map(|(name, value)| {
                    format!(
                        "{name} {} ({} .. {})",
                        number(value.value),
                        number(value.low),
                        number(value.high)
                    )
                })
                .collect();
            let name = serde_json::to_value(fit.family).ok();
            let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default().to_owned();
            println!(
                "{name}: {}; n {}, AIC {:.2}, BIC {:.2}",
                parameters.join(", "),
                fit.n,
                fit.aic,
                fit.bic
            );
            if let Some(warning) = &fit.warning {
                println!("  {warning}");
            }
        }
    }
    if let Some(fit) = &report.counts {
        println!(
            "rate at the last period {} ({} .. {}), trend {} per unit of time ({} .. {}), p-value {:.4}",
            number(fit.rate.value),
            number(fit.rate.low),
            number(fit.rate.high),
            number(fit.trend.value),
            number(fit.trend.low),
            number(fit.trend.high),
            fit.trend_p_value
        );
        let size = |size: Option<f64>| size.map_or_else(|| "none".to_owned(), number);
        let (without, with) = (size(fit.size_without_trend), size(fit.size_with_trend));
        println!("negative binomial size: {without} without the trend, {with} around it");
    }
    for (name, found) in
        [("gamma-Poisson", &report.gamma_poisson), ("Buehlmann-Straub", &report.buhlmann_straub)]
    {
        let Some(found) = found else { continue };
        println!(
            "{name}: collective {}, half weight at exposure {}",
            number(found.collective),
            number(found.half_exposure)
        );
        for group in &found.groups {
            println!(
                "  {}: own {}, Z {:.3}, rate {}",
                group.id,
                number(group.own),
                group.credibility,
                number(group.rate)
            );
        }
    }
    if let Some(found) = &report.reporting {
        println!(
            "incidents {} ({} .. {}); reported by the first channel {}, by the second {}",
            number(found.incidents.value),
            number(found.incidents.low),
            number(found.incidents.high),
            number(found.first.value),
            number(found.second.value)
        );
        println!("assumed: {}", found.assumption);
    }
}

/// Arguments of `risk prior`.
#[derive(Args)]
pub struct PriorArguments {}

pub fn prior(_arguments: &PriorArguments) -> anyhow::Result<Outcome> {
    println!("{}", serde_json::to_string_pretty(&prior::japan()?)?);
    Ok(Outcome::Done)
}

/// Arguments of `risk backtest`.
#[derive(Args)]
pub struct BacktestArguments {
    #[command(flatten)]
    input: Input,
    /// CSV with the column `loss`, one row a year in order of time; optional columns `events` and `expected` for the
    /// Poisson deviance of counts by cell.
    #[arg(long)]
    outcomes: PathBuf,
    /// Level of VaR whose exceedances are tested, may be repeated.
    #[arg(long = "level", default_values_t = [0.9, 0.95, 0.99])]
    levels: Vec<f64>,
    /// Print the published JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// What `risk backtest --json` prints.
#[derive(Serialize)]
struct BacktestReport {
    schema: &'static str,
    #[serde(flatten)]
    backtest: Backtest,
    poisson_deviance: Option<Test>,
}

pub fn backtest(arguments: BacktestArguments) -> anyhow::Result<Outcome> {
    let loaded = arguments.input.load()?;
    let name = arguments.outcomes.display().to_string();
    let text = text_of(&arguments.outcomes)?;
    let (losses, counts) = outcomes(&text).map_err(|error| named(error, &name))?;
    for level in &arguments.levels {
        anyhow::ensure!(
            *level > 0.0 && *level < 0.99999,
            "--level {level} must be above 0 and below 0.99999"
        );
    }
    let highest = arguments.levels.iter().copied().fold(0.99, f64::max);
    let settings = ExactSettings { level: highest.max(0.9999), beyond: 0.01, log2: Some(16) };
    let exact = Exact::run(&loaded.book, settings, &|_, _| {})?;
    let backtest = backtest::backtest(&exact.total[1], &losses, &arguments.levels)?;
    let deviance = match counts {
        Some((counts, expected)) => Some(backtest::poisson_deviance(&counts, &expected)?),
        None => None,
    };
    let report = BacktestReport { schema: "shinayaka.risk-backtest/1", backtest, poisson_deviance: deviance };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        show_backtest(&report);
    }
    let rejected = report.backtest.uniform.p_value < 0.01
        || report.backtest.exceedances.iter().any(|one| one.coverage.p_value < 0.01);
    Ok(if rejected { Outcome::Finding } else { Outcome::Done })
}

type Outcomes = (Vec<f64>, Option<(Vec<f64>, Vec<f64>)>);

fn outcomes(text: &str) -> Result<Outcomes, LossError> {
    let mut lines =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let Some((_, header)) = lines.next() else { return Err(LossError::at(1, "", "the file is empty")) };
    let names: Vec<&str> = header.split(',').map(str::trim).collect();
    let place = |name: &str| names.iter().position(|column| *column == name);
    let Some(loss) = place("loss") else { return Err(LossError::at(1, "", "column \"loss\" is missing")) };
    let cells = place("events").zip(place("expected"));
    let mut losses = Vec::new();
    let mut counts = (Vec::new(), Vec::new());
    for (index, line) in lines {
        let row: Vec<&str> = line.split(',').map(str::trim).collect();
        let number = |column: usize| {
            let cell = row.get(column).copied().unwrap_or("");
            let value = cell.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
            value.ok_or_else(|| {
                LossError::at(index + 1, names[column], format!("is {cell:?}, must be 0 or more"))
            })
        };
        losses.push(number(loss)?);
        if let Some((events, expected)) = cells {
            counts.0.push(number(events)?);
            counts.1.push(number(expected)?);
        }
    }
    Ok((losses, cells.map(|_| counts)))
}

fn show_backtest(report: &BacktestReport) {
    let found = &report.backtest;
    println!("{} outcomes; CRPS {}, log score {:.4}", found.n, number(found.crps), found.log_score);
    println!("PIT uniform: distance {:.4}, p-value {:.4}", found.uniform.statistic, found.uniform.p_value);
    for one in &found.exceedances {
        println!(
            "VaR {} = {}: {} exceedances; Kupiec p {:.4}, independence p {:.4}, coverage p {:.4}",
            one.level,
            number(one.var),
            one.count,
            one.kupiec.p_value,
            one.independence.p_value,
            one.coverage.p_value
        );
    }
    if let Some(deviance) = &report.poisson_deviance {
        println!(
            "Poisson deviance {:.3} on {} cells, p-value {:.4}",
            deviance.statistic, deviance.freedom, deviance.p_value
        );
    }
}
