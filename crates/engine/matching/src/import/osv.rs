//! OSV records: affected ranges and versions, and what the fixed events say about the versions after them.

use shinayaka_osv::{Affected, Event, Package, RangeType, Record};

use super::{Named, named_by_purl, plainly, seconds};
use crate::assertion::{Alias, Assertion, Authority, Bulletin, Document, Extent, Relation, Statement};
use crate::identity::{Identity, Requirement};
use crate::version::{Comparator, Constraint, Range, Scheme};

pub fn bulletin(record: &Record) -> Bulletin {
    let database = record.id.split('-').next().unwrap_or("");
    let document = Document {
        source: format!("osv:{database}"),
        authority: Authority::Aggregator,
        id: record.id.clone(),
        revision: record.modified.clone(),
        hash: String::new(),
        recorded_at: seconds(&record.modified),
        retracted: record.withdrawn.is_some(),
    };
    let alias =
        |relation: Relation| move |to: &String| Alias { from: record.id.clone(), relation, to: to.clone() };
    let aliases = record
        .aliases
        .iter()
        .map(alias(Relation::Same))
        .chain(record.upstream.iter().map(alias(Relation::Derived)))
        .chain(record.related.iter().map(alias(Relation::Related)))
        .collect();
    let mut assertions = Vec::new();
    for affected in &record.affected {
        if let Some(named) = affected.package.as_ref().and_then(named_package) {
            package(record, affected, &named, &mut assertions);
        }
    }
    Bulletin { document, aliases, assertions }
}

fn package(record: &Record, affected: &Affected, named: &Named, out: &mut Vec<Assertion>) {
    let mut say = |statement: Statement, extent: Extent| {
        out.push(Assertion {
            vulnerability: record.id.clone(),
            subject: named.identity.clone(),
            requirement: named.requirement.clone(),
            scope: None,
            statement,
            extent,
            valid_from: None,
            valid_until: None,
        });
    };
    let mut ranges = Vec::new();
    for range in affected.ranges.iter().filter(|range| range.range_type != RangeType::Git) {
        let scheme = match (named.scheme, range.range_type) {
            (Some(scheme), _) => scheme,
            (None, RangeType::Semver) => Scheme::Semver,
            (None, _) => Scheme::Generic,
        };
        let (bad, good) = of_events(scheme, &range.events);
        if let Some(bad) = bad {
            ranges.push(bad.clone());
            say(Statement::Affected, Extent::Range(bad));
        }
        for fixed in good {
            say(Statement::Fixed, Extent::Range(fixed));
        }
    }
    let scheme = ranges.first().map_or(named.scheme.unwrap_or(Scheme::Generic), |range| range.scheme);
    // Most data bases list what the ranges hold anyway; only what goes beyond them is kept.
    let compiled: Vec<_> = ranges.iter().filter_map(|range| range.compile().ok()).collect();
    let beyond =
        |version: &&String| !compiled.iter().any(|range| range.contains(scheme, version) == Ok(true));
    let listed: Vec<Constraint> = affected
        .versions
        .iter()
        .filter(beyond)
        .map(|version| Constraint { comparator: Comparator::Equal, version: version.clone() })
        .collect();
    if !listed.is_empty() {
        say(Statement::Affected, Extent::Range(Range::of(scheme, listed)));
    } else if ranges.is_empty() && affected.versions.is_empty() {
        let commits = affected.ranges.iter().any(|range| range.range_type == RangeType::Git);
        say(Statement::Affected, if commits { by_commit() } else { Extent::Range(Range::all(scheme)) });
    }
}

fn by_commit() -> Extent {
    let reason = "the range is given in commits, which have no order without the repository";
    Extent::Unreadable { text: "commits".to_owned(), reason: reason.to_owned() }
}

