//! Capabilities are independent: with any one of them left out the rest still builds.

use std::process::Command;

use anyhow::{Context, Result};

pub fn findings() -> Result<Vec<String>> {
    let metadata = crate::metadata()?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let server =
        packages.iter().find(|package| package["name"] == "shinayaka-server").context("the server")?;
    let features = server["features"].as_object().context("features")?;
    let all: Vec<&str> = features["default"]
        .as_array()
        .context("default features")?
        .iter()
        .filter_map(|feature| feature.as_str())
        .collect();
    let mut findings = Vec::new();
    for left_out in all.iter().filter(|feature| feature.starts_with("capability-")) {
        let rest: Vec<&str> = all.iter().copied().filter(|feature| feature != left_out).collect();
        eprintln!("without {left_out}");
        let status = Command::new(env!("CARGO"))
            .args([
                "check",
                "--quiet",
                "--package",
                "shinayaka-server",
                "--no-default-features",
                "--features",
            ])
            .arg(rest.join(","))
            .current_dir(crate::root()?)
            .status()?;
        if !status.success() {
            findings.push(format!("without {left_out} the server does not build"));
        }
    }
    Ok(findings)
}
