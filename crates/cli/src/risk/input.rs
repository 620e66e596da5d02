//! Model and portfolio files, opened for the engine.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use sha2::{Digest, Sha256};
use shinayaka_loss::book::Book;
use shinayaka_loss::model::Model;
use shinayaka_loss::{Format, LossError, parse_model, read_portfolio};

/// The files that say what is at risk.
#[derive(Args)]
pub struct Input {
    /// Model file (.toml, .yaml, .yml or .json).
    pub model: PathBuf,
    /// Portfolio of further scenarios: CSV with the columns id,rate,mu,sigma,deductible,limit,shock.
    #[arg(long, value_name = "FILE.csv")]
    pub portfolio: Option<PathBuf>,
}

/// What was read.
pub struct Loaded {
    pub model: Model,
    pub book: Book,
    /// SHA-256 of the model's bytes and, when given, the portfolio's.
    pub hash: String,
}

impl Input {
    pub fn load(&self) -> anyhow::Result<Loaded> {
        let mut hash = Sha256::new();
        let text = text_of(&self.model)?;
        hash.update(text.as_bytes());
        let name = self.model.display().to_string();
        let model = parse_model(&text, format_of(&self.model)).map_err(|error| named(error, &name))?;
        let mut book = Book::of(&model);
        if let Some(path) = &self.portfolio {
            let file = open(path)?;
            let reader = Hashed { inner: BufReader::new(file), hash: &mut hash };
            read_portfolio(reader, &model, &mut book)
                .map_err(|error| named(error, &path.display().to_string()))?;
        }
        let hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Loaded { model, book, hash })
    }
}

/// TOML by its extension, everything else as YAML, of which JSON is a part.
pub fn format_of(path: &Path) -> Format {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if extension.eq_ignore_ascii_case("toml") { Format::Toml } else { Format::Yaml }
}

/// Puts the file's name before every line of an error.
pub fn named(error: LossError, file: &str) -> anyhow::Error {
    let text = error.to_string();
    let lines: Vec<String> = text.lines().map(|line| format!("{file}: {line}")).collect();
    anyhow::anyhow!(lines.join("\n"))
}

pub fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot open {}", path.display()))
}

/// The text of a file no larger than the engine's bound.
pub fn text_of(path: &Path) -> anyhow::Result<String> {
    let file = open(path)?;
    let limit = shinayaka_loss::LARGEST_TEXT;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(bytes.len() as u64 <= limit, "{}: larger than {limit} bytes", path.display());
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count();
        anyhow::anyhow!("{}: line {line}: not UTF-8 text", path.display())
    })
}

/// Hashes what passes through.
struct Hashed<'a, R> {
    inner: R,
    hash: &'a mut Sha256,
}

impl<R: Read> Read for Hashed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
