//! Farrington's method in the flexible form of Noufaily et al. ("An improved algorithm for outbreak detection in multiple
//! surveillance systems", 2013): a quasi-Poisson regression on past seasons with trend and levels of the season, past outbreaks
//! weighted down by their Anscombe residuals, and a threshold for the present value. Numbers agree with those of the R package
//! surveillance (`bench/forecast/parity`).

use crate::distribution::{normal_cdf, normal_quantile};
use crate::regression::{Fit, t_tail};

/// How a threshold is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Farrington {
    /// Steps of a season.
    pub season: usize,
    /// Seasons looked back.
    pub back: usize,
    /// Half width of the window about the same time of each past season.
    pub half_window: usize,
    /// Levels of the season: 1 uses the windows alone, more use all values in between as well.
    pub periods: usize,
    /// Steps before the present that are left out, so that an outbreak does not hide itself.
    pub left_out: usize,
    /// Whether past outbreaks are weighted down, and from which Anscombe residual on.
    pub reweight: Option<f64>,
    /// Error probability of the threshold.
    pub alpha: f64,
    /// Whether a trend may enter, and the p-value below which it does.
    pub trend: Option<f64>,
    /// No alarm with fewer cases than the first number in the last steps of the second.
    pub least_cases: (f64, usize),
}

impl Default for Farrington {
    /// Weekly counts, as the package has them.
    fn default() -> Self {
        Self {
            season: 52,
            back: 5,
            half_window: 3,
            periods: 1,
            left_out: 3,
            reweight: Some(2.58),
            alpha: 0.05,
            trend: Some(0.05),
            least_cases: (5.0, 4),
        }
    }
}

/// What one value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Threshold {
    /// Expected value.
    pub expected: f64,
    /// Upper bound.
    pub upper: f64,
    /// Exceedance score (value − expected)/(upper − expected); above 1 is an alarm.
    pub score: f64,
    /// Dispersion, at least 1.
    pub dispersion: f64,
    /// Whether a trend entered.
    pub trend: bool,
}

impl Farrington {
    /// Values before the first that can be judged.
    #[must_use]
    pub fn first(&self) -> usize {
        self.season * self.back + self.half_window
    }

    /// Judges the value at `at`; `None` before enough is known, with too few cases, or when no regression converges.
    #[must_use]
    pub fn judge(&self, values: &[f64], at: usize) -> Option<Threshold> {
        if at < self.first()
            || at >= values.len()
            || self.season <= 2 * self.half_window + 1
            || self.back == 0
        {
            return None;
        }
        let (cases, recent) = self.least_cases;
        let from = (at + 1).saturating_sub(recent.max(1));
        if values[from..=at].iter().sum::<f64>() < cases {
            return None;
        }
        let groups = self.groups(at);
        let rows: Vec<usize> = (0..at.saturating_sub(self.left_out)).filter(|row| groups[*row] > 0).collect();
        let response: Vec<f64> = rows.iter().map(|row| values[*row]).collect();
        let with_trend = self.trend.and_then(|limit| {
            let model = self.fit(&rows, &groups, &response, true)?;
            let (fit, deviation) = model.predict(&self.design(at, self.periods, true));
            let statistic = model.coefficients[1] / model.deviation(1);
            let significant = t_tail(statistic, model.freedom) < limit;
            let most = response.iter().copied().fold(0.0, f64::max);
            (self.back >= 3 && significant && fit <= most).then_some((model, fit, deviation))
        });
        let trend = with_trend.is_some();
        let (model, fit, deviation) = match with_trend {
            Some(found) => found,
            None => {
                let model = self.fit(&rows, &groups, &response, false)?;
                let (fit, deviation) = model.predict(&self.design(at, self.periods, false));
                (model, fit, deviation)
            }
        };
        Some(self.threshold(values[at], fit, deviation, model.dispersion.max(1.0), trend))
    }

    /// The ⅔-power threshold.
    fn threshold(&self, value: f64, mean: f64, deviation: f64, dispersion: f64, trend: bool) -> Threshold {
        let tau = dispersion + deviation * deviation / mean;
        let error = (4.0 / 9.0 * mean.cbrt() * tau).sqrt();
        let root = mean.powf(2.0 / 3.0) + normal_quantile(1.0 - self.alpha) * error;
        let upper = root.powf(1.5);
        Threshold { expected: mean, upper, score: (value - mean) / (upper - mean), dispersion, trend }
    }

