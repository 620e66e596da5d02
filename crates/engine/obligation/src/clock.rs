//! Deadlines: a period from a named anchor, and what the calendar does to it.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan, Zoned};
use serde::Deserialize;

use crate::belief::Belief;
use crate::calendar::WorkingDays;
use crate::condition::{Condition, Written};
use crate::error::{Error, Result};
use crate::facts::{FactId, Kind, Value};
use crate::regime::{DutyId, Names};

/// A length of time as laws write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Elapsed hours, whatever the clock on the wall does meanwhile.
    Hours(i64),
    /// Days of the calendar, to the same time of day.
    Days(i64),
    /// Months of the calendar, to the same day and time; a day that a month lacks becomes its last.
    Months(i64),
    /// Days on which offices are open; the day of the anchor does not count.
    BusinessDays(i64),
}

impl Amount {
    /// Reads `72h`, `14d`, `1mo`, `4bd`.
    ///
    /// # Errors
    /// `Invalid` with `place` for another form or more than a thousand.
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let number: i64 =
            number.parse().ok().filter(|number| (1..=1000).contains(number)).ok_or_else(|| {
                let text: String = text.chars().take(40).collect();
                Error::invalid(
                    place,
                    format!("`{text}` is no period; write 72h, 14d, 1mo or 4bd (up to 1000)"),
                )
            })?;
        Ok(match unit {
            "h" => Self::Hours(number),
            "d" => Self::Days(number),
            "mo" => Self::Months(number),
            "bd" => Self::BusinessDays(number),
            _ => return Err(Error::invalid(place, "the unit of a period is h, d, mo or bd")),
        })
    }

    fn from(self, begin: &Zoned) -> Option<Zoned> {
        match self {
            Self::Hours(hours) => begin.checked_add(SignedDuration::from_hours(hours)).ok(),
            Self::Days(days) => begin.checked_add(days.days()).ok(),
            Self::Months(months) => begin.checked_add(months.months()).ok(),
            Self::BusinessDays(_) => None,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Self::Hours(number) => (number, "hour"),
            Self::Days(number) => (number, "day"),
            Self::Months(number) => (number, "month"),
            Self::BusinessDays(number) => (number, "business day"),
        };
        write!(out, "{number} {unit}{}", if *number == 1 { "" } else { "s" })
    }
}

/// What a clock starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorId {
    Fact(FactId),
    /// The first submission of a report of the same regime.
    Report(DutyId),
    /// The last one, for reports that are updated.
    LatestReport(DutyId),
}

/// A delay from an anchor, as a regime file writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenBasis {
    pub anchor: String,
    /// None: the anchor itself.
    pub period: Option<String>,
}

/// A delay from an anchor.
#[derive(Debug, Clone)]
pub struct Basis {
    pub anchor: AnchorId,
    pub amount: Option<Amount>,
}

/// What a deadline does that falls on a day on which offices are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClosedDay {
    /// The same time of day on the next working day.
    NextWorkingDay,
    NoonOfNextWorkingDay,
}

/// A postponement by an authority: nothing is due before that moment, within a bound from the original deadline.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Postponed {
    until: String,
    at_most: String,
}

/// A clock as a regime file writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenClock {
    /// When this clock and no later one of the duty applies.
    pub when: Option<Written>,
    pub anchor: String,
    /// `72h`, `14d`, `1mo`, `4bd`; absent when the law says "without delay".
    pub period: Option<String>,
    /// Name of the deadline that the event must bring because the law is not known.
    pub parameter: Option<String>,
    /// The day of the anchor is day one.
    #[serde(default)]
    pub first_day_counts: bool,
    /// Time of day at which the last day ends, `24:00` for its end.
    pub ends_at: Option<String>,
    pub closed_day: Option<ClosedDay>,
    pub closed_day_unless: Option<Written>,
    /// The earlier of the two deadlines counts.
    pub no_later_than: Option<WrittenBasis>,
    /// A shorter period that guidance names.
    pub aim: Option<String>,
    /// Regulation (EEC, Euratom) No 1182/71 gives a later reading of the end.
    #[serde(default)]
    pub union_periods: bool,
    pub postponed: Option<Postponed>,
}

/// A clock with its names looked up.
#[derive(Debug, Clone)]
pub struct Clock {
    pub when: Option<Condition>,
    pub anchor: AnchorId,
    pub amount: Option<Amount>,
    pub parameter: Option<String>,
    first_day_counts: bool,
    ends_at: Option<End>,
    closed_day: Option<ClosedDay>,
    closed_day_unless: Option<Condition>,
    no_later_than: Option<Basis>,
    aim: Option<Amount>,
    union_periods: bool,
    postponed: Option<(FactId, Amount)>,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Of(Time),
    /// Its last second.
    Day,
}

