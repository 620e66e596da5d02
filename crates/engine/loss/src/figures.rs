//! The figures of a year's loss, as both engines report them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::Book;
use crate::error::LossError;
use crate::exact::{Bounded, Exact};
use crate::simulate::{Moments, YearTable};
use crate::tail;

/// Figures by level ("0.99") or by return period in years ("100").
pub type ByKey<T> = BTreeMap<String, T>;

/// Which figures to compute.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Levels of VaR and TVaR, each in (0, 1).
    pub levels: Vec<f64>,
    /// Return periods of the largest occurrence (OEP), in years above 1.
    pub return_periods: Vec<f64>,
    /// Amounts whose probability of being reached and of being exceeded is wanted.
    pub amounts: Vec<f64>,
}

impl Default for Asked {
    fn default() -> Self {
        Self { levels: vec![0.99, 0.995, 0.999], return_periods: vec![100.0, 200.0], amounts: Vec::new() }
    }
}

impl Asked {
    /// # Errors
    /// [`LossError::Invalid`] for a level or period out of range.
    pub fn check(&self) -> Result<(), LossError> {
        for level in &self.levels {
            if !(*level > 0.0 && *level <= 0.999_999_9) {
                return Err(LossError::field(
                    "level",
                    format!("{level} must be above 0 and at most 0.9999999"),
                ));
            }
        }
        for period in &self.return_periods {
            if !(*period > 1.0 && *period <= 1e7) {
                return Err(LossError::field(
                    "return_period",
                    format!("{period} must be above 1 and at most 1e7"),
                ));
            }
        }
        for amount in &self.amounts {
            if !(*amount >= 0.0 && amount.is_finite()) {
                return Err(LossError::field("amount", format!("{amount} must be 0 or more and finite")));
            }
        }
        Ok(())
    }

    /// The highest level that any figure needs.
    pub fn highest(&self) -> f64 {
        let periods = self.return_periods.iter().map(|period| 1.0 - 1.0 / period);
        self.levels.iter().copied().chain(periods).fold(0.5, f64::max)
    }
}

/// Name of a level or period in the output.
pub fn key(number: f64) -> String {
    number.to_string()
}

/// One set of figures; T is a number, an interval or an error.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Figures<T> {
    /// Expected annual loss; absent when infinite.
    pub mean: Option<T>,
    /// Standard deviation; absent when infinite.
    pub sd: Option<T>,
    /// Probability of a year without payment.
    pub p_zero: T,
    /// Value at risk by level: the smallest x with P(S <= x) >= level.
    pub var: ByKey<T>,
    /// Tail value at risk by level; empty when the mean is infinite.
    pub tvar: ByKey<T>,
    /// Largest occurrence of a year, by return period (OEP).
    pub oep: ByKey<T>,
}

/// The exact engine's figures.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExactFigures {
    /// Best values.
    #[serde(flatten)]
    pub figures: Figures<f64>,
    /// [low, high] of each, proven by rounding every amount down and up.
    pub interval: Figures<[f64; 2]>,
    /// Skewness, where it is finite and the grid holds it.
    pub skewness: Option<f64>,
    /// Probability that an event is paid at all, over all risks.
    pub p_event_pays: f64,
    /// Money per grid step.
    pub step: f64,
    /// Grid points.
    pub size: usize,
}

impl ExactFigures {
    /// Reads the figures off.
    ///
    /// # Errors
    /// [`LossError::Refused`] when a level is beyond the grid.
    pub fn of(exact: &Exact<'_>, asked: &Asked) -> Result<Self, LossError> {
        let mut values = Figures { p_zero: exact.p_zero(), ..Figures::default() };
        values.mean = exact.mean().ok();
        values.sd = exact.deviation().ok();
        for level in &asked.levels {
            values.var.insert(key(*level), exact.value_at_risk(*level)?);
            if values.mean.is_some() {
                values.tvar.insert(key(*level), exact.tail_value_at_risk(*level)?);
            }
        }
        for period in &asked.return_periods {
            values.oep.insert(key(*period), exact.occurrence_quantile(1.0 - 1.0 / period));
        }
        Ok(Self {
            figures: values.map(|bounded| bounded.value),
            interval: values.map(|bounded| [bounded.low, bounded.high]),
            skewness: exact.skewness(),
            p_event_pays: p_event_pays(exact.book()),
            step: exact.grid.step,
            size: exact.grid.size,
        })
    }
}

impl Default for Bounded {
    fn default() -> Self {
        Self::closed(0.0)
    }
}

impl<T> Figures<T> {
    fn map<U>(&self, change: impl Fn(&T) -> U) -> Figures<U> {
        let each = |map: &ByKey<T>| map.iter().map(|(key, value)| (key.clone(), change(value))).collect();
        Figures {
            mean: self.mean.as_ref().map(&change),
            sd: self.sd.as_ref().map(&change),
            p_zero: change(&self.p_zero),
            var: each(&self.var),
            tvar: each(&self.tvar),
            oep: each(&self.oep),
        }
    }
}

fn p_event_pays(book: &Book) -> f64 {
    let rates = book.risks.iter().map(|risk| (book.event_rate(risk), risk.payment.survival(0.0)));
    let (all, paid) = rates.fold((0.0, 0.0), |sum, (rate, pays)| (sum.0 + rate, sum.1 + rate * pays));
    if all > 0.0 { paid / all } else { 0.0 }
}

