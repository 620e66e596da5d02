//! Both directions agree, both agree with a matcher that knows no index, and the order of processing leaves no trace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use shinayaka_matching::assertion::{
    Alias, Assertion, Authority, Bulletin, Document, Extent, Relation, Statement,
};
use shinayaka_matching::identity::Identity;
use shinayaka_matching::identity::map::{Map, Names};
use shinayaka_matching::index::{Builder, Component, Inventory, InventoryBuilder, Segment};
use shinayaka_matching::matcher::{Index, Moment};
use shinayaka_matching::verdict::{Policy, Verdict};
use shinayaka_matching::version::{Range, Scheme};

/// Small numbers without end from a printed seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

const TYPES: [(&str, Scheme); 5] = [
    ("npm", Scheme::Npm),
    ("pypi", Scheme::Pypi),
    ("gem", Scheme::Gem),
    ("cargo", Scheme::Cargo),
    ("generic", Scheme::Generic),
];

fn version(random: &mut Random, scheme: Scheme) -> String {
    let plain = format!("{}.{}.{}", random.below(4), random.below(6), random.below(6));
    match (scheme, random.below(12)) {
        (Scheme::Npm | Scheme::Cargo, 0) => format!("{plain}-rc.{}", random.below(3)),
        (Scheme::Pypi, 0) => format!("{plain}rc{}", random.below(3)),
        (Scheme::Gem, 0) => format!("{plain}.pre"),
        (_, 1) => format!("build-{}", random.below(3)),
        _ => plain,
    }
}

fn range(random: &mut Random, scheme: Scheme) -> Extent {
    let text = match random.below(9) {
        0 => format!("vers:{}/*", scheme.name()),
        1 => format!("vers:{}/{}", scheme.name(), version(random, scheme)),
        2 => format!("vers:{}/{}|{}", scheme.name(), version(random, scheme), version(random, scheme)),
        3 => format!("vers:{}/!={}", scheme.name(), version(random, scheme)),
        4 => format!("vers:{}/>={}", scheme.name(), version(random, scheme)),
        5 => format!("vers:{}/<={}", scheme.name(), version(random, scheme)),
        6 => return Extent::Unreadable { text: "before the fix".to_owned(), reason: "a phrase".to_owned() },
        7 => {
            let one = Range::parse(&format!("vers:{}/<{}", scheme.name(), version(random, scheme)))
                .expect("a range");
            return Extent::Rest(scheme, vec![one]);
        }
        _ => format!("vers:{}/>={}|<{}", scheme.name(), version(random, scheme), version(random, scheme)),
    };
    Extent::Range(Range::parse(&text).expect("a range"))
}

fn bulletin(random: &mut Random, number: u64, packages: u64) -> Bulletin {
    let authority = Authority::ALL[random.below(4) as usize];
    let document = Document {
        source: format!("source {}", random.below(3)),
        authority,
        id: format!("doc {number}"),
        revision: "1".to_owned(),
        hash: String::new(),
        recorded_at: random.below(1000) as i64,
        retracted: random.below(20) == 0,
    };
    let id = format!("CVE-2030-{}", random.below(40));
    let other = format!("GHSA-{}", random.below(60));
    let assertions = (0..=random.below(3))
        .map(|_| {
            let (kind, scheme) = TYPES[random.below(5) as usize];
            let scheme = if random.below(10) == 0 { Scheme::Semver } else { scheme };
            Assertion {
                vulnerability: if random.below(2) == 0 { id.clone() } else { other.clone() },
                subject: Identity::from_key(&format!("pkg:{kind}/p{}", random.below(packages))),
                requirement: None,
                scope: None,
                statement: Statement::ALL[random.below(4) as usize],
                extent: range(random, scheme),
                valid_from: None,
                valid_until: None,
            }
        })
        .collect();
    let aliases = vec![Alias { from: other.clone(), relation: Relation::Same, to: id.clone() }];
    Bulletin { document, aliases, assertions }
}

