//! Order statistics of the largest values without sorting the rest: quantiles, tail means, rank intervals.

/// The largest values of a sample, in increasing order, enough of them for every level from a lowest one on.
#[derive(Debug, Clone)]
pub struct Top {
    total: usize,
    values: Vec<f64>,
}

/// A tail mean with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TailMean {
    /// Estimate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Part of the squared excesses that the largest value makes.
    pub largest_share: f64,
}

impl Top {
    /// For quantiles at `lowest` and above, with room for their rank intervals.
    pub fn of(values: &[f64], lowest: f64) -> Self {
        let n = values.len() as f64;
        let above = n * (1.0 - lowest);
        let count = (above + 6.0 * above.sqrt() + 10.0) as usize;
        Self { total: values.len(), values: largest(values, count) }
    }

    /// The value of rank `rank` (1 is the smallest of the whole sample), as far down as they were kept.
    fn ranked(&self, rank: f64) -> f64 {
        let from_top = (self.total as f64 - rank).max(0.0) as usize;
        let place = self.values.len().saturating_sub(1 + from_top);
        self.values.get(place).copied().unwrap_or(0.0)
    }

    fn rank(&self, level: f64) -> f64 {
        (self.total as f64 * level - 1e-9).ceil().max(1.0)
    }

    /// The largest value.
    pub fn largest(&self) -> f64 {
        self.values.last().copied().unwrap_or(0.0)
    }

    /// The smallest sample value x with at least `level` of the sample at or below it.
    pub fn quantile(&self, level: f64) -> f64 {
        self.ranked(self.rank(level))
    }

    /// The values whose ranks are `sigmas` binomial standard deviations below and above.
    pub fn rank_interval(&self, level: f64, sigmas: f64) -> [f64; 2] {
        let width = sigmas * (self.total as f64 * level * (1.0 - level)).sqrt();
        let rank = self.rank(level);
        [self.ranked((rank - width - 1.0).floor()), self.ranked((rank + width + 1.0).ceil())]
    }

    /// The expected number of values beyond the quantile, when they are so few that its upper rank is not in the sample.
    pub fn too_few(&self, level: f64, sigmas: f64) -> Option<f64> {
        let n = self.total as f64;
        let upper = self.rank(level) + sigmas * (n * level * (1.0 - level)).sqrt() + 1.0;
        (upper.ceil() > n).then_some(n * (1.0 - level))
    }

    /// Half the width of the one-sigma rank interval.
    pub fn quantile_error(&self, level: f64) -> f64 {
        let [low, high] = self.rank_interval(level, 1.0);
        0.5 * (high - low)
    }

    /// TVaR of the sample: atoms at the quantile count with the part of them that lies above the level.
    pub fn tail_mean(&self, level: f64) -> TailMean {
        let q = self.quantile(level);
        let n = self.total as f64;
        let start = self.values.partition_point(|value| *value <= q);
        let excess = |value: &f64| value - q;
        let first: f64 = self.values[start..].iter().map(excess).sum::<f64>() / n;
        let second: f64 = self.values[start..].iter().map(|value| excess(value).powi(2)).sum::<f64>() / n;
        let largest = (self.largest() - q).powi(2);
        TailMean {
            value: q + first / (1.0 - level),
            standard_error: ((second - first * first).max(0.0) / n).sqrt() / (1.0 - level),
            largest_share: if second > 0.0 { largest / (second * n) } else { 0.0 },
        }
    }
}

/// The `count` largest values in increasing order.
fn largest(values: &[f64], count: usize) -> Vec<f64> {
    let count = count.min(values.len());
    let mut candidates = at_least(values, pivot(values, count));
    if candidates.len() < count {
        candidates = values.to_vec();
    }
    let skip = candidates.len() - count;
    if skip > 0 {
        candidates.select_nth_unstable_by(skip, f64::total_cmp);
        candidates.drain(..skip);
    }
    candidates.sort_unstable_by(f64::total_cmp);
    candidates
}

/// A value that a little more than `count` values reach, guessed from every 61st value.
fn pivot(values: &[f64], count: usize) -> f64 {
    const STEP: usize = 61;
    if values.len() < 64 * STEP || count * 2 > values.len() {
        return f64::NEG_INFINITY;
    }
    let mut sample: Vec<f64> = values.iter().step_by(STEP).copied().collect();
    let expected = (count / STEP) as f64;
    let rank = (expected + 5.0 * expected.sqrt() + 10.0) as usize;
    let Some(at) = sample.len().checked_sub(rank + 1) else { return f64::NEG_INFINITY };
    *sample.select_nth_unstable_by(at, f64::total_cmp).1
}

fn at_least(values: &[f64], pivot: f64) -> Vec<f64> {
    let mut kept = Vec::with_capacity(values.len() / 32 + 64);
    for group in values.chunks(16) {
        // A whole group below the pivot, the usual case, costs one vector comparison.
        if group.iter().fold(false, |any, value| any | (*value >= pivot)) {
            kept.extend(group.iter().filter(|value| **value >= pivot));
        }
    }
    kept
}
