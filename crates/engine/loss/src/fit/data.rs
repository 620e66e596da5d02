//! Data for estimation as CSV.

use std::collections::BTreeMap;
use std::io::Read;

use super::severity::Observation;
use crate::error::{Fault, LossError};
use crate::tree::read_text;

/// What a file holds: losses, counts, or both kinds of rows never mixed.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Columns `value` or `low,high`; optional `left`, `right` (truncation), `count`, `class`.
    Losses(BTreeMap<String, Vec<Observation>>),
    /// Columns `events,exposure`; optional `time`, `group`.
    Counts(Vec<Counts>),
    /// Columns `channel_1,channel_2` of 0 and 1: which channel knew the incident; optional `count`.
    Channels(super::channel::Overlap),
}

/// One row of counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// Group, empty when there is no such column.
    pub group: String,
    /// Time, the row number when there is no such column.
    pub time: f64,
    /// Events.
    pub events: f64,
    /// Exposure.
    pub exposure: f64,
}

const COLUMNS: [&str; 13] = [
    "value",
    "low",
    "high",
    "left",
    "right",
    "count",
    "class",
    "events",
    "exposure",
    "time",
    "group",
    "channel_1",
    "channel_2",
];

/// Reads the data; `left` and `right` are the truncation points of rows that give none.
///
/// # Errors
/// Every wrong cell with its line (at most 100).
pub fn read_data(reader: impl Read, left: f64, right: f64) -> Result<Data, LossError> {
    let text = read_text(reader, "data file")?;
    let mut rows = crate::portfolio::lines_by_line_feed().comment(Some(b'#')).from_reader(text.as_bytes());
    let broken = |error: &csv::Error| {
        LossError::at(error.position().map_or(0, |position| position.line() as usize), "", error.to_string())
    };
    let headers = rows.headers().map_err(|error| broken(&error))?.clone();
    for name in &headers {
        if !COLUMNS.contains(&name) {
            return Err(LossError::at(
                1,
                "",
                format!("unknown column {name:?}; known: {}", COLUMNS.join(",")),
            ));
        }
    }
    let mut table = Table { place: BTreeMap::new(), faults: Vec::new() };
    for (index, name) in headers.iter().enumerate() {
        table.place.insert(name.to_owned(), index);
    }
    let mut records = Vec::new();
    for record in rows.records() {
        records.push(record.map_err(|error| broken(&error))?);
    }
    if records.is_empty() {
        return Err(LossError::at(1, "", "the data file has no rows"));
    }
    let data = if table.has("events") {
        Data::Counts(records.iter().enumerate().map(|(index, record)| table.counts(record, index)).collect())
    } else if table.has("channel_1") {
        table.channels(&records)
    } else if table.has("value") || table.has("low") {
        let mut classes: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
        for record in &records {
            let class = table.cell(record, "class").to_owned();
            let observation = table.loss(record, left, right);
            classes.entry(class).or_default().push(observation);
        }
        Data::Losses(classes)
    } else {
        let reason =
            "needs the columns value, or low and high, or events and exposure, or channel_1 and channel_2";
        return Err(LossError::at(1, "", reason));
    };
    if table.faults.is_empty() { Ok(data) } else { Err(LossError::Invalid(table.faults)) }
}

struct Table {
    place: BTreeMap<String, usize>,
    faults: Vec<Fault>,
}

impl Table {
    fn has(&self, column: &str) -> bool {
        self.place.contains_key(column)
    }

    fn cell<'a>(&self, record: &'a csv::StringRecord, column: &str) -> &'a str {
        self.place.get(column).and_then(|index| record.get(*index)).unwrap_or("")
    }

    fn number(&mut self, record: &csv::StringRecord, column: &str, absent: Option<f64>) -> f64 {
        let cell = self.cell(record, column);
        if let (true, Some(value)) = (cell.is_empty(), absent) {
            return value;
        }
        match cell.parse::<f64>() {
            Ok(value) if (0.0..=1e18).contains(&value) => value,
            _ => {
                let line = record.position().map_or(0, |position| position.line() as usize);
                let reason = format!("is {cell:?}, must be a number of 0 or more");
                if self.faults.len() < 100 {
                    self.faults.push(Fault { line, field: column.to_owned(), reason });
                }
                1.0
            }
        }
    }

    fn fault(&mut self, record: &csv::StringRecord, column: &str, reason: String) {
        let line = record.position().map_or(0, |position| position.line() as usize);
        if self.faults.len() < 100 {
            self.faults.push(Fault { line, field: column.to_owned(), reason });
        }
    }

    fn loss(&mut self, record: &csv::StringRecord, left: f64, right: f64) -> Observation {
        let left = self.number(record, "left", Some(left));
        let right = self.number(record, "right", Some(right));
        let count = self.number(record, "count", Some(1.0));
        let value = self.cell(record, "value");
        let (low, high) = if value.is_empty() {
            (self.number(record, "low", None), self.number(record, "high", Some(f64::INFINITY)))
        } else {
            let value = self.number(record, "value", None);
            (value, value)
        };
        if low > high || (low == high && low <= 0.0) {
            self.fault(record, "low", format!("{low} to {high} is no loss"));
        }
        if low < left || (high > right && low == high) {
            self.fault(record, "value", format!("lies outside the truncation window {left} to {right}"));
        }
        Observation { low, high, left, right, count }
    }

    fn counts(&mut self, record: &csv::StringRecord, index: usize) -> Counts {
        Counts {
            group: self.cell(record, "group").to_owned(),
            time: self.number(record, "time", Some(index as f64)),
            events: self.number(record, "events", None),
            exposure: self.number(record, "exposure", Some(1.0)),
        }
    }

    fn channels(&mut self, records: &[csv::StringRecord]) -> Data {
        let mut overlap = super::channel::Overlap { first_only: 0.0, second_only: 0.0, both: 0.0 };
        for record in records {
            let count = self.number(record, "count", Some(1.0));
            let known = |table: &mut Self, column: &str| table.number(record, column, None) > 0.0;
            match (known(self, "channel_1"), known(self, "channel_2")) {
                (true, true) => overlap.both += count,
                (true, false) => overlap.first_only += count,
                (false, true) => overlap.second_only += count,
                (false, false) => self.fault(record, "channel_1", "an incident that nobody knew".into()),
            }
        }
        Data::Channels(overlap)
    }
}