/// The simulation's figures.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MonteCarloFigures {
    /// Estimates.
    #[serde(flatten)]
    pub figures: Figures<f64>,
    /// Their standard errors.
    pub standard_error: Figures<f64>,
    /// Four-sigma rank intervals of the quantiles, which stay right where the distribution has atoms.
    pub rank_interval: RankIntervals,
    /// Skewness of the sample.
    pub skewness: f64,
    /// Simulated years.
    pub years: usize,
    /// Part of the sum of all years that the largest one makes; the standard errors of mean and sd mean little above 5 %.
    pub largest_share: f64,
    /// The same for squared deviations.
    #[serde(skip)]
    pub(crate) largest_square_share: f64,
    /// The same for the excess over VaR squared, by level.
    #[serde(skip)]
    pub(crate) largest_excess_share: ByKey<f64>,
    /// By figure, why the sample is too small to bound it, where it is.
    #[serde(skip)]
    pub(crate) beyond: ByKey<String>,
}

/// [low, high] by level and by return period.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct RankIntervals {
    /// Of VaR.
    pub var: ByKey<[f64; 2]>,
    /// Of OEP.
    pub oep: ByKey<[f64; 2]>,
}

/// How many standard errors the two engines may differ by.
pub const SIGMAS: f64 = 4.0;

impl MonteCarloFigures {
    /// Computes the figures of a year table; mean and sd are left out when `book` says they are infinite.
    pub fn of(table: &YearTable, asked: &Asked, book: &Book) -> Self {
        let moments = table.moments();
        let n = moments.n;
        let p_zero = moments.zeros / n;
        let variance = moments.variance();
        let sd = variance.sqrt();
        let has_mean = book.infinite_mean().is_none();
        let has_sd = book.infinite_variance().is_none();
        let mut values = Figures { p_zero, ..Figures::default() };
        let mut errors = Figures { p_zero: (p_zero * (1.0 - p_zero) / n).sqrt(), ..Figures::default() };
        if has_mean {
            values.mean = Some(moments.mean);
            errors.mean = Some(sd / n.sqrt());
        }
        if has_sd {
            values.sd = Some(sd);
            let spread = (moments.fourth / n - variance * variance).max(0.0);
            errors.sd = Some(if sd > 0.0 { (spread / n).sqrt() / (2.0 * sd) } else { 0.0 });
        }
        let mut ranks = RankIntervals::default();
        let mut excess_share = ByKey::new();
        let lowest = asked.levels.iter().copied().fold(1.0, f64::min);
        let lowest_event = asked.return_periods.iter().map(|period| 1.0 - 1.0 / period).fold(1.0, f64::min);
        let (top, top_events) = tails(table, lowest, lowest_event);
        for level in &asked.levels {
            let key = key(*level);
            values.var.insert(key.clone(), top.quantile(*level));
            errors.var.insert(key.clone(), top.quantile_error(*level));
            ranks.var.insert(key.clone(), top.rank_interval(*level, SIGMAS));
            if has_mean {
                let tail = top.tail_mean(*level);
                values.tvar.insert(key.clone(), tail.value);
                errors.tvar.insert(key.clone(), tail.standard_error);
                excess_share.insert(key, tail.largest_share);
            }
        }
        for period in &asked.return_periods {
            let level = 1.0 - 1.0 / period;
            values.oep.insert(key(*period), top_events.quantile(level));
            errors.oep.insert(key(*period), top_events.quantile_error(level));
            ranks.oep.insert(key(*period), top_events.rank_interval(level, SIGMAS));
        }
        let largest = top.largest();
        Self {
            figures: values,
            standard_error: errors,
            rank_interval: ranks,
            skewness: skewness(&moments),
            years: table.years(),
            beyond: beyond(&top, &top_events, asked),
            largest_share: share(largest, moments.mean * n),
            // Of fewer than 20 values the largest always makes too much, also when there is only one.
            largest_square_share: if n < 20.0 {
                1.0
            } else {
                share((largest - moments.mean).powi(2), moments.second)
            },
            largest_excess_share: excess_share,
        }
    }
}

/// The largest totals and the largest occurrences, on two threads where the simulation ran on several.
fn tails(table: &YearTable, lowest: f64, lowest_event: f64) -> (tail::Top, tail::Top) {
    let events = || tail::Top::of(&table.largest, lowest_event);
    if table.workers() < 2 {
        return (tail::Top::of(&table.total, lowest), events());
    }
    std::thread::scope(|scope| {
        let other = scope.spawn(events);
        let top = tail::Top::of(&table.total, lowest);
        (top, other.join().unwrap_or_else(|_| events()))
    })
}

/// Quantiles whose rank interval reaches beyond the sample: nothing bounds them from above.
fn beyond(totals: &tail::Top, events: &tail::Top, asked: &Asked) -> ByKey<String> {
    let mut found = ByKey::new();
    let mut add = |top: &tail::Top, name: &str, number: f64, level: f64| {
        if let Some(years) = top.too_few(level, SIGMAS) {
            let reason = format!("not judged: only {years:.0} of the simulated years are expected beyond it");
            found.insert(format!("{name} {}", key(number)), reason);
        }
    };
    for level in &asked.levels {
        add(totals, "var", *level, *level);
        add(totals, "tvar", *level, *level);
    }
    for period in &asked.return_periods {
        add(events, "oep", *period, 1.0 - 1.0 / period);
    }
    found
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn skewness(moments: &Moments) -> f64 {
    let second = moments.second / moments.n;
    if second > 0.0 { moments.third / moments.n / second.powf(1.5) } else { 0.0 }
}
