//! The answer as people and programs read it: one record a duty, with what was believed before.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::assess::{Anchor, Answer, Missing, Status};
use crate::belief::Checked;
use crate::clock::{AnchorId, Due};
use crate::error::Result;
use crate::event::Event;
use crate::form::{draft, missing};
use crate::regime::{DutyId, Standing};
use crate::rulebook::Rulebook;

/// What `duties --json` prints for an event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// `shinayaka.duties/1`.
    pub schema: String,
    pub event: String,
    /// The moment of the answer; what became known later plays no part.
    pub at: String,
    pub duties: Vec<DutyRecord>,
}

/// One duty.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DutyRecord {
    pub regime: String,
    pub duty: String,
    pub title: String,
    pub law: String,
    pub article: String,
    /// `in force`, `not in force` or `to be verified`.
    pub regime_status: String,
    /// What is not settled about the regime; empty when nothing is.
    pub regime_note: String,
    pub phase: crate::form::Phase,
    pub recipient: String,
    pub status: Status,
    pub because: String,
    /// The deadline with the offset of its zone; none when there is none or it cannot be computed.
    pub due: Option<String>,
    pub zone: String,
    /// The rule in words.
    pub clock: Option<String>,
    pub anchor: Option<AnchorRecord>,
    /// Moved because offices are closed on the day.
    pub moved_over_closed_day: bool,
    /// The later reading under Regulation (EEC, Euratom) No 1182/71.
    pub latest_reading: Option<String>,
    /// The shorter period that guidance names.
    pub aim: Option<String>,
    /// The deadline if the report that it counts from is submitted at its own deadline.
    pub planned: Option<String>,
    pub submitted: Option<String>,
    /// Facts, reports and parameters that would settle the answer.
    pub missing_facts: Vec<String>,
    pub form: Option<FormRecord>,
    /// What was believed before the last change, oldest first.
    pub before: Vec<Belief>,
}

/// What a clock started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AnchorRecord {
    pub name: String,
    pub at: String,
    /// Only the day was given; its first moment counts.
    pub day_only: bool,
}

/// The form of a duty and how far it is filled.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FormRecord {
    pub id: String,
    pub title: String,
    pub fields: usize,
    /// Items of the neutral form that are still without answer.
    pub missing_items: Vec<String>,
}

/// What was believed from one moment to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Belief {
    /// From when this was believed; none for the beginning.
    pub from: Option<String>,
    pub until: String,
    /// The status at the end of that time, as it looked then.
    pub status: Status,
    pub due: Option<String>,
    pub anchor: Option<AnchorRecord>,
}

/// Answers for an event at a moment. `only`: regime ids, all when empty.
///
/// # Errors
/// `Invalid` and `NotFound` with the place in the event.
pub fn report(rulebook: &Rulebook, event: &Event, at: Timestamp, only: &[String]) -> Result<Report> {
    rulebook.spine().check_answers(&event.answers)?;
    let places = only.iter().map(|id| rulebook.regime_at(id)).collect::<Result<Vec<_>>>()?;
    let checked = Checked::new(event, rulebook)?;
    let assessment = rulebook.assess(&checked, at, &places);
    let mut duties: Vec<DutyRecord> =
        assessment.answers.iter().map(|answer| record(rulebook, event, answer)).collect();
    add_history(rulebook, &checked, at, &places, &mut duties);
    Ok(Report {
        schema: "shinayaka.duties/1".into(),
        event: event.id.clone(),
        at: local(at, &checked.zone),
        duties,
    })
}

/// How many duties have which status, without writing the answers out. Regimes that bind nobody count as they answer.
///
/// # Errors
/// As [`report`].
pub fn count(
    rulebook: &Rulebook,
    event: &Event,
    at: Timestamp,
    only: &[String],
) -> Result<Vec<(Status, u64)>> {
    let places = only.iter().map(|id| rulebook.regime_at(id)).collect::<Result<Vec<_>>>()?;
    let checked = Checked::new(event, rulebook)?;
    let assessment = rulebook.assess(&checked, at, &places);
    let mut counts: Vec<(Status, u64)> = Vec::new();
    for answer in &assessment.answers {
        match counts.iter_mut().find(|(status, _)| *status == answer.status) {
            Some((_, number)) => *number += 1,
            None => counts.push((answer.status, 1)),
        }
    }
    Ok(counts)
}

