//! Components from bills of materials and lists, on all cores: each worker builds an inventory of its own share.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use anyhow::{Context, anyhow, bail};
use shinayaka_matching::identity::Identity;
use shinayaka_matching::identity::map::Names;
use shinayaka_matching::import::sbom;
use shinayaka_matching::index::inventory::Details;
use shinayaka_matching::index::{Component, InventoryBuilder};

use super::files::{gather, open, spinner};

/// Where components come from.
#[derive(clap::Args)]
pub struct Source {
    /// Bills of materials: CycloneDX, SPDX; files or folders
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub sbom: Vec<PathBuf>,
    /// Lists: one package URL a line, or CSV with a head (purl, cpe, vendor, name, version, exposed, source)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub components: Vec<PathBuf>,
}

/// A share of a list for a worker.
enum Share {
    Lines(Vec<u8>),
    Components(Vec<Component>),
}

/// Fills one builder a worker; the shares fall to the workers as they come, and nothing that is printed depends on it.
pub fn build<'m>(
    source: &Source,
    names: &'m Names,
    exposed: Option<bool>,
) -> anyhow::Result<Vec<InventoryBuilder<'m>>> {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (sender, receiver) = sync_channel::<Share>(workers * 2);
    let receiver = Arc::new(Mutex::new(receiver));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                let receiver = Arc::clone(&receiver);
                scope.spawn(move || fill(&receiver, names))
            })
            .collect();
        let read = read_all(source, exposed, &sender);
        drop(sender);
        let mut builders = Vec::new();
        for thread in threads {
            builders.push(thread.join().map_err(|_| anyhow!("a worker stopped"))?);
        }
        read?;
        builders.retain(|builder| builder.components() > 0);
        Ok(builders)
    })
}

fn fill<'m>(receiver: &Mutex<Receiver<Share>>, names: &'m Names) -> InventoryBuilder<'m> {
    let mut builder = InventoryBuilder::new(names);
    loop {
        let Ok(share) = receiver.lock().map(|receiver| receiver.recv()) else { return builder };
        match share {
            Err(_) => return builder,
            Ok(Share::Components(components)) => {
                components.iter().for_each(|component| builder.push(component))
            }
            Ok(Share::Lines(bytes)) => {
                // Lines were checked to be UTF-8 when they were cut.
                for line in std::str::from_utf8(&bytes).unwrap_or("").lines() {
                    let line = line.trim();
                    if !line.is_empty() {
                        builder.push_purl(line);
                    }
                }
            }
        }
    }
}

