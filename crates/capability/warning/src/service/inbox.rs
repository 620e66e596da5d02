//! What an organisation finds when it signs in: the warnings that were sent to it, newest first, and its answers.

use serde::Serialize;
use shinayaka_kernel::{
    Error, ObjectId, Principal, Result,
    access::{FilterValue, Kernel},
    clock::Timestamp,
    http::Viewer,
    label::Role,
    object::Stored,
};
use shinayaka_model::{
    delivery::{Answer, Delivery},
    warning::{Choice, DeliveryChannel, DeliveryState, Warning},
};

use super::{ATTEMPTS, all, draft::redacted};

/// Entries of an inbox.
const SHOWN: usize = 100;

/// One warning that was sent to the organisation of whoever asks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InboxEntry {
    pub warning: Stored<Warning>,
    pub organisation: String,
    /// Opened by somebody of the organisation.
    pub opened: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    pub received_at: Timestamp,
}

/// True if somebody may answer for their organisation.
pub fn may_answer(principal: &Principal) -> bool {
    [Role::Officer, Role::Clerk, Role::Secretary, Role::Director, Role::Analyst]
        .iter()
        .any(|role| principal.has_role(*role))
}

fn own_code(viewer: &Viewer) -> Result<&str> {
    let nobody = || Error::Forbidden("your account belongs to no organisation".into());
    if !may_answer(&viewer.0) {
        return Err(Error::Forbidden("your roles may not read an inbox".into()));
    }
    viewer.0.organisation.as_deref().ok_or_else(nobody)
}

/// # Errors
/// [`Error::Forbidden`] for an account without an organisation.
pub async fn list(kernel: &Kernel, viewer: &Viewer) -> Result<Vec<InboxEntry>> {
    let code = own_code(viewer)?;
    let reader = viewer.reader(kernel);
    let filter = || vec![("organisation", FilterValue::Text(code.to_owned()))];
    let deliveries = all::<Delivery>(reader, filter()).await?;
    let answers = all::<Answer>(reader, filter()).await?;
    let mut entries: Vec<InboxEntry> = Vec::new();
    let node = Principal::node();
    for delivery in deliveries.iter().filter(|delivery| delivery.record.organisation == code) {
        let record = &delivery.record;
        let opened = record.channel == DeliveryChannel::Inbox && record.state == DeliveryState::Delivered;
        if let Some(entry) = entries.iter_mut().find(|entry| entry.warning.id == record.warning) {
            entry.opened |= opened;
            entry.received_at = entry.received_at.min(record.queued_at);
            continue;
        }
        if entries.len() >= SHOWN {
            continue;
        }
        // The delivery is the leave to read the warning: its own label lets the house in, and the public.
        let warning = kernel.reader(&node).get::<Warning>(record.warning).await?;
        let answer = answers.iter().find(|answer| answer.record.warning == record.warning);
        entries.push(InboxEntry {
            warning: redacted(viewer, warning),
            organisation: code.to_owned(),
            opened,
            answer: answer.map(|answer| answer.record.clone()),
            received_at: record.queued_at,
        });
    }
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.received_at, entry.warning.id)));
    Ok(entries)
}

/// One warning as somebody may read it: by its label, or because it was sent to their organisation.
///
/// # Errors
/// [`Error::NotFound`] when it is not there for them.
pub async fn get(kernel: &Kernel, viewer: &Viewer, id: ObjectId) -> Result<Stored<Warning>> {
    match viewer.reader(kernel).get::<Warning>(id).await {
        Err(Error::NotFound) => {}
        other => return other.map(|stored| redacted(viewer, stored)),
    }
    let Ok(code) = own_code(viewer) else { return Err(Error::NotFound) };
    let filter = vec![("organisation", FilterValue::Text(code.to_owned()))];
    let deliveries = all::<Delivery>(viewer.reader(kernel), filter).await?;
    if !deliveries
        .iter()
        .any(|delivery| delivery.record.warning == id && delivery.record.organisation == code)
    {
        return Err(Error::NotFound);
    }
    let node = Principal::node();
    Ok(redacted(viewer, kernel.reader(&node).get::<Warning>(id).await?))
}

/// Notes that somebody of the organisation has opened the warning: its inbox deliveries have arrived.
///
/// # Errors
/// [`Error::NotFound`] when it was not sent to the organisation.
pub async fn opened(kernel: &Kernel, viewer: &Viewer, id: ObjectId) -> Result<()> {
    let code = own_code(viewer).map_err(|_| Error::NotFound)?;
    let node = Principal::node();
    for attempt in 1.. {
        let filter = vec![("organisation", FilterValue::Text(code.to_owned()))];
        let mut deliveries = all::<Delivery>(viewer.reader(kernel), filter).await?;
        deliveries.retain(|delivery| delivery.record.warning == id && delivery.record.organisation == code);
        if deliveries.is_empty() {
            return Err(Error::NotFound);
        }
        let mut writer = kernel.writer(&node);
        for delivery in deliveries {
            let waits = delivery.record.channel == DeliveryChannel::Inbox && !delivery.record.is_over();
            if waits {
                let mut record = delivery.record.clone();
                record.state = DeliveryState::Delivered;
                record.receipt = Some(format!("opened by {}", viewer.0.name));
                record.delivered_at = Some(writer.at());
                record.changed_at = writer.at();
                writer.update(&delivery, &record).await?;
            }
        }
        match writer.commit().await {
            Err(Error::Conflict(_)) if attempt < ATTEMPTS => {}
            other => return other.map(|_| ()),
        }
    }
    Ok(())
}

/// What an organisation has said last, unless it took it back.
pub fn standing(answer: Option<&Answer>) -> Option<Choice> {
    answer.map(|answer| answer.choice).filter(|choice| *choice != Choice::Withdrawn)
}
