//! `shinayaka backup` and `shinayaka restore`: one file for either data base.
//!
//! The file is zstd over lines of JSON: a head with the root of the journal at the start of the backup, one line a row,
//! and a last line with the number of rows and the SHA-256 of all lines before it.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shinayaka_kernel::{
    Error,
    archive::ArchiveRow,
    clock::{Clock, SystemClock, Timestamp},
    store::Store,
};
use shinayaka_server::{
    journal::{hex, root_at},
    routes::kinds,
};

use super::{Location, journal, progress};
use crate::Outcome;

const FORMAT: &str = "shinayaka-backup";
const VERSION: u32 = 1;
/// Bytes of one line; the largest row is a body of 1 MiB, base64 and escapes included.
const MAXIMUM_LINE_BYTES: u64 = 16 << 20;

#[derive(Args)]
pub struct Backup {
    #[command(flatten)]
    location: Location,
    /// Is written beside and put in place when it is whole
    file: PathBuf,
}

#[derive(Args)]
pub struct Restore {
    #[command(flatten)]
    location: Location,
    file: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    version: u32,
    created_at: Timestamp,
    /// Size and root of the journal when the backup began: what is restored must begin with it.
    journal_size: u64,
    journal_root: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tail {
    rows: u64,
    sha256: String,
}

impl Backup {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let store = self.location.store().await?;
        let partial = self.file.with_added_extension("partial");
        let written = write(store.as_ref(), &partial).await;
        store.close().await;
        let rows = match written {
            Ok(rows) => rows,
            Err(error) => {
                // What is half written helps nobody; that it cannot be removed changes nothing.
                let _ = std::fs::remove_file(&partial);
                return Err(error);
            }
        };
        std::fs::rename(&partial, &self.file).with_context(|| self.file.display().to_string())?;
        println!("{}: {rows} rows", self.file.display());
        Ok(Outcome::Done)
    }
}

async fn write(store: &dyn Store, path: &Path) -> anyhow::Result<u64> {
    let mut options = std::fs::OpenOptions::new();
    // The signing key and the hashes of passwords are inside.
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let file = file.with_context(|| path.display().to_string())?;
    let mut out = zstd::Encoder::new(BufWriter::new(file), 3)?;
    let mut hasher = Sha256::new();
    let journal_size = store.sequence().await?;
    let head = Head {
        format: FORMAT.to_owned(),
        version: VERSION,
        created_at: SystemClock.now(),
        journal_size,
        journal_root: hex(&root_at(store, journal_size).await?),
    };
    let line = |hasher: &mut Sha256, out: &mut dyn Write, value: &str| -> std::io::Result<()> {
        hasher.update(value);
        hasher.update(b"\n");
        out.write_all(value.as_bytes())?;
        out.write_all(b"\n")
    };
    line(&mut hasher, &mut out, &serde_json::to_string(&head)?)?;
    let (mut rows, bar) = (0, progress::bar("backup", 0));
    store
        .dump(&mut |row| {
            let text = serde_json::to_string(&row).map_err(|error| Error::Unavailable(error.to_string()))?;
            line(&mut hasher, &mut out, &text).map_err(|error| Error::Unavailable(error.to_string()))?;
            rows += 1;
            bar.set_position(rows);
            Ok(())
        })
        .await?;
    let tail = Tail { rows, sha256: hex(&hasher.finalize()) };
    writeln!(out, "{}", serde_json::to_string(&tail)?)?;
    let mut buffer = out.finish()?;
    buffer.flush()?;
    buffer.get_ref().sync_all()?;
    bar.finish_and_clear();
    Ok(rows)
}

impl Restore {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        let place = || self.file.display().to_string();
        let (head, rows) = inspect(&self.file).with_context(place)?;
        let store = self.location.store().await?;
        let outcome = load(store.as_ref(), &self.file, &head, rows).await;
        store.close().await;
        outcome.with_context(place)
    }
}

/// Reads the file once to its end: only one whose hash is right is loaded at all.
fn inspect(path: &Path) -> anyhow::Result<(Head, u64)> {
    let mut lines = Lines::open(path)?;
    let first = lines.next().context("the file is empty")??;
    let head: Head = serde_json::from_str(&first).context("line 1 is not the head of a backup")?;
    ensure!(head.format == FORMAT, "line 1: {} is not {FORMAT}", head.format);
    ensure!(head.version == VERSION, "line 1: version {} is not known here", head.version);
    let mut hasher = Sha256::new();
    let (mut last, mut rows) = (first, 0);
    for line in lines {
        hasher.update(&last);
        hasher.update(b"\n");
        last = line?;
        rows += 1;
    }
    let tail: Tail = serde_json::from_str(&last).context("the last line is missing: the file is cut off")?;
    // The last line counted itself.
    rows -= 1;
    ensure!(tail.rows == rows, "{} rows were written, {rows} are there", tail.rows);
    ensure!(tail.sha256 == hex(&hasher.finalize()), "the SHA-256 differs: the file was changed");
    Ok((head, rows))
}

async fn load(store: &dyn Store, path: &Path, head: &Head, rows: u64) -> anyhow::Result<Outcome> {
    let bar = progress::bar("restore", rows);
    let lines = Lines::open(path)?.skip(1).take(usize::try_from(rows)?);
    let mut rows = lines.zip(2_u64..).map(|(line, number)| {
        bar.inc(1);
        let bad = |reason: String| Error::invalid(format!("line {number}"), reason);
        let line = line.map_err(|error| bad(error.to_string()))?;
        serde_json::from_str::<ArchiveRow>(&line).map_err(|error| bad(error.to_string()))
    });
    let kinds = kinds(&shinayaka_server::capabilities());
    let text_of = |kind: &str, schema: u16, body: &str| {
        let known = kinds.iter().find(|known| known.name == kind);
        let unknown = || Error::invalid("kind", format!("{kind} is not a kind of record here"));
        (known.ok_or_else(unknown)?.text)(schema, body)
    };
    store.load(&mut rows, &text_of).await?;
    bar.finish_and_clear();
    let size = store.sequence().await?;
    if size < head.journal_size || hex(&root_at(store, head.journal_size).await?) != head.journal_root {
        bail!("the journal does not begin with the {} entries of the backup", head.journal_size);
    }
    journal::check(store, false).await
}

/// The lines of a backup, bounded.
struct Lines(BufReader<zstd::Decoder<'static, BufReader<File>>>);

impl Lines {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path)?;
        Ok(Self(BufReader::new(zstd::Decoder::new(file).context("is not a backup")?)))
    }
}

impl Iterator for Lines {
    type Item = std::io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Vec::new();
        let mut bounded = std::io::Read::take(&mut self.0, MAXIMUM_LINE_BYTES);
        match bounded.read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(_) if bytes.last() != Some(&b'\n') => {
                Some(Err(std::io::Error::other("a line is cut off or longer than 16 MiB")))
            }
            Ok(_) => {
                bytes.pop();
                Some(String::from_utf8(bytes).map_err(std::io::Error::other))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
