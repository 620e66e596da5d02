//! From an approved draft to a message that is told, told anew, corrected and in the end cancelled. Nothing is deleted.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    access::{Kernel, Writer},
    clock::Timestamp,
    event::NewJob,
    http::Viewer,
    label::Action,
    object::Stored,
};
use shinayaka_model::{
    delivery::Recipient,
    warning::{
        Content, Correction, Edition, EditionKind, LadderStep, Level, PendingUpdate, Purpose, Rung, State,
        Target, Warning, Wording,
    },
};

use super::{
    CANCELLED, ISSUED, UPDATED, audience, demand, demand_version, draft::demand_approval, escalate, fan_out,
    plain, signature,
};

/// What an issue did.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Issued {
    pub id: ObjectId,
    pub version: u32,
    pub edition: u32,
    pub affected: u32,
    pub unknown_exposure: u32,
    /// Deliveries on their way.
    pub deliveries: u32,
    /// False when the update waits for a second person.
    pub told: bool,
}

/// What followers are told.
#[derive(Serialize)]
struct Told {
    level: u8,
    purpose: Purpose,
    edition: u32,
}

/// When somebody who is silent is asked again, for a level: 5 within the hour, 1 within days.
pub fn ladder(content: &Content) -> Vec<LadderStep> {
    if !content.ladder.is_empty() || content.purpose == Purpose::Drill {
        return content.ladder.clone();
    }
    let minutes: [u32; 4] = match content.level {
        5 => [15, 30, 45, 60],
        4 => [60, 120, 180, 240],
        3 => [240, 480, 1440, 1680],
        2 => [1440, 2880, 4320, 5760],
        _ => [2880, 5760, 8640, 11520],
    };
    let rungs = [Rung::Reminder, Rung::NextContact, Rung::Hub, Rung::Telephone];
    let steps = minutes.into_iter().zip(rungs);
    steps.map(|(after_minutes, rung)| LadderStep { after_minutes, rung }).collect()
}

/// Issues a draft: works the audience out and freezes it, and sends everything on its way.
///
/// # Errors
/// [`Error::Forbidden`] above level 3 without a second person, [`Error::Invalid`] when something is missing or not
/// plain, [`Error::Conflict`] when it was issued or changed meanwhile.
pub async fn issue(kernel: &Kernel, viewer: &Viewer, id: ObjectId, version: u32) -> Result<Issued> {
    let reader = viewer.reader(kernel);
    let stored = reader.get::<Warning>(id).await?;
    demand::<Warning>(reader, Action::Update)?;
    demand_version(&stored, version)?;
    if stored.record.state.was_issued() {
        return Err(Error::Conflict("it was issued before".into()));
    }
    demand_approval(&stored.record)?;
    let (recipients, size) = audience::addressed(kernel, &stored.record.content).await?;
    let mut warning = stored.record.clone();
    let mut writer = viewer.writer(kernel);
    demand_fit(&warning.content, writer.at())?;
    warning.state = State::Issued;
    warning.affected = size.affected;
    warning.unknown = size.unknown_exposure;
    warning.editions.push(edition(&writer, &warning, EditionKind::Issue, Wording::default())?);
    audience::freeze(&mut writer, &stored, &recipients).await?;
    writer.update_labelled(&stored, &warning, warning.label()).await?;
    let at = writer.at();
    escalate::schedule(&mut writer, id, &ladder(&warning.content), at);
    announce(&mut writer, ISSUED, id, &warning, Rung::First)?;
    writer.commit().await?;
    send(kernel, id, &warning, &recipients, version + 1).await
}

/// What must hold at the moment of telling.
fn demand_fit(content: &Content, now: Timestamp) -> Result<()> {
    content.check_complete()?;
    if content.valid_until.is_some_and(|until| until <= now) {
        return Err(Error::invalid("content.valid_until", "is over already"));
    }
    if let Some(finding) = plain::check(content).into_iter().find(|finding| finding.refused) {
        let reason = format!("is too long to be read: {} instead of {}", finding.found, finding.limit);
        return Err(Error::invalid(finding.field, reason));
    }
    Ok(())
}

fn edition(writer: &Writer<'_>, warning: &Warning, kind: EditionKind, note: Wording) -> Result<Edition> {
    let number = u32::try_from(warning.editions.len()).unwrap_or(u32::MAX).saturating_add(1);
    let by = signature(writer.reader(), writer.at())?;
    Ok(Edition { number, kind, by, level: warning.content.level, note })
}

