//! Sector economics: Leontief's input-output model and the inoperability models built on it.
//!
//! An order of magnitude, not a forecast: fixed coefficients, no substitution, no prices.

mod inoperability;
mod table;

pub use inoperability::{Clipped, Dynamic, Inoperability, consequence_scale, dynamic, inoperability};
pub use table::{Table, read_table};

use nalgebra::{DMatrix, DVector};

use crate::error::{Error, Result};

/// Largest number of sectors: dense matrices beyond this do not belong here.
pub const MAXIMUM_SECTORS: usize = 5_000;

/// Checks and builds a square matrix from rows.
///
/// # Errors
/// `Invalid` when it is not square or holds a number that is not finite.
pub fn matrix(rows: &[Vec<f64>]) -> Result<DMatrix<f64>> {
    let n = rows.len();
    if n == 0 || n > MAXIMUM_SECTORS {
        return Err(Error::invalid(
            "matrix",
            format!("{n} sectors; from 1 to {MAXIMUM_SECTORS} are allowed"),
        ));
    }
    for (at, row) in rows.iter().enumerate() {
        if row.len() != n || row.iter().any(|value| !value.is_finite()) {
            return Err(Error::invalid(
                format!("matrix, row {}", at + 1),
                format!("needs {n} finite numbers"),
            ));
        }
    }
    Ok(DMatrix::from_fn(n, n, |i, j| rows[i][j]))
}

/// Solves (I - `coefficients`) q = c.
///
/// # Errors
/// `Invalid` when the matrix is singular.
pub fn solve(coefficients: &DMatrix<f64>, c: &DVector<f64>) -> Result<DVector<f64>> {
    let n = coefficients.nrows();
    let system = DMatrix::identity(n, n) - coefficients;
    system.lu().solve(c).ok_or_else(|| Error::invalid("matrix", "I - A is singular: no finite solution"))
}

/// The Leontief inverse (I - A)^-1: total output of i for a unit of final demand of j (Leontief 1936).
///
/// # Errors
/// `Invalid` when singular.
pub fn leontief_inverse(coefficients: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    let n = coefficients.nrows();
    let system = DMatrix::identity(n, n) - coefficients;
    system.try_inverse().ok_or_else(|| Error::invalid("matrix", "I - A is singular: no inverse"))
}

/// Output multipliers: column sums of the Leontief inverse.
///
/// # Errors
/// As [`leontief_inverse`].
pub fn output_multipliers(coefficients: &DMatrix<f64>) -> Result<Vec<f64>> {
    let inverse = leontief_inverse(coefficients)?;
    Ok(inverse.column_iter().map(|column| column.sum()).collect())
}

/// The spectral radius of a matrix without negative entries, by power iteration on A + I (which is primitive whenever
/// A is irreducible). Below 1 the economy is productive and the inverse is the sum of all rounds.
pub fn spectral_radius(coefficients: &DMatrix<f64>) -> f64 {
    let n = coefficients.nrows();
    let shifted = coefficients + DMatrix::identity(n, n);
    let mut vector = DVector::from_element(n, 1.0 / n as f64);
    let mut radius = 0.0;
    for _ in 0..100_000 {
        let next = &shifted * &vector;
        let norm = next.sum();
        if norm <= 0.0 {
            return 0.0;
        }
        vector = next / norm;
        if (norm - radius).abs() < 1e-14 * norm {
            return norm - 1.0;
        }
        radius = norm;
    }
    radius - 1.0
}
