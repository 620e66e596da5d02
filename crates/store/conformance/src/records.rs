//! Records that exist for the suite only.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shinayaka_kernel::{
    error::{Error, Result},
    label::{Action, Role},
    object::{Field, FieldValues, Grant, Record, RecordKind, Scope, unknown_schema},
};

/// A record with every sort of index field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub title: String,
    pub text: String,
    /// Few values: counted.
    pub sector: String,
    /// Few values, and numbers.
    pub severity: i64,
    /// Many values: sorted by. A notice without one is not in lists by it.
    pub due: Option<i64>,
    /// Several values of one field.
    pub tags: Vec<String>,
}

impl Notice {
    pub fn titled(title: &str) -> Self {
        Self {
            title: title.into(),
            text: String::new(),
            sector: "water".into(),
            severity: 1,
            due: None,
            tags: Vec::new(),
        }
    }
}

impl Record for Notice {
    const KIND: &'static str = "conformance_notice";
    const SCHEMA: u16 = 2;
    const FIELDS: &'static [Field] = &[
        Field { name: "sector", facet: true },
        Field { name: "severity", facet: true },
        Field { name: "due", facet: false },
        Field { name: "tag", facet: true },
        Field { name: "title", facet: false },
    ];

    /// Schema 1 had no tags.
    fn upgrade(schema: u16, mut body: Value) -> Result<Value> {
        match (schema, body.as_object_mut()) {
            (1, Some(members)) => {
                members.insert("tags".into(), Value::Array(Vec::new()));
                Ok(body)
            }
            _ => Err(unknown_schema(Self::KIND, schema)),
        }
    }

    fn validate(&self) -> Result<()> {
        if self.title.is_empty() { Err(Error::invalid("title", "must not be empty")) } else { Ok(()) }
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("sector", &self.sector);
        values.integer("severity", self.severity);
        if let Some(due) = self.due {
            values.integer("due", due);
        }
        for tag in &self.tags {
            values.text("tag", tag);
        }
        values.text("title", &self.title);
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.title, &self.text]
    }
}

/// A second kind, which the public may not read at all and which is related to notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    pub text: String,
}

impl Record for Remark {
    const KIND: &'static str = "conformance_remark";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[];

    fn validate(&self) -> Result<()> {
        Ok(())
    }

    fn index(&self, _values: &mut FieldValues) {}

    fn title(&self) -> String {
        self.text.clone()
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.text]
    }
}

const NOTICE_GRANTS: &[Grant] = &[
    Grant { role: Role::Analyst, actions: &Action::ALL, scope: Scope::Any },
    Grant { role: Role::Assessor, actions: &[Action::Read], scope: Scope::Any },
    Grant { role: Role::Public, actions: &[Action::Read], scope: Scope::Any },
    Grant {
        role: Role::Officer,
        actions: &[Action::Read, Action::Create, Action::Update],
        scope: Scope::Own,
    },
];
const REMARK_GRANTS: &[Grant] = &[Grant { role: Role::Analyst, actions: &Action::ALL, scope: Scope::Any }];

pub fn kinds() -> Vec<RecordKind> {
    vec![RecordKind::of::<Notice>(NOTICE_GRANTS), RecordKind::of::<Remark>(REMARK_GRANTS)]
}
