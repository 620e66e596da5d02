//! Bands from parameter uncertainty: the model's numbers with intervals are drawn from what is known of them, and the
//! exact engine runs on each draw (an outer loop, not a bootstrap of the simulation).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::book::Book;
use crate::error::LossError;
use crate::exact::{Exact, ExactSettings};
use crate::figures::{ByKey, key};
use crate::model::Model;
use crate::philox::{Key, stream_key, unit};
use crate::read::check;
use crate::special::normal_quantile;

/// 5 %, 50 % and 95 % points over the draws.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Bands {
    /// Draws that were used.
    pub draws: usize,
    /// Draws that had to be left out because their parameters were out of range.
    pub rejected: usize,
    /// Numbers that have an interval.
    pub uncertain: usize,
    /// Expected annual loss; absent when it is infinite in any draw.
    pub mean: Option<[f64; 3]>,
    /// VaR by level.
    pub var: ByKey<[f64; 3]>,
    /// TVaR by level; empty when the mean is infinite in any draw.
    pub tvar: ByKey<[f64; 3]>,
    /// VaR by return period in years, for the exceedance plot.
    pub curve: ByKey<[f64; 3]>,
}

/// How an interval is read: as 5 % and 95 % points of a normal in this scale.
#[derive(Clone, Copy)]
enum Scale {
    Plain,
    Logarithm,
    LogOdds,
}

impl Scale {
    fn of(name: &str) -> Self {
        match name {
            "mu" | "xi" => Self::Plain,
            "probability" | "zero" | "p_zero" | "tail_probability" | "share" | "efficacy" | "coverage"
            | "reliability" => Self::LogOdds,
            _ => Self::Logarithm,
        }
    }

    fn to(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Logarithm => value.max(1e-300).ln(),
            Self::LogOdds => {
                let p = value.clamp(1e-12, 1.0 - 1e-12);
                (p / (1.0 - p)).ln()
            }
        }
    }

    fn back(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Logarithm => value.exp(),
            Self::LogOdds => 1.0 / (1.0 + (-value).exp()),
        }
    }
}

/// Runs the outer loop.
///
/// # Errors
/// [`LossError::Invalid`] when no number has an interval or no draw was usable.
pub fn bands(
    model: &Model,
    seed: u64,
    draws: usize,
    levels: &[f64],
    periods: &[f64],
    progress: &dyn Fn(usize, usize),
) -> Result<Bands, LossError> {
    let tree = serde_json::to_value(model).map_err(|error| LossError::field("", error.to_string()))?;
    let uncertain = count(&tree);
    if uncertain == 0 {
        let reason = "no number of the model has an interval (low and high), so there is nothing to vary";
        return Err(LossError::field("bands", reason));
    }
    let highest =
        levels.iter().copied().chain(periods.iter().map(|period| 1.0 - 1.0 / period)).fold(0.5, f64::max);
    let mut found = Found::default();
    for draw in 0..draws.clamp(1, 100_000) {
        let mut tree = tree.clone();
        vary(&mut tree, "", "", seed, draw as u32);
        let drawn: Result<Model, _> = serde_json::from_value(tree);
        match drawn.ok().filter(|model| check(model).is_ok()) {
            Some(drawn) => found.add(&Book::of(&drawn), levels, periods, highest)?,
            None => found.rejected += 1,
        }
        progress(draw + 1, draws);
    }
    found.finish(uncertain, levels, periods)
}

#[derive(Default)]
struct Found {
    rejected: usize,
    used: usize,
    infinite: bool,
    mean: Vec<f64>,
    var: Vec<Vec<f64>>,
    tvar: Vec<Vec<f64>>,
    curve: Vec<Vec<f64>>,
}

impl Found {
    fn add(&mut self, book: &Book, levels: &[f64], periods: &[f64], highest: f64) -> Result<(), LossError> {
        let settings = ExactSettings { log2: Some(12), level: highest, beyond: 0.1 };
        let exact = Exact::run(book, settings, &|_, _| {})?;
        let value = |level: f64| exact.value_at_risk(level).map(|bounded| bounded.value);
        self.var.push(levels.iter().map(|level| value(*level)).collect::<Result<_, _>>()?);
        self.curve.push(periods.iter().map(|period| value(1.0 - 1.0 / period)).collect::<Result<_, _>>()?);
        self.used += 1;
        if book.infinite_mean().is_some() {
            self.infinite = true;
            return Ok(());
        }
        self.mean.push(book.mean());
        let tail = |level: &f64| exact.tail_value_at_risk(*level).map(|bounded| bounded.value);
        self.tvar.push(levels.iter().map(tail).collect::<Result<_, _>>()?);
        Ok(())
    }

    fn finish(self, uncertain: usize, levels: &[f64], periods: &[f64]) -> Result<Bands, LossError> {
        if self.used == 0 {
            return Err(LossError::field("bands", "no draw of the parameters was in range"));
        }
        let named = |names: &[f64], rows: &[Vec<f64>]| -> ByKey<[f64; 3]> {
            let column = |index: usize| points(rows.iter().map(|row| row[index]).collect());
            names.iter().enumerate().map(|(index, name)| (key(*name), column(index))).collect()
        };
        Ok(Bands {
            draws: self.used,
            rejected: self.rejected,
            uncertain,
            mean: (!self.infinite).then(|| points(self.mean.clone())),
            var: named(levels, &self.var),
            tvar: if self.infinite { ByKey::new() } else { named(levels, &self.tvar) },
            curve: named(periods, &self.curve),
        })
    }
}

fn points(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_unstable_by(f64::total_cmp);
    [0.05, 0.5, 0.95].map(|p| values[((values.len() - 1) as f64 * p).round() as usize])
}

fn is_uncertain(map: &serde_json::Map<String, Json>) -> Option<(f64, f64)> {
    map.contains_key("value").then_some(())?;
    Some((map.get("low")?.as_f64()?, map.get("high")?.as_f64()?))
}

fn count(value: &Json) -> usize {
    match value {
        Json::Array(items) => items.iter().map(count).sum(),
        Json::Object(map) if is_uncertain(map).is_some() => 1,
        Json::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// Replaces every uncertain value by its draw; each place in the tree has a stream of its own.
fn vary(value: &mut Json, name: &str, path: &str, seed: u64, draw: u32) {
    match value {
        Json::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                // An item with an id keeps its stream when the file is put into another order.
                let id =
                    item.get("id").and_then(Json::as_str).map_or_else(|| index.to_string(), str::to_owned);
                vary(item, name, &format!("{path}/{id}"), seed, draw);
            }
        }
        Json::Object(map) => {
            if let Some((low, high)) = is_uncertain(map) {
                let stream: Key = stream_key(seed, &["band", path]);
                let scale = Scale::of(name);
                let (low, high) = (scale.to(low), scale.to(high));
                let z = normal_quantile(unit(stream, [draw, 0, 0, 0]));
                let drawn = 0.5 * (low + high) + z * (high - low) / (2.0 * normal_quantile(0.95));
                let drawn = scale.back(drawn);
                map.insert("value".into(), drawn.into());
                map.remove("low");
                map.remove("high");
                return;
            }
            for (field, item) in map.iter_mut() {
                vary(item, field, &format!("{path}/{field}"), seed, draw);
            }
        }
        _ => {}
    }
}
