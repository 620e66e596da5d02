//! A run of both engines and the verdict whether they agree.

use schemars::JsonSchema;
use serde::Serialize;

use crate::band::Bands;
use crate::book::Book;
use crate::contribution::{self, Contribution};
use crate::curve::{self, AmountFigures, CurvePoint};
use crate::error::LossError;
use crate::exact::{Exact, ExactSettings, panjer_gap};
use crate::figures::{Asked, ExactFigures, MonteCarloFigures, SIGMAS};
use crate::layer::{self, LayerFigures};
use crate::loading::{self, Loadings};
use crate::model::Model;
use crate::plot::Exceedance;
use crate::simulate::{Settings, Simd, YearTable, simulate};

/// Version of the report's form.
pub const REPORT_SCHEMA: &str = "shinayaka.risk-report/1";

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Figures.
    pub asked: Asked,
    /// Simulation.
    pub settings: Settings,
    /// Base-2 logarithm of the exact grid's size.
    pub log2: Option<u32>,
    /// Whether to attribute TVaR to the scenarios.
    pub contributions: bool,
    /// Whether to compute loaded premiums.
    pub loadings: bool,
}

/// The published result of `risk simulate` and `risk exact`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// `shinayaka.risk-report/1`.
    pub schema: String,
    /// Version of the engine.
    pub engine: String,
    /// SHA-256 of the model text as it was read.
    pub model_sha256: String,
    /// ISO 4217.
    pub currency: String,
    /// Number of scenarios and portfolio rows.
    pub risks: usize,
    /// By transform.
    pub exact: Option<ExactFigures>,
    /// By simulation.
    pub monte_carlo: Option<MonteCarloFigures>,
    /// Whether every judged figure agrees; absent when only one engine ran.
    pub agree: Option<bool>,
    /// Exceedance curves: the year's total (AEP) and its largest occurrence (OEP) by return period.
    pub curve: Vec<CurvePoint>,
    /// Amounts asked for, and how likely they are.
    pub amounts: Vec<AmountFigures>,
    /// Each figure's comparison.
    pub comparisons: Vec<Comparison>,
    /// Figures that do not exist, and why.
    pub refused: Vec<String>,
    /// Layers, in the order of the model.
    pub layers: Vec<LayerFigures>,
    /// Loaded premiums.
    pub loadings: Option<Loadings>,
    /// Contribution of every scenario to the mean and to TVaR.
    pub contributions: Vec<Contribution>,
    /// Largest difference between Panjer's recursion and the transform, by scenario (first eight).
    pub panjer: Vec<PanjerCheck>,
    /// Bands from parameter uncertainty, when asked for.
    pub bands: Option<Bands>,
    /// How the simulation was run.
    pub run: Option<Run>,
    /// Numbers of the model that name no source.
    pub unsourced: usize,
}

/// Settings that a recomputation needs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Run {
    /// Seed.
    pub seed: u64,
    /// Years.
    pub years: usize,
    /// Kernel version; changes no bit.
    pub simd: Simd,
}

/// The third check.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PanjerCheck {
    /// Scenario.
    pub id: String,
    /// Largest difference of the two distribution functions; absent outside the (a, b) classes.
    pub largest_difference: Option<f64>,
}

/// One figure by both engines.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// For example `tvar 0.99`.
    pub figure: String,
    /// Interval of the exact engine.
    pub exact: [f64; 2],
    /// Estimate of the simulation.
    pub monte_carlo: f64,
    /// What the simulation may be off by at four standard errors.
    pub allowance: f64,
    /// Whether they meet; absent when the simulation's error cannot be trusted.
    pub agrees: Option<bool>,
    /// Why it was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Progress of the two engines: name of the phase, done, all.
pub type Progress<'a> = &'a (dyn Fn(&str, usize, usize) + Sync);

/// Runs the exact engine alone.
///
/// # Errors
/// As the engine.
pub fn report_exact(book: &Book, request: &Request, progress: Progress<'_>) -> Result<Report, LossError> {
    let mut report = empty(book, request)?;
    let exact = run_exact(book, request, progress)?;
    add_exact(&mut report, &exact, request)?;
    Ok(report)
}

