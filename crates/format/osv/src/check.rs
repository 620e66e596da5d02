//! What the schema demands of a record that is to be published (OSV schema 1.7), and the writer.

use serde::Serialize;

use crate::record::{Affected, Event, Range, RangeType, Record};

const SCHEMA_VERSION: &str = "1.7.4";

/// A rule that a record breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: `affected[0].ranges[1].events`.
    pub path: String,
    pub rule: &'static str,
}

/// A record with findings is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{id} breaks {} rules of the schema, first {}: {}", findings.len(), findings[0].path, findings[0].rule)]
pub struct Unpublishable {
    pub id: String,
    pub findings: Vec<Finding>,
}

/// The record as JSON.
///
/// # Errors
/// [`Unpublishable`] when [`check`] finds anything.
pub fn write(record: &Record) -> Result<String, Unpublishable> {
    let findings = check(record);
    if !findings.is_empty() {
        return Err(Unpublishable { id: record.id.clone(), findings });
    }
    let mut record = record.clone();
    record.schema_version = Some(SCHEMA_VERSION.into());
    Ok(serde_json::to_string_pretty(&record).expect("plain structs of texts"))
}

const REFERENCES: [&str; 11] = [
    "ADVISORY",
    "ARTICLE",
    "DETECTION",
    "DISCUSSION",
    "REPORT",
    "FIX",
    "GIT",
    "INTRODUCED",
    "PACKAGE",
    "EVIDENCE",
    "WEB",
];

const CREDITS: [&str; 10] = [
    "FINDER",
    "REPORTER",
    "ANALYST",
    "COORDINATOR",
    "REMEDIATION_DEVELOPER",
    "REMEDIATION_REVIEWER",
    "REMEDIATION_VERIFIER",
    "TOOL",
    "SPONSOR",
    "OTHER",
];

struct Check {
    findings: Vec<Finding>,
}

impl Check {
    fn rule(&mut self, holds: bool, path: impl Into<String>, rule: &'static str) {
        if !holds {
            self.findings.push(Finding { path: path.into(), rule });
        }
    }
}

/// Every rule of the schema that the record breaks.
pub fn check(record: &Record) -> Vec<Finding> {
    let mut check = Check { findings: Vec::new() };
    let id = record.id.split_once('-').is_some_and(|(source, rest)| !source.is_empty() && !rest.is_empty());
    check.rule(id, "id", "must be a prefix of its data base, a hyphen and more");
    check.rule(is_time(&record.modified), "modified", "must be a time in UTC (RFC 3339, with Z)");
    for (name, time) in [("published", &record.published), ("withdrawn", &record.withdrawn)] {
        check.rule(time.as_deref().is_none_or(is_time), name, "must be a time in UTC (RFC 3339, with Z)");
    }
    for (name, ids) in
        [("aliases", &record.aliases), ("related", &record.related), ("upstream", &record.upstream)]
    {
        check.rule(!ids.contains(&record.id), name, "must not name the record itself");
        check.rule(ids.iter().all(|id| !id.is_empty()), name, "must not hold an empty identifier");
    }
    severities(&mut check, &record.severity, "severity");
    let own = record.affected.iter().any(|affected| !affected.severity.is_empty());
    check.rule(
        record.severity.is_empty() || !own,
        "severity",
        "must stand with the record or with its packages, not with both",
    );
    for (index, affected) in record.affected.iter().enumerate() {
        package(&mut check, affected, &format!("affected[{index}]"));
    }
    for (index, reference) in record.references.iter().enumerate() {
        let path = format!("references[{index}]");
        let kind = REFERENCES.contains(&reference.kind.as_str());
        check.rule(kind && reference.url.contains(':'), path, "must have a type of the schema and a URL");
    }
    for (index, credit) in record.credits.iter().enumerate() {
        let kind = credit.kind.as_deref().is_none_or(|kind| CREDITS.contains(&kind));
        check.rule(
            kind && !credit.name.is_empty(),
            format!("credits[{index}]"),
            "must have a name and a known type",
        );
    }
    check.findings
}

fn severities(check: &mut Check, severities: &[crate::Severity], path: &str) {
    for (index, severity) in severities.iter().enumerate() {
        let score = severity.score.as_str();
        let holds = match severity.kind.as_str() {
            "CVSS_V2" => score.contains("/Au:") || score.starts_with("AV:"),
            "CVSS_V3" => score.starts_with("CVSS:3.0/") || score.starts_with("CVSS:3.1/"),
            "CVSS_V4" => score.starts_with("CVSS:4.0/"),
            "Ubuntu" => ["negligible", "low", "medium", "high", "critical"].contains(&score),
            _ => false,
        };
        check.rule(holds, format!("{path}[{index}]"), "must be a vector of its type");
    }
}

