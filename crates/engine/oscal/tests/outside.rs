//! NIST's own documents: the pairs of profile resolution, the catalogues in all three syntaxes. The files lie outside of
//! the repository; without them the tests say so and pass.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use shinayaka_oscal::resolve::{Library, Settings, resolve};
use shinayaka_oscal::tree::{Node, Object};
use shinayaka_oscal::{Document, Limits, Syntax, check};

fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/oscal");
    if !path.is_dir() {
        println!("skipped: no ../shared");
        return None;
    }
    Some(path)
}

fn unpacked(name: &str) -> Option<Vec<u8>> {
    let file = std::fs::File::open(shared()?.join(name)).unwrap();
    let mut bytes = Vec::new();
    zstd::Decoder::new(file).unwrap().read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

fn archive(name: &str) -> Option<Archive> {
    let bytes = unpacked(name)?;
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(&bytes[..]).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.insert(path, content);
    }
    Some(Archive { files })
}

struct Archive {
    files: BTreeMap<String, Vec<u8>>,
}

impl Library for Archive {
    fn locate(&self, href: &str, base: &str) -> String {
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{folder}/{href}")
    }

    fn fetch(&self, location: &str) -> Result<Vec<u8>, String> {
        self.files.get(location).cloned().ok_or_else(|| format!("{location}: no such file"))
    }
}

fn settings() -> Settings {
    Settings {
        uuid: "00000000-0000-4000-8000-000000000000".into(),
        at: "2026-11-22T00:00:00Z".into(),
        tool: "test".into(),
        limits: Limits::default(),
        depth: 16,
    }
}

fn read(bytes: &[u8]) -> Document {
    Document::read(bytes, None, &Limits::default()).unwrap()
}

/// Parameters, groups and controls of a catalogue with all they hold, as text, in canonical form. The back matter is
/// compared too where `resources` says so: the expected results of the requirements were made before NIST's resolver
/// knew the property `keep`, and lack the resources that have it.
fn shape(document: &Document, resources: bool) -> String {
    let mut body: Object = document.body().clone();
    body.remove("metadata");
    body.remove("uuid");
    if !resources {
        body.remove("back-matter");
    }
    Document::new(document.kind, body).write(Syntax::Xml)
}

fn pairs(archive: &Archive, resources: bool) -> (usize, Vec<String>) {
    let (mut count, mut failures) = (0, Vec::new());
    for (path, expected) in archive.files.iter().filter(|(path, _)| path.ends_with("_RESOLVED.xml")) {
        let source = path.replace("output-expected/", "").replace("_RESOLVED", "");
        let profile = read(&archive.files[&source]);
        count += 1;
        let expected = read(expected);
        match resolve(&profile, &source, archive, &settings()) {
            Ok(resolved) if shape(&resolved.catalog, resources) == shape(&expected, resources) => {}
            Ok(resolved) => failures.push(format!(
                "{source}\n--- ours\n{}--- expected\n{}",
                shape(&resolved.catalog, resources),
                shape(&expected, resources)
            )),
            Err(error) => failures.push(format!("{source}: {error}")),
        }
    }
    (count, failures)
}

#[test]
fn the_pairs_of_the_requirements_are_equal() {
    let Some(archive) = archive("profile-resolution-requirement.tar.zst") else { return };
    let (count, failures) = pairs(&archive, false);
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(count, 15);
}

#[test]
fn the_pairs_of_the_examples_are_equal() {
    let Some(archive) = archive("profile-resolution-examples.tar.zst") else { return };
    let (count, failures) = pairs(&archive, true);
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(count, 9);
}

#[test]
fn circles_and_missing_files_are_refused_by_their_rule() {
    let Some(archive) = archive("profile-resolution-requirement.tar.zst") else { return };
    for (name, rule) in [
        ("req-circular_import", "circular-import"),
        ("req-circular_importer", "circular-import"),
        ("req-broken-import", "[import]"),
        ("req-missing-resource", "[import]"),
    ] {
        let path = format!("requirement-tests/{name}.xml");
        let resolved = resolve(&read(&archive.files[&path]), &path, &archive, &settings()).unwrap();
        let error = resolved.refused.first().expect("a reason").to_string();
        assert!(error.contains(rule), "{name}: {error}");
        assert!(!shape(&resolved.catalog, true).contains("<control"), "{name} gives no control");
    }
    let spoofed = &archive.files["requirement-tests/req-spoofing-resource.xml"];
    let error = Document::read(&spoofed[..], None, &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("line 3") && error.contains("doctype"), "{error}");
}

