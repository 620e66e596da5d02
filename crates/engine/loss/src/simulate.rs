//! Monte Carlo. Years come in blocks of 4,096. In a block the events of a Poisson risk are drawn as one count and then,
//! from one random word each, the year inside the block (12 bits) and the size (52 bits), which is exactly a Poisson
//! number in every year, independent between years. Every draw is a function of (seed, model, scenario, component) as key
//! and (draw, block) as counter, so threads, chunks and the presence of other scenarios change nothing. Events that the
//! deductible would wipe out are not drawn at all (thinning).

mod column;
pub(crate) mod kernel;
mod plan;
pub(crate) mod quantile;
mod years;

pub use column::Column;
pub use kernel::Simd;
pub use years::{Moments, YearTable};

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::book::Book;
use crate::error::LossError;
use plan::{Plan, Scratch, Tally};

/// Years in a block.
pub(crate) const BLOCK: usize = 4096;
/// Most years of one run.
pub const MOST_YEARS: usize = 1 << 31;

/// How to run; nothing in here but `years` and `seed` changes a result.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Simulated years.
    pub years: usize,
    /// Seed of every stream.
    pub seed: u64,
    /// Threads; 0 means as many as the machine has.
    pub threads: usize,
    /// Blocks of 4,096 years per piece of work.
    pub chunk: usize,
    /// Kernel version; the best when `None`.
    pub simd: Option<Simd>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { years: 1_000_000, seed: 1, threads: 0, chunk: 4, simd: None }
    }
}

impl Settings {
    fn workers(&self, pieces: usize) -> usize {
        let wanted = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        wanted.clamp(1, 256).min(pieces.max(1))
    }
}

/// Simulates the years. `progress` is told the number of finished and of all blocks, from any thread.
///
/// # Errors
/// [`LossError::Invalid`] for an empty book or a number of years outside 1 to 2^31; [`LossError::Refused`] when the
/// expected number of events passes 10^12.
pub fn simulate(
    book: &Book,
    settings: &Settings,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<YearTable, LossError> {
    let plan = Plan::of(book, settings)?;
    let blocks = settings.years.div_ceil(BLOCK);
    let chunk = settings.chunk.clamp(1, 1 << 16);
    let workers = settings.workers(blocks.div_ceil(chunk));
    let mut table = YearTable::new(settings.years, book.layers.len(), workers);
    let done = AtomicUsize::new(0);
    let pieces: Mutex<Vec<years::Piece<'_>>> = Mutex::new(table.pieces(chunk * BLOCK));
    let work = || {
        let mut scratch = Scratch::new(&plan);
        let mut sums = years::BlockSums::new(book.layers.len());
        let next = || pieces.lock().ok().and_then(|mut pieces| pieces.pop());
        while let Some(mut piece) = next() {
            for block in piece.blocks() {
                sums.clear();
                plan.run_block(block, &mut scratch, &mut sums.tally(&book.layers));
                piece.store(block, &sums, &book.layers);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, blocks);
            }
        }
    };
    if workers == 1 {
        work();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
    }
    drop(pieces);
    Ok(table)
}

/// What each risk lost, on average over all years, in the years of weight above 0: the sum over years of weight x loss of
/// the risk, divided by the sum of weights. The years are drawn again instead of having been stored.
///
/// # Errors
/// As [`simulate`].
pub fn attribute(book: &Book, settings: &Settings, weights: &[f64]) -> Result<Vec<f64>, LossError> {
    let plan = Plan::of(book, &Settings { years: weights.len(), ..*settings })?;
    let blocks: Vec<usize> = (0..weights.len().div_ceil(BLOCK)).collect();
    let parts = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut scratch = Scratch::new(&plan);
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(block) = blocks.get(at) else { break };
            let end = ((block + 1) * BLOCK).min(weights.len());
            let mut tally = Attribution::new(book.risks.len(), &weights[block * BLOCK..end]);
            plan.run_block(*block, &mut scratch, &mut tally);
            if let Ok(mut parts) = parts.lock() {
                parts.push((*block, tally.sums));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..settings.workers(blocks.len()) {
            scope.spawn(work);
        }
    });
    let mut parts = parts.into_inner().unwrap_or_default();
    parts.sort_by_key(|part| part.0);
    let weight: f64 = weights.iter().sum();
    let mut sums = vec![0.0; book.risks.len()];
    for (_, part) in parts {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += value / weight;
        }
    }
    Ok(sums)
}

/// Sums of weight x payment by risk.
struct Attribution {
    risk: usize,
    weights: Vec<f64>,
    sums: Vec<f64>,
}

impl Attribution {
    fn new(risks: usize, weights: &[f64]) -> Self {
        let mut weights = weights.to_vec();
        weights.resize(BLOCK, 0.0);
        Self { risk: 0, weights, sums: vec![0.0; risks] }
    }
}

impl Tally for Attribution {
    fn risk(&mut self, risk: usize) {
        self.risk = risk;
    }

    fn events(&mut self, words: &[u64], payments: &[f64]) {
        let sum: f64 =
            words.iter().zip(payments).map(|(word, paid)| self.weights[(*word & 4095) as usize] * paid).sum();
        self.sums[self.risk] += sum;
    }

    fn shock_hit(&mut self, year: usize, _total: &mut f64, paid: f64) {
        self.sums[self.risk] += self.weights[year] * paid;
    }

    fn occurrence(&mut self, _year: usize, _total: f64) {}
}
