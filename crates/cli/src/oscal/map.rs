//! `oscal map`: what follows between two standards from mappings.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::Serialize;
use shinayaka_oscal::mapping::{
    Collection, Composed, Contradiction, Network, Standard, chain, contradictions, read as read_mappings,
    to_collection,
};
use shinayaka_oscal::resolve::resolve;
use shinayaka_oscal::{Document, Kind, Syntax};

use super::files::{Imports, deliver, normal, print_json, read};
use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// Where the chains begin: a catalogue or profile, or a mapping collection (its source)
    from: PathBuf,
    /// Where they end: a catalogue or profile, or a mapping collection (its target)
    to: PathBuf,
    /// Mapping collections over which chains may run
    mappings: Vec<PathBuf>,
    /// How many mapping entries a chain may have
    #[arg(long, default_value_t = 4)]
    length: usize,
    /// Write the result as a mapping collection
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    imports: Imports,
}

/// What `oscal map --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    from: String,
    to: String,
    relations: Vec<Composed>,
    contradictions: Vec<Contradiction>,
    /// Controls of the first about which nothing follows.
    unmapped: Vec<String>,
}

/// Standards and mappings of a command line, told apart by what the files hold.
#[derive(Default)]
pub struct Inputs {
    pub standards: Vec<Standard>,
    pub collections: Vec<Collection>,
}

impl Inputs {
    /// Reads one file; a profile is resolved.
    pub fn add(&mut self, path: &Path, imports: &Imports) -> anyhow::Result<()> {
        let document = read(path)?;
        let location = normal(path).to_string_lossy().into_owned();
        match document.kind {
            Kind::MappingCollection => self.collections.extend(read_mappings(&document, &location)?),
            Kind::Catalog => self.standards.push(Standard::new(&document, &location, &[])),
            Kind::Profile => {
                let resolved = resolve(&document, &location, imports, &imports.settings());
                let resolved = resolved.with_context(|| location.clone())?;
                if let Some(reason) = resolved.refused.into_iter().next() {
                    return Err(anyhow::Error::new(reason).context(location));
                }
                let names = imported_names(&document, &location, imports);
                self.standards.push(Standard::new(&resolved.catalog, &location, &names));
            }
            other => bail!("{location}: a {} is no standard and no mapping", other.name()),
        }
        Ok(())
    }
}

/// The names of what a profile imports, since mappings name catalogues, not profiles.
fn imported_names(profile: &Document, location: &str, imports: &Imports) -> Vec<String> {
    use shinayaka_oscal::resolve::Library;
    let body = profile.body();
    let text = |node: &shinayaka_oscal::tree::Node, name: &str| {
        node.get(name).and_then(|node| node.as_text()).map(str::to_owned)
    };
    let mut hrefs: Vec<String> =
        body.items("imports").iter().filter_map(|import| text(import, "href")).collect();
    let resources = body
        .get("back-matter")
        .and_then(|back| back.as_object())
        .map_or(&[][..], |back| back.items("resources"));
    for resource in resources {
        let wanted = text(resource, "uuid").is_some_and(|uuid| hrefs.contains(&format!("#{uuid}")));
        let links = resource.get("rlinks").map_or(&[][..], |links| links.items());
        if wanted {
            hrefs.extend(links.iter().filter_map(|link| text(link, "href")));
        }
    }
    let mut names = vec![profile.uuid().to_owned()];
    for href in hrefs {
        let bytes = imports.fetch(&imports.locate(&href, location));
        let imported =
            bytes.ok().and_then(|bytes| Document::read(&bytes[..], None, &Default::default()).ok());
        names.extend(
            imported.iter().flat_map(|document| [document.uuid().to_owned(), document.title().to_owned()]),
        );
        names.push(href);
    }
    names
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut inputs = Inputs::default();
    let mut ends = Vec::new();
    for path in [&arguments.from, &arguments.to] {
        let (standards, collections) = (inputs.standards.len(), inputs.collections.len());
        inputs.add(path, &arguments.imports)?;
        ends.push((inputs.standards.len() > standards, standards, collections));
    }
    for path in &arguments.mappings {
        inputs.add(path, &arguments.imports)?;
    }
    if inputs.collections.is_empty() {
        bail!("no mapping collection was given: name one after the two standards");
    }
    let network = Network::new(inputs.standards, &inputs.collections);
    let from = end(&network, ends[0], |collection| &collection.source, &inputs.collections)?;
    let to = end(&network, ends[1], |collection| &collection.target, &inputs.collections)?;
    let relations = chain(&network, from, to, arguments.length);
    let nodes = (0..network.nodes.len()).filter(|&node| network.nodes[node].standard == from);
    let known: std::collections::HashSet<&str> =
        relations.iter().map(|entry| entry.source.as_str()).collect();
    let unmapped =
        nodes.map(|node| network.id(node).to_owned()).filter(|id| !known.contains(id.as_str())).collect();
    let title = |standard: usize| network.standards[standard].title.clone();
    let report = Report {
        from: title(from),
        to: title(to),
        contradictions: contradictions(&network, arguments.length.min(3)),
        relations,
        unmapped,
    };
    if let Some(out) = &arguments.out {
        let heading = format!("{} to {}", report.from, report.to);
        let collection =
            to_collection(&report.relations, &heading, &arguments.imports.settings(), &mut || {
                uuid::Uuid::new_v4().to_string()
            });
        deliver(
            &collection.write(Syntax::of_name(&out.to_string_lossy()).unwrap_or(Syntax::Json)),
            Some(out),
        )?;
    }
    match arguments.json {
        true => print_json(&report)?,
        false => deliver(&text(&report), None)?,
    }
    Ok(if report.contradictions.is_empty() { Outcome::Done } else { Outcome::Finding })
}

/// The standard an argument means: itself, or that end of its first mapping.
fn end(
    network: &Network,
    (is_standard, standard, collection): (bool, usize, usize),
    side: fn(&Collection) -> &shinayaka_oscal::mapping::Resource,
    collections: &[Collection],
) -> anyhow::Result<usize> {
    if is_standard {
        return Ok(standard);
    }
    let collection = collections.get(collection).context("the mapping collection has no mapping")?;
    let names = &side(collection).names;
    let found =
        network.standards.iter().position(|standard| names.iter().any(|name| standard.names.contains(name)));
    found.context("the mapping names no resource")
}

fn text(report: &Report) -> String {
    let mut out = format!("{} to {}\n", report.from, report.to);
    for entry in &report.relations {
        let carries = if entry.carries { ", fulfilled with it" } else { "" };
        out.push_str(&format!("{} {} {}{carries}\n", entry.source, entry.relation, entry.target));
        entry.proof.iter().for_each(|step| out.push_str(&format!("    {step}\n")));
    }
    for contradiction in &report.contradictions {
        out.push_str(&format!("contradiction: {} and {}\n", contradiction.source, contradiction.target));
        contradiction.one.iter().for_each(|step| out.push_str(&format!("    one says {step}\n")));
        contradiction.other.iter().for_each(|step| out.push_str(&format!("    the other says {step}\n")));
    }
    let carried = report.relations.iter().filter(|entry| entry.carries).count();
    out.push_str(&format!(
        "{} relations, {carried} carry fulfilment, {} contradictions, {} controls without any\n",
        report.relations.len(),
        report.contradictions.len(),
        report.unmapped.len()
    ));
    out
}
