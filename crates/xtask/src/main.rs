//! `cargo xtask WHAT`: checks of the repository itself.
//!
//! * `architecture`: the floors of the house hold ([`architecture`]).
//! * `tidy`: no dead query, no crate without a doc, no overlong file, both languages complete ([`tidy`]).
//! * `alone`: the house still builds with each capability left out in turn ([`alone`]).
//!
//! The first two are tests of this crate too, so that `cargo test` finds what they find.

mod alone;
mod architecture;
mod tidy;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};

fn main() -> ExitCode {
    let findings = match std::env::args().nth(1).as_deref() {
        Some("architecture") => architecture::findings(),
        Some("tidy") => tidy::findings(),
        Some("alone") => alone::findings(),
        _ => Err(anyhow::anyhow!("usage: cargo xtask architecture | tidy | alone")),
    };
    match findings {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            findings.iter().for_each(|finding| eprintln!("{finding}"));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// The top of the repository.
fn root() -> Result<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(here.ancestors().nth(2).context("the crate lies two folders below the top")?.to_owned())
}

/// What cargo knows about the packages of the workspace.
fn metadata() -> Result<serde_json::Value> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root()?)
        .output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
