//! Revisions of one document: how they are numbered, and whether a newer one changes what is to be done about a product.
//!
//! A matching system runs again by itself when the major number changes, and brings up no new match when the remediation
//! is as it was (CSAF 2.1, conformance clauses 13 and 17).

use std::collections::BTreeSet;

use crate::{
    document::{Advisory, Remediation, Tracking, Vulnerability},
    products::Status,
};

/// The two ways in which CSAF numbers revisions (2.1, 3.1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Numbering {
    /// `1`, `2` …
    Integer,
    /// `1.0.0`, `1.0.1-rc.1` …
    Semantic,
}

impl Tracking {
    /// How this document is numbered; nothing when the version is of neither form.
    pub fn numbering(&self) -> Option<Numbering> {
        numbering(&self.version)
    }

    /// The major number of a semantic version; nothing for an integer, where every number is as great as any other.
    pub fn major(&self) -> Option<u64> {
        match self.numbering()? {
            Numbering::Semantic => self.version.split('.').next()?.parse().ok(),
            Numbering::Integer => None,
        }
    }
}

fn numbering(version: &str) -> Option<Numbering> {
    let number = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    if number(version) {
        return Some(Numbering::Integer);
    }
    let core = version.split(['-', '+']).next().unwrap_or("");
    let parts: Vec<&str> = core.split('.').collect();
    let rest = &version[core.len()..];
    (parts.len() == 3 && parts.iter().all(|part| number(part)) && rest.len() != 1)
        .then_some(Numbering::Semantic)
}

impl Advisory {
    /// The vulnerability of this identifier (CVE, or a name of any system).
    pub fn vulnerability(&self, id: &str) -> Option<&Vulnerability> {
        self.vulnerabilities.iter().find(|vulnerability| {
            vulnerability.cve.as_deref() == Some(id) || vulnerability.ids.iter().any(|own| own.text == id)
        })
    }

    /// What is to be done about a product: its statuses and its remediations, those of its groups among them.
    fn remediation<'a>(
        &'a self,
        vulnerability: &'a Vulnerability,
        product: &str,
    ) -> (BTreeSet<Status>, Vec<&'a Remediation>) {
        let statuses = vulnerability
            .statements()
            .into_iter()
            .filter(|statement| statement.product == product)
            .map(|statement| statement.status)
            .collect();
        let concerns = |remediation: &&Remediation| {
            remediation.product_ids.iter().any(|id| id == product)
                || remediation.group_ids.iter().any(|group| self.group(group).contains(product))
                || (remediation.product_ids.is_empty() && remediation.group_ids.is_empty())
        };
        (statuses, vulnerability.remediations.iter().filter(concerns).collect())
    }
}

/// Whether a newer revision says something else about what to do for a product: another status, or other remediations
/// (the lists of products and groups that they name do not count, only what they say).
pub fn remediation_changed(before: &Advisory, after: &Advisory, vulnerability: &str, product: &str) -> bool {
    let said = |advisory: &Advisory| {
        advisory.vulnerability(vulnerability).map(|one| {
            let (statuses, remediations) = advisory.remediation(one, product);
            let texts: BTreeSet<String> = remediations
                .into_iter()
                .map(|remediation| {
                    let bare =
                        Remediation { product_ids: Vec::new(), group_ids: Vec::new(), ..remediation.clone() };
                    serde_json::to_string(&bare).expect("plain structs of JSON values")
                })
                .collect();
            (statuses, texts)
        })
    };
    said(before) != said(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ProductGroup, ProductStatus, ProductTree};

    fn version(text: &str) -> Tracking {
        Tracking { version: text.into(), ..Tracking::default() }
    }

    #[test]
    fn both_ways_of_numbering_are_told_apart() {
        for text in ["1", "0", "17"] {
            assert_eq!((version(text).numbering(), version(text).major()), (Some(Numbering::Integer), None));
        }
        for (text, major) in [("1.0.0", 1), ("0.9.1", 0), ("12.3.4-rc.1+x", 12), ("2.0.0+build-1", 2)] {
            assert_eq!(
                (version(text).numbering(), version(text).major()),
                (Some(Numbering::Semantic), Some(major))
            );
        }
        for text in ["", "1.0", "01", "1.0.0-", "v1.0.0", "1.0.x", "-1"] {
            assert_eq!(version(text).numbering(), None, "{text}");
        }
    }

    fn advisory() -> Advisory {
        let vulnerability = Vulnerability {
            cve: Some("CVE-2030-0001".into()),
            product_status: Some(ProductStatus {
                known_affected: vec!["P1".into(), "P2".into()],
                ..ProductStatus::default()
            }),
            remediations: vec![Remediation {
                category: "vendor_fix".into(),
                details: "Update.".into(),
                group_ids: vec!["G1".into()],
                ..Remediation::default()
            }],
            ..Vulnerability::default()
        };
        let group =
            ProductGroup { group_id: "G1".into(), product_ids: vec!["P1".into()], ..ProductGroup::default() };
        Advisory {
            product_tree: Some(ProductTree { product_groups: vec![group], ..ProductTree::default() }),
            vulnerabilities: vec![vulnerability],
            ..Advisory::default()
        }
    }

    #[test]
    fn a_revision_that_leaves_the_remediation_is_no_new_match() {
        let before = advisory();
        let changed =
            |after: &Advisory, product: &str| remediation_changed(&before, after, "CVE-2030-0001", product);
        let mut after = advisory();
        after.document.title = "Another title".into();
        // The same remediation, now by product and no longer by group.
        after.vulnerabilities[0].remediations[0].group_ids.clear();
        after.vulnerabilities[0].remediations[0].product_ids = vec!["P1".into()];
        assert!(!changed(&after, "P1") && !changed(&after, "P2"));
        after.vulnerabilities[0].remediations[0].details = "Update to 2.".into();
        assert!(changed(&after, "P1") && !changed(&after, "P2"));
        let mut after = advisory();
        let status = after.vulnerabilities[0].product_status.as_mut().expect("a status");
        status.fixed = status.known_affected.split_off(1);
        assert!(!changed(&after, "P1") && changed(&after, "P2"));
        after.vulnerabilities.clear();
        assert!(changed(&after, "P1"));
    }
}
