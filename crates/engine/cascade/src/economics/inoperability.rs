//! IIM (Haimes & Jiang 2001; Santos & Haimes 2004) and DIIM (Haimes et al. 2005; Lian & Haimes 2006).

use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::Serialize;

use super::solve;
use crate::error::{Error, Result};

/// A share of lost function a sector, 0..1, with every cut reported.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Inoperability {
    /// Inoperability of each sector after clipping.
    pub q: Vec<f64>,
    /// The same before clipping.
    pub raw: Vec<f64>,
    /// Sectors whose raw value lay outside 0..1: the model has left its range there.
    pub clipped: Vec<Clipped>,
}

/// One value that was cut to 0..1.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Clipped {
    pub sector: usize,
    /// Step of a dynamic run; absent in the static model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    pub raw: f64,
}

/// Rounding of the solver; a value this little outside 0..1 is not a finding.
const ROUNDING: f64 = 1e-9;

fn clip(raw: f64, sector: usize, step: Option<usize>, clipped: &mut Vec<Clipped>) -> f64 {
    if !(-ROUNDING..=1.0 + ROUNDING).contains(&raw) {
        clipped.push(Clipped { sector, step, raw });
    }
    raw.clamp(0.0, 1.0)
}

fn check(a: &DMatrix<f64>, c: &[f64]) -> Result<()> {
    if a.nrows() != a.ncols() || c.len() != a.nrows() {
        return Err(Error::invalid("perturbation", format!("{} values for {} sectors", c.len(), a.nrows())));
    }
    match c.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(Error::invalid(format!("perturbation, sector {}", at + 1), "not a finite number")),
        None => Ok(()),
    }
}

/// The static model: q = A* q + c, that is q = (I - A*)^-1 c. For a supply-driven shock pass the transpose of the
/// coefficient matrix A.
///
/// # Errors
/// `Invalid` for wrong sizes, numbers that are not finite, or a singular system.
pub fn inoperability(interdependence: &DMatrix<f64>, c: &[f64]) -> Result<Inoperability> {
    check(interdependence, c)?;
    let raw: Vec<f64> = solve(interdependence, &DVector::from_row_slice(c))?.iter().copied().collect();
    let mut clipped = Vec::new();
    let q = raw.iter().enumerate().map(|(sector, raw)| clip(*raw, sector, None, &mut clipped)).collect();
    Ok(Inoperability { q, raw, clipped })
}

/// A dynamic run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Dynamic {
    /// Inoperability by step and sector; the first row is the start.
    pub q: Vec<Vec<f64>>,
    /// Sum over the steps, each with the value at its beginning: lost function in sector-steps.
    pub integral: Vec<f64>,
    pub clipped: Vec<Clipped>,
}

/// The dynamic model in discrete time: q(t+1) = q(t) + K (A* q(t) + c(t) - q(t)), from q(0) = `start`, with
/// c(t) = `c` for the first `duration` steps and 0 afterwards.
///
/// # Errors
/// `Invalid` for wrong sizes, numbers that are not finite, or resilience coefficients outside 0..1.
pub fn dynamic(
    interdependence: &DMatrix<f64>,
    resilience: &[f64],
    c: &[f64],
    start: &[f64],
    duration: usize,
    steps: usize,
) -> Result<Dynamic> {
    check(interdependence, c)?;
    check(interdependence, start)?;
    check(interdependence, resilience)?;
    if let Some(at) = resilience.iter().position(|k| !(0.0..=1.0).contains(k)) {
        return Err(Error::invalid(format!("resilience, sector {}", at + 1), "not a number from 0 to 1"));
    }
    let n = c.len();
    let perturbation = DVector::from_row_slice(c);
    let none = DVector::zeros(n);
    let k = DVector::from_row_slice(resilience);
    let mut state = DVector::from_row_slice(start);
    let mut result = Dynamic { q: vec![start.to_vec()], integral: vec![0.0; n], clipped: Vec::new() };
    for step in 0..steps {
        result.integral.iter_mut().zip(state.iter()).for_each(|(sum, q)| *sum += q);
        let force = if step < duration { &perturbation } else { &none };
        let change = k.component_mul(&(interdependence * &state + force - &state));
        state += change;
        for sector in 0..n {
            state[sector] = clip(state[sector], sector, Some(step + 1), &mut result.clipped);
        }
        result.q.push(state.iter().copied().collect());
    }
    Ok(result)
}

/// An expert's answer on a scale of 1 (no consequence) to 5 (complete failure) as a coefficient of A*
/// (the scale of Setola et al. 2009).
///
/// # Errors
/// `Invalid` for another number.
pub fn consequence_scale(answer: u8) -> Result<f64> {
    match answer {
        1 => Ok(0.0080),
        2 => Ok(0.0475),
        3 => Ok(0.1346),
        4 => Ok(0.2818),
        5 => Ok(0.5),
        other => Err(Error::invalid("consequence", format!("{other} is not on the scale of 1 to 5"))),
    }
}
