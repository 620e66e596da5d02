//! A portfolio as CSV: `id,rate,mu,sigma,deductible,limit,shock`, one Poisson x lognormal scenario a row.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::book::{Book, Risk};
use crate::error::{Fault, LossError};
use crate::frequency::Count;
use crate::model::Model;
use crate::payment::Payment;
use crate::severity::Law;

/// Most rows of a portfolio.
pub const MOST_ROWS: usize = 2_000_000;
/// Longest row in bytes.
const LONGEST_ROW: usize = 4096;
const MOST_FAULTS: usize = 100;
const COLUMNS: [&str; 7] = ["id", "rate", "mu", "sigma", "deductible", "limit", "shock"];

/// Appends the rows to the book of `model`, whose shocks the column `shock` names. Empty `deductible` is 0, empty
/// `limit` none, empty `shock` none. Columns may come in any order; `deductible`, `limit` and `shock` may be absent.
///
/// # Errors
/// Every wrong cell with its line (at most 100); [`LossError::TooLarge`] above two million rows.
pub fn read_portfolio(reader: impl Read, model: &Model, book: &mut Book) -> Result<(), LossError> {
    let bounded = reader.take(MOST_ROWS as u64 * 400);
    let mut rows = lines_by_line_feed().from_reader(RowBound::new(bounded));
    let headers = rows.headers().map_err(|error| broken(&error))?.clone();
    if headers.is_empty() || headers.iter().all(str::is_empty) {
        return Err(LossError::at(1, "", "the portfolio is empty"));
    }
    let place = columns(&headers)?;
    let shocks: BTreeMap<&str, (usize, Option<f64>)> = model
        .shock
        .iter()
        .enumerate()
        .map(|(index, shock)| (shock.id.as_str(), (index, shock.probability.as_ref().map(|p| p.value))))
        .collect();
    let mut ids: BTreeSet<String> = book.risks.iter().map(|risk| risk.id.clone()).collect();
    let mut faults = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut count = 0;
    while rows.read_record(&mut record).map_err(|error| broken(&error))? {
        count += 1;
        if count > MOST_ROWS {
            return Err(LossError::TooLarge { what: "portfolio", limit: MOST_ROWS as u64 });
        }
        let line = record.position().map_or(0, |position| position.line() as usize);
        let mut row = Row { record: &record, place: &place, line, faults: &mut faults };
        let risk = row.risk(&shocks);
        if !ids.insert(risk.id.clone()) {
            row.fault("id", format!("{:?} is used twice", risk.id));
        }
        book.risks.push(risk);
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if count == 0 {
        return Err(LossError::at(2, "", "the portfolio has no rows"));
    }
    if faults.is_empty() { Ok(()) } else { Err(LossError::Invalid(faults)) }
}

/// Lines end with a line feed, and a carriage return before it is trimmed: otherwise lines are counted short by one in
/// files that have both.
pub(crate) fn lines_by_line_feed() -> csv::ReaderBuilder {
    let mut reader = csv::ReaderBuilder::new();
    reader.trim(csv::Trim::All).terminator(csv::Terminator::Any(b'\n'));
    reader
}

fn broken(error: &csv::Error) -> LossError {
    let line = error.position().map_or(0, |position| position.line() as usize);
    LossError::at(line, "", error.to_string())
}

/// Where each of [`COLUMNS`] is.
fn columns(headers: &csv::StringRecord) -> Result<[Option<usize>; 7], LossError> {
    let mut place = [None; 7];
    for (index, name) in headers.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}');
        let Some(column) = COLUMNS.iter().position(|known| *known == name) else {
            let reason = format!("unknown column {name:?}; known: {}", COLUMNS.join(","));
            return Err(LossError::at(1, "", reason));
        };
        if place[column].replace(index).is_some() {
            return Err(LossError::at(1, "", format!("column {name:?} is there twice")));
        }
    }
    for needed in 0..4 {
        if place[needed].is_none() {
            return Err(LossError::at(1, "", format!("column {:?} is missing", COLUMNS[needed])));
        }
    }
    Ok(place)
}

struct Row<'a> {
    record: &'a csv::StringRecord,
    place: &'a [Option<usize>; 7],
    line: usize,
    faults: &'a mut Vec<Fault>,
}

impl Row<'_> {
    fn fault(&mut self, column: &str, reason: String) {
        self.faults.push(Fault { line: self.line, field: column.to_owned(), reason });
    }

    fn cell(&self, column: usize) -> &str {
        self.place[column].and_then(|index| self.record.get(index)).unwrap_or("")
    }

    fn number(
        &mut self,
        column: usize,
        absent: Option<f64>,
        good: impl Fn(f64) -> bool,
        wanted: &str,
    ) -> f64 {
        let cell = self.cell(column);
        if let (true, Some(value)) = (cell.is_empty(), absent) {
            return value;
        }
        match cell.parse::<f64>() {
            Ok(value) if good(value) => value,
            _ => {
                let reason = format!("is {cell:?}, must be {wanted}");
                self.fault(COLUMNS[column], reason);
                1.0
            }
        }
    }

    fn risk(&mut self, shocks: &BTreeMap<&str, (usize, Option<f64>)>) -> Risk {
        let id = self.cell(0).to_owned();
        if id.is_empty() || id.len() > 200 {
            self.fault("id", "must have 1 to 200 bytes".into());
        }
        let rate = self.number(1, None, |value| (0.0..=1e6).contains(&value), "a number from 0 to 1,000,000");
        let mu = self.number(2, None, |value| value.abs() <= 100.0, "a number from -100 to 100");
        let sigma = self.number(3, None, |value| (1e-6..=12.0).contains(&value), "a number from 1e-6 to 12");
        let amount = |value: f64| (0.0..=1e18).contains(&value);
        let deductible = self.number(4, Some(0.0), amount, "a number of 0 or more");
        let limit = self.number(5, Some(f64::INFINITY), |value| value > 0.0 && value <= 1e18, "more than 0");
        let mut links = Vec::new();
        let name = self.cell(6).to_owned();
        if !name.is_empty() {
            match shocks.get(name.as_str()) {
                None => self
                    .fault("shock", format!("unknown shock {name:?}: the model file has none of that name")),
                Some((_, None)) => self.fault("shock", format!("shock {name:?} has no probability")),
                Some((index, Some(probability))) => links.push((*index, *probability)),
            }
        }
        let payment = Payment { deductible, limit, ..Payment::ground_up(Law::Lognormal { mu, sigma }) };
        Risk { id, count: Count::Poisson { rate }, payment, links }
    }
}

/// Fails on a line longer than a row may be, so that one endless line cannot fill the memory.
struct RowBound<R> {
    inner: R,
    length: usize,
}

impl<R> RowBound<R> {
    fn new(inner: R) -> Self {
        Self { inner, length: 0 }
    }
}

impl<R: Read> Read for RowBound<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        for byte in &buffer[..count] {
            self.length = if *byte == b'\n' { 0 } else { self.length + 1 };
            if self.length > LONGEST_ROW {
                let reason = format!("a line of the portfolio is longer than {LONGEST_ROW} bytes");
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, reason));
            }
        }
        Ok(count)
    }
}
