//! Makes the deliveries of an edition, in few commits: the records, and one job for each few of them.
//!
//! Making them again makes the same ids, so whoever goes on after a crash leaves out what is there.

use std::collections::{BTreeMap, HashSet};

use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal, Result,
    access::{Keep, Kernel},
    clock::Timestamp,
    event::{Job, NewJob},
    object::Stored,
};
use shinayaka_model::{
    contact::{Channel, Contact},
    delegation::{DelegatedAct, Delegation},
    delivery::{Delivery, Recipient},
    warning::{DeliveryChannel, DeliveryState, Purpose, Rung, Warning},
};

use super::{ATTEMPTS, all, audience};

/// The job that goes on after a crash.
pub const FAN_OUT: &str = "warning.fan_out";
/// The job that sends.
pub const SEND: &str = "warning.send";
/// The issuer has this long before the job looks whether something is missing, in seconds.
pub const RESUME_SECONDS: i64 = 5;
/// Deliveries of one job: with their time limit they end well before its lease does.
pub const BATCH: usize = 16;
/// Deliveries of one commit.
const COMMIT: usize = 512;
/// Commits on their way at the same time: while one is written the next is made.
const COMMITS: usize = 3;

/// What is to be made.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Order {
    pub warning: ObjectId,
    pub edition: u32,
    pub rung: Rung,
}

/// What a sending job carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parcel {
    pub deliveries: Vec<ObjectId>,
    /// How often these have been tried before.
    pub tries: u32,
}

/// What the register says about how to reach whom.
pub struct Ways {
    contacts: BTreeMap<String, Vec<Stored<Contact>>>,
    /// Member -> those who receive for it.
    delegates: BTreeMap<String, Vec<String>>,
}

impl Ways {
    /// # Errors
    /// When the store does not answer.
    pub async fn read(kernel: &Kernel) -> Result<Self> {
        let node = Principal::node();
        let reader = kernel.reader(&node);
        let mut contacts: BTreeMap<String, Vec<Stored<Contact>>> = BTreeMap::new();
        for contact in all::<Contact>(reader, Vec::new()).await? {
            if contact.record.dead.is_none() {
                contacts.entry(contact.record.organisation.clone()).or_default().push(contact);
            }
        }
        for own in contacts.values_mut() {
            own.sort_by_key(|contact| (contact.record.order, contact.id));
        }
        let mut delegates: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let today = reader.now().date().parse().ok();
        for delegation in all::<Delegation>(reader, Vec::new()).await? {
            let record = delegation.record;
            if today.is_some_and(|today| record.permits(DelegatedAct::Receive, today)) {
                delegates.entry(record.member).or_default().push(record.delegate);
            }
        }
        Ok(Self { contacts, delegates })
    }

    pub fn of(&self, organisation: &str) -> &[Stored<Contact>] {
        self.contacts.get(organisation).map_or(&[], Vec::as_slice)
    }

    fn electronic(&self, organisation: &str) -> impl Iterator<Item = &Stored<Contact>> {
        self.of(organisation).iter().filter(|contact| contact.record.channel != Channel::Telephone)
    }

    /// Those who are asked first.
    fn first(&self, organisation: &str, every: bool) -> Vec<&Stored<Contact>> {
        let lowest = self.electronic(organisation).map(|contact| contact.record.order).min();
        let chosen = |contact: &&Stored<Contact>| every || Some(contact.record.order) == lowest;
        self.electronic(organisation).filter(chosen).collect()
    }

    /// The contacts for an organisation on a rung; those who receive for it with the first.
    fn on(&self, organisation: &str, rung: Rung, purpose: Purpose) -> Vec<&Stored<Contact>> {
        let drill = purpose == Purpose::Drill;
        match rung {
            Rung::First | Rung::Reminder | Rung::Hub => {
                let mut found = self.first(organisation, drill);
                if !drill {
                    for delegate in self.delegates.get(organisation).into_iter().flatten() {
                        found.extend(self.first(delegate, false));
                    }
                }
                found
            }
            Rung::NextContact => {
                let lowest = self.electronic(organisation).map(|contact| contact.record.order).min();
                self.electronic(organisation).filter(|contact| Some(contact.record.order) != lowest).collect()
            }
            Rung::Telephone => {
                let telephones = self.of(organisation).iter();
                telephones.filter(|contact| contact.record.channel == Channel::Telephone).collect()
            }
        }
    }
}

const fn way(channel: Channel) -> DeliveryChannel {
    match channel {
        Channel::Inbox => DeliveryChannel::Inbox,
        Channel::Email => DeliveryChannel::Email,
        Channel::Webhook => DeliveryChannel::Webhook,
        Channel::Telephone => DeliveryChannel::Telephone,
    }
}

/// True for ways that a job sends on; the others wait for a person.
pub const fn is_sent(channel: DeliveryChannel) -> bool {
    matches!(channel, DeliveryChannel::Email | DeliveryChannel::Webhook)
}

struct Planned {
    delivery: Delivery,
    label: Label,
}

