//! The tables of a node in a form that does not depend on the data base.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Integer,
    /// 0 or 1.
    Flag,
    Text,
    Bytes,
}

/// A table and its columns, in the order of an archive row.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Column)],
}

/// Every table whose rows cannot be derived from others, parents first.
pub const TABLES: &[Table] = {
    use Column::{Bytes, Flag, Integer, Text};
    &[
        Table { name: "kind", columns: &[("number", Integer), ("name", Text)] },
        Table {
            name: "field",
            columns: &[("number", Integer), ("kind", Integer), ("name", Text), ("facet", Flag)],
        },
        Table { name: "label", columns: &[("number", Integer), ("content", Text)] },
        Table {
            name: "object",
            columns: &[
                ("sequence", Integer),
                ("id", Bytes),
                ("kind", Integer),
                ("label", Integer),
                ("version", Integer),
                ("owner", Text),
                ("created_at", Integer),
                ("recorded_at", Integer),
                ("synthetic", Flag),
                ("erased", Flag),
                ("fields", Bytes),
            ],
        },
        Table {
            name: "version",
            columns: &[
                ("object", Integer),
                ("version", Integer),
                ("schema", Integer),
                ("label", Integer),
                ("owner", Text),
                ("author", Bytes),
                ("recorded_at", Integer),
                ("synthetic", Flag),
                ("salt", Bytes),
                ("body", Text),
            ],
        },
        Table { name: "relation", columns: &[("source", Integer), ("name", Text), ("target", Integer)] },
        Table { name: "consent", columns: &[("object", Integer), ("version", Integer), ("label", Integer)] },
        Table { name: "journal", columns: &[("position", Integer), ("object", Integer), ("entry", Bytes)] },
        Table { name: "tile", columns: &[("key", Integer), ("hashes", Bytes)] },
        Table {
            name: "event",
            columns: &[
                ("sequence", Integer),
                ("name", Text),
                ("object", Bytes),
                ("at", Integer),
                ("payload", Text),
            ],
        },
        Table {
            name: "job",
            columns: &[
                ("id", Integer),
                ("name", Text),
                ("payload", Text),
                ("state", Text),
                ("attempts", Integer),
                ("run_at", Integer),
                ("lease", Integer),
                ("lease_until", Integer),
                ("unique_key", Text),
                ("last_error", Text),
            ],
        },
        Table { name: "setting", columns: &[("name", Text), ("value", Bytes)] },
        Table {
            name: "account",
            columns: &[
                ("id", Bytes),
                ("name", Text),
                ("organisation", Text),
                ("communities", Text),
                ("roles", Text),
                ("password_hash", Text),
                ("totp_secret", Bytes),
                ("totp_last_step", Integer),
                ("oidc_subject", Text),
                ("disabled", Flag),
                ("created_at", Integer),
            ],
        },
        Table {
            name: "credential",
            columns: &[
                ("hash", Bytes),
                ("purpose", Text),
                ("account", Bytes),
                ("name", Text),
                ("created_at", Integer),
                ("expires_at", Integer),
            ],
        },
    ]
};

/// The table of a row.
///
/// # Errors
/// [`Error::Invalid`] for a name that no table has.
pub fn table(name: &str) -> Result<&'static Table> {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(|| Error::invalid("archive", format!("{name} is not a table of this version")))
}

/// One row: the name of its table and its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveRow {
    pub table: String,
    pub values: Vec<Value>,
}

impl ArchiveRow {
    /// The table, if the row fits it.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the table and the column.
    pub fn checked_table(&self) -> Result<&'static Table> {
        let table = table(&self.table)?;
        let wrong = |what: &str| Error::invalid(format!("archive, table {}", table.name), what);
        if self.values.len() != table.columns.len() {
            return Err(wrong("has another number of columns"));
        }
        for (value, (name, column)) in self.values.iter().zip(table.columns) {
            let fits = match value {
                Value::Null => true,
                Value::Integer(_) => matches!(column, Column::Integer | Column::Flag),
                Value::Text(_) => *column == Column::Text,
                Value::Bytes(_) => *column == Column::Bytes,
            };
            if !fits {
                return Err(wrong(&format!("column {name} holds another type")));
            }
        }
        Ok(table)
    }

    /// An integer column of a row that [`ArchiveRow::checked_table`] has passed.
    pub fn integer(&self, column: usize) -> i64 {
        match self.values.get(column) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        }
    }

    pub fn text(&self, column: usize) -> &str {
        match self.values.get(column) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub fn bytes(&self, column: usize) -> &[u8] {
        match self.values.get(column) {
            Some(Value::Bytes(Base64(bytes))) => bytes,
            _ => &[],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Base64),
}

/// Bytes, written as base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        STANDARD.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}
