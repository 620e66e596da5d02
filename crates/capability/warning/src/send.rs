//! Sending: the job that takes a few deliveries, puts the intent on record, sends, and puts the outcome on record.
//!
//! At most once on each channel. The intent is saved before the first byte leaves; whoever finds an intent without an
//! outcome (the process died, or the data base was away too long) cannot know whether it was sent, and says exactly
//! that instead of sending again. What is known not to have been taken is tried again, later and later.

pub mod mail;
pub mod message;
pub mod webhook;

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use shinayaka_kernel::{Error, ObjectId, Principal, Result, access::Kernel, event::Job, object::Stored};
use shinayaka_model::{
    delivery::{Attempt, Delivery, MAXIMUM_ATTEMPTS},
    warning::{DeliveryChannel, DeliveryState, Rung, Warning},
};

use self::message::Letter;
use crate::{
    room::{Facts, Room},
    service::{
        escalate,
        fan_out::{self, Parcel},
    },
};

/// Tries until a delivery is given up: with the pauses below that is about a day and a half.
pub const TRIES: u32 = 12;
/// How often the outcome is saved again when the data base does not take it.
const SAVES: u32 = 5;
/// Why nobody knows.
pub const UNKNOWN: &str = "unknown whether sent: the process ended between sending and recording";

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken; how the other side said so.
    Taken(String),
    /// Certainly not taken, and it makes sense to try again.
    Later(String),
    /// Certainly not taken, and never will be.
    Never(String),
    /// It may have been taken.
    Unknown(String),
}

/// Seconds until the next try: 30, 60, 120 … at most 4 hours.
pub fn pause_seconds(tries: u32) -> i64 {
    (30 << tries.min(9)).min(14_400)
}

/// The job [`fan_out::SEND`].
///
/// # Errors
/// When the store does not answer; what is on record by then is not done twice.
pub async fn send(room: &Room, kernel: &Kernel, job: &Job) -> Result<()> {
    let parcel: Parcel =
        serde_json::from_str(&job.payload).map_err(|error| Error::invalid("payload", error.to_string()))?;
    let facts = room.facts()?;
    let begun = begin(kernel, facts, &parcel).await?;
    let lanes = facts.mail.connections.clamp(1, 16);
    let outcomes: Vec<(Stored<Delivery>, Outcome)> = stream::iter(begun)
        .map(|(delivery, letter)| async move {
            let outcome = one(facts, &delivery.record, &letter).await;
            (delivery, outcome)
        })
        .buffer_unordered(lanes)
        .collect()
        .await;
    finish(kernel, job, &parcel, outcomes).await
}

async fn one(facts: &Facts, delivery: &Delivery, letter: &Letter) -> Outcome {
    match delivery.channel {
        DeliveryChannel::Email => mail::send(&facts.mail, delivery, letter).await,
        DeliveryChannel::Webhook => {
            let limit = Duration::from_secs(facts.settings.webhook_seconds);
            webhook::send(&facts.signing, delivery, letter, limit).await
        }
        other => Outcome::Never(format!("{other} is not sent by wire")),
    }
}

/// Puts the intents on record, and answers which deliveries are to be sent now with what is in them.
async fn begin(kernel: &Kernel, facts: &Facts, parcel: &Parcel) -> Result<Vec<(Stored<Delivery>, Letter)>> {
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let mut warnings: BTreeMap<ObjectId, Stored<Warning>> = BTreeMap::new();
    let mut writer = kernel.writer(&node);
    let mut begun = Vec::new();
    for id in &parcel.deliveries {
        let stored = reader.get::<Delivery>(*id).await?;
        let warning = match warnings.get(&stored.record.warning) {
            Some(warning) => warning.clone(),
            None => {
                let read = reader.get::<Warning>(stored.record.warning).await?;
                warnings.insert(read.id, read.clone());
                read
            }
        };
        let mut record = stored.record.clone();
        record.changed_at = writer.at();
        match record.state {
            DeliveryState::Queued if is_superseded(&warning.record, &record) => {
                record.state = DeliveryState::Withdrawn;
                record.reason = Some("a later edition was issued before it was sent".into());
                writer.update(&stored, &record).await?;
            }
            DeliveryState::Queued => {
                record.state = DeliveryState::Sending;
                let host = host_of(&facts.url);
                record.message_id = Some(format!("<{id}.{}@{host}>", parcel.tries + 1));
                let mut hub = Vec::new();
                if record.rung == Rung::Hub {
                    hub = silent_of(kernel, &record).await?;
                }
                let letter = message::write(facts, &warning, &record, *id, &hub);
                writer.update(&stored, &record).await?;
                let sending = Stored { version: stored.version + 1, record, ..stored };
                begun.push((sending, letter));
            }
            DeliveryState::Sending => {
                record.state = DeliveryState::Failed;
                record.reason = Some(UNKNOWN.into());
                note(&mut record, UNKNOWN);
                writer.update(&stored, &record).await?;
            }
            DeliveryState::Delivered | DeliveryState::Failed | DeliveryState::Withdrawn => {}
        }
    }
    writer.commit().await?;
    Ok(begun)
}

