//! The worked example of `docs/methods/oscal.md`, laws over random networks, and a large mapping.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::prelude::*;
use shinayaka_oscal::mapping::{Ask, Network, Questions, Standard, ask, chain, contradictions, read};
use shinayaka_oscal::{Document, Limits};

fn catalog(name: &str, ids: &[String]) -> Standard {
    let mut text = format!(
        "catalog:\n  uuid: 11111111-1111-4111-8111-111111111111\n  metadata:\n    title: {name}\n    last-modified: \"2026-11-22T00:00:00Z\"\n    version: \"1\"\n    oscal-version: \"1.2.3\"\n"
    );
    if !ids.is_empty() {
        text.push_str("  controls:\n");
    }
    for id in ids {
        writeln!(text, "  - id: {id}\n    title: Control {id}").unwrap();
    }
    let document = Document::parse(&text, None, &Limits::default()).unwrap();
    let mut standard = Standard::new(&document, &format!("{name}.json"), &[]);
    // All of them have the same UUID here, by which they must not be taken for one another.
    standard.names.retain(|known| known.eq_ignore_ascii_case(name));
    standard
}

type Entry = (Vec<String>, &'static str, Vec<String>);

fn mapping(from: &str, to: &str, entries: &[Entry]) -> Document {
    let items = |ids: &[String]| {
        ids.iter()
            .map(|id| format!("{{\"type\": \"control\", \"id-ref\": \"{id}\"}}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let maps = entries.iter().map(|(sources, relation, targets)| {
        format!(
            "{{\"relationship\": \"{relation}\", \"sources\": [{}], \"targets\": [{}]}}",
            items(sources),
            items(targets)
        )
    });
    let maps = maps.collect::<Vec<_>>().join(",\n");
    let text = format!(
        "{{\"mapping-collection\": {{\"mappings\": [{{\"source-resource\": {{\"type\": \"catalog\", \"href\": \"{from}.json\"}}, \"target-resource\": {{\"type\": \"catalog\", \"href\": \"{to}.json\"}}, \"maps\": [{maps}]}}]}}}}"
    );
    Document::parse(&text, None, &Limits::default()).unwrap()
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// From, to, and entries of source, relation, target.
type Mapping<'a> = (&'a str, &'a str, &'a [(&'a str, &'static str, &'a str)]);

fn network(standards: &[(&str, &str)], mappings: &[Mapping<'_>]) -> Network {
    let standards = standards.iter().map(|(name, ids)| catalog(name, &words(ids))).collect();
    let collections: Vec<_> = mappings
        .iter()
        .flat_map(|(from, to, entries)| {
            let entries: Vec<Entry> = entries.iter().map(|(a, r, b)| (words(a), *r, words(b))).collect();
            read(&mapping(from, to, &entries), &format!("{from}-{to}.json")).unwrap()
        })
        .collect();
    Network::new(standards, &collections)
}

fn asked(questions: &Questions, ask: Ask) -> Vec<&str> {
    questions.asked.iter().filter(|item| item.ask == ask).map(|item| item.control.as_str()).collect()
}

#[test]
fn the_worked_example() {
    let network = network(
        &[("north", "n-1 n-2 n-3"), ("south", "s-1 s-2 s-3")],
        &[(
            "north",
            "south",
            &[("n-1", "subset-of", "s-1"), ("n-2", "intersects-with", "s-1"), ("n-3", "equal-to", "s-2")],
        )],
    );
    let questions = ask(&network);
    assert_eq!(asked(&questions, Ask::Follows), ["n-1", "s-2"]);
    assert_eq!(asked(&questions, Ask::Difference), ["s-1"]);
    assert_eq!(asked(&questions, Ask::Whole), ["n-2", "n-3", "s-3"]);
    assert_eq!((questions.controls, questions.at_least, questions.exact), (6, 4, true));
    assert_eq!(questions.duplicates.len(), 1);
    assert_eq!(questions.gaps.len(), 1);
    assert_eq!(questions.gaps[0].controls, ["s-3"]);
    let proof = &questions.asked[0].proof;
    assert_eq!(
        (proof.len(), proof[0].from[0].as_str(), proof[0].to.as_str()),
        (1, "south: s-1", "north: n-1")
    );
    assert!(proof[0].claim.contains("n-1 subset-of s-1 (north-south.json, line 1)"), "{}", proof[0].claim);
}

#[test]
fn chains_run_over_standards_in_between() {
    let network = network(
        &[("north", "n-1 n-2"), ("east", "e-1 e-2")],
        &[
            ("north", "middle", &[("n-1", "subset-of", "m-1"), ("n-2", "intersects-with", "m-1")]),
            ("middle", "east", &[("m-1", "equivalent-to", "e-1"), ("m-1", "superset-of", "e-2")]),
        ],
    );
    let composed = chain(&network, 0, 1, 4);
    let shown: Vec<_> = composed
        .iter()
        .map(|entry| format!("{} {} {} {}", entry.source, entry.relation, entry.target, entry.carries))
        .collect();
    assert_eq!(
        shown,
        [
            "n-1 subset-of e-1 true",
            "n-2 intersects-with e-1 false",
            "n-2 superset-of or intersects-with or no-relationship e-2 false"
        ]
    );
    assert_eq!(composed[0].proof.len(), 2);
    let questions = ask(&network);
    assert_eq!(asked(&questions, Ask::Follows), ["n-1", "e-2"]);
}

#[test]
fn several_controls_together_give_one() {
    let network = network(
        &[("north", "n-1 n-2"), ("east", "e-1")],
        &[("north", "east", &[("n-1 n-2", "superset-of", "e-1")])],
    );
    let questions = ask(&network);
    assert_eq!(asked(&questions, Ask::Follows), ["e-1"]);
    assert_eq!((questions.at_least, questions.exact), (2, true));
    assert_eq!(questions.asked[2].proof[0].from.len(), 2);
    // Neither of the two alone gives it.
    assert!(chain(&network, 1, 0, 4).iter().all(|entry| !entry.carries));
}

#[test]
fn contradictions_are_named_with_both_chains() {
    let network = network(
        &[("north", "n-1"), ("east", "e-1")],
        &[
            ("north", "middle", &[("n-1", "subset-of", "m-1")]),
            ("middle", "east", &[("m-1", "equal-to", "e-1")]),
            ("north", "east", &[("n-1", "no-relationship", "e-1")]),
        ],
    );
    let found = contradictions(&network, 3);
    assert!(
        found.iter().any(|entry| entry.source == "north: n-1" && entry.target == "east: e-1"),
        "{found:?}"
    );
    assert!(found.iter().all(|entry| !entry.one.is_empty() && !entry.other.is_empty()));
}

const RELATIONS: [&str; 6] =
    ["equal-to", "equivalent-to", "subset-of", "superset-of", "intersects-with", "no-relationship"];

/// Non-empty sets of 12 elements for each control, and true claims between them.
fn world() -> impl Strategy<Value = (Vec<u16>, Vec<(usize, usize)>)> {
    (prop::collection::vec(1..4096_u16, 12), prop::collection::vec((0..12_usize, 0..12_usize), 1..30))
}

fn relation(a: u16, b: u16) -> &'static str {
    match (a == b, a & b == a, a & b == b, a & b != 0) {
        (true, ..) => RELATIONS[0],
        (_, true, ..) => RELATIONS[2],
        (_, _, true, _) => RELATIONS[3],
        (.., true) => RELATIONS[4],
        _ => RELATIONS[5],
    }
}

proptest! {
    #[test]
    fn what_is_composed_is_true_of_the_sets((sets, pairs) in world()) {
        let ids: Vec<String> = (0..12).map(|at| format!("c-{at}")).collect();
        let entries: Vec<Entry> = pairs.iter().filter(|(a, b)| a != b)
            .map(|&(a, b)| (vec![ids[a].clone()], relation(sets[a], sets[b]), vec![ids[b].clone()])).collect();
        let network = Network::new(vec![catalog("one", &ids)], &read(&mapping("one", "one", &entries), "one").unwrap());
        prop_assert!(contradictions(&network, 4).is_empty(), "true claims do not contradict");
        let at = |id: &str| sets[ids.iter().position(|known| known == id).unwrap()];
        for entry in chain(&network, 0, 0, 4) {
            let (a, b) = (at(&entry.source), at(&entry.target));
            let truth = relation(a, b).replace("equal-to", "equivalent-to");
            prop_assert!(entry.relation.split(" or ").any(|name| name == truth), "{entry:?} but {truth}");
            prop_assert!(!entry.carries || a & b == a, "{entry:?} would carry what does not follow");
        }
    }

    #[test]
    fn what_follows_is_inside_what_was_asked((sets, pairs) in world()) {
        let ids: Vec<String> = (0..12).map(|at| format!("c-{at}")).collect();
        let entries: Vec<Entry> = pairs.iter().filter(|(a, b)| a != b)
            .map(|&(a, b)| (vec![ids[a].clone()], relation(sets[a], sets[b]), vec![ids[b].clone()])).collect();
        let network = Network::new(vec![catalog("one", &ids)], &read(&mapping("one", "one", &entries), "one").unwrap());
        let questions = ask(&network);
        let asked_for: BTreeSet<usize> = (0..12).filter(|&at| questions.asked[at].ask != Ask::Follows).collect();
        for at in (0..12).filter(|at| !asked_for.contains(at)) {
            let covered = asked_for.iter().any(|&other| sets[at] & sets[other] == sets[at]);
            prop_assert!(covered, "c-{at} follows from nothing that is asked");
        }
        prop_assert!(questions.exact);
        // No claim was needed for a smaller set: the optimum by trying all subsets of the same closure.
        let implies: Vec<(usize, usize)> = entries.iter().flat_map(|(a, r, b)| {
            let (a, b) = (ids.iter().position(|id| *id == a[0]).unwrap(), ids.iter().position(|id| *id == b[0]).unwrap());
            match *r {
                "equal-to" => vec![(a, b), (b, a)],
                "subset-of" => vec![(b, a)],
                "superset-of" => vec![(a, b)],
                _ => vec![],
            }
        }).collect();
        let smallest = (0..4096_u16).filter(|&chosen| {
            let mut known = chosen;
            loop {
                let more = implies.iter().filter(|(from, _)| known >> from & 1 == 1).fold(known, |known, (_, to)| known | 1 << to);
                if more == known {
                    return known == 4095;
                }
                known = more;
            }
        }).map(u16::count_ones).min();
        prop_assert_eq!(smallest, Some(asked_for.len() as u32));
    }
}

/// Three standards of a thousand controls, each control mapped to three of the next: under a second, also unoptimised.
#[test]
fn a_thousand_by_a_thousand() {
    let ids = |letter: &str| (0..1000).map(|at| format!("{letter}-{at}")).collect::<Vec<_>>();
    let (a, b, c) = (ids("a"), ids("b"), ids("c"));
    let entries = |from: &[String], to: &[String]| -> Vec<Entry> {
        let entry = |at: usize| {
            [0, 7, 130].map(|step| {
                (vec![from[at].clone()], RELATIONS[(at + step) % 5], vec![to[(at * 3 + step) % 1000].clone()])
            })
        };
        (0..1000).flat_map(entry).collect()
    };
    let mut collections = read(&mapping("a", "b", &entries(&a, &b)), "ab").unwrap();
    collections.extend(read(&mapping("b", "c", &entries(&b, &c)), "bc").unwrap());
    let standards = vec![catalog("a", &a), catalog("b", &b), catalog("c", &c)];
    let begun = std::time::Instant::now();
    let network = Network::new(standards, &collections);
    let composed = chain(&network, 0, 2, 2);
    let questions = ask(&network);
    assert!(composed.len() > 1000 && questions.follow > 0 && questions.controls == 3000);
    assert!(begun.elapsed().as_secs_f64() < 10.0, "{:?}", begun.elapsed());
}
