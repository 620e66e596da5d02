//! The forecaster of one series: ladder, pool, conformal intervals. Fed one value at a time.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conformal::{Adaptive, Interval, NOMINAL};
use crate::distribution::{LEVELS, Quantiles};
use crate::growth::Growth;
use crate::model::climatology::{Climatology, CountClimatology, ScaledClimatology};
use crate::model::discount_filter::DiscountFilter;
use crate::model::ingarch::Ingarch;
use crate::model::naive::SeasonalNaive;
use crate::model::smoothing::Smoothing;
use crate::model::{Model, Step};
use crate::pool::{Members, Pool, mixture};
use crate::score::quantile_crps;

/// A forecast of the sum of the next values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// Number of values that are summed.
    pub horizon: usize,
    /// Quantiles at the levels (i + ½)/99.
    pub quantiles: Vec<f64>,
    /// Adaptive conformal intervals.
    pub intervals: Vec<Interval>,
    /// The weight of each model in the pool.
    pub weights: Vec<(String, f64)>,
}

/// A forecast whose outcome has become known.
#[derive(Clone, Debug)]
pub struct Matured {
    /// Index of the horizon.
    pub horizon: usize,
    /// Step at which it was issued: the number of values that were known.
    pub origin: usize,
    /// What came.
    pub outcome: f64,
    /// The issued quantiles.
    pub quantiles: Box<Quantiles>,
    /// Its CRPS.
    pub crps: f64,
    /// The CRPS of climatology issued at the same time.
    pub climatology_crps: f64,
    /// The CRPS of every model of the ladder.
    pub members: Vec<f64>,
    /// Whether each nominal interval held it.
    pub hits: [bool; NOMINAL.len()],
}

struct Issued {
    origin: usize,
    members: Members,
    quantiles: Box<Quantiles>,
    intervals: [Interval; NOMINAL.len()],
}

struct Track {
    horizon: usize,
    pool: Pool,
    adaptive: [Adaptive; NOMINAL.len()],
    pending: VecDeque<Option<Issued>>,
}

/// See the module.
pub struct Forecaster {
    models: Vec<Box<dyn Model + Send>>,
    tracks: Vec<Track>,
    recent: VecDeque<Option<f64>>,
    steps: usize,
    every: usize,
}

impl Forecaster {
    /// A forecaster for sums over these horizons (in steps, from 1) of a series with that season (in steps, 1 for none).
    ///
    /// `every` = 1 issues and scores a forecast at every step; a larger number learns weights from every so many steps only,
    /// which is what a forecast of many series at once can afford.
    #[must_use]
    pub fn new(season: usize, horizons: &[usize], every: usize) -> Self {
        // One step ahead is always forecast as well: it tells soonest which models deserve trust.
        let horizons: &[usize] = &[&[1], horizons].concat();
        let mut models: Vec<Box<dyn Model + Send>> = vec![
            Box::new(Climatology::new(season, horizons)),
            Box::new(CountClimatology::new(season, horizons)),
            Box::new(SeasonalNaive::new(1, horizons)),
            Box::new(DiscountFilter::new(1, horizons)),
            Box::new(Ingarch::new(horizons)),
            Box::new(Smoothing::new(1, horizons)),
            Box::new(Growth::new(horizons)),
        ];
        if season > 1 {
            models.insert(2, Box::new(ScaledClimatology::new(season, horizons)));
            models.push(Box::new(SeasonalNaive::new(season, horizons)));
            models.push(Box::new(DiscountFilter::new(season, horizons)));
            models.push(Box::new(Smoothing::new(season, horizons)));
        }
        let safe = if season > 1 { 3 } else { 2 };
        let prior: Vec<f64> = models.iter().map(|model| prior_weight(model.name(), season > 1)).collect();
        let tracks = horizons.iter().map(|horizon| Track {
            horizon: *horizon,
            pool: Pool::new(prior.clone(), safe, *horizon),
            adaptive: NOMINAL.map(Adaptive::new),
            pending: VecDeque::with_capacity(horizon + 1),
        });
        Self { models, tracks: tracks.collect(), recent: VecDeque::new(), steps: 0, every: every.max(1) }
    }

