//! The end of a drill: what is known of its messages becomes outcomes and figures, and contacts learn from it.

use std::collections::{BTreeMap, BTreeSet};

use shinayaka_kernel::{
    Error, Kernel, ObjectId, Principal, Reader, Result,
    access::{Keep, ListRequest},
    clock::Timestamp,
    event::Ticket,
    object::Stored,
    page::MAXIMUM_LIMIT,
};
use shinayaka_model::{
    contact::{Channel, Contact, ContactState, Dead, Verification},
    delivery::{Answer, AudiencePart, Delivery},
    drill::{Drill, DrillOutcome, DrillResult, FailedChannel},
    organisation::Organisation,
    warning::{Choice, DeliveryChannel, DeliveryState, Rung},
};

use super::{
    CONTACT_SAVED, DRILL_CLOSED, Saved, all,
    analysis::{self, Evidence},
    holdings::{keep_for, of},
    policy::verified_since,
};

/// Records saved in one commit.
const AT_A_TIME: usize = 500;
/// Earlier drills that are looked at for who has been silent; each organisation needs the last two that asked it.
const EARLIER_DRILLS: usize = 12;

/// Closes a drill, once: a second call finds the result and does nothing. The outcomes and the result are written before
/// the job that closes it is done, and under ids that make writing them again harmless.
///
/// # Errors
/// [`Error::Unavailable`] when the store does not take it.
pub async fn close(kernel: &Kernel, id: ObjectId, ticket: Option<Ticket>) -> Result<()> {
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let drill: Stored<Drill> = reader.get(id).await?;
    if drill.record.result.is_some() {
        let mut writer = kernel.writer(&node);
        if let Some(ticket) = ticket {
            writer.complete(ticket);
        }
        writer.commit().await?;
        return Ok(());
    }
    let gathered = gather(reader, &drill.record).await?;
    let outcomes = analysis::outcomes(id, &gathered.evidence);
    save_outcomes(kernel, &outcomes, drill.synthetic).await?;
    learn(kernel, &gathered).await?;
    let silent = silent_before(reader, &drill).await?;
    let result = analysis::result(&outcomes, &silent);
    let mut writer = kernel.writer(&node);
    let record = Drill { result: Some(result), ..drill.record.clone() };
    writer.update(&drill, &record).await?;
    writer.emit(DRILL_CLOSED, Some(id), &Saved { count: 1 })?;
    if let Some(ticket) = ticket {
        writer.complete(ticket);
    }
    writer.commit().await?;
    Ok(())
}

/// How a drill stands now: its result, or for an open one the figures so far.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer.
pub async fn standing(kernel: &Kernel, id: ObjectId, drill: &Stored<Drill>) -> Result<DrillResult> {
    if let Some(result) = &drill.record.result {
        return Ok(result.clone());
    }
    // The figures are those of everybody asked, whoever looks: the label of the drill decides who may.
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let gathered = gather(reader, &drill.record).await?;
    let silent = silent_before(reader, drill).await?;
    Ok(analysis::result(&analysis::outcomes(id, &gathered.evidence), &silent))
}

/// What was found of a drill, and about which contacts.
#[derive(Default)]
struct Gathered {
    evidence: Evidence,
    /// Contacts from which an answer came, and when.
    answered: BTreeMap<ObjectId, Timestamp>,
    /// Contacts whose channel failed, when and why.
    failed: BTreeMap<ObjectId, (Timestamp, String)>,
}

/// What is known of the messages of a drill; nothing before it was sent.
async fn gather(reader: Reader<'_>, drill: &Drill) -> Result<Gathered> {
    let mut gathered = match drill.notice {
        Some(notice) => gather_notice(reader, notice).await?,
        None => Gathered::default(),
    };
    gathered.evidence.started_at = drill.started_at;
    gathered.evidence.closes_at = drill.closes_at;
    Ok(gathered)
}

