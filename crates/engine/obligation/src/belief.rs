//! What was known at a moment: facts and reports as entered up to then.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Amount;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::facts::{FactId, Value, instant, zone};
use crate::regime::DutyId;
use crate::rulebook::Rulebook;

/// An event whose names and times were checked against a rulebook.
#[derive(Debug, Clone)]
pub struct Checked {
    pub id: String,
    pub zone: TimeZone,
    /// Places of the calendars in the rulebook.
    pub(crate) calendars: Vec<usize>,
    pub(crate) holidays: Vec<Date>,
    pub(crate) parameters: Vec<(String, Amount)>,
    /// In the order in which they became known; the sort is stable, so the later line wins.
    statements: Vec<Statement>,
    submissions: Vec<Submission>,
}

#[derive(Debug, Clone)]
struct Statement {
    known: Timestamp,
    fact: FactId,
    regime: Option<usize>,
    value: Option<Value>,
}

#[derive(Debug, Clone)]
struct Submission {
    known: Timestamp,
    duty: DutyId,
    submitted: Timestamp,
    withdrawn: bool,
}

/// What is believed at one moment.
#[derive(Debug)]
pub struct Belief<'a> {
    general: Vec<Option<&'a Value>>,
    of_regime: Vec<(usize, FactId, Option<&'a Value>)>,
    reports: Vec<(DutyId, Timestamp)>,
}

impl Checked {
    /// Checks every name, kind, time, zone, calendar and parameter of an event.
    ///
    /// # Errors
    /// `Invalid` or `NotFound` with the place in the event file.
    pub fn new(event: &Event, rulebook: &Rulebook) -> Result<Self> {
        let zone = zone(&event.zone, "zone")?;
        let mut calendars = Vec::new();
        for id in &event.calendars {
            calendars.push(rulebook.calendar_at(id)?);
        }
        let mut parameters = Vec::new();
        for (name, text) in &event.parameters {
            rulebook.check_parameter(name)?;
            parameters.push((name.clone(), Amount::parse(text, &format!("parameters.{name}"))?));
        }
        let mut statements = Vec::with_capacity(event.facts.len() + event.fact.len());
        for (name, value) in &event.facts {
            let place = format!("facts.{name}");
            let fact = named(rulebook, name, &place)?;
            let value = rulebook.vocabulary().value(fact, value, &zone, &place)?;
            statements.push(Statement { known: Timestamp::MIN, fact, regime: None, value: Some(value) });
        }
        for (at, line) in event.fact.iter().enumerate() {
            let place = format!("fact[{at}]");
            let fact = named(rulebook, &line.name, &place)?;
            let value = match &line.value {
                Some(value) => Some(rulebook.vocabulary().value(fact, value, &zone, &place)?),
                None => None,
            };
            let regime = line.regime.as_deref().map(|id| rulebook.regime_at(id)).transpose()?;
            let known = instant(&line.known, &zone, &format!("{place}.known"))?.0;
            statements.push(Statement { known, fact, regime, value });
        }
        statements.sort_by_key(|statement| statement.known);
        let submissions = submissions(event, rulebook, &zone)?;
        Ok(Self {
            id: event.id.clone(),
            zone,
            calendars,
            holidays: event.holidays.clone(),
            parameters,
            statements,
            submissions,
        })
    }

    /// What was believed at a moment; what became known later plays no part.
    #[must_use]
    pub fn believed_at(&self, at: Timestamp, rulebook: &Rulebook) -> Belief<'_> {
        let mut general = vec![None; rulebook.vocabulary().len()];
        let mut of_regime: Vec<(usize, FactId, Option<&Value>)> = Vec::new();
        for statement in self.statements.iter().take_while(|statement| statement.known <= at) {
            match statement.regime {
                None => general[usize::from(statement.fact.0)] = statement.value.as_ref(),
                Some(regime) => {
                    of_regime.retain(|(other, fact, _)| (*other, *fact) != (regime, statement.fact));
                    of_regime.push((regime, statement.fact, statement.value.as_ref()));
                }
            }
        }
        let mut reports: Vec<(DutyId, Timestamp)> = Vec::new();
        for line in self.submissions.iter().take_while(|line| line.known <= at) {
            let entry = (line.duty, line.submitted);
            if line.withdrawn {
                reports.retain(|other| *other != entry);
            } else {
                reports.push(entry);
            }
        }
        reports.sort_by_key(|(_, submitted)| *submitted);
        Belief { general, of_regime, reports }
    }

    /// The moments up to `at` at which something became known, in order.
    #[must_use]
    pub fn moments(&self, at: Timestamp) -> Vec<Timestamp> {
        let facts = self.statements.iter().map(|statement| statement.known);
        let mut moments: Vec<Timestamp> = facts
            .chain(self.submissions.iter().map(|line| line.known))
            .filter(|known| *known <= at)
            .collect();
        moments.sort();
        moments.dedup();
        moments
    }
}

fn named(rulebook: &Rulebook, name: &str, place: &str) -> Result<FactId> {
    rulebook.vocabulary().id(name).map_err(|error| Error::invalid(place, error.to_string()))
}

fn submissions(event: &Event, rulebook: &Rulebook, zone: &TimeZone) -> Result<Vec<Submission>> {
    let mut submissions = Vec::with_capacity(event.report.len());
    for (at, line) in event.report.iter().enumerate() {
        let place = format!("report[{at}]");
        let duty = rulebook.duty_at(&line.duty).map_err(|error| Error::invalid(&place, error.to_string()))?;
        let submitted = instant(&line.submitted, zone, &format!("{place}.submitted"))?.0;
        let known = match &line.known {
            Some(known) => instant(known, zone, &format!("{place}.known"))?.0,
            None => submitted,
        };
        submissions.push(Submission { known, duty, submitted, withdrawn: line.withdrawn });
    }
    submissions.sort_by_key(|line| line.known);
    Ok(submissions)
}

impl Belief<'_> {
    /// The value of a fact for a regime; what was said for that regime alone goes first.
    #[must_use]
    pub fn value(&self, regime: usize, fact: FactId) -> Option<&Value> {
        self.of_regime
            .iter()
            .find(|(other, id, _)| (*other, *id) == (regime, fact))
            .map_or_else(|| self.general[usize::from(fact.0)], |(_, _, value)| *value)
    }

    /// First and last submission of a report.
    #[must_use]
    pub fn report(&self, duty: DutyId) -> Option<(Timestamp, Timestamp)> {
        let mut times = self.reports.iter().filter(|(id, _)| *id == duty).map(|(_, submitted)| *submitted);
        let first = times.next()?;
        Some((first, times.next_back().unwrap_or(first)))
    }
}
