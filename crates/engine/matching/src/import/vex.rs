//! OpenVEX and CycloneDX VEX: statements of a supplier about products and their parts.

use shinayaka_vex::{Document as Vex, Product, Statement as Said, Status};

use super::{Named, named_by_cpe, named_by_purl, plainly, seconds, single};
use crate::assertion::{Alias, Assertion, Authority, Bulletin, Document, Extent, Relation, Statement};
use crate::identity::Identity;
use crate::identity::cpe::Cpe;
use crate::version::{Range, Scheme};

/// `name` stands for the document when it has no identifier; `hash` is its SHA-256 in hexadecimal, or empty.
pub fn bulletin(vex: &Vex, name: &str, hash: &str) -> Bulletin {
    let time = vex.last_updated.as_deref().or(vex.timestamp.as_deref()).unwrap_or("");
    let document = Document {
        source: format!("vex:{}", vex.author.as_deref().unwrap_or("unknown")),
        authority: Authority::Vendor,
        id: vex.id.clone().unwrap_or_else(|| name.to_owned()),
        revision: vex.version.map_or_else(String::new, |version| version.to_string()),
        hash: hash.to_owned(),
        recorded_at: seconds(time),
        retracted: false,
    };
    let mut assertions = Vec::new();
    let mut aliases = Vec::new();
    for said in &vex.statements {
        for alias in &said.aliases {
            aliases.push(Alias {
                from: said.vulnerability.clone(),
                relation: Relation::Same,
                to: alias.clone(),
            });
        }
        for product in &said.products {
            if product.subcomponents.is_empty() {
                say(said, product, None, &mut assertions);
            }
            for part in &product.subcomponents {
                say(said, part, scope(product), &mut assertions);
            }
        }
    }
    Bulletin { document, aliases, assertions }
}

fn statement(status: Status) -> Statement {
    match status {
        Status::Affected => Statement::Affected,
        Status::NotAffected => Statement::NotAffected,
        Status::Fixed => Statement::Fixed,
        Status::UnderInvestigation => Statement::UnderInvestigation,
    }
}

fn names(product: &Product) -> Vec<Named> {
    let mut names: Vec<Named> = product.purls.iter().filter_map(|text| named_by_purl(text)).collect();
    names.extend(product.cpes.iter().filter_map(|text| named_by_cpe(text)));
    names.extend(
        product.hashes.iter().filter_map(|(kind, value)| Identity::of_hash(kind, value)).map(plainly),
    );
    names
}

fn scope(product: &Product) -> Option<Identity> {
    let cpe = product.cpes.iter().find_map(|text| Cpe::parse(text).ok());
    match cpe {
        Some(cpe) => Some(Identity::from_key(&cpe.to_string())),
        None => names(product).into_iter().next().map(|named| named.identity),
    }
}

fn say(said: &Said, product: &Product, scope: Option<Identity>, out: &mut Vec<Assertion>) {
    for named in names(product) {
        let scheme = named.scheme.unwrap_or(Scheme::Generic);
        let mut extents: Vec<(Statement, Extent)> = Vec::new();
        for version in &product.versions {
            let status = match version.status.as_deref() {
                Some("unaffected") => Statement::NotAffected,
                Some("unknown") => Statement::UnderInvestigation,
                Some("affected") => Statement::Affected,
                _ => statement(said.status),
            };
            let extent = match (&version.version, &version.range) {
                (Some(version), _) => Extent::Range(single(scheme, version)),
                (None, Some(range)) => match Range::parse(range) {
                    Ok(range) => Extent::Range(range),
                    Err(error) => Extent::Unreadable { text: range.clone(), reason: error.to_string() },
                },
                (None, None) => continue,
            };
            extents.push((status, extent));
        }
        if extents.is_empty() {
            let range =
                named.version.as_deref().map_or(Range::all(scheme), |version| single(scheme, version));
            extents.push((statement(said.status), Extent::Range(range)));
        }
        for (statement, extent) in extents {
            out.push(Assertion {
                vulnerability: said.vulnerability.clone(),
                subject: named.identity.clone(),
                requirement: named.requirement.clone(),
                scope: scope.clone(),
                statement,
                extent,
                valid_from: None,
                valid_until: None,
            });
        }
    }
}
