//! Profile resolution: a profile and what it imports become one catalogue (NIST, "OSCAL Profile Resolution", draft of
//! 2022 to 2026; the phases import, merge, modify and the final operations).
//!
//! NIST's text and NIST's expected results differ in places. Where they do, the expected results decide; each such
//! place is marked in the code and listed on the page `docs/methods/oscal.md`.

mod back_matter;
mod finish;
mod import;
mod merge;
mod modify;
mod select;

use std::collections::HashSet;
use std::sync::Arc;

use crate::document::{Document, Kind};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::model::Version;
use crate::tree::{Node, Object};

/// Gives the documents that a profile imports. `base` is the location of the importing document.
pub trait Library {
    /// The location that `href` means in a document at `base` (RFC 3986, section 5).
    fn locate(&self, href: &str, base: &str) -> String;

    /// The bytes at a location.
    ///
    /// # Errors
    /// A reason in words.
    fn fetch(&self, location: &str) -> std::result::Result<Vec<u8>, String>;
}

/// What resolution takes from outside, so that the same inputs give the same catalogue.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The `uuid` of the catalogue that results.
    pub uuid: String,
    /// Its `last-modified`: when the resolution was done.
    pub at: String,
    /// The `resolution-tool` of its metadata.
    pub tool: String,
    pub limits: Limits,
    /// How many profiles may import one another in a chain.
    pub depth: usize,
}

/// A resolved profile, and what a reader of the result should know.
#[derive(Debug)]
pub struct Resolved {
    pub catalog: Document,
    pub warnings: Vec<String>,
    /// Why imports could not be had. Only ever filled when none could, and the catalogue has no control: NIST's text of
    /// today demands an error then, its expected results are such catalogues, and this is both.
    pub refused: Vec<Error>,
}

/// Resolves the profile that stands at `location`.
///
/// # Errors
/// [`Error::Import`] when one of several imports cannot be had or goes in a circle, [`Error::Document`] when the profile
/// is none or its directives exclude one another. Nothing is resolved by halves.
pub fn resolve(
    profile: &Document,
    location: &str,
    library: &dyn Library,
    settings: &Settings,
) -> Result<Resolved> {
    let (chain, origins, warnings, refused) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut run = Run { library, settings, chain, origins, warnings, refused };
    let parts = run.profile(profile, location)?;
    let has_control = !parts.controls.is_empty() || parts.groups.iter().any(Item::holds_control);
    if has_control && !run.refused.is_empty() {
        return Err(run.refused.remove(0));
    }
    let catalog = finish::catalog(parts, profile, location, settings);
    let mut seen = HashSet::new();
    run.warnings.retain(|warning| seen.insert(warning.clone()));
    Ok(Resolved { catalog, warnings: run.warnings, refused: run.refused })
}

/// The state of one resolution.
struct Run<'a> {
    library: &'a dyn Library,
    settings: &'a Settings,
    /// The locations of the profiles under resolution, outermost first.
    chain: Vec<String>,
    /// The identities of the catalogues seen, so that an item knows its catalogue by a number.
    origins: Vec<String>,
    warnings: Vec<String>,
    refused: Vec<Error>,
}

/// A control or a group, apart from the controls and groups inside it.
#[derive(Clone, Debug)]
struct Item {
    /// Shared until something alters it, since a custom structure may place a control several times.
    body: Arc<Object>,
    /// Which catalogue it came from first, and at which place there.
    origin: usize,
    ordinal: usize,
    groups: Vec<Item>,
    controls: Vec<Item>,
}

impl Item {
    fn id(&self) -> Option<&str> {
        self.body.text("id")
    }

    /// Whether it is, or holds at any depth, a control.
    fn holds_control(&self) -> bool {
        !self.controls.is_empty() || self.groups.iter().any(Item::holds_control)
    }
}

/// A parameter outside of any control that is kept, for as long as something may insert it.
#[derive(Clone, Debug)]
struct Loose {
    body: Node,
    /// It stood in a group, not in the catalogue itself or in a control that was left out.
    grouped: bool,
}

/// A catalogue in parts: a source of controls, or what a profile has made of its sources.
#[derive(Debug)]
struct Parts {
    version: Option<Version>,
    loose: Vec<Loose>,
    groups: Vec<Item>,
    controls: Vec<Item>,
    resources: Vec<Node>,
    /// Roles and parties that are marked to be kept, by the name of their array.
    kept: Vec<(&'static str, Node)>,
    /// The text of the draft under which the catalogue was written has flat controls without nesting.
    candidate: bool,
}

impl Run<'_> {
    fn profile(&mut self, profile: &Document, location: &str) -> Result<Parts> {
        if profile.kind != Kind::Profile {
            let reason = format!("a profile was expected, this is a {}", profile.kind.name());
            return Err(Error::document(location, "profile", reason));
        }
        self.chain.push(location.to_owned());
        let body = profile.body();
        let (mut selections, mut refused) = (Vec::new(), Vec::new());
        for import in body.items("imports").iter().filter_map(Node::as_object) {
            let depth = self.chain.len();
            match self.import(body, import, location) {
                Ok(parts) => selections.push(parts),
                Err(error @ Error::Import { .. }) => refused.push(error),
                Err(error) => return Err(error),
            }
            self.chain.truncate(depth);
        }
        match (selections.is_empty(), refused.is_empty()) {
            (false, false) => return Err(refused.remove(0)),
            _ => self.refused.append(&mut refused),
        }
        let merge = body.get("merge").and_then(Node::as_object);
        let mut parts = self.merge(selections, merge, location)?;
        if let Some(modify) = body.get("modify").and_then(Node::as_object) {
            self.modify(&mut parts, modify);
        }
        parts.version = parts.version.max(profile.oscal_version());
        back_matter::add(&mut parts.resources, body);
        finish::prune(&mut parts, body);
        self.chain.pop();
        Ok(parts)
    }

    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }
}