fn read_all(source: &Source, exposed: Option<bool>, out: &SyncSender<Share>) -> anyhow::Result<()> {
    let gone = || anyhow!("the workers stopped");
    let bar = spinner("bills of materials");
    for path in gather(&source.sbom)? {
        let name = path.display().to_string();
        let bill = sbom::components(open(&path)?, &name, exposed).with_context(|| name.clone())?;
        for problem in &bill.summary.problems {
            eprintln!("{name}: line {}: {}", problem.line, problem.reason);
        }
        bar.inc(1);
        out.send(Share::Components(bill.components)).map_err(|_| gone())?;
    }
    bar.finish_and_clear();
    let bar = spinner("bytes of lists");
    for path in gather(&source.components)? {
        list(&path, exposed, out, &bar).with_context(|| path.display().to_string())?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn list(
    path: &Path,
    exposed: Option<bool>,
    out: &SyncSender<Share>,
    bar: &indicatif::ProgressBar,
) -> anyhow::Result<()> {
    let mut reader = open(path)?;
    let mut head = Vec::new();
    reader.by_ref().take(1 << 16).read_until(b'\n', &mut head)?;
    let head = String::from_utf8(head).context("line 1 is not UTF-8")?;
    let first = head.trim_start_matches('\u{feff}').trim();
    if first.contains(',') && !first.starts_with("pkg:")
        || first.eq_ignore_ascii_case("purl") && exposed.is_some()
    {
        return table(first, reader, path, exposed, out);
    }
    if exposed.is_some() {
        return table("purl", std::io::Cursor::new(head.clone()).chain(reader), path, exposed, out);
    }
    let mut rest = if first.eq_ignore_ascii_case("purl") { Vec::new() } else { head.into_bytes() };
    let mut line = 1u64;
    loop {
        let read = reader.by_ref().take(4 << 20).read_to_end(&mut rest)?;
        let cut = if read == 0 {
            rest.len()
        } else {
            rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
        };
        if cut == 0 && read > 0 && rest.len() > 16 << 20 {
            bail!("line {line}: longer than 16 MiB");
        }
        let tail = rest.split_off(cut);
        let share = std::mem::replace(&mut rest, tail);
        if let Err(error) = std::str::from_utf8(&share) {
            let good = &share[..error.valid_up_to()];
            bail!("line {}: not UTF-8", line + good.iter().filter(|&&byte| byte == b'\n').count() as u64);
        }
        line += share.iter().filter(|&&byte| byte == b'\n').count() as u64;
        bar.inc(read as u64);
        out.send(Share::Lines(share)).map_err(|_| anyhow!("the workers stopped"))?;
        if read == 0 {
            return Ok(());
        }
    }
}

/// A list with named columns.
fn table(
    head: &str,
    rest: impl Read,
    path: &Path,
    exposed: Option<bool>,
    out: &SyncSender<Share>,
) -> anyhow::Result<()> {
    let columns: Vec<String> =
        head.split(',').map(|name| name.trim().trim_matches('"').to_ascii_lowercase()).collect();
    let known =
        ["purl", "cpe", "vendor", "name", "product", "version", "exposed", "source", "hash", "context"];
    if let Some(unknown) = columns.iter().find(|column| !known.contains(&column.as_str())) {
        bail!("line 1: column \"{unknown}\" is not one of {}", known.join(", "));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest);
    let mut share = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.with_context(|| format!("line {}", at + 2))?;
        let field = |name: &str| {
            let place = columns.iter().position(|column| column == name)?;
            record.get(place).map(str::trim).filter(|text| !text.is_empty())
        };
        if record.iter().all(|text| text.trim().is_empty()) || field("purl") == Some("purl") {
            continue;
        }
        share.push(one(&field, path, exposed).with_context(|| format!("line {}", at + 2))?);
        if share.len() == 65_536 {
            out.send(Share::Components(std::mem::take(&mut share)))
                .map_err(|_| anyhow!("the workers stopped"))?;
        }
    }
    out.send(Share::Components(share)).map_err(|_| anyhow!("the workers stopped"))
}

fn one<'r>(
    field: &impl Fn(&str) -> Option<&'r str>,
    path: &Path,
    exposed: Option<bool>,
) -> anyhow::Result<Component> {
    let version = field("version").map(str::to_owned);
    let name = field("name").or_else(|| field("product"));
    let mut names = Vec::new();
    if let (Some(vendor), Some(name)) = (field("vendor"), name) {
        names.extend(Identity::of_product(vendor, name).map(|identity| (identity, version.clone())));
    }
    if let Some((algorithm, digest)) = field("hash").and_then(|hash| hash.split_once(':')) {
        names.extend(Identity::of_hash(algorithm, digest).map(|identity| (identity, version.clone())));
    }
    let exposed = match field("exposed").map(str::to_ascii_lowercase).as_deref() {
        Some("yes" | "true" | "1" | "y") => Some(true),
        Some("no" | "false" | "0" | "n") => Some(false),
        Some(other) => bail!("exposed is \"{other}\", not yes or no"),
        None => exposed,
    };
    let cpes: Vec<String> = field("cpe").map(str::to_owned).into_iter().collect();
    let text = match (field("purl"), name, field("vendor")) {
        (Some(purl), _, _) => purl.to_owned(),
        (None, Some(name), vendor) => {
            let vendor = vendor.map_or_else(String::new, |vendor| format!("{vendor}/"));
            format!("{vendor}{name}@{}", version.as_deref().unwrap_or(""))
        }
        (None, None, _) => cpes.first().cloned().context("neither purl, nor cpe, nor name")?,
    };
    let context = field("context").map(Identity::from_key).into_iter().collect();
    let source = field("source").map_or_else(|| path.display().to_string(), str::to_owned);
    Ok(Component { text, names, details: Details { cpes, context, source, exposed } })
}
