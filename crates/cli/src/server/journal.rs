//! `shinayaka journal`: verify, checkpoint, prove.

use clap::{Args, Subcommand};
use shinayaka_kernel::{ObjectId, store::Store};
use shinayaka_server::{
    journal::{Broken, Report, verify},
    routes::objects::prove,
};

use super::{Location, print_json, progress};
use crate::Outcome;

#[derive(Args)]
pub struct Journal {
    #[command(flatten)]
    location: Location,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Recompute every commitment, leaf, tile and the root; exit 1 at the first that does not hold
    Verify {
        #[arg(long)]
        json: bool,
    },
    /// Print a signed checkpoint of the present journal
    Checkpoint,
    /// Print the entries of an object with their proofs (JSON)
    Prove {
        /// Id of the object
        object: ObjectId,
    },
}

impl Journal {
    pub async fn run(self) -> anyhow::Result<Outcome> {
        match self.action {
            Action::Verify { json } => {
                let store = self.location.store().await?;
                let outcome = check(store.as_ref(), json).await;
                store.close().await;
                outcome
            }
            Action::Checkpoint => {
                let node = self.location.node().await?;
                node.sequence().await?;
                print!("{}", node.checkpoint().await?);
                node.store.close().await;
                Ok(Outcome::Done)
            }
            Action::Prove { object } => {
                let node = self.location.node().await?;
                node.sequence().await?;
                let entries = node.store.entries_of(object).await?;
                let proofs = prove(&node, entries).await?;
                node.store.close().await;
                anyhow::ensure!(!proofs.is_empty(), "{object} is not in the journal");
                print_json(&proofs)?;
                Ok(Outcome::Done)
            }
        }
    }
}

/// Verifies and says what was found.
pub async fn check(store: &dyn Store, json: bool) -> anyhow::Result<Outcome> {
    let bar = progress::bar("journal", 1);
    let found = verify(store, |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    });
    let found = found.await?;
    bar.finish_and_clear();
    match &found {
        Ok(report) => tell(report, json)?,
        Err(broken) => tell_broken(broken, json)?,
    }
    Ok(if found.is_ok() { Outcome::Done } else { Outcome::Finding })
}

fn tell(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(&serde_json::json!({ "holds": true, "report": report }));
    }
    let Report { size, root, versions, erased, checkpoint } = report;
    println!("the journal holds: {size} entries, {versions} versions ({erased} erased), root {root}");
    if let Some(checkpoint) = checkpoint {
        println!("the checkpoint signed at {checkpoint} entries is consistent with it");
    }
    Ok(())
}

fn tell_broken(broken: &Broken, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(&serde_json::json!({ "holds": false, "broken": broken }));
    }
    match broken.position {
        Some(position) => println!("the journal is broken at position {position}: {}", broken.reason),
        None => println!("the journal is broken: {}", broken.reason),
    }
    Ok(())
}
