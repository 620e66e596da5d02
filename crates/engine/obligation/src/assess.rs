//! The answer for one moment: every duty with its deadline, its anchor and its status.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::belief::{Belief, Checked};
use crate::calendar::WorkingDays;
use crate::clock::{AnchorId, Clock, Context, Due, Unreachable};
use crate::facts::FactId;
use crate::regime::{Duty, DutyId, Regime, Standing};
use crate::rulebook::Rulebook;

/// Where a duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    NotTriggered,
    Running,
    Met,
    Late,
    CannotBeComputed,
}

/// What a clock started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    pub id: AnchorId,
    pub at: Timestamp,
    /// Only the day was given; its first moment counts.
    pub day_only: bool,
}

/// Something that must be said before the answer is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing<'a> {
    Fact(FactId),
    Report(DutyId),
    Parameter(&'a str),
}

/// Why a duty has its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    NotInForce,
    Before(Date),
    After(Date),
    Trigger,
    TriggerOpen,
    AnchorMissing,
    ParameterMissing,
    NoCalendar,
    TimeOutOfRange,
    Open,
    OpenWithoutInstant,
    Submitted,
    SubmittedLate,
    NotSubmitted,
}

impl fmt::Display for Because {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotInForce => "the regime is not in force; the deadline is what it would be",
            Self::Before(day) => return write!(out, "the regime applies from {day}, the anchor is earlier"),
            Self::After(day) => return write!(out, "the regime applied until {day}, the anchor is later"),
            Self::Trigger => "the facts do not meet the trigger",
            Self::TriggerOpen => "the facts do not yet decide whether the trigger is met",
            Self::AnchorMissing => "the anchor of the clock is not known",
            Self::ParameterMissing => "the law's period is not known; give it as a parameter",
            Self::NoCalendar => "no calendar rule reaches that year",
            Self::TimeOutOfRange => "the deadline lies outside of the years that can be written",
            Self::Open => "the deadline has not passed",
            Self::OpenWithoutInstant => "to be done without delay; the law names no instant",
            Self::Submitted => "submitted in time",
            Self::SubmittedLate => "submitted after the deadline",
            Self::NotSubmitted => "the deadline has passed without a report",
        })
    }
}

/// The answer for one duty.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    pub id: DutyId,
    pub regime: &'a Regime,
    pub duty: &'a Duty,
    pub status: Status,
    pub because: Because,
    /// The clock that applies.
    pub clock: Option<&'a Clock>,
    pub anchor: Option<Anchor>,
    pub due: Option<Due>,
    /// The deadline if the report that it counts from is submitted at its own deadline.
    pub planned: Option<Timestamp>,
    /// The first submission.
    pub submitted: Option<Timestamp>,
    pub missing: Vec<Missing<'a>>,
    pub zone: TimeZone,
}

/// The answers of all regimes asked for, in their order.
#[derive(Debug)]
pub struct Assessment<'a> {
    pub at: Timestamp,
    pub answers: Vec<Answer<'a>>,
}

impl Rulebook {
    /// Answers for one moment from what was believed at it. `only`: places of the regimes, all when empty.
    #[must_use]
    pub fn assess<'a>(&'a self, event: &Checked, at: Timestamp, only: &[usize]) -> Assessment<'a> {
        let belief = event.believed_at(at, self);
        let mut answers = Vec::with_capacity(40);
        for (place, regime) in self.regimes().iter().enumerate() {
            if only.is_empty() || only.contains(&place) {
                self.assess_regime(place, regime, event, &belief, at, &mut answers);
            }
        }
        Assessment { at, answers }
    }

    fn assess_regime<'a>(
        &'a self,
        place: usize,
        regime: &'a Regime,
        event: &Checked,
        belief: &Belief<'_>,
        at: Timestamp,
        answers: &mut Vec<Answer<'a>>,
    ) {
        let zone = regime.zone.as_ref().unwrap_or(&event.zone);
        let context = Context { belief, regime: place, zone };
        // The law's own calendars, and those of the place where the organisation sits when the law has no zone.
        let own = &self.calendars_of[place];
        let chosen = if regime.zone.is_some() || event.calendars.is_empty() { own } else { &event.calendars };
        let calendars = chosen.iter().map(|at| &self.calendars()[*at]).collect();
        let days = WorkingDays { calendars, extra: &event.holidays };
        let applies = regime.applies.truth(&context);
        let first = answers.len();
        for (number, duty) in regime.duties.iter().enumerate() {
            let id = DutyId { regime: place, duty: number };
            let mut answer = Answer {
                id,
                regime,
                duty,
                status: Status::NotTriggered,
                because: Because::Trigger,
                clock: None,
                anchor: None,
                due: None,
                planned: None,
                submitted: belief.report(id).map(|(submitted, _)| submitted),
                missing: Vec::new(),
                zone: zone.clone(),
            };
            if applies != Some(false) {
                let question =
                    Question { event, context: &context, days: &days, at, siblings: &answers[first..] };
                question.answer(&mut answer);
            }
            answers.push(answer);
        }
    }
}