    /// Names of the models, in the order of [`Matured::members`].
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.models.iter().map(|model| model.name())
    }

    /// Takes the next value (`None` is a gap), scores the forecasts that it completes, and issues the next ones.
    pub fn update(&mut self, value: Option<f64>, mut matured: impl FnMut(Matured)) {
        let longest = self.tracks.iter().map(|track| track.horizon).max().unwrap_or(0);
        self.recent.push_back(value);
        if self.recent.len() > longest {
            self.recent.pop_front();
        }
        self.steps += 1;
        let sums: Vec<Option<f64>> =
            self.tracks.iter().map(|track| window_sum(&self.recent, track.horizon)).collect();
        for (index, track) in self.tracks.iter_mut().enumerate() {
            if track.pending.len() == track.horizon
                && let Some(Some(issued)) = track.pending.pop_front()
                && let Some(outcome) = sums[index]
            {
                let scored = track.mature(index.saturating_sub(1), issued, outcome);
                if index > 0 {
                    matured(scored);
                }
            }
        }
        let step = Step { value, sums: &sums };
        self.models.iter_mut().for_each(|model| model.update(&step));
        let due = self.steps.is_multiple_of(self.every);
        for index in 0..self.tracks.len() {
            let issued = if due { self.issue(index) } else { None };
            self.tracks[index].pending.push_back(issued);
        }
    }

    fn members(&mut self, index: usize) -> Members {
        let quantiles = |model: &mut Box<dyn Model + Send>| {
            let mut quantiles = Box::new([0.0; LEVELS]);
            model.quantiles(index, &mut quantiles).then_some(quantiles)
        };
        self.models.iter_mut().map(quantiles).collect()
    }

    /// The weights of a horizon now; those of one step guide the others.
    fn weights(&self, index: usize, members: &Members) -> Vec<f64> {
        let guide = (index > 0).then(|| &self.tracks[0].pool);
        self.tracks[index].pool.weights(members, guide)
    }

    fn issue(&mut self, index: usize) -> Option<Issued> {
        let members = self.members(index);
        let quantiles = Box::new(mixture(&members, &self.weights(index, &members))?);
        let track = &self.tracks[index];
        let open = track.open_misses(&self.recent, quantiles[LEVELS / 2]);
        let intervals = std::array::from_fn(|level| track.adaptive[level].interval(&quantiles, open[level]));
        Some(Issued { origin: self.steps, members, quantiles, intervals })
    }

    /// The forecast from the values so far; `None` as long as no model can give one.
    pub fn forecast(&mut self, index: usize) -> Option<Forecast> {
        let index = index + 1;
        let issued = self.issue(index)?;
        let weights = self.weights(index, &issued.members);
        Some(Forecast {
            horizon: self.tracks[index].horizon,
            quantiles: issued.quantiles.to_vec(),
            intervals: issued.intervals.to_vec(),
            weights: self.names().map(str::to_owned).zip(weights).collect(),
        })
    }
}

/// Weight of a model before any score: what a practitioner would take alone has the most, the naive rules are there for the
/// series that follow them.
fn prior_weight(name: &str, seasonal: bool) -> f64 {
    match name {
        "seasonal_discount_filter" | "negative_binomial" | "climatology" | "climatology_all" => 10.0,
        "discount_filter" if !seasonal => 10.0,
        "scaled_climatology" => 5.0,
        "discount_filter" => 2.0,
        "persistence" | "seasonal_naive" => 0.2,
        "growth" => 0.05,
        _ => 1.0,
    }
}

impl Track {
    /// Misses beyond the nominal number that are expected of the windows whose outcome is still open: at first what was asked,
    /// then more and more what the part that is known points to. `middle` is the present median of such a window.
    fn open_misses(&self, recent: &VecDeque<Option<f64>>, middle: f64) -> [f64; NOMINAL.len()] {
        let mut expected = [0.0; NOMINAL.len()];
        let (mut known, mut age) = (0.0, 0);
        // The youngest window stands last; its known part is the shortest.
        for issued in self.pending.iter().rev() {
            let share = age as f64 / self.horizon as f64;
            if let Some(issued) = issued {
                let outcome = known + (1.0 - share) * middle;
                for (index, interval) in issued.intervals.iter().enumerate() {
                    let target = self.adaptive[index].target();
                    let certain = known > interval.upper;
                    let miss = if interval.contains(outcome) { 0.0 } else { 1.0 };
                    expected[index] += if certain { 1.0 - target } else { share * (miss - target) };
                }
            }
            known += recent.get(recent.len().wrapping_sub(age + 1)).copied().flatten().unwrap_or(0.0);
            age += 1;
        }
        expected
    }

    fn mature(&mut self, horizon: usize, issued: Issued, outcome: f64) -> Matured {
        let members: Vec<f64> = issued
            .members
            .iter()
            .map(|member| member.as_ref().map_or(f64::NAN, |member| quantile_crps(member, outcome)))
            .collect();
        let hits = issued.intervals.map(|interval| interval.contains(outcome));
        self.pool.learn(&issued.members, outcome);
        for (adaptive, hit) in self.adaptive.iter_mut().zip(hits) {
            adaptive.learn(hit);
        }
        Matured {
            horizon,
            origin: issued.origin,
            outcome,
            crps: quantile_crps(&issued.quantiles, outcome),
            climatology_crps: members[0],
            quantiles: issued.quantiles,
            members,
            hits,
        }
    }
}

fn window_sum(recent: &VecDeque<Option<f64>>, horizon: usize) -> Option<f64> {
    let start = recent.len().checked_sub(horizon)?;
    recent.range(start..).copied().sum()
}