/// Tells followers, and leaves a job that makes the deliveries should this process end before it has.
fn announce(
    writer: &mut Writer<'_>,
    event: &'static str,
    id: ObjectId,
    warning: &Warning,
    rung: Rung,
) -> Result<()> {
    let edition = warning.edition().map_or(1, |edition| edition.number);
    let told = Told { level: warning.content.level, purpose: warning.content.purpose, edition };
    writer.emit(event, Some(id), &told)?;
    let at = writer.at();
    writer.enqueue(NewJob {
        name: fan_out::FAN_OUT.into(),
        payload: serde_json::json!({ "warning": id, "edition": edition, "rung": rung }).to_string(),
        run_at: at.plus_seconds(fan_out::RESUME_SECONDS),
        unique_key: Some(format!("{}/{id}/{edition}/{rung}", fan_out::FAN_OUT)),
    });
    Ok(())
}

async fn send(
    kernel: &Kernel,
    id: ObjectId,
    warning: &Warning,
    recipients: &[Recipient],
    version: u32,
) -> Result<Issued> {
    let edition = warning.edition().map_or(1, |edition| edition.number);
    let order = fan_out::Order { warning: id, edition, rung: Rung::First };
    // The issue stands; what is not made now is made by the job that was left for it.
    let deliveries = match fan_out::fan_out(kernel, &order, recipients).await {
        Ok(made) => made,
        Err(error) => {
            tracing::warn!(%error, "deliveries will be made by the job");
            0
        }
    };
    Ok(Issued {
        id,
        version,
        edition,
        affected: warning.affected,
        unknown_exposure: warning.unknown,
        deliveries,
        told: true,
    })
}

/// A further message of an open warning.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The version that was read.
    pub version: u32,
    pub content: Content,
    /// What is new.
    #[serde(default)]
    pub note: Wording,
}

/// Tells an open warning anew. To a level above 3 it waits until a second person has approved.
///
/// # Errors
/// As [`issue`].
pub async fn update(kernel: &Kernel, viewer: &Viewer, id: ObjectId, update: Update) -> Result<Issued> {
    let reader = viewer.reader(kernel);
    let stored = reader.get::<Warning>(id).await?;
    demand::<Warning>(reader, Action::Update)?;
    demand_version(&stored, update.version)?;
    if !stored.record.state.is_open() {
        return Err(Error::Conflict("only an issued warning that is not over can be told anew".into()));
    }
    update.content.check()?;
    if update.content.purpose != stored.record.content.purpose {
        return Err(Error::invalid(
            "content.purpose",
            "a drill never becomes a warning, nor a warning a drill",
        ));
    }
    let mut writer = viewer.writer(kernel);
    demand_fit(&update.content, writer.at())?;
    if update.content.level > Level::ALONE {
        let by = signature(reader, writer.at())?;
        let mut warning = stored.record.clone();
        warning.pending = Some(PendingUpdate { content: update.content, note: update.note, by });
        writer.update(&stored, &warning).await?;
        writer.commit().await?;
        return Ok(waiting(&stored));
    }
    publish(kernel, writer, &stored, update.content, update.note).await
}

fn waiting(stored: &Stored<Warning>) -> Issued {
    Issued {
        id: stored.id,
        version: stored.version + 1,
        edition: stored.record.edition().map_or(1, |edition| edition.number),
        affected: stored.record.affected,
        unknown_exposure: stored.record.unknown,
        deliveries: 0,
        told: false,
    }
}

/// Approves the update that waits, and tells it.
///
/// # Errors
/// [`Error::Forbidden`] for whoever wrote it, [`Error::Conflict`] when none waits.
pub async fn approve_update(kernel: &Kernel, viewer: &Viewer, id: ObjectId, version: u32) -> Result<Issued> {
    let reader = viewer.reader(kernel);
    let stored = reader.get::<Warning>(id).await?;
    demand::<Warning>(reader, Action::Decide)?;
    demand_version(&stored, version)?;
    let nothing = || Error::Conflict("no update waits for approval".into());
    let pending = stored.record.pending.clone().ok_or_else(nothing)?;
    let mut writer = viewer.writer(kernel);
    let approval = signature(reader, writer.at())?;
    if approval.account == pending.by.account {
        return Err(Error::Forbidden("whoever wrote it cannot approve it: a second person must".into()));
    }
    demand_fit(&pending.content, writer.at())?;
    let mut approved = stored.clone();
    approved.record.approvals.push(approval);
    let PendingUpdate { content, note, .. } = pending;
    writer = viewer.writer(kernel);
    publish(kernel, writer, &approved, content, note).await
}

