//! What the format demands of a record that is to be published (CVE Record Format 5.2.0), and the writer.

use serde::Serialize;

use crate::record::{Affected, Container, Description, Record, Reference, State, Version};

/// A rule that a record breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: `containers.cna.affected[0].versions[1]`.
    pub path: String,
    pub rule: &'static str,
}

/// A record with findings is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} breaks {} rules of the format, first {}: {}", id, findings.len(), findings[0].path, findings[0].rule)]
pub struct Unpublishable {
    pub id: String,
    pub findings: Vec<Finding>,
}

/// The record as JSON, version 5.2.0.
///
/// # Errors
/// [`Unpublishable`] when [`check`] finds anything.
pub fn write(record: &Record) -> Result<String, Unpublishable> {
    let mut record = record.clone();
    record.data_type = "CVE_RECORD".into();
    record.data_version = "5.2.0".into();
    let findings = check(&record);
    if !findings.is_empty() {
        return Err(Unpublishable { id: record.metadata.id, findings });
    }
    Ok(serde_json::to_string_pretty(&record).expect("plain structs of texts and finite numbers"))
}

struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn rule(&mut self, holds: bool, path: &str, rule: &'static str) {
        if !holds {
            self.findings.push(Finding { path: path.to_owned(), rule });
        }
    }
}

/// Every rule of the format that the record breaks.
pub fn check(record: &Record) -> Vec<Finding> {
    let mut check = Check { findings: Vec::new() };
    check.rule(record.data_type == "CVE_RECORD", "dataType", "must be CVE_RECORD");
    let version = &record.data_version;
    let known = version == "5.0" || ["5.0.", "5.1", "5.2"].iter().any(|known| version.starts_with(known));
    check.rule(known, "dataVersion", "must be 5.0, 5.1 or 5.2");
    let metadata = &record.metadata;
    check.rule(is_cve_id(&metadata.id), "cveMetadata.cveId", "must be CVE-year-number");
    check.rule(is_uuid(&metadata.assigner_org_id), "cveMetadata.assignerOrgId", "must be a UUID");
    let cna = &record.containers.cna;
    match metadata.state {
        State::Published => published(&mut check, cna),
        State::Rejected => {
            check.rule(
                has_english(&cna.rejected_reasons),
                "containers.cna.rejectedReasons",
                "must hold a reason in English",
            );
            let ids = cna.replaced_by.iter().all(|id| is_cve_id(id));
            check.rule(ids, "containers.cna.replacedBy", "must be CVE-year-number");
        }
        State::Reserved => check.rule(false, "cveMetadata.state", "must be PUBLISHED or REJECTED"),
    }
    container(&mut check, cna, "containers.cna");
    for (index, adp) in record.containers.adp.iter().enumerate() {
        container(&mut check, adp, &format!("containers.adp[{index}]"));
    }
    check.findings
}

fn published(check: &mut Check, cna: &Container) {
    let path = "containers.cna";
    check.rule(
        has_english(&cna.descriptions),
        &format!("{path}.descriptions"),
        "must hold a text in English",
    );
    check.rule(!cna.affected.is_empty(), &format!("{path}.affected"), "must name a product");
    check.rule(!cna.references.is_empty(), &format!("{path}.references"), "must name a reference");
    let rejected = cna.rejected_reasons.is_empty() && cna.replaced_by.is_empty();
    check.rule(rejected, path, "must have rejectedReasons and replacedBy only when it is rejected");
}