/// Runs both engines and compares them. Also returns the simulated years.
///
/// # Errors
/// As the engines.
pub fn report_both(
    book: &Book,
    request: &Request,
    progress: Progress<'_>,
) -> Result<(Report, YearTable), LossError> {
    let (mut report, table) = report_simulated(book, request, progress)?;
    let exact = run_exact(book, request, progress)?;
    add_exact(&mut report, &exact, request)?;
    if let (Some(exact), Some(simulated)) = (&report.exact, &report.monte_carlo) {
        report.comparisons = compare(exact, simulated);
        let judged = report.comparisons.iter().filter_map(|comparison| comparison.agrees);
        report.agree = Some(judged.min().unwrap_or(true));
    }
    Ok((report, table))
}

/// Runs the simulation alone.
///
/// # Errors
/// As the engine.
pub fn report_simulated(
    book: &Book,
    request: &Request,
    progress: Progress<'_>,
) -> Result<(Report, YearTable), LossError> {
    let mut report = empty(book, request)?;
    let table = simulate(book, &request.settings, &|done, all| progress("simulating", done, all))?;
    report.monte_carlo = Some(MonteCarloFigures::of(&table, &request.asked, book));
    report.run = Some(Run {
        seed: request.settings.seed,
        years: request.settings.years,
        simd: request.settings.simd.unwrap_or_else(Simd::best).min(Simd::best()),
    });
    layer::add_simulated(&mut report.layers, book, &table);
    curve::add_simulated(&mut report.curve, &mut report.amounts, &table);
    if request.contributions && book.infinite_mean().is_none() {
        let levels = &request.asked.levels;
        contribution::add_simulated(&mut report.contributions, book, &request.settings, &table, levels)?;
    }
    if request.loadings {
        report.loadings = Some(loading::of_sample(&table));
    }
    Ok((report, table))
}

