//! A document of one of the eight models, in any of the three syntaxes.

use std::io::Read;

use crate::error::{Error, Place, Result};
use crate::limits::{Limits, read_bounded};
use crate::model::{Model, Version};
use crate::tree::{Node, Object};
use crate::{json, xml, yaml};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Json,
    Yaml,
    Xml,
}

impl Syntax {
    /// By the ending of a file's name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Syntax> {
        let name = name.split(['?', '#']).next().unwrap_or(name).to_ascii_lowercase();
        match name.rsplit_once('.')?.1 {
            "json" => Some(Syntax::Json),
            "yaml" | "yml" => Some(Syntax::Yaml),
            "xml" => Some(Syntax::Xml),
            _ => None,
        }
    }

    /// By the first sign of the text.
    #[must_use]
    pub fn of_text(text: &str) -> Syntax {
        match text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).bytes().next() {
            Some(b'<') => Syntax::Xml,
            Some(b'{' | b'[') => Syntax::Json,
            _ => Syntax::Yaml,
        }
    }
}

/// Which of OSCAL's models a document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Catalog,
    Profile,
    MappingCollection,
    ComponentDefinition,
    SystemSecurityPlan,
    AssessmentPlan,
    AssessmentResults,
    PlanOfAction,
}

impl Kind {
    const ALL: [(Kind, &'static str); 8] = [
        (Kind::Catalog, "catalog"),
        (Kind::Profile, "profile"),
        (Kind::MappingCollection, "mapping-collection"),
        (Kind::ComponentDefinition, "component-definition"),
        (Kind::SystemSecurityPlan, "system-security-plan"),
        (Kind::AssessmentPlan, "assessment-plan"),
        (Kind::AssessmentResults, "assessment-results"),
        (Kind::PlanOfAction, "plan-of-action-and-milestones"),
    ];

    /// The name of the root of such a document.
    #[must_use]
    pub fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// A document as it was read: nothing is lost or reordered until something is asked to change it.
#[derive(Clone, Debug)]
pub struct Document {
    pub kind: Kind,
    pub syntax: Syntax,
    /// An object with one member, named after the model (a `$schema` may stand beside it).
    pub tree: Node,
}

impl Document {
    /// Reads a document within `limits`; without a syntax the first sign of the text decides.
    ///
    /// # Errors
    /// [`Error::Syntax`] with line and column, rule `root` when it is no OSCAL document.
    pub fn read(input: impl Read, syntax: Option<Syntax>, limits: &Limits) -> Result<Document> {
        Document::parse(&read_bounded(input, limits)?, syntax, limits)
    }

    /// The same from a text in memory.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn parse(text: &str, syntax: Option<Syntax>, limits: &Limits) -> Result<Document> {
        let syntax = syntax.unwrap_or_else(|| Syntax::of_text(text));
        let mut tree = match syntax {
            Syntax::Json => json::read(text, limits)?,
            Syntax::Yaml => yaml::read(text, limits)?,
            Syntax::Xml => xml::read(text, limits)?,
        };
        if syntax == Syntax::Yaml {
            yaml::settle(&mut tree);
        }
        let found = tree.as_object().and_then(|object| {
            Kind::ALL.iter().find(|(_, name)| object.get(name).is_some_and(|node| node.as_object().is_some()))
        });
        match found {
            Some((kind, _)) => Ok(Document { kind: *kind, syntax, tree }),
            None => {
                let place = Place { line: tree.line, column: 0 };
                let names: Vec<_> = Model::get().roots().collect();
                Err(Error::syntax(
                    place,
                    "root",
                    format!("no OSCAL document: one of {} was expected", names.join(", ")),
                ))
            }
        }
    }

    /// A document made, not read.
    #[must_use]
    pub fn new(kind: Kind, body: Object) -> Document {
        let mut tree = Object::new();
        tree.set(kind.name(), body);
        Document { kind, syntax: Syntax::Json, tree: tree.into() }
    }

    /// What stands under the name of the model.
    #[must_use]
    pub fn body(&self) -> &Object {
        self.tree
            .get(self.kind.name())
            .and_then(Node::as_object)
            .expect("a document is only made with its body")
    }

    #[must_use]
    pub fn into_body(mut self) -> Object {
        let body = self.tree.as_object_mut().and_then(|tree| tree.remove(self.kind.name()));
        match body.map(|node| node.value) {
            Some(crate::tree::Value::Object(body)) => body,
            _ => Object::new(),
        }
    }

    #[must_use]
    pub fn uuid(&self) -> &str {
        self.body().text("uuid").unwrap_or_default()
    }

    #[must_use]
    pub fn metadata(&self) -> Option<&Object> {
        self.body().get("metadata")?.as_object()
    }

    #[must_use]
    pub fn title(&self) -> &str {
        self.metadata().and_then(|metadata| metadata.text("title")).unwrap_or_default()
    }

    /// The version of OSCAL which the document says it follows.
    #[must_use]
    pub fn oscal_version(&self) -> Option<Version> {
        Version::parse(self.metadata()?.text("oscal-version")?)
    }

    /// Writes the document; JSON and YAML keep the order of members, XML has the order of the model.
    #[must_use]
    pub fn write(&self, syntax: Syntax) -> String {
        match syntax {
            Syntax::Json => json::write(&self.tree),
            Syntax::Yaml => yaml::write(&self.tree),
            Syntax::Xml => xml::write(&self.tree).unwrap_or_default(),
        }
    }
}
