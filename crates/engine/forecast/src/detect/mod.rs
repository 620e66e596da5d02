//! Change detection on counts: EARS, Farrington flexible, a CUSUM of negative-binomial likelihood ratios, ChangeFinder, Bayesian
//! online change points, and the Shiryaev posterior, whose hazard comes from what is known about vulnerabilities.

pub mod change_point;
pub mod changefinder;
pub mod cusum;
pub mod ears;
pub mod farrington;
pub mod hazard;
pub mod shiryaev;
