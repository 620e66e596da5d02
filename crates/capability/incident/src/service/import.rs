//! Files to accidents: all of a file or nothing of it.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, Result, Writer,
    access::Keep,
    label::Action,
    object::{Record, Stored},
};
use shinayaka_model::incident::Incident;

use super::{FOUNDING_IS_FIXED, RECORDED, Recorded, check_past};
use crate::{
    table::read::{MAXIMUM_ROWS, Row, RowFault, read},
    veris,
};

/// Bytes of an imported file.
pub const MAXIMUM_FILE_BYTES: usize = 64 << 20;
/// Accidents shown of a file before it is saved.
const FIRST_ROWS: usize = 10;
/// Bad rows of which every fault is told; of later ones the first fault is, so that the answer stays readable.
const ROWS_TOLD_IN_FULL: u64 = 1_000;
/// Different paths told as not taken over; a file with more makes its names up.
const MAXIMUM_PATHS: usize = 1_000;
/// Stands for all paths beyond [`MAXIMUM_PATHS`].
const OTHER_PATHS: &str = "*";
/// Rows handled before other work gets its turn.
const ROWS_AT_A_TIME: usize = 256;

/// In which form the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportFormat {
    /// The columns of `docs/schema/incident.csv.md`.
    Csv,
    /// VERIS: a record, an array of records, or a record a line.
    Veris,
}

/// What is in a file, and what was saved of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// Accidents in the file, good and bad.
    pub rows: u64,
    /// The first ten good ones.
    pub first: Vec<Incident>,
    /// Every bad row. If there is one, nothing is saved.
    pub errors: Vec<RowFault>,
    /// New accidents, all in one commit; 0 on a trial run.
    pub saved: u64,
    /// Rows whose accident is registered already with the same content.
    pub unchanged: u64,
    /// What the file says and the registry has no place for.
    pub unmapped: Vec<Unmapped>,
}

/// A member of the file's records that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Unmapped {
    /// `victim.employee_count`; `*` for all beyond a thousand different ones.
    pub path: String,
    /// In how many records.
    pub records: u64,
}

/// A file read, before any rule of the registry.
#[derive(Default)]
struct Parsed {
    rows: Vec<Row>,
    bad: u64,
    faults: Vec<RowFault>,
    unmapped: BTreeMap<String, u64>,
}

/// Reads a file and, unless it is a trial run or a row is bad, saves all its accidents in one commit, for members of
/// the node and owned by the principal's organisation.
///
/// # Errors
/// [`Error::Forbidden`] if the principal's roles may not record accidents, [`Error::Invalid`] for a file over
/// [`MAXIMUM_FILE_BYTES`], [`Error::Unavailable`] if nothing could be saved. Bad rows are no error: they are in the
/// answer.
pub async fn import(
    mut writer: Writer<'_>,
    format: ImportFormat,
    content: Vec<u8>,
    dry_run: bool,
) -> Result<Imported> {
    writer.reader().demand::<Incident>(Action::Create)?;
    if content.len() > MAXIMUM_FILE_BYTES {
        return Err(Error::invalid("body", format!("the file is larger than {MAXIMUM_FILE_BYTES} bytes")));
    }
    // Reading a large file takes a while and must not hold up other requests.
    let parsed = tokio::task::spawn_blocking(move || parse(format, &content)).await;
    let mut parsed = parsed.map_err(|error| Error::Unavailable(format!("the reader stopped: {error}")))?;
    let rows = parsed.rows.len() as u64 + parsed.bad;
    let new = only_new(&writer, &mut parsed).await?;
    let mut imported = Imported {
        rows,
        first: parsed.rows.iter().take(FIRST_ROWS).map(|row| row.incident.clone()).collect(),
        unchanged: new.iter().filter(|is_new| !**is_new).count() as u64,
        errors: parsed.faults,
        saved: 0,
        unmapped: parsed.unmapped.into_iter().map(|(path, records)| Unmapped { path, records }).collect(),
    };
    imported.errors.sort_by_key(|fault| fault.line);
    if dry_run || !imported.errors.is_empty() {
        return Ok(imported);
    }
    let label = Label::members();
    let owner = writer.reader().principal().organisation.clone();
    for (number, (row, _)) in parsed.rows.iter().zip(&new).filter(|(_, is_new)| **is_new).enumerate() {
        if number % ROWS_AT_A_TIME == 0 {
            tokio::task::yield_now().await;
        }
        let keep = Keep { label: label.clone(), owner: owner.clone(), synthetic: row.synthetic };
        writer.create(&row.incident, &keep).await?;
        imported.saved += 1;
    }
    if imported.saved > 0 {
        writer.emit(RECORDED, None, &Recorded { count: imported.saved })?;
    }
    writer.commit().await?;
    Ok(imported)
}