fn container(check: &mut Check, container: &Container, path: &str) {
    let provider = &container.provider_metadata.org_id;
    check.rule(is_uuid(provider), &format!("{path}.providerMetadata.orgId"), "must be a UUID");
    let title = container.title.as_deref().is_none_or(|title| (1..=256).contains(&title.chars().count()));
    check.rule(title, &format!("{path}.title"), "must have 1 to 256 characters");
    for (index, affected) in container.affected.iter().enumerate() {
        product(check, affected, &format!("{path}.affected[{index}]"));
    }
    references(check, &container.references, &format!("{path}.references"));
    let texts = [
        ("descriptions", &container.descriptions),
        ("configurations", &container.configurations),
        ("workarounds", &container.workarounds),
        ("solutions", &container.solutions),
        ("exploits", &container.exploits),
        ("rejectedReasons", &container.rejected_reasons),
    ];
    for (name, texts) in texts {
        for (index, text) in texts.iter().enumerate() {
            description(check, text, &format!("{path}.{name}[{index}]"));
        }
    }
    for (index, problem) in container.problem_types.iter().enumerate() {
        let path = format!("{path}.problemTypes[{index}].descriptions");
        check.rule(!problem.descriptions.is_empty(), &path, "must not be empty");
        for description in &problem.descriptions {
            let cwe = description.cwe_id.as_deref().is_none_or(is_cwe_id);
            check.rule(cwe, &path, "must give the weakness as CWE-number");
            check.rule(!description.description.is_empty(), &path, "must describe the weakness");
        }
    }
    for (index, metric) in container.metrics.iter().enumerate() {
        let path = format!("{path}.metrics[{index}]");
        let any = metric.cvss().next().is_some() || metric.other.is_some();
        check.rule(any, &path, "must hold a CVSS or another metric");
        for cvss in metric.cvss() {
            check.rule(!cvss.vector_string.is_empty(), &path, "must hold the vector");
            let score = cvss.base_score.is_some_and(|score| (0.0..=10.0).contains(&score));
            check.rule(score, &path, "must hold a base score from 0 to 10");
            let severity = cvss.base_severity.is_some() || cvss.version == "2.0";
            check.rule(severity, &path, "must hold the severity of the base score");
        }
    }
    for (index, credit) in container.credits.iter().enumerate() {
        let filled = !credit.lang.is_empty() && (1..=4096).contains(&credit.value.chars().count());
        check.rule(filled, &format!("{path}.credits[{index}]"), "must have a language and a text");
    }
    for (index, event) in container.timeline.iter().enumerate() {
        let filled = !event.time.is_empty() && !event.lang.is_empty() && !event.value.is_empty();
        check.rule(filled, &format!("{path}.timeline[{index}]"), "must have a time, a language and a text");
    }
}

fn product(check: &mut Check, affected: &Affected, path: &str) {
    let named = affected.vendor.is_some() && affected.product.is_some();
    let packaged = affected.collection_url.is_some() && affected.package_name.is_some();
    check.rule(
        named || packaged || affected.package_url.is_some(),
        path,
        "must have vendor and product, collectionURL and packageName, or packageURL",
    );
    let stated = !affected.versions.is_empty() || affected.default_status != crate::Status::Unknown;
    check.rule(stated, path, "must have versions or a defaultStatus");
    let lengths = [(&affected.vendor, 512), (&affected.product, 2048), (&affected.package_name, 2048)];
    for (text, most) in lengths {
        let fits = text.as_deref().is_none_or(|text| (1..=most).contains(&text.chars().count()));
        check.rule(fits, path, "must keep vendor within 512, product and packageName within 2048 characters");
    }
    if let Some(purl) = &affected.package_url {
        check.rule(
            is_purl_without_version(purl),
            &format!("{path}.packageURL"),
            "must be a purl without version",
        );
    }
    for (index, cpe) in affected.cpes.iter().enumerate() {
        let form = cpe.starts_with("cpe:2.3:") || cpe.starts_with("cpe:/");
        check.rule(form, &format!("{path}.cpes[{index}]"), "must be a CPE 2.3 or 2.2 name");
    }
    for (index, version) in affected.versions.iter().enumerate() {
        range(check, version, &format!("{path}.versions[{index}]"));
    }
}

fn range(check: &mut Check, version: &Version, path: &str) {
    let length = (1..=1024).contains(&version.version.chars().count());
    check.rule(length, path, "must have a version of 1 to 1024 characters");
    let ends = [&version.less_than, &version.less_than_or_equal].into_iter().flatten().count();
    check.rule(ends < 2, path, "must not have both lessThan and lessThanOrEqual");
    check.rule(ends == 0 || version.version_type.is_some(), path, "must give the versionType of a range");
    check.rule(ends == 1 || version.changes.is_empty(), path, "must have changes only in a range");
}

fn references(check: &mut Check, references: &[Reference], path: &str) {
    check.rule(references.len() <= 512, path, "must not be more than 512");
    for (index, reference) in references.iter().enumerate() {
        let url = &reference.url;
        let form = url.contains(':') && (1..=2048).contains(&url.chars().count());
        check.rule(form, &format!("{path}[{index}].url"), "must be a URI of up to 2048 characters");
        let twice = references[..index].contains(reference);
        check.rule(!twice, &format!("{path}[{index}]"), "must not be the same as another");
    }
}

fn description(check: &mut Check, text: &Description, path: &str) {
    check.rule(!text.lang.is_empty(), path, "must name its language");
    let length = (1..=4096).contains(&text.value.chars().count());
    check.rule(length, path, "must have 1 to 4096 characters");
}

