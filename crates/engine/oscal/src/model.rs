//! The OSCAL models as a table: which members each object has, in which order, of which type, and how each is written
//! in XML. Readers, writers, validation and resolution all follow it. It states the facts of OSCAL 1.2.3 (NIST's
//! metaschema, public domain) in a notation of our own:
//!
//! ```text
//! definition [root=NAME] [since=VERSION] [value=JSON-NAME:TYPE] [props=NAME|NAME…]
//!   @flagC TYPE …                an XML attribute
//!   elementC json-name TYPE …    a child element
//! ```
//!
//! `C` is `!` exactly one, `?` at most one, `*` any number, `+` at least one (the last two are arrays in JSON); `TYPE` is a
//! data type or `@definition`; `bare` = block markup without an element of its own; `in=NAME` = wrapped in that
//! element; `choice=A.B` = branch B of choice A; `of=…` = the values allowed; `since=` = the version it came with;
//! `single` = a lone object may stand for an array of one; `value=` = text content beside flags; `props=` = the names that
//! properties in OSCAL's own namespace may have there.

use std::collections::HashMap;
use std::sync::OnceLock;

mod datatype;
mod version;

pub use datatype::Datatype;
pub use version::{NEWEST, Version};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    One,
    Optional,
    Any,
    Some,
}

impl Occurs {
    #[must_use]
    pub fn many(self) -> bool {
        matches!(self, Occurs::Any | Occurs::Some)
    }

    #[must_use]
    pub fn required(self) -> bool {
        matches!(self, Occurs::One | Occurs::Some)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Leaf(Datatype),
    Object(usize),
}

#[derive(Debug)]
pub struct Member {
    pub flag: bool,
    pub xml: &'static str,
    pub json: &'static str,
    pub occurs: Occurs,
    pub shape: Type,
    pub bare: bool,
    pub wrapper: Option<&'static str>,
    pub choice: Option<(&'static str, &'static str)>,
    pub allowed: Vec<&'static str>,
    pub since: Option<Version>,
    pub single: bool,
}

#[derive(Debug)]
pub struct Definition {
    pub name: &'static str,
    pub root: Option<&'static str>,
    pub since: Option<Version>,
    /// The JSON name and type of the text content of an element that also has flags.
    pub value: Option<(&'static str, Datatype)>,
    /// The names that properties in OSCAL's own namespace may have in such an object; empty: not said.
    pub properties: Vec<&'static str>,
    pub members: Vec<Member>,
}

impl Definition {
    #[must_use]
    pub fn by_json(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.json == name)
    }

    #[must_use]
    pub fn by_element(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| !member.flag && !member.bare && member.xml == name)
    }

    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.flag && member.xml == name)
    }

    /// The member that holds block markup without an element of its own.
    #[must_use]
    pub fn bare(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.bare)
    }

    /// The place of a member in canonical order; unknown members come last.
    #[must_use]
    pub fn rank(&self, json: &str) -> usize {
        self.members.iter().position(|member| member.json == json).unwrap_or(usize::MAX)
    }
}

pub struct Model {
    definitions: Vec<Definition>,
    names: HashMap<&'static str, usize>,
}

const TABLES: [&str; 8] = [
    include_str!("model/tables/metadata.txt"),
    include_str!("model/tables/catalog.txt"),
    include_str!("model/tables/profile.txt"),
    include_str!("model/tables/mapping.txt"),
    include_str!("model/tables/component.txt"),
    include_str!("model/tables/system.txt"),
    include_str!("model/tables/assessment.txt"),
    include_str!("model/tables/plan.txt"),
];