fn parse(format: ImportFormat, content: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    match format {
        ImportFormat::Csv => read(content, |row| match row {
            Ok(row) => parsed.rows.push(row),
            Err(faults) => {
                // A fault of the first line is one of the header, not of an accident.
                parsed.bad += u64::from(faults.iter().any(|fault| fault.line > 1));
                let told = if parsed.bad > ROWS_TOLD_IN_FULL { 1 } else { faults.len() };
                parsed.faults.extend(faults.into_iter().take(told));
            }
        }),
        ImportFormat::Veris => parse_veris(content, &mut parsed),
    }
    parsed
}

fn parse_veris(content: &[u8], parsed: &mut Parsed) {
    let limits = shinayaka_veris::Limits { records: MAXIMUM_ROWS, ..Default::default() };
    let entries = match shinayaka_veris::read(content, limits) {
        Ok(entries) => entries,
        Err(error) => {
            parsed.bad += 1;
            parsed.faults.push(RowFault::new(1, "file", error.to_string()));
            return;
        }
    };
    for entry in entries {
        let mapped = match entry {
            Ok(entry) => veris::map(&entry).and_then(|mapped| {
                let valid = mapped.incident.validate();
                valid.map(|()| (entry.line, mapped)).map_err(|error| veris::fault(entry.line, error))
            }),
            Err(fault) => Err(RowFault::new(fault.line, fault.path, fault.reason)),
        };
        match mapped {
            Ok((line, mapped)) => {
                for path in mapped.unmapped {
                    let known = parsed.unmapped.len() < MAXIMUM_PATHS || parsed.unmapped.contains_key(&path);
                    let path = if known { path } else { OTHER_PATHS.to_owned() };
                    *parsed.unmapped.entry(path).or_default() += 1;
                }
                parsed.rows.push(Row { line, id: None, synthetic: false, incident: mapped.incident });
            }
            Err(fault) => {
                parsed.bad += 1;
                parsed.faults.push(fault);
            }
        }
    }
}

/// For each row whether it is to be saved; rows that break a rule of the registry become faults.
async fn only_new(writer: &Writer<'_>, parsed: &mut Parsed) -> Result<Vec<bool>> {
    let mut seen = HashSet::new();
    let mut new = Vec::with_capacity(parsed.rows.len());
    for row in &parsed.rows {
        let known = match row.id {
            Some(id) if !seen.insert(id) => {
                parsed.faults.push(RowFault::new(row.line, "id", "is given to two rows of the file"));
                None
            }
            Some(id) => match writer.reader().get::<Incident>(id).await {
                Ok(stored) => Some(stored),
                Err(Error::NotFound) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        new.push(known.is_none());
        if let Some(fault) = registry_fault(row, known.as_ref(), writer) {
            parsed.faults.push(fault);
        }
    }
    Ok(new)
}

fn registry_fault(row: &Row, known: Option<&Stored<Incident>>, writer: &Writer<'_>) -> Option<RowFault> {
    if let Some(stored) = known {
        let same = stored.record == row.incident && stored.synthetic == row.synthetic;
        let reason = "is registered already with other content: change it in the registry";
        return (!same).then(|| RowFault::new(row.line, "id", reason));
    }
    if row.incident.founding.is_some() {
        return Some(RowFault::new(row.line, "founding_table", FOUNDING_IS_FIXED));
    }
    match check_past(&row.incident, writer.at()) {
        Err(Error::Invalid { field, reason }) => Some(RowFault::new(row.line, field, reason)),
        _ => None,
    }
}
