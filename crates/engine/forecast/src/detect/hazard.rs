//! From vulnerability intelligence on a service to the hazard of an outbreak on it.
//!
//! The steps are those of the simulations in the method page: once in three years without intelligence, once in 90 days with a
//! critical flaw, once in 14 days with a public exploit and EPSS above one half, once in two days when the flaw is in CISA's KEV
//! catalogue and SSVC calls it automatable. They are judgements until they are refitted with dated data, and are printed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of one flaw of a service on one day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Intelligence {
    /// CVE identifier, for the record.
    pub cve: String,
    /// Listed in CISA's catalogue of known exploited vulnerabilities.
    pub known_exploited: bool,
    /// SSVC: all steps of an attack can be automated.
    pub automatable: bool,
    /// SSVC: total technical impact (or a critical CVSS score).
    pub total_impact: bool,
    /// A working exploit is public.
    pub exploit_public: bool,
    /// EPSS probability, 0 to 1.
    pub epss: Option<f64>,
    /// Version of the EPSS model: thresholds shift between versions.
    pub epss_model: Option<String>,
    /// Exposed hosts of the service; zero takes the flaw out.
    pub exposed: Option<u64>,
}

/// Outbreaks per day without intelligence: one in three years.
pub const BASE: f64 = 1.0 / (3.0 * 365.25);

impl Intelligence {
    /// Outbreaks per day that this flaw adds.
    #[must_use]
    pub fn per_day(&self) -> f64 {
        let likely = self.epss.is_some_and(|epss| epss > 0.5);
        match self {
            _ if self.exposed == Some(0) => 0.0,
            _ if self.known_exploited && self.automatable => 1.0 / 2.0,
            _ if self.known_exploited || self.exploit_public && likely => 1.0 / 14.0,
            _ if self.total_impact || self.exploit_public || likely => 1.0 / 90.0,
            _ => 0.0,
        }
    }
}

/// Hazard per bin of `seconds` of a service with these flaws: 1 − exp(−Σ rate × time).
#[must_use]
pub fn per_bin(intelligence: &[Intelligence], seconds: f64) -> f64 {
    let per_day = BASE + intelligence.iter().map(Intelligence::per_day).sum::<f64>();
    -(-per_day * seconds / 86_400.0).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intelligence_only_raises_the_hazard() {
        let kev = Intelligence { known_exploited: true, automatable: true, ..Intelligence::default() };
        assert!((per_bin(&[], 86_400.0) - BASE).abs() < 1e-6);
        assert!((per_bin(std::slice::from_ref(&kev), 60.0) / (60.0 / 172_800.0) - 1.0).abs() < 0.01);
        let hidden = Intelligence { exposed: Some(0), ..kev };
        assert_eq!(per_bin(&[hidden], 60.0), per_bin(&[], 60.0));
    }
}
