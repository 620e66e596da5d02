//! Which input moves the answer: Sobol's first-order and total indices by the estimators of Saltelli 2010 and Jansen 1999.

use crate::philox::{stream_key, unit};

/// Indices of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Index {
    /// Part of the variance that the input explains alone.
    pub first: f64,
    /// Part that is lost when everything but the input is known.
    pub total: f64,
}

/// Indices of `value` over independent uniform inputs on (0, 1); `n` rows cost n (inputs + 2) evaluations.
pub fn sobol(inputs: usize, n: usize, seed: u64, value: impl Fn(&[f64]) -> f64) -> Vec<Index> {
    let keys = [stream_key(seed, &["sobol", "a"]), stream_key(seed, &["sobol", "b"])];
    let row = |key: usize, row: usize| -> Vec<f64> {
        (0..inputs).map(|input| unit(keys[key], [row as u32, input as u32, 0, 0])).collect()
    };
    let mut first = vec![0.0; inputs];
    let mut total = vec![0.0; inputs];
    let (mut sum, mut square) = (0.0, 0.0);
    for index in 0..n {
        let (a, b) = (row(0, index), row(1, index));
        let (at_a, at_b) = (value(&a), value(&b));
        sum += at_a + at_b;
        square += at_a * at_a + at_b * at_b;
        for (input, (first, total)) in first.iter_mut().zip(&mut total).enumerate() {
            let mut mixed = a.clone();
            mixed[input] = b[input];
            let at_mixed = value(&mixed);
            *first += at_b * (at_mixed - at_a);
            *total += (at_a - at_mixed) * (at_a - at_mixed);
        }
    }
    let count = n as f64;
    let mean = sum / (2.0 * count);
    let variance = square / (2.0 * count) - mean * mean;
    let index = |(first, total): (f64, f64)| Index {
        first: first / count / variance,
        total: total / (2.0 * count * variance),
    };
    first.into_iter().zip(total).map(index).collect()
}
