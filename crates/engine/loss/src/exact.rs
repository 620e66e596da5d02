//! The exact engine: the whole distribution of a year's total by transform, with a proven interval for every figure.

pub(crate) mod allocation;
mod exponential;
pub mod lattice;
pub mod panjer;
mod survivals;
pub(crate) mod transform;

use crate::book::{Book, Cover};
use crate::error::LossError;
use lattice::{BRACKETS, Grid, Lattice, add_atom, add_payment, empty};
use transform::{Parts, TILT, Transform, lattices, tilt_for};

/// A figure and the interval in which discretisation proves it to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    /// Best value.
    pub value: f64,
    /// Not above the truth.
    pub low: f64,
    /// Not below the truth.
    pub high: f64,
}

impl Bounded {
    /// A figure from a closed formula; the interval is its rounding.
    pub fn closed(value: f64) -> Self {
        let slack = value.abs() * 1e-12;
        Self { value, low: value - slack, high: value + slack }
    }
}

/// How to run the exact engine.
#[derive(Debug, Clone, Copy)]
pub struct ExactSettings {
    /// Base-2 logarithm of the number of grid points, 10 to 22; chosen from the size of the book when `None`.
    pub log2: Option<u32>,
    /// The highest level that will be asked for; the grid reaches beyond its quantile.
    pub level: f64,
    /// Probability that may lie beyond the grid, as part of 1 - `level`.
    pub beyond: f64,
}

impl Default for ExactSettings {
    fn default() -> Self {
        Self { log2: None, level: 0.999, beyond: 0.1 }
    }
}

/// The distribution of the year's total and of single occurrences.
pub struct Exact<'a> {
    book: &'a Book,
    /// The grid used.
    pub grid: Grid,
    /// The total, rounded down, split and rounded up.
    pub total: [Lattice; BRACKETS],
    occurrences: Vec<[Lattice; BRACKETS]>,
    transform: std::cell::RefCell<Transform>,
    pub(crate) parts: Parts,
    mean: f64,
}

