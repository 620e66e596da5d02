//! Documents that are wrong, and documents made to hurt: each is refused with its rule and its place.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Read;

use shinayaka_oscal::check::{Level, check};
use shinayaka_oscal::{Document, Limits, Syntax};

fn refusal(text: &str) -> String {
    Document::parse(text, None, &Limits::default()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn entities_are_refused_where_they_are_declared() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<catalog xmlns=\"http://csrc.nist.gov/ns/oscal/1.0\">&b;</catalog>";
    assert!(
        refusal(bomb).contains("line 2, column 1") && refusal(bomb).contains("[doctype]"),
        "{}",
        refusal(bomb)
    );
    let undefined = "<catalog xmlns=\"http://csrc.nist.gov/ns/oscal/1.0\">\n&x;</catalog>";
    assert!(
        refusal(undefined).contains("line 2") && refusal(undefined).contains("[entity]"),
        "{}",
        refusal(undefined)
    );
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 9].join(", ")));
    }
    assert!(refusal(&text).contains("[size]"), "{}", refusal(&text));
}

#[test]
fn deep_nesting_is_refused_in_every_syntax() {
    let deep = [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        format!("a: {}", "[".repeat(100_000)),
        "- ".repeat(100_000),
        format!("<catalog xmlns=\"http://csrc.nist.gov/ns/oscal/1.0\">{}", "<group>".repeat(100_000)),
    ];
    for text in deep {
        let begun = std::time::Instant::now();
        let refusal = refusal(&text);
        assert!(refusal.contains("[depth]") || refusal.contains("[yaml]"), "{refusal}");
        assert!(begun.elapsed().as_secs() < 5, "{:?} for {:?}…", begun.elapsed(), &text[..10]);
    }
}

#[test]
fn files_of_a_hundred_megabytes_are_refused_with_the_place() {
    for (syntax, start) in
        [(Syntax::Json, "{\"catalog\": \n"), (Syntax::Xml, "<catalog>\n"), (Syntax::Yaml, "catalog: \n")]
    {
        let endless = start.as_bytes().chain(std::io::repeat(b' ')).take(100 << 20);
        let error = Document::read(endless, Some(syntax), &Limits::default()).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("[size]"), "{error}");
    }
}

#[test]
fn broken_syntax_has_its_line() {
    for (text, line, rule) in [
        ("{\n \"catalog\": {\n  \"uuid\": }}", "line 3", "[json]"),
        ("{\n \"a\": 1,\n \"a\": 2}", "line 3, column 2", "[unique-property]"),
        ("catalog:\n  uuid: a\n  uuid: b\n", "line 3", "[unique-property]"),
        ("<catalog xmlns=\"http://csrc.nist.gov/ns/oscal/1.0\">\n<metadata>\n</catalog>", "line 3", "[xml]"),
        ("<catalog xmlns=\"http://example.org/\"/>", "line 1", "[root]"),
        ("{\"a\": {}}", "line 1", "[root]"),
        ("", "line 1", "[yaml]"),
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains(line) && refusal.contains(rule), "{text:?}: {refusal}");
    }
}

const GOOD: &str = r#"{
  "catalog": {
    "uuid": "74c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724",
    "metadata": {
      "title": "Small",
      "last-modified": "2026-11-22T00:00:00Z",
      "version": "1",
      "oscal-version": "1.2.3",
      "roles": [{"id": "owner", "title": "Owner"}],
      "parties": [{"uuid": "11111111-2222-4000-8000-000000000001", "type": "organization"}],
      "responsible-parties": [{"role-id": "owner", "party-uuids": ["11111111-2222-4000-8000-000000000001"]}]
    },
    "groups": [{
      "id": "g", "title": "Group",
      "controls": [
        {"id": "c-1", "title": "First", "params": [{"id": "p-1", "values": ["one"]}],
         "props": [{"name": "label", "value": "1"}],
         "parts": [{"id": "c-1_smt", "name": "statement", "prose": "Do {{ insert: param, p-1 }}."}]},
        {"id": "c-2", "title": "Second"}
      ]
    }]
  }
}"#;

fn faults(text: &str) -> Vec<(Level, &'static str, String)> {
    let document = Document::parse(text, None, &Limits::default()).unwrap();
    check(&document).into_iter().map(|fault| (fault.level, fault.rule, fault.path)).collect()
}

#[test]
fn a_good_document_has_no_fault_in_any_syntax() {
    let document = Document::parse(GOOD, None, &Limits::default()).unwrap();
    for syntax in [Syntax::Json, Syntax::Yaml, Syntax::Xml] {
        assert_eq!(faults(&document.write(syntax)), []);
    }
}

