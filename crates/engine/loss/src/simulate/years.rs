//! The table of simulated years and the sums of one block on their way into it.

use super::BLOCK;
use super::column::Column;
use super::plan::Tally;
use crate::book::Cover;

/// Total and largest occurrence of every simulated year, and what every layer paid in it.
#[derive(Debug, Clone)]
pub struct YearTable {
    /// Sum of all payments of the year.
    pub total: Column,
    /// Largest occurrence of the year; the hits of one shock occurrence count as one.
    pub largest: Column,
    /// One list a layer.
    pub layers: Vec<Vec<f64>>,
    /// Moments of the totals of each block of 4,096 years, in order.
    blocks: Vec<Moments>,
    /// Threads that the run could use; figures are read off with as many.
    workers: usize,
}

/// Count, mean and central power sums up to the fourth (Pebay 2008), and the number of zeros.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// Number of values.
    pub n: f64,
    /// Mean.
    pub mean: f64,
    /// Sum of squared deviations.
    pub second: f64,
    /// Sum of cubed deviations.
    pub third: f64,
    /// Sum of fourth powers of the deviations.
    pub fourth: f64,
    /// Number of values that are 0.
    pub zeros: f64,
}

impl Moments {
    /// Of one list, in eight lanes so that the order of the sums is fixed and the machine's lanes are used.
    pub fn of(values: &[f64]) -> Self {
        const LANES: usize = 8;
        let (groups, rest) = values.as_chunks::<LANES>();
        let mut sum = [0.0; LANES];
        let mut zeros = [0.0; LANES];
        for group in groups {
            for lane in 0..LANES {
                sum[lane] += group[lane];
                zeros[lane] += if group[lane] == 0.0 { 1.0 } else { 0.0 };
            }
        }
        let n = values.len() as f64;
        let mean = (sum.iter().sum::<f64>() + rest.iter().sum::<f64>()) / n.max(1.0);
        let mut powers = [[0.0; LANES]; 3];
        let mut add = |lane: usize, value: f64| {
            let deviation = value - mean;
            let square = deviation * deviation;
            powers[0][lane] += square;
            powers[1][lane] += square * deviation;
            powers[2][lane] += square * square;
        };
        for group in groups {
            for (lane, value) in group.iter().enumerate() {
                add(lane, *value);
            }
        }
        for value in rest {
            add(0, *value);
        }
        let zero_rest = rest.iter().filter(|value| **value == 0.0).count() as f64;
        Self {
            n,
            mean,
            second: powers[0].iter().sum(),
            third: powers[1].iter().sum(),
            fourth: powers[2].iter().sum(),
            zeros: zeros.iter().sum::<f64>() + zero_rest,
        }
    }

    /// Moments of both lists together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.n == 0.0 {
            return other;
        }
        let n = self.n + other.n;
        let gap = other.mean - self.mean;
        let (a, b) = (self.n, other.n);
        Self {
            n,
            mean: self.mean + gap * b / n,
            second: self.second + other.second + gap * gap * a * b / n,
            third: self.third
                + other.third
                + gap.powi(3) * a * b * (a - b) / (n * n)
                + 3.0 * gap * (a * other.second - b * self.second) / n,
            fourth: self.fourth
                + other.fourth
                + gap.powi(4) * a * b * (a * a - a * b + b * b) / (n * n * n)
                + 6.0 * gap * gap * (a * a * other.second + b * b * self.second) / (n * n)
                + 4.0 * gap * (a * other.third - b * self.third) / n,
            zeros: self.zeros + other.zeros,
        }
    }

    /// Unbiased variance.
    pub fn variance(&self) -> f64 {
        if self.n > 1.0 { self.second / (self.n - 1.0) } else { 0.0 }
    }
}

impl YearTable {
    pub(super) fn new(years: usize, layers: usize, workers: usize) -> Self {
        Self {
            total: Column::zeros(years),
            largest: Column::zeros(years),
            layers: vec![vec![0.0; years]; layers],
            blocks: vec![Moments::default(); years.div_ceil(BLOCK)],
            workers,
        }
    }

    /// A table of given totals, each year's largest occurrence unknown and set to the total.
    pub fn of_totals(total: Vec<f64>) -> Self {
        let blocks = total.chunks(BLOCK).map(Moments::of).collect();
        Self { largest: total.clone().into(), total: total.into(), layers: Vec::new(), blocks, workers: 1 }
    }

    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// Number of years.
    pub fn years(&self) -> usize {
        self.total.len()
    }

