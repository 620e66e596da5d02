//! Shiryaev's posterior probability that an outbreak has begun (Shiryaev 1963), for a mixture of rises of the mean.
//!
//! p' = p + (1 − p) h with the hazard h per bin, then Bayes' rule with the likelihood of the bin's count. The hazard is where
//! vulnerability intelligence enters: an outbreak on a service with a known exploited flaw is more probable before any packet.

use super::cusum::log_likelihood_ratio;

/// The rises that compete, with equal prior weight.
pub const FACTORS: [f64; 4] = [1.3, 2.0, 4.0, 8.0];

/// Posterior of one service.
#[derive(Clone, Debug)]
pub struct Shiryaev {
    /// Posterior odds of each rise against no change.
    odds: [f64; FACTORS.len()],
    size: f64,
}

impl Shiryaev {
    /// No outbreak yet; counts of this negative-binomial size.
    #[must_use]
    pub fn new(size: f64) -> Self {
        Self { odds: [0.0; FACTORS.len()], size }
    }

    /// Takes a bin's count, its mean without outbreak, and the hazard per bin. Returns the posterior.
    pub fn update(&mut self, count: f64, mean: f64, hazard: f64) -> f64 {
        let hazard = hazard.clamp(0.0, 0.999_999);
        for (odds, factor) in self.odds.iter_mut().zip(FACTORS) {
            let prior = (*odds + hazard / FACTORS.len() as f64) / (1.0 - hazard);
            let ratio = log_likelihood_ratio(count, mean.max(1e-9), self.size, factor);
            *odds = (prior.ln() + ratio).clamp(-700.0, 300.0).exp();
        }
        self.probability()
    }

    /// P(an outbreak has begun | counts so far).
    #[must_use]
    pub fn probability(&self) -> f64 {
        let odds: f64 = self.odds.iter().sum();
        odds / (1.0 + odds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bin_without_information_only_adds_the_hazard() {
        // A mean of zero and a count of zero have likelihood ratio one.
        let mut posterior = Shiryaev::new(3.0);
        let first = posterior.update(0.0, 0.0, 0.1);
        assert!((first - 0.1).abs() < 1e-6, "{first}");
        let second = posterior.update(0.0, 0.0, 0.1);
        assert!((second - 0.19).abs() < 1e-6, "{second}");
    }

    proptest! {
        #[test]
        fn more_hazard_never_lowers_the_posterior(counts in proptest::collection::vec(0u32..40, 1..50), hazard in 1e-7f64..0.1) {
            let (mut low, mut high) = (Shiryaev::new(3.0), Shiryaev::new(3.0));
            for count in counts {
                let (one, other) = (low.update(f64::from(count), 5.0, hazard), high.update(f64::from(count), 5.0, hazard * 2.0));
                prop_assert!(other >= one - 1e-12 && (0.0..=1.0).contains(&one));
            }
        }
    }
}
