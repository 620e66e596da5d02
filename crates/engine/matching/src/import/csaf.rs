//! CSAF advisories: every product of a status, resolved to what identifies it, its versions, and the product that it is
//! a part of.

use std::collections::BTreeMap;

use shinayaka_csaf::{Advisory, Product, Status, Vulnerability};

use super::{Named, named_by_cpe, named_by_purl, plainly, seconds, single};
use crate::assertion::{Alias, Assertion, Authority, Bulletin, Document, Extent, Relation, Statement};
use crate::identity::Identity;
use crate::identity::cpe::Cpe;
use crate::version::{Range, Scheme, from_native};

/// `hash` is the SHA-256 of the file in hexadecimal, or empty.
pub fn bulletin(advisory: &Advisory, hash: &str) -> Bulletin {
    let (publisher, tracking) = (&advisory.document.publisher, &advisory.document.tracking);
    let document = Document {
        source: format!("csaf:{}", publisher.name),
        authority: match publisher.category.as_str() {
            "vendor" => Authority::Vendor,
            "coordinator" | "discoverer" => Authority::Coordinator,
            "multiplier" | "translator" => Authority::Aggregator,
            _ => Authority::Other,
        },
        id: tracking.id.clone(),
        revision: tracking.version.clone(),
        hash: hash.to_owned(),
        recorded_at: seconds(&tracking.current_release_date),
        retracted: false,
    };
    let products: BTreeMap<&str, Product> = advisory.products().into_iter().map(|p| (p.id, p)).collect();
    let mut assertions = Vec::new();
    let mut aliases = Vec::new();
    for (at, vulnerability) in advisory.vulnerabilities.iter().enumerate() {
        let id = identifier(vulnerability, &tracking.id, at);
        if id != tracking.id {
            aliases.push(Alias { from: tracking.id.clone(), relation: Relation::Derived, to: id.clone() });
        }
        for other in vulnerability.ids.iter().filter(|_| vulnerability.cve.is_some()) {
            aliases.push(Alias { from: id.clone(), relation: Relation::Same, to: other.text.clone() });
        }
        for said in vulnerability.statements() {
            let statement = match said.status {
                status if status.is_affected() => Statement::Affected,
                status if status.is_fixed() => Statement::Fixed,
                Status::KnownNotAffected => Statement::NotAffected,
                Status::UnderInvestigation => Statement::UnderInvestigation,
                _ => continue,
            };
            if let Some(product) = products.get(said.product) {
                say(&id, statement, product, &products, &mut assertions);
            }
        }
    }
    Bulletin { document, aliases, assertions }
}

fn identifier(vulnerability: &Vulnerability, document: &str, at: usize) -> String {
    let own = vulnerability.ids.first().map(|id| id.text.clone());
    match vulnerability.cve.clone().or(own) {
        Some(id) => id,
        None if at == 0 => document.to_owned(),
        None => format!("{document}#{at}"),
    }
}

fn say(
    id: &str,
    statement: Statement,
    product: &Product,
    products: &BTreeMap<&str, Product>,
    out: &mut Vec<Assertion>,
) {
    // A product put together of others: the first part is what is found, inside the others.
    let find = |id: &str| products.get(id);
    let scope = product.parts.get(1).and_then(|part| find(part.product)).and_then(scope);
    let inner = product.parts.first().and_then(|part| find(part.product)).unwrap_or(product);
    let own = if product.helper.is_some() && !product.parts.is_empty() { names(product) } else { Vec::new() };
    let names = if own.is_empty() { names(inner) } else { own };
    for named in names {
        let extent = extent(inner, &named);
        out.push(Assertion {
            vulnerability: id.to_owned(),
            subject: named.identity,
            requirement: named.requirement,
            scope: scope.clone(),
            statement,
            extent,
            valid_from: None,
            valid_until: None,
        });
    }
}

/// The surrounding product: its full CPE name where it has one, since the version of a platform matters.
fn scope(product: &Product) -> Option<Identity> {
    let cpe = product.helper.and_then(|helper| helper.cpe.as_deref()).and_then(|text| Cpe::parse(text).ok());
    if let Some(cpe) = cpe {
        return Some(Identity::from_key(&cpe.to_string()));
    }
    names(product).into_iter().next().map(|named| named.identity)
}

fn names(product: &Product) -> Vec<Named> {
    let mut names: Vec<Named> = product.purls().into_iter().filter_map(named_by_purl).collect();
    let vendor = product.branch("vendor").unwrap_or("");
    if let Some(helper) = product.helper {
        if let Some(named) = helper.cpe.as_deref().and_then(named_by_cpe) {
            // Only what stands behind the version is a requirement; the version is the extent.
            names.push(named);
        }
        let digests = helper.hashes.iter().flat_map(|hashes| &hashes.file_hashes);
        names.extend(digests.filter_map(|hash| Identity::of_hash(&hash.algorithm, &hash.value)).map(plainly));
        let models = helper.model_numbers.iter().filter(|model| !model.contains(['*', '?']));
        names.extend(models.filter_map(|model| Identity::of_model(vendor, model)).map(plainly));
    }
    let words = product.branch("product_name").and_then(|name| Identity::of_product(vendor, name));
    names.extend(words.map(plainly));
    names
}

fn extent(product: &Product, named: &Named) -> Extent {
    let scheme = named.scheme.unwrap_or(Scheme::Generic);
    if named.identity.as_str().starts_with("hash:") {
        return Extent::Range(Range::all(Scheme::Generic));
    }
    if let Some(text) = product.branch("product_version_range") {
        return range(text, scheme);
    }
    if let Some(version) = &named.version {
        return Extent::Range(single(scheme, version));
    }
    match product.branch("product_version") {
        Some(version) => Extent::Range(single(scheme, version)),
        None => Extent::Range(Range::all(scheme)),
    }
}

/// VERS, or comparators as vendors write them (`<V4.2`, `>= 1.0 | < 2.0`); other phrases cannot be evaluated.
fn range(text: &str, scheme: Scheme) -> Extent {
    let unreadable = |reason: String| Extent::Unreadable { text: text.to_owned(), reason };
    let trimmed = text.trim();
    if trimmed.starts_with("vers:") {
        return match Range::parse(trimmed) {
            Ok(range) => Extent::Range(range),
            Err(error) => unreadable(error.to_string()),
        };
    }
    if matches!(trimmed, "*" | "vers:all/*") || trimmed.eq_ignore_ascii_case("all versions") {
        return Extent::Range(Range::all(scheme));
    }
    if !trimmed.starts_with(['<', '>', '=']) {
        return unreadable("the range is a phrase".to_owned());
    }
    match from_native(Scheme::Generic, trimmed) {
        Ok(range) => Extent::Range(Range { scheme, ..range }),
        Err(error) => unreadable(error.to_string()),
    }
}

/// A scope as it is matched: a full CPE name holds every name that it covers.
pub(crate) fn in_scope(scope: &str, context: &[Identity]) -> bool {
    use crate::identity::cpe::SetRelation;
    if let Some(wanted) = scope.strip_prefix("cpe:2.3:").and_then(|_| Cpe::parse(scope).ok()) {
        let names = context.iter().filter_map(|name| Cpe::parse(name.as_str()).ok());
        return names
            .into_iter()
            .any(|name| matches!(wanted.relate(&name), SetRelation::Equal | SetRelation::Superset));
    }
    context.iter().any(|name| name.as_str() == scope)
}
