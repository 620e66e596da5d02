//! What is known about exploitation: several catalogues side by side, EPSS with its model version, SSVC values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shinayaka_kev::Catalogue;
use shinayaka_ssvc::SelectionList;

/// One vulnerability, by its CVE identifier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// Probability of exploitation within 30 days under the model version of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss: Option<f64>,
    /// Comparable between model versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentile: Option<f64>,
    /// Likelihood that it was exploited at some time (NIST CSWP 41), when scores of several days are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_exploitation: Option<f64>,
    /// Catalogue and the day on which it took the vulnerability in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub catalogues: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ransomware: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exploitation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_impact: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Intelligence {
    pub epss_model: Option<String>,
    pub epss_day: Option<String>,
    /// Every catalogue that was read, also when it does not list a vulnerability: that is what disagreement means.
    pub catalogues: Vec<String>,
    pub vulnerabilities: BTreeMap<String, Known>,
    /// Scores of earlier days, kept until the likelihood of past exploitation is computed.
    #[serde(skip)]
    history: BTreeMap<String, Vec<(i64, f64)>>,
}

/// LEV of NIST CSWP 41: one minus the product of the chances that nothing happened in each window of 30 days; the last
/// window counts by the part of it that has passed. `scores` are day numbers with the probability of that day.
pub fn likelihood_of_past_exploitation(scores: &[(i64, f64)], today: i64) -> f64 {
    let mut sorted: Vec<(i64, f64)> = scores.iter().copied().filter(|(day, _)| *day <= today).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let Some(&(mut window, _)) = sorted.first() else { return 0.0 };
    let mut nothing = 1.0;
    while window <= today {
        // The score of the day on which the window opens, or the last one known before.
        let score =
            sorted.iter().take_while(|(day, _)| *day <= window).last().map_or(0.0, |(_, score)| *score);
        let weight = ((today - window + 1).min(30)) as f64 / 30.0;
        nothing *= 1.0 - (score * weight).clamp(0.0, 1.0);
        window += 30;
    }
    1.0 - nothing
}

impl Intelligence {
    fn of(&mut self, cve: &str) -> &mut Known {
        self.vulnerabilities.entry(cve.to_owned()).or_default()
    }

    pub fn add_catalogue(&mut self, name: &str, catalogue: &Catalogue) {
        if !self.catalogues.iter().any(|known| known == name) {
            self.catalogues.push(name.to_owned());
            self.catalogues.sort();
        }
        for entry in &catalogue.entries {
            let known = self.of(&entry.cve);
            known.catalogues.insert(name.to_owned(), entry.date_added.clone());
            known.ransomware = match (known.ransomware, entry.ransomware) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (before, found) => found.or(before),
            };
        }
    }

    /// Scores of one day. The newest day is the one shown; all of them make the likelihood of past exploitation.
    ///
    /// # Errors
    /// The line of the file that cannot be read.
    pub fn add_scores<R: std::io::BufRead>(
        &mut self,
        scores: shinayaka_epss::Scores<R>,
    ) -> Result<usize, shinayaka_epss::Fault> {
        let (model, day) =
            (scores.model_version().map(str::to_owned), scores.score_date().map(str::to_owned));
        let number =
            day.as_deref().map_or(0, |day| crate::import::seconds(&day.replace("+0000", "Z")) / 86_400);
        let newest = self.epss_day.as_deref() <= day.as_deref();
        if newest {
            (self.epss_model, self.epss_day) = (model, day);
        }
        let mut count = 0;
        for score in scores {
            let score = score?;
            count += 1;
            self.history.entry(score.cve.clone()).or_default().push((number, score.probability));
            if newest {
                let known = self.of(&score.cve);
                (known.epss, known.percentile) = (Some(score.probability), score.percentile);
            }
        }
        Ok(count)
    }

    pub fn add_selections(&mut self, list: &SelectionList) {
        let yes = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "yes" | "y");
        let total = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "total" | "t");
        let automatable = list.value("automatable").map(yes);
        let impact = list.value("technical impact").map(total);
        let exploitation = list.value("exploitation").map(str::to_ascii_lowercase);
        for id in &list.target_ids {
            let known = self.of(id);
            known.automatable = automatable.or(known.automatable);
            known.total_impact = impact.or(known.total_impact);
            known.exploitation = exploitation.clone().or(known.exploitation.take());
        }
    }

    /// Newer knowledge on top of this one.
    pub fn merge(&mut self, newer: Intelligence) {
        if newer.epss_day.is_some() {
            (self.epss_model, self.epss_day) = (newer.epss_model, newer.epss_day);
        }
        self.catalogues.extend(newer.catalogues);
        self.catalogues.sort();
        self.catalogues.dedup();
        for (cve, found) in newer.vulnerabilities {
            let known = self.of(&cve);
            known.epss = found.epss.or(known.epss);
            known.percentile = found.percentile.or(known.percentile);
            known.past_exploitation = found.past_exploitation.or(known.past_exploitation);
            known.catalogues.extend(found.catalogues);
            known.ransomware = found.ransomware.or(known.ransomware);
            known.exploitation = found.exploitation.or(known.exploitation.take());
            known.automatable = found.automatable.or(known.automatable);
            known.total_impact = found.total_impact.or(known.total_impact);
        }
    }

    /// Works out what needs all days at once. `today` is a day number since 1970.
    pub fn finish(&mut self, today: i64) {
        for (cve, scores) in std::mem::take(&mut self.history) {
            if scores.len() > 1
                && let Some(known) = self.vulnerabilities.get_mut(&cve)
            {
                known.past_exploitation = Some(likelihood_of_past_exploitation(&scores, today));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likelihood_multiplies_the_windows() {
        // Two full windows and half of a third: 1 - 0.9 * 0.8 * (1 - 0.5 * 15/30).
        let found = likelihood_of_past_exploitation(&[(0, 0.1), (30, 0.2), (60, 0.5)], 74);
        assert!((found - (1.0 - 0.9 * 0.8 * 0.75)).abs() < 1e-12);
        assert_eq!(likelihood_of_past_exploitation(&[], 10), 0.0);
        assert_eq!(likelihood_of_past_exploitation(&[(20, 0.5)], 10), 0.0);
    }

    #[test]
    fn catalogues_stand_side_by_side() {
        let entry = |cve: &str, day: &str| shinayaka_kev::Entry {
            cve: cve.to_owned(),
            date_added: day.to_owned(),
            ..Default::default()
        };
        let of = |entries| Catalogue { entries, ..Default::default() };
        let mut all = Intelligence::default();
        all.add_catalogue("b", &of(vec![entry("CVE-2030-1", "2030-01-02")]));
        all.add_catalogue(
            "a",
            &of(vec![entry("CVE-2030-1", "2030-01-01"), entry("CVE-2030-2", "2030-01-01")]),
        );
        assert_eq!(all.catalogues, ["a", "b"]);
        assert_eq!(all.vulnerabilities["CVE-2030-1"].catalogues.len(), 2);
        assert_eq!(all.vulnerabilities["CVE-2030-2"].catalogues.len(), 1);
    }
}
