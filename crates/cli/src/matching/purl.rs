//! `match purl STRING`: the parts of a package URL and its canonical form.

use serde_json::json;
use shinayaka_matching::identity::purl::Purl;

use crate::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// A package URL, `pkg:type/namespace/name@version?qualifiers#subpath`
    #[arg(allow_hyphen_values = true)]
    purl: String,
    /// One JSON object with the parts and the canonical form
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let purl = Purl::parse(&arguments.purl)?;
    if arguments.json {
        let qualifiers = (!purl.qualifiers.is_empty()).then_some(&purl.qualifiers);
        let object = json!({
            "type": purl.kind,
            "namespace": purl.namespace,
            "name": purl.name,
            "version": purl.version,
            "qualifiers": qualifiers,
            "subpath": purl.subpath,
            "canonical": purl.to_string(),
        });
        println!("{object}");
    } else {
        println!("{purl}");
    }
    Ok(Outcome::Done)
}