fn package(check: &mut Check, affected: &Affected, path: &str) {
    if let Some(package) = &affected.package {
        let filled = !package.ecosystem.is_empty() && !package.name.is_empty();
        check.rule(filled, format!("{path}.package"), "must have an ecosystem and a name");
        let purl = package.purl.as_deref().is_none_or(|purl| purl.starts_with("pkg:"));
        check.rule(purl, format!("{path}.package.purl"), "must be a purl");
    }
    severities(check, &affected.severity, &format!("{path}.severity"));
    for (index, range) in affected.ranges.iter().enumerate() {
        events(check, range, &format!("{path}.ranges[{index}]"));
    }
}

fn events(check: &mut Check, range: &Range, path: &str) {
    let git = range.range_type == RangeType::Git;
    check.rule(!git || range.repo.is_some(), path, "must name the repository of its commits");
    let has = |test: fn(&Event) -> bool| range.events.iter().any(test);
    check.rule(
        has(|event| matches!(event, Event::Introduced(_))),
        path,
        "must say where the flaw was introduced",
    );
    let both =
        has(|event| matches!(event, Event::Fixed(_))) && has(|event| matches!(event, Event::LastAffected(_)));
    check.rule(!both, path, "must not have both fixed and last_affected");
    check.rule(
        range.events.iter().all(|event| !event.version().is_empty()),
        path,
        "must not hold an empty version",
    );
    if range.range_type == RangeType::Semver {
        let semver =
            |event: &Event| event.version() == "0" || semver::Version::parse(event.version()).is_ok();
        let limit = |event: &Event| matches!(event, Event::Limit(_)) && event.version() == "*";
        let all = range.events.iter().all(|event| semver(event) || limit(event));
        check.rule(all, path, "must hold versions of Semantic Versioning 2.0.0");
    }
}

/// `2030-01-02T03:04:05Z`, perhaps with a fraction.
fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.strip_suffix('Z').and_then(|text| text.split_once('T')) else {
        return false;
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fields = |text: &str, separator: char, widths: [usize; 3]| {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.len() == 3
            && parts
                .iter()
                .zip(widths)
                .all(|(part, width)| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let within = |text: &str, place: usize, range: std::ops::RangeInclusive<u8>| {
        text.get(place..place + 2).and_then(|part| part.parse().ok()).is_some_and(|n| range.contains(&n))
    };
    fields(date, '-', [4, 2, 2])
        && fields(time, ':', [2, 2, 2])
        && digits
        && within(date, 5, 1..=12)
        && within(date, 8, 1..=31)
        && within(time, 0, 0..=23)
        && within(time, 3, 0..=59)
        && within(time, 6, 0..=60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Package, Reference, Severity};

    fn publishable() -> Record {
        Record {
            id: "EX-2030-1".into(),
            modified: "2030-01-02T03:04:05.5Z".into(),
            aliases: vec!["CVE-2030-0001".into()],
            severity: vec![Severity {
                kind: "CVSS_V3".into(),
                score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
            }],
            affected: vec![Affected {
                package: Some(Package {
                    ecosystem: "npm".into(),
                    name: "gate".into(),
                    purl: Some("pkg:npm/gate".into()),
                }),
                ranges: vec![Range {
                    range_type: RangeType::Semver,
                    events: vec![Event::Introduced("0".into()), Event::Fixed("1.4.2".into())],
                    ..Default::default()
                }],
                ..Default::default()
            }],
            references: vec![Reference { kind: "WEB".into(), url: "https://example.org/1".into() }],
            ..Default::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut record = publishable();
        let text = write(&record).unwrap();
        record.schema_version = Some(SCHEMA_VERSION.into());
        assert_eq!(crate::read(text.as_bytes(), Limits::default()).next().unwrap().unwrap().record, record);
    }

    #[test]
    fn each_broken_rule_is_found_at_its_place() {
        type Break = fn(&mut Record);
        let cases: [(Break, &str); 10] = [
            (|record| record.id = "1".into(), "id"),
            (|record| record.modified = "2030-13-02T03:04:05Z".into(), "modified"),
            (|record| record.published = Some("2030-01-02".into()), "published"),
            (|record| record.aliases.push("EX-2030-1".into()), "aliases"),
            (|record| record.severity[0].kind = "CVSS_V4".into(), "severity[0]"),
            (|record| record.affected[0].package.as_mut().unwrap().name.clear(), "affected[0].package"),
            (|record| record.affected[0].ranges[0].range_type = RangeType::Git, "affected[0].ranges[0]"),
            (|record| drop(record.affected[0].ranges[0].events.remove(0)), "affected[0].ranges[0]"),
            (
                |record| record.affected[0].ranges[0].events.push(Event::LastAffected("2.0.0".into())),
                "affected[0].ranges[0]",
            ),
            (|record| record.references[0].kind = "LINK".into(), "references[0]"),
        ];
        for (spoil, path) in cases {
            let mut record = publishable();
            spoil(&mut record);
            let error = write(&record).unwrap_err();
            assert!(error.findings.iter().any(|finding| finding.path == path), "{path}: {error:?}");
        }
    }
}
