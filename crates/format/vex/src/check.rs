//! What a VEX document must have before it is published (OpenVEX 0.2.0, "Required data"), and the writers.

use serde::Serialize;

use crate::{Document, Status, cyclonedx, openvex};

/// A rule that a document breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: `statements[0].products`.
    pub path: String,
    pub rule: &'static str,
}

/// A document with findings is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document breaks {} rules, first {}: {}", findings.len(), findings[0].path, findings[0].rule)]
pub struct Unpublishable {
    pub findings: Vec<Finding>,
}

/// The words that OpenVEX has for why something is not affected.
const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

/// Every rule that the document breaks.
pub fn check(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut rule = |holds: bool, path: String, rule: &'static str| {
        if !holds {
            findings.push(Finding { path, rule });
        }
    };
    let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    rule(filled(&document.id), "id".into(), "must identify the document");
    rule(filled(&document.author), "author".into(), "must name the author");
    rule(filled(&document.timestamp), "timestamp".into(), "must say when it was issued");
    rule(!document.statements.is_empty(), "statements".into(), "must hold a statement");
    for (index, statement) in document.statements.iter().enumerate() {
        let path = |name: &str| format!("statements[{index}].{name}");
        rule(!statement.vulnerability.is_empty(), path("vulnerability"), "must name the vulnerability");
        let named = |id: &str| id.contains(':');
        let products = !statement.products.is_empty()
            && statement.products.iter().all(|product| {
                named(&product.id)
                    || !product.purls.is_empty()
                    || !product.cpes.is_empty()
                    || !product.hashes.is_empty()
            });
        rule(
            products,
            path("products"),
            "must name each product by an IRI, a purl, a CPE or a hash, or nothing matches it",
        );
        let why = statement.justification.is_some() || filled(&statement.impact);
        rule(
            statement.status != Status::NotAffected || why,
            path("justification"),
            "must say why it is not affected",
        );
        rule(
            statement.status == Status::NotAffected || statement.justification.is_none(),
            path("justification"),
            "must justify only what is not affected",
        );
        rule(
            statement.status != Status::Affected || filled(&statement.action),
            path("action"),
            "must say what to do about it",
        );
    }
    findings
}

fn refuse(findings: Vec<Finding>) -> Result<(), Unpublishable> {
    if findings.is_empty() { Ok(()) } else { Err(Unpublishable { findings }) }
}

/// The document as OpenVEX 0.2.
///
/// # Errors
/// [`Unpublishable`] when [`check`] finds anything, or a justification is no word of OpenVEX.
pub fn write_openvex(document: &Document) -> Result<String, Unpublishable> {
    let mut findings = check(document);
    for (index, statement) in document.statements.iter().enumerate() {
        if statement.justification.as_deref().is_some_and(|word| !JUSTIFICATIONS.contains(&word)) {
            let path = format!("statements[{index}].justification");
            findings.push(Finding { path, rule: "must be a word of OpenVEX" });
        }
    }
    refuse(findings)?;
    Ok(openvex::write(document))
}