/// The names of the silent members of a hub.
async fn silent_of(kernel: &Kernel, delivery: &Delivery) -> Result<Vec<String>> {
    let silent = escalate::silent(kernel, delivery.warning).await?;
    let members = silent.into_iter().filter(|recipient| recipient.hubs.contains(&delivery.organisation));
    Ok(members.map(|recipient| recipient.name).collect())
}

/// What was not sent in time is not sent late: the newest edition is on its way already.
fn is_superseded(warning: &Warning, delivery: &Delivery) -> bool {
    warning.edition().is_some_and(|edition| edition.number > delivery.edition)
}

fn host_of(url: &str) -> String {
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "localhost".into())
}

fn note(delivery: &mut Delivery, outcome: &str) {
    let outcome: String = outcome.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    if delivery.attempts.len() >= MAXIMUM_ATTEMPTS {
        delivery.attempts.remove(0);
    }
    delivery.attempts.push(Attempt { at: delivery.changed_at, outcome });
}

/// Puts the outcomes on record, completes the job, and makes one for what is to be tried again, all in one commit.
async fn finish(
    kernel: &Kernel,
    job: &Job,
    parcel: &Parcel,
    outcomes: Vec<(Stored<Delivery>, Outcome)>,
) -> Result<()> {
    let node = Principal::node();
    let mut attempt = 1;
    loop {
        let mut writer = kernel.writer(&node);
        let mut again = Vec::new();
        for (stored, outcome) in &outcomes {
            let mut record = stored.record.clone();
            record.changed_at = writer.at();
            settle(&mut record, outcome, parcel.tries);
            if record.state == DeliveryState::Queued {
                again.push(stored.id);
            }
            writer.update(stored, &record).await?;
        }
        if !again.is_empty() {
            let tries = parcel.tries + 1;
            let at = writer.at().plus_seconds(pause_seconds(parcel.tries));
            writer.enqueue(fan_out::parcel(&again, tries, at));
        }
        writer.complete(job.ticket);
        match writer.commit().await {
            Ok(_) => return Ok(()),
            Err(Error::Unavailable(reason)) if attempt < SAVES => {
                tracing::warn!(reason, "the outcome of deliveries is saved again");
                tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What the outcome of a try makes of a delivery.
fn settle(record: &mut Delivery, outcome: &Outcome, tries: u32) {
    let short = |text: &str| -> String {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
    };
    match outcome {
        Outcome::Taken(receipt) => {
            record.state = DeliveryState::Delivered;
            record.receipt = Some(short(receipt));
            record.delivered_at = Some(record.changed_at);
            record.reason = None;
            note(record, receipt);
        }
        Outcome::Later(reason) if tries + 1 < TRIES => {
            record.state = DeliveryState::Queued;
            note(record, reason);
        }
        Outcome::Later(reason) => {
            record.state = DeliveryState::Failed;
            record.reason = Some(short(&format!("given up after {TRIES} tries: {reason}")));
            note(record, reason);
        }
        Outcome::Never(reason) => {
            record.state = DeliveryState::Failed;
            record.reason = Some(short(reason));
            note(record, reason);
        }
        Outcome::Unknown(reason) => {
            record.state = DeliveryState::Failed;
            record.reason = Some(short(&format!("unknown whether sent: {reason}")));
            note(record, reason);
        }
    }
}
