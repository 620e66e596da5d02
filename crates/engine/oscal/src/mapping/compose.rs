//! Composition over chains: what the claims together say of two controls, with the chain that says it, and where two
//! chains say what cannot both be.

use std::collections::HashMap;

use serde::Serialize;

use super::network::Network;
use super::relation::Relation;
use crate::document::{Document, Kind};
use crate::tree::{Node, Object};

/// What is known of two controls.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Composed {
    pub source: String,
    pub target: String,
    /// The relation: an OSCAL name, or several joined by " or ".
    pub relation: String,
    /// Whether a fulfilled target means a fulfilled source.
    pub carries: bool,
    /// The steps, each with the place of its claim.
    pub proof: Vec<String>,
}

/// Two chains between the same controls that cannot both hold.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Contradiction {
    pub source: String,
    pub target: String,
    pub one: Vec<String>,
    pub other: Vec<String>,
}

/// A step from one node to another, with what holds between them.
#[derive(Clone, Copy)]
struct Edge {
    to: usize,
    relation: Relation,
    claim: usize,
    forward: bool,
}

/// The claims as steps in both directions. A claim about unions says of each member what follows from being a part.
fn edges(network: &Network) -> Vec<Vec<Edge>> {
    let mut out = vec![Vec::new(); network.nodes.len()];
    for (claim, (sources, targets, entry)) in network.claims.iter().enumerate() {
        let part = |side: &[usize]| {
            if side.len() == 1 { Relation::from(super::Base::Equal) } else { Relation::WITHIN }
        };
        let relation = part(sources).then(entry.relation).then(part(targets).converse());
        if relation.is_unknown() {
            continue;
        }
        for &source in sources {
            for &target in targets {
                out[source].push(Edge { to: target, relation, claim, forward: true });
                out[target].push(Edge { to: source, relation: relation.converse(), claim, forward: false });
            }
        }
    }
    out
}

#[derive(Clone)]
struct Path {
    relation: Relation,
    steps: Vec<(usize, usize, bool)>,
}

/// For each node reached from `start` in at most `length` steps: what the shortest chains say together, and them.
fn reach(start: usize, edges: &[Vec<Edge>], length: usize, visit: &mut impl FnMut(usize, &Path)) {
    let mut known: HashMap<usize, Relation> = HashMap::new();
    let mut border = vec![(start, Path { relation: super::Base::Equal.into(), steps: Vec::new() })];
    for _ in 0..length {
        let mut next = Vec::new();
        for (node, path) in border {
            for edge in &edges[node] {
                if edge.to == start || path.steps.iter().any(|(from, ..)| *from == edge.to) {
                    continue;
                }
                let relation = path.relation.then(edge.relation);
                let before = known.get(&edge.to).copied().unwrap_or(Relation::UNKNOWN);
                // A chain that adds nothing to what is known ends here.
                if relation.and(before) == before {
                    continue;
                }
                known.insert(edge.to, before.and(relation));
                let mut steps = path.steps.clone();
                steps.push((node, edge.claim, edge.forward));
                let path = Path { relation, steps };
                visit(edge.to, &path);
                if !relation.is_impossible() {
                    next.push((edge.to, path));
                }
            }
        }
        border = next;
    }
}

fn proof(network: &Network, path: &Path, end: usize) -> Vec<String> {
    path.steps
        .iter()
        .enumerate()
        .map(|(at, &(from, claim, forward))| {
            let to = path.steps.get(at + 1).map_or(end, |step| step.0);
            let (sources, targets, entry) = &network.claims[claim];
            let names =
                |nodes: &[usize]| nodes.iter().map(|&node| network.id(node)).collect::<Vec<_>>().join(" + ");
            let read = if forward { "" } else { ", read backwards" };
            format!(
                "{} to {}: {} {} {} ({}{read})",
                network.id(from),
                network.id(to),
                names(sources),
                entry.wording,
                names(targets),
                entry.place
            )
        })
        .collect()
}

