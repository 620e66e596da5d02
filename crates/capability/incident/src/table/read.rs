//! CSV to accidents, row by row. Every fault is told with its line, column and reason; reading goes on after it.

use std::collections::BTreeSet;

use csv::{ByteRecord, ReaderBuilder};
use serde::Serialize;
use shinayaka_kernel::{Error, ObjectId, object::Record};
use shinayaka_model::{
    incident::{Cost, Founding, Incident, Magnitude, Place, Source},
    partial_date::PartialDate,
};

use super::{COLUMNS, list_cell, unguard};

/// Rows of one file.
pub const MAXIMUM_ROWS: usize = 50_000;
/// Bytes of one row.
pub const MAXIMUM_ROW_BYTES: usize = 512 * 1024;
/// Faults told of one row; a row with more is no table of accidents.
const MAXIMUM_ROW_FAULTS: usize = 8;

/// A row that holds an accident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file on which the row begins, from 1.
    pub line: u64,
    pub id: Option<ObjectId>,
    pub synthetic: bool,
    pub incident: Incident,
}

/// What is wrong with a row, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RowFault {
    /// The line of the file on which the row begins, from 1.
    pub line: u64,
    /// The column, or the path in a JSON record.
    pub field: String,
    pub reason: String,
}

impl RowFault {
    pub fn new(line: u64, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { line, field: field.into(), reason: reason.into() }
    }
}

/// Reads a table, giving each row or its faults to `each` as it comes. Ends early after a fault that leaves nothing
/// to read on from: a wrong header, an endless row, too many rows.
pub fn read(input: &[u8], mut each: impl FnMut(Result<Row, Vec<RowFault>>)) {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input);
    let mut record = ByteRecord::new();
    let mut header = None;
    let mut rows = 0;
    let mut lines = Lines { input, seen: 0, line: 1 };
    loop {
        let line = lines.after(reader.position().byte());
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return each(Err(vec![RowFault::new(line, "row", error.to_string())])),
        }
        if record.as_slice().len() > MAXIMUM_ROW_BYTES {
            let reason = format!("is longer than {MAXIMUM_ROW_BYTES} bytes: is a quotation mark left open?");
            return each(Err(vec![RowFault::new(line, "row", reason)]));
        }
        let Some(known) = &header else {
            match read_header(&record, line) {
                Ok(columns) => header = Some(columns),
                Err(faults) => return each(Err(faults)),
            }
            continue;
        };
        if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
            continue;
        }
        rows += 1;
        if rows > MAXIMUM_ROWS {
            let reason = format!("the file has more than {MAXIMUM_ROWS} rows: split it");
            return each(Err(vec![RowFault::new(line, "row", reason)]));
        }
        each(read_row(known, &record, line));
    }
    if header.is_none() {
        each(Err(vec![RowFault::new(1, "row", "the file is empty: the first line must name the columns")]));
    }
}

/// Counts lines as an editor does. (The CSV reader takes the line end of CRLF for a part of the next row.)
struct Lines<'a> {
    input: &'a [u8],
    seen: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first row that begins at `byte` or after it, empty lines passed over.
    fn after(&mut self, byte: u64) -> u64 {
        let begin = usize::try_from(byte).unwrap_or(usize::MAX).min(self.input.len());
        let empty = self.input[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.input.get(self.seen..begin + empty).unwrap_or_default();
        let ends = passed.iter().filter(|byte| **byte == b'\n').count();
        self.seen = begin + empty;
        self.line += ends as u64;
        self.line
    }
}

/// For each column of the table, its place in the rows of the file.
struct Header {
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
}

fn read_header(record: &ByteRecord, line: u64) -> Result<Header, Vec<RowFault>> {
    let fault = |field: &str, reason: String| vec![RowFault::new(line, field, reason)];
    let first = record.get(0).unwrap_or(b"");
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Err(fault("row", format!("the file is UTF-16; {SAVE_AS}")));
    }
    let mut header = Header { places: [None; COLUMNS.len()], width: record.len() };
    let mut faults = Vec::new();
    for (place, cell) in record.iter().enumerate() {
        let Ok(name) = std::str::from_utf8(cell) else {
            return Err(fault("row", not_utf8(cell)));
        };
        let name = name.trim_start_matches('\u{feff}').trim();
        match COLUMNS.iter().position(|column| column.name == name) {
            Some(column) if header.places[column].is_none() => header.places[column] = Some(place),
            Some(_) => faults.push(RowFault::new(line, name, "is named twice")),
            None if name.is_empty() => {
                faults.push(RowFault::new(line, format!("column {}", place + 1), "has no name"));
            }
            None => {
                let reason = "is not a column of the table (see docs/schema/incident.csv.md)";
                faults.push(RowFault::new(line, excerpt(name), reason));
            }
        }
        if faults.len() == MAXIMUM_ROW_FAULTS {
            return Err(faults);
        }
    }
    let missing =
        COLUMNS.iter().zip(&header.places).filter(|(column, place)| column.required && place.is_none());
    faults.extend(missing.map(|(column, _)| RowFault::new(line, column.name, "this column is missing")));
    if faults.is_empty() { Ok(header) } else { Err(faults) }
}

