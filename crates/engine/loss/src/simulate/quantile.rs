//! A table that inverts any survival function: cubics on sixteen pieces of every octave of the probability, from both
//! ends, so that the far tail is as accurate as the centre and every severity costs the same.

/// Intervals: two ends x 128 octaves x 16 pieces.
pub(crate) const INTERVALS: usize = 4096;
const HALF: usize = INTERVALS / 2;

/// Four coefficients per interval.
pub(crate) struct QuantileTable {
    pub coefficients: Box<[f64; 4 * INTERVALS]>,
    /// Intervals in which the cubic is not good enough (kinks, jumps): drawn by the exact function instead.
    pub exact: Option<Box<[bool; INTERVALS]>>,
}

/// Which interval holds survival probability `s`; the lower half of the table is for 1 - s.
pub(crate) fn interval(s: f64) -> usize {
    let lower = s > 0.5;
    let t = if lower { 1.0 - s } else { s };
    let steps = (TOP - (t.to_bits() >> 48)).min(HALF as u64 - 1) as usize;
    if lower { HALF + steps } else { steps }
}

/// Exponent and first four mantissa bits of the numbers just below 1.
pub(crate) const TOP: u64 = (1022 << 4) | 15;

impl QuantileTable {
    /// `quantile(s)` must not increase with s. Pieces whose cubic misses the function by more than `tolerance`
    /// (relative to the function, or absolute when `absolute`) are marked exact.
    pub fn build(quantile: impl Fn(f64) -> f64, tolerance: f64, absolute: bool, least: f64) -> Self {
        let mut table = vec![0.0; 4 * INTERVALS];
        let mut exact = vec![false; INTERVALS];
        for steps in 15..HALF {
            let start = f64::from_bits((TOP - steps as u64) << 48);
            let end = f64::from_bits((TOP - steps as u64 + 1) << 48);
            for lower in [false, true] {
                if (lower && start < 1e-15) || (!lower && end < least) {
                    continue;
                }
                let value = |f: f64| {
                    let t = start + f * (end - start);
                    quantile(if lower { 1.0 - t } else { t })
                };
                let cubic = fit_cubic(&value);
                let index = if lower { HALF + steps } else { steps };
                table[4 * index..4 * index + 4].copy_from_slice(&cubic);
                exact[index] = !is_close(&value, &cubic, tolerance, absolute);
            }
        }
        if absolute {
            exact.fill(false);
        } else {
            // Beyond the last piece that was built.
            for steps in 15..HALF {
                let end = f64::from_bits((TOP - steps as u64 + 1) << 48);
                exact[steps] |= end < least;
                exact[HALF + steps] |= f64::from_bits((TOP - steps as u64) << 48) < 1e-15;
            }
            exact[..15].fill(true);
            exact[HALF..HALF + 15].fill(true);
        }
        let any = exact.iter().any(|flag| *flag);
        let boxed = |list: Vec<bool>| <Box<[bool; INTERVALS]>>::try_from(list.into_boxed_slice()).ok();
        Self {
            coefficients: <Box<[f64; 4 * INTERVALS]>>::try_from(table.into_boxed_slice())
                .expect("made with that length"),
            exact: if any { boxed(exact) } else { None },
        }
    }

    /// -Phi^-1(s): the standard normal score of survival probability s.
    pub fn normal() -> Self {
        Self::build(|s| -crate::special::normal_quantile(s), 1e-8, true, 0.0)
    }

    /// The tabulated value, as the kernels compute it.
    #[cfg(test)]
    pub fn value(&self, s: f64) -> f64 {
        let lower = s > 0.5;
        let t = if lower { 1.0 - s } else { s };
        let f = f64::from_bits(((t.to_bits() << 4) & ((1 << 52) - 1)) | 1.0f64.to_bits()) - 1.0;
        let at = 4 * interval(s);
        let c = &self.coefficients[at..at + 4];
        ((c[3] * f + c[2]) * f + c[1]) * f + c[0]
    }
}

/// The cubic through the four Chebyshev nodes of [0, 1].
fn fit_cubic(value: &impl Fn(f64) -> f64) -> [f64; 4] {
    let nodes: [f64; 4] =
        [0.038_060_233_744_356_62, 0.308_658_283_817_455_1, 0.691_341_716_182_544_9, 0.961_939_766_255_643_4];
    let mut divided = nodes.map(value);
    for order in 1..4 {
        for index in (order..4).rev() {
            divided[index] = (divided[index] - divided[index - 1]) / (nodes[index] - nodes[index - order]);
        }
    }
    let mut cubic = [divided[3], 0.0, 0.0, 0.0];
    for index in (0..3).rev() {
        for power in (1..4).rev() {
            cubic[power] = cubic[power - 1] - nodes[index] * cubic[power];
        }
        cubic[0] = divided[index] - nodes[index] * cubic[0];
    }
    cubic
}

fn is_close(value: &impl Fn(f64) -> f64, cubic: &[f64; 4], tolerance: f64, absolute: bool) -> bool {
    [0.0, 0.15, 0.5, 0.85, 0.999_999].iter().all(|f| {
        let wanted = value(*f);
        let got = ((cubic[3] * f + cubic[2]) * f + cubic[1]) * f + cubic[0];
        let scale = if absolute { 1.0 } else { wanted.abs().max(1e-300) };
        (got - wanted).abs() <= tolerance * scale
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::severity::Law;
    use crate::special::normal_quantile;

    #[test]
    fn normal_scores_are_good_in_the_centre_and_in_the_far_tail() {
        let table = QuantileTable::normal();
        let mut worst = 0.0f64;
        for step in 1..200_000 {
            let s = f64::from(step) / 200_001.0;
            worst = worst.max((table.value(s) + normal_quantile(s)).abs());
            let far = s * 1e-12;
            worst = worst.max((table.value(far) + normal_quantile(far)).abs());
        }
        assert!(worst < 2e-8, "largest error {worst:e}");
    }

    #[test]
    fn pieces_with_a_jump_are_marked() {
        let law = Law::Empirical { values: vec![1.0, 2.0], survival: vec![0.3, 0.0] };
        let table = QuantileTable::build(|s| law.quantile(s), 1e-9, false, 1e-16);
        let exact = table.exact.expect("there is a jump at 0.3");
        assert!(exact[interval(0.3)]);
        assert!(!exact[interval(0.9)] && !exact[interval(0.01)]);
    }
}
