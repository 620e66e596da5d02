//! The import phase: finding the documents, refusing circles, taking catalogues apart.

use std::sync::Arc;

use base64::Engine;

use super::select::Rule;
use super::{Item, Loose, Parts, Run};
use crate::document::{Document, Kind, Syntax};
use crate::error::{Error, Result};
use crate::model::Version;
use crate::tree::{Node, Object};

impl Run<'_> {
    /// Follows one import and selects from it.
    pub(super) fn import(&mut self, profile: &Object, import: &Object, base: &str) -> Result<Parts> {
        let href = import.text("href").unwrap_or_default();
        let parts = match href.strip_prefix('#') {
            Some(fragment) => self.resource(profile, fragment, href, base)?,
            None => {
                let location = self.library.locate(href, base);
                let bytes =
                    self.library.fetch(&location).map_err(|reason| self.refused(href, "import", reason))?;
                self.source(&bytes, &location, href)?
            }
        };
        let rule = Rule::of_import(import, &parts);
        for id in rule.unknown_ids(&parts) {
            self.warn(format!("import of {href}: no control {id} there"));
        }
        Ok(rule.select(parts))
    }

    pub(super) fn refused(&self, href: &str, rule: &'static str, reason: String) -> Error {
        Error::Import { href: href.to_owned(), rule, reason, chain: self.chain.join(" -> ") }
    }

    /// A reference into the back matter: the first link of the resource that can be followed, else its embedded content.
    fn resource(&mut self, profile: &Object, uuid: &str, href: &str, base: &str) -> Result<Parts> {
        let back_matter = profile.get("back-matter").and_then(Node::as_object);
        let resources = back_matter.map_or(&[][..], |back| back.items("resources"));
        let found =
            resources.iter().filter_map(Node::as_object).find(|resource| resource.text("uuid") == Some(uuid));
        let Some(resource) = found else {
            return Err(self.refused(href, "import", "no such resource in the back matter".to_owned()));
        };
        let mut reasons = Vec::new();
        for link in links(resource) {
            let location = self.library.locate(link, base);
            match self.library.fetch(&location) {
                Ok(bytes) => return self.source(&bytes, &location, href),
                Err(reason) => reasons.push(reason),
            }
        }
        if let Some(embedded) =
            resource.get("base64").and_then(|node| node.get("value")).and_then(Node::as_text)
        {
            let clean: String = embedded.split_whitespace().collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(clean);
            let bytes = bytes.map_err(|error| self.refused(href, "base64", error.to_string()))?;
            return self.source(&bytes, &format!("{base}#{uuid}"), href);
        }
        if reasons.is_empty() {
            reasons.push("the resource has neither a link nor embedded content".to_owned());
        }
        Err(self.refused(href, "import", reasons.join("; ")))
    }

    /// A document that was fetched: a catalogue as it is, a profile resolved first.
    fn source(&mut self, bytes: &[u8], location: &str, href: &str) -> Result<Parts> {
        if self.chain.iter().any(|before| before == location) {
            return Err(self.refused(
                href,
                "circular-import",
                format!("circular: {location} is being resolved already"),
            ));
        }
        if self.chain.len() >= self.settings.depth {
            let reason = format!("more than {} profiles in a chain", self.settings.depth);
            return Err(self.refused(href, "import-depth", reason));
        }
        // A name may lie about its content; only YAML cannot be told from JSON by its first sign.
        let syntax = Syntax::of_name(location).filter(|syntax| *syntax == Syntax::Yaml);
        let document = Document::read(bytes, syntax, &self.settings.limits);
        let document =
            document.map_err(|error| self.refused(href, "import", format!("{location}: {error}")))?;
        match document.kind {
            Kind::Catalog => Ok(self.catalog(document, location)),
            Kind::Profile => self.profile(&document, location),
            other => Err(self.refused(
                href,
                "import",
                format!("{location} is a {}, no catalog or profile", other.name()),
            )),
        }
    }

    fn catalog(&mut self, document: Document, location: &str) -> Parts {
        let identity = match document.uuid() {
            "" => location.to_owned(),
            uuid => uuid.to_owned(),
        };
        let origin = self.origins.iter().position(|known| *known == identity).unwrap_or_else(|| {
            self.origins.push(identity);
            self.origins.len() - 1
        });
        let version = document.oscal_version();
        let kept = kept(&document);
        let mut body = document.into_body();
        let mut taker = Taker { origin, ordinal: 0, loose: Vec::new() };
        taker.loose(&mut body, false);
        let controls = taker.items(&mut body, "controls", false);
        let groups = taker.items(&mut body, "groups", true);
        let resources = match body.get_mut("back-matter").and_then(Node::as_object_mut) {
            Some(back_matter) => back_matter.take_items("resources"),
            None => Vec::new(),
        };
        let candidate = version.as_ref().is_some_and(Version::is_candidate);
        Parts { version, loose: taker.loose, groups, controls, resources, kept, candidate }
    }
}

/// The links of a resource, those first that say or look as if they lead to an OSCAL document.
fn links(resource: &Object) -> Vec<&str> {
    let mut links: Vec<(bool, &str)> = resource
        .items("rlinks")
        .iter()
        .filter_map(|link| {
            let href = link.get("href")?.as_text()?;
            let media = link.get("media-type").and_then(Node::as_text).unwrap_or_default();
            let fits = Syntax::of_name(href).is_some()
                || ["json", "xml", "yaml"].iter().any(|syntax| media.contains(syntax));
            Some((!fits, href))
        })
        .collect();
    links.sort_by_key(|(other, _)| *other);
    links.into_iter().map(|(_, href)| href).collect()
}

fn kept(document: &Document) -> Vec<(&'static str, Node)> {
    let Some(metadata) = document.metadata() else { return Vec::new() };
    let arrays = ["roles", "parties"];
    arrays
        .iter()
        .flat_map(|&name| {
            metadata.items(name).iter().filter(|node| is_kept(node)).map(move |node| (name, node.clone()))
        })
        .collect()
}

/// Whether an object has the property `keep` with the value `always`.
pub(super) fn is_kept(node: &Node) -> bool {
    node.get("props").is_some_and(|props| {
        let text = |prop: &Node, name: &str| prop.get(name).and_then(Node::as_text).map(str::to_owned);
        props.items().iter().any(|prop| {
            text(prop, "name").as_deref() == Some("keep") && text(prop, "value").as_deref() == Some("always")
        })
    })
}

struct Taker {
    origin: usize,
    ordinal: usize,
    loose: Vec<Loose>,
}

impl Taker {
    fn loose(&mut self, body: &mut Object, grouped: bool) {
        self.loose.extend(body.take_items("params").into_iter().map(|body| Loose { body, grouped }));
    }

    fn items(&mut self, body: &mut Object, name: &str, groups: bool) -> Vec<Item> {
        let nodes = body.take_items(name);
        nodes.into_iter().filter_map(|node| self.item(node, groups)).collect()
    }

    fn item(&mut self, mut node: Node, group: bool) -> Option<Item> {
        let mut body = std::mem::take(node.as_object_mut()?);
        let ordinal = self.ordinal;
        self.ordinal += 1;
        if group {
            self.loose(&mut body, true);
        }
        // Controls stand before groups, the canonical order of a catalogue.
        let controls = self.items(&mut body, "controls", false);
        let groups = if group { self.items(&mut body, "groups", true) } else { Vec::new() };
        Some(Item { body: Arc::new(body), origin: self.origin, ordinal, groups, controls })
    }
}