fn large() -> Vec<(String, Document)> {
    let names = [
        "800-53r5_catalog_v1.0.0.json.zst",
        "800-53r5_LOW_resolved_v1.0.0.json.zst",
        "800-53r5_LOW_resolved_2025-06.json.zst",
        "800-53r5_LOW_profile_v1.0.0.json.zst",
        "800-53r5_LOW_profile_2025-06.json.zst",
    ];
    names.iter().filter_map(|name| Some(((*name).to_owned(), read(&unpacked(name)?)))).collect()
}

#[test]
fn documents_of_800_53_return_from_every_syntax_unchanged() {
    for (name, document) in large() {
        for syntax in [Syntax::Json, Syntax::Yaml, Syntax::Xml] {
            let written = document.write(syntax);
            let again = Document::parse(&written, Some(syntax), &Limits::default()).unwrap();
            let differences = first_difference(&document.tree, &again.tree, String::new());
            assert_eq!(differences, None, "{name} by way of {syntax:?}");
        }
    }
}

/// Members of an object may stand in another order, since XML has the order of the model.
fn first_difference(one: &Node, other: &Node, path: String) -> Option<String> {
    match (one.as_object(), other.as_object()) {
        (Some(a), Some(b)) => {
            let missing = b
                .iter()
                .find(|(name, _)| a.get(name).is_none())
                .map(|(name, _)| format!("{path}/{name} is new"));
            missing.or_else(|| {
                a.iter().filter(|(name, _)| *name != "$schema").find_map(|(name, node)| match b.get(name) {
                    Some(same) => first_difference(node, same, format!("{path}/{name}")),
                    None => Some(format!("{path}/{name} is lost")),
                })
            })
        }
        _ if !one.items().is_empty() && one.items().len() == other.items().len() => {
            let pairs = one.items().iter().zip(other.items()).enumerate();
            pairs.into_iter().find_map(|(at, (a, b))| first_difference(a, b, format!("{path}/{at}")))
        }
        _ => (one != other).then(|| format!("{path}: {one:?} became {other:?}")),
    }
}

#[test]
fn catalogues_in_xml_return_from_json_and_yaml_unchanged() {
    for name in ["profile-resolution-requirement.tar.zst", "profile-resolution-examples.tar.zst"] {
        let Some(archive) = archive(name) else { return };
        for (path, content) in archive.files.iter().filter(|(path, _)| path.ends_with(".xml")) {
            let Ok(document) = Document::read(&content[..], None, &Limits::default()) else {
                assert!(path.contains("spoof"), "{path} is read");
                continue;
            };
            for syntax in [Syntax::Json, Syntax::Yaml, Syntax::Xml] {
                let again =
                    Document::parse(&document.write(syntax), Some(syntax), &Limits::default()).unwrap();
                assert_eq!(
                    again.write(Syntax::Xml),
                    document.write(Syntax::Xml),
                    "{path} by way of {syntax:?}"
                );
                let difference = first_difference(&document.tree, &again.tree, String::new());
                assert_eq!(difference, None, "{path} by way of {syntax:?}");
            }
        }
    }
}

#[test]
fn documents_of_800_53_are_valid() {
    for (name, document) in large() {
        let faults = check::check(&document);
        let errors: Vec<_> =
            faults.iter().filter(|fault| fault.level == check::Level::Error).take(3).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn low_of_800_53_resolves_to_what_nist_published() {
    let Some(catalog) = unpacked("800-53r5_catalog_v1.0.0.json.zst") else { return };
    let profile = read(&unpacked("800-53r5_LOW_profile_v1.0.0.json.zst").unwrap());
    let expected = read(&unpacked("800-53r5_LOW_resolved_v1.0.0.json.zst").unwrap());
    struct One(Vec<u8>);
    impl Library for One {
        fn locate(&self, href: &str, _: &str) -> String {
            href.to_owned()
        }
        fn fetch(&self, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.clone())
        }
    }
    let resolved = resolve(&profile, "LOW.json", &One(catalog), &settings()).unwrap();
    let ours = ids(resolved.catalog.body());
    assert_eq!(ours, ids(expected.body()));
    assert!(ours.len() > 149);
}

fn ids(body: &Object) -> Vec<String> {
    let mut out = Vec::new();
    for name in ["groups", "controls"] {
        for item in body.items(name).iter().filter_map(Node::as_object) {
            out.push(format!(
                "{name} {} {}",
                item.text("id").unwrap_or_default(),
                item.text("title").unwrap_or_default()
            ));
            out.extend(ids(item));
        }
    }
    out
}
