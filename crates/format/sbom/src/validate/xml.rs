//! CycloneDX as XML: content models and attributes of the XML Schema, walked over the tree.
//!
//! The content models are deterministic (the schema demands it), so that taking what fits, in order, decides.

use std::{collections::BTreeMap, collections::HashMap, sync::OnceLock};

use serde::Deserialize;

use super::{
    FINDINGS, Finding,
    tree::{self, Element},
    xml_type::{Simple, check},
};
use crate::{
    graph::short,
    model::{Fault, Limits},
    reader::fault,
};

const GRAMMARS: [(&str, &str); 4] = [
    ("1.4", include_str!("../../rules/cyclonedx-1.4.xml.json")),
    ("1.5", include_str!("../../rules/cyclonedx-1.5.xml.json")),
    ("1.6", include_str!("../../rules/cyclonedx-1.6.xml.json")),
    ("1.7", include_str!("../../rules/cyclonedx-1.7.xml.json")),
];

/// The schema of one version (made by `rules/generate.py`).
#[derive(Deserialize)]
pub struct Grammar {
    namespace: String,
    elements: BTreeMap<String, String>,
    pub types: BTreeMap<String, Type>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Type {
    Complex(Complex),
    Simple(Simple),
}

#[derive(Deserialize)]
pub struct Complex {
    attributes: BTreeMap<String, Attribute>,
    #[serde(rename = "anyAttribute", default)]
    any_attribute: Option<String>,
    #[serde(default)]
    mixed: bool,
    /// The type of the text, where the content is text.
    text: Option<String>,
    content: Option<Particle>,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "type")]
    kind: String,
    required: bool,
}

#[derive(Deserialize)]
struct Particle {
    min: usize,
    /// No number: as often as one likes.
    max: Option<usize>,
    #[serde(flatten)]
    term: Term,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Term {
    Element {
        element: String,
        #[serde(rename = "type")]
        kind: String,
    },
    Any {
        any: String,
    },
    Sequence {
        sequence: Vec<Particle>,
    },
    Choice {
        choice: Vec<Particle>,
    },
}

fn grammar(version: &str) -> Option<&'static Grammar> {
    static PARSED: [OnceLock<Grammar>; 4] = [const { OnceLock::new() }; 4];
    let index = GRAMMARS.iter().position(|(known, _)| *known == version)?;
    Some(PARSED[index].get_or_init(|| {
        serde_json::from_str(GRAMMARS[index].1).expect("a committed rule file has this shape")
    }))
}

pub fn validate(document: &[u8], limits: Limits) -> Result<Vec<Finding>, Fault> {
    let root = tree::parse(document, limits)?;
    let version = root.namespace.rsplit('/').next().unwrap_or("");
    let Some(grammar) = grammar(version).filter(|grammar| grammar.namespace == root.namespace) else {
        let reason = format!("`{}` is no namespace of CycloneDX 1.4 to 1.7", short(&root.namespace));
        return Err(fault(root.line, short(&root.name), reason));
    };
    let mut walk = Walk { grammar, findings: Vec::new(), path: Vec::new(), references: HashMap::new() };
    match grammar.elements.get(&root.name) {
        Some(kind) => walk.element(&root, kind),
        None => walk.find(root.line, format!("`{}` begins no document", short(&root.name))),
    }
    Ok(walk.findings)
}

struct Walk<'a> {
    grammar: &'static Grammar,
    findings: Vec<Finding>,
    path: Vec<&'a str>,
    /// `bom-ref` and the line on which it was given: unique in the document.
    references: HashMap<&'a str, u64>,
}

impl<'a> Walk<'a> {
    fn find(&mut self, line: u64, rule: String) {
        if self.findings.len() < FINDINGS {
            let path = self.path.join("/");
            self.findings.push(Finding { line: Some(line), path, rule });
        }
    }

    fn element(&mut self, element: &'a Element, kind: &str) {
        self.path.push(&element.name);
        match self.grammar.types.get(kind) {
            Some(Type::Complex(complex)) => self.complex(element, complex),
            _ => {
                self.attributes(element, &BTreeMap::new(), false);
                if let Some(child) = element.children.first() {
                    self.find(child.line, format!("`{}` may not stand in a text", short(&child.name)));
                }
                if let Err(rule) = check(self.grammar, kind, &element.text) {
                    self.find(element.line, rule);
                }
            }
        }
        self.path.pop();
    }

