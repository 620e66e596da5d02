//! Which documents are valid CycloneDX: `sbom_validate FILE…`, a line each; exit 1 when one is not.

use std::{env, fs, process::ExitCode};

use shinayaka_sbom::{Limits, validate};

fn main() -> ExitCode {
    let mut all_valid = true;
    for path in env::args().skip(1) {
        let verdict = match fs::read(&path) {
            Err(error) => Err(error.to_string()),
            Ok(bytes) => match validate(&bytes, Limits::default()) {
                Err(fault) => Err(fault.to_string()),
                Ok(findings) => match findings.first() {
                    None => Ok(()),
                    Some(first) => {
                        let line = first.line.map_or_else(String::new, |line| format!("line {line}, "));
                        Err(format!(
                            "{} findings, first: {line}{}: {}",
                            findings.len(),
                            first.path,
                            first.rule
                        ))
                    }
                },
            },
        };
        all_valid &= verdict.is_ok();
        match verdict {
            Ok(()) => println!("{path}: valid"),
            Err(reason) => println!("{path}: invalid: {reason}"),
        }
    }
    if all_valid { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
