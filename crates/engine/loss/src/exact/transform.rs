//! From lattice severities to the distribution of the year's total, by one pass through the discrete Fourier transform.
//! Exponential tilting (Gruebel and Hermesmeier 1999) holds down what would wrap round the end of the grid.

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex64;

use super::lattice::{BRACKETS, Bracketed, Cells, Grid, Lattice, empty};
use crate::book::{Book, Cause, Risk};
use crate::frequency::Count;
use crate::payment::Payment;

/// Strongest tilt over the whole grid: wrapped mass is divided by e^18, rounding errors near the end grow by it.
pub(crate) const TILT: f64 = 18.0;

/// The tilt that brings this much mass beyond the grid below 1e-13 where it wraps.
pub(crate) fn tilt_for(beyond: f64) -> f64 {
    (libm::log(beyond.max(1e-15) / 1e-13) + 2.0).clamp(0.5, TILT)
}

/// One spectrum per bracket.
pub(crate) type Spectra = [Vec<Complex64>; BRACKETS];

/// Transforms of one grid size.
pub(crate) struct Transform {
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
    tilt: Vec<f64>,
    buffer: Vec<f64>,
    scratch: Vec<Complex64>,
}

impl Transform {
    pub fn new(size: usize, tilt: f64) -> Self {
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(size);
        let backward = planner.plan_fft_inverse(size);
        let length = forward.get_scratch_len().max(backward.get_scratch_len());
        Self {
            tilt: powers(libm::exp(-tilt / size as f64), size),
            buffer: vec![0.0; size],
            scratch: vec![Complex64::default(); length],
            forward,
            backward,
        }
    }

    pub fn bins(&self) -> usize {
        self.buffer.len() / 2 + 1
    }

    pub fn constant(&self, value: f64) -> Spectra {
        std::array::from_fn(|_| vec![Complex64::from(value); self.bins()])
    }

    /// Spectrum of the tilted masses.
    pub fn spectrum(&mut self, mass: &[f64], out: &mut [Complex64]) {
        for ((slot, mass), tilt) in self.buffer.iter_mut().zip(mass).zip(&self.tilt) {
            *slot = mass * tilt;
        }
        let length = mass.len().min(self.buffer.len());
        self.buffer[length..].fill(0.0);
        let length = self.forward.get_scratch_len();
        self.forward
            .process_with_scratch(&mut self.buffer, out, &mut self.scratch[..length])
            .expect("the lengths are those of the plan");
    }

    /// The three spectra of a payment, and its means times `weight`. With at most one atom, on the grid, rounding down is
    /// rounding up moved by one step, so one transform gives all three.
    pub fn cells(
        &mut self,
        cells: &Cells,
        grid: Grid,
        out: &mut Spectra,
        means: &mut [f64; BRACKETS],
        weight: f64,
    ) {
        let Some((zero, place, atom)) = cells.single_atom(grid) else {
            let mut masses = empty(grid);
            cells.add(&mut masses, grid, 1.0);
            add_means(means, &masses, grid, weight);
            for (masses, out) in masses.iter().zip(out) {
                self.spectrum(masses, out);
            }
            return;
        };
        let first: f64 = cells.rising.iter().enumerate().map(|(j, p)| j as f64 * p).sum();
        let all: f64 = cells.rising.iter().sum();
        for (mean, steps) in means.iter_mut().zip([1.0, 0.5, 0.0]) {
            *mean += weight * grid.step * (first - steps * all + place as f64 * atom);
        }
        let [down, split, up] = out;
        self.spectrum(&cells.rising, up);
        let size = self.buffer.len();
        let tilt = self.tilt[1];
        let turn = -2.0 * std::f64::consts::PI / size as f64;
        let unit = |place: usize| {
            let (sine, cosine) = libm::sincos(turn * (place % size) as f64);
            Complex64::new(cosine, sine)
        };
        let (step_back, step_atom) = (unit(1).conj(), unit(place));
        let mass = atom * self.tilt[place];
        for start in (0..up.len()).step_by(256) {
            // Powers by multiplication, set anew before their rounding errors add up.
            let mut back = unit(start).conj() / tilt;
            let mut top = unit(start * place % size) * mass;
            for bin in start..(start + 256).min(up.len()) {
                let rising = up[bin];
                let falling = rising * back;
                let fixed = top + zero;
                down[bin] = falling + fixed;
                up[bin] = rising + fixed;
                split[bin] = (falling + rising) * 0.5 + fixed;
                back *= step_back;
                top *= step_atom;
            }
        }
    }

    /// Masses back from a spectrum, which is used up.
    pub fn masses(&mut self, spectrum: &mut [Complex64]) -> Vec<f64> {
        if let Some(first) = spectrum.first_mut() {
            first.im = 0.0;
        }
        if let Some(last) = spectrum.last_mut() {
            last.im = 0.0;
        }
        let length = self.backward.get_scratch_len();
        self.backward
            .process_with_scratch(spectrum, &mut self.buffer, &mut self.scratch[..length])
            .expect("the lengths are those of the plan");
        let size = self.buffer.len() as f64;
        // Rounding leaves dust of both signs; cut at 0 it would add up to a bias.
        self.buffer.iter().zip(&self.tilt).map(|(value, tilt)| value / (size * tilt)).collect()
    }
}

