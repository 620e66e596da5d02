//! From lattice severities to the distribution of the year's total, by one pass through the discrete Fourier transform.
//! Exponential tilting (Gruebel and Hermesmeier 1999) holds down what would wrap round the end of the grid.

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex64;

use super::exponential::{multiply_exponentials, multiply_hits};
use super::lattice::{BRACKETS, Bracketed, Cells, Grid, Lattice, empty};
use crate::book::{Book, Cause, Risk};
use crate::frequency::Count;
use crate::payment::Payment;
use crate::simulate::Simd;

/// Strongest tilt over the whole grid: wrapped mass is divided by e^18, rounding errors near the end grow by it.
pub(crate) const TILT: f64 = 18.0;

/// The tilt that brings this much mass beyond the grid below 1e-13 where it wraps.
pub(crate) fn tilt_for(beyond: f64) -> f64 {
    (libm::log(beyond.max(1e-15) / 1e-13) + 2.0).clamp(0.5, TILT)
}

/// A spectrum with the three brackets of each bin side by side.
pub(crate) type Spectra = Vec<[Complex64; BRACKETS]>;

/// Bins handled at a time: their values stay in the first-level cache.
const CHUNK: usize = 256;

/// Transforms of one grid size.
pub(crate) struct Transform {
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
    tilt: Vec<f64>,
    buffer: Vec<f64>,
    scratch: Vec<Complex64>,
    /// What moves a tilted distribution down by one step, bin by bin; filled when first needed.
    step_down: Vec<Complex64>,
    simd: Simd,
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
            step_down: Vec::new(),
            simd: Simd::best(),
            forward,
            backward,
        }
    }

    pub fn bins(&self) -> usize {
        self.buffer.len() / 2 + 1
    }

    pub fn constant(&self, value: f64) -> Spectra {
        vec![[Complex64::from(value); BRACKETS]; self.bins()]
    }

    /// e^(-2 pi i place / size).
    fn root(&self, place: usize) -> Complex64 {
        let size = self.buffer.len();
        let (sine, cosine) = libm::sincos(-2.0 * std::f64::consts::PI * (place % size) as f64 / size as f64);
        Complex64::new(cosine, sine)
    }

    /// Spectra of the three tilted masses.
    pub fn spectra(&mut self, masses: &Bracketed) -> Spectra {
        let mut spectra = self.constant(0.0);
        let mut spectrum = vec![Complex64::default(); self.bins()];
        for (bracket, masses) in masses.iter().enumerate() {
            self.spectrum(masses, &mut spectrum);
            for (slot, value) in spectra.iter_mut().zip(&spectrum) {
                slot[bracket] = *value;
            }
        }
        spectra
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

    /// Adds the means of a payment times `weight`, and hands its three spectra to `take`, which is told the first bin of
    /// each chunk. With at most one atom, on the grid, rounding down is rounding up moved by one step, so one transform
    /// gives all three.
    pub fn cells(
        &mut self,
        cells: &Cells,
        grid: Grid,
        means: &mut [f64; BRACKETS],
        weight: f64,
        mut take: impl FnMut(usize, &[[Complex64; BRACKETS]]),
    ) {
        let Some((zero, place, atom)) = cells.single_atom(grid) else {
            let mut masses = empty(grid);
            cells.add(&mut masses, grid, 1.0);
            add_means(means, &masses, grid, weight);
            return take(0, &self.spectra(&masses));
        };
        let first: f64 = cells.rising.iter().enumerate().map(|(j, p)| j as f64 * p).sum();
        let all: f64 = cells.rising.iter().sum();
        for (mean, steps) in means.iter_mut().zip([1.0, 0.5, 0.0]) {
            *mean += weight * grid.step * (first - steps * all + place as f64 * atom);
        }
        let mut up = vec![Complex64::default(); self.bins()];
        self.spectrum(&cells.rising, &mut up);
        self.fill_step_down();
        let mass = atom * self.tilt[place];
        let mut chunk = [[Complex64::default(); BRACKETS]; CHUNK];
        for start in (0..up.len()).step_by(CHUNK) {
            let end = (start + CHUNK).min(up.len());
            self.atom_of_chunk(start, place, mass, zero, &mut chunk);
            for ((slot, rising), step) in
                chunk.iter_mut().zip(&up[start..end]).zip(&self.step_down[start..end])
            {
                let falling = rising * step;
                slot[0] += falling;
                slot[1] += (falling + rising) * 0.5;
                slot[2] += rising;
            }
            take(start, &chunk[..end - start]);
        }
    }

    /// The spectrum of an atom and of what is never paid, which the three brackets share. Powers by multiplication in
    /// four strands, set anew in each chunk before their rounding errors add up.
    fn atom_of_chunk(
        &self,
        start: usize,
        place: usize,
        mass: f64,
        zero: f64,
        chunk: &mut [[Complex64; BRACKETS]; CHUNK],
    ) {
        const STRANDS: usize = 4;
        if mass == 0.0 {
            return chunk.fill([zero.into(); BRACKETS]);
        }
        let mut strands: [Complex64; STRANDS] =
            std::array::from_fn(|strand| self.root((start + strand) * place) * mass);
        let leap = self.root(STRANDS * place);
        for slots in chunk.as_chunks_mut::<STRANDS>().0 {
            for (slot, strand) in slots.iter_mut().zip(&mut strands) {
                *slot = [*strand + zero; BRACKETS];
                *strand *= leap;
            }
        }
    }

    fn fill_step_down(&mut self) {
        if !self.step_down.is_empty() {
            return;
        }
        let tilt = self.tilt[1];
        let step = self.root(1).conj();
        let mut list = Vec::with_capacity(self.bins());
        for start in (0..self.bins()).step_by(CHUNK) {
            let mut value = self.root(start).conj() / tilt;
            for _ in start..(start + CHUNK).min(self.bins()) {
                list.push(value);
                value *= step;
            }
        }
        self.step_down = list;
    }

    /// total *= exp(rate (occurrence - 1)).
    pub fn multiply_occurrences(&self, occurrence: &Spectra, rate: f64, total: &mut Spectra) {
        multiply_exponentials(self.simd, occurrence.as_flattened(), 1.0, rate, total.as_flattened_mut());
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
    simd: Simd,
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
    let simd = transform.simd;
    let mut poisson = empty(grid);
    let mut rate = 0.0;
    let mut means = [0.0; BRACKETS];
    let mut product = transform.constant(1.0);
    let mut occurrences: Vec<Spectra> =
        if with_shocks { book.shocks.iter().map(|_| transform.constant(1.0)).collect() } else { Vec::new() };
    for (index, risk) in book.risks.iter().enumerate() {
        let payment = payment(risk);
        let links: &[(usize, f64)] = if with_shocks { &risk.links } else { &[] };
        let hits: f64 = links.iter().map(|(shock, hit)| book.shocks[*shock].rate * hit).sum();
        let cells = Cells::of(&payment, grid);
        add_beyond(&mut means, &payment, grid, hits + risk.count.mean());
        // Poisson compounds add up before the transform: sum of rate_i (phi_i - 1).
        let own = if let Count::Poisson { rate: own } = risk.count {
            rate += own;
            cells.add(&mut poisson, grid, own);
            None
        } else {
            Some(&risk.count)
        };
        if !links.is_empty() || own.is_some() {
            let weight = hits + own.map_or(0.0, Count::mean);
            transform.cells(&cells, grid, &mut means, weight, |start, phi| {
                let bins = start..start + phi.len();
                if let Some(count) = own {
                    for (slot, phi) in
                        product[bins.clone()].as_flattened_mut().iter_mut().zip(phi.as_flattened())
                    {
                        *slot *= count.generate(*phi);
                    }
                }
                for (shock, hit) in links {
                    let occurrence = occurrences[*shock][bins.clone()].as_flattened_mut();
                    multiply_hits(simd, phi.as_flattened(), *hit, occurrence);
                }
            });
        }
        progress(index + 1, book.risks.len());
    }
    add_means(&mut means, &poisson, grid, 1.0);
    if rate > 0.0 {
        let spectra = transform.spectra(&poisson);
        multiply_exponentials(simd, spectra.as_flattened(), rate, 1.0, product.as_flattened_mut());
    }
    Parts { own: product, occurrences, means, simd }
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

impl Parts {
    /// Spectrum of the year's total: own events times exp(rate (occurrence - 1)) of each shock.
    pub fn total(&self, shocks: &[Cause]) -> Spectra {
        let mut total = self.own.clone();
        for (shock, occurrence) in shocks.iter().zip(&self.occurrences) {
            let total = total.as_flattened_mut();
            multiply_exponentials(self.simd, occurrence.as_flattened(), 1.0, shock.rate, total);
        }
        total
    }
}

/// Distributions from spectra.
pub(crate) fn lattices(transform: &mut Transform, grid: Grid, spectra: &Spectra) -> [Lattice; BRACKETS] {
    std::array::from_fn(|bracket| {
        let mut spectrum: Vec<Complex64> = spectra.iter().map(|bin| bin[bracket]).collect();
        Lattice::from_masses(grid.step, transform.masses(&mut spectrum))
    })
}
