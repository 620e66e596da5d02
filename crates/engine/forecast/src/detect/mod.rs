//! Change detection on counts: EARS, a CUSUM of negative-binomial likelihood ratios, and the Shiryaev posterior, whose hazard
//! comes from what is known about vulnerabilities.

pub mod cusum;
pub mod ears;
pub mod hazard;
pub mod shiryaev;
