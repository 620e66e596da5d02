//! Decision tables of Stakeholder-Specific Vulnerability Categorization, evaluated exactly: every combination of values
//! has one row, and a table that lacks one or has two is refused.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("not a decision table: {0}")]
    Form(String),
    #[error("row {row}: \"{value}\" is no value of {point}")]
    Value { row: usize, point: String, value: String },
    #[error("row {row} gives the same combination again")]
    Repeated { row: usize },
    #[error("{rows} rows for {combinations} combinations")]
    Incomplete { rows: usize, combinations: usize },
    #[error("{point} needs a value, one of {known}")]
    Missing { point: String, known: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// `ssvc:A:2.0.0`, or the column of a plain table.
    pub id: String,
    pub name: String,
    /// Key and name of each value, in ascending order.
    pub values: Vec<(String, String)>,
}

/// A table ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub id: String,
    pub points: Vec<Point>,
    pub outcome: Point,
    rows: BTreeMap<Vec<usize>, usize>,
}

#[derive(Deserialize)]
struct RawValue {
    key: String,
    name: String,
}

#[derive(Deserialize)]
struct RawPoint {
    name: String,
    values: Vec<RawValue>,
}

#[derive(Deserialize)]
struct RawTable {
    namespace: String,
    key: String,
    version: String,
    decision_points: BTreeMap<String, RawPoint>,
    outcome: String,
    mapping: Vec<BTreeMap<String, String>>,
}

impl Table {
    /// A table as CERT/CC publishes it (decision table schema 2.0.0).
    ///
    /// # Errors
    /// Another form, a value that its decision point does not have, a combination missing or given twice.
    pub fn read(text: &str) -> Result<Self, TableError> {
        let raw: RawTable =
            serde_json::from_str(text).map_err(|error| TableError::Form(error.to_string()))?;
        let mut outcome = None;
        let mut points = Vec::new();
        for (id, point) in raw.decision_points {
            let values = point.values.into_iter().map(|value| (value.key, value.name)).collect();
            let point = Point { id, name: point.name, values };
            if point.id == raw.outcome { outcome = Some(point) } else { points.push(point) }
        }
        let outcome =
            outcome.ok_or_else(|| TableError::Form(format!("no decision point {}", raw.outcome)))?;
        let mut table = Self {
            id: format!("{}:{}:{}", raw.namespace, raw.key, raw.version),
            points,
            outcome,
            rows: BTreeMap::new(),
        };
        for (row, given) in raw.mapping.iter().enumerate() {
            table.add(row, |id| given.get(id).map(String::as_str))?;
        }
        table.complete()
    }

    /// A plain table: a head of columns, the last one the outcome; values in the order of their first appearance.
    ///
    /// # Errors
    /// As [`Table::read`].
    pub fn read_plain(id: &str, text: &str) -> Result<Self, TableError> {
        let mut lines = text.lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>());
        let head = lines.next().unwrap_or_default();
        let rows: Vec<Vec<&str>> = lines.filter(|row| row.len() > 1).collect();
        if head.len() < 2 || rows.iter().any(|row| row.len() != head.len()) {
            return Err(TableError::Form("columns and rows differ in length".to_owned()));
        }
        let mut points: Vec<Point> = head
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let mut values: Vec<(String, String)> = Vec::new();
                for row in &rows {
                    if !values.iter().any(|(key, _)| key == row[at]) {
                        values.push((row[at].to_owned(), row[at].to_owned()));
                    }
                }
                Point { id: (*name).to_owned(), name: (*name).to_owned(), values }
            })
            .collect();
        let Some(outcome) = points.pop() else { return Err(TableError::Form("no column".to_owned())) };
        let mut table = Self { id: id.to_owned(), points, outcome, rows: BTreeMap::new() };
        for (number, row) in rows.iter().enumerate() {
            table.add(number, |id| head.iter().position(|name| *name == id).map(|at| row[at]))?;
        }
        table.complete()
    }

    fn add<'r>(&mut self, row: usize, value: impl Fn(&str) -> Option<&'r str>) -> Result<(), TableError> {
        let find = |point: &Point| {
            let given = value(&point.id).unwrap_or("");
            point.place(given).ok_or_else(|| TableError::Value {
                row,
                point: point.id.clone(),
                value: given.to_owned(),
            })
        };
        let combination = self.points.iter().map(&find).collect::<Result<Vec<_>, _>>()?;
        let outcome = find(&self.outcome)?;
        match self.rows.insert(combination, outcome) {
            Some(_) => Err(TableError::Repeated { row }),
            None => Ok(()),
        }
    }

    fn complete(self) -> Result<Self, TableError> {
        let combinations = self.points.iter().map(|point| point.values.len()).product();
        if self.rows.len() == combinations {
            Ok(self)
        } else {
            Err(TableError::Incomplete { rows: self.rows.len(), combinations })
        }
    }

    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Key and name of the outcome. A point is asked by its identifier and answered with key or name of a value, letter
    /// case aside.
    ///
    /// # Errors
    /// [`TableError::Missing`] for a point without an answer that it knows.
    pub fn decide(&self, answer: impl Fn(&Point) -> Option<String>) -> Result<&(String, String), TableError> {
        let mut combination = Vec::with_capacity(self.points.len());
        for point in &self.points {
            let given = answer(point).and_then(|value| point.place(&value));
            combination.push(given.ok_or_else(|| {
                TableError::Missing {
                    point: format!("{} ({})", point.name, point.id),
                    known: point
                        .values
                        .iter()
                        .map(|(key, name)| format!("{key} {name}"))
                        .collect::<Vec<_>>()
                        .join(", "),
                }
            })?);
        }
        Ok(&self.outcome.values[self.rows[&combination]])
    }
}

impl Point {
    /// Is this its identifier, the key in it, or its name?
    pub fn is(&self, name: &str) -> bool {
        let key = self.id.split(':').nth(1);
        self.id == name
            || key.is_some_and(|key| key.eq_ignore_ascii_case(name))
            || self.name.eq_ignore_ascii_case(name)
    }

    fn place(&self, value: &str) -> Option<usize> {
        let exact = self.values.iter().position(|(key, _)| key == value);
        exact.or_else(|| {
            let same = |text: &str| text.eq_ignore_ascii_case(value);
            self.values.iter().position(|(key, name)| same(key) || same(name))
        })
    }
}
