//! Council cycles: the snapshot, blind scores, and closing with the agreement of the members.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal, Result,
    access::{FilterValue, Keep, Kernel, ListRequest, Person, Reader},
    http::Viewer,
    label::{Action, Audience, Pap, Party, ReleaseView, Role, Tlp},
    object::Stored,
    page::Page,
};
use shinayaka_model::{
    council::{
        Agreement, CouncilCycle, CouncilProposal, CouncilScore, CycleState, FrozenIndicator, FrozenMeasure,
        Member, Score, Scored,
    },
    indicator::Subject,
    measure::{MEASURE_COUNT, Measure},
};

use super::{
    ATTEMPTS, day, demand_role,
    indicators::{self, IndicatorValue},
    measures, proposals,
};
use crate::agreement::aggregate;

/// Cycles in a page of the list.
const CYCLES_IN_A_PAGE: u32 = 20;

/// A new cycle.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCycle {
    pub title: String,
    /// Accounts with the role `council`.
    pub members: Vec<ObjectId>,
    #[schema(value_type = String, format = Date)]
    pub due: Date,
}

/// Who can be asked to score: accounts with the role `council`. For the director.
///
/// # Errors
/// [`Error::Forbidden`] for anybody else.
pub async fn candidates(reader: Reader<'_>) -> Result<Vec<Person>> {
    demand_role(reader, Role::Director, "the director")?;
    reader.people(Role::Council).await
}

/// Makes a cycle: freezes the state of all measures and opens it for scores.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the director, [`Error::Invalid`] for members who are not of the council or a
/// past date.
pub async fn create(kernel: &Kernel, viewer: &Viewer, new: NewCycle) -> Result<(ObjectId, u32)> {
    let people = candidates(viewer.reader(kernel)).await?;
    let mut members = Vec::with_capacity(new.members.len());
    for (place, account) in new.members.iter().enumerate() {
        let person = people.iter().find(|person| person.id == *account);
        let stranger = || Error::invalid(format!("members[{place}]"), "is no account with the role council");
        let person = person.ok_or_else(stranger)?;
        members.push(Member { account: person.id, name: person.name.clone() });
    }
    open(kernel, viewer, new.title, members, new.due, false).await
}

/// As [`create`], for members who have been checked, or were invented.
///
/// # Errors
/// As [`create`].
pub async fn open(
    kernel: &Kernel,
    viewer: &Viewer,
    title: String,
    members: Vec<Member>,
    due: Date,
    synthetic: bool,
) -> Result<(ObjectId, u32)> {
    demand_role(viewer.reader(kernel), Role::Director, "the director")?;
    let today = day(kernel.now())?;
    if due < today {
        return Err(Error::invalid("due", "lies in the past"));
    }
    // What is frozen is what the node sees, which is what every member may see.
    let node = Principal::node();
    let snapshot = freeze(kernel.reader(&node), today).await?;
    let invented = synthetic || measures::all(kernel.reader(&node)).await?.iter().any(|one| one.synthetic);
    let mut writer = viewer.writer(kernel);
    let cycle = CouncilCycle {
        title: title.trim().to_owned(),
        members,
        due,
        state: CycleState::Open,
        frozen_at: writer.at(),
        follow_ups: proposals::due(kernel.reader(&node), today).await?,
        snapshot,
        scored: Vec::new(),
        closed_at: None,
        agreement: None,
        report: None,
    };
    let keep = Keep { label: Label::members(), owner: None, synthetic: invented };
    let id = writer.create(&cycle, &keep).await?;
    writer.emit("council.opened", Some(id), &serde_json::json!({ "due": due }))?;
    writer.commit().await?;
    Ok((id, 1))
}

/// The state of all measures and the values of their indicators.
async fn freeze(reader: Reader<'_>, today: Date) -> Result<Vec<FrozenMeasure>> {
    let mut values = indicators::values(reader, |subject| subject.measure_no().is_some()).await?;
    let measures = measures::all(reader).await?;
    measures.iter().map(|stored| frozen(stored, today, &mut values)).collect()
}

fn frozen(
    stored: &Stored<Measure>,
    today: Date,
    values: &mut BTreeMap<Subject, Vec<IndicatorValue>>,
) -> Result<FrozenMeasure> {
    let measure = &stored.record;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let done = measure.milestones.iter().filter(|milestone| milestone.done_on.is_some()).count();
    let late = |due: Date, done_on: Option<Date>| done_on.is_none() && due < today;
    let late = measure.milestones.iter().filter(|milestone| late(milestone.due, milestone.done_on)).count();
    let indicators = values.remove(&Subject::measure(measure.no)?).unwrap_or_default();
    Ok(FrozenMeasure {
        no: measure.no,
        version: stored.version,
        status: measure.status,
        owner: measure.owner.clone(),
        milestones: count(measure.milestones.len()),
        milestones_done: count(done),
        milestones_late: count(late),
        indicators: indicators
            .into_iter()
            .map(|value| FrozenIndicator {
                id: value.id,
                name_ja: value.name_ja,
                name_en: value.name_en,
                unit: value.unit,
                value: value.value,
                n: value.n,
            })
            .collect(),
    })
}