    fn complex(&mut self, element: &'a Element, complex: &'static Complex) {
        self.attributes(element, &complex.attributes, complex.any_attribute.is_some());
        if let Some(text) = &complex.text {
            if let Some(child) = element.children.first() {
                self.find(child.line, format!("`{}` may not stand in a text", short(&child.name)));
            }
            if let Err(rule) = check(self.grammar, text, &element.text) {
                self.find(element.line, rule);
            }
            return;
        }
        if !complex.mixed && !element.text.trim().is_empty() {
            self.find(element.line, "text may not stand between the tags here".into());
        }
        let mut place = 0;
        if let Some(content) = &complex.content
            && let Err(rule) = self.particle(content, &element.children, &mut place)
        {
            let line = element.children.get(place).map_or(element.line, |child| child.line);
            self.find(line, rule);
            return;
        }
        if let Some(child) = element.children.get(place) {
            self.find(child.line, format!("`{}` may not stand here", short(&child.name)));
        }
    }

    fn attributes(&mut self, element: &'a Element, known: &BTreeMap<String, Attribute>, any: bool) {
        for (name, value) in &element.attributes {
            match known.get(name) {
                Some(attribute) => {
                    if let Err(rule) = check(self.grammar, &attribute.kind, value) {
                        self.find(element.line, format!("{name}: {rule}"));
                    }
                }
                None if any => {}
                None => self.find(element.line, format!("has no attribute `{}`", short(name))),
            }
            if name == "bom-ref"
                && let Some(first) = self.references.insert(value, element.line)
            {
                let value = short(value);
                self.find(element.line, format!("bom-ref: `{value}` was given at line {first} already"));
            }
        }
        for (name, _) in known.iter().filter(|(_, attribute)| attribute.required) {
            if !element.attributes.iter().any(|(given, _)| given == name) {
                self.find(element.line, format!("must have the attribute `{name}`"));
            }
        }
    }

    /// Takes children from `place` on as the particle allows.
    fn particle(
        &mut self,
        particle: &'static Particle,
        children: &'a [Element],
        place: &mut usize,
    ) -> Result<(), String> {
        let mut count = 0;
        while particle.max.is_none_or(|max| count < max) {
            let before = *place;
            if !self.begins(&particle.term, children.get(before)) {
                break;
            }
            self.term(&particle.term, children, place)?;
            count += 1;
            if *place == before {
                break;
            }
        }
        // What may be empty is there as often as it must be.
        if count < particle.min && !may_be_empty(&particle.term) {
            return Err(match children.get(*place) {
                Some(child) => {
                    format!("{} must stand before `{}`", wanted(&particle.term), short(&child.name))
                }
                None => format!("{} is missing", wanted(&particle.term)),
            });
        }
        Ok(())
    }

    fn term(
        &mut self,
        term: &'static Term,
        children: &'a [Element],
        place: &mut usize,
    ) -> Result<(), String> {
        match term {
            Term::Element { kind, .. } => {
                self.element(&children[*place], kind);
                *place += 1;
            }
            Term::Any { .. } => *place += 1,
            Term::Sequence { sequence } => {
                for particle in sequence {
                    self.particle(particle, children, place)?;
                }
            }
            Term::Choice { choice } => {
                let child = children.get(*place);
                if let Some(particle) = choice.iter().find(|particle| self.begins(&particle.term, child)) {
                    self.particle(particle, children, place)?;
                }
            }
        }
        Ok(())
    }

    /// Whether the term can begin with this child.
    fn begins(&self, term: &Term, child: Option<&Element>) -> bool {
        let Some(child) = child else { return false };
        let own = child.namespace == self.grammar.namespace;
        match term {
            Term::Element { element, .. } => own && *element == child.name,
            Term::Any { any } => any == "##any" || !own,
            Term::Sequence { sequence } => {
                for particle in sequence {
                    if self.begins(&particle.term, Some(child)) {
                        return true;
                    }
                    if particle.min > 0 && !may_be_empty(&particle.term) {
                        return false;
                    }
                }
                false
            }
            Term::Choice { choice } => choice.iter().any(|particle| self.begins(&particle.term, Some(child))),
        }
    }
}

fn may_be_empty(term: &Term) -> bool {
    let empty = |particle: &Particle| particle.min == 0 || may_be_empty(&particle.term);
    match term {
        Term::Element { .. } | Term::Any { .. } => false,
        Term::Sequence { sequence } => sequence.iter().all(empty),
        Term::Choice { choice } => choice.is_empty() || choice.iter().any(empty),
    }
}

fn wanted(term: &Term) -> String {
    match term {
        Term::Element { element, .. } => format!("`{element}`"),
        Term::Any { .. } => "another tag".into(),
        Term::Sequence { sequence } => sequence
            .iter()
            .find(|particle| particle.min > 0 && !may_be_empty(&particle.term))
            .map_or_else(|| "a tag".into(), |particle| wanted(&particle.term)),
        Term::Choice { choice } => {
            choice.iter().map(|particle| wanted(&particle.term)).collect::<Vec<_>>().join(" or ")
        }
    }
}
