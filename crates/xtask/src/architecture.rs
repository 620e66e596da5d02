//! The floors: who may import whom (DESIGN: the house). One table, read from the folders of the crates.

use anyhow::{Context, Result};
use serde_json::Value;

/// The folder that a crate lies in decides its floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floor {
    Kernel,
    Format,
    Engine,
    Model,
    Store,
    Conformance,
    Capability,
    Server,
    Cli,
    Tool,
}

use Floor::{Capability, Cli, Conformance, Engine, Format, Kernel, Model, Server, Store, Tool};

impl Floor {
    fn of(folder: &str) -> Option<Self> {
        Some(match folder {
            "crates/kernel" => Kernel,
            "crates/model" => Model,
            "crates/store/conformance" => Conformance,
            "crates/server" => Server,
            "crates/cli" => Cli,
            "crates/xtask" => Tool,
            _ if folder.starts_with("crates/store/") => Store,
            _ if folder.starts_with("crates/format/") => Format,
            _ if folder.starts_with("crates/engine/") => Engine,
            _ if folder.starts_with("crates/capability/") => Capability,
            _ => return None,
        })
    }

    /// The floors that a crate may import.
    fn may_import(self) -> &'static [Self] {
        match self {
            Kernel | Format | Tool => &[],
            Engine => &[Format],
            Model => &[Kernel, Format],
            Store | Conformance => &[Kernel],
            Capability => &[Kernel, Model, Engine, Format],
            Server => &[Kernel, Model, Engine, Format, Store, Capability],
            Cli => &[Kernel, Model, Engine, Format, Server],
        }
    }

    /// What its tests may import besides: a store to run on, and the suite.
    fn tests_may_import(self) -> &'static [Self] {
        match self {
            Capability => &[Store],
            Store => &[Conformance, Store],
            Conformance => &[Store],
            _ => &[],
        }
    }
}

pub fn findings() -> Result<Vec<String>> {
    check(&crate::metadata()?)
}

fn check(metadata: &Value) -> Result<Vec<String>> {
    let root = metadata["workspace_root"].as_str().context("workspace_root")?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let mut floors = Vec::new();
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("name")?;
        let manifest = package["manifest_path"].as_str().context("manifest_path")?;
        let folder =
            manifest.trim_start_matches(root).trim_start_matches('/').trim_end_matches("/Cargo.toml");
        match Floor::of(folder) {
            Some(floor) => floors.push((name, floor, package)),
            None => findings.push(format!("{name}: {folder} is on no floor of the house")),
        }
    }
    for (name, floor, package) in &floors {
        for dependency in package["dependencies"].as_array().context("dependencies")? {
            let Some((other, below, _)) =
                floors.iter().find(|(other, ..)| Some(*other) == dependency["name"].as_str())
            else {
                continue;
            };
            let in_tests = dependency["kind"].as_str() == Some("dev");
            let allowed =
                floor.may_import().contains(below) || (in_tests && floor.tests_may_import().contains(below));
            if !allowed {
                let place = if in_tests { "its tests import" } else { "it imports" };
                findings.push(format!(
                    "{name} ({floor:?}): {place} {other} ({below:?}), which the floors forbid"
                ));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_floors_hold() {
        assert_eq!(findings().expect("metadata"), Vec::<String>::new());
    }

    fn package(name: &str, folder: &str, imports: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> =
            imports.iter().map(|(name, kind)| json!({ "name": name, "kind": kind })).collect();
        json!({ "name": name, "manifest_path": format!("/r/{folder}/Cargo.toml"), "dependencies": dependencies })
    }

    fn verdict(packages: &[Value]) -> Vec<String> {
        check(&json!({ "workspace_root": "/r", "packages": packages })).expect("well-formed")
    }

    #[test]
    fn a_capability_that_imports_a_capability_is_found() {
        let warning = package("warning", "crates/capability/warning", &[]);
        for kind in [None, Some("dev"), Some("build")] {
            let incident = package("incident", "crates/capability/incident", &[("warning", kind)]);
            assert_eq!(verdict(&[warning.clone(), incident]).len(), 1);
        }
    }

    #[test]
    fn every_wrong_direction_is_found() {
        let kernel = package("kernel", "crates/kernel", &[("model", None)]);
        let model = package("model", "crates/model", &[("kernel", None)]);
        let engine = package("loss", "crates/engine/loss", &[("kernel", None)]);
        let stray = package("stray", "crates/stray", &[]);
        let found = verdict(&[kernel, model, engine, stray]);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn tests_of_a_capability_may_use_a_store() {
        let store = package("store", "crates/store/sqlite", &[]);
        let fine = package("incident", "crates/capability/incident", &[("store", Some("dev"))]);
        assert_eq!(verdict(&[store.clone(), fine]), Vec::<String>::new());
        let wrong = package("incident", "crates/capability/incident", &[("store", None)]);
        assert_eq!(verdict(&[store, wrong]).len(), 1);
    }
}
