//! Values of indicators: computed now, or the last figure entered while it holds; and their readings over time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, ObjectId, Result,
    access::{FilterValue, Keep, Kernel, ListRequest, Reader},
    clock::Timestamp,
    http::Viewer,
    label::{Action, Role},
    object::Stored,
};
use shinayaka_model::{
    indicator::{Direction, Grade, Indicator, Interval, Method, Query, Reading, Subject, Unit},
    measure::Measure,
};

use super::{day, demand_role, evaluation::Evaluator};
use crate::reference;

/// Readings shown with a value, for a spark line.
pub const READINGS_SHOWN: u32 = 30;
/// Days ahead at which an entered figure may expire at most.
pub const MAXIMUM_DAYS_VALID: i32 = 1_830;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorKind {
    Query,
    Entered,
}

/// How well a value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorState {
    /// Computed now from live records.
    Measured,
    /// Entered by somebody who names the source, and still valid.
    Reported,
    /// Nobody knows.
    Unknown,
    /// Was entered once; no longer valid, so the value is not shown.
    Expired,
}

/// A value that the indicator had at a time.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReadingPoint {
    pub at: Timestamp,
    pub value: f64,
}

/// An indicator with its value.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct IndicatorValue {
    pub id: ObjectId,
    pub subject: Subject,
    pub name_ja: String,
    pub name_en: String,
    pub unit: Unit,
    pub direction: Direction,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    pub kind: IndicatorKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
    /// Null when unknown or expired.
    pub value: Option<f64>,
    /// How many records, entries or observations the value rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// The 95 % interval, where the records are a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    pub state: IndicatorState,
    pub as_of: Timestamp,
    /// The last day on which a reported value holds, or held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub expires: Option<Date>,
    /// The formula of a query; who says so for a reported value; empty while unknown.
    pub source: String,
    /// Invented records are among those that the value rests on.
    pub synthetic: bool,
    /// Oldest first, at most 30.
    pub readings: Vec<ReadingPoint>,
}

impl IndicatorValue {
    fn unknown(indicator: &Indicator, now: Timestamp) -> Self {
        let query = match &indicator.method {
            Method::Query { query } => Some(query.clone()),
            Method::Entered => None,
        };
        Self {
            id: indicator.id(),
            subject: indicator.subject.clone(),
            name_ja: indicator.name_ja.clone(),
            name_en: indicator.name_en.clone(),
            unit: indicator.unit,
            direction: indicator.direction,
            target: indicator.target,
            kind: if query.is_some() { IndicatorKind::Query } else { IndicatorKind::Entered },
            source: query.as_ref().map(ToString::to_string).unwrap_or_default(),
            query,
            value: None,
            n: None,
            interval: None,
            state: IndicatorState::Unknown,
            as_of: now,
            expires: None,
            synthetic: false,
            readings: Vec::new(),
        }
    }

    fn measured_by_node(&mut self, history: &[Stored<Reading>]) {
        let Some(last) = history.iter().find(|one| one.record.grade == Grade::Measured) else { return };
        self.as_of = last.record.at;
        self.value = Some(last.record.value);
        self.n = last.record.n;
        self.interval = last.record.interval;
        self.synthetic = last.synthetic;
        self.state = IndicatorState::Measured;
    }

    /// What the last entered figure says on a day: itself, or nothing any more.
    fn report(&mut self, last: &Stored<Reading>, today: Date) {
        let reading = &last.record;
        self.as_of = reading.at;
        self.expires = reading.expires;
        self.source.clone_from(&reading.source);
        self.synthetic = last.synthetic;
        if reading.expires.is_some_and(|expires| expires < today) {
            self.state = IndicatorState::Expired;
            return;
        }
        self.state = IndicatorState::Reported;
        self.value = Some(reading.value);
        self.n = reading.n;
        self.interval = reading.interval;
    }
}

/// The definitions as this node keeps them, by subject and position.
///
/// # Errors
/// When the store does not answer.
pub async fn definitions(reader: Reader<'_>) -> Result<Vec<Stored<Indicator>>> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let request = ListRequest { after, limit: Some(500), ..ListRequest::default() };
        let page = reader.list::<Indicator>(&request).await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    all.sort_by(|a, b| {
        let key = |one: &Stored<Indicator>| (one.record.subject.clone(), one.record.position);
        key(a).cmp(&key(b))
    });
    Ok(all)
}

/// Readings of an indicator, newest first.
async fn readings(reader: Reader<'_>, indicator: ObjectId, limit: u32) -> Result<Vec<Stored<Reading>>> {
    let request = ListRequest {
        filters: vec![("indicator", FilterValue::Text(indicator.to_string()))],
        sort: Some(("at", true)),
        after: None,
        limit: Some(limit),
    };
    Ok(reader.list::<Reading>(&request).await?.items)
}