fn plan(
    order: &Order,
    purpose: Purpose,
    ways: &Ways,
    recipients: &[Recipient],
    now: Timestamp,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for recipient in recipients {
        let contacts = ways.on(&recipient.organisation, order.rung, purpose);
        let made = |contact: Option<&Stored<Contact>>, channel| Delivery {
            warning: order.warning,
            edition: order.edition,
            purpose,
            organisation: recipient.organisation.clone(),
            contact: contact.map(|contact| contact.id),
            channel,
            rung: order.rung,
            address: contact.map(|contact| contact.record.address.clone()).unwrap_or_default(),
            language: contact.map_or("ja", |contact| contact.record.language.as_str()).to_owned(),
            state: DeliveryState::Queued,
            attempts: Vec::new(),
            message_id: None,
            receipt: None,
            reason: None,
            queued_at: now,
            delivered_at: None,
            changed_at: now,
        };
        let label = recipient.label();
        if contacts.is_empty() && order.rung == Rung::First {
            // Nobody is left out: who cannot be reached by wire gets a sheet of the print pack.
            planned.push(Planned { delivery: made(None, DeliveryChannel::Print), label: label.clone() });
        }
        for contact in contacts {
            let delivery = made(Some(contact), way(contact.record.channel));
            planned.push(Planned { delivery, label: label.clone() });
        }
    }
    planned
}

/// Makes the deliveries of an order for these recipients; returns how many are new.
///
/// # Errors
/// When the store does not take them.
pub async fn fan_out(kernel: &Kernel, order: &Order, recipients: &[Recipient]) -> Result<u32> {
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let warning = reader.get::<Warning>(order.warning).await?;
    let ways = Ways::read(kernel).await?;
    let mut attempt = 1;
    loop {
        let mut planned = plan(order, warning.record.content.purpose, &ways, recipients, reader.now());
        if attempt > 1 || order.rung != Rung::First || order.edition > 1 || resumed(kernel, order).await? {
            let known = existing(kernel, order.warning).await?;
            planned.retain(|planned| !known.contains(&planned.delivery.id()));
        }
        let mut labels: Vec<Label> = planned.iter().map(|planned| planned.label.clone()).collect();
        labels.sort();
        labels.dedup();
        kernel.writer(&node).prepare_labels(&labels).await?;
        let synthetic = warning.synthetic;
        let principal = &node;
        let chunks = planned.chunks(COMMIT);
        let saves: Vec<_> = chunks.map(|chunk| save(kernel, principal, chunk, synthetic).boxed()).collect();
        let saved = stream::iter(saves)
            .buffer_unordered(COMMITS)
            .try_fold(0u32, |sum, made| async move { Ok(sum + made) });
        match saved.await {
            // Two processes made the same ones at once.
            Err(Error::Conflict(_)) if attempt < ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

/// True if deliveries of this warning exist: somebody began before.
async fn resumed(kernel: &Kernel, order: &Order) -> Result<bool> {
    let node = Principal::node();
    let found = crate::board::changes::deliveries(kernel.reader(&node), order.warning, None, 1).await?;
    Ok(!found.is_empty())
}

async fn existing(kernel: &Kernel, warning: ObjectId) -> Result<HashSet<ObjectId>> {
    let node = Principal::node();
    let found = crate::board::changes::deliveries(kernel.reader(&node), warning, None, usize::MAX).await?;
    Ok(found.into_iter().map(|delivery| delivery.id).collect())
}

async fn save(kernel: &Kernel, node: &Principal, chunk: &[Planned], synthetic: bool) -> Result<u32> {
    let mut writer = kernel.writer(node);
    let mut sent = Vec::new();
    for Planned { delivery, label } in chunk {
        let id = delivery.id();
        let keep = Keep { label: label.clone(), owner: Some(delivery.organisation.clone()), synthetic };
        writer.create_with_id(id, delivery, &keep).await?;
        if is_sent(delivery.channel) {
            sent.push(id);
        }
    }
    for deliveries in sent.chunks(BATCH) {
        writer.enqueue(parcel(deliveries, 0, writer.at()));
    }
    writer.commit().await?;
    Ok(u32::try_from(chunk.len()).unwrap_or(u32::MAX))
}

/// The job that sends these deliveries at a time.
pub fn parcel(deliveries: &[ObjectId], tries: u32, run_at: Timestamp) -> NewJob {
    let first = deliveries.first().map(ToString::to_string).unwrap_or_default();
    NewJob {
        name: SEND.into(),
        payload: serde_json::json!({ "deliveries": deliveries, "tries": tries }).to_string(),
        run_at,
        unique_key: Some(format!("{SEND}/{first}/{tries}")),
    }
}

/// The job [`FAN_OUT`].
///
/// # Errors
/// When the store does not take what is missing.
pub async fn resume(kernel: &Kernel, job: &Job) -> Result<()> {
    let order: Order =
        serde_json::from_str(&job.payload).map_err(|error| Error::invalid("payload", error.to_string()))?;
    let recipients = audience::frozen(kernel, order.warning).await?;
    let made = fan_out(kernel, &order, &recipients).await?;
    if made > 0 {
        tracing::info!(made, "deliveries made by the job");
    }
    Ok(())
}
