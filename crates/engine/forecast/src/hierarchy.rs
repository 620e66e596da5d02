//! Forecasts of parts and of their sums that agree: least squares with the forecasts' own variances as weights (the diagonal form
//! of MinT; Wickramasuriya, Athanasopoulos & Hyndman 2019). Parts are named by paths: `github/x` belongs to `github` and to the
//! total.

use std::collections::BTreeMap;

/// A forecast of one node before reconciliation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Base {
    /// Mean.
    pub mean: f64,
    /// Variance, above 0.
    pub variance: f64,
}

/// Why forecasts cannot be reconciled.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HierarchyError {
    /// No part.
    #[error("a hierarchy needs at least one part")]
    Empty,
    /// More parts than are worked at once.
    #[error("{0} parts; at most {MOST_PARTS} are reconciled")]
    TooMany(usize),
    /// A part whose name is that of a sum.
    #[error("\"{0}\" is a part and a sum of parts")]
    Both(String),
}

/// Parts above this number would need a sparse solver.
pub const MOST_PARTS: usize = 1000;
/// Name of the sum of all parts.
pub const TOTAL: &str = "total";

/// The nodes of a hierarchy: the parts in their order, then the sums with the parts that they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// Names of the parts.
    pub parts: Vec<String>,
    /// Names of the sums, each with the indices of its parts; the total is the last.
    pub sums: Vec<(String, Vec<usize>)>,
}

impl Hierarchy {
    /// From the names of the parts.
    ///
    /// # Errors
    /// No part, too many, a name that is a part and a sum.
    pub fn new(parts: &[String]) -> Result<Self, HierarchyError> {
        if parts.is_empty() {
            return Err(HierarchyError::Empty);
        }
        if parts.len() > MOST_PARTS {
            return Err(HierarchyError::TooMany(parts.len()));
        }
        let mut sums: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, part) in parts.iter().enumerate() {
            for (at, _) in part.match_indices('/') {
                sums.entry(part[..at].to_owned()).or_default().push(index);
            }
        }
        if let Some(both) = parts.iter().find(|part| sums.contains_key(*part) || *part == TOTAL) {
            return Err(HierarchyError::Both(both.clone()));
        }
        let mut sums: Vec<(String, Vec<usize>)> = sums.into_iter().collect();
        sums.push((TOTAL.to_owned(), (0..parts.len()).collect()));
        Ok(Self { parts: parts.to_vec(), sums })
    }

    /// Reconciled means of the parts, then of the sums, from forecasts in the same order.
    ///
    /// Least squares for the parts x: Σ (x − f)²/v over parts + Σ (Σ x − f)²/v over sums, solved by conjugate gradients.
    #[must_use]
    pub fn reconcile(&self, base: &[Base]) -> Vec<f64> {
        let parts = self.parts.len();
        let weight: Vec<f64> = base.iter().map(|one| 1.0 / one.variance.max(1e-9)).collect();
        let normal = |x: &[f64]| -> Vec<f64> {
            let mut out: Vec<f64> = x.iter().zip(&weight).map(|(x, weight)| weight * x).collect();
            for (place, (_, members)) in self.sums.iter().enumerate() {
                let sum: f64 = members.iter().map(|member| x[*member]).sum();
                members.iter().for_each(|member| out[*member] += weight[parts + place] * sum);
            }
            out
        };
        let mut right: Vec<f64> = (0..parts).map(|part| weight[part] * base[part].mean).collect();
        for (place, (_, members)) in self.sums.iter().enumerate() {
            members
                .iter()
                .for_each(|member| right[*member] += weight[parts + place] * base[parts + place].mean);
        }
        let mut x: Vec<f64> = base[..parts].iter().map(|one| one.mean).collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let mut residual: Vec<f64> = right.iter().zip(normal(&x)).map(|(right, left)| right - left).collect();
        // Preconditioned by the weights of the parts.
        let scaled =
            |r: &[f64]| -> Vec<f64> { r.iter().zip(&weight).map(|(r, weight)| r / weight).collect() };
        let mut direction = scaled(&residual);
        let mut size = dot(&residual, &direction);
        for _ in 0..4 * (self.sums.len() + 2) {
            let image = normal(&direction);
            let along = dot(&direction, &image);
            if along <= 0.0 || size <= 1e-24 * dot(&right, &scaled(&right)) {
                break;
            }
            let step = size / along;
            x.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
            residual.iter_mut().zip(&image).for_each(|(r, image)| *r -= step * image);
            let next = scaled(&residual);
            let after = dot(&residual, &next);
            direction = next.iter().zip(&direction).map(|(r, d)| r + after / size * d).collect();
            size = after;
        }
        // Counts are not negative.
        x.iter_mut().for_each(|x| *x = x.max(0.0));
        let sums: Vec<f64> =
            self.sums.iter().map(|(_, members)| members.iter().map(|member| x[*member]).sum()).collect();
        x.into_iter().chain(sums).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn two_parts_by_hand() {
        // Parts 4 and 6 of variance 1, total 13 of variance 1: the gap of 3 is shared by thirds.
        let hierarchy = Hierarchy::new(&names(&["a", "b"])).expect("parts");
        let base = [4.0, 6.0, 13.0].map(|mean| Base { mean, variance: 1.0 });
        let found = hierarchy.reconcile(&base);
        for (found, wanted) in found.iter().zip([5.0, 7.0, 12.0]) {
            assert!((found - wanted).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn sums_always_agree_and_coherent_forecasts_stay() {
        let hierarchy = Hierarchy::new(&names(&["x/a", "x/b", "y/c", "y/d"])).expect("parts");
        assert_eq!(hierarchy.sums.iter().map(|sum| sum.0.as_str()).collect::<Vec<_>>(), ["x", "y", "total"]);
        let base: Vec<Base> = [1.0, 2.0, 3.0, 4.0, 3.0, 7.0, 10.0]
            .iter()
            .map(|mean| Base { mean: *mean, variance: mean * 2.0 })
            .collect();
        for (found, base) in hierarchy.reconcile(&base).iter().zip(&base) {
            assert!((found - base.mean).abs() < 1e-9);
        }
        let mut shifted = base;
        shifted[6].mean = 20.0;
        let found = hierarchy.reconcile(&shifted);
        assert!((found[..4].iter().sum::<f64>() - found[6]).abs() < 1e-9 && found[6] > 10.0);
        assert_eq!(Hierarchy::new(&names(&["x", "x/a"])), Err(HierarchyError::Both("x".into())));
    }
}