/// What a clock is evaluated in.
pub struct Context<'a> {
    pub(crate) belief: &'a Belief<'a>,
    pub(crate) regime: usize,
    pub(crate) zone: &'a TimeZone,
}

impl Context<'_> {
    pub(crate) fn value(&self, fact: FactId) -> Option<&Value> {
        self.belief.value(self.regime, fact)
    }

    pub(crate) fn anchor(&self, anchor: AnchorId) -> Option<(Timestamp, bool)> {
        match anchor {
            AnchorId::Fact(fact) => match self.value(fact) {
                Some(Value::Instant(at, day)) => Some((*at, *day)),
                _ => None,
            },
            AnchorId::Report(duty) => self.belief.report(duty).map(|(first, _)| (first, false)),
            AnchorId::LatestReport(duty) => self.belief.report(duty).map(|(_, last)| (last, false)),
        }
    }
}

/// The end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// None: without delay, no instant.
    pub at: Option<Timestamp>,
    /// The later reading under the union's rule of periods.
    pub extended: Option<Timestamp>,
    pub aim: Option<Timestamp>,
    /// Moved because offices are closed on the day.
    pub moved: bool,
}

/// Why an end cannot be computed though the anchor is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// No calendar rule reaches that year.
    Calendar,
    /// Beyond the years that can be written.
    Time,
}

pub(crate) fn anchor(text: &str, names: &Names<'_>, place: &str) -> Result<AnchorId> {
    if let Some(duty) = text.strip_prefix("report:") {
        return Ok(AnchorId::Report(names.duty(duty)?));
    }
    if let Some(duty) = text.strip_prefix("latest-report:") {
        return Ok(AnchorId::LatestReport(names.duty(duty)?));
    }
    instant_fact(text, names, place).map(AnchorId::Fact)
}

fn instant_fact(text: &str, names: &Names<'_>, place: &str) -> Result<FactId> {
    let fact = names.vocabulary.id(text)?;
    if names.vocabulary.definition(fact).kind == Kind::Instant {
        return Ok(fact);
    }
    Err(Error::invalid(place, format!("`{text}` is no moment")))
}

impl WrittenBasis {
    pub(crate) fn resolve(&self, names: &Names<'_>, place: &str) -> Result<Basis> {
        let amount = self.period.as_deref().map(|text| Amount::parse(text, place)).transpose()?;
        Ok(Basis { anchor: anchor(&self.anchor, names, place)?, amount })
    }
}

impl Basis {
    /// The end of the delay; none when the anchor is not known.
    pub(crate) fn end(&self, context: &Context<'_>) -> Option<Timestamp> {
        let (begin, _) = context.anchor(self.anchor)?;
        match self.amount {
            None => Some(begin),
            Some(amount) => amount.from(&begin.to_zoned(context.zone.clone())).map(|end| end.timestamp()),
        }
    }
}

impl WrittenClock {
    pub(crate) fn resolve(&self, names: &Names<'_>, place: &str) -> Result<Clock> {
        let amount =
            |text: &Option<String>| text.as_deref().map(|text| Amount::parse(text, place)).transpose();
        let condition =
            |written: &Option<Written>| written.as_ref().map(|w| w.resolve(names, place)).transpose();
        let ends_at = match self.ends_at.as_deref() {
            None => None,
            Some("24:00") => Some(End::Day),
            Some(text) => {
                let wrong = |_| Error::invalid(place, format!("`{text}` is no time of day"));
                Some(End::Of(text.parse().map_err(wrong)?))
            }
        };
        let postponed = match &self.postponed {
            Some(line) => {
                Some((instant_fact(&line.until, names, place)?, Amount::parse(&line.at_most, place)?))
            }
            None => None,
        };
        Ok(Clock {
            when: condition(&self.when)?,
            anchor: anchor(&self.anchor, names, place)?,
            amount: amount(&self.period)?,
            parameter: self.parameter.clone(),
            first_day_counts: self.first_day_counts,
            ends_at,
            closed_day: self.closed_day,
            closed_day_unless: condition(&self.closed_day_unless)?,
            no_later_than: self
                .no_later_than
                .as_ref()
                .map(|basis| basis.resolve(names, place))
                .transpose()?,
            aim: amount(&self.aim)?,
            union_periods: self.union_periods,
            postponed,
        })
    }
}

