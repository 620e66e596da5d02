//! The same small bill in every format, and what a bad file must be told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use shinayaka_sbom::{
    Bill, Component, Format, Hash, Item, Limits, ProblemKind, Relation, RelationKind, Summary, read,
    validate, write,
};

type Read = Result<(Summary, Vec<Component>, Vec<Relation>), shinayaka_sbom::Fault>;

fn read_all(bytes: &[u8], limits: Limits) -> Read {
    let (mut components, mut relations) = (Vec::new(), Vec::new());
    let summary = read(bytes, limits, &mut |item| match item {
        Item::Component(component) => components.push(component),
        Item::Relation(relation) => relations.push(relation),
    })?;
    Ok((summary, components, relations))
}

const CYCLONEDX_JSON: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79","version":2,
 "metadata":{"timestamp":"2030-01-02T00:00:00Z","component":{"type":"application","bom-ref":"app","name":"app"}},
 "components":[{"type":"library","bom-ref":"a","group":"g","name":"gate","version":"1.4.1","purl":"pkg:npm/gate@1.4.1",
   "cpe":"cpe:2.3:a:g:gate:1.4.1:*:*:*:*:*:*:*","supplier":{"name":"Example"},"hashes":[{"alg":"SHA-256","content":"ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB"}],
   "licenses":[{"license":{"id":"MIT"}}],"components":[{"type":"library","name":"inner"}]}],
 "dependencies":[{"ref":"app","dependsOn":["a"]}]}"#;

const CYCLONEDX_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79" version="2">
 <c:metadata><c:timestamp>2030-01-02T00:00:00Z</c:timestamp>
  <c:component type="application" bom-ref="app"><c:name>app</c:name></c:component></c:metadata>
 <c:components><c:component type="library" bom-ref="a"><c:supplier><c:name>Example</c:name></c:supplier><c:group>g</c:group><c:name>g&#97;te</c:name>
  <c:version>1.4.1</c:version><c:hashes><c:hash alg="SHA-256">ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB</c:hash></c:hashes>
  <c:cpe>cpe:2.3:a:g:gate:1.4.1:*:*:*:*:*:*:*</c:cpe><c:purl>pkg:npm/gate@1.4.1</c:purl>
  <c:pedigree><c:ancestors><c:component type="library"><c:name>old</c:name></c:component></c:ancestors></c:pedigree>
  <c:components><c:component type="library"><c:name>inner</c:name></c:component></c:components></c:component></c:components>
 <c:dependencies><c:dependency ref="app"><c:dependency ref="a"/></c:dependency></c:dependencies>
</c:bom>"#;

const SPDX_JSON: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"doc","documentNamespace":"https://example.org/1",
 "creationInfo":{"created":"2030-01-02T00:00:00Z","creators":["Tool: x"]},
 "packages":[{"SPDXID":"app","name":"app","downloadLocation":"NOASSERTION"},
  {"SPDXID":"a","name":"gate","versionInfo":"1.4.1","supplier":"Organization: Example","checksums":[{"algorithm":"SHA256","checksumValue":"ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB"}],
   "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/gate@1.4.1"},
    {"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:g:gate:1.4.1:*:*:*:*:*:*:*"}]}],
 "relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"app"},
  {"spdxElementId":"a","relationshipType":"DEPENDENCY_OF","relatedSpdxElement":"app"}]}"#;

const SPDX_TAG: &str = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: doc\nDocumentNamespace: https://example.org/1\nCreated: 2030-01-02T00:00:00Z\n\n# the packages\nPackageName: app\nSPDXID: app\n\nPackageName: gate\nSPDXID: a\nPackageVersion: 1.4.1\nPackageSupplier: Organization: Example\nPackageChecksum: SHA256: ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB\nPackageComment: <text>two\nlines: here</text>\nExternalRef: PACKAGE-MANAGER purl pkg:npm/gate@1.4.1\nExternalRef: SECURITY cpe23Type cpe:2.3:a:g:gate:1.4.1:*:*:*:*:*:*:*\nRelationship: SPDXRef-DOCUMENT DESCRIBES app\nRelationship: a DEPENDENCY_OF app\n";

const SPDX3: &str = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
 {"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"2030-01-02T00:00:00Z","createdBy":["https://example.org/me"]},
 {"type":"SpdxDocument","spdxId":"https://example.org/1","creationInfo":"_:c","name":"doc","rootElement":["app"]},
 {"type":"software_Package","spdxId":"app","creationInfo":"_:c","name":"app"},
 {"type":"software_Package","spdxId":"a","creationInfo":"_:c","name":"gate","software_packageVersion":"1.4.1","software_packageUrl":"pkg:npm/gate@1.4.1",
  "verifiedUsing":[{"type":"Hash","algorithm":"sha256","hashValue":"ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB"}],
  "externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"cpe23","identifier":"cpe:2.3:a:g:gate:1.4.1:*:*:*:*:*:*:*"}]},
 {"type":"Relationship","spdxId":"r","creationInfo":"_:c","from":"app","relationshipType":"dependsOn","to":["a"]}]}"#;

