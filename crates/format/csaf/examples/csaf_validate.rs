//! Holds documents against the standard: `csaf_validate [--json] FILE…`; exit 1 when one is not valid.

use std::{env, fs, process::ExitCode};

use shinayaka_csaf::{Group, Outcome, validate};

fn main() -> ExitCode {
    let mut all_valid = true;
    let json = env::args().any(|argument| argument == "--json");
    for path in env::args().skip(1).filter(|argument| argument != "--json") {
        let report = fs::read(&path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| validate(&bytes, Group::Informative).map_err(|fault| fault.to_string()));
        match report {
            Err(reason) => {
                all_valid = false;
                println!("{path}: {reason}");
            }
            Ok(report) if json => {
                all_valid &= report.valid;
                println!("{}", serde_json::to_string(&report).expect("a report is plain"));
            }
            Ok(report) => {
                all_valid &= report.valid;
                println!(
                    "{path}: CSAF {}, {}",
                    report.version,
                    if report.valid { "valid" } else { "not valid" }
                );
                for result in report.results {
                    if let Outcome::Failed(findings) = result.outcome {
                        for finding in findings {
                            println!("  {} {}: {}", result.test, finding.path, finding.message);
                        }
                    }
                }
            }
        }
    }
    if all_valid { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