    /// Moments of the totals, merged in the order of the years.
    pub fn moments(&self) -> Moments {
        self.blocks.iter().fold(Moments::default(), |sum, block| sum.merge(*block))
    }

    /// Disjoint pieces for the workers, the last years first.
    pub(super) fn pieces(&mut self, years: usize) -> Vec<Piece<'_>> {
        let mut layers: Vec<_> = self.layers.iter_mut().map(|layer| layer.chunks_mut(years)).collect();
        let chunks = self.total.chunks_mut(years).zip(self.largest.chunks_mut(years));
        let mut pieces: Vec<Piece<'_>> = chunks
            .zip(self.blocks.chunks_mut(years / BLOCK))
            .enumerate()
            .map(|(index, ((total, largest), moments))| Piece {
                first: index * years / BLOCK,
                total,
                largest,
                layers: layers.iter_mut().filter_map(Iterator::next).collect(),
                moments,
            })
            .collect();
        pieces.reverse();
        pieces
    }
}

/// Some consecutive blocks of the table.
pub(super) struct Piece<'a> {
    first: usize,
    total: &'a mut [f64],
    largest: &'a mut [f64],
    layers: Vec<&'a mut [f64]>,
    moments: &'a mut [Moments],
}

impl Piece<'_> {
    pub fn blocks(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.moments.len()
    }

    /// Writes one block; years past the end of the table are dropped.
    pub fn store(&mut self, block: usize, sums: &BlockSums, layers: &[Cover]) {
        let at = block - self.first;
        let years = at * BLOCK..((at + 1) * BLOCK).min(self.total.len());
        let total = &mut self.total[years.clone()];
        for (slot, year) in total.iter_mut().zip(&sums.years) {
            *slot = year[0];
        }
        self.moments[at] = Moments::of(total);
        for (slot, year) in self.largest[years.clone()].iter_mut().zip(&sums.years) {
            *slot = year[1];
        }
        for (index, layer) in layers.iter().enumerate() {
            let out = &mut self.layers[index][years.clone()];
            for ((slot, taken), year) in out.iter_mut().zip(&sums.taken[index]).zip(&sums.years) {
                *slot = layer.year(if layer.annual { layer.take(year[0]) } else { *taken });
            }
        }
    }
}

/// Running sums of one block: total and largest side by side, and what occurrence layers took.
pub(super) struct BlockSums {
    years: Vec<[f64; 2]>,
    taken: Vec<Vec<f64>>,
}

impl BlockSums {
    pub fn new(layers: usize) -> Self {
        Self { years: vec![[0.0; 2]; BLOCK], taken: vec![vec![0.0; BLOCK]; layers] }
    }

    pub fn clear(&mut self) {
        self.years.fill([0.0; 2]);
        for taken in &mut self.taken {
            taken.fill(0.0);
        }
    }

    pub fn tally<'a>(&'a mut self, layers: &'a [Cover]) -> Sums<'a> {
        let years = <&mut [[f64; 2]; BLOCK]>::try_from(&mut self.years[..]).expect("made with that length");
        Sums { years, taken: &mut self.taken, layers }
    }
}

pub(super) struct Sums<'a> {
    years: &'a mut [[f64; 2]; BLOCK],
    taken: &'a mut [Vec<f64>],
    layers: &'a [Cover],
}

impl Tally for Sums<'_> {
    #[inline]
    fn events(&mut self, words: &[u64], payments: &[f64]) {
        for (word, paid) in words.iter().zip(payments) {
            let year = &mut self.years[(*word & (BLOCK as u64 - 1)) as usize];
            year[0] += paid;
            year[1] = if *paid > year[1] { *paid } else { year[1] };
        }
        for (layer, taken) in self.layers.iter().zip(self.taken.iter_mut()).filter(|pair| !pair.0.annual) {
            for (word, paid) in words.iter().zip(payments) {
                taken[(*word & (BLOCK as u64 - 1)) as usize] += layer.take(*paid);
            }
        }
    }

    fn shock_hit(&mut self, _year: usize, total: &mut f64, paid: f64) {
        *total += paid;
    }

    fn occurrence(&mut self, year: usize, total: f64) {
        self.years[year][0] += total;
        self.years[year][1] = self.years[year][1].max(total);
        for (layer, taken) in self.layers.iter().zip(self.taken.iter_mut()).filter(|pair| !pair.0.annual) {
            taken[year] += layer.take(total);
        }
    }
}