const SAVE_AS: &str = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)";

fn not_utf8(bytes: &[u8]) -> String {
    if is_shift_jis(bytes) {
        format!("is not UTF-8 but looks like Shift_JIS; {SAVE_AS}")
    } else {
        format!("is not UTF-8; {SAVE_AS}")
    }
}

/// True if the bytes are well-formed Shift_JIS (JIS X 0208, annex 1) with at least one character of two bytes.
fn is_shift_jis(bytes: &[u8]) -> bool {
    let mut pairs = 0;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            0..=0x7f | 0xa1..=0xdf => {}
            0x81..=0x9f | 0xe0..=0xfc => {
                pairs += 1;
                if !matches!(rest.next(), Some(0x40..=0x7e | 0x80..=0xfc)) {
                    return false;
                }
            }
            _ => return false,
        }
    }
    pairs > 0
}

/// The beginning of a text, for an error.
fn excerpt(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// The cells of a row by column, and the faults found so far.
struct Cells<'a> {
    texts: [&'a str; COLUMNS.len()],
    line: u64,
    faults: Vec<RowFault>,
}

impl<'a> Cells<'a> {
    fn text(&self, column: &str) -> &'a str {
        let place = COLUMNS.iter().position(|known| known.name == column);
        place.map_or("", |place| self.texts[place])
    }

    fn fault(&mut self, column: &str, reason: impl Into<String>) {
        if self.faults.len() < MAXIMUM_ROW_FAULTS {
            self.faults.push(RowFault::new(self.line, column, reason));
        }
    }

    /// A value that may be absent.
    fn optional<T>(&mut self, column: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        parse(text).map_err(|reason| self.fault(column, format!("“{}” {reason}", excerpt(text)))).ok()
    }

    fn needed<T>(&mut self, column: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if self.text(column).is_empty() {
            self.fault(column, "must not be empty");
        }
        self.optional(column, parse)
    }

    fn list<T>(&mut self, column: &str, parse: impl Fn(&[String]) -> Result<T, String>) -> Vec<T> {
        let entries = list_cell::split(self.text(column));
        let read = entries.and_then(|entries| {
            let numbered = entries.iter().enumerate();
            numbered
                .map(|(number, parts)| {
                    parse(parts).map_err(|reason| format!("entry {}: {reason}", number + 1))
                })
                .collect::<Result<Vec<T>, String>>()
        });
        read.unwrap_or_else(|reason| {
            self.fault(column, reason);
            Vec::new()
        })
    }
}

fn read_row(header: &Header, record: &ByteRecord, line: u64) -> Result<Row, Vec<RowFault>> {
    if record.len() != header.width {
        let reason =
            format!("has {} cells where the first line names {} columns", record.len(), header.width);
        return Err(vec![RowFault::new(line, "row", reason)]);
    }
    let mut cells = Cells { texts: [""; COLUMNS.len()], line, faults: Vec::new() };
    for (column, place) in header.places.iter().enumerate() {
        let bytes = place.and_then(|place| record.get(place)).unwrap_or(b"");
        match std::str::from_utf8(bytes) {
            Ok(text) => cells.texts[column] = unguard(text.trim()),
            Err(_) => cells.fault(COLUMNS[column].name, not_utf8(bytes)),
        }
    }
    if !cells.faults.is_empty() {
        return Err(cells.faults);
    }
    let row = read_cells(&mut cells);
    match row {
        Some(row) if cells.faults.is_empty() => check(row),
        _ => Err(cells.faults),
    }
}