struct Question<'q, 'a> {
    event: &'q Checked,
    context: &'q Context<'q>,
    days: &'q WorkingDays<'q>,
    at: Timestamp,
    /// The answers of the regime's earlier duties.
    siblings: &'q [Answer<'a>],
}

impl<'a> Question<'_, 'a> {
    fn answer(&self, answer: &mut Answer<'a>) {
        let regime = answer.regime;
        let conditions = std::iter::once(&regime.applies).chain(&answer.duty.when);
        let mut open = Vec::new();
        for condition in conditions {
            if condition.truth(self.context) == Some(false) {
                return;
            }
            condition.open(self.context, &mut open);
        }
        if !open.is_empty() {
            answer.status = Status::CannotBeComputed;
            answer.because = Because::TriggerOpen;
            answer.missing = open.into_iter().map(Missing::Fact).collect();
            self.check_validity(answer, self.at);
            return;
        }
        let Some(clock) = self.clock(answer) else { return };
        answer.clock = Some(clock);
        let amount = match &clock.parameter {
            Some(name) => {
                let given =
                    self.event.parameters.iter().find(|(other, _)| other == name).map(|(_, amount)| *amount);
                if given.is_none() {
                    answer.missing.push(Missing::Parameter(name));
                }
                given
            }
            None => clock.amount,
        };
        let Some((begin, day_only)) = self.context.anchor(clock.anchor) else {
            self.without_anchor(answer, clock, amount);
            return;
        };
        answer.anchor = Some(Anchor { id: clock.anchor, at: begin, day_only });
        if clock.parameter.is_some() && amount.is_none() {
            answer.status = Status::CannotBeComputed;
            answer.because = Because::ParameterMissing;
            self.check_validity(answer, begin);
            return;
        }
        match clock.due(begin, amount, self.context, self.days) {
            Ok(due) => self.status(answer, due),
            Err(why) => {
                answer.status = Status::CannotBeComputed;
                answer.because = match why {
                    Unreachable::Calendar => Because::NoCalendar,
                    Unreachable::Time => Because::TimeOutOfRange,
                };
            }
        }
        self.check_validity(answer, begin);
    }

    /// The first clock that applies. One whose condition is open does not; what keeps it open is reported as missing.
    fn clock(&self, answer: &mut Answer<'a>) -> Option<&'a Clock> {
        let mut open = Vec::new();
        let duty = answer.duty;
        let found = duty.clocks.iter().find(|clock| match &clock.when {
            None => true,
            Some(when) => {
                when.open(self.context, &mut open);
                when.truth(self.context) == Some(true)
            }
        });
        answer.missing.extend(open.into_iter().map(Missing::Fact));
        found
    }

    fn without_anchor(
        &self,
        answer: &mut Answer<'a>,
        clock: &'a Clock,
        amount: Option<crate::clock::Amount>,
    ) {
        answer.status = Status::CannotBeComputed;
        answer.because = Because::AnchorMissing;
        match clock.anchor {
            AnchorId::Fact(fact) => answer.missing.push(Missing::Fact(fact)),
            AnchorId::Report(duty) | AnchorId::LatestReport(duty) => {
                answer.missing.push(Missing::Report(duty));
                let before = self.siblings.get(duty.duty).and_then(|sibling| match sibling.due {
                    Some(Due { at: Some(at), .. }) => Some(at),
                    _ => sibling.planned,
                });
                let due = before.and_then(|begin| clock.due(begin, amount, self.context, self.days).ok());
                answer.planned = due.and_then(|due| due.at);
            }
        }
        self.check_validity(answer, self.at);
    }

    fn status(&self, answer: &mut Answer<'a>, due: Due) {
        answer.due = Some(due);
        (answer.status, answer.because) = match (answer.submitted, due.at) {
            (Some(submitted), Some(due)) if submitted > due => (Status::Late, Because::SubmittedLate),
            (Some(_), _) => (Status::Met, Because::Submitted),
            (None, None) => (Status::Running, Because::OpenWithoutInstant),
            (None, Some(due)) if self.at > due => (Status::Late, Because::NotSubmitted),
            (None, Some(_)) => (Status::Running, Because::Open),
        };
    }

    /// A regime binds from its first to its last day; one that is not in force binds nobody.
    fn check_validity(&self, answer: &mut Answer<'a>, anchor: Timestamp) {
        let day = anchor.to_zoned(self.context.zone.clone()).date();
        let because = match (answer.regime.from, answer.regime.until) {
            _ if answer.regime.standing == Standing::NotInForce => Because::NotInForce,
            (Some(from), _) if day < from => Because::Before(from),
            (_, Some(until)) if day > until => Because::After(until),
            _ => return,
        };
        answer.status = Status::NotTriggered;
        answer.because = because;
    }
}
