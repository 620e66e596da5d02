//! An advisory of the RustSec data base: Markdown that begins with a fenced block of TOML.
//!
//! RustSec says which versions are *not* affected (`patched`, `unaffected`, as requirements of Cargo). The ranges of the
//! record are what is left, computed exactly on the order of Semantic Versioning, with pre-releases.

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};
use serde::Deserialize;
use serde_json::json;

use crate::record::{Affected, Event, Package, Range, RangeType, Record, Reference, Severity};
use crate::records::Fault;

#[derive(Deserialize)]
struct Front {
    advisory: Advisory,
    versions: Versions,
    #[serde(default)]
    affected: Scope,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    package: String,
    date: String,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
    #[serde(default)]
    cvss: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    informational: Option<String>,
    #[serde(default)]
    license: Option<String>,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

#[derive(Deserialize, Default)]
struct Scope {
    #[serde(default)]
    arch: Vec<String>,
    #[serde(default)]
    os: Vec<String>,
    #[serde(default)]
    functions: std::collections::BTreeMap<String, Vec<String>>,
}

/// The folder of the data base in which an advisory lies: the file itself does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// `crates/`: packages of the registry.
    Crates,
    /// `rust/`: parts of the toolchain (`std`, `cargo`), which get the ecosystem `Rust`. OSV has none for them.
    Rust,
}

/// The advisory as a record. `informational` (`unmaintained`, `unsound`, `notice`) and the categories stand in
/// `database_specific`, functions and platforms in `ecosystem_specific`.
///
/// # Errors
/// [`Fault`] with the line and the member that cannot be read.
pub fn read(text: &str, collection: Collection) -> Result<Record, Fault> {
    let (front, begin, body) = split(text)?;
    let parsed: Front = toml::from_str(front).map_err(|error| {
        let before = error.span().and_then(|span| front.get(..span.start)).unwrap_or("");
        let line = begin + before.bytes().map(|byte| u64::from(byte == b'\n')).sum::<u64>();
        Fault { line, path: "advisory".into(), reason: error.message().chars().take(300).collect() }
    })?;
    let place = |path: String, reason: String| Fault { line: begin, path, reason };
    let mut safe = Vec::new();
    for (name, requirements) in
        [("patched", &parsed.versions.patched), ("unaffected", &parsed.versions.unaffected)]
    {
        for (index, text) in requirements.iter().enumerate() {
            let requirement = VersionReq::parse(text.trim())
                .map_err(|error| place(format!("versions.{name}[{index}]"), error.to_string()))?;
            safe.push(interval(&requirement));
        }
    }
    let (title, details) = title_and_details(body);
    let mut record = record(parsed, events(safe), title, details);
    if let (Collection::Rust, Some(package)) =
        (collection, record.affected.first_mut().and_then(|affected| affected.package.as_mut()))
    {
        package.ecosystem = "Rust".into();
        package.purl = None;
    }
    Ok(record)
}

fn split(text: &str) -> Result<(&str, u64, &str), Fault> {
    let missing = |reason: &str| Fault { line: 1, path: "advisory".into(), reason: reason.into() };
    let start = text.find("```toml").ok_or_else(|| missing("does not begin with a fenced block of TOML"))?;
    if !text[..start].trim().is_empty() {
        return Err(missing("does not begin with a fenced block of TOML"));
    }
    let front = &text[start + "```toml".len()..];
    let end = front.find("\n```").ok_or_else(|| missing("the block of TOML has no end"))?;
    let body = front[end + "\n```".len()..].trim();
    let line = 1 + text[..start].bytes().map(|byte| u64::from(byte == b'\n')).sum::<u64>();
    Ok((&front[..=end], line, body))
}

fn title_and_details(body: &str) -> (Option<String>, Option<String>) {
    let (title, rest) = match body.strip_prefix("# ") {
        Some(text) => text.split_once('\n').unwrap_or((text, "")),
        None => ("", body),
    };
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    (filled(title), filled(rest))
}