/// 1, base, base^2, ... with the error of each kept at a few roundings by squaring blocks.
fn powers(base: f64, length: usize) -> Vec<f64> {
    let logarithm = libm::log(base);
    let mut list = Vec::with_capacity(length);
    for start in (0..length).step_by(64) {
        let mut value = libm::exp(logarithm * start as f64);
        for _ in start..(start + 64).min(length) {
            list.push(value);
            value *= base;
        }
    }
    list
}

/// The spectra of a book's parts before they are put together.
pub(crate) struct Parts {
    /// Spectrum of the total, without the shocks.
    pub own: Spectra,
    /// For each shock the spectrum of one occurrence.
    pub occurrences: Vec<Spectra>,
    /// Means of the totals as rounded, with what lies beyond the grid at its true mean less or plus a step.
    pub means: [f64; BRACKETS],
}

/// Spectra of the sums of `payment(risk)` over all risks; `progress` is told finished and all risks.
pub(crate) fn parts(
    transform: &mut Transform,
    grid: Grid,
    book: &Book,
    payment: &dyn Fn(&Risk) -> Payment,
    with_shocks: bool,
    progress: &dyn Fn(usize, usize),
) -> Parts {
    let mut poisson = empty(grid);
    let mut rate = 0.0;
    let mut means = [0.0; BRACKETS];
    let mut product = transform.constant(1.0);
    let mut occurrences: Vec<Spectra> =
        if with_shocks { book.shocks.iter().map(|_| transform.constant(1.0)).collect() } else { Vec::new() };
    let mut spectrum = vec![Complex64::default(); transform.bins()];
    let mut spectra = transform.constant(0.0);
    for (index, risk) in book.risks.iter().enumerate() {
        let payment = payment(risk);
        let links: &[(usize, f64)] = if with_shocks { &risk.links } else { &[] };
        let is_poisson = matches!(risk.count, Count::Poisson { .. });
        let hits: f64 = links.iter().map(|(shock, hit)| book.shocks[*shock].rate * hit).sum();
        let cells = Cells::of(&payment, grid);
        add_beyond(&mut means, &payment, grid, hits + risk.count.mean());
        // Poisson compounds add up before the transform: sum of rate_i (phi_i - 1).
        if let Count::Poisson { rate: own } = risk.count {
            rate += own;
            cells.add(&mut poisson, grid, own);
        }
        if !links.is_empty() || !is_poisson {
            let own = if is_poisson { 0.0 } else { risk.count.mean() };
            transform.cells(&cells, grid, &mut spectra, &mut means, hits + own);
            for bracket in 0..BRACKETS {
                if !is_poisson {
                    multiply(&mut product[bracket], &spectra[bracket], |phi| risk.count.generate(phi));
                }
                for (shock, hit) in links {
                    multiply(&mut occurrences[*shock][bracket], &spectra[bracket], |phi| {
                        (phi - 1.0) * *hit + 1.0
                    });
                }
            }
        }
        progress(index + 1, book.risks.len());
    }
    add_means(&mut means, &poisson, grid, 1.0);
    for bracket in 0..BRACKETS {
        transform.spectrum(&poisson[bracket], &mut spectrum);
        multiply(&mut product[bracket], &spectrum, |phi| (phi - rate).exp());
    }
    Parts { own: product, occurrences, means }
}

fn add_means(means: &mut [f64; BRACKETS], masses: &Bracketed, grid: Grid, weight: f64) {
    if weight > 0.0 {
        for (mean, masses) in means.iter_mut().zip(masses) {
            *mean += weight * grid.step * masses.iter().enumerate().map(|(j, p)| j as f64 * p).sum::<f64>();
        }
    }
}

/// E[payment; payment beyond the last cell] with a step less, as it is, and with a step more.
fn add_beyond(means: &mut [f64; BRACKETS], payment: &Payment, grid: Grid, weight: f64) {
    let end = (grid.size - 1) as f64 * grid.step;
    if weight <= 0.0 || payment.top() < end {
        return;
    }
    let survival = payment.survival(end);
    let beyond = payment.moment(1) - payment.layer(0.0, end).moment(1) + end * survival;
    for (mean, steps) in means.iter_mut().zip([-1.0, 0.0, 1.0]) {
        *mean += weight * (beyond + steps * grid.step * survival);
    }
}

fn multiply(product: &mut [Complex64], spectrum: &[Complex64], factor: impl Fn(Complex64) -> Complex64) {
    for (value, phi) in product.iter_mut().zip(spectrum) {
        *value *= factor(*phi);
    }
}

impl Parts {
    /// Spectrum of the year's total: own events times exp(rate (occurrence - 1)) of each shock.
    pub fn total(&self, shocks: &[Cause]) -> Spectra {
        let mut total = self.own.clone();
        for (shock, occurrence) in shocks.iter().zip(&self.occurrences) {
            for bracket in 0..BRACKETS {
                multiply(&mut total[bracket], &occurrence[bracket], |phi| ((phi - 1.0) * shock.rate).exp());
            }
        }
        total
    }
}

/// Distributions from spectra.
pub(crate) fn lattices(transform: &mut Transform, grid: Grid, mut spectra: Spectra) -> [Lattice; BRACKETS] {
    std::array::from_fn(|bracket| Lattice::from_masses(grid.step, transform.masses(&mut spectra[bracket])))
}