/// The newest cycles, whole.
///
/// # Errors
/// When the store does not answer.
pub async fn newest(reader: Reader<'_>) -> Result<Vec<Stored<CouncilCycle>>> {
    let request = ListRequest { limit: Some(CYCLES_IN_A_PAGE), ..ListRequest::default() };
    Ok(reader.list::<CouncilCycle>(&request).await?.items)
}

/// A page of cycles, newest first, without their snapshots and comments.
///
/// # Errors
/// [`Error::Forbidden`] for a reader without a role, [`Error::Invalid`] for a wrong page token.
pub async fn list(
    reader: Reader<'_>,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<Stored<CouncilCycle>>> {
    reader.demand::<CouncilCycle>(Action::Read)?;
    let limit = limit.or(Some(CYCLES_IN_A_PAGE));
    let mut page =
        reader.list::<CouncilCycle>(&ListRequest { after, limit, ..ListRequest::default() }).await?;
    for cycle in &mut page.items {
        cycle.record.snapshot.clear();
        for measure in cycle.record.agreement.iter_mut().flat_map(|agreement| &mut agreement.by_measure) {
            measure.comments.clear();
        }
    }
    Ok(page)
}

/// What the one who asks can do with a cycle now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CyclePowers {
    pub score: bool,
    pub close: bool,
    pub propose: bool,
    pub publish: bool,
}

/// A cycle with what belongs to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CycleView {
    pub cycle: Stored<CouncilCycle>,
    pub proposals: Vec<CouncilProposal>,
    /// The scores of the one who asks; nobody else's.
    pub scores: Vec<Score>,
    pub may: CyclePowers,
    /// Numbers of the proposals that the one who asks can answer.
    pub answerable: Vec<u16>,
}

/// One cycle.
///
/// # Errors
/// [`Error::NotFound`] when there is none for this reader.
pub async fn detail(reader: Reader<'_>, id: ObjectId) -> Result<CycleView> {
    let cycle = reader.get::<CouncilCycle>(id).await?;
    let scores = match reader.principal().account {
        Some(account) => own_scores(reader, id, account).await?.map(|stored| stored.record.scores),
        None => None,
    };
    let proposals = proposals::of_cycle(reader, id).await?;
    let answerable = proposals
        .iter()
        .filter(|stored| proposals::may_answer(reader, stored))
        .map(|stored| stored.record.number)
        .collect();
    Ok(CycleView {
        may: powers(reader, &cycle),
        proposals: proposals.into_iter().map(|stored| stored.record).collect(),
        scores: scores.unwrap_or_default(),
        answerable,
        cycle,
    })
}

fn is_member(reader: Reader<'_>, cycle: &CouncilCycle) -> bool {
    let account = reader.principal().account;
    reader.principal().has_role(Role::Council)
        && cycle.members.iter().any(|member| Some(member.account) == account)
}

fn powers(reader: Reader<'_>, cycle: &Stored<CouncilCycle>) -> CyclePowers {
    let director = reader.principal().has_role(Role::Director);
    let member = is_member(reader, &cycle.record);
    let state = cycle.record.state;
    CyclePowers {
        score: member && state == CycleState::Open,
        close: director && state == CycleState::Open && !cycle.record.scored.is_empty(),
        propose: member && state == CycleState::Closed && reader.may_create::<CouncilProposal>(),
        publish: director && state != CycleState::Open,
    }
}

/// Refuses anybody who is not a member of the cycle.
pub(super) fn demand_member(reader: Reader<'_>, cycle: &CouncilCycle) -> Result<()> {
    if is_member(reader, cycle) {
        return Ok(());
    }
    Err(Error::Forbidden("only members of this cycle may do this".into()))
}