impl Clock {
    /// The deadline from an anchor at `begin`; `amount` is the clock's own or the parameter's.
    pub(crate) fn due(
        &self,
        begin: Timestamp,
        amount: Option<Amount>,
        context: &Context<'_>,
        days: &WorkingDays<'_>,
    ) -> std::result::Result<Due, Unreachable> {
        let begin = begin.to_zoned(context.zone.clone());
        let aim = self.aim.and_then(|amount| amount.from(&begin)).map(|end| end.timestamp());
        let Some(amount) = amount else {
            return Ok(Due { at: None, extended: None, aim, moved: false });
        };
        let mut end = self.plain_end(&begin, amount, days)?;
        if let Some(earlier) = self.no_later_than.as_ref().and_then(|basis| basis.end(context))
            && earlier < end.timestamp()
        {
            end = earlier.to_zoned(context.zone.clone());
        }
        let unmoved = end.clone();
        if self.moves(context) && days.is_off(end.date()) {
            end = self.moved(&end, days)?;
        }
        let moved = end != unmoved;
        if let Some((fact, at_most)) = self.postponed
            && let Some(Value::Instant(until, _)) = context.value(fact)
        {
            let bound = at_most.from(&end).ok_or(Unreachable::Time)?.timestamp();
            end = (*until).clamp(end.timestamp(), bound).to_zoned(context.zone.clone());
        }
        let extended = if self.union_periods { union_end(&begin, amount, days) } else { None };
        Ok(Due { at: Some(end.timestamp()), extended, aim, moved })
    }

    fn plain_end(
        &self,
        begin: &Zoned,
        amount: Amount,
        days: &WorkingDays<'_>,
    ) -> std::result::Result<Zoned, Unreachable> {
        let end = match amount {
            Amount::BusinessDays(count) => {
                let mut day = begin.date();
                for _ in 0..count {
                    day = days.next(day).ok_or(Unreachable::Calendar)?;
                }
                day.to_datetime(begin.time())
                    .to_zoned(begin.time_zone().clone())
                    .map_err(|_| Unreachable::Time)?
            }
            _ => amount.from(begin).ok_or(Unreachable::Time)?,
        };
        let end = if self.first_day_counts {
            end.checked_sub(1.day()).map_err(|_| Unreachable::Time)?
        } else {
            end
        };
        match self.ends_at {
            None => Ok(end),
            Some(of) => on(end.date(), of, end.time_zone()).ok_or(Unreachable::Time),
        }
    }

    fn moves(&self, context: &Context<'_>) -> bool {
        let kept = self.closed_day_unless.as_ref().is_some_and(|unless| unless.truth(context) == Some(true));
        self.closed_day.is_some() && !kept
    }

    fn moved(&self, end: &Zoned, days: &WorkingDays<'_>) -> std::result::Result<Zoned, Unreachable> {
        let next = days.next(end.date()).ok_or(Unreachable::Calendar)?;
        let time = match self.closed_day {
            Some(ClosedDay::NoonOfNextWorkingDay) => Time::constant(12, 0, 0, 0),
            _ => end.time(),
        };
        next.to_datetime(time).to_zoned(end.time_zone().clone()).map_err(|_| Unreachable::Time)
    }

    /// The rule in words, for people.
    pub(crate) fn words(&self, amount: Option<Amount>, anchor: &str) -> String {
        let mut words = match (amount, &self.parameter) {
            (Some(amount), _) => format!("{amount} from {anchor}"),
            (None, Some(parameter)) => format!("the period `{parameter}` from {anchor}"),
            (None, None) => format!("without delay from {anchor}"),
        };
        if self.first_day_counts {
            words.push_str(", that day being the first");
        }
        match self.ends_at {
            Some(End::Day) => words.push_str(", to the end of the day"),
            Some(End::Of(time)) => words.push_str(&format!(", at {}", time.strftime("%H:%M"))),
            None => {}
        }
        match self.closed_day {
            Some(ClosedDay::NextWorkingDay) => words.push_str("; on a closed day the next working day"),
            Some(ClosedDay::NoonOfNextWorkingDay) => {
                words.push_str("; on a closed day noon of the next working day")
            }
            None => {}
        }
        words
    }
}

fn on(day: Date, end: End, zone: &TimeZone) -> Option<Zoned> {
    let time = match end {
        End::Of(time) => time,
        End::Day => Time::constant(23, 59, 59, 0),
    };
    day.to_datetime(time).to_zoned(zone.clone()).ok()
}

/// Regulation (EEC, Euratom) No 1182/71, Art. 3: a period in days or months ends with the last hour of its last day,
/// and when that day is a closed one, of the next working day.
fn union_end(begin: &Zoned, amount: Amount, days: &WorkingDays<'_>) -> Option<Timestamp> {
    let span: Span = match amount {
        Amount::Days(days) => days.days(),
        Amount::Months(months) => months.months(),
        Amount::Hours(_) | Amount::BusinessDays(_) => return None,
    };
    let last = begin.date().checked_add(span).ok()?;
    let last = if days.is_off(last) { days.next(last)? } else { last };
    on(last, End::Day, begin.time_zone()).map(|end| end.timestamp())
}