fn has_english(texts: &[Description]) -> bool {
    texts.iter().any(|text| text.lang == "en" || text.lang.starts_with("en-") || text.lang.starts_with("en_"))
}

fn is_cve_id(text: &str) -> bool {
    let mut parts = text.split('-');
    let digits = |part: Option<&str>, range: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|part| range.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    parts.next() == Some("CVE")
        && digits(parts.next(), 4..=4)
        && digits(parts.next(), 4..=19)
        && parts.next().is_none()
}

fn is_cwe_id(text: &str) -> bool {
    text.strip_prefix("CWE-").is_some_and(|number| {
        !number.is_empty() && !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_purl_without_version(text: &str) -> bool {
    let before = text.split(['?', '#']).next().unwrap_or("");
    let name = before.rsplit('/').next().unwrap_or("");
    before.strip_prefix("pkg:").is_some_and(|rest| rest.contains('/') && !rest.ends_with('/'))
        && !name.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publishable() -> Record {
        let text = r#"{"cveMetadata":{"cveId":"CVE-2030-0001","assignerOrgId":"8254265b-2729-46b6-b9e3-3dfca2d5bfca","state":"PUBLISHED"},
          "containers":{"cna":{"providerMetadata":{"orgId":"8254265b-2729-46b6-b9e3-3dfca2d5bfca"},
          "descriptions":[{"lang":"en","value":"A door that does not close."}],
          "references":[{"url":"https://example.org/1"}],
          "affected":[{"vendor":"Example","product":"Gate","packageURL":"pkg:npm/%40example/gate",
            "versions":[{"version":"0","lessThan":"2","versionType":"semver","status":"affected",
              "changes":[{"at":"1.5","status":"unaffected"}]}]}],
          "metrics":[{"format":"CVSS","cvssV3_1":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8,"baseSeverity":"CRITICAL"}}]}}}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let record = publishable();
        let text = write(&record).unwrap();
        let back = crate::read(text.as_bytes(), crate::Limits::default()).next().unwrap().unwrap().record;
        assert_eq!(back.containers, record.containers);
        assert_eq!((back.data_type.as_str(), back.data_version.as_str()), ("CVE_RECORD", "5.2.0"));
    }

    #[test]
    fn each_broken_rule_is_found_at_its_place() {
        type Break = fn(&mut Record);
        let cases: [(Break, &str); 12] = [
            (|record| record.metadata.id = "CVE-30-1".into(), "cveMetadata.cveId"),
            (|record| record.metadata.assigner_org_id.clear(), "cveMetadata.assignerOrgId"),
            (
                |record| record.containers.cna.descriptions[0].lang = "ja".into(),
                "containers.cna.descriptions",
            ),
            (|record| record.containers.cna.references.clear(), "containers.cna.references"),
            (
                |record| record.containers.cna.references[0].url = "example".into(),
                "containers.cna.references[0].url",
            ),
            (
                |record| record.containers.cna.affected[0].package_url = Some("pkg:npm/gate@1".into()),
                "containers.cna.affected[0].packageURL",
            ),
            (|record| record.containers.cna.affected[0].versions.clear(), "containers.cna.affected[0]"),
            (
                |record| record.containers.cna.affected[0].versions[0].version_type = None,
                "containers.cna.affected[0].versions[0]",
            ),
            (
                |record| record.containers.cna.affected[0].versions[0].less_than_or_equal = Some("3".into()),
                "containers.cna.affected[0].versions[0]",
            ),
            (|record| record.containers.cna.metrics[0].cvss_v3_1 = None, "containers.cna.metrics[0]"),
            (|record| record.containers.cna.title = Some("x".repeat(257)), "containers.cna.title"),
            (|record| record.containers.cna.replaced_by.push("CVE-2030-0002".into()), "containers.cna"),
        ];
        for (spoil, path) in cases {
            let mut record = publishable();
            spoil(&mut record);
            let error = write(&record).unwrap_err();
            assert!(error.findings.iter().any(|finding| finding.path == path), "{path}: {error:?}");
        }
    }

    #[test]
    fn a_rejected_record_needs_a_reason_only() {
        let mut record = publishable();
        record.metadata.state = State::Rejected;
        record.containers.cna = Container {
            provider_metadata: record.containers.cna.provider_metadata,
            rejected_reasons: vec![Description {
                lang: "en".into(),
                value: "Not a flaw.".into(),
                ..Default::default()
            }],
            replaced_by: vec!["CVE-2030-0002".into()],
            ..Default::default()
        };
        assert!(write(&record).is_ok());
        record.containers.cna.rejected_reasons.clear();
        assert!(write(&record).is_err());
    }
}