async fn gather_notice(reader: Reader<'_>, notice: ObjectId) -> Result<Gathered> {
    let mut evidence = Evidence::default();
    let mut gathered = Gathered::default();
    let notice = notice.to_string();
    let since = verified_since(reader).await?;
    for part in all::<AudiencePart>(reader, &[("warning", &notice)], None).await? {
        for recipient in part.record.recipients {
            let contacts = of::<Contact>(reader, &recipient.organisation).await?;
            let stale = contacts.iter().filter(|contact| contact.record.state(since) == ContactState::Stale);
            let stale = u32::try_from(stale.count()).unwrap_or(u32::MAX);
            evidence.asked.insert(recipient.organisation, stale);
        }
    }
    let mut delivered = BTreeMap::new();
    for stored in deliveries(reader, &notice, DeliveryState::Delivered).await? {
        let Delivery { organisation, channel, rung, contact, .. } = stored.record;
        // The hub's copy says nothing about the member, and neither does a page in a tray.
        let outside = matches!(channel, DeliveryChannel::Email | DeliveryChannel::Webhook);
        if outside && rung != Rung::Hub {
            evidence.delivered.insert(organisation);
        }
        delivered.insert(stored.id, contact);
    }
    let reached: BTreeSet<ObjectId> = delivered.values().flatten().copied().collect();
    for stored in deliveries(reader, &notice, DeliveryState::Failed).await? {
        let Delivery { organisation, contact, reason, changed_at, rung, .. } = stored.record;
        let Some(contact) = contact.filter(|contact| rung != Rung::Hub && !reached.contains(contact)) else {
            continue;
        };
        let reason = reason.unwrap_or_default();
        if gathered.failed.insert(contact, (changed_at, reason.clone())).is_none() {
            evidence.failed.entry(organisation).or_default().push(FailedChannel { contact, reason });
        }
    }
    for stored in all::<Answer>(reader, &[("warning", &notice)], None).await? {
        let answer = stored.record;
        if answer.choice == Choice::Withdrawn {
            continue;
        }
        if let Some(contact) =
            answer.delivery.and_then(|delivery| delivered.get(&delivery)).copied().flatten()
        {
            gathered.answered.insert(contact, answer.first_at);
        }
        evidence.answers.insert(answer.organisation, answer.first_at);
    }
    gathered.evidence = evidence;
    Ok(gathered)
}

async fn deliveries(reader: Reader<'_>, notice: &str, state: DeliveryState) -> Result<Vec<Stored<Delivery>>> {
    all(reader, &[("warning_state", &format!("{notice}/{state}"))], None).await
}