fn components(random: &mut Random, count: usize, packages: u64) -> Vec<Component> {
    let mut texts = BTreeSet::new();
    while texts.len() < count {
        let (kind, scheme) = TYPES[random.below(5) as usize];
        let mut text = format!("pkg:{kind}/p{}", random.below(packages));
        if random.below(30) > 0 {
            text.push('@');
            text.push_str(&version(random, scheme));
        }
        // Qualifiers keep components apart that are otherwise the same.
        if texts.contains(&text) {
            text.push_str(&format!("?arch=a{}", random.below(1_000_000)));
        }
        texts.insert(text);
    }
    texts.into_iter().map(|text| Component { text, ..Component::default() }).collect()
}

fn segment(bulletins: &[Bulletin]) -> Vec<u8> {
    let mut builder = Builder::default();
    bulletins.iter().for_each(|bulletin| builder.add(bulletin));
    builder.finish().expect("a segment")
}

fn open(bytes: Vec<u8>) -> Segment {
    let segment = Segment::open(Arc::new(bytes)).expect("a segment");
    segment.verify().expect("whole");
    segment
}

fn names() -> Names {
    Map::built_in().names().expect("the map")
}

fn index(segments: Vec<Segment>) -> Index {
    Index::new(segments, Policy::built_in(), names(), Moment::now(0))
}

fn inventory(components: &[Component]) -> Inventory {
    let names = names();
    let mut builder = InventoryBuilder::new(&names);
    for component in components {
        if component.names.is_empty() { builder.push_purl(&component.text) } else { builder.push(component) }
    }
    builder.open().expect("an inventory")
}

type Verdicts = BTreeSet<(String, String, Verdict)>;

fn verdicts(findings: &[shinayaka_matching::matcher::Finding]) -> Verdicts {
    findings.iter().map(|f| (f.component.clone(), f.vulnerability.clone(), f.verdict)).collect()
}

/// Does a statement bear on a version? By the ranges themselves: no segment, no keys sorted, no shared lists.
fn bears(extent: &Extent, version: &str) -> Option<bool> {
    match extent {
        Extent::Range(range) => {
            let named =
                range.constraints.iter().any(|c| c.comparator.sign().is_empty() && c.version == version);
            if range.all || named {
                return Some(true);
            }
            range.contains(version).ok()
        }
        Extent::Rest(_, ranges) => {
            let mut all = Some(true);
            for range in ranges {
                match range.contains(version) {
                    Ok(true) => return Some(false),
                    Ok(false) => {}
                    Err(_) => all = None,
                }
            }
            all
        }
        Extent::Unreadable { .. } => None,
    }
}

/// In the order of the policy: authority, age, want of specificity, statement; and whether it can be evaluated.
type Heard = (usize, i64, u8, Statement, bool);

/// Every component against every statement, decided by the rules of the policy written out once more.
fn brute_force(bulletins: &[Bulletin], components: &[Component]) -> Verdicts {
    let graph = shinayaka_matching::alias::AliasGraph::new(bulletins.iter().flat_map(|b| b.aliases.clone()));
    let newest = |document: &Document| {
        bulletins
            .iter()
            .filter(|b| b.document.source == document.source && b.document.id == document.id)
            .all(|b| b.document.recorded_at <= document.recorded_at)
    };
    let heard: Vec<&Bulletin> =
        bulletins.iter().filter(|b| newest(&b.document) && !b.document.retracted).collect();
    let mut out = Verdicts::new();
    for component in components {
        // A component without a version can have qualifiers all the same.
        let plain = component.text.split('?').next().unwrap_or("");
        let (package, version) = plain.split_once('@').unwrap_or((plain, ""));
        let mut said: BTreeMap<&str, Vec<Heard>> = BTreeMap::new();
        for bulletin in &heard {
            for assertion in bulletin.assertions.iter().filter(|a| a.subject.as_str() == package) {
                let decided = match bears(&assertion.extent, version) {
                    Some(false) => continue,
                    Some(true) => true,
                    None => false,
                };
                let specificity = match &assertion.extent {
                    Extent::Unreadable { .. } => 0,
                    Extent::Rest(..) => 1,
                    Extent::Range(range) if range.all => 1,
                    Extent::Range(range)
                        if range.constraints.iter().all(|c| c.comparator.sign().is_empty()) =>
                    {
                        3
                    }
                    Extent::Range(_) => 2,
                };
                let authority = bulletin.document.authority as usize;
                let name = graph.canonical(&assertion.vulnerability);
                said.entry(name).or_default().push((
                    authority,
                    -bulletin.document.recorded_at,
                    3 - specificity,
                    assertion.statement,
                    decided,
                ));
            }
        }
        for (name, mut all) in said {
            all.sort_by_key(|&(authority, time, specificity, statement, _)| {
                (authority, time, specificity, statement as u8)
            });
            let grave = |statement: Statement| {
                matches!(statement, Statement::Affected | Statement::UnderInvestigation)
            };
            let verdict = match all.iter().position(|said| said.4) {
                None => Verdict::Undecidable,
                Some(at) if !grave(all[at].3) && all[..at].iter().any(|said| grave(said.3)) => {
                    Verdict::Undecidable
                }
                Some(at) => all[at].3.into(),
            };
            out.insert((component.text.clone(), name.to_owned(), verdict));
        }
    }
    out
}

