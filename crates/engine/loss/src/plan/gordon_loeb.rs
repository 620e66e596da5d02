//! Gordon and Loeb 2002: how much to invest against one breach. z is the investment, S(z, v) the breach probability that
//! is left of the vulnerability v. The families are those reviewed by Mazzoccoli and Naldi 2022.

/// Breach probability functions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Breach {
    /// Class I: v / (a z + 1)^b.
    ClassOne { a: f64, b: f64 },
    /// Class II: v^(a z + 1).
    ClassTwo { a: f64 },
    /// v exp(-a z) (Hausken's proportional hazard form).
    Exponential { a: f64 },
    /// max(v (1 - a z^b), 0), 0 < b <= 1 (Hausken's bounded power form).
    Power { a: f64, b: f64 },
    /// Logistic in z: v (1 + k) / (1 + k exp(a z)), increasing returns first (Hausken).
    Logistic { a: f64, k: f64 },
}

impl Breach {
    /// Probability of a breach after investing z.
    pub fn probability(self, vulnerability: f64, z: f64) -> f64 {
        let v = vulnerability;
        match self {
            Self::ClassOne { a, b } => v / (a * z + 1.0).powf(b),
            Self::ClassTwo { a } => v.powf(a * z + 1.0),
            Self::Exponential { a } => v * (-a * z).exp(),
            Self::Power { a, b } => (v * (1.0 - a * z.powf(b))).max(0.0),
            Self::Logistic { a, k } => v * (1.0 + k) / (1.0 + k * (a * z).exp()),
        }
    }

    /// The investment that minimises probability x loss + z; 0 when none pays.
    pub fn optimum(self, vulnerability: f64, loss: f64) -> f64 {
        let v = vulnerability;
        if !(v > 0.0 && v < 1.0 + 1e-15 && loss > 0.0) {
            return 0.0;
        }
        let z = match self {
            Self::ClassOne { a, b } => ((v * a * b * loss).powf(1.0 / (b + 1.0)) - 1.0) / a,
            Self::ClassTwo { a } => {
                let slope = -a * v * loss * v.ln();
                if slope > 0.0 { (1.0 / slope).ln() / (a * v.ln()) } else { 0.0 }
            }
            Self::Exponential { a } => (a * v * loss).ln() / a,
            Self::Power { .. } | Self::Logistic { .. } => self.searched(v, loss),
        };
        z.max(0.0)
    }

    /// The best of a fine grid, refined: for families that are not convex.
    fn searched(self, v: f64, loss: f64) -> f64 {
        let total = |z: f64| self.probability(v, z) * loss + z;
        let steps = 20_000;
        let end = v * loss;
        let grid = (0..=steps).map(|step| end * f64::from(step) / f64::from(steps));
        let best = grid.min_by(|left, right| total(*left).total_cmp(&total(*right))).unwrap_or(0.0);
        let (mut low, mut high) = ((best - end / 2e4).max(0.0), best + end / 2e4);
        for _ in 0..100 {
            let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if total(left) < total(right) { high = right } else { low = left }
        }
        let refined = 0.5 * (low + high);
        if total(refined) < total(0.0) { refined } else { 0.0 }
    }

    /// Vulnerability below which class I invests nothing: 1 / (a b loss).
    pub fn threshold(self, loss: f64) -> Option<f64> {
        match self {
            Self::ClassOne { a, b } => Some(1.0 / (a * b * loss)),
            Self::Exponential { a } => Some(1.0 / (a * loss)),
            _ => None,
        }
    }
}