impl Model {
    /// The table, read once.
    pub fn get() -> &'static Model {
        static MODEL: OnceLock<Model> = OnceLock::new();
        MODEL.get_or_init(|| Model::parse(&TABLES))
    }

    /// The definition of a document, by the name of its root.
    #[must_use]
    pub fn root(&self, name: &str) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.root == Some(name))
    }

    #[must_use]
    pub fn definition(&self, index: usize) -> &Definition {
        &self.definitions[index]
    }

    /// A definition that the crate itself relies on, by name.
    #[must_use]
    pub fn named(&self, name: &str) -> &Definition {
        &self.definitions[self.names[name]]
    }

    /// The names of all document roots.
    pub fn roots(&self) -> impl Iterator<Item = &'static str> {
        self.definitions.iter().filter_map(|definition| definition.root)
    }

    fn parse(tables: &[&'static str]) -> Model {
        let lines = || {
            tables
                .iter()
                .flat_map(|table| table.lines())
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
        };
        let heads = lines().filter(|line| !line.starts_with(' '));
        let names: HashMap<_, _> = heads
            .enumerate()
            .map(|(index, line)| (line.split(' ').next().unwrap_or_default(), index))
            .collect();
        let mut definitions: Vec<Definition> = Vec::new();
        for line in lines() {
            match line.strip_prefix("  ") {
                None => definitions.push(head(line)),
                Some(member) => {
                    let owner = definitions.last_mut().expect("a table begins with a definition");
                    owner.members.push(parse_member(member, &names));
                }
            }
        }
        Model { definitions, names }
    }
}

fn head(line: &'static str) -> Definition {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let mut definition = Definition {
        name,
        root: None,
        since: None,
        value: None,
        properties: Vec::new(),
        members: Vec::new(),
    };
    for word in words {
        match word.split_once('=') {
            Some(("root", root)) => definition.root = Some(root),
            Some(("since", version)) => definition.since = Version::parse(version),
            Some(("props", names)) => definition.properties = names.split('|').collect(),
            Some(("value", pair)) => {
                let (json, datatype) = pair.split_once(':').expect("value=NAME:TYPE");
                definition.value = Some((json, Datatype::named(datatype)));
            }
            _ => panic!("unknown word {word:?} in the table"),
        }
    }
    definition
}

fn parse_member(line: &'static str, names: &HashMap<&'static str, usize>) -> Member {
    let mut words = line.split(' ');
    let first = words.next().unwrap_or_default();
    let (flag, first) = first.strip_prefix('@').map_or((false, first), |rest| (true, rest));
    let (xml, mark) = first.split_at(first.len() - 1);
    let occurs = match mark {
        "!" => Occurs::One,
        "?" => Occurs::Optional,
        "*" => Occurs::Any,
        "+" => Occurs::Some,
        _ => panic!("no mark of occurrence in {line:?}"),
    };
    let json = if flag { xml } else { words.next().unwrap_or_default() };
    let word = words.next().unwrap_or_default();
    let shape = match word.strip_prefix('@') {
        Some(name) => Type::Object(*names.get(name).unwrap_or_else(|| panic!("no definition {name}"))),
        None => Type::Leaf(Datatype::named(word)),
    };
    let (bare, wrapper, choice, allowed, since, single) = (false, None, None, Vec::new(), None, false);
    let mut member = Member { flag, xml, json, occurs, shape, bare, wrapper, choice, allowed, since, single };
    for word in words {
        match word.split_once('=') {
            None if word == "bare" => member.bare = true,
            None if word == "single" => member.single = true,
            Some(("in", name)) => member.wrapper = Some(name),
            Some(("choice", branch)) => member.choice = branch.split_once('.'),
            Some(("of", values)) => member.allowed = values.split('|').collect(),
            Some(("since", version)) => member.since = Version::parse(version),
            _ => panic!("unknown word {word:?} in the table"),
        }
    }
    member
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eight_models_are_there() {
        let roots: Vec<_> = Model::get().roots().collect();
        for root in [
            "catalog",
            "profile",
            "mapping-collection",
            "component-definition",
            "system-security-plan",
            "assessment-plan",
            "assessment-results",
            "plan-of-action-and-milestones",
        ] {
            assert!(roots.contains(&root), "{root} is missing");
        }
        assert_eq!(roots.len(), 8);
    }

    #[test]
    fn json_names_are_unique_in_a_definition() {
        for definition in &Model::get().definitions {
            for (index, member) in definition.members.iter().enumerate() {
                assert_eq!(definition.rank(member.json), index, "{} of {}", member.json, definition.name);
            }
        }
    }
}