#[test]
fn every_format_says_the_same() {
    let files = [
        (CYCLONEDX_JSON, Format::CycloneDxJson, "1.6"),
        (CYCLONEDX_XML, Format::CycloneDxXml, "1.6"),
        (SPDX_JSON, Format::SpdxJson, "2.3"),
        (SPDX_TAG, Format::SpdxTagValue, "2.3"),
        (SPDX3, Format::SpdxJsonLd, "3.0.1"),
    ];
    for (file, format, version) in files {
        let (summary, components, relations) = read_all(file.as_bytes(), Limits::default()).unwrap();
        let document = &summary.document;
        assert_eq!((document.format, document.version.as_str()), (format, version));
        assert_eq!(document.created.as_deref(), Some("2030-01-02T00:00:00Z"), "{format:?}");
        let gate = components.iter().find(|component| component.name == "gate").unwrap();
        assert_eq!(gate.version.as_deref(), Some("1.4.1"), "{format:?}");
        assert_eq!(gate.purls, ["pkg:npm/gate@1.4.1"], "{format:?}");
        assert_eq!(gate.cpes, ["cpe:2.3:a:g:gate:1.4.1:*:*:*:*:*:*:*"], "{format:?}");
        assert_eq!(gate.hashes[0].value, "ab".repeat(32), "{format:?}");
        if format != Format::SpdxJsonLd {
            assert_eq!(gate.supplier.as_deref(), Some("Example"), "{format:?}");
        }
        assert!(components.iter().any(|component| component.reference.as_deref() == Some("app")));
        let depends = relations.iter().find(|relation| relation.kind == RelationKind::DependsOn).unwrap();
        assert_eq!((depends.from.as_str(), depends.to.as_str()), ("app", "a"), "{format:?}");
        assert_eq!(summary.problems, []);
        if version == "1.6" {
            let inner = components.iter().find(|component| component.name == "inner").unwrap();
            assert_eq!((inner.depth, components.len()), (1, 3));
            assert!(components.iter().any(|component| component.is_subject && component.name == "app"));
            assert_eq!(document.revision, Some(2));
            assert_eq!(validate(file.as_bytes(), Limits::default()).unwrap(), []);
        } else {
            let described =
                relations.iter().find(|relation| relation.kind == RelationKind::Describes).unwrap();
            assert_eq!(described.to, "app");
        }
    }
}

fn reason(bytes: &[u8]) -> String {
    read_all(bytes, Limits::default()).unwrap_err().to_string()
}

