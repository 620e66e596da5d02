//! Proposals of the council, answers of those addressed, and what came of them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;
use shinayaka_kernel::{
    Error, Label, ObjectId, Result,
    access::{FilterValue, Keep, Kernel, ListRequest, Reader},
    http::Viewer,
    label::Action,
    object::Stored,
};
use shinayaka_model::{
    council::{Answer, AnswerKind, CouncilCycle, CouncilProposal, CycleState, FollowUp, MAXIMUM_PROPOSALS},
    measure::{Measure, MeasureStatus},
};

use super::{ATTEMPTS, council, day};

/// Proposals followed up by one cycle.
const MAXIMUM_FOLLOW_UPS: usize = 100;
/// Characters of a proposal's text kept with a follow-up.
const FOLLOW_UP_CHARACTERS: usize = 300;

/// A new proposal.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    pub measure: u8,
    pub text: String,
    /// The organisation that is to answer, as a rule the owner of the measure.
    pub addressee: String,
    /// The day on which the next cycle looks what came of it.
    #[schema(value_type = String, format = Date)]
    pub follow_up: Date,
}

/// What is answered to a proposal.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    pub answer: AnswerKind,
    pub reason: String,
    /// By when it will be done; not for a refusal.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub date: Option<Date>,
}

async fn list(
    reader: Reader<'_>,
    filters: Vec<(&'static str, FilterValue)>,
    sort: Option<(&'static str, bool)>,
) -> Result<Vec<Stored<CouncilProposal>>> {
    let request = ListRequest { filters, sort, after: None, limit: Some(500) };
    Ok(reader.list::<CouncilProposal>(&request).await?.items)
}

/// The proposals of a cycle, by number.
///
/// # Errors
/// When the store does not answer.
pub async fn of_cycle(reader: Reader<'_>, cycle: ObjectId) -> Result<Vec<Stored<CouncilProposal>>> {
    let filters = vec![("cycle", FilterValue::Text(cycle.to_string()))];
    list(reader, filters, Some(("number", false))).await
}

/// The newest 500 proposals about a measure, newest first.
///
/// # Errors
/// When the store does not answer.
pub async fn about(reader: Reader<'_>, measure: u8) -> Result<Vec<CouncilProposal>> {
    let filters = vec![("measure", FilterValue::Integer(i64::from(measure)))];
    Ok(list(reader, filters, None).await?.into_iter().map(|stored| stored.record).collect())
}

/// Proposals whose follow-up day has come and which no earlier cycle has followed up, the oldest first.
///
/// # Errors
/// When the store does not answer.
pub async fn due(reader: Reader<'_>, today: Date) -> Result<Vec<FollowUp>> {
    let mut followed = BTreeSet::new();
    for cycle in council::newest(reader).await? {
        followed.extend(cycle.record.follow_ups.iter().map(|follow_up| follow_up.proposal));
    }
    let mut found = Vec::new();
    let mut waiting = list(reader, Vec::new(), None).await?;
    waiting.retain(|stored| stored.record.follow_up <= today && !followed.contains(&stored.id));
    waiting.sort_by_key(|stored| (stored.record.follow_up, stored.id));
    for stored in waiting.into_iter().take(MAXIMUM_FOLLOW_UPS) {
        let proposal = stored.record;
        found.push(FollowUp {
            proposal: stored.id,
            measure: proposal.measure,
            text: proposal.text.chars().take(FOLLOW_UP_CHARACTERS).collect(),
            follow_up: proposal.follow_up,
            answer: proposal.answer.map(|answer| answer.answer),
            status_then: proposal.status_then,
            status_now: status_of(reader, proposal.measure).await?,
        });
    }
    Ok(found)
}

async fn status_of(reader: Reader<'_>, measure: u8) -> Result<MeasureStatus> {
    Ok(reader.get::<Measure>(Measure::id_of(measure)).await?.record.status)
}

/// Makes a proposal in a closed cycle. Returns its number in the cycle.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but a member, [`Error::Conflict`] while the cycle is open or when its report is
/// out, [`Error::Invalid`] naming the field.
pub async fn propose(kernel: &Kernel, viewer: &Viewer, cycle: ObjectId, new: NewProposal) -> Result<u16> {
    let mut last = Error::Conflict("too many propose at once: try again".into());
    for _ in 0..ATTEMPTS {
        let reader = viewer.reader(kernel);
        let read = reader.get::<CouncilCycle>(cycle).await?;
        council::demand_member(reader, &read.record)?;
        match read.record.state {
            CycleState::Open => return Err(Error::Conflict("proposals are made after closing".into())),
            CycleState::Published => return Err(Error::Conflict("the report of this cycle is out".into())),
            CycleState::Closed => {}
        }
        let number = of_cycle(reader, cycle).await?.last().map_or(1, |stored| stored.record.number + 1);
        if number > MAXIMUM_PROPOSALS {
            return Err(Error::invalid("number", format!("a cycle holds {MAXIMUM_PROPOSALS} proposals")));
        }
        let status_then = status_of(reader, new.measure).await.map_err(|error| match error {
            Error::NotFound => Error::invalid("measure", "is not a measure"),
            other => other,
        })?;
        let mut writer = viewer.writer(kernel);
        let proposal = CouncilProposal {
            cycle,
            number,
            measure: new.measure,
            text: new.text.trim().to_owned(),
            addressee: new.addressee.trim().to_owned(),
            follow_up: new.follow_up,
            made_on: day(writer.at())?,
            status_then,
            answer: None,
        };
        let owner = Some(proposal.addressee.clone());
        let keep = Keep { label: Label::members(), owner, synthetic: read.synthetic };
        let id = CouncilProposal::id_of(cycle, number);
        writer.create_with_id(id, &proposal, &keep).await?;
        // Saving the cycle too makes a report that is published at this moment fail or wait, never miss it.
        writer.decide(&read, &read.record).await?;
        writer.emit("council.proposed", Some(id), &serde_json::json!({ "measure": new.measure }))?;
        match writer.commit().await {
            Ok(_) => return Ok(number),
            Err(Error::Conflict(reason)) => last = Error::Conflict(reason),
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// True if the one who asks works for the organisation addressed and there is no answer yet.
pub fn may_answer(reader: Reader<'_>, proposal: &Stored<CouncilProposal>) -> bool {
    proposal.record.answer.is_none()
        && reader.principal().organisation.as_ref() == Some(&proposal.record.addressee)
        && reader.may(proposal, Action::Decide)
}

/// Answers a proposal for the organisation addressed.
///
/// # Errors
/// [`Error::NotFound`] when there is no such proposal, [`Error::Forbidden`] for anybody of another organisation,
/// [`Error::Conflict`] when it is answered already, [`Error::Invalid`] naming the field.
pub async fn answer(
    kernel: &Kernel,
    viewer: &Viewer,
    cycle: ObjectId,
    number: u16,
    new: NewAnswer,
) -> Result<CouncilProposal> {
    let reader = viewer.reader(kernel);
    let read = reader.get::<CouncilProposal>(CouncilProposal::id_of(cycle, number)).await?;
    if reader.principal().organisation.as_ref() != Some(&read.record.addressee) {
        return Err(Error::Forbidden(format!("only {} can answer", read.record.addressee)));
    }
    if read.record.answer.is_some() {
        return Err(Error::Conflict("the proposal has been answered".into()));
    }
    let mut writer = viewer.writer(kernel);
    let answered_on = day(writer.at())?;
    if new.date.is_some_and(|date| date < answered_on) {
        return Err(Error::invalid("date", "lies in the past"));
    }
    let answer =
        Answer { answer: new.answer, reason: new.reason.trim().to_owned(), date: new.date, answered_on };
    let record = CouncilProposal { answer: Some(answer), ..read.record.clone() };
    writer.decide(&read, &record).await?;
    writer.emit("council.answered", Some(read.id), &serde_json::json!({ "measure": record.measure }))?;
    writer.commit().await?;
    Ok(record)
}