fn world(seed: u64, documents: u64, count: usize, packages: u64) -> (Vec<Bulletin>, Vec<Component>) {
    let mut random = Random(seed);
    let bulletins = (0..documents).map(|number| bulletin(&mut random, number, packages)).collect();
    (bulletins, components(&mut random, count, packages))
}

#[test]
fn ten_thousand_components_as_by_brute_force() {
    let seed = 20_261_122;
    println!("seed {seed}");
    let (bulletins, components) = world(seed, 400, 10_000, 30);
    let index = index(vec![open(segment(&bulletins))]);
    let found = verdicts(&index.findings(&inventory(&components), |_| true));
    let expected = brute_force(&bulletins, &components);
    assert!(expected.len() > 10_000, "the world is too empty to show anything");
    for kind in [Verdict::Affected, Verdict::Undecidable, Verdict::Fixed, Verdict::NotAffected] {
        assert!(expected.iter().any(|(_, _, verdict)| *verdict == kind), "no {kind:?} in the world");
    }
    let difference: Vec<_> = found.symmetric_difference(&expected).take(5).collect();
    assert!(difference.is_empty(), "{} and {}: {difference:?}", found.len(), expected.len());
}

#[test]
fn the_order_of_processing_leaves_no_trace() {
    let (mut bulletins, mut components) = world(7, 120, 500, 12);
    let before = segment(&bulletins);
    let findings =
        serde_json::to_string(&index(vec![open(before.clone())]).findings(&inventory(&components), |_| true));
    let mut random = Random(8);
    for _ in 0..5 {
        for at in (1..bulletins.len()).rev() {
            bulletins.swap(at, random.below(at as u64 + 1) as usize);
            let place = random.below(bulletins[at].assertions.len() as u64) as usize;
            bulletins[at].assertions.swap(0, place);
        }
        components.reverse();
        assert!(segment(&bulletins) == before, "the bytes depend on the order");
        let again = serde_json::to_string(
            &index(vec![open(before.clone())]).findings(&inventory(&components), |_| true),
        );
        assert_eq!(again.ok(), findings.as_ref().ok().cloned());
    }
    let doubled: Vec<Bulletin> = bulletins.iter().chain(&bulletins).cloned().collect();
    assert!(segment(&doubled) == before, "the same documents twice are the same documents");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// v is found for s exactly when s is found for v, with one segment and with a delta.
    #[test]
    fn both_directions_agree(seed in any::<u64>(), cut in 0usize..30) {
        let (bulletins, components) = world(seed, 30, 60, 6);
        let inventory = inventory(&components);
        let (base, delta) = bulletins.split_at(cut);
        for segments in [vec![segment(&bulletins)], vec![segment(base), segment(delta)]] {
            let index = index(segments.into_iter().map(open).collect());
            let forward = verdicts(&index.findings(&inventory, |_| true));
            let ids: BTreeSet<String> = bulletins
                .iter()
                .flat_map(|bulletin| &bulletin.assertions)
                .map(|assertion| assertion.vulnerability.clone())
                .collect();
            let mut backward = Verdicts::new();
            for id in &ids {
                let about = verdicts(&index.findings_about(&BTreeSet::from([id.clone()]), &inventory));
                let shown = index.aliases.canonical(id);
                prop_assert!(about.iter().all(|(_, name, _)| name == shown));
                backward.extend(about);
            }
            prop_assert_eq!(&forward, &backward);
            prop_assert_eq!(&forward, &brute_force(&bulletins, &components));
        }
    }
}
