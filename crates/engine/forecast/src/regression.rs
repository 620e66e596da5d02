//! Quasi-Poisson regression with logarithmic link by iteratively reweighted least squares (McCullagh & Nelder 1989, ch. 2.5),
//! for the few columns that surveillance needs.

/// A fitted regression.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Coefficients, in the order of the columns.
    pub coefficients: Vec<f64>,
    /// Dispersion that the standard errors are multiplied with: Σ w (y − μ)²/μ over the degrees of freedom.
    pub dispersion: f64,
    /// Rows with weight less columns.
    pub freedom: f64,
    /// What [`Self::predict`] and [`Self::deviation`] scale their errors by.
    scale: f64,
    /// (X'WX)⁻¹.
    inverse: Vec<Vec<f64>>,
    fitted: Vec<f64>,
    leverage: Vec<f64>,
}

const ITERATIONS: usize = 25;
/// Relative change of the deviance at which the fit ends.
const CLOSE: f64 = 1e-8;

impl Fit {
    /// Fits log mean = design · coefficients. `None` if it does not converge or columns depend on each other.
    #[must_use]
    pub fn quasi_poisson(design: &[Vec<f64>], response: &[f64], weights: &[f64]) -> Option<Self> {
        let columns = design.first()?.len();
        let mut mean: Vec<f64> = response.iter().map(|y| y + 0.1).collect();
        let mut deviance = deviance(response, &mean, weights);
        let mut coefficients = vec![0.0; columns];
        let mut inverse = Vec::new();
        let mut converged = false;
        for _ in 0..ITERATIONS {
            let working: Vec<f64> = mean.iter().zip(weights).map(|(mu, weight)| mu * weight).collect();
            let target: Vec<f64> = mean.iter().zip(response).map(|(mu, y)| mu.ln() + (y - mu) / mu).collect();
            (coefficients, inverse) = least_squares(design, &target, &working)?;
            mean = design.iter().map(|row| dot(row, &coefficients).clamp(-700.0, 700.0).exp()).collect();
            let next = self::deviance(response, &mean, weights);
            converged = (next - deviance).abs() / (next.abs() + 0.1) < CLOSE;
            deviance = next;
            if converged {
                break;
            }
        }
        if !converged || !deviance.is_finite() {
            return None;
        }
        let used = weights.iter().filter(|weight| **weight > 0.0).count();
        let freedom = used.checked_sub(columns).filter(|freedom| *freedom > 0)? as f64;
        let pearson: f64 = (0..response.len())
            .map(|row| weights[row] * (response[row] - mean[row]).powi(2) / mean[row])
            .sum();
        let leverage = (0..response.len())
            .map(|row| mean[row] * weights[row] * quadratic(&inverse, &design[row]))
            .collect();
        let dispersion = pearson / freedom;
        Some(Self { coefficients, dispersion, freedom, scale: dispersion, inverse, fitted: mean, leverage })
    }

    /// The same fit with standard errors scaled by Σ w ((y − μ)/μ)² over the degrees of freedom.
    #[must_use]
    pub fn with_working_dispersion(mut self, response: &[f64], weights: &[f64]) -> Self {
        let sum: f64 = (0..response.len())
            .map(|row| weights[row] * (response[row] / self.fitted[row] - 1.0).powi(2))
            .sum();
        self.scale = sum / self.freedom;
        self
    }

    /// Expected value at a row of the design, and its standard error.
    #[must_use]
    pub fn predict(&self, row: &[f64]) -> (f64, f64) {
        let mean = dot(row, &self.coefficients).exp();
        (mean, mean * (quadratic(&self.inverse, row) * self.scale).sqrt())
    }

    /// Standard error of a coefficient.
    #[must_use]
    pub fn deviation(&self, column: usize) -> f64 {
        (self.inverse[column][column] * self.scale).sqrt()
    }