fn empty(book: &Book, request: &Request) -> Result<Report, LossError> {
    request.asked.check()?;
    book.require_risks()?;
    let refused = book.infinite_mean().into_iter().chain(book.infinite_variance()).collect();
    Ok(Report {
        schema: REPORT_SCHEMA.to_owned(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        model_sha256: String::new(),
        currency: book.currency.clone(),
        risks: book.risks.len(),
        exact: None,
        monte_carlo: None,
        agree: None,
        curve: curve::empty(),
        amounts: curve::empty_amounts(&request.asked),
        comparisons: Vec::new(),
        refused,
        layers: layer::empty(book),
        loadings: None,
        contributions: if request.contributions { contribution::empty(book) } else { Vec::new() },
        panjer: Vec::new(),
        bands: None,
        run: None,
        unsourced: 0,
    })
}

fn run_exact<'a>(book: &'a Book, request: &Request, progress: Progress<'_>) -> Result<Exact<'a>, LossError> {
    let settings =
        ExactSettings { log2: request.log2, level: request.asked.highest(), ..ExactSettings::default() };
    Exact::run(book, settings, &|done, all| progress("transforming", done, all))
}

fn add_exact(report: &mut Report, exact: &Exact<'_>, request: &Request) -> Result<(), LossError> {
    let book = exact.book();
    report.exact = Some(ExactFigures::of(exact, &request.asked)?);
    layer::add_exact(&mut report.layers, exact);
    curve::add_exact(&mut report.curve, &mut report.amounts, exact);
    if request.contributions && book.infinite_mean().is_none() {
        contribution::add_exact(&mut report.contributions, exact, &request.asked.levels)?;
    }
    if request.loadings {
        let found = loading::of_book(book)?;
        match &mut report.loadings {
            Some(loadings) => loadings.exact = found,
            None => report.loadings = Some(Loadings { exact: found, monte_carlo: None }),
        }
    }
    let checked = book.risks.iter().enumerate().take(8);
    report.panjer = checked
        .map(|(index, risk)| PanjerCheck { id: risk.id.clone(), largest_difference: panjer_gap(book, index) })
        .collect();
    Ok(())
}

/// Why a standard error is not to be trusted: one year carries too much of what it is made of.
fn distrust(share: f64) -> Option<String> {
    (share > 0.05).then(|| {
        format!(
            "not judged: the largest simulated year makes {:.0} % of the sum behind this error, so the error itself \
             is not known",
            100.0 * share
        )
    })
}

/// Compares the figures of both engines.
pub fn compare(exact: &ExactFigures, simulated: &MonteCarloFigures) -> Vec<Comparison> {
    let mut list = Vec::new();
    let (interval, estimate, error) = (&exact.interval, &simulated.figures, &simulated.standard_error);
    if let (Some(bounds), Some(value), Some(error)) = (interval.mean, estimate.mean, error.mean) {
        let note = distrust(simulated.largest_square_share);
        list.push(near("mean".into(), bounds, value, SIGMAS * error, note));
    }
    if let (Some(bounds), Some(value), Some(error)) = (interval.sd, estimate.sd, error.sd) {
        let note = distrust(simulated.largest_square_share);
        list.push(near("sd".into(), bounds, value, SIGMAS * error, note));
    }
    let n = simulated.years as f64;
    let p = exact.figures.p_zero;
    let allowance = SIGMAS * (p * (1.0 - p).max(0.0) / n).sqrt() + 3.0 / n;
    list.push(near("p_zero".into(), interval.p_zero, estimate.p_zero, allowance, None));
    let too_few = |figure: &String| simulated.beyond.get(figure).cloned();
    for (key, bounds) in &interval.var {
        let figure = format!("var {key}");
        let note = too_few(&figure);
        list.push(meets(figure, *bounds, estimate.var[key], simulated.rank_interval.var[key], note));
    }
    for (key, bounds) in &interval.tvar {
        let figure = format!("tvar {key}");
        let note = too_few(&figure).or_else(|| distrust(simulated.largest_excess_share[key]));
        list.push(near(figure, *bounds, estimate.tvar[key], SIGMAS * error.tvar[key], note));
    }
    for (key, bounds) in &interval.oep {
        let figure = format!("oep {key}");
        let note = too_few(&figure);
        list.push(meets(figure, *bounds, estimate.oep[key], simulated.rank_interval.oep[key], note));
    }
    list
}

fn near(
    figure: String,
    exact: [f64; 2],
    monte_carlo: f64,
    allowance: f64,
    note: Option<String>,
) -> Comparison {
    let slack = 1e-9 * exact[1].abs() + allowance;
    let meets = monte_carlo >= exact[0] - slack && monte_carlo <= exact[1] + slack;
    let agrees = if note.is_some() { None } else { Some(meets) };
    Comparison { figure, exact, monte_carlo, allowance, agrees, note }
}

fn meets(
    figure: String,
    exact: [f64; 2],
    monte_carlo: f64,
    ranks: [f64; 2],
    note: Option<String>,
) -> Comparison {
    let slack = 1e-7 * exact[1].abs();
    let meets = ranks[0] <= exact[1] + slack && ranks[1] >= exact[0] - slack;
    let allowance = 0.5 * (ranks[1] - ranks[0]);
    let agrees = if note.is_some() { None } else { Some(meets) };
    Comparison { figure, exact, monte_carlo, allowance, agrees, note }
}

/// The drawing of a report: the band is that of the parameters when there is one, else the simulation's rank intervals.
pub fn drawing(report: &Report, model: &Model) -> Exceedance {
    let (band, band_label) = match (&report.bands, &report.monte_carlo) {
        (Some(bands), _) => {
            let points = curve::PERIODS.iter().filter_map(|period| {
                let [low, _, high] = bands.curve.get(&period.to_string())?;
                (*high > 0.0).then_some((*low, *high, 1.0 / period))
            });
            (points.collect(), "90 % of the parameter draws")
        }
        (None, Some(simulated)) => {
            let ranks = simulated.rank_interval.var.iter().filter_map(|(level, [low, high])| {
                let level: f64 = level.parse().ok()?;
                Some((*low, *high, 1.0 - level))
            });
            (ranks.collect(), "four standard errors of the simulation")
        }
        (None, None) => (Vec::new(), ""),
    };
    let mut tolerance: Vec<(f64, f64)> =
        model.tolerance.iter().map(|point| (point.loss.value, 1.0 / point.return_period.value)).collect();
    tolerance.sort_by(|left, right| left.0.total_cmp(&right.0));
    let of = |pick: fn(&CurvePoint) -> curve::Estimate| {
        let points = report.curve.iter().filter_map(|point| {
            let found = pick(point);
            let loss = if report.exact.is_some() { found.exact } else { found.monte_carlo };
            loss.filter(|loss| *loss > 0.0).map(|loss| (loss, point.probability))
        });
        points.collect::<Vec<_>>()
    };
    let title = if model.title.is_empty() { "Loss exceedance" } else { &model.title };
    Exceedance {
        title: title.to_owned(),
        currency: report.currency.clone(),
        curve: of(|point| point.aep),
        occurrences: of(|point| point.oep),
        simulated: report.exact.is_none(),
        band,
        band_label: band_label.to_owned(),
        tolerance,
    }
}

/// The published JSON Schema of the report.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
