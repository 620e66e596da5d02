//! The JSON formats. One pass over the root object: its members may come in any order, and the lists that make a file
//! big are handed on entry by entry.

use std::{fmt, io::BufRead, rc::Rc};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    element::{
        CycloneDxDependency, CycloneDxHash, CycloneDxSupplier, CycloneDxSwid, SpdxCreation, SpdxPackage,
        SpdxRelationship,
    },
    graph::short,
    guard::{Guard, Place},
    model::{Component, Fault, Format, Hash, Limits, Relation, RelationKind},
    reader::{Gather, fault},
    spdx_tag::spdx_relation,
    spdx3,
};

const CYCLONEDX_VERSIONS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

#[derive(Clone, Copy)]
enum Segment {
    Name(&'static str),
    Index(u64),
}

/// What the visitors share.
pub struct Context<'g, 's> {
    pub gather: &'g mut Gather<'s>,
    place: Rc<Place>,
    limits: Limits,
    path: Vec<Segment>,
    bom_format: bool,
}

impl Context<'_, '_> {
    pub fn line(&self) -> u64 {
        self.place.line.get()
    }

    /// A new element that is kept begins.
    fn keep(&self) {
        self.place.budget.set(self.limits.element_bytes);
    }

    fn pass(&self) {
        self.place.budget.set(u64::MAX);
    }

    fn path(&self) -> String {
        let mut text = String::new();
        for segment in &self.path {
            match segment {
                Segment::Name(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Segment::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        if text.is_empty() { "document".into() } else { text }
    }

    /// The next value of `name`, kept whole. The path stays when it cannot be read.
    fn value<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
        &mut self,
        map: &mut A,
        name: &'static str,
    ) -> Result<T, A::Error> {
        self.path.push(Segment::Name(name));
        let value = map.next_value()?;
        self.path.pop();
        Ok(value)
    }

    /// Entries of a list one after another.
    fn each<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        name: &'static str,
        entry: Entry,
        depth: u32,
    ) -> Result<(), A::Error> {
        self.path.push(Segment::Name(name));
        map.next_value_seed(Entries { context: self, entry, depth })?;
        self.path.pop();
        Ok(())
    }
}

pub fn read<R: BufRead>(
    source: R,
    place: &Rc<Place>,
    limits: Limits,
    gather: &mut Gather<'_>,
) -> Result<(), Fault> {
    let first_line = place.line.get();
    let guard = Guard::new(source, Rc::clone(place), limits);
    let mut deserializer = serde_json::Deserializer::from_reader(guard);
    let mut context =
        Context { gather, place: Rc::clone(place), limits, path: Vec::new(), bom_format: false };
    let read =
        Root { context: &mut context }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Err(error) = read {
        let path = context.path();
        if let Some(reason) = place.refused.borrow_mut().take() {
            return Err(fault(place.line.get(), path, reason));
        }
        let text = error.to_string();
        let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
        let line = first_line + (error.line() as u64).max(1) - 1;
        return Err(fault(line, path, short(reason)));
    }
    finish(&context).map_err(|(path, reason)| fault(first_line, path, reason))
}

fn finish(context: &Context<'_, '_>) -> Result<(), (&'static str, String)> {
    let document = &context.gather.document;
    let version = short(&document.version);
    match document.format {
        Format::CycloneDxJson if !context.bom_format => {
            Err(("document", "is no CycloneDX (bomFormat), SPDX 2 (spdxVersion) or SPDX 3 (@graph)".into()))
        }
        Format::CycloneDxJson if !CYCLONEDX_VERSIONS.contains(&version) => {
            Err(("specVersion", format!("`{version}` is no version from 1.2 to 1.7")))
        }
        Format::SpdxJson if !matches!(version, "2.0" | "2.1" | "2.2" | "2.3") => {
            Err(("spdxVersion", format!("`{version}` is no version from 2.0 to 2.3")))
        }
        _ => Ok(()),
    }
}

struct Root<'c, 'g, 's> {
    context: &'c mut Context<'g, 's>,
}

impl<'de> DeserializeSeed<'de> for Root<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a bill of materials (an object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let context = self.context;
        let mut single = spdx3::Single::default();
        loop {
            context.keep();
            let Some(name) = map.next_key::<String>()? else { break };
            match name.as_str() {
                "bomFormat" => {
                    let format: String = context.value(&mut map, "bomFormat")?;
                    if format != "CycloneDX" {
                        context.path.push(Segment::Name("bomFormat"));
                        return Err(A::Error::custom("must be `CycloneDX`"));
                    }
                    context.bom_format = true;
                }
                "specVersion" => {
                    let version: String = context.value(&mut map, "specVersion")?;
                    // SPDX 3 has a member of this name too.
                    if context.gather.document.version.is_empty() {
                        context.gather.document.version = version;
                    }
                }
                "serialNumber" => {
                    context.gather.document.id = context.value(&mut map, "serialNumber")?;
                }
                "version" => context.gather.document.revision = context.value(&mut map, "version")?,
                "metadata" => {
                    context.path.push(Segment::Name("metadata"));
                    map.next_value_seed(Metadata { context })?;
                    context.path.pop();
                }
                "components" => context.each(&mut map, "components", Entry::Component, 0)?,
                "dependencies" => context.each(&mut map, "dependencies", Entry::Dependency, 0)?,
                "@graph" => {
                    context.gather.document.format = Format::SpdxJsonLd;
                    context.each(&mut map, "@graph", Entry::Graph, 0)?;
                }
                "@context" => {
                    context.gather.document.format = Format::SpdxJsonLd;
                    context.pass();
                    map.next_value::<IgnoredAny>()?;
                }
                "name" => context.gather.document.name = context.value(&mut map, "name")?,
                _ => {
                    if !spdx_member(context, &name, &mut map)? && !single.take(&name, &mut map)? {
                        context.pass();
                        map.next_value::<IgnoredAny>()?;
                    }
                }
            }
        }
        if context.gather.document.format == Format::SpdxJsonLd {
            single.element(context);
        }
        Ok(())
    }
}

