//! Done, cannot, call me: by a link without an account, by an account, or taken down at the telephone.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Principal, Result,
    access::{Keep, Kernel},
    object::Stored,
};
use shinayaka_model::{
    delivery::{Answer, Delivery, MAXIMUM_CLICKS, Recipient},
    warning::{AnswerVia, CannotReason, Choice, Warning},
};

use super::{ANSWERED, ATTEMPTS, audience};

/// How long an answer can be taken back, in seconds.
pub const UNDO_SECONDS: i64 = 600;

/// What was pressed.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// Code of the organisation; by default that of the account.
    #[serde(default)]
    pub organisation: Option<String>,
    pub choice: Choice,
    #[serde(default)]
    pub reason: Option<CannotReason>,
    #[serde(default)]
    pub note: String,
}

/// Where an answer comes from.
#[derive(Debug, Clone)]
pub struct Source {
    pub via: AnswerVia,
    pub by: String,
    pub delivery: Option<ObjectId>,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Recorded {
    pub organisation: String,
    pub choice: Choice,
    /// False when the same was said before: counted as a click, and nothing else.
    pub changed: bool,
    pub clicks: u32,
}

#[derive(Serialize)]
struct Told<'a> {
    organisation: &'a str,
    choice: Choice,
}

/// Records what an organisation says. Saying it again is safe: the click is counted, the answer stays the same. The
/// newest answer holds; all of them are on record.
///
/// # Errors
/// [`Error::NotFound`] for an organisation that was not addressed, [`Error::Conflict`] when the warning is over, or the
/// time to take an answer back.
pub async fn record(
    kernel: &Kernel,
    principal: &Principal,
    warning: ObjectId,
    new: &NewAnswer,
    source: &Source,
) -> Result<Recorded> {
    let node = Principal::node();
    let stored = kernel.reader(&node).get::<Warning>(warning).await?;
    if !stored.record.state.is_open() {
        return Err(Error::Conflict("the warning is over".into()));
    }
    let code = new.organisation.as_deref().unwrap_or_default();
    let id = Answer::id(warning, code);
    let mut attempt = 1;
    loop {
        let saved = match kernel.reader(&node).get::<Answer>(id).await {
            Ok(before) => again(kernel, principal, before, new, source).await,
            Err(Error::NotFound) => first(kernel, principal, &stored, code, new, source).await,
            Err(error) => Err(error),
        };
        match saved {
            Err(Error::Conflict(reason)) if attempt < ATTEMPTS && reason != TOO_LATE => attempt += 1,
            other => return other,
        }
    }
}

const TOO_LATE: &str = "the time to take it back is over: answer anew instead";

fn reason_of(new: &NewAnswer) -> Option<CannotReason> {
    (new.choice == Choice::Cannot).then_some(new.reason.unwrap_or(CannotReason::Other))
}

async fn first(
    kernel: &Kernel,
    principal: &Principal,
    warning: &Stored<Warning>,
    code: &str,
    new: &NewAnswer,
    source: &Source,
) -> Result<Recorded> {
    if new.choice == Choice::Withdrawn {
        return Err(Error::Conflict("there is no answer to take back".into()));
    }
    let recipient = recipient(kernel, warning.id, code, source).await?;
    let mut writer = kernel.writer(principal);
    let answer = Answer {
        warning: warning.id,
        purpose: warning.record.content.purpose,
        organisation: code.to_owned(),
        choice: new.choice,
        reason: reason_of(new),
        note: new.note.trim().to_owned(),
        via: source.via,
        by: source.by.clone(),
        delivery: source.delivery,
        first_at: writer.at(),
        at: writer.at(),
        clicks: 1,
    };
    let owner = Some(code.to_owned());
    let keep = Keep { label: recipient, owner, synthetic: warning.synthetic };
    writer.create_with_id(Answer::id(warning.id, code), &answer, &keep).await?;
    let told = Told { organisation: code, choice: new.choice };
    writer.emit(ANSWERED, Some(warning.id), &told)?;
    writer.commit().await?;
    Ok(Recorded { organisation: code.to_owned(), choice: new.choice, changed: true, clicks: 1 })
}

/// The label of the organisation among the recipients. Whoever holds a link has the delivery, which carries it; else
/// the frozen audience is looked through.
async fn recipient(
    kernel: &Kernel,
    warning: ObjectId,
    code: &str,
    source: &Source,
) -> Result<shinayaka_kernel::Label> {
    let node = Principal::node();
    if let Some(delivery) = source.delivery {
        let delivery = kernel.reader(&node).get::<Delivery>(delivery).await?;
        if delivery.record.warning == warning && delivery.record.organisation == code {
            return Ok(delivery.label);
        }
    }
    let recipients = audience::frozen(kernel, warning).await?;
    let found = recipients.iter().find(|recipient| recipient.organisation == code);
    found.map(Recipient::label).ok_or(Error::NotFound)
}

async fn again(
    kernel: &Kernel,
    principal: &Principal,
    before: Stored<Answer>,
    new: &NewAnswer,
    source: &Source,
) -> Result<Recorded> {
    let mut writer = kernel.writer(principal);
    let mut answer = before.record.clone();
    let reason = reason_of(new);
    let note = new.note.trim();
    let same =
        answer.choice == new.choice && answer.reason == reason && (note.is_empty() || answer.note == note);
    if new.choice == Choice::Withdrawn && !same && answer.at.plus_seconds(UNDO_SECONDS) < writer.at() {
        return Err(Error::Conflict(TOO_LATE.into()));
    }
    let recorded = |clicks| Recorded {
        organisation: before.record.organisation.clone(),
        choice: new.choice,
        changed: !same,
        clicks,
    };
    if same && answer.clicks >= MAXIMUM_CLICKS {
        return Ok(recorded(answer.clicks));
    }
    answer.clicks = answer.clicks.saturating_add(1);
    if !same {
        answer.choice = new.choice;
        answer.reason = reason;
        note.clone_into(&mut answer.note);
        answer.via = source.via;
        answer.by.clone_from(&source.by);
        answer.delivery = source.delivery;
        answer.at = writer.at();
        let told = Told { organisation: &before.record.organisation, choice: new.choice };
        writer.emit(ANSWERED, Some(before.record.warning), &told)?;
    }
    writer.update(&before, &answer).await?;
    writer.commit().await?;
    Ok(recorded(answer.clicks))
}
