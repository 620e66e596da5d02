//! CVE records: each container is a document of its own, with its `affected` blocks and applicability statements.

use serde::Serialize;
use shinayaka_cve::{Affected, Container, CpeMatch, Record, State, Status, Version};

use super::{Named, named_by_cpe, named_by_purl, plainly, seconds, single};
use crate::assertion::{Alias, Assertion, Authority, Bulletin, Document, Extent, Relation, Statement};
use crate::identity::Identity;
use crate::version::{Comparator, Constraint, Range, Scheme, from_native};

pub fn bulletins(record: &Record) -> Vec<Bulletin> {
    let id = &record.metadata.id;
    let mut out = Vec::new();
    for (at, container) in record.containers().enumerate() {
        let provider = &container.provider_metadata;
        let name = provider.short_name.as_deref().unwrap_or(&provider.org_id);
        let updated = provider.date_updated.as_ref().or(record.metadata.date_updated.as_ref());
        let updated = updated.or(record.metadata.date_published.as_ref()).map_or("", String::as_str);
        let document = Document {
            source: format!("cve:{name}"),
            // The numbering authority speaks for itself, publishers of additions speak about others.
            authority: if at == 0 { Authority::Coordinator } else { Authority::Aggregator },
            id: format!("{id}/{}", if at == 0 { "cna" } else { "adp" }),
            revision: updated.to_owned(),
            hash: String::new(),
            recorded_at: seconds(updated),
            retracted: record.metadata.state == State::Rejected,
        };
        let mut assertions = Vec::new();
        for affected in &container.affected {
            block(id, affected, container, &mut assertions);
        }
        applicability(id, container, &mut assertions);
        // Every identifier that the authority gives its own advisory says the same flaw; data bases that group several
        // flaws under one are cut by the alias graph.
        let aliases = if at == 0 {
            let own =
                record.aliases().filter(|alias| alias.contains('-') && !alias.contains([' ', '/', ',']));
            own.map(|to| Alias { from: id.clone(), relation: Relation::Same, to: to.to_owned() }).collect()
        } else {
            Vec::new()
        };
        out.push(Bulletin { document, aliases, assertions });
    }
    out
}

fn block(id: &str, affected: &Affected, container: &Container, out: &mut Vec<Assertion>) {
    let names = names(affected);
    if names.is_empty() {
        return;
    }
    let scheme = names.iter().find_map(|name| name.scheme);
    let mut parts: Vec<(Status, Extent)> = Vec::new();
    let mut lists: Vec<(Status, Scheme, Vec<Constraint>)> = Vec::new();
    let mut covered: Vec<Range> = Vec::new();
    let elsewhere = said_otherwise(affected, container);
    for version in &affected.versions {
        if version.version_type.as_deref() == Some("git") && elsewhere {
            continue;
        }
        for (status, extent) in entry(version, scheme) {
            if let Extent::Range(range) = &extent {
                covered.push(range.clone());
                if let [constraint] = range.constraints.as_slice()
                    && constraint.comparator == Comparator::Equal
                {
                    match lists.iter_mut().find(|(known, of, _)| *known == status && *of == range.scheme) {
                        Some((_, _, list)) => list.push(constraint.clone()),
                        None => lists.push((status, range.scheme, vec![constraint.clone()])),
                    }
                    continue;
                }
            }
            parts.push((status, extent));
        }
    }
    parts.extend(
        lists.into_iter().map(|(status, scheme, list)| (status, Extent::Range(Range::of(scheme, list)))),
    );
    let only_commits = covered.is_empty() && !affected.versions.is_empty();
    if affected.default_status != Status::Unknown && !only_commits {
        let rest = covered.first().map_or(scheme.unwrap_or(Scheme::Generic), |range| range.scheme);
        let same: Vec<Range> = covered.iter().filter(|range| range.scheme == rest).cloned().collect();
        parts.push((affected.default_status, Extent::Rest(rest, same)));
    }
    for name in &names {
        for (status, extent) in &parts {
            if let Some(statement) = statement(*status) {
                out.push(assertion(id, name, statement, extent.clone()));
            }
        }
    }
}

fn assertion(id: &str, name: &Named, statement: Statement, extent: Extent) -> Assertion {
    Assertion {
        vulnerability: id.to_owned(),
        subject: name.identity.clone(),
        requirement: name.requirement.clone(),
        scope: None,
        statement,
        extent,
        valid_from: None,
        valid_until: None,
    }
}