async fn publish(
    kernel: &Kernel,
    mut writer: Writer<'_>,
    stored: &Stored<Warning>,
    content: Content,
    note: Wording,
) -> Result<Issued> {
    let id = stored.id;
    let mut recipients = audience::frozen(kernel, id).await?;
    let (now, size) = audience::addressed(kernel, &content).await?;
    let known: std::collections::BTreeSet<String> =
        recipients.iter().map(|recipient| recipient.organisation.clone()).collect();
    let added: Vec<Recipient> =
        now.into_iter().filter(|recipient| !known.contains(&recipient.organisation)).collect();
    audience::extend(&mut writer, stored, recipients.len(), &added).await?;
    recipients.extend(added);
    let mut warning = stored.record.clone();
    warning.content = content;
    warning.pending = None;
    warning.state = State::Updated;
    warning.affected = warning.affected.max(size.affected);
    warning.unknown = warning.unknown.max(size.unknown_exposure);
    warning.editions.push(edition(&writer, &warning, EditionKind::Update, note)?);
    writer.update_labelled(stored, &warning, warning.label()).await?;
    announce(&mut writer, UPDATED, id, &warning, Rung::First)?;
    writer.commit().await?;
    send(kernel, id, &warning, &recipients, stored.version + 1).await
}

/// Ends a warning; a last message tells everybody who was told before. One person is enough: to take back must not wait.
///
/// # Errors
/// [`Error::Conflict`] when it is not open, [`Error::Invalid`] without a reason.
pub async fn cancel(
    kernel: &Kernel,
    viewer: &Viewer,
    id: ObjectId,
    version: u32,
    why: Wording,
) -> Result<Issued> {
    let reader = viewer.reader(kernel);
    let stored = reader.get::<Warning>(id).await?;
    demand::<Warning>(reader, Action::Update)?;
    demand_version(&stored, version)?;
    if !stored.record.state.is_open() {
        return Err(Error::Conflict("only an issued warning that is not over can be cancelled".into()));
    }
    if why.ja.trim().is_empty() || why.en.trim().is_empty() {
        return Err(Error::invalid("note", "say in both languages why it is over"));
    }
    let recipients = audience::frozen(kernel, id).await?;
    let mut writer = viewer.writer(kernel);
    let mut warning = stored.record.clone();
    warning.state = State::Cancelled;
    warning.pending = None;
    warning.editions.push(edition(&writer, &warning, EditionKind::Cancel, why)?);
    writer.update_labelled(&stored, &warning, warning.label()).await?;
    announce(&mut writer, CANCELLED, id, &warning, Rung::First)?;
    writer.commit().await?;
    send(kernel, id, &warning, &recipients, version + 1).await
}

/// Puts what was wrong into the log of corrections. The right text is told with an update.
///
/// # Errors
/// [`Error::Conflict`] for a draft, [`Error::Invalid`] when a text is missing.
pub async fn correct(
    mut writer: Writer<'_>,
    id: ObjectId,
    version: u32,
    was: Wording,
    is: Wording,
) -> Result<u32> {
    let reader = writer.reader();
    let stored = reader.get::<Warning>(id).await?;
    demand::<Warning>(reader, Action::Update)?;
    demand_version(&stored, version)?;
    if !stored.record.state.was_issued() {
        return Err(Error::Conflict("a draft is changed, not corrected".into()));
    }
    if was.is_empty() || is.is_empty() {
        return Err(Error::invalid("correction", "say what was wrong and what is right"));
    }
    let mut warning = stored.record.clone();
    let edition = warning.edition().map_or(1, |edition| edition.number);
    let by = signature(reader, writer.at())?;
    warning.corrections.push(Correction { by, edition, was, is });
    writer.update(&stored, &warning).await?;
    writer.emit("warning.corrected", Some(id), &serde_json::json!({ "edition": edition }))?;
    writer.commit().await?;
    Ok(version + 1)
}

/// What another capability asks for: the notice of a drill.
#[derive(Debug, Clone)]
pub struct Notice {
    pub headline: Wording,
    /// What is asked: to say that it has arrived.
    pub action: Wording,
    pub target: Target,
    pub until: Timestamp,
    pub synthetic: bool,
}

/// Issues the notice of a drill to those targeted, on all their electronic contacts at once. Its deliveries and
/// answers are records like those of a warning, found under the id that is returned.
///
/// # Errors
/// As [`issue`].
pub async fn issue_notice(kernel: &Kernel, viewer: &Viewer, notice: Notice) -> Result<ObjectId> {
    use shinayaka_model::warning::{Action as Deed, ActionFor, Certainty, CertaintyWord};
    let deed = Deed { text: notice.action, steps: Vec::new(), by: Some(notice.until) };
    let content = Content {
        purpose: Purpose::Drill,
        level: 1,
        headline: notice.headline,
        description: Wording::default(),
        plain: Wording::default(),
        actions: [(ActionFor::Affected, deed)].into(),
        products: Vec::new(),
        target: notice.target,
        valid_from: None,
        valid_until: Some(notice.until),
        certainty: Certainty { word: CertaintyWord::Observed, percent: Some(100) },
        sources: Vec::new(),
        known: Vec::new(),
        not_known: Vec::new(),
        next_update: None,
        public: false,
        ladder: Vec::new(),
    };
    let (id, version) =
        super::draft::make(viewer.writer(kernel), content, None, None, notice.synthetic).await?;
    issue(kernel, viewer, id, version).await?;
    Ok(id)
}