impl<'a> Exact<'a> {
    /// Runs the engine. `progress` is told finished and all risks.
    ///
    /// # Errors
    /// [`LossError::Invalid`] for an empty book or a grid size out of range; [`LossError::Refused`] when no grid of that
    /// size reaches the asked level.
    pub fn run(
        book: &'a Book,
        settings: ExactSettings,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Self, LossError> {
        book.require_risks()?;
        let log2 = settings.log2.unwrap_or(match book.risks.len() {
            0..=16 => 15,
            17..=4000 => 16,
            _ => 14,
        });
        if !(10..=22).contains(&log2) {
            return Err(LossError::field("log2", "must be 10 to 22"));
        }
        let size = 1usize << log2;
        let mut transform = Transform::new(size, tilt_for(settings.beyond * (1.0 - settings.level)));
        let mut reach = first_reach(book, settings);
        for _ in 0..40 {
            let grid = fit_grid(book, reach, size);
            let parts =
                transform::parts(&mut transform, grid, book, &|risk| risk.payment.clone(), true, progress);
            let total = lattices(&mut transform, grid, &parts.total(&book.shocks));
            if total[0].beyond().max(total[2].beyond()) <= settings.beyond * (1.0 - settings.level) + 1e-9 {
                let occurrences =
                    parts.occurrences.iter().map(|phi| lattices(&mut transform, grid, phi)).collect();
                let mean = book.mean();
                return Ok(Self { book, grid, total, occurrences, transform: transform.into(), parts, mean });
            }
            reach *= 2.0;
        }
        Err(LossError::Refused(format!("no grid of 2^{log2} points reaches level {}", settings.level)))
    }

    /// E[S], by closed formula.
    ///
    /// # Errors
    /// [`LossError::Refused`] when it is infinite.
    pub fn mean(&self) -> Result<Bounded, LossError> {
        match self.book.infinite_mean() {
            Some(reason) => Err(LossError::Refused(reason)),
            None => Ok(Bounded::closed(self.mean)),
        }
    }

    /// Standard deviation of S, by closed formula.
    ///
    /// # Errors
    /// [`LossError::Refused`] when it is infinite.
    pub fn deviation(&self) -> Result<Bounded, LossError> {
        match self.book.infinite_variance() {
            Some(reason) => Err(LossError::Refused(reason)),
            None => Ok(Bounded::closed(self.book.variance().max(0.0).sqrt())),
        }
    }

    /// P(S = 0), by closed formula.
    pub fn p_zero(&self) -> Bounded {
        Bounded::closed(self.book.p_zero())
    }

    /// Third central moment over sd^3, by closed formula; `None` when it is infinite or nothing varies.
    pub fn skewness(&self) -> Option<f64> {
        let variance = self.book.variance();
        let exists = self.book.tail_index() * 3.0 < 1.0 && variance > 0.0;
        exists.then(|| self.book.third_central() / variance.powf(1.5)).filter(|value| value.is_finite())
    }

    /// P(S < x), which differs from [`Self::cdf`] at atoms.
    pub fn below(&self, x: f64) -> Bounded {
        if x <= 0.0 {
            return Bounded { value: 0.0, low: 0.0, high: 0.0 };
        }
        // Less than what counts as the same grid point.
        self.cdf(x * (1.0 - 1e-8))
    }

    /// P(S <= x).
    pub fn cdf(&self, x: f64) -> Bounded {
        let (low, high) = (self.total[2].cdf(x), self.total[0].cdf(x));
        Bounded { value: self.between(x).clamp(low.min(high), high), low, high }
    }

    /// P(S <= x) between grid points. The two roundings' averages stand for the points half a step beside the grid; a
    /// mass that stands far above its neighbours is an atom at its grid point and does not spread over the cell.
    fn between(&self, x: f64) -> f64 {
        let [down, _, up] = &self.total;
        let step = self.grid.step;
        let place = (x / step).round() as usize;
        let last = down.mass.len() - 1;
        let average = |place: usize| 0.5 * (down.cumulative[place] + up.cumulative[place]);
        if place >= last {
            return average(last);
        }
        let zero = self.book.p_zero();
        if place == 0 {
            return if x < 0.0 { 0.0 } else { zero + (average(0) - zero) * (2.0 * x / step).min(1.0) };
        }
        let mass = |place: usize| 0.5 * (down.mass[place] + up.mass[place]);
        let beside = 0.5 * (mass(place - 1).min(mass(place + 1)) + mass(place + 1));
        let here = mass(place);
        let atom = if here > 3.0 * beside.max(0.0) + 1e-9 { here - beside } else { 0.0 };
        let at = x / step - (place as f64 - 0.5);
        let reached = x >= place as f64 * step * (1.0 - 1e-12);
        average(place - 1) + (here - atom) * at + if reached { atom } else { 0.0 }
    }

    /// The smallest x with P(S <= x) >= level.
    ///
    /// # Errors
    /// [`LossError::Refused`] beyond the level the grid was made for.
    pub fn value_at_risk(&self, level: f64) -> Result<Bounded, LossError> {
        let [down, _, up] = &self.total;
        let (low, high) = (down.quantile(level), up.quantile(level));
        if high.is_infinite() {
            return Err(LossError::Refused(format!(
                "level {level} is beyond the grid; raise its level or size"
            )));
        }
        let first = (low / self.grid.step).round() as usize;
        let last = (high / self.grid.step).round() as usize;
        let reached =
            |place: &usize| 0.5 * (down.cumulative[*place] + up.cumulative[*place]) >= level - 1e-12;
        let place = (first..last).find(reached).unwrap_or(last);
        Ok(Bounded { value: (place as f64 * self.grid.step).clamp(low, high), low, high })
    }

    /// Tail value at risk, also with atoms: (integral of VaR over the levels above) / (1 - level).
    ///
    /// # Errors
    /// [`LossError::Refused`] when the mean is infinite or the level beyond the grid.
    pub fn tail_value_at_risk(&self, level: f64) -> Result<Bounded, LossError> {
        self.mean()?;
        self.value_at_risk(level)?;
        let [down, split, up] = &self.total;
        // Two proofs, each valid: the rounded totals' own TVaR, and the true mean with the other rounding's shortfall.
        let [mean_down, mean_split, mean_up] = self.parts.means;
        let low = down.tail_mean(level, mean_down).max(up.tail_mean(level, self.mean));
        let high = up.tail_mean(level, mean_up).min(down.tail_mean(level, self.mean));
        // Where there is next to nothing to lose, rounding may cross the two.
        let (low, high) = (low.min(high), low.max(high));
        Ok(Bounded { value: split.tail_mean(level, mean_split).clamp(low, high), low, high })
    }

    /// P(largest occurrence of a year <= x). Own events in closed form, shock occurrences from the grid.
    pub fn occurrence_cdf(&self, x: f64) -> Bounded {
        let mut logarithm = 0.0;
        for risk in &self.book.risks {
            let below = 1.0 - risk.payment.survival(x);
            logarithm += match risk.count {
                crate::frequency::Count::Poisson { rate } => rate * (below - 1.0),
                _ => libm::log(risk.count.generate(below.into()).re.max(f64::MIN_POSITIVE)),
            };
        }
        let with = |bracket: usize| {
            let shocks: f64 = self
                .book
                .shocks
                .iter()
                .zip(&self.occurrences)
                .map(|(shock, occurrence)| shock.rate * (occurrence[bracket].cdf(x) - 1.0))
                .sum();
            libm::exp(logarithm + shocks)
        };
        Bounded { value: with(1), low: with(2), high: with(0) }
    }

    /// The smallest x with P(largest occurrence <= x) >= level.
    pub fn occurrence_quantile(&self, level: f64) -> Bounded {
        let quantile = |pick: &dyn Fn(Bounded) -> f64| {
            if pick(self.occurrence_cdf(0.0)) >= level {
                return 0.0;
            }
            let mut high = self.grid.reach();
            while pick(self.occurrence_cdf(high)) < level && high < 1e30 {
                high *= 2.0;
            }
            let mut low = 0.0;
            for _ in 0..80 {
                let middle = 0.5 * (low + high);
                if pick(self.occurrence_cdf(middle)) >= level {
                    high = middle;
                } else {
                    low = middle;
                }
                if high - low <= 1e-13 * high {
                    break;
                }
            }
            high
        };
        if self.occurrences.is_empty() {
            let value = quantile(&|cdf| cdf.value);
            return Bounded::closed(value);
        }
        let (low, high) = (quantile(&|cdf| cdf.high), quantile(&|cdf| cdf.low));
        // The transform's dust may cross what rounding has put on one point.
        let (low, high) = (low.min(high), low.max(high));
        Bounded { value: quantile(&|cdf| cdf.value).clamp(low, high), low, high }
    }

    /// What a layer pays in a year, before its share and annual limit are applied: the distribution on the grid.
    pub fn layer(&self, cover: &Cover) -> [Lattice; BRACKETS] {
        let grid = self.grid;
        if cover.annual {
            return std::array::from_fn(|bracket| {
                Lattice::from_masses(grid.step, taken(&self.total[bracket], cover, grid, bracket))
            });
        }
        let mut transform = self.transform.borrow_mut();
        let layered = |risk: &crate::book::Risk| risk.payment.layer(cover.attachment, cover.limit);
        let parts = transform::parts(&mut transform, grid, self.book, &layered, false, &|_, _| {});
        let mut total = parts.own;
        for (shock, occurrence) in self.book.shocks.iter().zip(&self.occurrences) {
            let masses = std::array::from_fn(|bracket| taken(&occurrence[bracket], cover, grid, bracket));
            let spectra = transform.spectra(&masses);
            transform.multiply_occurrences(&spectra, shock.rate, &mut total);
        }
        lattices(&mut transform, grid, &total)
    }

    /// The book that was run.
    pub fn book(&self) -> &Book {
        self.book
    }

    /// Transform and parts for allocation.
    pub(crate) fn with_transform<T>(&self, work: impl FnOnce(&mut Transform, &Parts) -> T) -> T {
        work(&mut self.transform.borrow_mut(), &self.parts)
    }
}

/// Distribution of what the layer takes of a lattice amount; what is beyond the grid fills the layer.
fn taken(amounts: &Lattice, cover: &Cover, grid: Grid, bracket: usize) -> Vec<f64> {
    let mut masses = empty(grid);
    for (place, p) in amounts.mass.iter().enumerate() {
        add_atom(&mut masses, cover.take(place as f64 * grid.step), *p, grid);
    }
    add_atom(&mut masses, cover.limit, amounts.beyond().max(0.0), grid);
    std::mem::take(&mut masses[bracket])
}

/// A first guess of where the grid must end: beyond the largest single payment that matters plus eight standard
/// deviations of what is below it.
fn first_reach(book: &Book, settings: ExactSettings) -> f64 {
    let rate: f64 = book.risks.iter().map(|risk| book.event_rate(risk)).sum();
    let rare = (settings.beyond * (1.0 - settings.level) / rate.max(1e-300)).clamp(1e-300, 0.5);
    let mut largest = 0.0f64;
    let mut below = book.clone();
    for risk in &mut below.risks {
        let bound = risk.payment.quantile(rare).max(f64::MIN_POSITIVE);
        if book.event_rate(risk) > 0.0 {
            largest = largest.max(bound);
        }
        risk.payment = risk.payment.layer(0.0, bound);
    }
    let reach = 1.2 * largest + below.mean() + 8.0 * below.variance().max(0.0).sqrt();
    if reach.is_finite() && reach > 1e-9 { reach } else { 1.0 }
}

/// A grid of that reach or a little more on which the limits fall on grid points where they can.
fn fit_grid(book: &Book, reach: f64, size: usize) -> Grid {
    let step = reach / size as f64;
    let mut common = 0.0;
    for risk in &book.risks {
        let top = risk.payment.top();
        let atoms: &[f64] = match &risk.payment.law {
            crate::severity::Law::Empirical { values, .. } if values.len() <= 64 => values,
            _ => &[],
        };
        let atoms = atoms.iter().map(|value| risk.payment.pay(*value));
        for amount in std::iter::once(top).chain(atoms).filter(|amount| amount.is_finite() && *amount > 0.0) {
            common = common_divisor(common, amount);
        }
    }
    if common < step {
        return Grid { step, size };
    }
    Grid { step: common / (common / step).floor(), size }
}

/// Greatest common divisor of two amounts, 0 when it is not clearly one.
fn common_divisor(left: f64, right: f64) -> f64 {
    let (mut left, mut right) = (left.max(right), left.min(right));
    let floor = left * 1e-9;
    while right > floor {
        let rest = left % right;
        let rest = if right - rest < floor { 0.0 } else { rest };
        (left, right) = (right, rest);
    }
    left
}

/// Compares Panjer's recursion with the transform for one risk's own events on a common coarse grid: the largest
/// difference of the two distribution functions, or `None` where the frequency is outside the (a, b) classes.
pub fn panjer_gap(book: &Book, risk: usize) -> Option<f64> {
    const SIZE: usize = 1 << 12;
    let only = Book { shocks: Vec::new(), risks: vec![book.risks.get(risk)?.clone()], ..book.clone() };
    let mut only = only;
    only.risks[0].links.clear();
    let grid = fit_grid(&only, first_reach(&only, ExactSettings::default()), SIZE);
    let mut severity = empty(grid);
    add_payment(&mut severity, &only.risks[0].payment, grid, 1.0);
    let recursion = panjer::compound(&only.risks[0].count, &severity[1], SIZE)?;
    let mut transform = Transform::new(SIZE, TILT);
    let parts =
        transform::parts(&mut transform, grid, &only, &|risk| risk.payment.clone(), false, &|_, _| {});
    let [_, split, _] = lattices(&mut transform, grid, &parts.own);
    let recursion = Lattice::from_masses(grid.step, recursion);
    // The last eighth of the grid carries the rounding that tilting amplifies.
    let inside = SIZE - SIZE / 8;
    let pairs = recursion.cumulative[..inside].iter().zip(&split.cumulative[..inside]);
    Some(pairs.map(|(left, right)| (left - right).abs()).fold(0.0, f64::max))
}

/// The compound of a count with a lattice severity by one tilted transform; the severity may be defective (mass beyond
/// the lattice), its length must be a power of two of at least 4.
pub fn tilted_compound(count: &crate::frequency::Count, severity: &[f64]) -> Vec<f64> {
    let mut transform = Transform::new(severity.len(), TILT);
    let mut spectrum = vec![Default::default(); transform.bins()];
    transform.spectrum(severity, &mut spectrum);
    for value in &mut spectrum {
        *value = count.generate(*value);
    }
    transform.masses(&mut spectrum)
}
