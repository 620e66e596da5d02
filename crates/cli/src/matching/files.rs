//! Files, folders of files, packed files; memory maps of segments; the store of an index.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use shinayaka_matching::identity::map::{Map, Names};
use shinayaka_matching::index::{Bytes, Inventory, Segment};
use shinayaka_matching::matcher::{Index, Moment};
use shinayaka_matching::priority::Intelligence;
use shinayaka_matching::verdict::Policy;

/// Files as given, folders as all files below them, sorted, so that the order of a folder does not matter.
pub fn gather(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for path in given {
        if path.is_dir() {
            let mut found = Vec::new();
            descend(path, &mut found)?;
            found.sort();
            out.extend(found);
        } else {
            out.push(path.clone());
        }
    }
    Ok(out)
}

fn descend(folder: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            descend(&path, out)?;
        } else if !hidden {
            out.push(path);
        }
    }
    Ok(())
}

/// Opens a file; `.zst` is unpacked on the way.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    if path.extension().is_some_and(|extension| extension == "zst") {
        return Ok(Box::new(BufReader::with_capacity(1 << 20, zstd::Decoder::new(file)?)));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
}

/// A whole document of a format that is read at once.
pub fn whole(path: &Path) -> anyhow::Result<Vec<u8>> {
    const MOST: u64 = 256 << 20;
    let mut bytes = Vec::new();
    open(path)?.take(MOST + 1).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    if bytes.len() as u64 > MOST {
        bail!("{}: longer than {MOST} bytes", path.display());
    }
    Ok(bytes)
}

pub fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({elapsed})") {
        bar.set_style(style);
    }
    bar
}

/// Maps a file into memory; it is not copied.
#[expect(unsafe_code, reason = "a memory map is the point of the layout: ten million rows open in no time")]
pub fn map(path: &Path) -> anyhow::Result<Bytes> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    // SAFETY: the bytes are read as numbers with checked indices only, so that whatever another process writes into the
    // file meanwhile can make an answer wrong or stop the program, and cannot reach beyond the map; segments are written
    // under another name and moved into place, never changed.
    let map = unsafe { memmap2::Mmap::map(&file) }.with_context(|| path.display().to_string())?;
    Ok(Arc::new(map))
}

/// Writes beside and moves into place, so that a reader sees all or nothing.
pub fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = path.with_extension("part");
    std::fs::write(&beside, bytes).with_context(|| beside.display().to_string())?;
    std::fs::rename(&beside, path).with_context(|| path.display().to_string())
}

/// Files of a folder with an ending, sorted: base first, deltas in the order in which they came.
pub fn with_ending(folder: &Path, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .collect();
    out.sort();
    Ok(out)
}

/// What every command that asks an index is given.
#[derive(clap::Args)]
pub struct View {
    /// Folder that `match index` wrote
    #[arg(long, value_name = "DIR")]
    pub index: PathBuf,
    /// Conflict policy instead of the one that comes with the program
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Identity map instead of the one that comes with the program
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// What was put down by then (RFC 3339); everything by default
    #[arg(long, value_name = "TIME")]
    known_at: Option<String>,
    /// About what holds at that time (RFC 3339); now by default
    #[arg(long, value_name = "TIME")]
    valid_at: Option<String>,
    /// Check the digest of each segment before use
    #[arg(long)]
    verify: bool,
}

pub fn names(map: Option<&Path>) -> anyhow::Result<Names> {
    let map = match map {
        Some(path) => Map::read(&std::fs::read_to_string(path).with_context(|| path.display().to_string())?)?,
        None => Map::built_in(),
    };
    Ok(map.names()?)
}

fn instant(text: Option<&String>, default: i64) -> anyhow::Result<i64> {
    let Some(text) = text else { return Ok(default) };
    let time: jiff::Timestamp = text.parse().with_context(|| format!("\"{text}\" is no time of RFC 3339"))?;
    Ok(time.as_second())
}

impl View {
    /// The index with further segments behind its own.
    pub fn open(&self, further: Vec<Segment>) -> anyhow::Result<Index> {
        let policy = match &self.policy {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
                Policy::read(&text).with_context(|| path.display().to_string())?
            }
            None => Policy::built_in(),
        };
        let names = names(self.map.as_deref())?;
        let moment = Moment {
            known_at: instant(self.known_at.as_ref(), i64::MAX)?,
            valid_at: instant(self.valid_at.as_ref(), jiff::Timestamp::now().as_second())?,
        };
        let mut segments = Vec::new();
        for path in with_ending(&self.index, "segment")? {
            let segment = Segment::open(map(&path)?).with_context(|| path.display().to_string())?;
            if self.verify {
                segment.verify().with_context(|| path.display().to_string())?;
            }
            segments.push(segment);
        }
        if segments.is_empty() {
            bail!("{}: no segment; `match index --out` writes one", self.index.display());
        }
        segments.extend(further);
        Ok(Index::new(segments, policy, names, moment))
    }

    pub fn map(&self) -> anyhow::Result<Names> {
        names(self.map.as_deref())
    }

    pub fn intelligence(&self) -> anyhow::Result<Intelligence> {
        let path = self.index.join("intelligence.json");
        if !path.exists() {
            return Ok(Intelligence::default());
        }
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
    }
}

pub fn inventories(folder: &Path) -> anyhow::Result<Vec<Inventory>> {
    let paths = with_ending(folder, "inventory")?;
    if paths.is_empty() {
        bail!("{}: no inventory; `match inventory --out` writes one", folder.display());
    }
    paths.iter().map(|path| Inventory::open(map(path)?).with_context(|| path.display().to_string())).collect()
}