    /// Probability of at least the value under the ⅔-power threshold's normal law.
    #[must_use]
    pub fn p_value(&self, value: f64, threshold: &Threshold) -> f64 {
        let middle = threshold.expected.powf(2.0 / 3.0);
        let error = (threshold.upper.powf(2.0 / 3.0) - middle) / normal_quantile(1.0 - self.alpha);
        1.0 - normal_cdf((value.powf(2.0 / 3.0) - middle) / error)
    }

    /// Level of the season of each row up to `at`, 0 for rows not used; the last level is that of the windows.
    fn groups(&self, at: usize) -> Vec<usize> {
        let (window, periods) = (self.half_window, self.periods.max(1));
        let mut groups = vec![0; at + 1];
        groups[at - window..=at].fill(periods);
        for year in 1..=self.back {
            let reference = at - year * self.season;
            let later = at - (year - 1) * self.season;
            let from = reference.saturating_sub(window);
            groups[from..=reference + window].fill(periods);
            if periods > 1 {
                let between = later - 2 * window - 1 - reference;
                let (length, rest) = (between / (periods - 1), between % (periods - 1));
                let mut place = reference + window + 1;
                for level in 1..periods {
                    let end = (place + length + usize::from(level <= rest)).min(at + 1);
                    groups[place..end].fill(level);
                    place = end;
                }
            }
        }
        groups
    }

    /// Intercept, trend, and treatment contrasts of the levels against the first.
    fn design(&self, row: usize, group: usize, trend: bool) -> Vec<f64> {
        let mut design = vec![1.0];
        if trend {
            design.push(row as f64 + 1.0);
        }
        design.extend((2..=self.periods).map(|level| if level == group { 1.0 } else { 0.0 }));
        design
    }

    fn fit(&self, rows: &[usize], groups: &[usize], response: &[f64], trend: bool) -> Option<Fit> {
        let design: Vec<Vec<f64>> = rows.iter().map(|row| self.design(*row, groups[*row], trend)).collect();
        let plain = Fit::quasi_poisson(&design, response, &vec![1.0; response.len()])?;
        let Some(limit) = self.reweight else { return Some(plain) };
        let residuals = plain.anscombe(response, plain.dispersion.max(1.0));
        let weights = weights(&residuals, limit);
        let fit = Fit::quasi_poisson(&design, response, &weights)?;
        // The standard errors of the reference implementation rest on the working residuals with these weights.
        Some(fit.with_working_dispersion(response, &weights))
    }
}

/// Weights of past values: 1/residual² above the limit, alike below it, and as many in sum as there are values.
fn weights(residuals: &[f64], limit: f64) -> Vec<f64> {
    let raw = |residual: &f64| if *residual > limit { residual.powi(-2) } else { 1.0 };
    let total: f64 = residuals.iter().map(raw).sum();
    residuals.iter().map(|residual| residuals.len() as f64 / total * raw(residual)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_the_season_fill_the_year() {
        let method = Farrington { periods: 10, back: 3, ..Farrington::default() };
        let groups = method.groups(300);
        // Seven weeks of the window, and 45 in nine levels of five.
        let year = &groups[300 - 52 - 3..300 - 3];
        assert_eq!(year.iter().filter(|group| **group == 10).count(), 7);
        assert!((1..10).all(|level| year.iter().filter(|group| **group == level).count() == 5));
    }

    #[test]
    fn a_jump_is_called_and_calm_is_not() {
        let mut values: Vec<f64> =
            (0..330).map(|week| 20.0 + [0.0, 3.0, -2.0, 4.0, -4.0][week % 5]).collect();
        values[329] = 60.0;
        let method = Farrington::default();
        assert!(method.judge(&values, 329).expect("enough is known").score > 1.0);
        assert!(method.judge(&values, 320).expect("enough is known").score < 1.0);
        assert_eq!(method.judge(&values, 262), None);
    }
}
