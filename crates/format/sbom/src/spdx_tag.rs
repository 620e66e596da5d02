//! SPDX 2 as tag and value: one `Tag: value` a line, longer values between `<text>` and `</text>`.

use std::io::BufRead;

use crate::{
    element::{spdx_agent, spdx_reference},
    graph::short,
    guard::Allowance,
    model::{Component, Fault, Format, Hash, Limits, Relation, RelationKind},
    reader::{Gather, fault},
};

/// A relationship with the reversed forms turned round (SPDX 2.3, clause 11).
pub fn spdx_relation(from: String, kind: &str, to: String, line: u64) -> Relation {
    let (kind, reversed) = match kind {
        "DEPENDS_ON" | "HAS_PREREQUISITE" | "DYNAMIC_LINK" | "STATIC_LINK" => {
            (RelationKind::DependsOn, false)
        }
        "DEPENDENCY_OF"
        | "RUNTIME_DEPENDENCY_OF"
        | "BUILD_DEPENDENCY_OF"
        | "DEV_DEPENDENCY_OF"
        | "TEST_DEPENDENCY_OF"
        | "OPTIONAL_DEPENDENCY_OF"
        | "PROVIDED_DEPENDENCY_OF"
        | "PREREQUISITE_FOR" => (RelationKind::DependsOn, true),
        "CONTAINS" => (RelationKind::Contains, false),
        "CONTAINED_BY" => (RelationKind::Contains, true),
        "DESCRIBES" => (RelationKind::Describes, false),
        "DESCRIBED_BY" => (RelationKind::Describes, true),
        _ => (RelationKind::Other, false),
    };
    if reversed { Relation { line, from: to, kind, to: from } } else { Relation { line, from, kind, to } }
}

pub fn read<R: BufRead>(
    source: R,
    first_line: u64,
    limits: Limits,
    gather: &mut Gather<'_>,
) -> Result<(), Fault> {
    gather.document.format = Format::SpdxTagValue;
    let mut lines = Lines { source: Allowance::new(source, limits.text_bytes), text: Vec::new() };
    lines.source.line = first_line;
    let mut state = State { package: None };
    while let Some((line, text)) = lines.next()? {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = text.split_once(':') else {
            let reason = format!("`{}` is no `Tag: value` of SPDX", short(text));
            return Err(fault(line, "document", reason));
        };
        let (tag, value) = (tag.trim().to_owned(), value.trim().to_owned());
        let value = match value.strip_prefix("<text>") {
            Some(begin) => lines.rest_of_text(begin, line, &tag)?,
            None => value,
        };
        state.take(&tag, value, line, gather)?;
    }
    state.end_package(gather);
    match gather.document.version.as_str() {
        "2.0" | "2.1" | "2.2" | "2.3" => Ok(()),
        "" => Err(fault(1, "document", "is no CycloneDX and no SPDX: SPDXVersion is missing")),
        version => {
            Err(fault(1, "SPDXVersion", format!("`{}` is no version from 2.0 to 2.3", short(version))))
        }
    }
}

struct Lines<R> {
    source: Allowance<R>,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<(u64, &str)>, Fault> {
        let line = self.source.line;
        self.text.clear();
        self.source.renew();
        let count = self.source.read_until(b'\n', &mut self.text);
        match count {
            Ok(0) => Ok(None),
            Ok(_) => match std::str::from_utf8(&self.text) {
                Ok(text) => Ok(Some((line, text))),
                Err(_) => Err(fault(line, "document", "is not UTF-8")),
            },
            Err(_) if self.source.exceeded => {
                Err(fault(line, "document", "a line is longer than the limit for a text"))
            }
            Err(error) => Err(fault(line, "document", format!("cannot be read: {error}"))),
        }
    }

    fn rest_of_text(&mut self, begin: &str, line: u64, tag: &str) -> Result<String, Fault> {
        let mut value = String::new();
        let mut part = begin.to_owned();
        loop {
            if let Some((end, _)) = part.split_once("</text>") {
                value.push_str(end);
                return Ok(value.trim().to_owned());
            }
            value.push_str(&part);
            if value.len() as u64 > self.source.limit() {
                return Err(fault(line, short(tag), "a text is longer than the limit"));
            }
            match self.next()? {
                Some((_, text)) => text.clone_into(&mut part),
                None => return Err(fault(line, short(tag), "a text has no end (`</text>`)")),
            }
        }
    }
}

struct State {
    package: Option<Component>,
}

impl State {
    fn end_package(&mut self, gather: &mut Gather<'_>) {
        if let Some(package) = self.package.take() {
            gather.component(package);
        }
    }

    fn take(&mut self, tag: &str, value: String, line: u64, gather: &mut Gather<'_>) -> Result<(), Fault> {
        match tag {
            "SPDXVersion" => value.trim_start_matches("SPDX-").clone_into(&mut gather.document.version),
            "DocumentName" => gather.document.name = Some(value),
            "DocumentNamespace" => gather.document.id = Some(value),
            "Created" => gather.document.created = Some(value),
            "PackageName" => {
                self.end_package(gather);
                self.package = Some(Component { line, name: value, ..Component::default() });
            }
            "FileName" | "SnippetSPDXID" | "LicenseID" => self.end_package(gather),
            "Relationship" => {
                let mut words = value.split_whitespace();
                let (Some(from), Some(kind), Some(to), None) =
                    (words.next(), words.next(), words.next(), words.next())
                else {
                    let reason = format!("`{}` is not `element TYPE element`", short(&value));
                    return Err(fault(line, "Relationship", reason));
                };
                gather.relation(spdx_relation(from.to_owned(), kind, to.to_owned(), line));
            }
            _ => self.take_of_package(tag, value, line)?,
        }
        Ok(())
    }

    fn take_of_package(&mut self, tag: &str, value: String, line: u64) -> Result<(), Fault> {
        let Some(package) = &mut self.package else { return Ok(()) };
        match tag {
            "SPDXID" => package.reference = Some(value),
            "PackageVersion" => package.version = Some(value),
            "PackageSupplier" => package.supplier = spdx_agent(&value),
            "PrimaryPackagePurpose" => package.kind = Some(value),
            "PackageChecksum" => {
                let Some((algorithm, sum)) = value.split_once(':') else {
                    return Err(fault(line, "PackageChecksum", "is not `ALGORITHM: value`"));
                };
                let (algorithm, value) = (algorithm.trim().to_owned(), sum.trim().to_ascii_lowercase());
                package.hashes.push(Hash { algorithm, value });
            }
            "ExternalRef" => {
                let mut words = value.split_whitespace();
                let (Some(_), Some(kind), Some(locator)) = (words.next(), words.next(), words.next()) else {
                    return Err(fault(line, "ExternalRef", "is not `CATEGORY type locator`"));
                };
                spdx_reference(package, kind, locator.to_owned());
            }
            _ => {}
        }
        if package.purls.len() + package.cpes.len() + package.hashes.len() > 100_000 {
            return Err(fault(line, short(tag), "one package has more than 100000 references"));
        }
        Ok(())
    }
}
