//! Terms by coverage, policy and layer, and the layer's payment given back to the coverages in proportion to what each
//! brought (the back-allocation of the Oasis financial module).

/// One coverage's loss with its own terms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoverageLoss {
    /// Ground-up loss.
    pub loss: f64,
    /// Retained first.
    pub deductible: f64,
    /// Most that goes on, infinite when there is none.
    pub limit: f64,
}

/// Policy and layer above the coverages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyTerms {
    /// Deductible on the sum of the coverages.
    pub deductible: f64,
    /// The layer starts here.
    pub attachment: f64,
    /// And is this thick.
    pub limit: f64,
    /// Part that is placed.
    pub share: f64,
}

/// The layer's payment by coverage.
pub fn allocate(coverages: &[CoverageLoss], terms: PolicyTerms) -> Vec<f64> {
    let after: Vec<f64> = coverages
        .iter()
        .map(|coverage| (coverage.loss - coverage.deductible).max(0.0).min(coverage.limit))
        .collect();
    let sum: f64 = after.iter().sum();
    let policy = (sum - terms.deductible).max(0.0);
    let paid = terms.share * (policy - terms.attachment).max(0.0).min(terms.limit);
    after.iter().map(|loss| if sum > 0.0 { paid * loss / sum } else { 0.0 }).collect()
}