/// Saves what was found about each organisation; what is there already stays.
pub(crate) async fn save_outcomes(kernel: &Kernel, outcomes: &[DrillOutcome], synthetic: bool) -> Result<()> {
    let node = Principal::node();
    for part in outcomes.chunks(AT_A_TIME) {
        let mut writer = kernel.writer(&node);
        for outcome in part {
            let id = DrillOutcome::id_of(outcome.drill, &outcome.organisation);
            match writer.reader().get::<DrillOutcome>(id).await {
                Ok(_) => continue,
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
            let keep = outcome_keep(writer.reader(), &outcome.organisation, synthetic).await?;
            writer.create_with_id(id, outcome, &keep).await?;
        }
        writer.commit().await?;
    }
    Ok(())
}

/// An outcome is seen by whoever sees the organisation; one that is gone from the register, by the house.
async fn outcome_keep(reader: Reader<'_>, code: &str, synthetic: bool) -> Result<Keep> {
    let gone = || Organisation { code: code.to_owned(), ..Organisation::default() }.label();
    let label = match reader.get::<Organisation>(Organisation::id_of(code)).await {
        Ok(organisation) => organisation.record.label(),
        Err(Error::NotFound) => gone(),
        Err(error) => return Err(error),
    };
    Ok(keep_for(code, label, synthetic))
}

/// Teaches the register what a warning that is over has shown about contacts.
///
/// # Errors
/// [`Error::Unavailable`] when the store does not take it.
pub async fn learn_from_warning(kernel: &Kernel, warning: ObjectId, ticket: Ticket) -> Result<()> {
    let node = Principal::node();
    learn(kernel, &gather_notice(kernel.reader(&node), warning).await?).await?;
    let mut writer = kernel.writer(&node);
    writer.complete(ticket);
    writer.commit().await?;
    Ok(())
}

/// In how many drills in a row before this one each organisation was silent.
async fn silent_before(reader: Reader<'_>, drill: &Stored<Drill>) -> Result<BTreeMap<String, u32>> {
    let earlier = newest(reader, EARLIER_DRILLS + 1).await?;
    let before = |other: &&Stored<Drill>| {
        other.id != drill.id
            && other.record.result.is_some()
            && other.record.started_at < drill.record.started_at
    };
    let mut found = Vec::new();
    for other in earlier.iter().filter(before).take(EARLIER_DRILLS) {
        found.push(outcomes_of(reader, other.id).await?);
    }
    Ok(analysis::silent_in_a_row(found.iter().map(Vec::as_slice)))
}

/// The newest drills that the reader sees, by their start.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer.
pub async fn newest(reader: Reader<'_>, limit: usize) -> Result<Vec<Stored<Drill>>> {
    let limit = u32::try_from(limit).unwrap_or(MAXIMUM_LIMIT).min(MAXIMUM_LIMIT);
    let request = ListRequest { sort: Some(("started", true)), limit: Some(limit), ..ListRequest::default() };
    Ok(reader.list(&request).await?.items)
}

/// What a drill found about the organisations that the reader sees.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer.
pub async fn outcomes_of(reader: Reader<'_>, drill: ObjectId) -> Result<Vec<DrillOutcome>> {
    let found = all::<DrillOutcome>(reader, &[("drill", &drill.to_string())], None).await?;
    Ok(found.into_iter().map(|stored| stored.record).collect())
}

/// A contact from which an answer came works; one whose channel failed for good does not. Contacts that somebody has
/// changed meanwhile are left to that somebody.
async fn learn(kernel: &Kernel, gathered: &Gathered) -> Result<()> {
    let ids: Vec<ObjectId> = gathered.answered.keys().chain(gathered.failed.keys()).copied().collect();
    for part in ids.chunks(AT_A_TIME) {
        let mut contacts = Vec::with_capacity(part.len());
        let node = Principal::node();
        for id in part {
            match kernel.reader(&node).get::<Contact>(*id).await {
                Ok(stored) => contacts.extend(taught(gathered, stored)),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        save_contacts(kernel, &contacts).await?;
    }
    Ok(())
}

fn taught(gathered: &Gathered, stored: Stored<Contact>) -> Option<(Stored<Contact>, Contact)> {
    let mut record = stored.record.clone();
    if let Some(at) = gathered.answered.get(&stored.id) {
        if record.verified_at.is_none_or(|verified| verified < *at) {
            record.verified_at = Some(*at);
            record.verified_by = Some(Verification::Answer);
        }
        record.dead = None;
    } else if let Some((since, reason)) = gathered.failed.get(&stored.id) {
        let verified_since = record.verified_at.is_some_and(|verified| verified > *since);
        let electronic = matches!(record.channel, Channel::Email | Channel::Webhook);
        if electronic && !verified_since && record.dead.is_none() {
            let line = reason.replace(['\n', '\r', '\t'], " ");
            let reason = if line.trim().is_empty() { "failed".to_owned() } else { line };
            record.dead = Some(Dead { since: *since, reason });
        }
    }
    (record != stored.record).then_some((stored, record))
}

async fn save_contacts(kernel: &Kernel, contacts: &[(Stored<Contact>, Contact)]) -> Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let node = Principal::node();
    let mut writer = kernel.writer(&node);
    for (stored, record) in contacts {
        writer.update(stored, record).await?;
    }
    writer.emit(CONTACT_SAVED, None, &Saved { count: contacts.len() as u64 })?;
    match writer.commit().await {
        Err(Error::Conflict(_)) if contacts.len() > 1 => {
            for one in contacts {
                Box::pin(save_contacts(kernel, std::slice::from_ref(one))).await?;
            }
            Ok(())
        }
        Err(Error::Conflict(_)) => Ok(()),
        other => other.map(|_| ()),
    }
}
