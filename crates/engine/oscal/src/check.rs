//! Is a document what OSCAL says it must be? Every fault has its rule, the path in the document and the line.

mod references;
mod structure;

use serde::Serialize;

use crate::document::Document;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The document is not valid.
    Error,
    /// Valid, and probably not what its author meant.
    Warning,
}

/// One fault. `path` is a JSON pointer (RFC 6901) into the JSON form, whatever the syntax of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Fault {
    pub level: Level,
    /// The rule, from the table on the page `docs/methods/oscal.md`.
    pub rule: &'static str,
    pub path: String,
    /// The line of the file, from 1.
    pub line: u32,
    pub message: String,
}

/// No more faults than these are listed: a document that is wrong everywhere needs no longer list.
pub const MOST_FAULTS: usize = 1_000;

/// Checks structure (members, occurrences, types, values, versions) and then references and identifiers. In the order
/// of the document.
#[must_use]
pub fn check(document: &Document) -> Vec<Fault> {
    let mut faults = Faults::default();
    structure::check(document, &mut faults);
    references::check(document, &mut faults);
    let mut list = faults.list;
    list.sort_by_key(|fault| fault.line);
    list
}

/// Whether a list of faults makes the document invalid.
#[must_use]
pub fn is_valid(faults: &[Fault]) -> bool {
    faults.iter().all(|fault| fault.level != Level::Error)
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// The place of a walk in the document, and the faults found on it.
#[derive(Default)]
struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    fn add(
        &mut self,
        level: Level,
        rule: &'static str,
        path: &[Step<'_>],
        line: u32,
        message: impl FnOnce() -> String,
    ) {
        if self.list.len() < MOST_FAULTS {
            self.list.push(Fault { level, rule, path: pointer(path), line, message: message() });
        }
    }
}

fn pointer(path: &[Step<'_>]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Name(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}
