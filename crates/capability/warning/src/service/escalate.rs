//! The escalation ladder: whoever is silent is asked again, then the next contact, the hub, and in the end somebody
//! telephones. Each step is a timer made at issue; it looks at its time who is silent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Principal, Result,
    access::{Kernel, Writer},
    clock::Timestamp,
    event::{Job, NewJob},
};
use shinayaka_model::{
    delivery::Recipient,
    warning::{Choice, Exposure, LadderStep, Rung, Warning},
};

use super::{audience, fan_out};
use crate::board::changes;

/// The job of one step.
pub const ESCALATE: &str = "warning.escalate";

#[derive(Serialize, Deserialize)]
struct Step {
    warning: ObjectId,
    rung: Rung,
}

/// Adds the timers of a ladder to the commit that issues the warning.
pub fn schedule(writer: &mut Writer<'_>, warning: ObjectId, ladder: &[LadderStep], from: Timestamp) {
    for step in ladder {
        writer.enqueue(NewJob {
            name: ESCALATE.into(),
            payload: serde_json::json!({ "warning": warning, "rung": step.rung }).to_string(),
            run_at: from.plus_seconds(i64::from(step.after_minutes) * 60),
            unique_key: Some(format!("{ESCALATE}/{warning}/{}/{}", step.rung, step.after_minutes)),
        });
    }
}

/// The job [`ESCALATE`].
///
/// # Errors
/// When the store does not take the deliveries.
pub async fn escalate(kernel: &Kernel, job: &Job) -> Result<()> {
    let step: Step =
        serde_json::from_str(&job.payload).map_err(|error| Error::invalid("payload", error.to_string()))?;
    let node = Principal::node();
    let warning = kernel.reader(&node).get::<Warning>(step.warning).await?.record;
    if !warning.state.is_open() {
        return Ok(());
    }
    let edition = warning.edition().map_or(1, |edition| edition.number);
    ask_again(kernel, step.warning, edition, step.rung).await?;
    Ok(())
}

/// Asks everybody who is silent on a rung; returns how many messages that makes.
///
/// # Errors
/// When the store does not take the deliveries.
pub async fn ask_again(kernel: &Kernel, warning: ObjectId, edition: u32, rung: Rung) -> Result<u32> {
    let silent = silent(kernel, warning).await?;
    let asked = if rung == Rung::Hub { hubs_of(&silent) } else { silent };
    fan_out::fan_out(kernel, &fan_out::Order { warning, edition, rung }, &asked).await
}

/// The recipients who have not answered.
///
/// # Errors
/// When the store does not answer.
pub async fn silent(kernel: &Kernel, warning: ObjectId) -> Result<Vec<Recipient>> {
    let node = Principal::node();
    let answers = changes::answers(kernel.reader(&node), warning, None, usize::MAX).await?;
    let answered: BTreeSet<String> = answers
        .into_iter()
        .filter(|answer| answer.record.choice != Choice::Withdrawn)
        .map(|answer| answer.record.organisation)
        .collect();
    let mut recipients = audience::frozen(kernel, warning).await?;
    recipients.retain(|recipient| !answered.contains(&recipient.organisation));
    Ok(recipients)
}

/// One message to each hub, which names its silent members: not one for each member.
fn hubs_of(silent: &[Recipient]) -> Vec<Recipient> {
    let mut hubs: BTreeMap<&String, u32> = BTreeMap::new();
    for hub in silent.iter().flat_map(|recipient| &recipient.hubs) {
        *hubs.entry(hub).or_default() += 1;
    }
    let recipient = |hub: &String| Recipient {
        organisation: hub.clone(),
        name: hub.clone(),
        sector: None,
        prefecture: None,
        hubs: BTreeSet::new(),
        exposure: Exposure::Affected,
    };
    hubs.into_keys().map(recipient).collect()
}
