//! Each importer on a small file of its own, and on broken ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::path::PathBuf;

use shinayaka_cascade::blast::{Engine, reachability, single_failures};
use shinayaka_cascade::export::graphml;
use shinayaka_cascade::graph::build;
use shinayaka_cascade::import::{
    Format, Imported, read, read_csv, read_cyclonedx, read_debian, read_dora, read_graphml,
};
use shinayaka_cascade::model::{EdgeGrade, Model};

fn gate(model: &Model, id: &str) -> String {
    let node = model.nodes.iter().find(|node| node.id == id).unwrap();
    serde_json::to_string(&node.run).unwrap()
}

#[test]
fn cyclonedx_in_both_spellings() {
    let json = read_cyclonedx(include_str!("import/bill.json")).unwrap();
    let xml = read_cyclonedx(include_str!("import/bill.xml")).unwrap();
    assert_eq!(json, xml);
    let model = &json.model;
    assert_eq!(gate(model, "app"), r#"{"all":["lib-a","tls","identity","elsewhere"]}"#);
    assert_eq!(gate(model, "tls"), r#"{"all":[{"any":["openssl","rustls"]}]}"#);
    assert_eq!(model.nodes[1].product.as_deref(), Some("pkg:cargo/a@1.0.0"));
    assert_eq!(json.notes.len(), 2, "{:?}", json.notes);
    build(model).unwrap();
}

#[test]
fn broken_bills_name_the_place() {
    for (text, part) in [
        ("{\"bomFormat\": \"SPDX\"}", "bomFormat"),
        ("{\"bomFormat\": \"CycloneDX\",\n \"dependencies\": [{}]}", "line 2"),
        ("<bom><dependencies></bom>", "line 1"),
        ("<sbom/>", "root element"),
    ] {
        let error = read_cyclonedx(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    let deep = format!(
        "{{\"bomFormat\":\"CycloneDX\",\"components\":[{}{}]}}",
        "{\"components\":[".repeat(60_000),
        "]}".repeat(60_000)
    );
    assert!(read_cyclonedx(&deep).is_err());
    let deep = format!("<bom>{}", "<component bom-ref='a'>".repeat(100_000));
    assert!(read_cyclonedx(&deep).is_err());
}

#[test]
fn csv_with_groups_phases_and_buffers() {
    let Imported { model, .. } = read_csv(include_str!("import/edges.csv")).unwrap();
    assert_eq!(
        gate(&model, "power"),
        r#"{"all":[{"any":[{"node":"grid","buffer":"15m"},{"node":"genset","switch":"10m"}]}]}"#
    );
    let desk = r#"{"all":["power",{"k_of_n":2,"of":["clerk_a","clerk_b","clerk_c"]},{"node":"printer","grade":"degrading"}]}"#;
    assert_eq!(gate(&model, "desk"), desk);
    assert!(model.nodes.iter().any(|node| node.start.is_some()));
    build(&model).unwrap();
    let two_columns = read_csv("a,b\nb,c\n").unwrap().model;
    assert_eq!((two_columns.nodes.len(), gate(&two_columns, "a")), (3, r#"{"all":["b"]}"#.to_owned()));
}

#[test]
fn autonomous_systems_need_one_of_their_providers() {
    let Imported { model, notes } = read_csv(include_str!("import/as-rel.txt")).unwrap();
    assert_eq!(gate(&model, "64510"), r#"{"all":[{"any":["64500","64501"]}]}"#);
    assert_eq!(notes, ["1 peerings say nothing about need; left out"]);
}

#[test]
fn broken_edge_lists_name_the_place() {
    for (text, part) in [
        ("dependent,supplier\na,b,c\n", "line 2, column 3"),
        ("dependent,supplier,buffer\na,b,4\n", "line 2, column 3"),
        ("dependent,supplier,colour\na,b,red\n", "line 1, column 3"),
        ("x,y,z\n", "line 1"),
        ("dependent,supplier\n,b\n", "line 2, column 1"),
        ("dependent,supplier,phase\na,b,sleep\n", "not run, start or repair"),
        ("1|2|3|4\n", "not -1"),
    ] {
        let error = read_csv(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn graphml_and_back() {
    let Imported { model, .. } = read_graphml(include_str!("import/graph.graphml")).unwrap();
    assert_eq!(gate(&model, "power"), r#"{"all":[{"any":[{"node":"grid","buffer":"15m"},"genset"]}]}"#);
    assert_eq!(model.nodes[0].name.as_deref(), Some("Register & desk"));
    let again = read_graphml(&graphml(&model, None)).unwrap().model;
    assert_eq!(model, again);
    for (text, part) in [
        ("<graphml><graph><edge source='a'/></graph></graphml>", "without `target`"),
        ("<svg/>", "root"),
        ("<graphml", "line 1"),
    ] {
        let error = read_graphml(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn debian_alternatives_providers_and_recommendations() {
    let Imported { model, notes } = read_debian(include_str!("import/Packages")).unwrap();
    let graph = build(&model).unwrap();
    let soft = |node: &str| format!(r#"{{"node":"{node}","grade":"degrading","degraded_to":0.9}}"#);
    let expected = format!(
        r#"{{"all":["libc",{{"any":["base-one","base-two"]}},{{"any":["mailer-a","mailer-b"]}},{},{{"any":[{},{}]}}]}}"#,
        soft("logger"),
        soft("shell-a"),
        soft("shell-b")
    );
    let found = gate(&model, "init");
    // Depends and Pre-Depends are one list; their order does not matter.
    let sorted = |text: &str| {
        let mut parts: Vec<char> = text.chars().collect();
        parts.sort_unstable();
        parts
    };
    assert_eq!(sorted(&found), sorted(&expected), "{found}");
    assert_eq!(notes, ["1 clauses name only packages that the index does not hold; left out"]);
    let node = |id: &str| graph.node(id).unwrap() as usize;
    let (down, reach) = (single_failures(&graph, Engine::Both).unwrap(), reachability(&graph));
    assert_eq!((down[node("libc")], reach[node("libc")]), (3, 3));
    assert_eq!((down[node("base-two")], reach[node("base-two")]), (1, 2));
    assert_eq!(graph.clauses(), 4);
    assert!(read_debian("Package: a\nnonsense\n").unwrap_err().to_string().contains("line 2"));
    assert!(read_debian("Package:\n").is_err());
}

/// The whole index of Debian bookworm, if `SHINAYAKA_DEBIAN_PACKAGES` names an unpacked `Packages` file.
#[test]
fn debian_bookworm() {
    let Some(path) = std::env::var_os("SHINAYAKA_DEBIAN_PACKAGES").map(PathBuf::from) else {
        println!("skipped: SHINAYAKA_DEBIAN_PACKAGES names no index");
        return;
    };
    let model = read_debian(&std::fs::read_to_string(path).unwrap()).unwrap().model;
    let graph = build(&model).unwrap();
    let begun = std::time::Instant::now();
    let down = single_failures(&graph, Engine::Both).unwrap();
    println!("{} nodes, {} clauses, both engines {:?}", graph.len(), graph.clauses(), begun.elapsed());
    let reach = reachability(&graph);
    let at = |id: &str| graph.node(id).unwrap() as usize;
    // The index of the final point releases differs by a handful of packages; the order of magnitude must not.
    for (package, gates, reachable) in
        [("systemd", 135, 5_556), ("dbus", 561, 5_253), ("perl", 8_302, 20_614)]
    {
        let near = |found: usize, expected: usize| found.abs_diff(expected) * 50 <= expected;
        let (found, upper) = (down[at(package)], reach[at(package)]);
        assert!(near(found, gates) && near(upper, reachable), "{package}: {found} and {upper}");
    }
    assert!(down.iter().zip(&reach).all(|(down, reach)| down <= reach));
}

fn register(tables: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in tables {
        zip.start_file(format!("LEI.CON_FR_DORA010100_DORA_2025-12-31/reports/{name}.csv"), options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const FUNCTIONS: &str = "c0010,c0020,c0030,c0040,c0050,c0080,c0090\nF1,x,Payments,LEI1,eba_BT:x28,4,1\nF2,x,Cards,LEI1,eba_BT:x28,24,\n";
const CONTRACTS: &str = "c0010,c0020,c0030,c0040,c0050,c0060,c0180\n\
    K1,LEI1,P1,x,F1,eba_TA:S01,eba_ZZ:x797\nK2,LEI1,P2,x,F1,eba_TA:S02,eba_ZZ:x794\nK3,LEI1,P2,x,F2,eba_TA:S02,\n";
const CHAIN: &str = "c0010,c0020,c0030,c0040,c0050,c0060,c0070\nK1,S01,P1,x,1,,\nK1,S01,P3,x,2,P1,x\n";
const EXITS: &str = "c0010,c0020,c0030,c0040,c0080\nK1,P1,x,S01,eba_BT:x29\nK2,P2,x,S02,eba_BT:x28\n";

#[test]
fn dora_register() {
    let bytes =
        register(&[("b_06.01", FUNCTIONS), ("b_02.02", CONTRACTS), ("b_05.02", CHAIN), ("b_07.01", EXITS)]);
    assert_eq!(Format::detect("register.zip", &bytes), Format::Dora);
    let Imported { model, notes } = read(Format::Dora, &bytes).unwrap();
    assert_eq!(notes, ["1 levels of reliance are absent or unknown; read as full reliance"]);
    let graph = build(&model).unwrap();
    let down = single_failures(&graph, Engine::Both).unwrap();
    let at = |id: &str| graph.node(id).unwrap() as usize;
    assert_eq!(down[at("provider:P3")], 3, "the subcontractor takes its recipient and the function with it");
    assert_eq!(down[at("provider:P2")], 2, "light reliance degrades payments, absent reliance stops cards");
    let function = model.nodes.iter().find(|node| node.id == "function:F1").unwrap();
    assert_eq!((function.rto.unwrap().hours(), function.rpo.unwrap().hours()), (4.0, 1.0));
    let edges = function.run.as_ref().unwrap().suppliers();
    assert_eq!(edges[0].terms().exit_plan, Some(false));
    assert_eq!(edges[1].terms().grade, EdgeGrade::Degrading);
    let findings = shinayaka_cascade::lint::lint(&model, jiff::civil::date(2026, 11, 22)).unwrap();
    assert!(
        findings.iter().any(|finding| finding.rule == "exit-plan-absent" && finding.node == "function:F1")
    );
}

#[test]
fn broken_registers_name_the_place() {
    let error = |tables: &[(&str, &str)]| read_dora(&register(tables)).unwrap_err().to_string();
    assert!(error(&[("b_02.02", CONTRACTS)]).contains("b_06.01"));
    assert!(error(&[("b_06.01", FUNCTIONS)]).contains("b_02.02"));
    let twice = format!("{CHAIN}K1,S01,P3,x,2,P1,x\n");
    assert!(
        error(&[("b_06.01", FUNCTIONS), ("b_02.02", CONTRACTS), ("b_05.02", &twice)])
            .contains("line 3 already")
    );
    let words = FUNCTIONS.replace(",4,1", ",soon,1");
    assert!(error(&[("b_06.01", &words), ("b_02.02", CONTRACTS)]).contains("line 2, column 6"));
    assert!(read_dora(b"PK\x03\x04 not a zip").is_err());
}

#[test]
fn formats_are_told_apart() {
    let cases: [(&str, &[u8], Format); 8] = [
        ("model.yaml", b"nodes: []", Format::Yaml),
        ("-", b"{\"nodes\": []}", Format::Json),
        ("bom.json", b"{\"bomFormat\": \"CycloneDX\"}", Format::CycloneDx),
        ("bom.xml", b"<?xml version=\"1.0\"?><bom/>", Format::CycloneDx),
        ("x.graphml", b"<?xml version=\"1.0\"?><graphml/>", Format::GraphMl),
        ("edges.csv", b"a,b", Format::Csv),
        ("-", b"Package: a", Format::Debian),
        ("lists/Packages", b"", Format::Debian),
    ];
    for (name, bytes, format) in cases {
        assert_eq!(Format::detect(name, bytes), format, "{name}");
    }
    assert!(read(Format::Yaml, b"nodes:\n- {id: \xff}").unwrap_err().to_string().contains("line 2"));
}