/// The values of the indicators of the subjects wanted, as this reader may know them.
///
/// # Errors
/// When the store does not answer.
pub async fn values(
    reader: Reader<'_>,
    wanted: impl Fn(&Subject) -> bool,
) -> Result<BTreeMap<Subject, Vec<IndicatorValue>>> {
    let now = reader.now();
    let today = day(now)?;
    let mut evaluator = Evaluator::new(reader, today);
    // Most subjects have no reading yet: one question to the counters saves a hundred to the lists.
    let read: BTreeSet<String> = reader
        .facet::<Reading>("subject")
        .await?
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(subject, _)| subject)
        .collect();
    let mut by_subject: BTreeMap<Subject, Vec<IndicatorValue>> = BTreeMap::new();
    for stored in definitions(reader).await? {
        let indicator = stored.record;
        if !wanted(&indicator.subject) {
            continue;
        }
        let mut value = IndicatorValue::unknown(&indicator, now);
        let history = match read.contains(indicator.subject.as_str()) {
            true => readings(reader, indicator.id(), READINGS_SHOWN).await?,
            false => Vec::new(),
        };
        match &indicator.method {
            Method::Query { query } => {
                let evaluation = evaluator.evaluate(query).await?;
                value.n = evaluation.n;
                value.synthetic = evaluation.synthetic;
                if evaluation.value.is_some() {
                    value.value = evaluation.value;
                    value.interval = evaluation.interval;
                    value.state = IndicatorState::Measured;
                } else if query.kinds().iter().any(|kind| !reader.reads_kind(kind)) {
                    // Whoever may not count the records themselves is told what the node last counted.
                    value.measured_by_node(&history);
                }
            }
            Method::Entered => {
                if let Some(last) = history.first() {
                    value.report(last, today);
                }
            }
        }
        let points = history.into_iter().rev();
        value.readings =
            points.map(|one| ReadingPoint { at: one.record.at, value: one.record.value }).collect();
        by_subject.entry(indicator.subject).or_default().push(value);
    }
    Ok(by_subject)
}

/// A figure entered by hand.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnteredReading {
    pub indicator: ObjectId,
    pub value: f64,
    /// Observations that the figure rests on, if the source says.
    #[serde(default)]
    pub n: Option<u64>,
    /// Who says so.
    pub source: String,
    /// The last day on which it holds; after it the indicator shows as expired.
    #[schema(value_type = String, format = Date)]
    pub expires: Date,
}

/// Enters a figure for an indicator of a measure: for whoever may change the measure.
///
/// # Errors
/// [`Error::NotFound`] for another measure's indicator, [`Error::Forbidden`] without the right, [`Error::Invalid`]
/// for a queried indicator, a past expiry or a figure without source.
pub async fn enter(kernel: &Kernel, viewer: &Viewer, no: u8, entered: EnteredReading) -> Result<ObjectId> {
    let reader = viewer.reader(kernel);
    let measure = reader.get::<Measure>(Measure::id_of(no)).await?;
    if !reader.may(&measure, Action::Update) {
        return Err(Error::Forbidden("you may not change this measure".into()));
    }
    let keep = Keep { label: Label::members(), owner: measure.owner.clone(), synthetic: measure.synthetic };
    enter_kept(kernel, viewer, &Subject::measure(no)?, entered, &keep).await
}

/// Enters a figure for an indicator of an item outside the annex table (`S1` to `S6`): for the director and analysts.
///
/// # Errors
/// As [`enter`].
pub async fn enter_for_item(
    kernel: &Kernel,
    viewer: &Viewer,
    item: &str,
    entered: EnteredReading,
) -> Result<ObjectId> {
    let subject = Subject::try_from(item.to_owned()).map_err(|_| Error::NotFound)?;
    if subject.measure_no().is_some() {
        return Err(Error::NotFound);
    }
    if !viewer.0.has_role(Role::Analyst) {
        demand_role(viewer.reader(kernel), Role::Director, "the director and analysts")?;
    }
    enter_kept(kernel, viewer, &subject, entered, &Keep::labelled(Label::members())).await
}

async fn enter_kept(
    kernel: &Kernel,
    viewer: &Viewer,
    subject: &Subject,
    entered: EnteredReading,
    keep: &Keep,
) -> Result<ObjectId> {
    let indicator = viewer.reader(kernel).get::<Indicator>(entered.indicator).await;
    let indicator = indicator.map_err(|error| match error {
        Error::NotFound => Error::invalid("indicator", "is not an indicator"),
        other => other,
    })?;
    if indicator.record.subject != *subject {
        return Err(Error::invalid("indicator", format!("is not one of {}", subject.as_str())));
    }
    if indicator.record.method != Method::Entered {
        return Err(Error::invalid("indicator", "is computed from records and cannot be entered"));
    }
    let mut writer = viewer.writer(kernel);
    let today = day(writer.at())?;
    let days = today.until((jiff::Unit::Day, entered.expires)).map_or(i32::MAX, |span| span.get_days());
    if !(0..=MAXIMUM_DAYS_VALID).contains(&days) {
        let reason = format!("must be from today to {MAXIMUM_DAYS_VALID} days ahead");
        return Err(Error::invalid("expires", reason));
    }
    if indicator.record.unit == Unit::Percent && !(0.0..=100.0).contains(&entered.value) {
        return Err(Error::invalid("value", "must be from 0 to 100 percent"));
    }
    let reading = Reading {
        indicator: entered.indicator,
        subject: subject.clone(),
        at: writer.at(),
        value: entered.value,
        n: entered.n,
        interval: None,
        grade: Grade::Reported,
        source: entered.source.trim().to_owned(),
        expires: Some(entered.expires),
    };
    let id = writer.create(&reading, keep).await?;
    writer.emit("reading.entered", Some(id), &serde_json::json!({ "indicator": entered.indicator }))?;
    writer.commit().await?;
    Ok(id)
}

/// Saves the definitions that this node does not have yet, and those that a new version of the program changed.
///
/// # Errors
/// When the store does not take it.
pub async fn seed(kernel: &Kernel, viewer: &Viewer) -> Result<()> {
    let known: BTreeMap<ObjectId, Stored<Indicator>> =
        definitions(viewer.reader(kernel)).await?.into_iter().map(|one| (one.id, one)).collect();
    let mut writer = viewer.writer(kernel);
    for indicator in reference::indicators() {
        match known.get(&indicator.id()) {
            None => {
                let keep = Keep::labelled(Label::members());
                writer.create_with_id(indicator.id(), indicator, &keep).await?;
            }
            Some(stored) if stored.record != *indicator => writer.update(stored, indicator).await?,
            Some(_) => {}
        }
    }
    writer.commit().await?;
    Ok(())
}