    /// Anscombe residuals, standardised by dispersion and leverage.
    #[must_use]
    pub fn anscombe(&self, response: &[f64], dispersion: f64) -> Vec<f64> {
        (0..response.len())
            .map(|row| {
                let (y, mean) = (response[row], self.fitted[row]);
                let residual = 1.5 * (y.powf(2.0 / 3.0) * mean.powf(-1.0 / 6.0) - mean.sqrt());
                residual / (dispersion * (1.0 - self.leverage[row]).max(1e-12)).sqrt()
            })
            .collect()
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn quadratic(matrix: &[Vec<f64>], vector: &[f64]) -> f64 {
    matrix.iter().zip(vector).map(|(row, value)| value * dot(row, vector)).sum()
}

fn deviance(response: &[f64], mean: &[f64], weights: &[f64]) -> f64 {
    let term = |y: f64, mu: f64| if y > 0.0 { y * (y / mu).ln() - (y - mu) } else { mu };
    (0..response.len()).map(|row| 2.0 * weights[row] * term(response[row], mean[row])).sum()
}

/// Weighted least squares by the normal equations, columns centred by their scale; returns (X'WX)⁻¹ as well.
fn least_squares(design: &[Vec<f64>], target: &[f64], weights: &[f64]) -> Option<(Vec<f64>, Vec<Vec<f64>>)> {
    let columns = design.first()?.len();
    // Columns of very different size (weeks in the hundreds beside ones) are brought to one.
    let size: Vec<f64> = (0..columns)
        .map(|column| design.iter().map(|row| row[column].abs()).fold(1e-300, f64::max))
        .collect();
    let mut matrix = vec![vec![0.0; 2 * columns]; columns];
    let mut right = vec![0.0; columns];
    for (row, (target, weight)) in design.iter().zip(target.iter().zip(weights)) {
        let row: Vec<f64> = row.iter().zip(&size).map(|(value, size)| value / size).collect();
        for (one, left) in row.iter().enumerate() {
            let left = weight * left;
            right[one] += left * target;
            matrix[one].iter_mut().zip(&row).for_each(|(cell, other)| *cell += left * other);
        }
    }
    for (column, row) in matrix.iter_mut().enumerate() {
        row[columns + column] = 1.0;
    }
    for column in 0..columns {
        let pivot = (column..columns)
            .max_by(|one, other| matrix[*one][column].abs().total_cmp(&matrix[*other][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-13 * matrix[0][0].abs().max(1.0) {
            return None;
        }
        matrix.swap(column, pivot);
        let scale = matrix[column][column];
        matrix[column].iter_mut().for_each(|value| *value /= scale);
        let source = matrix[column].clone();
        for (_, row) in matrix.iter_mut().enumerate().filter(|(row, _)| *row != column) {
            let factor = row[column];
            row.iter_mut().zip(&source).for_each(|(value, source)| *value -= factor * source);
        }
    }
    let inverse: Vec<Vec<f64>> = (0..columns)
        .map(|one| {
            (0..columns).map(|other| matrix[one][columns + other] / (size[one] * size[other])).collect()
        })
        .collect();
    let scaled: Vec<f64> = (0..columns).map(|column| right[column] * size[column]).collect();
    Some((inverse.iter().map(|row| dot(row, &scaled)).collect(), inverse))
}

/// Two-sided probability of a t statistic: the incomplete beta function by its continued fraction (Lentz).
#[must_use]
pub fn t_tail(statistic: f64, freedom: f64) -> f64 {
    use crate::model::discount_filter::ln_gamma;
    let x = freedom / (freedom + statistic * statistic);
    let beta = |a: f64, b: f64, x: f64| {
        let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp() / a;
        let (mut c, mut d) = (1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0)));
        let mut fraction = d;
        for m in 1..300 {
            let m = f64::from(m);
            let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
            d = 1.0 / (1.0 + even * d);
            c = 1.0 + even / c;
            fraction *= c * d;
            let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
            d = 1.0 / (1.0 + odd * d);
            c = 1.0 + odd / c;
            fraction *= c * d;
            if (c * d - 1.0).abs() < 1e-15 {
                break;
            }
        }
        front * fraction
    };
    if !x.is_finite() || x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let (a, b) = (0.5 * freedom, 0.5);
    if x < (a + 1.0) / (a + b + 2.0) { beta(a, b, x) } else { 1.0 - beta(b, a, 1.0 - x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_the_t_law() {
        // Tables: P(|T| > 2.228) = 0.05 with 10 degrees of freedom, P(|T| > 12.706) = 0.05 with one.
        assert!((t_tail(2.228_138_852, 10.0) - 0.05).abs() < 1e-9);
        assert!((t_tail(-12.706_204_736, 1.0) - 0.05).abs() < 1e-9);
    }

    #[test]
    fn an_exact_exponential_is_found() {
        let design: Vec<Vec<f64>> = (0..20).map(|t| vec![1.0, f64::from(t)]).collect();
        let response: Vec<f64> = (0..20).map(|t| (1.0 + 0.1 * f64::from(t)).exp()).collect();
        let fit = Fit::quasi_poisson(&design, &response, &[1.0; 20]).expect("it converges");
        assert!((fit.coefficients[0] - 1.0).abs() < 1e-6 && (fit.coefficients[1] - 0.1).abs() < 1e-7);
        assert!(fit.dispersion < 1e-8);
        let same: Vec<Vec<f64>> = (0..20).map(|_| vec![1.0, 1.0]).collect();
        assert!(Fit::quasi_poisson(&same, &response, &[1.0; 20]).is_none());
    }
}