#[test]
fn each_fault_has_its_rule_and_its_path() {
    let group = "/catalog/groups/0";
    for (from, to, rule, path) in [
        ("74c8ba1e-5cd4-4ad1", "74c8ba1e-5cd4-1ad1", "datatype", "/catalog/uuid"),
        ("\"version\": \"1\",", "", "required", "/catalog/metadata"),
        ("2026-11-22T00:00:00Z", "2026-02-30T00:00:00Z", "datatype", "/catalog/metadata/last-modified"),
        ("2026-11-22T00:00:00Z", "2026-11-22", "datatype", "/catalog/metadata/last-modified"),
        (
            "\"type\": \"organization\"",
            "\"type\": \"robot\"",
            "allowed-values",
            "/catalog/metadata/parties/0/type",
        ),
        (
            "\"role-id\": \"owner\"",
            "\"role-id\": \"nobody\"",
            "role-id",
            "/catalog/metadata/responsible-parties/0/role-id",
        ),
        (
            "[\"11111111-2222-4000-8000-000000000001\"]",
            "[\"11111111-2222-4000-8000-000000000002\"]",
            "party-uuid",
            "/catalog/metadata/responsible-parties/0/party-uuids/0",
        ),
        ("\"id\": \"c-2\"", "\"id\": \"c-1\"", "unique-id", "/catalog/groups/0/controls/1"),
        ("\"id\": \"c-2\"", "\"id\": \"2\"", "datatype", "/catalog/groups/0/controls/1/id"),
        ("\"title\": \"Second\"", "\"title\": {}", "datatype", "/catalog/groups/0/controls/1/title"),
        (
            "\"title\": \"Second\"",
            "\"title\": \"Second\", \"colour\": \"red\"",
            "unknown-property",
            "/catalog/groups/0/controls/1/colour",
        ),
        (
            "\"title\": \"Second\"",
            "\"title\": \"Second\", \"parts\": []",
            "min-items",
            "/catalog/groups/0/controls/1/parts",
        ),
        (
            "\"title\": \"Second\"",
            "\"title\": \"Second\", \"parts\": {}",
            "type",
            "/catalog/groups/0/controls/1/parts",
        ),
        (
            "\"values\": [\"one\"]",
            "\"values\": [\"one\"], \"select\": {\"choice\": [\"a\"]}",
            "choice",
            "/catalog/groups/0/controls/0/params/0",
        ),
        (
            "\"oscal-version\": \"1.2.3\",",
            "\"oscal-version\": \"1.0.4\", \"actions\": [{\"uuid\": \"11111111-2222-4000-8000-000000000009\", \"type\": \"approval\", \"system\": \"http://example.org/\"}],",
            "since",
            "/catalog/metadata/actions",
        ),
        ("\"1.2.3\"", "\"soon\"", "oscal-version", "/catalog/metadata/oscal-version"),
        ("\"value\": \"1\"", "\"value\": \" 1\"", "datatype", "/catalog/groups/0/controls/0/props/0/value"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from} is in the document");
        let found = faults(&text);
        let expected = (Level::Error, rule, path.to_owned());
        assert!(found.contains(&expected), "{to}: {found:?}");
        // The same fault by way of XML and YAML, where the syntax can hold it.
        let document = Document::parse(&text, None, &Limits::default()).unwrap();
        assert!(faults(&document.write(Syntax::Yaml)).contains(&expected), "{to} in YAML");
        assert!(group.len() < path.len() || path.starts_with("/catalog"), "{path}");
    }
}

#[test]
fn a_dangling_insertion_is_a_warning() {
    let found = faults(&GOOD.replace("insert: param, p-1", "insert: param, p-9"));
    assert_eq!(
        found,
        [(Level::Warning, "parameter", "/catalog/groups/0/controls/0/parts/0/prose".to_owned())]
    );
}

#[test]
fn unknown_members_and_their_order_are_kept() {
    let text = GOOD.replacen(
        "\"title\": \"Second\"",
        "\"zeta\": [1.50, {\"x\": null}], \"title\": \"Second\", \"alpha\": true",
        1,
    );
    let document = Document::parse(&text, None, &Limits::default()).unwrap();
    for syntax in [Syntax::Json, Syntax::Yaml] {
        let again = Document::parse(&document.write(syntax), Some(syntax), &Limits::default()).unwrap();
        assert_eq!(again.tree, document.tree);
        assert!(again.write(Syntax::Json).contains("1.50"), "digits stay as they were written");
    }
    let long = GOOD.replacen(
        "\"title\": \"Second\"",
        &format!("\"{}\": {{\"x\": [1]}}, \"title\": \"Second\"", "k".repeat(2000)),
        1,
    );
    let document = Document::parse(&long, None, &Limits::default()).unwrap();
    assert_eq!(
        Document::parse(&document.write(Syntax::Yaml), None, &Limits::default()).unwrap().tree,
        document.tree
    );
    let xml = "<catalog xmlns=\"http://csrc.nist.gov/ns/oscal/1.0\" uuid=\"u\" extra=\"kept\"><metadata><title>T</title></metadata><x:own xmlns:x=\"urn:x\" a=\"1\">in <b>side</b></x:own></catalog>";
    let again = Document::parse(xml, None, &Limits::default()).unwrap().write(Syntax::Xml);
    assert!(again.contains("extra=\"kept\"") && again.contains("in <b>side</b>"), "{again}");
}

#[test]
fn plain_scalars_of_yaml_take_the_type_of_the_model() {
    let text = "profile:\n  uuid: 84c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724\n  metadata: {title: 2026, last-modified: 2026-11-22T00:00:00Z, version: 1.0, oscal-version: 1.2.3}\n  imports:\n  - href: a.json\n    include-all:\n  merge: {as-is: true}\n";
    let document = Document::parse(text, None, &Limits::default()).unwrap();
    assert_eq!(faults(text), []);
    assert!(
        document.write(Syntax::Json).contains("\"version\": \"1.0\"")
            && document.write(Syntax::Json).contains("\"as-is\": true")
    );
}