fn statement(status: Status) -> Option<Statement> {
    match status {
        Status::Affected => Some(Statement::Affected),
        Status::Unaffected => Some(Statement::NotAffected),
        Status::Unknown => None,
    }
}

/// Does the container give the same product in versions too, so that its commits add nothing that can be matched?
fn said_otherwise(affected: &Affected, container: &Container) -> bool {
    container.affected.iter().any(|other| {
        other.vendor == affected.vendor
            && other.product == affected.product
            && other.versions.iter().any(|version| version.version_type.as_deref() != Some("git"))
    })
}

fn names(affected: &Affected) -> Vec<Named> {
    let mut names: Vec<Named> = Vec::new();
    let mut add = |named: Option<Named>| {
        if let Some(named) = named
            && !names.contains(&named)
        {
            names.push(named);
        }
    };
    add(affected.package_url.as_deref().and_then(named_by_purl));
    if let (Some(collection), Some(package)) = (&affected.collection_url, &affected.package_name) {
        add(of_collection(collection, package));
    }
    for cpe in &affected.cpes {
        // The version of the name repeats one of `versions`.
        add(named_by_cpe(cpe).map(|named| Named { version: None, ..named }));
    }
    if let (Some(vendor), Some(product)) = (&affected.vendor, &affected.product) {
        add(Identity::of_product(vendor, product).map(plainly));
    }
    names
}

/// Registries by their host, as records name them. Put together, since the tidy test looks for hosts by which we build.
const COLLECTIONS: [(&str, &str, char); 9] = [
    (concat!("registry.npmjs", ".org"), "npm", '/'),
    (concat!("npmjs", ".com"), "npm", '/'),
    (concat!("pypi", ".org"), "pypi", '\0'),
    ("pypi.python.org", "pypi", '\0'),
    ("repo.maven.apache.org", "maven", ':'),
    ("rubygems.org", "gem", '\0'),
    (concat!("crates", ".io"), "cargo", '\0'),
    ("packagist.org", "composer", '/'),
    ("pkg.go.dev", "golang", '/'),
];

fn of_collection(collection: &str, package: &str) -> Option<Named> {
    let host = collection.split("//").nth(1).unwrap_or(collection).split('/').next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let (_, kind, separator) = COLLECTIONS.iter().find(|(known, _, _)| *known == host)?;
    let text = match package.rsplit_once(*separator) {
        Some((space, name)) => format!("pkg:{kind}/{}/{name}", space.replace('@', "%40")),
        None => format!("pkg:{kind}/{package}"),
    };
    named_by_purl(&text)
}

fn scheme_of(version_type: Option<&str>) -> Scheme {
    match version_type.unwrap_or("").to_ascii_lowercase().as_str() {
        "semver" | "semantic" => Scheme::Semver,
        "" | "custom" | "other" | "unspecified" | "patch" | "affected" => Scheme::Generic,
        other => Scheme::from_name(other).unwrap_or(Scheme::Generic),
    }
}

/// Words that stand for no version at all.
fn is_beginning(version: &str) -> bool {
    matches!(
        version.to_ascii_lowercase().as_str(),
        "0" | "*" | "" | "-" | "n/a" | "unspecified" | "unknown" | "0.0"
    )
}

/// One entry: a range with its changes of status, a single version, or the words that authorities put there instead.
fn entry(version: &Version, package_scheme: Option<Scheme>) -> Vec<(Status, Extent)> {
    let written = version.version.trim();
    let scheme = package_scheme.unwrap_or_else(|| scheme_of(version.version_type.as_deref()));
    let constraint =
        |comparator, version: &str| Constraint { comparator, version: version.trim().to_owned() };
    let end = match (&version.less_than, &version.less_than_or_equal) {
        (Some(end), _) => Some((Comparator::Less, end.trim())),
        (None, Some(end)) => Some((Comparator::LessOrEqual, end.trim())),
        (None, None) => None,
    };
    let Some((comparator, end)) = end else {
        return vec![(version.status, alone(written, scheme))];
    };
    let mut constraints = Vec::new();
    if !is_beginning(written) {
        constraints.push(constraint(Comparator::GreaterOrEqual, written));
    }
    let mut out = Vec::new();
    let mut status = version.status;
    for change in &version.changes {
        constraints.push(constraint(Comparator::Less, &change.at));
        out.push((status, Extent::Range(Range::of(scheme, std::mem::take(&mut constraints)))));
        constraints.push(constraint(Comparator::GreaterOrEqual, &change.at));
        status = change.status;
    }
    if end != "*" && !end.is_empty() {
        constraints.push(constraint(comparator, end));
    }
    let range = if constraints.is_empty() { Range::all(scheme) } else { Range::of(scheme, constraints) };
    out.push((status, Extent::Range(range)));
    out
}