/// A member of the root of SPDX 2; false when the name is none.
fn spdx_member<'de, A: MapAccess<'de>>(
    context: &mut Context<'_, '_>,
    name: &str,
    map: &mut A,
) -> Result<bool, A::Error> {
    match name {
        "spdxVersion" => {
            let version: String = context.value(map, "spdxVersion")?;
            context.gather.document.format = Format::SpdxJson;
            context.gather.document.version = version.trim_start_matches("SPDX-").to_owned();
        }
        "documentNamespace" => {
            context.gather.document.id = context.value(map, "documentNamespace")?;
        }
        "creationInfo" => {
            let creation: SpdxCreationOrLink = context.value(map, "creationInfo")?;
            if let SpdxCreationOrLink::Creation(creation) = creation {
                context.gather.document.created = creation.created;
            }
        }
        "documentDescribes" => context.each(map, "documentDescribes", Entry::Described, 0)?,
        "packages" => context.each(map, "packages", Entry::Package, 0)?,
        "relationships" => context.each(map, "relationships", Entry::Relationship, 0)?,
        _ => return Ok(false),
    }
    Ok(true)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SpdxCreationOrLink {
    Creation(SpdxCreation),
    /// SPDX 3 points at an element.
    Link(IgnoredAny),
}

struct Metadata<'c, 'g, 's> {
    context: &'c mut Context<'g, 's>,
}

