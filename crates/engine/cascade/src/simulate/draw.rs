//! Where the durations of a trial come from.

use crate::graph::{Graph, NONE};
use crate::model::Law;

/// Draws durations by name, so that a what-if patch leaves every other draw of a trial as it was
/// (common random numbers).
#[derive(Clone)]
pub(crate) struct Draw<'g> {
    graph: &'g Graph,
    source: Source,
    /// Timings held at a value whatever the source says, for a tornado.
    fixed: Option<(u32, u64)>,
}

#[derive(Clone)]
enum Source {
    /// The median of every law: the run that people discuss first.
    Median,
    /// A hash of seed, trial and name.
    Sampled { keys: std::sync::Arc<[u64]>, trial: u64 },
}

impl<'g> Draw<'g> {
    pub fn median(graph: &'g Graph) -> Self {
        Self { graph, source: Source::Median, fixed: None }
    }

    /// Holds `timing` at `milliseconds`.
    pub fn holding(mut self, timing: u32, milliseconds: u64) -> Self {
        self.fixed = Some((timing, milliseconds));
        self
    }

    /// Draws for trial number `trial`; `keys` come from [`timing_keys`].
    pub fn sampled(graph: &'g Graph, keys: std::sync::Arc<[u64]>, seed: u64, trial: u64) -> Self {
        Self { graph, source: Source::Sampled { keys, trial: mix(mix(seed) ^ trial) }, fixed: None }
    }

    /// What stands for the trial in [`uniform`]; 0 for medians.
    pub fn trial_key(&self) -> u64 {
        match &self.source {
            Source::Median => 0,
            Source::Sampled { trial, .. } => *trial,
        }
    }

    /// Milliseconds of the timing; 0 for none.
    #[inline]
    pub fn duration(&self, timing: u32) -> u64 {
        if timing == NONE {
            return 0;
        }
        let law = &self.graph.timings[timing as usize].law;
        if let Some((held, value)) = self.fixed
            && held == timing
        {
            return value;
        }
        match (law, &self.source) {
            (Law::Fixed(value), _) => value.milliseconds(),
            (law, Source::Median) => law.median().milliseconds(),
            (law, Source::Sampled { keys, trial }) => {
                law.quantile(uniform(keys[timing as usize], *trial)).milliseconds()
            }
        }
    }
}

/// A key for each timing that depends on its name only.
pub(crate) fn timing_keys(graph: &Graph) -> std::sync::Arc<[u64]> {
    graph.timings.iter().map(|timing| key(&timing.name)).collect()
}

/// FNV-1a of the name, then mixed: stable over versions and machines.
pub(crate) fn key(name: &str) -> u64 {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    mix(name.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014): every input bit reaches every output bit.
#[inline]
pub(crate) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number strictly between 0 and 1.
#[inline]
pub(crate) fn uniform(key: u64, trial: u64) -> f64 {
    ((mix(key ^ trial) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}
