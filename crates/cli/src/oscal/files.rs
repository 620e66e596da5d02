//! Documents on disk: reading, finding what a profile imports, writing whole files only.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Serialize;
use shinayaka_oscal::resolve::{Library, Settings};
use shinayaka_oscal::{Document, Limits, Syntax};

/// A syntax as an argument.
#[derive(Clone, Copy, ValueEnum)]
pub enum SyntaxName {
    Json,
    Yaml,
    Xml,
}

impl From<SyntaxName> for Syntax {
    fn from(name: SyntaxName) -> Syntax {
        match name {
            SyntaxName::Json => Syntax::Json,
            SyntaxName::Yaml => Syntax::Yaml,
            SyntaxName::Xml => Syntax::Xml,
        }
    }
}

/// Reads a document; the sign it begins with decides on the syntax, but for files whose name says YAML.
pub fn read(path: &Path) -> Result<Document> {
    let name = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("{name}"))?;
    let syntax = Syntax::of_name(&path.to_string_lossy()).filter(|syntax| *syntax == Syntax::Yaml);
    Document::read(file, syntax, &Limits::default()).with_context(|| format!("{name}"))
}

/// Prints, or writes to a file that appears only when it is complete.
pub fn deliver(text: &str, out: Option<&Path>) -> Result<()> {
    let Some(path) = out else {
        let mut stdout = std::io::stdout().lock();
        return match stdout.write_all(text.as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("standard output"),
        };
    };
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = std::fs::write(&partial, text).and_then(|()| std::fs::rename(&partial, path));
    written
        .inspect_err(|_| drop(std::fs::remove_file(&partial)))
        .with_context(|| format!("{}", path.display()))
}

pub fn print_json(value: &impl Serialize) -> Result<()> {
    deliver(&format!("{}\n", serde_json::to_string_pretty(value)?), None)
}

/// Where imports are looked for, and what time and identity the result gets.
#[derive(clap::Args)]
pub struct Imports {
    /// A folder in which imports are looked for by their name, besides the place they give; may be repeated
    #[arg(long, value_name = "DIR")]
    pub library: Vec<PathBuf>,
    /// The UUID of the result (version 4, drawn anew by default)
    #[arg(long)]
    pub uuid: Option<String>,
    /// The time of the result (now by default), as 2026-11-22T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

impl Imports {
    pub fn settings(&self) -> Settings {
        Settings {
            uuid: self.uuid.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            at: self.at.clone().unwrap_or_else(|| jiff::Timestamp::now().to_string()),
            tool: concat!("shinayaka-oscal ", env!("CARGO_PKG_VERSION")).to_owned(),
            limits: Limits::default(),
            depth: 32,
        }
    }
}

impl Library for Imports {
    fn locate(&self, href: &str, base: &str) -> String {
        let href = href.strip_prefix("file://").unwrap_or(href);
        if is_remote(href) {
            return href.to_owned();
        }
        let href = decoded(href.split(['#', '?']).next().unwrap_or(href));
        let folder = Path::new(base).parent().unwrap_or(Path::new(""));
        normal(&folder.join(href)).to_string_lossy().into_owned()
    }

    fn fetch(&self, location: &str) -> std::result::Result<Vec<u8>, String> {
        let path = Path::new(location);
        let name = path.file_name().unwrap_or_default();
        let mut places = Vec::new();
        if !is_remote(location) {
            places.push(path.to_owned());
        }
        places.extend(self.library.iter().map(|folder| folder.join(name)));
        // The same document in another syntax is the same document.
        let others = places
            .iter()
            .flat_map(|place| ["json", "xml", "yaml"].map(|ending| place.with_extension(ending)));
        let places: Vec<PathBuf> = places.iter().cloned().chain(others.collect::<Vec<_>>()).collect();
        let Some(found) = places.iter().find(|place| place.is_file()) else {
            return Err(match is_remote(location) {
                true => format!(
                    "{location} is not fetched over the network; give the folder that has it with --library"
                ),
                false => format!("{location}: no such file"),
            });
        };
        let limit = Limits::default().bytes as u64;
        let file = std::fs::File::open(found).map_err(|error| format!("{}: {error}", found.display()))?;
        let mut bytes = Vec::new();
        // One byte more than allowed, so that the reader sees and says that it is too much.
        std::io::Read::read_to_end(&mut std::io::Read::take(file, limit + 1), &mut bytes)
            .map_err(|error| format!("{}: {error}", found.display()))?;
        Ok(bytes)
    }
}

fn is_remote(location: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| location.starts_with(scheme))
}

fn decoded(href: &str) -> String {
    let mut out = Vec::new();
    let mut rest = href.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%').then(|| href_byte(after)).flatten();
        rest = if code.is_some() { &after[2..] } else { after };
        out.push(code.unwrap_or(first));
    }
    String::from_utf8(out).unwrap_or_else(|_| href.to_owned())
}

fn href_byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits.get(..2)?).ok()?, 16).ok()
}

/// A path without `.` and `..`, so that the same file has the same location.
pub fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
