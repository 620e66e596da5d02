//! Debian package indexes (`Packages` files): a large real graph with real alternatives.
//!
//! Source: Debian Policy 7.1 (syntax of relationships), 7.2 (Depends, Pre-Depends, Recommends), 7.5 (Provides).
//! Version restrictions are not compared: within one index the archive's own checks keep them satisfiable.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Imported;
use crate::error::{Error, Result};
use crate::model::{EdgeGrade, Gate, Kind, MAXIMUM_BYTES, Model, Node, SCHEMA, Supplier, Terms};

/// Performance left without a recommended package: a convention, so that Recommends shows in reports at all.
const WITHOUT_RECOMMENDED: f64 = 0.9;

#[derive(Default)]
struct Package<'t> {
    depends: Vec<&'t str>,
    recommends: Vec<&'t str>,
    provides: Vec<&'t str>,
}

/// Reads a `Packages` index: Depends and Pre-Depends become hard clauses (`a | b` and virtual packages with several
/// providers an `any`), Recommends degrading ones.
///
/// # Errors
/// `Parse` with the line for a field outside a stanza or a relation without a name, `TooLarge` for more than a gibibyte.
pub fn read_debian(text: &str) -> Result<Imported> {
    if text.len() > MAXIMUM_BYTES {
        return Err(Error::TooLarge {
            what: "bytes of the index".into(),
            limit: MAXIMUM_BYTES as u64,
            advice: "split it".into(),
        });
    }
    let packages = stanzas(text)?;
    let mut numbers: HashMap<&str, u32> = HashMap::with_capacity(packages.len());
    numbers.extend(packages.keys().enumerate().map(|(at, name)| (*name, at as u32)));
    let mut providers: HashMap<&str, BTreeSet<u32>> = HashMap::new();
    for (at, package) in packages.values().enumerate() {
        for name in package.provides.iter().flat_map(|field| field.split(',')).filter_map(relation_name) {
            providers.entry(name).or_default().insert(at as u32);
        }
    }
    let names: Vec<&str> = packages.keys().copied().collect();
    let index = Index { names, numbers, providers };
    let mut missing = 0;
    let mut nodes = Vec::with_capacity(packages.len());
    for (at, package) in packages.values().enumerate() {
        let mut members = Vec::new();
        for (fields, grade) in
            [(&package.depends, EdgeGrade::Hard), (&package.recommends, EdgeGrade::Degrading)]
        {
            for clause in
                fields.iter().flat_map(|field| field.split(',')).filter(|clause| !clause.trim().is_empty())
            {
                let candidates = index.candidates(clause);
                // A package that satisfies its own clause needs nobody for it.
                if candidates.contains(&(at as u32)) {
                    continue;
                }
                match index.gate(&candidates, grade) {
                    Some(gate) => members.push(gate),
                    None => missing += usize::from(grade == EdgeGrade::Hard),
                }
            }
        }
        let run = (!members.is_empty()).then_some(Gate::All(members));
        nodes.push(Node {
            id: index.names[at].to_owned(),
            kind: Some(Kind::Component),
            run,
            ..Node::default()
        });
    }
    let notes = if missing == 0 {
        Vec::new()
    } else {
        vec![format!("{missing} clauses name only packages that the index does not hold; left out")]
    };
    let title = Some("Debian package index".to_owned());
    Ok(Imported { model: Model { schema: Some(SCHEMA.into()), title, nodes, ..Model::default() }, notes })
}

struct Index<'t> {
    names: Vec<&'t str>,
    numbers: HashMap<&'t str, u32>,
    providers: HashMap<&'t str, BTreeSet<u32>>,
}

impl Index<'_> {
    /// The packages that can satisfy a clause, by themselves or by what they provide.
    fn candidates(&self, clause: &str) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        for name in clause.split('|').filter_map(relation_name) {
            found.extend(self.numbers.get(name));
            found.extend(self.providers.get(name).into_iter().flatten());
        }
        found
    }

    fn gate(&self, candidates: &BTreeSet<u32>, grade: EdgeGrade) -> Option<Gate> {
        let mut members: Vec<Gate> = candidates
            .iter()
            .map(|package| Gate::Supplier(edge(self.names[*package as usize], grade)))
            .collect();
        match members.len() {
            0 => None,
            1 => members.pop(),
            _ => Some(Gate::Any(members)),
        }
    }
}

fn edge(name: &str, grade: EdgeGrade) -> Supplier {
    let mut supplier = Supplier::new(name);
    if grade == EdgeGrade::Degrading {
        supplier.terms =
            Some(Box::new(Terms { grade, degraded_to: Some(WITHOUT_RECOMMENDED), ..Terms::default() }));
    }
    supplier
}

/// The package name of one relation, without version, architecture and profile.
fn relation_name(relation: &str) -> Option<&str> {
    let relation = relation.trim();
    let end = relation.find(|c: char| c.is_whitespace() || "(:[<".contains(c)).unwrap_or(relation.len());
    (end > 0).then(|| &relation[..end])
}

/// The packages by name; a name that stands there twice keeps its last stanza.
fn stanzas(text: &str) -> Result<BTreeMap<&str, Package<'_>>> {
    let mut packages = BTreeMap::new();
    let mut name = None;
    let mut package = Package::default();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            if let Some(name) = name.take() {
                packages.insert(name, package);
            }
            package = Package::default();
            continue;
        }
        // Continuation lines belong to descriptions; relations in an index are on one line.
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let bad = |message: &str| Error::Parse {
            format: "Packages index",
            line: at + 1,
            column: 1,
            message: message.into(),
        };
        let (field, value) = line.split_once(':').ok_or_else(|| bad("a line without a field name"))?;
        let value = value.trim();
        match field {
            "Package" if value.is_empty() => return Err(bad("a package without a name")),
            "Package" => name = Some(value),
            "Depends" | "Pre-Depends" => package.depends.push(value),
            "Recommends" => package.recommends.push(value),
            "Provides" => package.provides.push(value),
            _ => {}
        }
    }
    if let Some(name) = name {
        packages.insert(name, package);
    }
    Ok(packages)
}