/// All that follows between the controls of two standards by chains of at most `length` claims.
#[must_use]
pub fn chain(network: &Network, from: usize, to: usize, length: usize) -> Vec<Composed> {
    let edges = edges(network);
    let mut out = Vec::new();
    for start in (0..network.nodes.len()).filter(|&node| network.nodes[node].standard == from) {
        let mut found: HashMap<usize, (Relation, Path)> = HashMap::new();
        reach(start, &edges, length, &mut |end, path| {
            if network.nodes[end].standard == to {
                let entry = found.entry(end).or_insert_with(|| (path.relation, path.clone()));
                let both = entry.0.and(path.relation);
                if both != entry.0 {
                    *entry = (both, path.clone());
                }
            }
        });
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(end, _)| network.nodes[*end]);
        out.extend(found.into_iter().filter(|(_, (relation, _))| !relation.is_unknown()).map(
            |(end, (relation, path))| Composed {
                source: network.id(start).to_owned(),
                target: network.id(end).to_owned(),
                relation: relation.to_string(),
                carries: relation.is_within(),
                proof: proof(network, &path, end),
            },
        ));
    }
    out
}

/// Pairs of controls about which chains of at most `length` claims say what cannot both be true. Each pair once.
#[must_use]
pub fn contradictions(network: &Network, length: usize) -> Vec<Contradiction> {
    let edges = edges(network);
    let mut out = Vec::new();
    for start in 0..network.nodes.len() {
        let mut seen: HashMap<usize, (Relation, Path)> = HashMap::new();
        reach(start, &edges, length, &mut |end, path| {
            let Some((relation, first)) = seen.get_mut(&end) else {
                seen.insert(end, (path.relation, path.clone()));
                return;
            };
            if start < end && !relation.is_impossible() && relation.and(path.relation).is_impossible() {
                out.push(Contradiction {
                    source: network.label(start),
                    target: network.label(end),
                    one: proof(network, first, end),
                    other: proof(network, path, end),
                });
            }
            *relation = relation.and(path.relation);
        });
    }
    out
}

/// What was composed as a mapping collection of its own. Relations that are not one of OSCAL's become `intersects-with`
/// when the two surely overlap, and are left out otherwise.
#[must_use]
pub fn to_collection(
    composed: &[Composed],
    title: &str,
    settings: &crate::resolve::Settings,
    uuid: &mut dyn FnMut() -> String,
) -> Document {
    let text = |members: &[(&str, &str)]| {
        let mut object = Object::new();
        members.iter().for_each(|(name, value)| object.set(name, *value));
        object
    };
    let item = |id: &str| Node::from(vec![Node::from(text(&[("type", "control"), ("id-ref", id)]))]);
    let mut maps = Vec::new();
    for entry in composed {
        let mut map = Object::new();
        map.set("uuid", uuid().as_str());
        let relation = match Relation::named(&entry.relation) {
            Some(_) => entry.relation.as_str(),
            None if !entry.relation.contains("no-relationship") && entry.relation != "impossible" => {
                "intersects-with"
            }
            None => continue,
        };
        map.set("relationship", relation);
        map.set("sources", item(&entry.source));
        map.set("targets", item(&entry.target));
        map.set("remarks", entry.proof.join("\n\n").as_str());
        maps.push(Node::from(map));
    }
    let mut body = Object::new();
    body.set("uuid", settings.uuid.as_str());
    let metadata = [
        ("title", title),
        ("last-modified", &settings.at),
        ("version", "1"),
        ("oscal-version", crate::model::NEWEST),
    ];
    body.set("metadata", text(&metadata));
    let provenance = [
        ("method", "automation"),
        ("matching-rationale", "semantic"),
        ("status", "draft"),
        ("mapping-description", "Composed from the mappings named in the remarks of each entry."),
    ];
    body.set("provenance", text(&provenance));
    let (source, target) = title.split_once(" to ").unwrap_or((title, title));
    let mut mapping = Object::new();
    mapping.set("uuid", uuid().as_str());
    let href = |name: &str| name.replace([' ', '"', '<', '>', '\\', '^', '`', '{', '}', '|'], "-");
    mapping.set("source-resource", text(&[("type", "catalog"), ("href", &href(source))]));
    mapping.set("target-resource", text(&[("type", "catalog"), ("href", &href(target))]));
    mapping.set("maps", maps);
    body.set("mappings", vec![Node::from(mapping)]);
    Document::new(Kind::MappingCollection, body)
}