fn record(front: Front, events: Vec<Event>, title: Option<String>, details: Option<String>) -> Record {
    let Front { advisory, affected: scope, .. } = front;
    let reference = |kind: &str, url: String| Reference { kind: kind.into(), url };
    let own = format!("https://rustsec.org/advisories/{}.html", advisory.id);
    let mut references = vec![reference("ADVISORY", own)];
    references.extend(advisory.url.map(|url| reference("REPORT", url)));
    references.extend(advisory.references.into_iter().map(|url| reference("WEB", url)));
    let severity = advisory.cvss.map(|vector| {
        let kind = if vector.starts_with("CVSS:4") { "CVSS_V4" } else { "CVSS_V3" };
        Severity { kind: kind.into(), score: vector }
    });
    let purl = Some(format!("pkg:cargo/{}", advisory.package));
    let package = Package { ecosystem: concat!("crates", ".io").into(), name: advisory.package, purl };
    let noon = |date: String| format!("{date}T12:00:00Z");
    Record {
        id: advisory.id,
        modified: noon(advisory.withdrawn.clone().unwrap_or_else(|| advisory.date.clone())),
        published: Some(noon(advisory.date)),
        withdrawn: advisory.withdrawn.map(noon),
        aliases: advisory.aliases,
        related: advisory.related,
        summary: title,
        details,
        severity: severity.into_iter().collect(),
        affected: vec![Affected {
            package: Some(package),
            // Nothing is left when every version is safe.
            ranges: if events.is_empty() {
                Vec::new()
            } else {
                vec![Range { range_type: RangeType::Semver, events, ..Default::default() }]
            },
            ecosystem_specific: Some(json!({
                "affects": { "arch": scope.arch, "os": scope.os, "functions": scope.functions.keys().collect::<Vec<_>>() },
                "affected_functions": scope.functions,
            })),
            database_specific: Some(json!({
                "categories": advisory.categories,
                "informational": advisory.informational,
            })),
            ..Default::default()
        }],
        references,
        database_specific: Some(json!({ "license": advisory.license.unwrap_or_else(|| "CC0-1.0".into()) })),
        ..Default::default()
    }
}

/// From a version (with it) up to another (without it), or to the end.
#[derive(Debug, Clone, PartialEq)]
struct Interval {
    from: Version,
    to: Option<Version>,
}

fn lowest() -> Version {
    pre_release_zero(0, 0, 0)
}

/// The lowest version of all that share these three numbers: `1.2.3-0`.
fn pre_release_zero(major: u64, minor: u64, patch: u64) -> Version {
    let pre = Prerelease::new("0").expect("a digit is a pre-release");
    Version { major, minor, patch, pre, build: BuildMetadata::EMPTY }
}

/// The version directly behind this one in the order of Semantic Versioning.
fn next(version: &Version) -> Version {
    if version.pre.is_empty() {
        return pre_release_zero(version.major, version.minor, version.patch.saturating_add(1));
    }
    let mut next = version.clone();
    next.pre = Prerelease::new(&format!("{}.0", version.pre)).expect("a pre-release with one more field");
    next
}

