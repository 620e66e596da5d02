//! Objects: what is kept. A typed [`Record`] at the edge, canonical JSON with versions inside.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    clock::Timestamp,
    error::{Error, Result},
    id::ObjectId,
    label::{Action, Label, Principal, Role},
    search,
};

/// Bytes of one canonical body.
pub const MAXIMUM_BODY_BYTES: usize = 1 << 20;
/// Bytes of one indexed value; longer texts are indexed by their beginning.
pub const MAXIMUM_FIELD_BYTES: usize = 64;
/// Indexed values of one object.
pub const MAXIMUM_FIELDS: usize = 64;

/// The number of an interned label.
pub type LabelId = i64;

/// A declared index field of a record kind: lists filter and sort by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    /// Counted by value in the same transaction, so that charts and filtered totals cost nothing. For fields of few
    /// values only (a sector, not a date).
    pub facet: bool,
}

/// A type of record. Implemented in `model` for plain structs.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    const KIND: &'static str;
    /// Grows with every change of shape; [`Record::upgrade`] must still read every older one.
    const SCHEMA: u16;
    const FIELDS: &'static [Field];
    /// True for a kind whose own content says who may see it, as an organisation names its hubs: then the label is made
    /// from the record, and whoever may label every record of the kind needs nobody's consent to a wider one.
    const LABEL_FOLLOWS_RECORD: bool = false;

    /// Turns a body of an older schema into the present one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for a schema that this version of the program does not know.
    fn upgrade(schema: u16, body: Value) -> Result<Value> {
        if schema == Self::SCHEMA { Ok(body) } else { Err(unknown_schema(Self::KIND, schema)) }
    }

    /// Refuses a record that must not be saved, naming the field.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    fn validate(&self) -> Result<()>;

    /// Writes the values of the declared fields.
    fn index(&self, values: &mut FieldValues);

    /// One line that names the record to a person.
    fn title(&self) -> String;

    /// Every text in which a person may search.
    fn texts(&self) -> Vec<&str>;
}

pub fn unknown_schema(kind: &str, schema: u16) -> Error {
    Error::Unavailable(format!("{kind} was saved with schema {schema} by a newer version of the program"))
}

/// Reads a stored body of any schema that the type still knows.
///
/// # Errors
/// [`Error::Unavailable`] when the body cannot be read by this version of the program.
pub fn read_body<T: Record>(schema: u16, body: &str) -> Result<T> {
    let unreadable =
        |error: serde_json::Error| Error::Unavailable(format!("stored {} is unreadable: {error}", T::KIND));
    if schema == T::SCHEMA {
        return serde_json::from_str(body).map_err(unreadable);
    }
    let value = serde_json::from_str(body).map_err(unreadable)?;
    serde_json::from_value(T::upgrade(schema, value)?).map_err(unreadable)
}

/// The index values of one record, encoded so that byte order is the order of the values.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct FieldValues(pub Vec<(&'static str, Vec<u8>)>, bool);

impl FieldValues {
    /// For a record that is kept as synthetic, or not.
    pub fn kept(synthetic: bool) -> Self {
        Self(Vec::new(), synthetic)
    }

    /// True if the record was invented: a kind whose totals must not mix inventions with facts indexes this too.
    pub fn is_synthetic(&self) -> bool {
        self.1
    }

    pub fn text(&mut self, field: &'static str, value: &str) {
        self.0.push((field, encode_text(value)));
    }

    pub fn integer(&mut self, field: &'static str, value: i64) {
        self.0.push((field, encode_integer(value)));
    }
}

/// A text as an index value.
pub fn encode_text(value: &str) -> Vec<u8> {
    let mut end = value.len().min(MAXIMUM_FIELD_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value.as_bytes()[..end].to_vec()
}

/// An integer as an index value.
pub fn encode_integer(value: i64) -> Vec<u8> {
    (value.cast_unsigned() ^ (1 << 63)).to_be_bytes().to_vec()
}

/// Which objects of a kind a role may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every object that the label lets them see.
    Any,
    /// Those which their organisation owns or which they wrote themselves.
    Own,
}

/// "This role may do this to objects of the kind." What no grant says is refused.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    pub role: Role,
    pub actions: &'static [Action],
    pub scope: Scope,
}

/// What the house knows about a kind of record.
#[derive(Clone, Copy)]
pub struct RecordKind {
    pub name: &'static str,
    pub schema: u16,
    pub fields: &'static [Field],
    pub grants: &'static [Grant],
    /// The title of a stored body, for lists of mixed kinds.
    pub title: fn(schema: u16, body: &str) -> Result<String>,
    /// The normalised search text of a stored body.
    pub text: fn(schema: u16, body: &str) -> Result<String>,
    /// A stored body in the present schema, for readers that cannot name the type.
    pub body: fn(schema: u16, body: &str) -> Result<Value>,
}

impl RecordKind {
    pub const fn of<T: Record>(grants: &'static [Grant]) -> Self {
        Self {
            name: T::KIND,
            schema: T::SCHEMA,
            fields: T::FIELDS,
            grants,
            title: |schema, body| read_body::<T>(schema, body).map(|record| record.title()),
            text: |schema, body| read_body::<T>(schema, body).map(|record| search::document(record.texts())),
            body: |schema, body| {
                let record = read_body::<T>(schema, body)?;
                serde_json::to_value(&record).map_err(|error| Error::invalid("body", error.to_string()))
            },
        }
    }

    /// How far the principal's roles let it do `action` to objects of this kind.
    pub fn scope(&self, principal: &Principal, action: Action) -> Option<Scope> {
        let mut scopes = self
            .grants
            .iter()
            .filter(|grant| principal.has_role(grant.role) && grant.actions.contains(&action))
            .map(|grant| grant.scope)
            .peekable();
        scopes.peek()?;
        Some(if scopes.any(|scope| scope == Scope::Any) { Scope::Any } else { Scope::Own })
    }
}

/// A version of an object as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub id: ObjectId,
    pub kind: String,
    pub version: u32,
    pub schema: u16,
    /// Canonical JSON; empty when the content has been erased.
    pub body: String,
    pub label: LabelId,
    /// The organisation it belongs to.
    pub owner: Option<String>,
    /// The account that saved this version.
    pub author: ObjectId,
    pub created_at: Timestamp,
    pub recorded_at: Timestamp,
    /// Invented for a demonstration or an exercise; says so wherever it is shown.
    pub synthetic: bool,
    pub erased: bool,
}

/// A record together with what the kernel knows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Stored<T> {
    pub id: ObjectId,
    /// Name this when saving: a save over a version that is no longer the newest is a conflict.
    pub version: u32,
    pub label: Label,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    pub author: ObjectId,
    pub created_at: Timestamp,
    pub recorded_at: Timestamp,
    /// Invented for a demonstration or an exercise.
    pub synthetic: bool,
    pub record: T,
}

/// Which versions of an object exist; the bodies are read one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct VersionSummary {
    pub version: u32,
    pub author: ObjectId,
    pub recorded_at: Timestamp,
    pub erased: bool,
}

/// A directed, named tie between two objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
pub struct Relation {
    pub from: ObjectId,
    /// A verb phrase: `caused_by`, `evidence_for`, `answers`.
    pub name: String,
    pub to: ObjectId,
}