/// The affected range, and the ranges from each fix up to the next introduction.
fn of_events(scheme: Scheme, events: &[Event]) -> (Option<Range>, Vec<Range>) {
    let constraint = |comparator, version: &str| Constraint { comparator, version: version.to_owned() };
    let beginning = |version: &str| version == "0";
    let introduced = events.iter().any(|event| matches!(event, Event::Introduced(_)));
    if !introduced {
        return (None, Vec::new());
    }
    let mut bad = Vec::new();
    let mut fixes: Vec<(Vec<u8>, &str)> = Vec::new();
    let mut starts: Vec<(Vec<u8>, &str)> = Vec::new();
    for event in events {
        match event {
            Event::Introduced(version) if beginning(version) => {}
            Event::Introduced(version) => {
                bad.push(constraint(Comparator::GreaterOrEqual, version));
                starts.extend(scheme.key(version).map(|key| (key, version.as_str())));
            }
            Event::Fixed(version) => {
                bad.push(constraint(Comparator::Less, version));
                fixes.extend(scheme.key(version).map(|key| (key, version.as_str())));
            }
            Event::LastAffected(version) => bad.push(constraint(Comparator::LessOrEqual, version)),
            Event::Limit(version) if version != "*" => bad.push(constraint(Comparator::Less, version)),
            Event::Limit(_) => {}
        }
    }
    let everything = bad.is_empty();
    let mut bad = if everything { Range::all(scheme) } else { Range::of(scheme, bad) };
    bad.sort();
    let good = fixes
        .iter()
        .map(|(key, fixed)| {
            let next = starts.iter().filter(|(start, _)| start > key).min();
            let mut constraints = vec![constraint(Comparator::GreaterOrEqual, fixed)];
            constraints.extend(next.map(|(_, start)| constraint(Comparator::Less, start)));
            Range::of(scheme, constraints)
        })
        .collect();
    (Some(bad), good)
}

/// Ecosystems whose packages have a purl type of their own and need no namespace.
const TYPES: [(&str, &str); 9] = [
    ("PyPI", "pypi"),
    (concat!("crates", ".io"), "cargo"),
    ("RubyGems", "gem"),
    ("NuGet", "nuget"),
    ("Hex", "hex"),
    ("Pub", "pub"),
    ("CRAN", "cran"),
    ("Hackage", "hackage"),
    ("ConanCenter", "conan"),
];

/// Distributions: ecosystem, purl type, namespace.
const DISTRIBUTIONS: [(&str, &str, &str); 9] = [
    ("Debian", "deb", "debian"),
    ("Ubuntu", "deb", "ubuntu"),
    ("Alpine", "apk", "alpine"),
    ("Wolfi", "apk", "wolfi"),
    ("Chainguard", "apk", "chainguard"),
    ("Red Hat", "rpm", "redhat"),
    ("Rocky Linux", "rpm", "rocky"),
    ("AlmaLinux", "rpm", "almalinux"),
    ("openSUSE", "rpm", "opensuse"),
];

/// By its purl, or by the rules of its ecosystem (OSV schema, "Defined ecosystems").
fn named_package(package: &Package) -> Option<Named> {
    let (ecosystem, release) = package.ecosystem.split_once(':').unwrap_or((&package.ecosystem, ""));
    let distribution = DISTRIBUTIONS.iter().find(|(known, _, _)| *known == ecosystem);
    let text = match &package.purl {
        Some(purl) => purl.clone(),
        None => purl_text(ecosystem, &package.name, distribution)?,
    };
    let Some(mut named) = named_by_purl(&text) else {
        return Identity::of_product(ecosystem, &package.name).map(plainly);
    };
    if let Some((_, _, name)) = distribution
        && !release.is_empty()
        && named.requirement.is_none()
    {
        let release = release.trim_start_matches('v').split(':').next().unwrap_or(release);
        named.requirement =
            Some(Requirement::Qualifier { key: "distro".to_owned(), value: format!("{name}-{release}") });
    }
    Some(named)
}

fn purl_text(ecosystem: &str, name: &str, distribution: Option<&(&str, &str, &str)>) -> Option<String> {
    let parted = |kind: &str, separator: char| match name.rsplit_once(separator) {
        Some((space, name)) => format!("pkg:{kind}/{}/{name}", space.replace('@', "%40")),
        None => format!("pkg:{kind}/{name}"),
    };
    if let Some((_, kind, namespace)) = distribution {
        return Some(format!("pkg:{kind}/{namespace}/{name}"));
    }
    if let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == ecosystem) {
        return Some(format!("pkg:{kind}/{name}"));
    }
    match ecosystem {
        "npm" => Some(parted("npm", '/')),
        "Go" => Some(parted("golang", '/')),
        "Packagist" => Some(parted("composer", '/')),
        "GitHub Actions" => Some(parted("githubactions", '/')),
        "SwiftURL" => Some(parted("swift", '/')),
        "Maven" => Some(parted("maven", ':')),
        "" => None,
        _ => Some(String::new()),
    }
}
