//! What a bill of materials says, whatever its format.

use serde::{Deserialize, Serialize};

/// How much is read. None of it depends on the size of the file.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one text (JSON), of one tag with its attributes or one run of text (XML), of one value (tag-value).
    pub text_bytes: u64,
    /// Bytes of one component, one relation or one other element that is kept for a moment.
    pub element_bytes: u64,
    /// Nesting of objects and lists, or of tags.
    pub depth: u32,
    /// Identifiers that are remembered to find those given twice and circles; later ones are not looked at
    /// ([`Summary::unchecked`]). One takes about 40 bytes.
    pub identifiers: usize,
    /// Relations that are remembered to find circles. One takes 16 bytes.
    pub relations: usize,
    /// Problems that are kept.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 4 << 20,
            element_bytes: 32 << 20,
            depth: 200,
            identifiers: 1 << 20,
            relations: 2 << 20,
            problems: 100,
        }
    }
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    /// From 1.
    pub line: u64,
    /// Where in the document: `components[3].version`.
    pub path: String,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    #[default]
    CycloneDxJson,
    CycloneDxXml,
    SpdxJson,
    SpdxTagValue,
    /// SPDX 3.
    SpdxJsonLd,
}

/// The document itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub format: Format,
    /// Of the format: `1.6`, `2.3`, `3.0.1`.
    pub version: String,
    pub name: Option<String>,
    /// Serial number (CycloneDX), namespace (SPDX 2) or `spdxId` of the document (SPDX 3).
    pub id: Option<String>,
    /// Revision of the same document (CycloneDX).
    pub revision: Option<u64>,
    /// As written.
    pub created: Option<String>,
}

/// One piece of software (or hardware, data …).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The line on which it ends, for messages.
    pub line: u64,
    /// `bom-ref`, `SPDXID`, `spdxId`.
    pub reference: Option<String>,
    /// As the format has it: `library`, `application`, `firmware`, `LIBRARY` …
    pub kind: Option<String>,
    pub group: Option<String>,
    pub name: String,
    pub version: Option<String>,
    /// CycloneDX 1.7: a VERS range, for a component that is expected from outside.
    pub version_range: Option<String>,
    pub supplier: Option<String>,
    /// `required`, `optional`, `excluded`.
    pub scope: Option<String>,
    pub purls: Vec<String>,
    /// CPE 2.2 and 2.3 names as written.
    pub cpes: Vec<String>,
    pub hashes: Vec<Hash>,
    /// Tag identifier of SWID (ISO 19770-2).
    pub swid: Option<String>,
    /// The document is about this component (CycloneDX `metadata.component`; in SPDX a relation says so).
    pub is_subject: bool,
    /// How deep inside other components it stands.
    pub depth: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hash {
    /// As written: `SHA-256`, `SHA256`, `sha256`.
    pub algorithm: String,
    /// Hexadecimal, in lower case.
    pub value: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    #[default]
    DependsOn,
    Contains,
    /// The document is about the component.
    Describes,
    /// CycloneDX 1.6: implements a specification or algorithm.
    Provides,
    /// Any other of SPDX.
    Other,
}

/// `from` depends on (contains, describes) `to`; the formats' reversed forms are turned round.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub line: u64,
    pub from: String,
    pub kind: RelationKind,
    pub to: String,
}

/// What the reader comes across.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::large_enum_variant,
    reason = "an item is handed over and taken apart at once, never kept in this form"
)]
pub enum Item {
    Component(Component),
    Relation(Relation),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Two elements have the same identifier, so that relations may mean either.
    DuplicateIdentifier,
    /// Components depend on (or contain) each other in a circle.
    Circle,
}

/// Something wrong in a document that can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub kind: ProblemKind,
    pub line: u64,
    pub reason: String,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub document: Document,
    pub components: u64,
    pub relations: u64,
    /// By line; at most [`Limits::problems`].
    pub problems: Vec<Problem>,
    /// Problems beyond that.
    pub more_problems: u64,
    /// There were more identifiers or relations than are remembered: a problem among them is not found.
    pub unchecked: bool,
}