fn interval(requirement: &VersionReq) -> Interval {
    let mut all = Interval { from: lowest(), to: None };
    for comparator in &requirement.comparators {
        let one = comparator_interval(comparator);
        all.from = all.from.max(one.from);
        all.to = match (all.to, one.to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    all
}

fn comparator_interval(comparator: &Comparator) -> Interval {
    let (major, minor, patch) = (comparator.major, comparator.minor, comparator.patch);
    let first = Version {
        major,
        minor: minor.unwrap_or(0),
        patch: patch.unwrap_or(0),
        pre: comparator.pre.clone(),
        build: BuildMetadata::EMPTY,
    };
    // Behind everything that begins with the numbers given: 1.2 -> 1.3.0-0.
    let behind = match (minor, patch) {
        (None, _) => pre_release_zero(major.saturating_add(1), 0, 0),
        (Some(minor), None) => pre_release_zero(major, minor.saturating_add(1), 0),
        (Some(_), Some(_)) => next(&first),
    };
    match comparator.op {
        Op::Exact | Op::Wildcard => Interval { from: first, to: Some(behind) },
        Op::Greater => Interval { from: behind, to: None },
        Op::GreaterEq => Interval { from: first, to: None },
        Op::Less => Interval { from: lowest(), to: Some(first) },
        Op::LessEq => Interval { from: lowest(), to: Some(behind) },
        Op::Tilde => {
            let to = match minor {
                Some(minor) => pre_release_zero(major, minor.saturating_add(1), 0),
                None => behind,
            };
            Interval { from: first, to: Some(to) }
        }
        // `semver` may learn new operators; a caret is what a bare version means.
        _ => {
            let to = match (major, minor, patch) {
                (0, Some(0), Some(patch)) => pre_release_zero(0, 0, patch.saturating_add(1)),
                (0, Some(minor), _) => pre_release_zero(0, minor.saturating_add(1), 0),
                _ => pre_release_zero(major.saturating_add(1), 0, 0),
            };
            Interval { from: first, to: Some(to) }
        }
    }
}

/// What is left of all versions without the safe ones.
fn events(mut safe: Vec<Interval>) -> Vec<Event> {
    safe.retain(|interval| interval.to.as_ref().is_none_or(|to| interval.from < *to));
    safe.sort_by(|a, b| a.from.cmp(&b.from));
    let mut events = Vec::new();
    let mut affected_from = Some(lowest());
    for interval in safe {
        let Some(from) = affected_from else { break };
        if interval.from > from {
            let introduced = if from == lowest() { "0".to_owned() } else { from.to_string() };
            events.push(Event::Introduced(introduced));
            events.push(Event::Fixed(interval.from.to_string()));
            affected_from = interval.to;
        } else {
            affected_from = interval.to.map(|to| to.max(from));
        }
    }
    if let Some(from) = affected_from {
        let introduced = if from == lowest() { "0".to_owned() } else { from.to_string() };
        events.push(Event::Introduced(introduced));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(requirements: &[&str]) -> String {
        let safe = requirements.iter().map(|text| interval(&VersionReq::parse(text).unwrap())).collect();
        let events = events(safe);
        events
            .iter()
            .map(|event| match event {
                Event::Introduced(version) => format!("+{version}"),
                other => format!("-{}", other.version()),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn what_is_left_is_exact() {
        assert_eq!(ranges(&[]), "+0");
        assert_eq!(ranges(&[">= 1.2.3"]), "+0 -1.2.3");
        assert_eq!(ranges(&[">= 1.2.3", "< 0.6"]), "+0.6.0 -1.2.3");
        assert_eq!(ranges(&["^1.4.2", ">= 2.1.0"]), "+0 -1.4.2 +2.0.0-0 -2.1.0");
        assert_eq!(ranges(&["0.3.1"]), "+0 -0.3.1 +0.4.0-0");
        assert_eq!(ranges(&["> 1.2.3"]), "+0 -1.2.4-0");
        assert_eq!(ranges(&["<= 1.0.0-alpha"]), "+1.0.0-alpha.0");
        assert_eq!(ranges(&["=1.0.1", ">= 3, < 4", ">= 3.5"]), "+0 -1.0.1 +1.0.2-0 -3.0.0");
        assert_eq!(ranges(&["~1.2", "*"]), "");
    }

    #[test]
    fn a_safe_version_is_never_in_the_ranges_and_every_other_is() {
        let sets =
            [vec!["^1.1.0", ">= 1.3.0-rc.1"], vec!["< 1.0.1", "=1.2.0", "~1.2.2"], vec![">1.1", "<=1.0.0"]];
        let versions: Vec<Version> = [
            "0.9.0", "1.0.0-a", "1.0.0", "1.0.1", "1.1.0", "1.1.9", "1.2.0", "1.2.1", "1.2.2", "1.3.0",
            "2.0.0", "2.0.0-a",
        ]
        .iter()
        .map(|text| Version::parse(text).unwrap())
        .collect();
        for set in sets {
            let requirements: Vec<VersionReq> =
                set.iter().map(|text| VersionReq::parse(text).unwrap()).collect();
            let events = events(requirements.iter().map(interval).collect());
            for version in versions.iter().filter(|version| version.pre.is_empty()) {
                let safe = requirements.iter().any(|requirement| requirement.matches(version));
                let affected = events.iter().fold(false, |affected, event| match event {
                    Event::Introduced(from) => {
                        affected || from == "0" || Version::parse(from).unwrap() <= *version
                    }
                    other => affected && Version::parse(other.version()).unwrap() > *version,
                });
                assert_eq!(affected, !safe, "{version} of {set:?}: {events:?}");
            }
        }
    }

    #[test]
    fn an_advisory_becomes_a_record() {
        let text = "```toml\n[advisory]\nid = \"RUSTSEC-2030-0001\"\npackage = \"gate\"\ndate = \"2030-01-02\"\naliases = [\"CVE-2030-0001\"]\ncvss = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"\n\n[affected.functions]\n\"gate::open\" = [\"< 1.0.0\"]\n\n[versions]\npatched = [\">= 1.4.2\"]\n```\n\n# A door that stays open\n\nIt should close.\n";
        let record = read(text, Collection::Crates).unwrap();
        assert_eq!(record.summary.as_deref(), Some("A door that stays open"));
        assert_eq!(record.details.as_deref(), Some("It should close."));
        assert_eq!(
            record.affected[0].ranges[0].events,
            [Event::Introduced("0".into()), Event::Fixed("1.4.2".into())]
        );
        assert_eq!(crate::check(&record), []);
        let fault = read(&text.replace("date =", "data ="), Collection::Crates).unwrap_err();
        assert!(fault.reason.contains("missing field `date`") && fault.line == 2, "{fault}");
        let fault = read(&text.replace(">= 1.4.2", "later"), Collection::Crates).unwrap_err();
        assert_eq!(fault.path, "versions.patched[0]");
        assert_eq!(
            read("# none", Collection::Rust).unwrap_err().reason,
            "does not begin with a fenced block of TOML"
        );
    }
}
