//! `match versions SCHEME A B` and `match range`.

use anyhow::Context;
use serde_json::json;
use shinayaka_matching::version::{Range, Scheme, from_native};

use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the scheme as in the VERS types: semver, npm, pypi, maven, deb, rpm, apk, alpm, gentoo, nuget, golang …
    scheme: String,
    #[arg(allow_hyphen_values = true)]
    left: String,
    #[arg(allow_hyphen_values = true)]
    right: String,
    /// One JSON object: {"order": -1|0|1|null, "reason": …}
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let scheme = scheme(&arguments.scheme)?;
    let order = scheme.compare(&arguments.left, &arguments.right);
    if arguments.json {
        let (order, reason) = match &order {
            Ok(order) => (Some(*order as i8), None),
            Err(undecidable) => (None, Some(undecidable.to_string())),
        };
        println!("{}", json!({ "order": order, "reason": reason }));
        return Ok(Outcome::Done);
    }
    match order {
        Ok(order) => {
            let sign = ["<", "=", ">"][(order as i8 + 1) as usize];
            println!("{} {sign} {}", arguments.left, arguments.right);
        }
        Err(undecidable) => println!("no order: {undecidable}"),
    }
    Ok(Outcome::Done)
}

#[derive(clap::Args)]
pub struct RangeArguments {
    /// A VERS range, or with --native a range as the ecosystem writes it
    #[arg(allow_hyphen_values = true)]
    range: String,
    /// A version to look for in the range
    #[arg(allow_hyphen_values = true)]
    version: Option<String>,
    /// Scheme of a native range
    #[arg(long, value_name = "SCHEME", conflicts_with = "canonical")]
    native: Option<String>,
    /// Refuse a range that is not in canonical form
    #[arg(long)]
    canonical: bool,
    /// One JSON object: {"vers": …, "contains": true|false|null, "reason": …}
    #[arg(long)]
    json: bool,
}

pub fn range(arguments: &RangeArguments) -> anyhow::Result<Outcome> {
    let range = match &arguments.native {
        Some(name) => from_native(scheme(name)?, &arguments.range)?,
        None if arguments.canonical => Range::parse_canonical(&arguments.range)?,
        None => Range::parse(&arguments.range)?,
    };
    let contains = arguments.version.as_deref().map(|version| range.contains(version));
    if arguments.json {
        let (contains, reason) = match contains {
            Some(Ok(contains)) => (Some(contains), None),
            Some(Err(undecidable)) => (None, Some(undecidable.to_string())),
            None => (None, None),
        };
        println!("{}", json!({ "vers": range.to_string(), "contains": contains, "reason": reason }));
        return Ok(Outcome::Done);
    }
    match contains {
        None => println!("{range}"),
        Some(Ok(true)) => println!("in {range}"),
        Some(Ok(false)) => println!("not in {range}"),
        Some(Err(undecidable)) => println!("undecidable: {undecidable}"),
    }
    Ok(Outcome::Done)
}

fn scheme(name: &str) -> anyhow::Result<Scheme> {
    Scheme::from_name(name).with_context(|| {
        let known: Vec<&str> = Scheme::names().collect();
        format!("\"{name}\" is not a known versioning scheme; known are {}", known.join(", "))
    })
}