impl<'de> DeserializeSeed<'de> for Metadata<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Metadata<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("metadata (an object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let context = self.context;
        loop {
            context.keep();
            let Some(name) = map.next_key::<String>()? else { return Ok(()) };
            match name.as_str() {
                "timestamp" => context.gather.document.created = context.value(&mut map, "timestamp")?,
                "component" => {
                    context.path.push(Segment::Name("component"));
                    map.next_value_seed(One { context, depth: 0, is_subject: true })?;
                    context.path.pop();
                }
                _ => {
                    context.pass();
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Entry {
    Component,
    Dependency,
    Described,
    Package,
    Relationship,
    Graph,
}

struct Entries<'c, 'g, 's> {
    context: &'c mut Context<'g, 's>,
    entry: Entry,
    depth: u32,
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    /// `null` stands for an empty list.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Entries { context, entry, depth } = self;
        for index in 0.. {
            context.path.push(Segment::Index(index));
            context.keep();
            let more = match entry {
                Entry::Component => {
                    seq.next_element_seed(One { context, depth, is_subject: false })?.is_some()
                }
                _ => next(&mut seq, context, entry)?,
            };
            context.path.pop();
            if !more {
                break;
            }
        }
        Ok(())
    }
}

/// The next entry of a list other than components.
fn next<'de, A: SeqAccess<'de>>(
    seq: &mut A,
    context: &mut Context<'_, '_>,
    entry: Entry,
) -> Result<bool, A::Error> {
    match entry {
        Entry::Dependency => {
            let Some(dependency) = seq.next_element::<CycloneDxDependency>()? else { return Ok(false) };
            let line = context.line();
            let kinds = [
                (RelationKind::DependsOn, dependency.depends_on),
                (RelationKind::Provides, dependency.provides),
            ];
            for (kind, targets) in kinds {
                for to in targets {
                    let from = dependency.reference.clone();
                    context.gather.relation(Relation { line, from, kind, to });
                }
            }
        }
        Entry::Described => {
            let Some(to) = seq.next_element::<String>()? else { return Ok(false) };
            let from = "SPDXRef-DOCUMENT".to_owned();
            let line = context.line();
            context.gather.relation(Relation { line, from, kind: RelationKind::Describes, to });
        }
        Entry::Package => {
            let Some(package) = seq.next_element::<SpdxPackage>()? else { return Ok(false) };
            let component = package.component(context.line());
            // Real tools write packages with an empty name.
            if component.name.is_empty() && component.reference.is_none() {
                return Err(A::Error::custom("a package must have a name or an identifier"));
            }
            context.gather.component(component);
        }
        Entry::Relationship => {
            let Some(relation) = seq.next_element::<SpdxRelationship>()? else { return Ok(false) };
            let (from, to) = (relation.spdx_element_id, relation.related_spdx_element);
            let relation = spdx_relation(from, &relation.relationship_type, to, context.line());
            context.gather.relation(relation);
        }
        Entry::Graph | Entry::Component => {
            let Some(element) = seq.next_element()? else { return Ok(false) };
            spdx3::take(element, context);
        }
    }
    Ok(true)
}

/// One component, with those inside it.
struct One<'c, 'g, 's> {
    context: &'c mut Context<'g, 's>,
    depth: u32,
    is_subject: bool,
}

impl<'de> DeserializeSeed<'de> for One<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a component (an object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let One { context, depth, is_subject } = self;
        let mut component = Component { depth, is_subject, ..Component::default() };
        let mut named = false;
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "bom-ref" => component.reference = context.value(&mut map, "bom-ref")?,
                "type" => component.kind = context.value(&mut map, "type")?,
                "group" => component.group = context.value(&mut map, "group")?,
                "name" => {
                    component.name = context.value(&mut map, "name")?;
                    named = true;
                }
                "version" => component.version = context.value(&mut map, "version")?,
                "versionRange" => component.version_range = context.value(&mut map, "versionRange")?,
                "scope" => component.scope = context.value(&mut map, "scope")?,
                "purl" => component.purls.extend(context.value::<_, Option<String>>(&mut map, "purl")?),
                "cpe" => component.cpes.extend(context.value::<_, Option<String>>(&mut map, "cpe")?),
                "supplier" => {
                    let supplier: Option<CycloneDxSupplier> = context.value(&mut map, "supplier")?;
                    component.supplier = supplier.and_then(|supplier| supplier.name);
                }
                "swid" => {
                    let swid: Option<CycloneDxSwid> = context.value(&mut map, "swid")?;
                    component.swid = swid.and_then(|swid| swid.tag_id);
                }
                "hashes" => {
                    let hashes: Option<Vec<CycloneDxHash>> = context.value(&mut map, "hashes")?;
                    component.hashes.extend(
                        hashes.into_iter().flatten().map(|hash| Hash {
                            algorithm: hash.alg,
                            value: hash.content.to_ascii_lowercase(),
                        }),
                    );
                }
                "components" => {
                    context.each(&mut map, "components", Entry::Component, depth + 1)?;
                    context.keep();
                }
                _ => {
                    let left = context.place.budget.get();
                    context.pass();
                    map.next_value::<IgnoredAny>()?;
                    context.place.budget.set(left);
                }
            }
        }
        if !named {
            return Err(A::Error::custom("a component must have a name"));
        }
        component.line = context.line();
        context.gather.component(component);
        Ok(())
    }
}
