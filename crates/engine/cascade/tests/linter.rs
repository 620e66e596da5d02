//! One fixture and one snapshot a rule. A fixture holds what the rule finds and what it must let pass.

use shinayaka_cascade::lint::{RULES, lint};
use shinayaka_cascade::model::{Date, read_yaml};

fn today() -> Date {
    jiff::civil::date(2026, 11, 22)
}

#[test]
fn every_rule_finds_its_fixture_and_lets_the_good_ones_pass() {
    for rule in RULES {
        let path = format!("{}/tests/lint/{}.yaml", env!("CARGO_MANIFEST_DIR"), rule.id);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let findings = lint(&read_yaml(&text).unwrap(), today()).unwrap();
        let own: Vec<String> = findings
            .iter()
            .filter(|finding| finding.rule == rule.id)
            .map(|finding| format!("{}\n  {}\n  {}", finding.node, finding.message.en, finding.message.ja))
            .collect();
        assert!(!own.is_empty(), "{} finds nothing in its fixture", rule.id);
        let shown = format!("{}\n{}\n\n{}", rule.title_en, rule.title_ja, own.join("\n"));
        insta::assert_snapshot!(format!("lint-{}", rule.id), shown);
    }
}

#[test]
fn ids_are_sorted_and_unique() {
    assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn an_unknown_node_is_an_error_with_its_place() {
    let error = lint(&read_yaml("nodes: [{id: a, run: {all: [b]}}]").unwrap(), today()).unwrap_err();
    assert_eq!(error.to_string(), "node `a`: unknown node `b`");
}

#[test]
fn the_method_page_lists_every_rule() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/methods/cascade.md");
    let page = std::fs::read_to_string(page).unwrap();
    for rule in RULES {
        let row = format!("| `{}` | {} | {} |", rule.id, rule.title_en, rule.title_ja);
        assert!(page.contains(&row), "missing in docs/methods/cascade.md: {row}");
    }
}
