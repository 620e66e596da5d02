//! Reading the model file that every command begins with, and writing results.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use serde::Serialize;
use shinayaka_cascade::graph::{Graph, build};
use shinayaka_cascade::import::{Format, Imported, read};
use shinayaka_cascade::model::{MAXIMUM_BYTES, Model, apply_patch};

/// The model that a command works on.
#[derive(clap::Args)]
pub struct Input {
    /// Model file, or - for standard input
    pub model: PathBuf,
    /// Format of the file; guessed from its content when absent
    #[arg(long, value_enum)]
    from: Option<FormatName>,
    /// Partial model (YAML or JSON) laid over the model
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Yaml,
    Json,
    Cyclonedx,
    Csv,
    Graphml,
    Debian,
    Dora,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Yaml => Self::Yaml,
            FormatName::Json => Self::Json,
            FormatName::Cyclonedx => Self::CycloneDx,
            FormatName::Csv => Self::Csv,
            FormatName::Graphml => Self::GraphMl,
            FormatName::Debian => Self::Debian,
            FormatName::Dora => Self::Dora,
        }
    }
}

impl Input {
    /// Reads, patches and reports what the reader left out on standard error.
    pub fn model(&self) -> anyhow::Result<Model> {
        let name = self.model.display().to_string();
        let bytes = read_bytes(&self.model)?;
        let format = self.from.map_or_else(|| Format::detect(&name, &bytes), Format::from);
        let Imported { mut model, notes } = read(format, &bytes).with_context(|| name.clone())?;
        for note in notes {
            eprintln!("{name}: {note}");
        }
        for patch in &self.patch {
            let text = String::from_utf8(read_bytes(patch)?)
                .with_context(|| format!("{}: not UTF-8", patch.display()))?;
            model = apply_patch(&model, &text).with_context(|| patch.display().to_string())?;
        }
        Ok(model)
    }

    /// The model ready for the engines.
    pub fn graph(&self) -> anyhow::Result<(Model, Graph)> {
        let model = self.model()?;
        let graph = build(&model).with_context(|| self.model.display().to_string())?;
        Ok((model, graph))
    }
}

/// A small text file.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read_bytes(path)?).with_context(|| format!("{}: not UTF-8", path.display()))
}

fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAXIMUM_BYTES as u64 + 1;
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).context("standard input")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
        file.take(limit).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    }
    Ok(bytes)
}

/// Prints a value as one JSON document. A reader that closes the pipe early is no error.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let written = serde_json::to_writer(&mut out, value).map_err(std::io::Error::from);
    match written.and_then(|()| writeln!(out)).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// Prints lines; a reader that closes the pipe early is no error.
pub fn print_lines(lines: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let write = |out: &mut std::io::BufWriter<_>, line: String| writeln!(out, "{line}");
    let written = lines.into_iter().try_for_each(|line| write(&mut out, line)).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}
