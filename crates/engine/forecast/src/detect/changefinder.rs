//! ChangeFinder (Takeuchi & Yamanishi, "A unifying framework for detecting outliers and change points from time series", 2006):
//! two stages of sequentially discounted autoregression. The first scores values, its smoothed scores are the series of the
//! second, whose smoothed scores are high where the law of the series changes.

/// One sequentially discounted autoregressive model.
#[derive(Clone, Debug)]
struct Discounted {
    discount: f64,
    mean: f64,
    /// Autocovariances at lags 0 to the order.
    covariances: Vec<f64>,
    variance: f64,
    /// The last values, newest first.
    past: Vec<f64>,
}

impl Discounted {
    fn new(discount: f64, order: usize) -> Self {
        Self { discount, mean: 0.0, covariances: vec![0.0; order + 1], variance: 1.0, past: Vec::new() }
    }

    /// Takes a value and returns its logarithmic loss under the model before; `None` until there are as many as the order.
    fn update(&mut self, value: f64) -> Option<f64> {
        let order = self.covariances.len() - 1;
        let rate = self.discount;
        if self.past.len() < order {
            self.mean = (1.0 - rate) * self.mean + rate * value;
            self.past.insert(0, value);
            return None;
        }
        self.mean = (1.0 - rate) * self.mean + rate * value;
        for lag in 0..=order {
            let other = if lag == 0 { value } else { self.past[lag - 1] };
            self.covariances[lag] =
                (1.0 - rate) * self.covariances[lag] + rate * (value - self.mean) * (other - self.mean);
        }
        let coefficients = yule_walker(&self.covariances);
        let expected = self.mean
            + coefficients
                .iter()
                .zip(&self.past)
                .map(|(weight, past)| weight * (past - self.mean))
                .sum::<f64>();
        let error = value - expected;
        self.variance = ((1.0 - rate) * self.variance + rate * error * error).max(1e-12);
        self.past.insert(0, value);
        self.past.truncate(order);
        Some(0.5 * (std::f64::consts::TAU * self.variance).ln() + 0.5 * error * error / self.variance)
    }
}

/// Autoregressive coefficients from autocovariances (Levinson & Durbin).
fn yule_walker(covariances: &[f64]) -> Vec<f64> {
    let order = covariances.len() - 1;
    let mut coefficients: Vec<f64> = Vec::with_capacity(order);
    let mut error = covariances[0];
    for lag in 1..=order {
        if error.abs() < 1e-12 {
            coefficients.resize(order, 0.0);
            break;
        }
        let explained: f64 =
            coefficients.iter().enumerate().map(|(at, weight)| weight * covariances[lag - 1 - at]).sum();
        let reflection = ((covariances[lag] - explained) / error).clamp(-0.999, 0.999);
        let before = coefficients.clone();
        for (at, weight) in coefficients.iter_mut().enumerate() {
            *weight -= reflection * before[lag - 2 - at];
        }
        coefficients.push(reflection);
        error *= 1.0 - reflection * reflection;
    }
    coefficients
}

/// See the module.
#[derive(Clone, Debug)]
pub struct ChangeFinder {
    first: Discounted,
    second: Discounted,
    smooth: (usize, usize),
    windows: (Vec<f64>, Vec<f64>),
}

impl ChangeFinder {
    /// `discount` (0 to 1, the share of the newest value), order of the autoregressions, and the number of scores that are
    /// averaged after the first stage; after the second it is half of that.
    #[must_use]
    pub fn new(discount: f64, order: usize, smooth: usize) -> Self {
        let stage = || Discounted::new(discount.clamp(1e-6, 1.0), order.max(1));
        let smooth = smooth.max(2);
        Self {
            first: stage(),
            second: stage(),
            smooth: (smooth, smooth / 2),
            windows: (Vec::new(), Vec::new()),
        }
    }

    /// Takes a value and returns the change score; 0 while too little is known.
    pub fn update(&mut self, value: f64) -> f64 {
        let Some(score) = self.first.update(value) else { return 0.0 };
        let Some(smoothed) = average(&mut self.windows.0, self.smooth.0, score) else { return 0.0 };
        let Some(score) = self.second.update(smoothed) else { return 0.0 };
        average(&mut self.windows.1, self.smooth.1.max(1), score).unwrap_or(0.0)
    }
}

fn average(window: &mut Vec<f64>, length: usize, value: f64) -> Option<f64> {
    window.push(value);
    if window.len() > length {
        window.remove(0);
    }
    (window.len() == length).then(|| window.iter().sum::<f64>() / length as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_of_a_known_process() {
        // AR(1) with 0.5 has autocovariances 1, 0.5, 0.25.
        let found = yule_walker(&[1.0, 0.5, 0.25]);
        assert!((found[0] - 0.5).abs() < 1e-12 && found[1].abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_jump_scores_highest_just_after_it() {
        let mut finder = ChangeFinder::new(0.02, 1, 7);
        let mut state = 1u64;
        let scores: Vec<f64> = (0..400)
            .map(|at| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let noise = (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5;
                finder.update(if at < 200 { 10.0 } else { 16.0 } + noise)
            })
            .collect();
        let highest =
            (100..400).max_by(|one, other| scores[*one].total_cmp(&scores[*other])).expect("values");
        assert!((200..215).contains(&highest), "{highest}");
    }
}