fn read_cells(cells: &mut Cells<'_>) -> Option<Row> {
    let id = cells.optional("id", word);
    let synthetic = cells.optional("synthetic", |text| match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".into()),
    });
    let (date, sector) = (cells.needed("date", word::<PartialDate>), cells.needed("sector", word));
    let (cause, channel) = (cells.needed("cause", word), cells.needed("channel", word));
    let (end, reported_on) = (cells.optional("end", word), cells.optional("reported_on", word));
    let malicious = cells.optional("malicious", word);
    let effects = cells.optional("effects", |text| {
        let words = text.split(';').map(str::trim).filter(|text| !text.is_empty());
        words.map(word).collect::<Result<BTreeSet<_>, _>>()
    });
    let prefecture = cells.optional("prefecture", |text| {
        // A spreadsheet that took 01 for a number wrote 1.
        Ok(if text.len() == 1 { format!("0{text}") } else { text.to_owned() })
    });
    let founding = founding(cells);
    let owned = |cells: &Cells<'_>, column| cells.text(column).to_owned();
    let country = Some(owned(cells, "country")).filter(|text| !text.is_empty());
    let (magnitudes, costs) = (cells.list("magnitudes", magnitude), cells.list("costs", cost));
    let sources = cells.list("sources", source);
    let incident = Incident {
        title_ja: owned(cells, "title_ja"),
        title_en: owned(cells, "title_en"),
        summary_ja: owned(cells, "summary_ja"),
        summary_en: owned(cells, "summary_en"),
        date: date?,
        end,
        sector: sector?,
        place: Place { country, prefecture, text: owned(cells, "place") },
        cause: cause?,
        malicious,
        effects: effects.unwrap_or_default(),
        magnitudes,
        channel: channel?,
        reported_on,
        costs,
        sources,
        founding,
    };
    Some(Row { line: cells.line, id, synthetic: synthetic.unwrap_or(false), incident })
}

fn founding(cells: &mut Cells<'_>) -> Option<Founding> {
    let table = cells.optional("founding_table", number);
    let column = cells.optional("founding_column", word);
    let place = cells.optional("founding_number", number);
    match (table, column, place) {
        (None, None, None) => None,
        (Some(table), Some(column), Some(place)) => Some(Founding {
            table: u8::try_from(table).unwrap_or(0),
            column,
            number: u8::try_from(place).unwrap_or(0),
        }),
        _ => {
            cells.fault("founding_table", "table, column and number are given together or not at all");
            None
        }
    }
}

/// The record's own check, its field named as the column that holds it.
fn check(mut row: Row) -> Result<Row, Vec<RowFault>> {
    row.incident = row.incident.trimmed();
    let Err(error) = row.incident.validate() else { return Ok(row) };
    let fault = match error {
        Error::Invalid { field, reason } => {
            let (column, reason) = match field.split_once(['.', '[']) {
                Some(("place", "text")) => ("place".to_owned(), reason),
                Some(("place", part)) => (part.to_owned(), reason),
                Some(("founding", part)) => (format!("founding_{part}"), reason),
                Some((column, _)) => (column.to_owned(), format!("{field}: {reason}")),
                None => (field, reason),
            };
            RowFault::new(row.line, column, reason)
        }
        other => RowFault::new(row.line, "row", other.to_string()),
    };
    Err(vec![fault])
}

/// A value with its own reader, whose error names the words or forms that exist.
fn word<T: std::str::FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error| match error {
        Error::Invalid { reason, .. } => reason,
        other => other.to_string(),
    })
}

fn number(text: &str) -> Result<u64, String> {
    let digits = text.replace(',', "");
    // `parse` alone would also take a plus sign.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("must be a whole number, in digits".into());
    }
    digits.parse().map_err(|_| "must be a whole number, in digits".to_owned())
}

fn parts<'a, const N: usize>(parts: &'a [String], form: &str) -> Result<[&'a str; N], String> {
    if parts.len() > N {
        return Err(format!("has {} parts; the form is {form}", parts.len()));
    }
    Ok(std::array::from_fn(|place| parts.get(place).map_or("", String::as_str)))
}

fn magnitude(entry: &[String]) -> Result<Magnitude, String> {
    let [value, unit, about, note] = parts(entry, "value|unit|about|note")?;
    let (value, upper) = match value.split_once('-') {
        Some((value, upper)) => (number(value.trim())?, Some(number(upper.trim())?)),
        None => (number(value)?, None),
    };
    let approximate = match about {
        "" => false,
        "about" => true,
        _ => return Err("the third part must be about, or empty".into()),
    };
    Ok(Magnitude { value, upper, unit: word(unit)?, approximate, note: note.to_owned() })
}

fn cost(entry: &[String]) -> Result<Cost, String> {
    let [kind, amount, currency, source, n] = parts(entry, "kind|amount|currency|source|n")?;
    let n = if n.is_empty() { None } else { Some(number(n)?) };
    let (kind, amount) = (word(kind)?, number(amount)?);
    Ok(Cost { kind, amount, currency: currency.to_owned(), n, source: source.to_owned() })
}

fn source(entry: &[String]) -> Result<Source, String> {
    let [title, url, date] = parts(entry, "title|url|date")?;
    let date = if date.is_empty() { None } else { Some(word(date)?) };
    let url = Some(url.to_owned()).filter(|url| !url.is_empty());
    Ok(Source { title: title.to_owned(), url, date })
}