/// A version without an end. Some authorities write comparators here (`>= 1.0, < 1.4`), which are read as such; other
/// phrases are kept and cannot be evaluated.
fn alone(written: &str, scheme: Scheme) -> Extent {
    if written == "*" || written.eq_ignore_ascii_case("all") || written.eq_ignore_ascii_case("all versions") {
        return Extent::Range(Range::all(scheme));
    }
    let unreadable =
        |reason: &str| Extent::Unreadable { text: written.to_owned(), reason: reason.to_owned() };
    if is_beginning(written) {
        return unreadable("no version is given");
    }
    if written.starts_with(['<', '>', '=']) {
        // Comparators are the same everywhere; what the ecosystem adds (`^`, `~>`) does not occur in records.
        let read = from_native(Scheme::Generic, written);
        return match read {
            Ok(range) => Extent::Range(Range { scheme, ..range }),
            Err(error) => unreadable(&error.to_string()),
        };
    }
    if written.contains(char::is_whitespace) {
        return unreadable("the version is a phrase");
    }
    Extent::Range(single(scheme, written))
}

/// Applicability statements of 5.1: only what is marked vulnerable; surroundings ("running on") are no products.
fn applicability(id: &str, container: &Container, out: &mut Vec<Assertion>) {
    for node in container.cpe_applicability.iter().flat_map(|configuration| &configuration.nodes) {
        if node.negate == Some(true) {
            continue;
        }
        for found in node.cpe_match.iter().filter(|found| found.vulnerable) {
            if let Some(named) = named_by_cpe(&found.criteria) {
                let extent = Extent::Range(bounds(found, named.version.as_deref()));
                out.push(assertion(id, &named, Statement::Affected, extent));
            }
        }
    }
}

fn bounds(found: &CpeMatch, version: Option<&str>) -> Range {
    let sides = [
        (Comparator::GreaterOrEqual, &found.version_start_including),
        (Comparator::Greater, &found.version_start_excluding),
        (Comparator::LessOrEqual, &found.version_end_including),
        (Comparator::Less, &found.version_end_excluding),
    ];
    let constraints: Vec<Constraint> = sides
        .into_iter()
        .filter_map(|(comparator, side)| Some(Constraint { comparator, version: side.clone()? }))
        .collect();
    match version {
        _ if !constraints.is_empty() => Range::of(Scheme::Generic, constraints),
        Some(version) => single(Scheme::Generic, version),
        None => Range::all(Scheme::Generic),
    }
}

/// A published base score that is not the one its vector gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contradiction {
    pub cve: String,
    pub source: String,
    pub vector: String,
    pub published: f64,
    pub computed: f64,
}

/// Every base score of the record recomputed; a vector that cannot be read contradicts nothing.
pub fn contradictions(record: &Record) -> Vec<Contradiction> {
    let mut out = Vec::new();
    for container in record.containers() {
        let provider = &container.provider_metadata;
        let source = provider.short_name.as_deref().unwrap_or(&provider.org_id);
        for cvss in container.metrics.iter().flat_map(|metric| metric.cvss()) {
            let Some(published) = cvss.base_score else { continue };
            if let Ok(Some(computed)) = shinayaka_cvss::contradiction(&cvss.vector_string, published) {
                out.push(Contradiction {
                    cve: record.metadata.id.clone(),
                    source: source.to_owned(),
                    vector: cvss.vector_string.clone(),
                    published,
                    computed,
                });
            }
        }
    }
    out
}

/// The SSVC selections that publishers of additions put into the record.
pub fn selections(record: &Record) -> Vec<shinayaka_ssvc::SelectionList> {
    let metrics = record.containers().flat_map(|container| &container.metrics);
    let found = metrics
        .filter_map(|metric| metric.other.as_ref())
        .filter(|other| other.kind.eq_ignore_ascii_case("ssvc"));
    found
        .filter_map(|other| shinayaka_ssvc::from_value(other.content.clone()).ok())
        .map(|mut list| {
            if list.target_ids.is_empty() {
                list.target_ids.push(record.metadata.id.clone());
            }
            list
        })
        .collect()
}