async fn own_scores(
    reader: Reader<'_>,
    cycle: ObjectId,
    account: ObjectId,
) -> Result<Option<Stored<CouncilScore>>> {
    match reader.get::<CouncilScore>(CouncilScore::id_of(cycle, account)).await {
        Ok(stored) => Ok(Some(stored)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// For the member and for the node, which adds the scores up when the cycle is closed. For nobody else, ever.
fn blind_label(member: ObjectId) -> Label {
    let parties = [Some(member), Principal::node().account].into_iter().flatten().map(Party::Person);
    Label { tlp: Tlp::Red, audience: Audience::any_of(parties), pap: Pap::Red, view: ReleaseView::Technical }
}

/// Scores sent by a member.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentScores {
    /// A score replaces an earlier one of the same measure; measures not named stay as they were.
    pub scores: Vec<Score>,
}

/// Saves scores of a member. The cycle notes that the member has scored in the same commit, so that closing and
/// scoring cannot cross: a score is either in the agreement or refused.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but a member, [`Error::Conflict`] when the cycle is closed, [`Error::Invalid`]
/// naming the score.
pub async fn score(kernel: &Kernel, viewer: &Viewer, id: ObjectId, sent: SentScores) -> Result<Vec<Score>> {
    let mut last = Error::Conflict("too many score at once: try again".into());
    for _ in 0..ATTEMPTS {
        match score_once(kernel, viewer, id, &sent.scores).await {
            Err(Error::Conflict(reason)) if reason != CLOSED => last = Error::Conflict(reason),
            other => return other,
        }
    }
    Err(last)
}

const CLOSED: &str = "the cycle is closed";

async fn score_once(kernel: &Kernel, viewer: &Viewer, id: ObjectId, sent: &[Score]) -> Result<Vec<Score>> {
    let reader = viewer.reader(kernel);
    let cycle = reader.get::<CouncilCycle>(id).await?;
    demand_member(reader, &cycle.record)?;
    if cycle.record.state != CycleState::Open {
        return Err(Error::Conflict(CLOSED.into()));
    }
    let member = reader.principal().account.ok_or_else(|| Error::Forbidden("sign in first".into()))?;
    // The faults of what was sent are named by their place in it, before it is merged.
    let sent = CouncilScore { cycle: id, member, scores: sent.to_vec() };
    shinayaka_kernel::object::Record::validate(&sent)?;
    let stored = own_scores(reader, id, member).await?;
    let before = stored.as_ref().map_or(&[][..], |stored| &stored.record.scores);
    let merged: BTreeMap<u8, Score> =
        before.iter().chain(&sent.scores).map(|score| (score.measure, score.clone())).collect();
    let record = CouncilScore { scores: merged.into_values().collect(), ..sent };
    let mut writer = viewer.writer(kernel);
    let mut noted = cycle.record.clone();
    noted.scored.retain(|scored| scored.member != member);
    let measures = u8::try_from(record.scores.len()).unwrap_or(MEASURE_COUNT);
    noted.scored.push(Scored { member, at: writer.at(), measures });
    noted.scored.sort_by_key(|scored| scored.member);
    match &stored {
        Some(stored) => writer.update(stored, &record).await?,
        None => {
            let keep = Keep { label: blind_label(member), owner: None, synthetic: cycle.synthetic };
            writer.create_with_id(CouncilScore::id_of(id, member), &record, &keep).await?;
        }
    }
    writer.decide(&cycle, &noted).await?;
    writer.commit().await?;
    Ok(record.scores)
}

/// Closes a cycle: the node reads the scores, adds them up without names, and the agreement is kept with the cycle.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the director, [`Error::Conflict`] when it is closed or nobody has scored.
pub async fn close(kernel: &Kernel, viewer: &Viewer, id: ObjectId) -> Result<Agreement> {
    let mut last = Error::Conflict("members are scoring right now: try again".into());
    for _ in 0..ATTEMPTS {
        let cycle = viewer.reader(kernel).get::<CouncilCycle>(id).await?;
        demand_role(viewer.reader(kernel), Role::Director, "the director")?;
        if cycle.record.state != CycleState::Open {
            return Err(Error::Conflict(CLOSED.into()));
        }
        if cycle.record.scored.is_empty() {
            return Err(Error::Conflict("no member has scored yet".into()));
        }
        let agreement = add_up(kernel, &cycle).await?;
        let mut writer = viewer.writer(kernel);
        let record = CouncilCycle {
            state: CycleState::Closed,
            closed_at: Some(writer.at()),
            agreement: Some(agreement.clone()),
            ..cycle.record.clone()
        };
        writer.decide(&cycle, &record).await?;
        writer.emit("council.closed", Some(id), &serde_json::json!({ "alpha": agreement.alpha }))?;
        match writer.commit().await {
            Ok(_) => return Ok(agreement),
            Err(Error::Conflict(reason)) => last = Error::Conflict(reason),
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

async fn add_up(kernel: &Kernel, cycle: &Stored<CouncilCycle>) -> Result<Agreement> {
    let node = Principal::node();
    let request = ListRequest {
        filters: vec![("cycle", FilterValue::Text(cycle.id.to_string()))],
        limit: Some(500),
        ..ListRequest::default()
    };
    let members: BTreeSet<ObjectId> = cycle.record.members.iter().map(|member| member.account).collect();
    let stored = kernel.reader(&node).list::<CouncilScore>(&request).await?.items;
    let scores: Vec<CouncilScore> = stored
        .into_iter()
        // What somebody says is what that somebody saved.
        .filter(|one| one.author == one.record.member && members.contains(&one.record.member))
        .map(|one| one.record)
        .collect();
    Ok(aggregate(&scores))
}

/// The agreement of a closed cycle.
///
/// # Errors
/// [`Error::NotFound`] when there is no such cycle for this reader, [`Error::Conflict`] while it is open.
pub async fn agreement(reader: Reader<'_>, id: ObjectId) -> Result<Agreement> {
    let cycle = reader.get::<CouncilCycle>(id).await?;
    cycle.record.agreement.ok_or_else(|| Error::Conflict("the cycle is still open: scores are blind".into()))
}