#[test]
fn a_bad_file_is_told_its_place() {
    let laughs = r#"<?xml version="1.0"?>
<!DOCTYPE bom [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components><component type="library"><name>&b;</name></component></components></bom>"#;
    assert!(
        reason(laughs.as_bytes()).starts_with("line 2, document: a document type declaration"),
        "{}",
        reason(laughs.as_bytes())
    );
    let entity = CYCLONEDX_XML.replace("g&#97;te", "&b;");
    assert_eq!(
        reason(entity.as_bytes()),
        "line 5, bom/components/component/name: the entity `b` is not expanded"
    );

    let long = CYCLONEDX_JSON.replace("\"gate\"", &format!("\"{}\"", "x".repeat(10 << 20)));
    assert_eq!(reason(long.as_bytes()), "line 3, components[0].name: a text is longer than 4194304 bytes");
    let long = CYCLONEDX_XML.replace("g&#97;te", &"x".repeat(10 << 20));
    assert!(
        reason(long.as_bytes()).starts_with("line 5, bom/components/component/name: a tag or text is longer"),
        "{}",
        reason(long.as_bytes())
    );
    let long = SPDX_TAG.replace("DocumentName: doc", &format!("DocumentName: {}", "x".repeat(10 << 20)));
    assert!(reason(long.as_bytes()).starts_with("line 4, document: a line is longer"));

    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(CYCLONEDX_JSON.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(reason(&wide), "line 1, document: is UTF-16 or UTF-32; only UTF-8 is read");
    let latin = CYCLONEDX_XML.replace("UTF-8", "ISO-8859-1");
    assert_eq!(reason(latin.as_bytes()), "line 1, document: is declared as ISO-8859-1; only UTF-8 is read");
    let mut broken = CYCLONEDX_JSON.as_bytes().to_vec();
    let place = CYCLONEDX_JSON.find("gate").unwrap();
    broken[place] = 0xE9;
    assert_eq!(reason(&broken), "line 3, components[0].name: byte 0x61 is not UTF-8 here");
    // In a member that is passed over, too.
    let place = CYCLONEDX_JSON.find("MIT").unwrap();
    let mut broken = CYCLONEDX_JSON.as_bytes().to_vec();
    broken[place] = 0xFF;
    assert_eq!(reason(&broken), "line 5, components[0]: byte 0xFF is not UTF-8");

    let deep = format!("{{\"bomFormat\":\"CycloneDX\",\"x\":{}", "[".repeat(100_000));
    assert!(reason(deep.as_bytes()).contains("nested deeper than 200"), "{}", reason(deep.as_bytes()));
    let deep = CYCLONEDX_XML.replace("<c:dependencies>", &"<x>".repeat(100_000));
    assert!(reason(deep.as_bytes()).contains("nested deeper than 200"));
    assert_eq!(
        reason(CYCLONEDX_JSON.replace("\"1.4.1\",\"purl\"", "7,\"purl\"").as_bytes()),
        "line 3, components[0].version: invalid type: integer `7`, expected a string"
    );
    assert_eq!(
        reason(&CYCLONEDX_JSON.as_bytes()[..CYCLONEDX_JSON.find("\"licenses\"").unwrap()]),
        "line 5, components[0]: EOF while parsing a value"
    );
    assert_eq!(
        reason(b"{}"),
        "line 1, document: is no CycloneDX (bomFormat), SPDX 2 (spdxVersion) or SPDX 3 (@graph)"
    );
    assert_eq!(reason(b" \n"), "line 2, document: is empty");
    assert_eq!(reason(b"hello"), "line 1, document: `hello` is no `Tag: value` of SPDX");
    assert!(reason(CYCLONEDX_JSON.replace("\"1.6\"", "\"9.9\"").as_bytes()).contains("`9.9` is no version"));
}

#[test]
fn identifiers_given_twice_and_circles_are_problems_with_a_place() {
    let twice = CYCLONEDX_JSON
        .replace("\"inner\"", "\"inner\",\"bom-ref\":\"app\"")
        .replace("\"dependsOn\":[\"a\"]", "\"dependsOn\":[\"a\"]},\n{\"ref\":\"a\",\"dependsOn\":[\"app\"]");
    let (summary, ..) = read_all(twice.as_bytes(), Limits::default()).unwrap();
    let found: Vec<_> = summary
        .problems
        .iter()
        .map(|problem| (problem.kind, problem.line, problem.reason.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (ProblemKind::DuplicateIdentifier, 5, "the identifier `app` was given at line 2 already"),
            (ProblemKind::Circle, 7, "a circle of dependencies: app -> a -> app"),
        ]
    );
}

#[test]
fn what_is_written_is_valid_and_read_back() {
    let (_, components, relations) = read_all(CYCLONEDX_JSON.as_bytes(), Limits::default()).unwrap();
    let bill = Bill {
        serial_number: Some("urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79".into()),
        revision: 3,
        created: Some("2030-01-02T00:00:00Z".into()),
        components,
        relations,
    };
    let text = write(&bill);
    assert_eq!(validate(text.as_bytes(), Limits::default()).unwrap(), []);
    let (summary, components, relations) = read_all(text.as_bytes(), Limits::default()).unwrap();
    assert_eq!(summary.document.revision, Some(3));
    let plain = |mut component: Component| {
        (component.line, component.depth) = (0, 0);
        component
    };
    let mut before: Vec<Component> = bill.components.into_iter().map(plain).collect();
    let mut after: Vec<Component> = components.into_iter().map(plain).collect();
    before.sort_by(|a, b| a.name.cmp(&b.name));
    after.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(after, before);
    assert_eq!((relations.len(), relations[0].to.as_str()), (1, "a"));
    let odd = Component {
        name: "x".into(),
        kind: Some("LIBRARY".into()),
        hashes: vec![Hash { algorithm: "sha512".into(), value: "a".repeat(128) }],
        version_range: Some("vers:npm/<2".into()),
        ..Component::default()
    };
    let text = write(&Bill { components: vec![odd], ..Bill::default() });
    assert_eq!(validate(text.as_bytes(), Limits::default()).unwrap(), []);
}

/// Makes a bill of the asked size while it is read, so that nothing holds it.
struct Endless {
    left: u64,
    number: u64,
    line: Vec<u8>,
    taken: usize,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.line.len() {
            if self.left == 0 {
                return Ok(0);
            }
            self.left -= 1;
            self.taken = 0;
            let number = self.number;
            self.number += 1;
            self.line = match (number, self.left) {
                (0, _) => b"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[\n".to_vec(),
                (_, 0) => b"{\"type\":\"library\",\"name\":\"last\"}]}".to_vec(),
                _ => format!("{{\"type\":\"library\",\"bom-ref\":\"r{number}\",\"name\":\"n{number}\",\"purl\":\"pkg:npm/n{number}@1\"}},\n").into_bytes(),
            };
        }
        let count = buffer.len().min(self.line.len() - self.taken);
        buffer[..count].copy_from_slice(&self.line[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[test]
fn a_long_bill_streams_within_its_limits() {
    let source = std::io::BufReader::new(Endless { left: 200_002, number: 0, line: Vec::new(), taken: 0 });
    let limits = Limits { identifiers: 1_000, ..Limits::default() };
    let mut seen = 0u64;
    let summary =
        read(source, limits, &mut |item| seen += u64::from(matches!(item, Item::Component(_)))).unwrap();
    assert_eq!((seen, summary.components, summary.unchecked), (200_001, 200_001, true));
}