impl Report {
    /// Whether a duty of a regime that binds, or may bind, is late.
    #[must_use]
    pub fn late(&self) -> bool {
        let bound = |duty: &&DutyRecord| duty.regime_status != Standing::NotInForce.words();
        self.duties.iter().filter(bound).any(|duty| duty.status == Status::Late)
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The name of an anchor as event files write it.
#[must_use]
pub fn anchor_name(rulebook: &Rulebook, id: AnchorId) -> String {
    match id {
        AnchorId::Fact(fact) => rulebook.vocabulary().name(fact).to_owned(),
        AnchorId::Report(duty) => format!("submission of {}", duty_name(rulebook, duty)),
        AnchorId::LatestReport(duty) => format!("latest submission of {}", duty_name(rulebook, duty)),
    }
}

fn duty_name(rulebook: &Rulebook, id: DutyId) -> String {
    let regime = &rulebook.regimes()[id.regime];
    format!("{}/{}", regime.id, regime.duties[id.duty].id)
}

fn missing_name(rulebook: &Rulebook, missing: &Missing<'_>) -> String {
    match missing {
        Missing::Fact(fact) => rulebook.vocabulary().name(*fact).to_owned(),
        Missing::Report(duty) => format!("report {}", duty_name(rulebook, *duty)),
        Missing::Parameter(name) => format!("parameter {name}"),
    }
}

fn anchor_record(rulebook: &Rulebook, anchor: Anchor, zone: &TimeZone) -> AnchorRecord {
    AnchorRecord {
        name: anchor_name(rulebook, anchor.id),
        at: local(anchor.at, zone),
        day_only: anchor.day_only,
    }
}

fn record(rulebook: &Rulebook, event: &Event, answer: &Answer<'_>) -> DutyRecord {
    let zone = &answer.zone;
    let due = answer.due.unwrap_or(Due { at: None, extended: None, aim: None, moved: false });
    let write = |at: Option<Timestamp>| at.map(|at| local(at, zone));
    let amount = |clock: &crate::clock::Clock| match &clock.parameter {
        Some(name) => {
            event.parameters.get(name).and_then(|text| crate::clock::Amount::parse(text, name).ok())
        }
        None => clock.amount,
    };
    let triggered = answer.status != Status::NotTriggered;
    let form =
        draft(answer.regime, answer.duty, &event.answers).filter(|_| triggered).map(|draft| FormRecord {
            id: draft.form.clone(),
            title: draft.title.clone(),
            fields: draft.fields.len(),
            missing_items: missing(&draft).into_iter().map(str::to_owned).collect(),
        });
    DutyRecord {
        regime: answer.regime.id.clone(),
        duty: answer.duty.id.clone(),
        title: answer.duty.title.clone(),
        law: answer.regime.law.clone(),
        article: answer.duty.article.clone(),
        regime_status: answer.regime.standing.words().into(),
        regime_note: answer.regime.note.clone(),
        phase: answer.duty.phase,
        recipient: answer.duty.recipient.clone(),
        status: answer.status,
        because: answer.because.to_string(),
        due: write(due.at),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        clock: answer.clock.map(|clock| clock.words(amount(clock), &anchor_name(rulebook, clock.anchor))),
        anchor: answer.anchor.map(|anchor| anchor_record(rulebook, anchor, zone)),
        moved_over_closed_day: due.moved,
        latest_reading: write(due.extended),
        aim: write(due.aim),
        planned: write(answer.planned),
        submitted: write(answer.submitted),
        missing_facts: answer.missing.iter().map(|missing| missing_name(rulebook, missing)).collect(),
        form,
        before: Vec::new(),
    }
}

/// Assesses again at every moment at which something became known, and keeps what differs from the next.
fn add_history(
    rulebook: &Rulebook,
    event: &Checked,
    at: Timestamp,
    only: &[usize],
    duties: &mut [DutyRecord],
) {
    let moments = event.moments(at);
    for (number, from) in moments.iter().enumerate() {
        let Some(next) = moments.get(number + 1) else { break };
        // The status as it looked just before something new was learnt.
        let eve = Timestamp::from_second(next.as_second() - 1).unwrap_or(*from).max(*from);
        let then = rulebook.assess(event, eve, only);
        for (duty, answer) in duties.iter_mut().zip(&then.answers) {
            let belief = Belief {
                from: (*from > Timestamp::MIN).then(|| local(*from, &answer.zone)),
                until: local(*next, &answer.zone),
                status: answer.status,
                due: answer.due.and_then(|due| due.at).map(|at| local(at, &answer.zone)),
                anchor: answer.anchor.map(|anchor| anchor_record(rulebook, anchor, &answer.zone)),
            };
            match duty.before.last_mut() {
                Some(last) if same(last, &belief) => {
                    last.until = belief.until;
                    last.status = belief.status;
                }
                _ => duty.before.push(belief),
            }
        }
    }
    for duty in duties {
        // What is still believed is the record itself.
        let now = (Class::of(duty.status), &duty.due, &duty.anchor);
        if duty.before.last().is_some_and(|last| (Class::of(last.status), &last.due, &last.anchor) == now) {
            duty.before.pop();
        }
    }
}

/// A clock that runs, is met or runs out is one belief; only its absence is another.
#[derive(PartialEq, Eq)]
enum Class {
    NotTriggered,
    CannotBeComputed,
    Clock,
}

impl Class {
    fn of(status: Status) -> Self {
        match status {
            Status::NotTriggered => Self::NotTriggered,
            Status::CannotBeComputed => Self::CannotBeComputed,
            Status::Running | Status::Met | Status::Late => Self::Clock,
        }
    }
}

fn same(one: &Belief, other: &Belief) -> bool {
    Class::of(one.status) == Class::of(other.status) && one.due == other.due && one.anchor == other.anchor
}