/// The document as CycloneDX 1.7. Justifications of OpenVEX are put into the words of CycloneDX.
///
/// # Errors
/// [`Unpublishable`] when [`check`] finds anything but an identifier, which CycloneDX does not need.
pub fn write_cyclonedx(document: &Document) -> Result<String, Unpublishable> {
    let mut findings = check(document);
    findings.retain(|finding| finding.path != "id");
    refuse(findings)?;
    Ok(cyclonedx::write(document))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Product, Statement, read};

    fn document() -> Document {
        let gate = Product {
            id: "pkg:npm/gate@1.4.1".into(),
            purls: vec!["pkg:npm/gate@1.4.1".into()],
            ..Product::default()
        };
        let statement = |status: Status, vulnerability: &str| Statement {
            vulnerability: vulnerability.into(),
            products: vec![gate.clone()],
            status,
            timestamp: Some("2030-01-02T00:00:00Z".into()),
            ..Statement::default()
        };
        Document {
            id: Some("urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79".into()),
            author: Some("Example".into()),
            timestamp: Some("2030-01-02T00:00:00Z".into()),
            version: Some(2),
            statements: vec![
                Statement {
                    justification: Some("vulnerable_code_not_present".into()),
                    aliases: vec!["GHSA-1".into()],
                    ..statement(Status::NotAffected, "CVE-2030-0001")
                },
                Statement { action: Some("Update.".into()), ..statement(Status::Affected, "CVE-2030-0002") },
                statement(Status::Fixed, "CVE-2030-0003"),
                statement(Status::UnderInvestigation, "CVE-2030-0004"),
            ],
            ..Document::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let document = document();
        assert_eq!(read(write_openvex(&document).unwrap().as_bytes()).unwrap(), document);
        let mut back = read(write_cyclonedx(&document).unwrap().as_bytes()).unwrap();
        assert_eq!(back.statements[0].justification.as_deref(), Some("code_not_present"));
        back.statements[0].justification = document.statements[0].justification.clone();
        back.format = Format::OpenVex;
        assert_eq!(back, document);
    }

    #[test]
    fn each_broken_rule_is_found_at_its_place() {
        type Break = fn(&mut Document);
        let cases: [(Break, &str); 8] = [
            (|document| document.id = None, "id"),
            (|document| document.author = Some(" ".into()), "author"),
            (|document| document.timestamp = None, "timestamp"),
            (|document| document.statements.clear(), "statements"),
            (
                |document| {
                    document.statements[0].products[0] = Product { id: "gate".into(), ..Product::default() }
                },
                "statements[0].products",
            ),
            (|document| document.statements[0].justification = None, "statements[0].justification"),
            (|document| document.statements[1].action = None, "statements[1].action"),
            (
                |document| document.statements[2].justification = Some("component_not_present".into()),
                "statements[2].justification",
            ),
        ];
        for (spoil, path) in cases {
            let mut document = document();
            spoil(&mut document);
            let error = write_openvex(&document).unwrap_err();
            assert!(error.findings.iter().any(|finding| finding.path == path), "{path}: {error:?}");
        }
        let mut own = document();
        own.statements[0].justification = Some("code_not_reachable".into());
        assert!(write_openvex(&own).is_err() && write_cyclonedx(&own).is_ok());
    }

    #[test]
    fn the_old_form_and_bills_with_vulnerabilities_are_read() {
        let old = r#"{"@context":"https://openvex.dev/ns","@id":"x","author":"a","timestamp":"t","version":"3","statements":[
            {"vulnerability":"CVE-2030-0001","products":["pkg:oci/app","other"],"subcomponents":["pkg:npm/gate"],"status":"fixed"}]}"#;
        let document = read(old.as_bytes()).unwrap();
        assert_eq!(document.version, Some(3));
        assert_eq!(document.statements[0].products[1].subcomponents[0].purls, ["pkg:npm/gate"]);
        let bill = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","bom-ref":"g","name":"gate","purl":"pkg:npm/gate@1","components":[{"bom-ref":"i","cpe":"cpe:/a:b:c"}]}],
            "vulnerabilities":[{"id":"CVE-2030-0001","analysis":{"state":"exploitable","response":["update"]},"affects":[{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#g","versions":[{"range":"vers:npm/<2","status":"affected"}]},{"ref":"i"}]},
            {"id":"CVE-2030-0002"}]}"#;
        let document = read(bill.as_bytes()).unwrap();
        let products = &document.statements[0].products;
        assert_eq!(
            (products[0].purls.as_slice(), products[1].cpes.as_slice()),
            (&["pkg:npm/gate@1".to_owned()][..], &["cpe:/a:b:c".to_owned()][..])
        );
        assert_eq!(products[0].versions[0].range.as_deref(), Some("vers:npm/<2"));
        assert_eq!(document.statements[0].action.as_deref(), Some("update"));
        assert_eq!(document.statements[1].status, Status::UnderInvestigation);
    }

    #[test]
    fn what_is_no_vex_is_told_its_place() {
        let cases = [
            ("{", "line 1, document: EOF while parsing an object"),
            ("{}", "line 1, document: is neither OpenVEX (@context) nor CycloneDX (bomFormat)"),
            (
                r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{},"status":"fixed"}]}"#,
                "line 0, statements[0].vulnerability: has no name",
            ),
            (
                r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{"name":"x"},"status":"safe"}]}"#,
                "line 0, statements[0].status: unknown variant `safe`, expected one of `not_affected`, `affected`, `fixed`, `under_investigation`",
            ),
            (
                r#"{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"x","analysis":{"state":"safe"}}]}"#,
                "line 0, vulnerabilities[0]: `safe` is no state of an analysis",
            ),
            (r#"{"bomFormat":"CycloneDX","vulnerabilities":[{}]}"#, "line 0, vulnerabilities[0]: has no id"),
        ];
        for (file, expected) in cases {
            assert_eq!(read(file.as_bytes()).unwrap_err().to_string(), expected);
        }
    }
}
